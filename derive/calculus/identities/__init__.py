"""Named identities that expressions are rewritten by, before anything is differentiated."""
