"""What the caller binds: checked, in one form, with its patterns and index tables."""
