"""Where numbers are compared: data and a g at which everything is finite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from nzdiff.codegen.compile import bind
from nzdiff.codegen.package.example import Fill, example_data
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.model import Model
from nzdiff.verification.reference import Reference

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draw:
    """How random numbers are drawn: between two bounds (or normally), with multiples of I added.

    near: how much of I is added to each square unknown.  data_near: to square data.
    """

    low: float = -np.inf
    high: float = np.inf
    near: float = 0.0
    data_near: float = 0.0

    def between(self, numbers: Floats) -> Floats:
        """Normal numbers moved between the bounds."""
        if np.isinf(self.low):
            return numbers
        return self.low + (self.high - self.low) * np.tanh(np.abs(numbers))

    def data(self, value: Any) -> Any:
        """Data moved between the bounds, near I where it is square; patterns as they are."""
        if sparse.issparse(value):
            moved = value.copy()
            moved.data = self.between(moved.data)
            rows = np.repeat(np.arange(moved.shape[0]), np.diff(moved.indptr))
            moved.data = moved.data + self.data_near * (rows == moved.indices)
            return moved
        if not isinstance(value, (np.ndarray, float)):
            return value
        found = self.between(np.asarray(value))
        square = found.ndim == 2 and found.shape[0] == found.shape[1]
        return found + self.data_near * np.eye(len(found)) if square else found[()]


DRAWS = (
    Draw(),
    Draw(0.5, 1.5),
    Draw(0.05, 0.3),
    Draw(0.0, 0.1, near=1.0),
    Draw(0.0, 0.1, near=1.0, data_near=1.0),
    Draw(1.5, 2.5),
    Draw(-1.5, -0.5),
    Draw(0.0, 0.1, near=9.0),
    Draw(0.0, 0.1),
    Draw(0.0, 0.1, near=-9.0, data_near=-9.0),
)
"""Of any sign, positive, small, near I, stable: logarithms, roots, determinants and domains want
one of them."""
ORDERS = 6
"""Orders of the sizes that are tried: GᵀG is singular where G has more columns than rows."""


def in_domain(problem: Problem, sizes: dict[str, int], seed: int) -> tuple[dict[str, Any], Floats]:
    """Random data and a random g at which everything is finite.

    What is not stored is 0: the dense derivatives that it is checked against exist there, too.
    Raises ValueError where none is found.
    """
    derivation = derive(problem)
    for chosen, fill in _shapes(sizes):
        example = example_data(problem, chosen, seed=seed, fill=fill)
        for draw in DRAWS:
            data = {name: draw.data(value) for name, value in example.items()}
            try:
                model = bind(problem, data, backend="numpy", threads=1)
            except np.linalg.LinAlgError:  # data alone is outside of a domain
                continue
            g = _drawn(model, draw, seed)
            if _is_finite(model, g) and _is_dense(derivation, data, model, g):
                return data, g
    raise ValueError(
        f"{problem.name}: found no random data at which everything is finite; "
        "pass your own: nz.verify(problem, data), or nz.verify(problem, data, g)"
    )


def _shapes(sizes: dict[str, int]) -> Iterator[tuple[dict[str, int], Fill]]:
    """The sizes with each filling, then other orders of them with full patterns."""
    for fill in get_args(Fill):
        yield sizes, fill
    for order in islice(permutations(sizes.values()), 1, ORDERS):
        yield dict(zip(sizes, order, strict=True)), "full"


def start(model: Model, seed: int, g: ArrayLike | None = None) -> Floats:
    """The g given, or a random one, at which a model on the user's data is finite."""
    if g is not None:
        given = np.array(g, dtype=np.float64)
        if _is_finite(model, given):
            return given
        raise ValueError(f"{model.spec.name}: the energy or a derivative is not finite at g")
    for draw in DRAWS:
        found = _drawn(model, draw, seed)
        if _is_finite(model, found):
            return found
    raise ValueError(
        f"{model.spec.name}: not finite at random g on the data given; pass a g at which it is: "
        "nz.verify(problem, data, g)"
    )


def _drawn(model: Model, draw: Draw, seed: int) -> Floats:
    normal = np.random.default_rng((seed, 3)).standard_normal(model.size)
    return np.asarray(draw.between(normal) + draw.near * _identities(model))


def _identities(model: Model) -> Floats:
    """The g of I for each unknown, as far as its pattern holds the diagonal."""
    parts = [pattern.T.T @ np.eye(*pattern.shape).ravel(order="F") for pattern in model.patterns]
    return np.concatenate(parts)


def _is_finite(model: Model, g: Floats) -> bool:
    """Whether the energy (or function) and its derivatives exist at g, and hardly change near it.

    What changes was divided by a matrix that is singular but for rounding.
    """
    with np.errstate(all="ignore"):
        try:
            here, near = _values(model, g), _values(model, g * (1 + 1e-10))
        except np.linalg.LinAlgError:
            return False
        return bool(np.linalg.norm(here - near) <= STEADY * np.linalg.norm(here))


def _is_dense(derivation: Derivation, data: dict[str, Any], model: Model, g: Floats) -> bool:
    """Whether the matrices of the Kronecker forms are finite, zeros that do not move included."""
    ones = np.ones(model.size)
    w = np.ones(model.residual_size if model.is_function or model.is_sum_of_squares else 0)
    with np.errstate(all="ignore"):
        found = Reference.of(derivation, data).kronecker(g, ones, w, model.weights)
    return all(np.isfinite(value).all() for value in found.values())


STEADY = 2e-7
"""Relative change of everything where g changes by 1e-10 of itself."""


def _values(model: Model, g: Floats) -> Floats:
    """The energy (or function) and products with its derivatives, as one vector."""
    ones = np.ones(model.size)
    if model.is_function:
        return np.concatenate([model.residual(g), model.jvp(g, ones)])
    return np.concatenate([[model.energy(g)], model.gradient(g), model.hessian(g) @ ones])
