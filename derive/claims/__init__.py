"""Is *your* formula right, and if not, where."""
