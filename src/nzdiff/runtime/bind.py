"""Bind a kernel to data: check, lay out memory, choose the backend."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nzdiff.runtime.backend import (
    Backend,
    CBackend,
    NoCompilerWarning,
    NumpyBackend,
    choose,
)
from nzdiff.runtime.compiler import CompilerError
from nzdiff.runtime.data import Data, check_data
from nzdiff.runtime.model import Model
from nzdiff.runtime.spec import KernelSpec
from nzdiff.runtime.workspace import allocate


@dataclass(frozen=True, slots=True)
class Kernel:
    """A spec with its two sources: C text, and the functions of the Python module by name."""

    spec: KernelSpec
    c_source: Callable[[], str]
    python_function: Callable[[str], Callable[[Any], None]]


def bind(kernel: Kernel, given: Mapping[str, Any], *, backend: str, threads: int) -> Model:
    """A model of a kernel on data; see `Problem.bind`."""
    spec = kernel.spec
    data = check_data(spec.arguments, spec.unknowns, spec.dims, spec.scalars, given)
    return bind_checked(kernel, data, backend=backend, threads=threads)


def bind_checked(kernel: Kernel, data: Data, *, backend: str, threads: int) -> Model:
    """`bind` on data that was checked already."""
    name = choose(backend)
    memory = allocate(kernel.spec, data, checked_threads(threads))
    chosen: Backend
    try:
        if name == "c":
            chosen = CBackend(kernel.c_source(), memory)
        else:
            chosen = NumpyBackend(kernel.python_function, memory)
    except CompilerError as error:
        if backend != "auto":
            raise
        warnings.warn(f"{error}; using the NumPy backend", NoCompilerWarning, stacklevel=3)
        chosen = NumpyBackend(kernel.python_function, memory)
    return Model(kernel.spec, data, memory, chosen)


def checked_threads(threads: int) -> int:
    """The number of threads, within what the machine has."""
    if not isinstance(threads, int | np.integer) or isinstance(threads, bool) or threads < 1:
        raise ValueError(f"threads: expected a whole number of at least 1, got {threads!r}")
    return min(int(threads), os.cpu_count() or 1)
