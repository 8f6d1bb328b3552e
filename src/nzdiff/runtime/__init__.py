"""Compile, load and bind generated kernels.  Imports NumPy, SciPy and threadpoolctl."""
