output "load_balancer" {
  description = "Where the name of the service is to lead (CNAME)."
  value       = aws_lb.main.dns_name
}

output "repository" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.flash.repository_url
}

output "cluster" {
  description = "Where the processes run."
  value       = aws_ecs_cluster.main.name
}

output "migration" {
  description = "What deploy/aws-release runs before the processes are replaced."
  value       = aws_ecs_task_definition.flash["migrate"].arn
}

output "network" {
  description = "Where it runs it, as `aws ecs run-task` takes it."
  value = jsonencode({
    awsvpcConfiguration = {
      subnets        = aws_subnet.private[*].id
      securityGroups = [aws_security_group.flash.id]
    }
  })
}

output "backups" {
  description = "The bucket of the backups."
  value       = aws_s3_bucket.backups.id
}

output "addresses" {
  description = "The addresses that operators see."
  value       = aws_eip.nat[*].public_ip
}
