"""What the core needs from the world, as protocols in its own words."""
