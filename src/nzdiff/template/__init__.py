"""`nzdiff new`: the two files that a problem of one's own begins with, and what to do with them."""
