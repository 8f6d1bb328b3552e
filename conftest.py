"""Doctests are looked for in every module, not where a library is missing; and `--every`."""

from importlib.util import find_spec

import pytest

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every 3`: a third of the tests, the same ones each time."""
    parser.addoption("--every", type=int, default=1, metavar="N", help="run one test of N")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--every` does not pick."""
    step = config.getoption("--every")
    if step > 1:
        kept = {item.nodeid for item in sorted(items, key=lambda item: item.nodeid)[::step]}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]
