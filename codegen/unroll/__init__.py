"""Small problems unrolled for many instances at once."""
