"""Chains: matrices that are products of sparse matrices, and blocks that are sums over a row."""
