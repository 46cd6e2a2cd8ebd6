# The processes, on Fargate. All run one image; only the command differs.

locals {
  port = 6543
  processes = {
    web     = { command = ["pserve", "production.ini"], cpu = 512, memory = 1024, stop_s = 60 }
    worker  = { command = ["flash", "--ini", "production.ini", "worker"], cpu = 512, memory = 1024, stop_s = 90 }
    migrate = { command = ["flash", "--ini", "production.ini", "migrate"], cpu = 256, memory = 512, stop_s = 30 }
    backup  = { command = ["flash", "--ini", "production.ini", "backup"], cpu = 512, memory = 1024, stop_s = 30 }
  }
  environment = merge({
    PUBLIC_URL          = var.public_url
    SECURE_SSL_REDIRECT = "True"
    # Only the load balancer reaches a process.
    TRUSTED_PROXY = "*"
    REDIS_URL     = "rediss://${aws_elasticache_replication_group.main.primary_endpoint_address}:6379/0"
    # The balancer hears of a process that goes some seconds after it was told.
    NOTICE_S           = "15"
    BACKUP_TO          = "s3://${aws_s3_bucket.backups.id}/flash"
    BACKUP_RECIPIENT   = var.backup_recipient
    AWS_DEFAULT_REGION = var.region
  }, var.environment)
}

resource "aws_ecr_repository" "flash" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "flash" {
  repository = aws_ecr_repository.flash.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The last thirty releases, to go back to"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "flash" {
  for_each          = local.processes
  name              = "/${var.name}/${each.key}"
  retention_in_days = 90
}

resource "aws_ecs_cluster" "main" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "flash" {
  for_each                 = local.processes
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = each.key == "backup" ? aws_iam_role.backup.arn : aws_iam_role.flash.arn
  # So that one may go back to it.
  skip_destroy = true
  container_definitions = jsonencode([{
    name         = "flash"
    image        = "${aws_ecr_repository.flash.repository_url}:${var.image_tag}"
    command      = each.value.command
    essential    = true
    stopTimeout  = each.value.stop_s
    portMappings = each.key == "web" ? [{ containerPort = local.port, hostPort = local.port, protocol = "tcp" }] : []
    environment  = [for name, value in local.environment : { name = name, value = value }]
    secrets = [for name in setunion(var.secret_names, ["DATABASE_URL"]) : {
      name      = name
      valueFrom = "${aws_secretsmanager_secret.flash.arn}:${name}::"
    }]
    linuxParameters = { initProcessEnabled = true }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.flash[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = var.image_tag
      }
    }
  }])
  depends_on = [aws_secretsmanager_secret_version.flash]
}

# New ones are started and ready before old ones are told to end; when they do not get ready, ECS puts the old ones back.
resource "aws_ecs_service" "web" {
  name                               = "web"
  cluster                            = aws_ecs_cluster.main.id
  task_definition                    = aws_ecs_task_definition.flash["web"].arn
  desired_count                      = var.web_tasks
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 60
  wait_for_steady_state              = true
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.flash.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "flash"
    container_port   = local.port
  }
  depends_on = [aws_lb_listener.https]
}

resource "aws_ecs_service" "worker" {
  name                               = "worker"
  cluster                            = aws_ecs_cluster.main.id
  task_definition                    = aws_ecs_task_definition.flash["worker"].arn
  desired_count                      = var.worker_tasks
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  wait_for_steady_state              = true
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.flash.id]
  }
  # After the web processes, as everywhere.
  depends_on = [aws_ecs_service.web]
}
