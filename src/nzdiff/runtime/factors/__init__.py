"""Factorisations of dense and sparse matrices, solves with them and entries of inverses."""
