"""What touches the world: one module or package for each thing outside, none knowing another."""
