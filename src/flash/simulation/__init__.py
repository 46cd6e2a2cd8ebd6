"""Proof by seed: the whole core on a virtual clock, against operators that lie while processes die."""
