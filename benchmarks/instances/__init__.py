"""Instances with known optima or bounds."""
