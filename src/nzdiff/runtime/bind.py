"""Bind a kernel to data: check, lay out memory, choose the backend."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nzdiff.runtime.composed_model import ComposedModel
from nzdiff.runtime.data.check import Data, check_data
from nzdiff.runtime.data.spec import AssemblyForm, Operator
from nzdiff.runtime.kernel.backends import BACKENDS, KernelSource
from nzdiff.runtime.kernel.backends.choose import NoCompilerWarning, choose
from nzdiff.runtime.kernel.bound import Bound
from nzdiff.runtime.kernel.compiler import CompilerError
from nzdiff.runtime.kernel.workspace import allocate
from nzdiff.runtime.model import Model


@dataclass(frozen=True, slots=True)
class Kernel:
    """The kernel of a problem, and those of its assembled matrices.

    assembled: the kernel with the factors of an operator in a form; None where it has none.
    """

    source: KernelSource
    assembled: Callable[[Operator, AssemblyForm], KernelSource | None]


def bind(
    kernel: Kernel, given: Mapping[str, Any], *, backend: str, threads: int, dtype: Any = "float64"
) -> Model:
    """A model of a kernel on data; see `Problem.bind`."""
    spec = kernel.source.spec
    data = check_data(spec.arguments, spec.unknowns, spec.dims, spec.scalars, given)
    return bind_checked(kernel, data, backend=backend, threads=threads, dtype=dtype)


def bind_checked(
    kernel: Kernel,
    data: Data,
    *,
    backend: str,
    threads: int,
    dtype: Any = "float64",
    compose: Callable[[], ComposedModel | None] = lambda: None,
) -> Model:
    """`bind` on data that was checked already; compose: see `Model.composition`."""
    count, real = checked_threads(threads), checked_dtype(dtype)
    bound = _bound(kernel.source, data, backend, count, dtype=real)

    def assemble(operator: Operator, form: AssemblyForm) -> Bound | None:
        source = kernel.assembled(operator, form)
        if source is None:
            return None
        uses = frozenset(source.spec.assembly(operator, form).uses)
        return _bound(source, data, bound.backend.name, count, uses)

    return Model(bound, assemble, data, compose)


def _bound(
    source: KernelSource,
    data: Data,
    backend: str,
    threads: int,
    uses: frozenset[str] | None = None,
    dtype: Any = np.float64,
) -> Bound:
    name = choose(backend)
    try:
        return _loaded(source, data, name, threads, uses, dtype)
    except CompilerError as error:
        if backend != "auto":
            raise
        warnings.warn(f"{error}; using the NumPy backend", NoCompilerWarning, stacklevel=4)
        return _loaded(source, data, "numpy", threads, uses, dtype)


def _loaded(
    source: KernelSource,
    data: Data,
    backend: str,
    threads: int,
    uses: frozenset[str] | None,
    dtype: Any,
) -> Bound:
    if backend not in source.sources:
        known = ", ".join(f'"{name}"' for name in source.sources)
        raise ValueError(f'backend: {source.spec.name} is there for {known}, not for "{backend}"')
    memory = allocate(source.spec, data, threads, uses, backend, dtype)
    return Bound(source.spec, data, memory, BACKENDS[backend](source.sources[backend](), memory))


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    """The precision kernels compute in: float64 or float32."""
    with contextlib.suppress(TypeError):
        found: np.dtype[Any] = np.dtype(dtype)
        if found in (np.dtype(np.float64), np.dtype(np.float32)):
            return found
    raise ValueError(f'dtype: expected "float64" or "float32", got {dtype!r}')


def checked_threads(threads: int) -> int:
    """The number of threads, within what the machine has."""
    if not isinstance(threads, int | np.integer) or isinstance(threads, bool) or threads < 1:
        raise ValueError(f"threads: expected a whole number of at least 1, got {threads!r}")
    return min(int(threads), os.cpu_count() or 1)
