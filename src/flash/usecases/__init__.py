"""What Flash does, one verb a file.

A use case that takes a `store` runs in its caller's transaction and calls nobody outside.
"""
