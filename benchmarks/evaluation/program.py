"""A program of the evaluation: the seed energy and its derivatives in one library, on one instance.

A program may keep its numbers in arrays of its own; how they are made and read back is not timed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.seed import Seed

Floats = NDArray[np.float64]

PRODUCTS = (
    "energy",
    "energy_and_gradient",
    "jvp",
    "vjp",
    "gauss_newton_product",
    "hessian_product",
)
MATRICES = ("gauss_newton_matrix", "hessian_matrix")
WORKS: dict[str, str] = {
    "energy": "E",
    "energy_and_gradient": "E and ∂E/∂g",
    "jvp": "J v",
    "vjp": "Jᵀ w",
    "gauss_newton_product": "2 JᵀJ v",
    "hessian_product": "∂²E/∂g² v",
    "gauss_newton_matrix": "2 JᵀJ, lower triangle",
    "hessian_matrix": "∂²E/∂g², lower triangle",
}
"""What is measured, with its name in tables."""

TAKES_DIRECTION = ("jvp", "gauss_newton_product", "hessian_product")


def identity(x: Any) -> Any:
    """Arrays as they are."""
    return x


@dataclass(frozen=True, slots=True)
class Program:
    """Functions by work, and the arrays they take.

    functions: of (g), and of (g, v) or (g, w) where the work has one; they return when the
    numbers are there.  refused: by work, why it cannot be done.  values: makes a g or v (s,) of
    its own; matrix: makes a w (p, k).  The numbers come back as anything that `numpy.asarray`
    takes: energy_and_gradient a pair, jvp (p, k), or a vector of it in `order`; values_back makes
    (s,) in the order of the instance, triangle_back (s, s) of which the lower triangle counts.
    note: what form it takes, for the report.
    """

    functions: Mapping[str, Callable[..., Any]]
    note: str
    refused: Mapping[str, str] = field(default_factory=dict)
    values: Callable[[Floats], Any] = identity
    matrix: Callable[[Floats], Any] = identity
    values_back: Callable[[Any], Any] = identity
    triangle_back: Callable[[Any], Any] = identity
    order: str = "C"


Make = Callable[[Seed], Program]

PEERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nzdiff": ("benchmarks.peers.nzdiff:program", ("nzdiff",)),
    "limit": ("benchmarks.peers.limit:program", ("scipy",)),
    "expert": ("benchmarks.peers.expert:program", ()),
    "scipy-h": ("benchmarks.peers.scipy:two_products", ("scipy",)),
    "scipy-q": ("benchmarks.peers.scipy:sampled", ("scipy",)),
    "numba": ("benchmarks.peers.numba:program", ("numba",)),
    "jax-dense": ("benchmarks.peers.jax:dense", ("jax",)),
    "jax-bcoo": ("benchmarks.peers.jax:bcoo", ("jax",)),
    "jax-gather": ("benchmarks.peers.jax:gather", ("jax",)),
    "jax-q": ("benchmarks.peers.jax:sampled", ("jax",)),
    "jax-nzdiff": ("benchmarks.peers.jax:derived", ("jax", "nzdiff")),
    "torch-sparse": ("benchmarks.peers.torch:sparse_layout", ("torch",)),
    "torch-scatter": ("benchmarks.peers.torch:scatter", ("torch",)),
    "torch-q": ("benchmarks.peers.torch:sampled", ("torch",)),
    "casadi": ("benchmarks.peers.casadi:interpreted", ("casadi",)),
    "casadi-c": ("benchmarks.peers.casadi:compiled", ("casadi",)),
    "casadi-q": ("benchmarks.peers.casadi:compiled_sampled", ("casadi",)),
    "pytensor": ("benchmarks.peers.pytensor:program", ("pytensor",)),
    "cvxpy": ("benchmarks.peers.cvxpy:program", ("cvxpy", "sparsediffpy")),
}
"""By name, where `Make` is, and the distributions whose versions are reported."""

OURS, LIMIT = "nzdiff", "limit"


class NotAvailable(Exception):
    """A peer that cannot be run here; the message says why."""


def find_program(name: str) -> Make:
    """The maker of a peer: a name in PEERS, or "module:function" of a program of one's own.

    Raises NotAvailable where it cannot be imported.
    """
    module, _, function = PEERS.get(name, (name, ()))[0].partition(":")
    try:
        make: Make = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise NotAvailable(f"not installed: {error}") from error
    return make


def library(name: str) -> Any:
    """A module of a peer, NotAvailable where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise NotAvailable(f"not installed: {error}") from error


def threads() -> int:
    """The threads that this worker may use."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def check_names(peers: tuple[str, ...]) -> None:
    """ValueError for a peer that is neither in PEERS nor "module:function"."""
    unknown = [name for name in peers if name not in PEERS and ":" not in name]
    if unknown:
        raise ValueError(
            f"peer: expected {', '.join(PEERS)} or module:function, got {', '.join(unknown)}"
        )


def numbers(program: Program, work: str, result: Any, shape: tuple[int, int]) -> Floats:
    """What a function returned, in the form of `evaluation_reference.reference`."""
    if work == "energy":
        return np.asarray(result, dtype=np.float64).reshape(())
    if work == "energy_and_gradient":
        gradient = np.asarray(program.values_back(result[1]), dtype=np.float64)
        return np.concatenate([np.ravel(np.asarray(result[0])), np.ravel(gradient)])
    if work == "jvp":
        found = np.asarray(result, dtype=np.float64)
        return found if found.ndim == 2 else found.reshape(shape, order=_order(program))
    if work in MATRICES:
        return np.tril(np.asarray(program.triangle_back(result), dtype=np.float64))
    return np.ravel(np.asarray(program.values_back(result), dtype=np.float64))


def _order(program: Program) -> Any:
    return program.order
