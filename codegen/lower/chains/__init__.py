"""Chains of factors: what is known of them, and in which order they are multiplied."""
