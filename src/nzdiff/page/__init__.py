"""The page: type an energy, read its derivation.  In a browser alone, or with `nzdiff serve`."""
