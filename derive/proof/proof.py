"""Proofs of a derivation: at random points without rounding, and symbolic, entry by entry.

Both sides of each identity are evaluated at random points, with every derivative of a rational
expression in a prime field on dual numbers, with every other in 80 decimal digits.  A wrong sign,
a missing transpose, a swapped K or a lost term of a product rule changes a rational function of
low degree, which then differs at a random point but for a chance below 1e-15.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any, TypeVar

import numpy as np
import sympy as sp

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.first_order import Forms
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.nodes import REGULAR, Kronecker, Selection, Shift, Unit
from nzdiff.derive.language.selections import indices_of
from nzdiff.derive.language.symbols import Matrix, fresh, lengthened, size_of, sizes_of
from nzdiff.derive.proof.arithmetic import Entries, Field
from nzdiff.derive.proof.elementwise import elementwise, same
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.identities import Outcome, gradient_values, identities
from nzdiff.derive.proof.points import DIGITS, Point, arithmetic_of, random_point
from nzdiff.pattern import Pattern

ROUNDS = 3
EXACT_SIZES = (4, 3, 2, 5)
KRONECKER_SIZES = (2, 3, 2, 2)
"""Sizes where ⊗ multiplies them."""
LARGEST = 5
"""The largest number among the sizes that proofs take as it is."""
SYMBOLIC_SIZES = (3, 2, 2, 1)
INVERTED_SIZES = (2, 2, 1, 1)
"""Sizes where symbolic matrices are inverted."""
SINGULAR = "a matrix that is inverted, or a number that divides, is 0 at every random point"
Result = TypeVar("Result")


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


def exact_checks(
    derivation: Derivation,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
    sizes: tuple[int, ...] | None = None,
) -> tuple[Check, ...]:
    """Each form of each derivative at random points of the field, or in 80 digits."""
    arithmetic = arithmetic_of(derivation)
    outcomes: dict[str, list[bool]] = {}
    for turn in range(rounds):
        generator = random.Random(1000 * seed + turn)
        grows = derivation.problem.written.has(Kronecker, Equation, Exponential)
        usual = KRONECKER_SIZES if grows else EXACT_SIZES
        found = at_regular_point(
            derivation,
            generator,
            lambda point: _outcomes(derivation, point),
            sizes or usual,
            most=6,
        )
        for name, passed in found:
            outcomes.setdefault(name, []).append(passed)
    if isinstance(arithmetic, Field):
        kind, detail = "exact", f"{arithmetic}, {rounds} random points"
    else:
        kind, detail = "precise", f"equal to {DIGITS} digits at {rounds} random points"
    return tuple(Check(kind, name, all(held), detail) for name, held in outcomes.items())


def _outcomes(derivation: Derivation, point: Point) -> list[Outcome]:
    """Every identity at a point; OverflowError where numbers are too large to tell."""
    found = list(identities(derivation, point))
    if point.is_extreme and not all(passed for _, passed in found):
        raise OverflowError("numbers are too large for a proof in 80 digits at this point")
    return found


def symbolic_checks(derivation: Derivation, *, seed: int = 0) -> tuple[Check, ...]:
    """The element-wise derivation on a small pattern against the matrix and Kronecker forms."""
    energy = derivation.problem.energy
    if energy.has(Exponential):  # has no entries in symbols
        return ()
    sizes, most = (INVERTED_SIZES, 2) if energy.has(*REGULAR, Equation) else (SYMBOLIC_SIZES, 4)
    most = 1 if energy.has(Equation) else most
    generator = random.Random(seed)
    for dims, patterns in _situations(derivation, generator, sizes, most):
        try:
            checks = _symbolic_checks(derivation, patterns, dims)
        except ZeroDivisionError:
            continue
        places = ", ".join(
            f"{name} {p.shape[0]}×{p.shape[1]} with {p.size} stored" for name, p in patterns.items()
        )
        return tuple(Check("symbolic", name, passed, places) for name, passed in checks)
    raise ValueError(SINGULAR)


def _symbolic_checks(
    derivation: Derivation, patterns: dict[str, Pattern], dims: dict[str, int]
) -> list[tuple[str, bool]]:
    entries = elementwise(derivation, patterns, dims)
    evaluate, checks = entries.evaluator, []
    if derivation.problem.residuals:
        jacobian = _block_jacobian(derivation, evaluate)
        checks.append(("Jacobian, Kronecker form", same(jacobian, entries.jacobian)))
    for form in ("matrix", "kronecker"):
        parts = [
            gradient_values(derivation, evaluate, unknown, form)
            for unknown in derivation.problem.wrt
        ]
        checks.append((f"gradient, {form} form", same(_finite(parts), entries.gradient)))
    hessian = _finite([_blocks(derivation, evaluate, derivation.hessians)])
    checks.append(("Hessian, Kronecker form", same(hessian, entries.hessian)))
    return checks


def _finite(parts: list[Any]) -> Any:
    """The parts as one; ZeroDivisionError where √ has a slope at an unstored 0, which P leaves."""
    found = np.concatenate(parts)
    if any(entry.has(sp.zoo, sp.nan) for entry in found.ravel()):
        raise ZeroDivisionError("the formulas have no value on these patterns")
    return found


def at_regular_point(
    derivation: Derivation,
    generator: random.Random,
    work: Callable[[Point], Result],
    sizes: tuple[int, ...],
    *,
    most: int,
    arithmetic: Entries | None = None,
) -> Result:
    """work(point) at the first random point where every matrix that is inverted is regular."""
    for dims, patterns in _situations(derivation, generator, sizes, most):
        point = random_point(derivation, dims, patterns, generator, arithmetic)
        try:
            return work(point)
        except (ZeroDivisionError, OverflowError):
            continue
    raise ValueError(SINGULAR)


def _situations(
    derivation: Derivation, generator: random.Random, sizes: tuple[int, ...], most: int
) -> Iterator[tuple[dict[str, int], dict[str, Pattern]]]:
    """Sizes in every order and patterns that grow: XᵀX is regular for tall X, XXᵀ for wide."""
    alike = ((size,) * len(sizes) for size in (2, 3, 4, LARGEST))  # beside sizes that are numbers
    for turn, order in enumerate((*dict.fromkeys(permutations(sizes)), *alike)):
        dims = small_dims(derivation, order)
        yield dims, small_patterns(derivation, dims, generator, most=most + turn)


def with_small_sizes(problem: Problem) -> Problem:
    """The problem with every large number among its sizes as a symbol, so that it can be small.

    Where sizes then do not fit (200 = 100 + 100), as it is.
    """
    constants = problem.written.atoms(sp.MatrixSymbol, sp.Identity, sp.ZeroMatrix, sp.OneMatrix)
    large = {s for c in constants for s in c.shape if s.is_Integer and s > LARGEST}
    if not large:
        return problem
    names = {size: fresh(lengthened(f"size_{size}"), problem.names) for size in large}
    symbols = {size: sp.Symbol(name, integer=True, positive=True) for size, name in names.items()}
    changed = {c: c.func(*(symbols.get(arg, arg) for arg in c.args)) for c in constants}
    unknowns = tuple(changed[unknown] for unknown in problem.wrt)
    try:
        return Problem(problem.written.xreplace(changed), unknowns, problem.name)
    except ValueError:
        return problem


def small_dims(derivation: Derivation, sizes: tuple[int, ...]) -> dict[str, int]:
    """A small size per dimension, neighbours distinct so that a lost transpose shows."""
    names = [str(size.name) for size in derivation.problem.dimensions]
    order = sorted(names, key=lambda name: (name not in _unknown_dims(derivation), name))
    dims = {name: sizes[i % len(sizes)] for i, name in enumerate(order)}
    for size, least in _least(derivation):
        while size_of(size - least, dims) < 0:
            more = ({**dims, str(s): dims[str(s)] + 1} for s in sorted(size.free_symbols, key=str))
            larger = max(more, key=partial(size_of, size - least), default=dims)
            if size_of(size - least, larger) <= size_of(size - least, dims):
                break
            dims = larger
    return dims


def _least(derivation: Derivation) -> Iterator[tuple[Any, Any]]:
    """Sizes, and what each has to be at least: 1, and what holds an entry that is asked for."""
    problem = derivation.problem
    yield from ((size, sp.Integer(1)) for matrix in problem.matrices for size in matrix.shape)
    for unit in sorted(problem.energy.atoms(Unit), key=str):
        pairs = zip(unit.args[2:], unit.args[:2], strict=True)
        yield from ((size, index + 1) for size, index in pairs)
    for picked in sorted(problem.energy.atoms(Selection), key=str):
        yield picked.cols, sp.Integer(max(indices_of(picked.args[0]), default=0) + 1)
    for shift in sorted(problem.energy.atoms(Shift), key=str):
        yield from ((size, sp.Integer(1)) for size in shift.shape)
        yield shift.cols, shift.args[2] + shift.rows


def small_patterns(
    derivation: Derivation, dims: dict[str, int], generator: random.Random, *, most: int
) -> dict[str, Pattern]:
    """A random pattern per unknown with at most `most` stored positions, in random order."""
    found = {}
    for unknown in derivation.problem.wrt:
        rows, cols = sizes_of(unknown, dims)
        places = [(i, j) for i in range(rows) for j in range(cols)]
        chosen = generator.sample(places, min(most, len(places)))
        pattern = Pattern(([i for i, _ in chosen], [j for _, j in chosen]), (rows, cols))
        found[str(unknown.name)] = of_kind(unknown, pattern)
    return found


def of_kind(unknown: Matrix, pattern: Pattern) -> Pattern:
    """The pattern that a dense, a diagonal or a symmetric unknown has at the size of `pattern`."""
    rows = np.arange(pattern.shape[0])
    if unknown.kind_of == "diagonal":
        return Pattern((rows, rows), pattern.shape)
    if unknown.kind_of == "dense":
        pattern = Pattern.full(pattern.shape)
    if not unknown.symmetric:
        return pattern
    both = (
        np.concatenate([pattern.rows, pattern.cols]),
        np.concatenate([pattern.cols, pattern.rows]),
    )
    places = np.unique(both[0].astype(np.int64) * pattern.shape[1] + both[1])
    whole = Pattern((places // pattern.shape[1], places % pattern.shape[1]), pattern.shape)
    return whole.symmetric()


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
    sizes = (size for unknown in derivation.problem.wrt for size in unknown.shape)
    return {str(symbol) for size in sizes for symbol in size.free_symbols}
