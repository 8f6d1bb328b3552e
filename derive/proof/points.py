"""Random points at which identities are tested, in a prime field or in many digits.

A point holds data, G on its pattern, a direction V, and a way to take the slope of any
expression along it: the dual part at G + ε V over the field, a central difference of 80-digit
numbers elsewhere.  Neither knows a rule of differentiation.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.decimals import is_rounded
from nzdiff.derive.language.equations import Exponential
from nzdiff.derive.language.nodes import Indicator, LogDet, LogSumExp, MapNonzeros
from nzdiff.derive.language.spectra import SpectralLogDet
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.derive.proof import finite_field as gf
from nzdiff.derive.proof.arithmetic import Array, Entries, Field, Precise, filled
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.pattern import Pattern

STEP = 25
"""Decimal places of the step of a central difference, with 80 digits."""
LARGEST = 10**8
"""Beyond it, a central difference with this step may have fewer than `DIGITS` digits."""
DIGITS = 28
"""Digits to which two numbers of `Precise` have to agree."""


@dataclass(frozen=True)
class Point:
    """Random data, and G, V, P, g and W by name.

    here: evaluates at the point.  ahead, behind: at G + t V and G − t V; over a field ahead is
    at G + ε V.  directions: the v of each unknown.
    """

    arithmetic: Entries
    here: Evaluator
    ahead: Evaluator
    behind: Evaluator
    directions: dict[Matrix, Array]

    def values(self, expr: Any) -> Array:
        """The entries of an expression, row by row."""
        return flat(self.here(expr))

    def slopes(self, expr: Any) -> Array:
        """Their derivatives along V."""
        if isinstance(self.arithmetic, Field):
            entries = flat(self.ahead(expr))
            return filled([entry.of(entry.slope) for entry in entries], entries.shape)
        step = self.arithmetic.number(sp.Rational(1, 10**STEP))
        return (flat(self.ahead(expr)) - flat(self.behind(expr))) / (2 * step)

    @property
    def is_extreme(self) -> bool:
        """Whether a number is so large that a central difference says little."""
        if not isinstance(self.arithmetic, Precise):
            return False
        entries = (abs(entry) for x in self.here.known.values() for entry in flat(x))
        return any(not entry < LARGEST for entry in entries)

    def zeros(self, count: int) -> Array:
        """So many zeros."""
        return self.arithmetic.zeros_and_ones(np.zeros(count, dtype=int))

    def same(self, left: Array, right: Array) -> bool:
        """Whether two vectors of entries are equal."""
        return same(self.arithmetic, left, right)


def direction_symbol(unknown: Matrix) -> sp.MatrixSymbol:
    """The v of an unknown, under a name that no matrix can have."""
    size = sp.Symbol(f"nnz_{unknown.name}", integer=True, positive=True)
    return sp.MatrixSymbol(f"v of {unknown.name}", size, 1)


def flat(array: Any) -> Array:
    """A number or an array as a vector of entries."""
    if isinstance(array, np.ndarray):
        return array.ravel()
    return filled([array], (1,))


def same(arithmetic: Entries, left: Array, right: Array, digits: int = DIGITS) -> bool:
    """Whether two vectors are equal: exactly in the field, to some digits elsewhere."""
    if left.shape != right.shape:
        return False
    if not isinstance(arithmetic, Precise):
        pairs = zip(left, right, strict=True)
        return all(getattr(a, "value", a) == getattr(b, "value", b) for a, b in pairs)
    size = max((abs(entry) for entry in (*left, *right)), default=0)
    gap = max((abs(a - b) for a, b in zip(left, right, strict=True)), default=0)
    return bool(gap <= (1 + size) * Precise.context.mpf(10) ** -digits)


def dot(left: Array, right: Array) -> Any:
    """Σ left · right."""
    return reduce(lambda a, b: a + b, list(left * right))


def arithmetic_of(derivation: Derivation, *claims: Any) -> Entries:
    """The field where everything is rational and exact, 80 digits where it is not."""
    taken_apart = (step.before for step in derivation.problem.rewrites)
    expressions = (derivation.problem.energy, *claims, *taken_apart)
    irrational = any(
        expr.atoms(sp.NumberSymbol, sp.Function)
        or expr.has(Exponential, LogSumExp)
        or any(not power.exp.is_Integer for power in expr.atoms(sp.Pow))
        for expr in expressions
    )
    formulas = (*(forms.matrix for forms in derivation.gradients.values()), *claims)
    logarithms = any(expr is not None and expr.has(LogDet, SpectralLogDet) for expr in formulas)
    if irrational or logarithms or is_rounded(*expressions):
        return Precise()
    return Field(gf.prime_for(derivation.problem.written, *expressions))


Draw = Callable[..., Array]
"""(rows, cols) to a matrix of random entries."""


def random_point(
    derivation: Derivation,
    dims: dict[str, int],
    patterns: dict[str, Pattern],
    generator: random.Random,
    arithmetic: Entries | None = None,
) -> Point:
    """Random data, a random point G on the patterns, and a random direction V."""
    chosen = arithmetic or arithmetic_of(derivation)

    def entry() -> Any:
        if isinstance(chosen, Field):
            return gf.Dual(generator.randrange(chosen.prime), 0, chosen.prime)
        size = generator.randint(3 * 10**8, 17 * 10**8)  # fine enough that no sum meets a kink
        number = sp.Rational(generator.choice((-1, 1)) * size, 10**9)
        return chosen.number(number)

    def draw(rows: int, cols: int) -> Array:
        return filled([entry() for _ in range(rows * cols)], (rows, cols))

    return small_point(derivation, dims, patterns, chosen, draw, generator)


def small_point(
    derivation: Derivation,
    dims: dict[str, int],
    patterns: dict[str, Pattern],
    arithmetic: Entries,
    draw: Draw,
    generator: random.Random,
) -> Point:
    """A point whose matrices are made by `draw`."""
    problem = derivation.problem
    # what was cancelled has no value in the problem, but the energy as it was written holds it
    cancelled = problem.written.atoms(Matrix) - set(problem.matrices)
    dims = {**{str(size): 2 for m in cancelled for size in _symbols(m)}, **dims}
    stored = _stored(derivation, dims, generator)
    values: dict[str, Any] = {str(s.name): draw(1, 1)[0, 0] for s in problem.scalars}
    for matrix in (*problem.matrices, *sorted(cancelled, key=str)):
        name = str(matrix.name)
        values[name] = _data(matrix, draw(*sizes_of(matrix, dims)), stored.get(name), arithmetic)
    directions, sizes, moves = {}, dict(dims), {}
    for unknown in problem.wrt:
        name, pattern = str(unknown.name), patterns[str(unknown.name)]
        linear = _exact(pattern.T.toarray(), arithmetic)
        constant = _exact(pattern.c[:, None], arithmetic)
        g, v = draw(pattern.size, 1), draw(pattern.size, 1)
        values[name] = (_times(arithmetic, linear, g) + constant).reshape(pattern.shape, order="F")
        moves[name] = _times(arithmetic, linear, v).reshape(pattern.shape, order="F")
        values[str(derivation.tangents[unknown].name)] = moves[name]
        values[str(derivation.selection(unknown).name)] = linear.T
        values[str(derivation.parameters(unknown).name)] = g
        directions[unknown] = values[str(direction_symbol(unknown).name)] = v
        sizes[f"nnz_{unknown.name}"] = pattern.size
        stored[name] = np.zeros(pattern.shape, dtype=bool)
        owner = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr).astype(np.intp))
        stored[name][owner, pattern.indices] = True
    for cotangent in derivation.cotangents:
        values[str(cotangent.name)] = draw(*sizes_of(cotangent, dims))
    definitions = {str(s.name): expr for s, expr in derivation.definitions.items()}

    def evaluator(given: dict[str, Any]) -> Evaluator:
        return Evaluator(given, sizes, arithmetic, definitions, stored)

    ahead, behind = dict(values), dict(values)
    for name, move in moves.items():
        if isinstance(arithmetic, Field):
            ahead[name] = gf.with_slope(values[name], move)
        else:
            step = arithmetic.number(sp.Rational(1, 10**STEP))
            ahead[name], behind[name] = values[name] + step * move, values[name] - step * move
    return Point(arithmetic, evaluator(values), evaluator(ahead), evaluator(behind), directions)


def _symbols(matrix: Matrix) -> set[sp.Symbol]:
    return {symbol for size in matrix.shape for symbol in sp.sympify(size).free_symbols}


def _data(matrix: Matrix, entries: Array, stored: Any, arithmetic: Entries) -> Array:
    """Entries with the structure of a matrix."""
    if matrix.kind_of == "diagonal":
        stored = np.eye(entries.shape[0], dtype=bool)
    if stored is not None:
        entries[~stored] = arithmetic.number(sp.Integer(0))
    return entries + entries.T if matrix.symmetric else entries


def _exact(matrix: Any, arithmetic: Entries) -> Array:
    return filled([arithmetic.number(sp.Rational(float(x))) for x in matrix.ravel()], matrix.shape)


def _stored(
    derivation: Derivation, dims: dict[str, int], generator: random.Random
) -> dict[str, Any]:
    """Patterns of the sparse data that masks and `map_nonzeros` look at; other data is full."""
    problem = derivation.problem
    asked = problem.energy.atoms(Indicator, MapNonzeros)
    inside = {symbol for node in asked for symbol in node.args[-1].atoms(Matrix)}
    seen = {symbol for symbol in inside if symbol.kind_of == "sparse"}
    found = {}
    for matrix in sorted(seen - set(problem.wrt), key=str):
        rows, cols = sizes_of(matrix, dims)
        places = np.array([generator.random() < 0.6 for _ in range(rows * cols)])
        pattern = places.reshape(rows, cols)
        found[str(matrix.name)] = pattern | pattern.T if matrix.symmetric else pattern
    return found


def _times(arithmetic: Entries, matrix: Array, column: Array) -> Array:
    """matrix @ column, zeros where there is no column."""
    if column.shape[0]:
        return matrix @ column
    return arithmetic.zeros_and_ones(np.zeros((matrix.shape[0], 1), dtype=int))
