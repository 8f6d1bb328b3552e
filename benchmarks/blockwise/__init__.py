"""Data that arrives in blocks."""
