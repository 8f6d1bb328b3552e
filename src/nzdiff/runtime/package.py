"""A generated package as kernels: its spec.json, and what each backend loads of its files."""

from __future__ import annotations

from functools import partial
from importlib import resources

from nzdiff.runtime.bind import Kernel
from nzdiff.runtime.data.spec_file import loads
from nzdiff.runtime.kernel.backends import BACKENDS, KernelSource

FIRST, SECOND = "kernel", "second_order"
"""The programs of a package: energy, gradient and products; the factors of its matrices."""


def packaged(package: str | None) -> Kernel:
    """The kernels of a package by its name."""
    if package is None:
        raise ImportError("a generated package is imported as a package, not run as a file")
    text = (resources.files(package) / "spec.json").read_text(encoding="utf-8")
    file = loads(text)

    def source(program: str) -> KernelSource:
        sources = {
            name: partial(BACKENDS[name].packaged, package, program)
            for name in file.targets
            if name in BACKENDS
        }
        return KernelSource(file.programs[program], sources)

    matrices = source(SECOND) if SECOND in file.programs else None
    known = {(a.operator, a.form) for a in file.programs[SECOND].assemblies} if matrices else set()
    return Kernel(source(FIRST), lambda *wanted: matrices if wanted in known else None)
