"""Proofs of a derivation: exact over a prime field, and symbolic, entry by entry.

Exact: both sides of each identity at random points of GF(2⁶¹ − 1) with dual numbers.  A wrong
sign, a missing transpose, a swapped K or a lost term of a product rule changes a polynomial of
low degree, which then differs at a random point but for a chance below 1e-15.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from nzdiff.derive import finite_field as gf
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.elementwise import elementwise, same
from nzdiff.derive.evaluate import Evaluator
from nzdiff.derive.symbols import Matrix
from nzdiff.pattern import Pattern

ROUNDS = 3
EXACT_SIZES = (4, 3, 2, 5)
SYMBOLIC_SIZES = (3, 2, 2, 1)


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its outcome; `kind` is exact, symbolic, numeric or backend."""

    kind: str
    name: str
    passed: bool
    detail: str


def prove(derivation: Derivation, *, seed: int = 0) -> tuple[Check, ...]:
    """Every exact and symbolic check of a derivation."""
    return (*exact_checks(derivation, seed=seed), *symbolic_checks(derivation, seed=seed))


def exact_checks(derivation: Derivation, *, seed: int = 0) -> tuple[Check, ...]:
    """Each form of each derivative against dual numbers over the prime field."""
    irrational = _irrational(derivation)
    if irrational:
        detail = "no place in a prime field; the symbolic and the numeric checks stand"
        return (Check("exact", f"left out: {irrational} is irrational", True, detail),)
    outcomes: dict[str, list[bool]] = {}
    for turn in range(ROUNDS):
        for name, passed in _identities(derivation, random.Random(1000 * seed + turn)):
            outcomes.setdefault(name, []).append(passed)
    detail = f"GF(2^61 - 1), {ROUNDS} random points"
    return tuple(Check("exact", name, all(found), detail) for name, found in outcomes.items())


def symbolic_checks(derivation: Derivation, *, seed: int = 0) -> tuple[Check, ...]:
    """The element-wise derivation on a small pattern against the matrix and Kronecker forms."""
    dims = small_dims(derivation, SYMBOLIC_SIZES)
    patterns = small_patterns(derivation, dims, random.Random(seed), most=4)
    entries = elementwise(derivation, patterns, dims)
    evaluate, checks = entries.evaluator, []
    places = ", ".join(
        f"{name} {p.shape[0]}×{p.shape[1]} with {p.size} stored" for name, p in patterns.items()
    )
    if derivation.problem.residuals:
        jacobian = _block_jacobian(derivation, evaluate)
        checks.append(("Jacobian, Kronecker form", same(jacobian, entries.jacobian)))
    for form in ("matrix", "kronecker"):
        parts = [
            _gradient(derivation, evaluate, unknown, form) for unknown in derivation.problem.wrt
        ]
        checks.append((f"gradient, {form} form", same(np.concatenate(parts), entries.gradient)))
    return tuple(Check("symbolic", name, passed, places) for name, passed in checks)


def small_dims(derivation: Derivation, sizes: tuple[int, ...]) -> dict[str, int]:
    """A small size per dimension, neighbours distinct so that a lost transpose shows."""
    names = [str(size.name) for size in derivation.problem.dimensions]
    order = sorted(names, key=lambda name: (name not in _unknown_dims(derivation), name))
    return {name: sizes[i % len(sizes)] for i, name in enumerate(order)}


def small_patterns(
    derivation: Derivation, dims: dict[str, int], generator: random.Random, *, most: int
) -> dict[str, Pattern]:
    """A random pattern per unknown with at most `most` stored positions, in random order."""
    found = {}
    for unknown in derivation.problem.wrt:
        rows, cols = (int(s) if s.is_Integer else dims[str(s)] for s in unknown.shape)
        places = [(i, j) for i in range(rows) for j in range(cols)]
        chosen = generator.sample(places, min(most, len(places)))
        found[str(unknown.name)] = Pattern(
            ([i for i, _ in chosen], [j for _, j in chosen]), (rows, cols)
        )
    return found


def _irrational(derivation: Derivation) -> str:
    """The numbers and roots of the energy that are not rational; empty where there are none."""
    numbers = derivation.problem.energy.atoms(sp.NumberSymbol)
    powers = [p for p in derivation.problem.energy.atoms(sp.Pow) if not p.exp.is_Integer]
    return ", ".join(sorted(str(number) for number in {*numbers, *powers}))


def _identities(derivation: Derivation, generator: random.Random) -> Iterator[tuple[str, bool]]:
    """(name, whether it holds) of every identity at one random point."""
    problem = derivation.problem
    dims = small_dims(derivation, EXACT_SIZES)
    patterns = small_patterns(derivation, dims, generator, most=6)
    point = _random_point(derivation, dims, patterns, generator)
    moved = Evaluator(point.moving, point.sizes, gf.field_number, point.definitions)
    fixed = Evaluator(point.fixed, point.sizes, gf.field_number, point.definitions)
    total_vjp = 0
    total_jvp = 0
    for residual, expr, terms in zip(
        problem.residuals, derivation.differentials, derivation.terms, strict=True
    ):
        slope = gf.slopes(moved(residual.symbol))
        name = f"d{residual.symbol.name}"
        yield f"{name}, factored", gf.values(fixed(expr)) == slope
        flat = [fixed(term.apply(derivation.tangents[term.unknown])) for term in terms]
        yield f"{name}, normal form", _sum_values(flat, len(slope)) == slope
        weight = point.fixed[f"W_{residual.symbol.name}"]
        total_jvp += _inner(gf.values(weight), slope)
    column = [gf.slopes(moved(r.symbol).reshape(-1, 1, order="F")) for r in problem.residuals]
    for residual, expected in zip(problem.residuals, column, strict=True):
        parts = [
            fixed(derivation.jacobians[residual.symbol, unknown].kronecker)
            @ point.directions[unknown]
            for unknown in problem.wrt
        ]
        holds = _sum_values(parts, len(expected)) == expected
        yield f"∂vec({residual.symbol.name})/∂g, Kronecker form", holds
    energy = gf.slopes(np.array([moved(problem.energy)], dtype=object))[0]
    for form in ("matrix", "kronecker"):
        found = 0
        for unknown in problem.wrt:
            gradient = _gradient(derivation, fixed, unknown, form)
            found += _inner(gf.values(gradient), gf.values(point.directions[unknown]))
        yield f"∂E/∂g, {form} form", found % gf.PRIME == energy
    if problem.residuals:
        for unknown in problem.wrt:
            gamma = fixed(derivation.vjp(unknown, derivation.cotangents))
            direction = point.fixed[str(derivation.tangents[unknown].name)]
            total_vjp += _inner(gf.values(gamma), gf.values(direction))
        yield "VJP adjoint to JVP", (total_vjp - total_jvp) % gf.PRIME == 0


@dataclass(frozen=True, slots=True)
class _Point:
    """Random data: with G + ε V in `moving`; G, V, P, g and W in `fixed`."""

    moving: dict[str, Any]
    fixed: dict[str, Any]
    directions: dict[Matrix, Any]
    sizes: dict[str, int]
    definitions: dict[str, Any]


def _random_point(
    derivation: Derivation,
    dims: dict[str, int],
    patterns: dict[str, Pattern],
    generator: random.Random,
) -> _Point:
    problem = derivation.problem
    fixed: dict[str, Any] = {}
    for symbol in problem.scalars:
        fixed[str(symbol.name)] = gf.random_matrix(1, 1, generator)[0, 0]
    for matrix in problem.matrices:
        fixed[str(matrix.name)] = _random_data(matrix, dims, generator)
    moving, directions, sizes = dict(fixed), {}, dict(dims)
    for unknown in problem.wrt:
        pattern = patterns[str(unknown.name)]
        linear = _in_field(pattern.T.toarray())
        g = gf.random_matrix(pattern.size, 1, generator)
        v = gf.random_matrix(pattern.size, 1, generator)
        value = (linear @ g).reshape(pattern.shape, order="F")
        direction = (linear @ v).reshape(pattern.shape, order="F")
        moving[str(unknown.name)] = gf.with_slope(value, direction)
        fixed[str(unknown.name)] = value
        fixed[str(derivation.tangents[unknown].name)] = direction
        fixed[str(derivation.selection(unknown).name)] = linear.T
        fixed[str(derivation.parameters(unknown).name)] = g
        directions[unknown] = v
        sizes[f"nnz_{unknown.name}"] = pattern.size
    definitions = {str(r.symbol.name): r.expr for r in problem.residuals}
    for cotangent in derivation.cotangents:
        rows, cols = (int(s) if s.is_Integer else dims[str(s)] for s in cotangent.shape)
        fixed[str(cotangent.name)] = gf.random_matrix(rows, cols, generator)
    return _Point(moving, fixed, directions, sizes, definitions)


def _random_data(matrix: Matrix, dims: dict[str, int], generator: random.Random) -> Any:
    rows, cols = (int(s) if s.is_Integer else dims[str(s)] for s in matrix.shape)
    data = gf.random_matrix(rows, cols, generator)
    if matrix.kind_of == "diagonal":
        return np.where(np.eye(rows, dtype=bool), data, np.array(gf.Dual(0), dtype=object))
    return data + data.T if matrix.symmetric else data


def _in_field(matrix: Any) -> Any:
    numbers = [[gf.Dual(int(entry)) for entry in row] for row in matrix]
    return gf.as_matrix(numbers, *matrix.shape)


def _gradient(derivation: Derivation, evaluate: Evaluator, unknown: Matrix, form: str) -> Any:
    forms = derivation.gradients[unknown]
    if form == "kronecker":
        return evaluate(forms.kronecker).ravel()
    selection = evaluate(derivation.selection(unknown))
    return (selection @ evaluate(forms.matrix).reshape(-1, 1, order="F")).ravel()


def _block_jacobian(derivation: Derivation, evaluate: Evaluator) -> Any:
    """The Jacobians of all residuals by all unknowns, in one matrix."""
    problem, blocks = derivation.problem, derivation.jacobians
    rows = [
        [evaluate(blocks[r.symbol, u].kronecker) for u in problem.wrt] for r in problem.residuals
    ]
    return np.vstack([np.hstack(row) for row in rows])


def _sum_values(arrays: list[Any], size: int) -> list[int]:
    total = [0] * size
    for array in arrays:
        total = [(a + b) % gf.PRIME for a, b in zip(total, gf.values(array), strict=True)]
    return total


def _inner(left: list[int], right: list[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True)) % gf.PRIME


def _unknown_dims(derivation: Derivation) -> set[str]:
    return {str(size) for unknown in derivation.problem.wrt for size in unknown.shape}
