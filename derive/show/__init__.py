"""A derivation for people."""
