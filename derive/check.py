"""Is my formula right?  `check` compares a claim with the proven derivative, exactly.

Both are evaluated at random points of GF(2⁶¹ − 1), so that the verdict knows no tolerance.  A
wrong claim is taken apart: its summands are matched with those of the truth, and what is left is
explained by one change (sign, factor, transpose, order of ⊗, K) where one change suffices.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive import finite_field as gf
from nzdiff.derive.canonical import product, split, transpose
from nzdiff.derive.checks import check_shapes
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.evaluate import Evaluator
from nzdiff.derive.identities import random_point
from nzdiff.derive.printing import text
from nzdiff.derive.problem import Problem
from nzdiff.derive.second_order import canonical_df
from nzdiff.derive.symbols import CommutationMatrix, Kronecker, Matrix, Vec, kron, sizes_of
from nzdiff.pattern import Pattern

What = Literal["differential", "gradient", "jacobian", "gauss_newton", "hessian"]

SIZES = (4, 3, 2, 5)
FACTORS = (-1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 4, -4, Fraction(1, 4), Fraction(-1, 4))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim is right, and if not, what is wrong with it.

    truth: the derivative in the form of the claim.  reasons: what differs, and what would be
    right.  counterexample: small numbers for which the two differ.
    """

    right: bool
    claim: MatrixExpr
    truth: MatrixExpr
    reasons: tuple[str, ...]
    counterexample: str

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        lines = [f"{'right' if self.right else 'wrong'}: {text(self.claim)}"]
        lines += [f"  {reason}" for reason in self.reasons]
        lines += [] if self.right else [f"  it should be {text(self.truth)}", self.counterexample]
        return "\n".join(lines)


def check(
    problem: Problem, what: What, claim: Any, *, wrt: Matrix | None = None, seed: int = 0
) -> Verdict:
    """Is `claim` the differential, gradient, Jacobian, Gauss-Newton matrix or Hessian?

    The claim is a matrix expression in the matrices of the problem, the residual f, differentials
    dG, the selection P (`derivation.selection`), the stored values g (`derivation.parameters`),
    `KroneckerProduct`, `commutation(n, m)` and `vec`.  A gradient may be claimed as the matrix Γ
    (n × m, of which the stored positions count) or as the vector P vec(Γ).

    wrt: which unknown, where there are several.  Raises ValueError for shapes that do not fit.
    """
    derivation = problem.derive()
    unknown = _chosen(problem, wrt)
    if not isinstance(claim, MatrixExpr):
        raise TypeError(f"claim: expected a matrix expression, got {claim!r}")
    check_shapes(claim)
    truth = _truth(derivation, what, unknown, claim)
    judge = _Judge(derivation, random.Random(seed))
    _check_symbols(judge, claim)
    if judge.same(claim, truth):
        return Verdict(True, claim, truth, ("equal at random points of GF(2^61 - 1)",), "")
    reasons = tuple(_reasons(judge, claim, truth))
    return Verdict(False, claim, truth, reasons, _counterexample(derivation, claim, truth))


def _chosen(problem: Problem, wrt: Matrix | None) -> Matrix:
    if wrt is None and len(problem.wrt) > 1:
        raise ValueError("wrt: expected which of the several unknowns is meant")
    if wrt is not None and wrt not in problem.wrt:
        raise ValueError(f"wrt: expected an unknown of the problem, got {wrt}")
    return wrt if wrt is not None else problem.wrt[0]


def _truth(derivation: Derivation, what: str, unknown: Matrix, claim: MatrixExpr) -> MatrixExpr:
    """The proven derivative in the form whose shape the claim has."""
    forms: list[MatrixExpr]
    if what == "differential":
        forms = [derivation.differential]
    elif what == "gradient":
        gradient = derivation.gradients[unknown]
        vector = product(1, derivation.selection(unknown), Vec(gradient.matrix))
        forms = [gradient.matrix, vector if gradient.kronecker.has(Vec) else gradient.kronecker]
    elif what == "jacobian":
        (residual,) = derivation.problem.residuals
        forms = [derivation.jacobians[residual.symbol, unknown].kronecker]
    elif what in ("hessian", "gauss_newton"):
        blocks = derivation.hessians if what == "hessian" else derivation.gauss_newtons
        forms = [blocks[unknown, unknown].kronecker, blocks[unknown, unknown].matrix]
    else:
        raise ValueError(
            "what: expected differential, gradient, jacobian, gauss_newton or hessian, "
            f"got {what!r}"
        )
    for form in forms:
        if form.shape == claim.shape:
            return form
    shapes = " or ".join(f"{text(form.rows)} × {text(form.cols)}" for form in forms)
    raise ValueError(f"claim: expected shape {shapes}, got {text(claim.rows)} × {text(claim.cols)}")


def _check_symbols(judge: _Judge, claim: MatrixExpr) -> None:
    known = set(judge.points[0].values) | {str(s.name) for s in judge.derivation.definitions}
    for symbol in sorted(claim.atoms(sp.MatrixSymbol), key=str):
        if str(symbol.name) not in known:
            raise ValueError(
                f"{symbol.name}: not a matrix of the problem; known are {', '.join(sorted(known))}"
            )


class _Judge:
    """Evaluates expressions at fixed random points; equal there is equal, but for one in 1e15."""

    def __init__(
        self, derivation: Derivation, generator: random.Random, symmetric: str = ""
    ) -> None:
        self.derivation = derivation
        self.points = [_evaluator(derivation, generator, symmetric) for _ in range(2)]

    def values(self, expr: Any) -> list[list[int]]:
        """The values of an expression at every point."""
        return [gf.values(evaluate(expr)) for evaluate in self.points]

    def same(self, left: Any, right: Any) -> bool:
        """Whether two expressions are equal."""
        return self.values(left) == self.values(right)


def _evaluator(derivation: Derivation, generator: random.Random, symmetric: str) -> Evaluator:
    dims = _dims(derivation, SIZES)
    patterns = {}
    for unknown in derivation.problem.wrt:
        rows, cols = sizes_of(unknown, dims)
        places = [(i, j) for i in range(rows) for j in range(cols)]
        chosen = generator.sample(places, max(1, (2 * len(places)) // 3))
        index = ([i for i, _ in chosen], [j for _, j in chosen])
        patterns[str(unknown.name)] = Pattern(index, (rows, cols))
    point = random_point(derivation, dims, patterns, generator)
    if symmetric:
        matrix = point.fixed[symmetric]
        point.fixed[symmetric] = matrix + matrix.T
    return Evaluator(point.fixed, point.sizes, gf.field_number, dict(point.definitions))


def _dims(derivation: Derivation, sizes: tuple[int, ...]) -> dict[str, int]:
    names = [str(size.name) for size in derivation.problem.dimensions]
    return {name: sizes[place % len(sizes)] for place, name in enumerate(names)}


def _reasons(judge: _Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """What is wrong, in the order in which one would look for it."""
    for factor in FACTORS:
        scaled = product(sp.Rational(factor), claim)
        if judge.same(scaled, truth):
            what = (
                "the sign is wrong"
                if factor == -1
                else f"off by a factor: {factor} times it is right"
            )
            yield what
            return
    if claim.rows == claim.cols and judge.same(transpose(claim), truth):
        yield "the transpose of it is right"
        return
    yield from _symmetric_reasons(judge, claim, truth)
    yield from _summand_reasons(judge, claim, truth)


def _symmetric_reasons(judge: _Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    problem = judge.derivation.problem
    for matrix in problem.matrices:
        if matrix in problem.wrt or matrix.rows != matrix.cols or matrix.symmetric:
            continue
        name = str(matrix.name)
        if _Judge(judge.derivation, random.Random(7), symmetric=name).same(claim, truth):
            yield f"right only where {name} is symmetric"


def _summand_reasons(judge: _Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """Match summands; explain what is left by one change each."""
    claimed = {_key(judge, term): term for term in summands(judge.derivation, claim)}
    wanted = {_key(judge, term): term for term in summands(judge.derivation, truth)}
    extra = [term for key, term in claimed.items() if key not in wanted]
    missing = {key: term for key, term in wanted.items() if key not in claimed}
    swaps = tuple(CommutationMatrix(*unknown.shape) for unknown in judge.derivation.problem.wrt)
    for term in extra:
        tried = ((why, _key(judge, other)) for why, other in _changes(term, swaps))
        found = next(((why, key) for why, key in tried if key in missing), None)
        if found is None:
            yield f"the summand {text(term)} does not belong there"
        else:
            why, key = found
            yield f"the summand {text(term)} is wrong: {why}, {text(missing.pop(key))}"
    for term in missing.values():
        yield f"the summand {text(term)} is missing"


def _key(judge: _Judge, term: MatrixExpr) -> tuple[int, ...]:
    return tuple(number for values in judge.values(term) for number in values)


def summands(derivation: Derivation, expr: MatrixExpr) -> list[MatrixExpr]:
    """The products of an expression multiplied out, df written out in dG."""
    flat = canonical_df(derivation, expr)
    return list(_expanded(flat))


def _expanded(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    if isinstance(expr, sp.MatAdd):
        for term in expr.args:
            yield from _expanded(term)
        return
    coefficient, factors = split(expr)
    if isinstance(expr, Vec) and isinstance(expr.args[0], (sp.MatAdd, sp.MatMul)):
        inner = list(_expanded(expr.args[0]))
        for term in inner:
            scale, parts = split(term)
            yield product(scale, Vec(product(1, *parts)))
        return
    for place, factor in enumerate(factors):
        parts = _factor_parts(factor)
        if parts != (factor,):
            for part in parts:
                yield from _expanded(
                    product(coefficient, *factors[:place], part, *factors[place + 1 :])
                )
            return
    yield expr


def _factor_parts(factor: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """A sum as its summands, (A + B) ⊗ C as A ⊗ C and B ⊗ C, any other factor alone."""
    if isinstance(factor, sp.MatAdd):
        return tuple(_expanded(factor))
    if not isinstance(factor, Kronecker):
        return (factor,)
    pairs = [(a, b) for a in _expanded(factor.args[0]) for b in _expanded(factor.args[1])]
    if len(pairs) == 1 and pairs[0] == factor.args and not _numbered(pairs[0]):
        return (factor,)
    parts = []
    for left, right in pairs:
        (c, a), (d, b) = split(left), split(right)
        parts.append(product(c * d, kron(product(1, *a), product(1, *b))))
    return tuple(parts)


def _numbered(pair: tuple[MatrixExpr, MatrixExpr]) -> bool:
    return any(split(expr)[0] != 1 for expr in pair)


def _changes(
    term: MatrixExpr, swaps: tuple[CommutationMatrix, ...] = ()
) -> Iterator[tuple[str, MatrixExpr]]:
    """Every single change of a product that people make by mistake, undone, with its name.

    swaps: the commutation matrices of the unknowns, which may be missing.
    """
    coefficient, factors = split(term)
    for number in FACTORS:
        what = "its sign has to be turned" if number == -1 else f"it has to be {number} times that"
        yield what, product(coefficient * sp.Rational(number), *factors)
    for place, factor in enumerate(factors):
        around = (factors[:place], factors[place + 1 :])
        for what, changed in _factor_changes(factor):
            fits = changed.shape == factor.shape
            if fits:
                yield what, product(coefficient, *around[0], changed, *around[1])
        for K in swaps:
            if isinstance(factor, Kronecker) and K.rows == factor.cols:
                yield "K is missing", product(coefficient, *factors[: place + 1], K, *around[1])
        if isinstance(factor, CommutationMatrix):
            yield (
                "K does not belong there",
                product(coefficient, *around[0], sp.Identity(factor.rows), *around[1]),
            )


def _factor_changes(factor: MatrixExpr) -> Iterator[tuple[str, MatrixExpr]]:
    if isinstance(factor, CommutationMatrix):
        turned = CommutationMatrix(*reversed(factor.args))
        yield "K has to be in the other orientation", turned
    elif isinstance(factor, Kronecker):
        left, right = factor.args
        yield "the factors of ⊗ have to change places", kron(right, left)
        for a, b in (
            (transpose(left), right),
            (left, transpose(right)),
            (transpose(left), transpose(right)),
        ):
            yield "a transpose is missing or too many", kron(a, b)
        for side, other in ((0, right), (1, left)):
            for what, changed in _changes(factor.args[side]):
                pair = (changed, other) if side == 0 else (other, changed)
                yield what, kron(*pair)
    elif isinstance(factor, Vec):
        for what, changed in _changes(factor.args[0]):
            yield what, Vec(changed)
    else:
        yield f"{text(factor)} has to be transposed", transpose(factor)


def _counterexample(derivation: Derivation, claim: MatrixExpr, truth: MatrixExpr) -> str:
    """The smallest sizes at which the two differ, with small whole numbers."""
    count = len(derivation.problem.dimensions)
    for size in (1, 2, 3):
        generator = random.Random(size)
        for sizes in ((size,) * count, tuple(size + i % 2 for i in range(count))):
            evaluate = _small_numbers(derivation, sizes, generator)
            left, right = evaluate(claim), evaluate(truth)
            if not np.array_equal(left, right):
                return _shown(derivation, evaluate, left, right)
    return "  (no counterexample with sizes up to 4)"


def _small_numbers(
    derivation: Derivation, sizes: tuple[int, ...], generator: random.Random
) -> Evaluator:
    dims = _dims(derivation, sizes)
    patterns = {}
    for unknown in derivation.problem.wrt:
        rows, cols = sizes_of(unknown, dims)
        patterns[str(unknown.name)] = Pattern.full((rows, cols))
    point = random_point(derivation, dims, patterns, generator)
    values = {}
    for name, array in point.fixed.items():
        if name.startswith("P"):
            values[name] = np.vectorize(lambda x: Fraction(x.value), otypes=[object])(array)
        elif isinstance(array, gf.Dual):
            values[name] = Fraction(generator.randint(1, 3))
        else:
            drawn = [Fraction(generator.randint(-2, 3)) for _ in range(array.size)]
            values[name] = np.array(drawn, dtype=object).reshape(array.shape)
    for unknown in derivation.problem.wrt:
        g = values[str(derivation.parameters(unknown).name)]
        shape = patterns[str(unknown.name)].shape
        values[str(unknown.name)] = g.reshape(shape, order="F")
    definitions = dict(point.definitions)
    return Evaluator(values, point.sizes, lambda x: Fraction(int(x.p), int(x.q)), definitions)


def _shown(derivation: Derivation, evaluate: Evaluator, left: Any, right: Any) -> str:
    lines = ["  counterexample:"]
    names = [str(matrix.name) for matrix in derivation.problem.matrices]
    lines += [f"    {name} = {_numbers(evaluate.values[name])}" for name in names]
    return "\n".join([*lines, f"    claim {_numbers(left)}", f"    truth {_numbers(right)}"])


def _numbers(array: Any) -> str:
    rows = [", ".join(str(entry) for entry in row) for row in np.atleast_2d(array)]
    return "[" + "; ".join(rows) + "]"
