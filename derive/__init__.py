"""The mathematics: expressions in, differentials, normal forms, derivatives and proofs out."""

if __name__ == "derive":
    raise ImportError("import nzdiff.derive, not derive: the folder is installed under nzdiff")
