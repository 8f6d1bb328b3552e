"""A generated package as kernels: its spec.json, and what each backend loads of its files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module, resources
from typing import Any, NoReturn

from nzdiff.runtime.bind import Kernel
from nzdiff.runtime.data.manifest import SPEC, checked
from nzdiff.runtime.data.spec_file import loads
from nzdiff.runtime.factors.callbacks import MakeSolvers, no_solvers
from nzdiff.runtime.kernel.backends import BACKENDS, KernelSource
from nzdiff.runtime.model import Model

FIRST, SECOND = "kernel", "second_order"
"""The programs of a package: energy, gradient and products; the factors of its matrices."""


def packaged(package: str | None, digest: str = "", *, solvers: MakeSolvers = no_solvers) -> Kernel:
    """The kernels of a package by its name; digest: what its `__init__` carries.
    solvers: see `KernelSource`.

    All files are read and compared at once, and what was compared is what runs later.  Raises
    ImportError where one is missing, changed, or of another package: half-written, or mixed.
    """
    if package is None:
        raise ImportError("a generated package is imported as a package, not run as a file")
    folder = resources.files(package)
    vendored = __name__.partition(".")[0] != "nzdiff"  # this file is of the package itself
    option = " --standalone" if vendored else ""
    try:
        texts = checked(lambda name: (folder / name).read_text(encoding="utf-8"), digest)
        file = loads(texts[SPEC])
    except ValueError as error:
        raise ImportError(
            f"{package}: not a whole package ({error}); write it anew by: "
            f"nzdiff generate FILE --out {folder}{option}",
            name=package,
        ) from error

    def source(program: str) -> KernelSource:
        sources = {
            name: partial(BACKENDS[name].packaged, texts, program, package)
            for name in file.targets
            if name in BACKENDS
        }
        return KernelSource(file.programs[program], sources, solvers)

    first = source(FIRST)
    home = partial(bind_in, package)
    if SECOND not in file.programs:
        return Kernel(first, partial(_without_matrices, first.spec.name), home=home)
    second = source(SECOND)
    known = {(a.operator, a.form) for a in second.spec.assemblies}
    return Kernel(first, lambda data, *wanted: second if wanted in known else None, home=home)


def bind_in(package: str, given: Mapping[str, Any], **options: Any) -> Model:
    """A model of a package on data; ImportError where it is not there."""
    return import_module(package).bind(**given, **options)  # type: ignore[no-any-return]


def _without_matrices(name: str, *_: object) -> NoReturn:
    raise NotImplementedError(
        f'matrices: the package of {name} was generated without them; name "matrices" among the '
        "`outputs` of the problem file, or of nz.generate, and generate anew"
    )
