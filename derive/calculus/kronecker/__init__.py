"""Kronecker products taken out of energies by named identities."""
