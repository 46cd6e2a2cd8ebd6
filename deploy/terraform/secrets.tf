# One secret with all that processes must know and nobody else; it is written, and never read back into the state.

resource "aws_secretsmanager_secret" "flash" {
  name                    = "${var.name}/environment"
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "flash" {
  secret_id                = aws_secretsmanager_secret.flash.id
  secret_string_wo_version = var.secrets_version
  secret_string_wo = jsonencode(merge(var.secrets, {
    DATABASE_URL = "postgres://flash:${urlencode(var.database_password)}@${aws_db_instance.main.endpoint}/flash?sslmode=require"
  }))
}
