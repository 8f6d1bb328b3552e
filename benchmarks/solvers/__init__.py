"""Solvers on the instances."""
