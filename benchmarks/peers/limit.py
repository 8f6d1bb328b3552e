"""No program, but what the machine allows: the dense products of the energy and nothing else.

With dense Y: Y (p × m) · (m × k), and Yᵀ · (p × k), by dgemm.  With diagonal Y there are none; then
copying what must be read once: X, B, L and g.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas

from benchmarks.evaluation.program import Program
from benchmarks.evaluation.seed import Seed

Floats = NDArray[np.float64]

DENSE_PRODUCTS = {
    "energy": 1,
    "energy_and_gradient": 2,
    "jvp": 1,
    "vjp": 1,
    "gauss_newton_product": 2,
    "hessian_product": 3,
}
"""How many products with Y or Yᵀ are between g and the result."""

MEGABYTES, ROUNDS = 128, 5


def program(seed: Seed) -> Program:
    """By work, as many dense products as it takes; without numbers to check."""
    unit = _copy(seed) if seed.is_diagonal else _products(seed)

    def repeated(count: int) -> Callable[..., None]:
        def run(*_: Any) -> None:
            for which in range(count):
                unit(which)

        return run

    functions = {work: repeated(count) for work, count in DENSE_PRODUCTS.items()}
    if seed.is_diagonal:
        functions = {work: repeated(1) for work in DENSE_PRODUCTS}
    kind = "one copy of X, B, L and g" if seed.is_diagonal else "dgemm of the products with Y alone"
    return Program(functions=functions, note=kind)


def copy_bandwidth() -> float:
    """Bytes read and written per second by copying what no cache holds; the best of a few."""
    source = np.ones(MEGABYTES * 2**17)
    target = np.zeros_like(source)
    seconds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        np.copyto(target, source)
        seconds.append(perf_counter() - began)
    return 2.0 * source.nbytes / min(seconds)


def _products(seed: Seed) -> Callable[[int], None]:
    """Y (m × k) for even numbers, Yᵀ (p × k) for odd ones, into memory of its own."""
    Y = np.asfortranarray(seed.Y)
    A, F = np.asfortranarray(seed.B), np.asfortranarray(seed.X)
    YA, YtF = np.zeros((seed.p, seed.k), order="F"), np.zeros((seed.m, seed.k), order="F")

    def product(which: int) -> None:
        if which % 2 == 0:
            blas.dgemm(1.0, Y, A, c=YA, overwrite_c=1)
        else:
            blas.dgemm(1.0, Y, F, trans_a=1, c=YtF, overwrite_c=1)

    return product


def _copy(seed: Seed) -> Callable[[int], None]:
    sources = (seed.X, seed.B, seed.L_values, seed.L_indices, seed.g[0], seed.cols)
    targets = tuple(np.zeros_like(source) for source in sources)

    def copy(_: int) -> None:
        for target, source in zip(targets, sources, strict=True):
            np.copyto(target, source)

    return copy
