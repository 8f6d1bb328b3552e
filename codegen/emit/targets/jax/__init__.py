"""Python on JAX."""
