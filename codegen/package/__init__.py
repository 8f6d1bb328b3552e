"""Generated packages: what is written, and how."""
