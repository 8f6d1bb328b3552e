"""Every program of the test table on data, each array in an exact allocation of its own.

Run by `run_sanitizers.py` in a process with a sanitizer: it looks at memory and threads, this
compares the numbers with the NumPy backend.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from bound_problems import EVERYTHING, data_of, planned_for
from nzdiff.codegen.compile import checked
from nzdiff.runtime import batch
from nzdiff.runtime import bind as binding
from nzdiff.runtime.assembly import gather
from nzdiff.runtime.data.spec import PanelTable
from nzdiff.runtime.kernel import tables, workspace
from nzdiff.runtime.kernel.workspace import Memory
from nzdiff.solvers.methods.lbfgs import loop

REGISTER = 8
"""Numbers behind an array that products in panels may read, as one register; they are NaN here."""
LINE = 64
ROOT = Path(__file__).resolve().parents[3]
QUICK = ("scattered", "tied", "one_of_each")
OTHERS = ("duplicated", "full", "one_row", "column_residual", "empty", "shuffled", "row_sums")
UNROLLED = ("seed", "two_unknowns_backwards", "penalties", "kronecker_product")

_libc = ctypes.CDLL(None)
_kept: list[Any] = []


def exact(array: Any, tail: int = 0) -> Any:
    """A copy on a line, in an allocation that ends with it; the tail is NaN."""
    count = array.size + tail
    address = _allocated(max(count * array.itemsize, 1))
    room = (ctypes.c_char * (count * array.itemsize)).from_address(address)
    numbers = np.frombuffer(room, dtype=array.dtype, count=count)
    numbers[: array.size] = array.ravel()
    if tail > 0:
        numbers[array.size :] = np.nan
        _kept.append(numbers)
    return numbers[: array.size].reshape(array.shape)


def _allocated(size: int) -> int:
    address = ctypes.c_void_p()
    if _libc.posix_memalign(ctypes.byref(address), ctypes.c_size_t(LINE), ctypes.c_size_t(size)):
        raise MemoryError(size)
    return int(address.value or 0)


def relocated(memory: Memory) -> Memory:
    """The memory of a model, each array and each index table for itself."""
    tail = REGISTER if any(isinstance(table, PanelTable) for table in memory.spec.tables) else 0
    arrays = {name: exact(array, tail) for name, array in memory.arrays.items()}
    tables = {
        name: tuple(exact(np.asarray(array)) for array in table)
        for name, table in memory.tables.items()
    }
    return replace(memory, arrays=arrays, tables=tables, done=exact(memory.done))


def on_a_line(count: int, dtype: Any = np.float64) -> Any:
    """`memory.on_a_line`, without what is left of the allocation."""
    return exact(np.zeros(count, dtype=dtype))


def tails_are_whole() -> bool:
    """Whether no kernel has written behind an array."""
    return all(np.isnan(numbers[-REGISTER:]).all() for numbers in _kept)


def exercise(
    problem: nz.Problem, situation: str, dtype: str, threads: int, *, all_of: bool
) -> None:
    """Every function of one program, compared with NumPy."""
    kernel = planned_for(problem, "scattered").kernel
    data = checked(problem, data_of(problem, situation))
    models = [
        binding.bind_checked(kernel, data, backend=backend, threads=threads, dtype=dtype)
        for backend in ("c", "numpy")
    ]
    rng = np.random.default_rng(11)
    g, v = 0.5 + rng.random((2, models[0].size))
    tolerance = 1e-8 if dtype == "float64" else 2e-2
    results = [
        dict(_results(model, g, v, all_of=all_of and dtype == "float64")) for model in models
    ]
    for name, value in results[0].items():
        other, scale = results[1][name], 1.0 + np.abs(results[1][name]).max(initial=0.0)
        if np.abs(value - other).max(initial=0.0) > tolerance * scale:
            raise AssertionError(f"{problem.energy}, {situation}, {dtype}: {name}")
    assert tails_are_whole(), f"{problem.energy}, {situation}, {dtype}: written behind an array"
    _kept.clear()


def _results(model: nz.Model, g: Any, v: Any, *, all_of: bool) -> Iterator[tuple[str, Any]]:
    w = None
    if model.is_function:
        w = np.linspace(1.0, 2.0, model.residual_size)
    else:
        yield "energy", np.asarray(model.energy(g))
        yield "gradient", model.gradient(g)
        if all_of and model.is_sum_of_squares:
            nz.solve(model, g, "l-bfgs", max_iterations=4)  # iterates part from one another
    if model.is_function or model.is_sum_of_squares:
        yield "residual", model.residual(g)
        yield "jvp", model.jvp(g, v)
        yield "vjp", model.vjp(g, np.linspace(1.0, 2.0, model.residual_size))
        if all_of:
            yield "jacobian", model.jacobian(g).toarray()
    hessian = model.hessian(g) if w is None else model.hessian(g, w)
    yield "hvp", hessian @ v
    if all_of:
        yield "hessian", hessian.toarray()
        with suppress(NotImplementedError):
            yield "diagonal", hessian.diagonal()
    if model.is_sum_of_squares:
        yield "gnvp", model.gauss_newton(g) @ v
        if all_of:
            yield "gauss newton", model.gauss_newton(g).toarray()


def unrolled(name: str, threads: int) -> None:
    """A batch of an odd number of instances, by the code unrolled for them."""
    problem = EVERYTHING[name]
    data = data_of(problem, "tied")
    models = [problem.bind_batch(**data, backend=b, threads=threads) for b in ("c", "numpy")]
    g = np.random.default_rng(3).random((13, models[0].size))
    for one, other in zip(*(model.energy_and_gradient(g) for model in models), strict=True):
        assert np.allclose(one, other, rtol=1e-9), f"{name}, unrolled"
    with suppress(NotImplementedError):  # not recognised
        one, other = (model.hessian(g) for model in models)
        assert np.allclose(one, other), f"{name}, unrolled: Hessian"


def kernels() -> None:
    """The tests of each kernel alone, and of products in panels, which no program above has."""
    names = ("codegen/test_kernels.py", "codegen/test_panels.py", "runtime/test_listing.py")
    files = [str(ROOT / "tests" / name) for name in names]
    usual = ["-q", "-n0", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
    if pytest.main([*usual, *files]):
        raise AssertionError("a test of the kernels fails")
    assert tails_are_whole(), "a kernel has written behind an array"


def main() -> None:
    """Exit status 0 where all numbers are right; the sanitizer ends the process itself."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("I", "N"))
    parser.add_argument("--situations", nargs="+", default=QUICK)
    parser.add_argument("--dtypes", nargs="+", default=("float64", "float32"))
    parser.add_argument("--problems", nargs="*")
    options = parser.parse_args()
    os.environ.pop("LD_PRELOAD", None)  # what is started from here needs no sanitizer
    original = workspace.allocate
    setattr(binding, "allocate", lambda *args: relocated(original(*args)))  # noqa: B010
    for room in (batch, gather, loop):
        room.on_a_line = on_a_line  # type: ignore[attr-defined]
    workspace.OWN_CACHE = tables.FEW = 0
    names = [*(options.problems or EVERYTHING)][options.part[0] :: options.part[1]]
    cells = 0
    for name in names:
        for dtype in options.dtypes:
            for situation in options.situations:
                first = situation == options.situations[0]
                exercise(EVERYTHING[name], situation, dtype, options.threads, all_of=first)
                cells += 1
        if name in UNROLLED:
            unrolled(name, options.threads)
    if options.part[0] == 0 and not options.problems:
        kernels()
    print(json.dumps({"programs": len(names), "cells": cells}))


if __name__ == "__main__":
    main()
