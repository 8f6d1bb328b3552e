"""A kernel on its memory: compiled, loaded, called."""
