"""Other libraries and programs by hand, each behind the same program."""
