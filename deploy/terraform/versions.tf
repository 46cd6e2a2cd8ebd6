# Flash on AWS. There is no region in Zambia: read "Where personal data may be" in docs/deploy.md before anything else.

terraform {
  # Write-only values: passwords are handed over, and kept neither in the state nor in plans.
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
  # The state belongs in a bucket of its own, with a lock: terraform init -backend-config=backend.hcl
  backend "s3" {}
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { service = var.name }
  }
}
