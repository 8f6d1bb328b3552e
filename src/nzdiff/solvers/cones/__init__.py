"""Constraints that an interior point method keeps: entries within bounds, semidefinite matrices."""
