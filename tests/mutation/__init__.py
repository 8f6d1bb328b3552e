"""Faults planted in every rule of the derivation: a measure of what the exact check notices."""
