"""The element-wise derivation: SymPy differentiates every scalar entry on a concrete pattern.

With g₁ … g_s as scalar symbols, f and E are explicit; their derivatives are the independent
reading that the Kronecker form has to equal entry by entry, symbolically.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.symbolic import Symbols
from nzdiff.pattern import Pattern

Entries = Any
"""An object array of SymPy expressions."""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """The derivatives of a problem on concrete patterns, entry by entry.

    unknowns: g₁ … g_s, one unknown after the other.  gradient: ∂E/∂g, shape (s,).
    hessian: ∂²E/∂g², shape (s, s).
    jacobian: ∂vec(f)/∂g, residuals one after the other, shape (r, s).
    evaluator: the explicit matrices, with which any form can be evaluated symbolically.
    """

    unknowns: tuple[sp.Symbol, ...]
    gradient: Entries
    hessian: Entries
    jacobian: Entries
    evaluator: Evaluator


def elementwise(
    derivation: Derivation, patterns: dict[str, Pattern], dims: dict[str, int]
) -> Elementwise:
    """Differentiate E and every f_ab by every g_t.

    `patterns` holds a pattern per unknown by name, `dims` a small size per dimension.
    """
    problem = derivation.problem
    evaluator, unknowns = explicit(derivation, patterns, dims)
    energy = sp.sympify(evaluator(derivation.scalar))
    energy = sp.cancel(energy) if problem.energy.has(Equation) else energy
    if energy.has(sp.zoo, sp.nan):
        raise ZeroDivisionError("the energy has no value on these patterns")
    gradient = np.array([_diff(energy, symbol) for symbol in unknowns], dtype=object)
    entries = [
        sp.expand(entry)
        for residual in problem.residuals
        for entry in evaluator(residual.symbol).ravel(order="F")
    ]
    rows = [[_diff(entry, symbol) for symbol in unknowns] for entry in entries]
    jacobian = np.array(rows, dtype=object).reshape(len(entries), len(unknowns))
    hessian = np.empty((len(unknowns), len(unknowns)), dtype=object)
    for row, entry in enumerate(gradient):
        for column, symbol in enumerate(unknowns[: row + 1]):
            hessian[row, column] = hessian[column, row] = _diff(entry, symbol)
    return Elementwise(unknowns, gradient, hessian, jacobian, evaluator)


def explicit(
    derivation: Derivation, patterns: dict[str, Pattern], dims: dict[str, int]
) -> tuple[Evaluator, tuple[sp.Symbol, ...]]:
    """Every matrix written out in scalar symbols, P and g of each unknown among them.

    Where an equation is solved, by the cofactors of its n² × n² matrix, data is random numbers.
    """
    problem = derivation.problem
    solves = problem.energy.has(Equation)
    real = True if problem.energy.has(sp.Function) else None  # assumptions cost time
    values: dict[str, Any] = {str(s.name): s for s in problem.scalars}
    for cotangent in derivation.cotangents:
        values[str(cotangent.name)] = _symbols(cotangent, dims, real, numbers=solves)
    stored: dict[str, Any] = {}
    unknowns: list[sp.Symbol] = []
    sizes = dict(dims)
    for matrix in problem.matrices:
        name = str(matrix.name)
        if matrix not in problem.wrt:
            values[name] = _symbols(matrix, dims, real, numbers=solves)
    for unknown in problem.wrt:
        pattern = patterns[str(unknown.name)]
        parameters = derivation.parameters(unknown)
        mine = [sp.Symbol(f"{parameters.name}{t + 1}", real=real) for t in range(pattern.size)]
        unknowns += mine
        column = _column(mine)
        linear = _exact(pattern.T.toarray())
        vector = (linear @ column if mine else _exact(np.zeros((linear.shape[0], 1)))) + _exact(
            pattern.c[:, None]
        )
        values[str(unknown.name)] = vector.reshape(pattern.shape, order="F")
        values[str(derivation.selection(unknown).name)] = linear.T
        values[str(parameters.name)] = column
        sizes[f"nnz_{unknown.name}"] = pattern.size
        stored[str(unknown.name)] = (linear != 0).any(axis=1).reshape(pattern.shape, order="F")
    definitions = {str(s.name): expr for s, expr in derivation.definitions.items()}
    return Evaluator(values, sizes, Symbols(), definitions, stored), tuple(unknowns)


def same(left: Entries, right: Entries) -> bool:
    """Whether two arrays of expressions are equal: expanded, or at points of 50 digits."""
    if left.shape != right.shape:
        return False
    return all(_equal(a, b) for a, b in zip(left.ravel(), right.ravel(), strict=True))


def _equal(left: Any, right: Any) -> bool:
    """Polynomials expanded; with denominators or functions, at points: expanding takes minutes."""
    if left == right:
        return True
    gap = left - right
    if all(p.exp.is_Integer and p.exp > 0 for p in gap.atoms(sp.Pow)) and not gap.has(sp.Function):
        return bool(sp.expand(gap) == 0)
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    for seed in (1, 2):
        generator = random.Random(seed)
        point = {s: sp.Rational(generator.randint(30, 170), 100) for s in symbols}
        sizes = [sp.N(part.xreplace(point), 60) for part in (left, right)]
        if abs(sizes[0] - sizes[1]) > sp.Float(10, 60) ** -40 * (1 + abs(sizes[0])):
            return False
    return True


def _diff(expr: Any, symbol: sp.Symbol) -> Any:
    """∂expr/∂symbol; that of a sign is 0."""
    return sp.diff(expr, symbol).replace(sp.DiracDelta, lambda *_: sp.Integer(0))


def _symbols(matrix: Matrix, dims: dict[str, int], real: bool | None, *, numbers: bool) -> Entries:
    generator = random.Random(str(matrix.name))
    rows, cols = sizes_of(matrix, dims)
    entries = np.zeros((rows, cols), dtype=object)
    name = str(matrix.name)
    for a, b in np.ndindex(rows, cols):
        if matrix.kind_of == "diagonal" and a != b:
            entries[a, b] = sp.Integer(0)
        else:
            first, second = sorted((a, b)) if matrix.symmetric else (a, b)
            entries[a, b] = sp.Symbol(f"{name}_{first + 1}_{second + 1}", real=real)
            if numbers:
                entries[a, b] = entries[b, a] if a > b and matrix.symmetric else _drawn(generator)
    return entries


def _drawn(generator: random.Random) -> sp.Rational:
    return sp.Rational(generator.randint(1, 30) * generator.choice((-1, 1)), 7)


def _column(symbols: list[sp.Symbol]) -> Entries:
    column = np.empty((len(symbols), 1), dtype=object)
    column[:, 0] = symbols
    return column


def _exact(matrix: Any) -> Entries:
    return np.vectorize(lambda x: sp.Rational(float(x)), otypes=[object])(matrix)
