"""Doctests are looked for in every module; not where a library is missing."""

from importlib.util import find_spec

IMPORTING = {
    "jax": (
        "layers/*jax*.py",
        "runtime/pure_jax.py",
        "runtime/jax_arrays.py",
        "runtime/kernel/backends/jax_kernels.py",
    ),
    "torch": ("layers/torch_layer.py",),
}
collect_ignore_glob = [
    f"src/nzdiff/{path}"
    for library, paths in IMPORTING.items()
    if not find_spec(library)
    for path in paths
]
