"""Proofs of a derivation: exact over a prime field, and symbolic, entry by entry.

Exact: both sides of each identity at random points of GF(2⁶¹ − 1) with dual numbers.  A wrong
sign, a missing transpose, a swapped K or a lost term of a product rule changes a polynomial of
low degree, which then differs at a random point but for a chance below 1e-15.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from nzdiff.derive.derivation import Derivation, Forms
from nzdiff.derive.elementwise import elementwise, same
from nzdiff.derive.evaluate import Evaluator
from nzdiff.derive.identities import gradient_values, identities
from nzdiff.derive.problem import Problem
from nzdiff.derive.symbols import Matrix, sizes_of
from nzdiff.pattern import Pattern

ROUNDS = 3
EXACT_SIZES = (4, 3, 2, 5)
LARGEST = 5
"""The largest number among the sizes that proofs take as it is."""
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
        generator = random.Random(1000 * seed + turn)
        dims = small_dims(derivation, EXACT_SIZES)
        patterns = small_patterns(derivation, dims, generator, most=6)
        for name, passed in identities(derivation, dims, patterns, generator):
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
            gradient_values(derivation, evaluate, unknown, form)
            for unknown in derivation.problem.wrt
        ]
        checks.append((f"gradient, {form} form", same(np.concatenate(parts), entries.gradient)))
    hessian = _blocks(derivation, evaluate, derivation.hessians)
    checks.append(("Hessian, Kronecker form", same(hessian, entries.hessian)))
    return tuple(Check("symbolic", name, passed, places) for name, passed in checks)


def with_small_sizes(problem: Problem) -> Problem:
    """The problem with every large number among its sizes as a symbol, so that it can be small."""
    constants = problem.energy.atoms(sp.MatrixSymbol, sp.Identity, sp.ZeroMatrix)
    large = {s for c in constants for s in c.shape if s.is_Integer and s > LARGEST}
    if not large:
        return problem
    taken = {str(symbol.name) for symbol in (*problem.matrices, *problem.dimensions)}
    names = {size: f"size_{size}" + "_" * (f"size_{size}" in taken) for size in large}
    symbols = {size: sp.Symbol(name, integer=True, positive=True) for size, name in names.items()}
    changed = {c: c.func(*(symbols.get(arg, arg) for arg in c.args)) for c in constants}
    unknowns = tuple(changed[unknown] for unknown in problem.wrt)
    return Problem(problem.energy.xreplace(changed), unknowns, problem.name)


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
        rows, cols = sizes_of(unknown, dims)
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


def _block_jacobian(derivation: Derivation, evaluate: Evaluator) -> Any:
    """The Jacobians of all residuals by all unknowns, in one matrix."""
    problem, forms = derivation.problem, derivation.jacobians
    rows = [
        [evaluate(forms[r.symbol, u].kronecker) for u in problem.wrt] for r in problem.residuals
    ]
    return np.vstack([np.hstack(row) for row in rows])


def _blocks(
    derivation: Derivation, evaluate: Evaluator, forms: dict[tuple[Matrix, Matrix], Forms]
) -> Any:
    """A second-order operator of all unknowns, in one matrix."""
    unknowns = derivation.problem.wrt
    rows = [[evaluate(forms[u, v].kronecker) for v in unknowns] for u in unknowns]
    return np.vstack([np.hstack(row) for row in rows])


def _unknown_dims(derivation: Derivation) -> set[str]:
    return {str(size) for unknown in derivation.problem.wrt for size in unknown.shape}
