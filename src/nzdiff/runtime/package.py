"""A generated package as kernels: its spec.json, and what each backend loads of its files.

Importing a package reads and compares its files.  NumPy, SciPy, kernels and solvers are imported
when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, NoReturn

from nzdiff.runtime.data.manifest import SPEC, checked
from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.data.spec_file import SpecFile, loads

if TYPE_CHECKING:
    from nzdiff.runtime.bind import Kernel
    from nzdiff.runtime.factors.callbacks import MakeSolvers
    from nzdiff.runtime.model import Model

FIRST, SECOND = "kernel", "second_order"
"""The programs of a package: energy, gradient and products; the factors of its matrices."""


def packaged(
    package: str | None, digest: str = "", *, solvers: Callable[[], MakeSolvers] | None = None
) -> Package:
    """A package by its name; digest: what its `__init__` carries.
    solvers: imports those of `KernelSource`; None for a kernel that calls nothing back.

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
    return Package(package, texts, file, solvers)


class Package:
    """The files of a package, compared with one another, and its kernels once they are needed."""

    def __init__(
        self,
        name: str,
        texts: Mapping[str, str],
        file: SpecFile,
        solvers: Callable[[], MakeSolvers] | None,
    ) -> None:
        self._name, self._texts, self._file, self._solvers = name, texts, file, solvers

    @property
    def spec(self) -> KernelSpec:
        """Of energy, gradient and products."""
        return self._file.programs[FIRST]

    def bind(self, given: Mapping[str, Any], **options: Any) -> Model:
        """A model on data; see `Problem.bind`."""
        from nzdiff.runtime.bind import bind

        return bind(self.kernel, given, **options)

    @cached_property
    def kernel(self) -> Kernel:
        """The kernels of its programs."""
        from nzdiff.runtime.bind import Kernel
        from nzdiff.runtime.factors.callbacks import no_solvers
        from nzdiff.runtime.kernel.backends import BACKENDS, KernelSource

        solvers = no_solvers if self._solvers is None else self._solvers()

        def source(program: str) -> KernelSource:
            sources = {
                name: partial(BACKENDS[name].packaged, self._texts, program, self._name)
                for name in self._file.targets
                if name in BACKENDS
            }
            return KernelSource(self._file.programs[program], sources, solvers)

        first = source(FIRST)
        home = partial(bind_in, self._name)
        if SECOND not in self._file.programs:
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
