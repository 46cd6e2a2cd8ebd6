"""`flash COMMAND`: what the people who run Flash type."""
