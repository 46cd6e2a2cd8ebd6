"""The payment rules: pure, immutable, standard library only."""
