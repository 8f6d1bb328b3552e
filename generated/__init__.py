"""Output of `nzdiff generate`: one package per shipped problem, committed, never edited."""

if __name__ == "generated":
    raise ImportError(
        "import nzdiff.generated, not generated: the folder is installed under nzdiff"
    )
