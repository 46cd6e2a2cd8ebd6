"""What Flash does, one verb a file. A use case with `store` runs in its caller's transaction and calls nobody outside."""
