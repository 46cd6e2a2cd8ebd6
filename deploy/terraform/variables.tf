variable "name" {
  description = "What everything is called."
  type        = string
  default     = "flash"
}

variable "region" {
  description = "Where everything is; Cape Town is the nearest to Zambia, and not in Zambia."
  type        = string
  default     = "af-south-1"
}

variable "image_tag" {
  description = "The release: which image of the repository runs. deploy/aws-release says it."
  type        = string
}

variable "public_url" {
  description = "Where people and operators reach the service."
  type        = string
  default     = "https://api.flash-payments.co.zm"
}

variable "certificate_arn" {
  description = "The certificate of that name, in ACM of the same region."
  type        = string
}

variable "web_tasks" {
  description = "Web processes; with fewer than two a release is not without a gap."
  type        = number
  default     = 2
  validation {
    condition     = var.web_tasks >= 2
    error_message = "At least two, so that one is there while the other is replaced."
  }
}

variable "worker_tasks" {
  description = "Workers."
  type        = number
  default     = 1
}

variable "database_class" {
  description = "Size of the database's machines."
  type        = string
  default     = "db.t4g.small"
}

variable "redis_class" {
  description = "Size of Valkey's machines."
  type        = string
  default     = "cache.t4g.micro"
}

variable "environment" {
  description = "Settings that are no secrets (.env.production.example), besides those that are known here."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "Settings that are: SECRET_KEY, PIN_KEY, SEAL_KEY, WEBHOOK_KEY, MTN_..., AIRTEL_..., AFRICAS_TALKING_API_KEY."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
}

variable "secret_names" {
  description = "The names in `secrets`: those are no secret, and the processes are given each by its name."
  type        = set(string)
  default = [
    "SECRET_KEY",
    "PIN_KEY",
    "SEAL_KEY",
    "WEBHOOK_KEY",
    "MTN_COLLECTIONS_PRIMARY_KEY",
    "MTN_DISBURSEMENTS_PRIMARY_KEY",
    "MTN_USER_ID",
    "MTN_API_KEY",
    "AIRTEL_CLIENT_ID",
    "AIRTEL_CLIENT_SECRET",
    "AIRTEL_PIN",
    "AIRTEL_PIN_PUBLIC_KEY",
    "AFRICAS_TALKING_USERNAME",
    "AFRICAS_TALKING_API_KEY",
  ]
}

variable "database_password" {
  description = "Password of the database; letters and digits."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "secrets_version" {
  description = "Count it up when a secret or the password has changed; that is when they are written."
  type        = number
  default     = 1
}

variable "backup_recipient" {
  description = "Public key that backups are encrypted with (age1...); docs/backups.md."
  type        = string
}
