"""The seed energy in C, written by hand."""
