"""What can be written: symbols, nodes, functions, and how they are shown on one line."""
