"""Python on NumPy."""
