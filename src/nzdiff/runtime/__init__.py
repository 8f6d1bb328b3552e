"""Compile, load and bind generated kernels.  Imports NumPy and SciPy."""
