"""Figures per release: one file each, and the page of the documentation that shows them."""
