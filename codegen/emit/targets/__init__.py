"""The languages that plans are written in."""
