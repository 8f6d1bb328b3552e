"""Bind a kernel to data: check, lay out memory, choose the backend."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nzdiff.runtime.assembly.assembler import Assembler
from nzdiff.runtime.composed_model import ComposedModel
from nzdiff.runtime.data.check import Data, check_data
from nzdiff.runtime.data.spec import AssemblyForm, Operator, Outline
from nzdiff.runtime.kernel.backends import BACKENDS, KernelSource
from nzdiff.runtime.kernel.backends.c import begin as begin_in_c
from nzdiff.runtime.kernel.backends.choose import with_backend
from nzdiff.runtime.kernel.bound import Bound
from nzdiff.runtime.kernel.tables import FEW, multiplier_for
from nzdiff.runtime.kernel.tables import begin as begin_tables
from nzdiff.runtime.kernel.workspace import allocate
from nzdiff.runtime.model import Model
from nzdiff.runtime.residual_functions import ResidualFunctions


@dataclass(frozen=True, slots=True)
class Kernel:
    """The kernel of a problem, and those of its assembled matrices.

    assembled: the kernel with the factors of an operator in a form, for data; None where it has
    none.  outline: the summands of an operator's matrix, where they are known without that kernel.
    compose: see `Model.composition`.  residuals: those of an energy one by one, where they are
    known.  home: what binds data anew in another process, as a function that pickles, of data and
    the options of `bind`; None where there is none.
    """

    source: KernelSource
    assembled: Callable[[Data, Operator, AssemblyForm], KernelSource | None]
    outline: Callable[[Data, Operator], tuple[Outline, ...] | None] | None = None
    compose: Callable[[Data], ComposedModel | None] = lambda data: None
    residuals: Callable[[Data], ResidualFunctions | None] = lambda data: None
    home: Callable[..., Model] | None = None


def bind(
    kernel: Kernel, given: Mapping[str, Any], *, backend: str, threads: int, dtype: Any = "float64"
) -> Model:
    """A model of a kernel on data; see `Problem.bind`."""
    spec = kernel.source.spec
    data = check_data(spec.arguments, spec.unknowns, spec.dims, spec.scalars, given)
    data.supports.multiply = multiplier_for(backend)
    return bind_checked(kernel, data, backend=backend, threads=threads, dtype=dtype)


def bind_checked(
    kernel: Kernel, data: Data, *, backend: str, threads: int, dtype: Any = "float64"
) -> Model:
    """`bind` on data that was checked already."""
    count, real = checked_threads(threads), checked_dtype(dtype)
    bound = _bound(kernel.source, data, backend, count, dtype=real)
    name = bound.backend.name
    later = backend if (backend, name) == ("auto", "c") else name

    def assemble(data: Data, operator: Operator, form: AssemblyForm) -> Bound | None:
        from nzdiff.runtime.assembly import gather

        gather.begin(later)
        source = kernel.assembled(data, operator, form)
        if source is None:
            return None
        uses = frozenset(source.spec.assembly(operator, form).uses)
        return _bound(source, data, later, count, uses)

    def outline(data: Data, operator: Operator) -> tuple[Outline, ...] | None:
        if kernel.outline is not None:
            return kernel.outline(data, operator)
        source = kernel.assembled(data, operator, "matrix")
        return None if source is None else source.spec.outline(operator)

    options: dict[str, Any] = {"backend": backend, "threads": threads, "dtype": str(real)}
    assembler = Assembler(assemble, outline, data, bound)
    home = None if kernel.home is None else partial(kernel.home, **options)
    others = kernel.compose, kernel.residuals
    return Model(bound, assembler, others, partial(bind, kernel, **options), home)


def _bound(
    source: KernelSource,
    data: Data,
    backend: str,
    threads: int,
    uses: frozenset[str] | None = None,
    dtype: Any = np.float64,
) -> Bound:
    def loaded(name: str) -> Bound:
        if name not in source.sources:
            known = ", ".join(f'"{name}"' for name in source.sources)
            raise ValueError(f'backend: {source.spec.name} is there for {known}, not for "{name}"')
        text = source.sources[name]()
        BACKENDS[name].begin(text, np.dtype(dtype))
        if uses is not None:  # factors, which the backend puts together
            from nzdiff.runtime.assembly import gather

            gather.prepare(name)
        memory = allocate(source.spec, data, threads, uses, name, dtype, source.solvers)
        return Bound(source.spec, data, memory, BACKENDS[name](text, memory))

    return with_backend(backend, loaded)


def begin(data: Data, backend: str, dtype: Any) -> None:
    """Begin to compile what kernels in C need for such data, beside the planning of one."""
    if backend in ("auto", "c"):
        begin_in_c(checked_dtype(dtype))
        if any(matrix.nnz >= FEW for matrix in data.structures.values()):
            begin_tables()


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    """The precision kernels compute in: float64 or float32, of NumPy, JAX or PyTorch."""
    name = str(dtype).removeprefix("torch.") if type(dtype).__module__ == "torch" else dtype
    with contextlib.suppress(TypeError):
        found: np.dtype[Any] = np.dtype(name)
        if found in (np.dtype(np.float64), np.dtype(np.float32)):
            return found
    raise ValueError(f'dtype: expected "float64" or "float32", got {dtype!r}')


def checked_threads(threads: int) -> int:
    """The number of threads, within what the machine has."""
    if not isinstance(threads, int | np.integer) or isinstance(threads, bool) or threads < 1:
        raise ValueError(f"threads: expected a whole number of at least 1, got {threads!r}")
    return min(int(threads), os.cpu_count() or 1)
