"""What can be done about a large dimension, read off from the formula: it reduces, or separates."""
