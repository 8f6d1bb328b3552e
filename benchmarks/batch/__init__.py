"""Many small instances."""
