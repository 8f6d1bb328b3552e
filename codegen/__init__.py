"""From a derivation to source: plan, interpreter, C and NumPy text."""

if __name__ == "codegen":
    raise ImportError("import nzdiff.codegen, not codegen: the folder is installed under nzdiff")
