"""A derivation against JAX at one random point, in double precision.

Values, gradients, Jacobians and Hessians of the text of an expression by `jax.grad` and `jax.jvp`,
with g as the variable through vec(G) = T g + c, against the forms of the derivation.
"""

# pyright: reportMissingImports=false
# JAX is of the extra `fuzz`.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import nzdiff as nz
from jax_interpreter import interpreted
from jax_meaning import Value, value
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.proof import of_kind
from random_expressions import DIMS, Expression

SIZES: dict[str, int] = dict(zip(DIMS, (3, 2, 2), strict=True))
LARGEST = 1e8
"""Points where anything is larger say little about the last digits."""
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Comparison:
    """`skipped`: no point without overflow was found.  `wrong`: what differs, and by how much."""

    skipped: bool
    wrong: tuple[str, ...] = ()


def compare(
    expression: Expression, derivation: Derivation, seed: int, draws: int = 4
) -> Comparison:
    """Every derivative at the first of some random points where all is finite and moderate."""
    for draw in range(draws):
        rng = np.random.default_rng((seed, draw))
        point = _Point.random(expression, derivation, rng, positive=draw % 2 == 0)
        try:
            found = _differences(expression, derivation, point, rng)
        except np.linalg.LinAlgError:  # a singular matrix
            continue
        if found is not None:
            return Comparison(False, tuple(found))
    return Comparison(True)


@dataclass(frozen=True)
class _Point:
    data: dict[str, Any]
    stored: dict[str, Any]
    patterns: dict[Matrix, nz.Pattern]
    g: dict[Matrix, Any]

    @classmethod
    def random(
        cls, expression: Expression, derivation: Derivation, rng: Any, *, positive: bool
    ) -> _Point:
        data: dict[str, Any] = {"mu": rng.uniform(0.5, 1.5)}
        stored: dict[str, Any] = {}
        patterns, g = {}, {}

        def entries(*shape: int) -> Any:
            signs = 1 if positive else rng.choice((-1, 1), shape)
            return signs * rng.uniform(0.2, 1.2, shape)

        for matrix in expression.symbols.values():
            name, shape = str(matrix.name), sizes_of(matrix, SIZES)
            places = _places(shape, rng)
            if matrix in derivation.problem.wrt:
                pattern = of_kind(matrix, nz.Pattern(places.nonzero(), shape))
                patterns[matrix], g[matrix] = pattern, entries(pattern.size)
                stored[name] = pattern_places(pattern)
                continue
            array = entries(*shape)
            if matrix.symmetric:
                array, places = array + array.T, places | places.T
            if matrix.kind_of == "diagonal":
                places = np.eye(shape[0], dtype=bool)
            if matrix.kind_of != "dense":
                array, stored[name] = array * places, places
            data[name] = array
        return cls(data, stored, patterns, g)


def _places(shape: tuple[int, int], rng: Any) -> Any:
    """Three of five positions; always as many, so that JAX compiles few shapes."""
    count = shape[0] * shape[1]
    chosen = rng.permutation(count) < -(-3 * count // 5)
    return chosen.reshape(shape)


def pattern_places(pattern: nz.Pattern) -> Any:
    """The stored positions as booleans."""
    places = np.zeros(pattern.shape, dtype=bool)
    owner = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    places[owner, pattern.indices] = True
    return places


def _differences(
    expression: Expression, derivation: Derivation, point: _Point, rng: Any
) -> list[str] | None:
    """What differs; None where a number is not finite or too large."""
    problem = derivation.problem
    fixed = {name: Value(np.asarray(x), point.stored.get(name)) for name, x in point.data.items()}
    bases = {u: (p.T.toarray(), p.c) for u, p in point.patterns.items()}

    def function(g: dict[str, Any]) -> Any:
        moving = {}
        for unknown, (T, c) in bases.items():
            name, (rows, cols) = str(unknown.name), point.patterns[unknown].shape
            matrix = (T @ g[name] + c).reshape(cols, rows).T
            moving[name] = Value(matrix, point.stored[name])
        return value(expression.text, {**SIZES, **fixed, **moving})

    g = {str(u.name): x for u, x in point.g.items()}
    v = {name: rng.standard_normal(x.shape) for name, x in g.items()}
    shape = jax.eval_shape(function, g).shape
    W = rng.standard_normal(shape)

    def energy(g: dict[str, Any]) -> Any:
        found = function(g)
        return jnp.sum(W * found) if problem.is_function else found

    def derivatives(g: dict[str, Any], v: dict[str, Any]) -> Any:
        return *jax.jvp(function, (g,), (v,)), *jax.jvp(jax.grad(energy), (g,), (v,))

    here, slope, gradient, hessian = interpreted(derivatives, g, v)
    wanted = {"value": here} | ({"Jacobian": slope.T} if problem.is_function else {})
    for name in g:
        for form in ("matrix", "Kronecker"):
            wanted[f"gradient of {name}, {form}"] = gradient[name]
        wanted[f"Hessian of {name}"] = hessian[name]
    if not all(map(_moderate, wanted.values())):
        return None
    evaluate = _evaluator(derivation, point, W)
    with np.errstate(all="ignore"):
        found = dict(_evaluated(derivation, evaluate, v))
    if not all(map(_moderate, evaluate.known.values())):
        return None
    gaps = {name: _gap(np.ravel(found[name]), np.ravel(wanted[name])) for name in wanted}
    return [f"{name}: off by {gap:.2g}" for name, gap in gaps.items() if gap > TOLERANCE]


def _evaluated(
    derivation: Derivation, evaluate: Evaluator, v: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What the derivation gives, by name; Jacobian and Hessian along v."""
    problem, along = derivation.problem, {u: v[str(u.name)] for u in derivation.problem.wrt}
    yield "value", evaluate(problem.energy)
    if problem.is_function:
        jacobians = {u: form.kronecker for (_, u), form in derivation.jacobians.items()}
        yield "Jacobian", sum(evaluate(jacobians[u]) @ x for u, x in along.items())
    for u in problem.wrt:
        forms = derivation.gradients[u]
        gamma = evaluate(forms.matrix).ravel(order="F")
        yield f"gradient of {u.name}, matrix", evaluate(derivation.selection(u)) @ gamma
        yield f"gradient of {u.name}, Kronecker", evaluate(forms.kronecker)
        blocks = (evaluate(derivation.hessians[u, w].kronecker) @ x for w, x in along.items())
        yield f"Hessian of {u.name}", sum(blocks)


def _evaluator(derivation: Derivation, point: _Point, W: Any) -> Evaluator:
    values, sizes = dict(point.data), dict(SIZES)
    for unknown, pattern in point.patterns.items():
        name, T = str(unknown.name), pattern.T.toarray()
        g = point.g[unknown][:, None]
        values[name] = (T @ g + pattern.c[:, None]).reshape(pattern.shape, order="F")
        values[str(derivation.selection(unknown).name)] = T.T
        values[str(derivation.parameters(unknown).name)] = g
        sizes[f"nnz_{unknown.name}"] = pattern.size
    for cotangent in derivation.cotangents if derivation.problem.is_function else ():
        values[str(cotangent.name)] = W
    definitions = {str(symbol.name): expr for symbol, expr in derivation.definitions.items()}
    return Evaluator(values, sizes, definitions=definitions, stored=point.stored)


def _moderate(x: Any) -> bool:
    array = np.asarray(x, dtype=float)
    return bool(np.all(np.isfinite(array)) and np.all(np.abs(array) < LARGEST))


def _gap(left: Any, right: Any) -> float:
    if left.shape != right.shape:
        return float("inf")
    scale = 1 + max(float(np.max(np.abs(x), initial=0)) for x in (left, right))
    return float(np.max(np.abs(left - right), initial=0)) / scale
