"""A package of pure functions on JAX: what `nzdiff generate FILE --target jax` writes."""
