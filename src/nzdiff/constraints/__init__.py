"""Constraints on stored values = M g + offset as maps g = N h + x of what they leave free."""
