"""Where numbers are compared: random data and a random g at which everything is finite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.codegen.compile import bind
from nzdiff.codegen.package.example import example_data
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]


def in_domain(problem: Problem, sizes: dict[str, int], seed: int) -> tuple[dict[str, Any], Floats]:
    """Random data and a random g at which everything is finite: logarithms need positive numbers.

    Of any sign, positive, small and positive numbers, and unknowns near I are tried, in this order.
    """
    for bounds, shift in DOMAINS:
        data = example_data(problem, sizes, seed=seed)
        data = {name: _between(value, bounds) for name, value in data.items()}
        model = bind(problem, data, backend="numpy", threads=1)
        normal = np.random.default_rng((seed, 3)).standard_normal(model.size)
        g = _between(normal, bounds) + shift * _identities(model)
        if _is_finite(model, g):
            return data, g
    raise ValueError(
        f"{problem.name}: found no random data at which everything is finite; pass your own data"
    )


DOMAINS = ((None, 0.0), ((0.5, 1.5), 0.0), ((0.05, 0.3), 0.0), ((0.0, 0.1), 1.0))
"""Bounds of the random numbers that are tried, and how much of I is added to each unknown."""


def _identities(model: Model) -> Floats:
    """The g of I for each unknown, as far as its pattern holds the diagonal."""
    parts = [pattern.T.T @ np.eye(*pattern.shape).ravel(order="F") for pattern in model.patterns]
    return np.concatenate(parts)


def _between(value: Any, bounds: tuple[float, float] | None) -> Any:
    """The numbers of a value moved between two positive bounds, patterns kept."""
    if bounds is None or not (sparse.issparse(value) or isinstance(value, (np.ndarray, float))):
        return value
    if not isinstance(value, (np.ndarray, float)):
        moved = value.copy()
        moved.data = _between(moved.data, bounds)
        return moved
    low, high = bounds
    return low + (high - low) * np.tanh(np.abs(value))


def start(model: Model, seed: int) -> Floats:
    """A random g at which a model on the user's data is finite."""
    normal = np.random.default_rng((seed, 3)).standard_normal(model.size)
    for bounds, shift in DOMAINS:
        g = _between(normal, bounds) + shift * _identities(model)
        if _is_finite(model, g):
            return np.asarray(g)
    raise ValueError(
        f"{model.spec.name}: not finite at random g on the data given; check the data, or verify "
        "without data"
    )


def _is_finite(model: Model, g: Floats) -> bool:
    """Whether the energy (or function) and its derivatives exist at g."""
    with np.errstate(all="ignore"):
        try:
            if model.is_function:
                found = [model.residual(g), model.jvp(g, np.ones(model.size))]
            else:
                found = [np.array([model.energy(g)]), model.gradient(g)]
                found.append(model.hessian(g) @ np.ones(model.size))
        except np.linalg.LinAlgError:
            return False
    return all(bool(np.isfinite(array).all()) for array in found)
