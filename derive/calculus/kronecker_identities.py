"""Named identities that take Kronecker products out of an energy before it is differentiated.

In: a canonical expression.  Out: an equal one without A ⊗ C where that can be had, and every
identity that was used, with what it stood for before and after, so that a derivation prints it and
the proof evaluates both sides.  A ⊗ C has as many entries as A and C together have pairs; beside
vec, in traces, norms, determinants and inverses it is products of A and C.

Not taken out: A ⊗ C that is itself a result, or an entry of a sum with a dense matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from itertools import product as pairs_of
from math import prod
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import (
    add,
    canonical,
    inverse,
    kronecker,
    linear,
    product,
    solution,
    split,
    transpose,
)
from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language.equations import Stein, Sylvester
from nzdiff.derive.language.nodes import (
    CommutationMatrix,
    Kronecker,
    LogDet,
    PositiveLogDet,
    SumSquares,
    Unvec,
    Vec,
)

Rule = Callable[[Any], Any]
"""A node to what it equals, None where the identity does not apply."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A named identity of nodes of one kind."""

    name: str
    formula: str
    kind: type | tuple[type, ...]
    apply: Rule


def without_kronecker(expr: Any) -> tuple[Any, tuple[Rewrite, ...]]:
    """An equal canonical expression, and the identities that led to it, innermost first."""
    if not expr.has(Kronecker, Vec):
        return expr, ()
    walk = _Walk()
    return walk(expr), tuple(walk.steps)


@dataclass
class _Walk:
    steps: list[Rewrite] = field(default_factory=list)
    known: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, expr: Any) -> Any:
        if not expr.has(Kronecker, Vec):
            return expr
        if expr not in self.known:
            self.known[expr] = self.rewritten(expr)
        return self.known[expr]

    def rewritten(self, expr: Any) -> Any:
        args = [self(arg) if isinstance(arg, sp.Expr) else arg for arg in expr.args]
        inner = expr if tuple(args) == expr.args else canonical(expr.func(*args))
        for identity in IDENTITIES:
            if isinstance(inner, identity.kind):
                found = identity.apply(inner)
                if found is not None and found != inner:
                    self.steps.append(Rewrite(identity.name, identity.formula, inner, found))
                    return self(canonical(found))
        return inner


# factors of ⊗


def factors(expr: Any) -> tuple[MatrixExpr, ...]:
    """A, C, … of A ⊗ C ⊗ …; of anything else, itself."""
    if isinstance(expr, Kronecker):
        return (*factors(expr.args[0]), *factors(expr.args[1]))
    return (expr,)


def _joined(parts: list[MatrixExpr]) -> MatrixExpr:
    found = parts[0]
    for part in parts[1:]:
        found = kronecker(found, part)
    return found


def _has_kronecker(expr: Any) -> bool:
    """Whether a sum has a summand with A ⊗ C as a factor."""
    return isinstance(expr, sp.MatAdd) and any(
        isinstance(factor, Kronecker) for term in expr.args for factor in split(term)[1]
    )


# products


def _mixed(expr: Any) -> Any:
    scale, parts = split(expr)
    for place, (left, right) in enumerate(pairwise(parts)):
        if isinstance(left, Kronecker) and isinstance(right, Kronecker):
            both = list(zip(factors(left), factors(right), strict=False))
            alike = len(factors(left)) == len(factors(right))
            if alike and all(a.cols == b.rows for a, b in both):
                middle = _joined([product(1, a, b) for a, b in both])
                return product(scale, *parts[:place], middle, *parts[place + 2 :])
    return None


def _opened(expr: Any) -> Any:
    """A sum is multiplied out beside a column, a row or another ⊗, the nearest to it first."""
    scale, parts = split(expr)
    for place in reversed(range(len(parts))):
        before, after = parts[:place], parts[place + 1 :]
        if not _has_kronecker(parts[place]):
            continue
        if after and _is_narrow(after):
            inner = add(*(product(1, term, *after) for term in parts[place].args))
            return product(scale, *before, inner)
        if before and _is_narrow(before):
            inner = add(*(product(1, *before, term) for term in parts[place].args))
            return product(scale, inner, *after)
    return None


def _is_narrow(parts: tuple[MatrixExpr, ...]) -> bool:
    """Whether a product is no square matrix, or one of Kronecker products.

    Beside a dense square matrix, which is as large as A ⊗ C itself, nothing is saved.
    """
    square = sp.expand(parts[0].rows - parts[-1].cols) == 0
    return not square or all(isinstance(part, Kronecker) or _has_kronecker(part) for part in parts)


def _applied_to_the_right(expr: Any) -> Any:
    scale, parts = split(expr)
    for place in reversed(range(len(parts) - 1)):
        after = parts[place + 1 :]
        if isinstance(parts[place], Kronecker) and _is_narrow(after):
            found = _times(factors(parts[place]), product(1, *after))
            return product(scale, *parts[:place], found)
    return None


def _applied_to_the_left(expr: Any) -> Any:
    scale, parts = split(expr)
    for place in range(1, len(parts)):
        before = parts[:place]
        if isinstance(parts[place], Kronecker) and _is_narrow(before):
            turned = tuple(transpose(part) for part in factors(parts[place]))
            found = _times(turned, transpose(product(1, *before)))
            return product(scale, transpose(found), *parts[place + 1 :])
    return None


def _times(parts: tuple[MatrixExpr, ...], right: MatrixExpr) -> MatrixExpr:
    """(A ⊗ C ⊗ …) · right.

    Of two factors and a column, vec(C M Aᵀ) with vec(M) = right.  Else factor by factor, from the
    last: C unvec(x), transposed, has C's own direction last, so that the next one comes first.
    """
    if right.cols == 1 and len(parts) == 2:
        left, inner = parts
        return _vec(product(1, inner, _unvec(right, inner.cols, left.cols), transpose(left)))
    sizes = [part.cols for part in reversed(parts)]
    column, others = _vec(right), [*sizes[1:], right.cols]
    for turn, part in enumerate(reversed(parts)):
        rest = prod(others, start=sp.Integer(1))
        moved = product(1, part, _unvec(column, part.cols, rest))
        column = _vec(transpose(moved))
        others = [*others[1:], part.rows] if turn < len(parts) - 1 else others
    rows = prod((part.rows for part in parts), start=sp.Integer(1))
    return column if right.cols == 1 else transpose(_unvec(column, right.cols, rows))


def _vec(matrix: MatrixExpr) -> MatrixExpr:
    """vec(M); of a column itself, of a row its transpose, of unvec(x) the x."""
    if matrix.cols == 1:
        return matrix
    if matrix.rows == 1:
        return transpose(matrix)
    scale, parts = split(matrix)
    if len(parts) == 1 and isinstance(parts[0], Unvec):
        return product(scale, parts[0].args[0])
    return linear(Vec, matrix)


def _unvec(column: MatrixExpr, rows: Any, cols: Any) -> MatrixExpr:
    """The matrix with vec(·) = column; of vec(M), M."""
    if cols == 1:
        return column
    if rows == 1:
        return transpose(column)
    scale, parts = split(column)
    if len(parts) == 1 and isinstance(parts[0], Vec) and parts[0].args[0].shape == (rows, cols):
        return product(scale, parts[0].args[0])
    return linear(Unvec, column, sp.expand(rows), sp.expand(cols))


def _solved(expr: Any) -> Any:
    scale, parts = split(expr)
    for place, part in enumerate(parts):
        before, after = parts[:place], parts[place + 1 :]
        if after and after[-1].cols == 1:
            found = _equation(part, product(1, *after))
            if found is not None:
                return product(scale, *before, found)
        if before and before[0].rows == 1:
            found = _equation(transpose(part), transpose(product(1, *before)))
            if found is not None:
                return product(scale, transpose(found), *after)
    return None


def _equation(inverted: MatrixExpr, column: MatrixExpr) -> MatrixExpr | None:
    """K⁻¹ · column where K is A ⊗ I + I ⊗ C + μ I (Sylvester), or A ⊗ C + μ I (Stein)."""
    turned = isinstance(inverted, sp.Transpose)
    inner = inverted.arg if turned else inverted
    if not isinstance(inner, sp.Inverse) or not isinstance(inner.arg, sp.MatAdd):
        return None
    terms = [split(transpose(term) if turned else term) for term in inner.arg.args]
    pairs = [(c, *parts[0].args) for c, parts in terms if _is_pair(parts)]
    rest = [(c, parts) for c, parts in terms if not _is_pair(parts)]
    if not pairs or any(parts != (sp.Identity(inner.rows),) for _, parts in rest):
        return None
    shapes = {(left.rows, left.cols, right.rows, right.cols) for _, left, right in pairs}
    if len(shapes) != 1 or any(a != b for a, b in (s[i : i + 2] for s in shapes for i in (0, 2))):
        return None
    ((n, _, k, _),) = shapes
    mu, matrix = sp.Add(*(c for c, _ in rest)), _unvec(column, k, n)
    ones = sp.Identity(n), sp.Identity(k)
    on_left = [product(c, left) for c, left, right in pairs if right == ones[1]]
    on_right = [product(c, right) for c, left, right in pairs if left == ones[0]]
    if len(on_left) + len(on_right) == len(pairs):
        shift = () if mu == 0 else (product(mu, ones[1]),)
        first = add(sp.ZeroMatrix(k, k), *on_right, *shift)
        second = transpose(add(sp.ZeroMatrix(n, n), *on_left))
        return _vec(solution(Sylvester, (first, second), matrix))
    if len(pairs) == 1 and mu != 0:
        ((c, left, right),) = pairs
        operators = product(-c / mu, right), transpose(left)
        return _vec(solution(Stein, operators, product(1 / mu, matrix)))
    return None


def _is_pair(parts: tuple[MatrixExpr, ...]) -> bool:
    """Whether it is A ⊗ C alone."""
    return len(parts) == 1 and isinstance(parts[0], Kronecker)


def _swapped(expr: Any) -> Any:
    scale, parts = split(expr)
    for place, (left, right) in enumerate(pairwise(parts)):
        if isinstance(left, CommutationMatrix) and isinstance(right, Vec):
            matrix = right.args[0]
            if matrix.shape == left.args:
                return product(scale, *parts[:place], _vec(transpose(matrix)), *parts[place + 2 :])
    return None


def _inner(expr: Any) -> Any:
    scale, parts = split(expr)
    for place, (left, right) in enumerate(pairwise(parts)):
        turned = transpose(left)
        if isinstance(turned, Vec) and isinstance(right, Vec):
            first, second = turned.args[0], right.args[0]
            if first.shape == second.shape:
                number = scale * sp.Trace(product(1, transpose(first), second))
                rest = (*parts[:place], *parts[place + 2 :])
                return product(number, *(rest or (sp.Identity(1),)))
    return None


# vec


def _column(expr: Kronecker) -> Any:
    left, right = expr.args
    if left.cols == 1 and right.cols == 1:
        return _vec(product(1, right, transpose(left)))
    if left.rows == 1 and right.rows == 1:
        return transpose(_vec(product(1, transpose(right), left)))
    return None


def _sum_of_vecs(expr: sp.MatAdd) -> Any:
    """Of columns, or of rows."""
    if expr.rows == 1 and expr.cols != 1:
        found = _sum_of_vecs(transpose(expr))
        return None if found is None else transpose(found)
    alone = [parts[0] for _, parts in map(split, expr.args) if len(parts) == 1]
    shapes = {part.args[0].shape for part in alone if isinstance(part, Vec)}
    if len(shapes) != 1:
        return None
    ((rows, cols),) = shapes
    return linear(Vec, add(*(_unvec(term, rows, cols) for term in expr.args)))


def _undone(expr: Unvec) -> Any:
    column, rows, cols = expr.args
    found = _unvec(column, rows, cols)
    return None if found.has(Unvec) else found


# numbers


def _norm(expr: SumSquares) -> Any:
    scale, parts = split(expr.matrix)
    if len(parts) != 1:
        return None
    (only,) = parts
    turned = transpose(only)
    for matrix in (only, turned):
        if isinstance(matrix, (Vec, Unvec)):
            return SumSquares(product(scale, matrix.args[0]))
    return None


def _norm_of_kronecker(expr: SumSquares) -> Any:
    terms = expr.matrix.args if isinstance(expr.matrix, sp.MatAdd) else (expr.matrix,)
    found = [split(term) for term in terms]
    if not all(len(parts) == 1 and isinstance(parts[0], Kronecker) for _, parts in found):
        return None
    scaled = [(scale, factors(parts[0])) for scale, parts in found]
    if len({tuple(part.shape for part in parts) for _, parts in scaled}) != 1:
        return None
    total = [
        c * d * sp.Mul(*(_product_of(a, b) for a, b in zip(left, right, strict=True)))
        for (c, left), (d, right) in pairs_of(scaled, scaled)
    ]
    return sp.Add(*total)


def _product_of(left: MatrixExpr, right: MatrixExpr) -> Any:
    """⟨A, B⟩, as ‖A‖² where the two are one."""
    return SumSquares(left) if left == right else sp.Trace(product(1, transpose(left), right))


def _trace(expr: sp.Trace) -> Any:
    scale, parts = split(expr.arg)
    if _has_kronecker(expr.arg):
        return sp.Add(*(sp.Trace(term) for term in expr.arg.args))
    if len(parts) == 1 and isinstance(parts[0], Kronecker):
        own = factors(parts[0])
        if all(part.rows == part.cols for part in own):
            return scale * sp.Mul(*map(_trace_of, own))
    cut = next((i for i, part in enumerate(parts) if part.rows == 1 and i), None)
    if cut is not None and any(isinstance(part, Kronecker) for part in parts):
        return scale * sp.Trace(product(1, *parts[cut:], *parts[:cut]))
    return None


def _trace_of(matrix: MatrixExpr) -> Any:
    return matrix.rows if isinstance(matrix, sp.Identity) else sp.Trace(matrix)


def _number(expr: sp.Trace) -> Any:
    """tr(c) of a 1 × 1 matrix c I is c; so of the summands that are such."""
    terms = expr.arg.args if isinstance(expr.arg, sp.MatAdd) else (expr.arg,)
    found = [split(term) for term in terms]
    if not any(parts == (sp.Identity(1),) for _, parts in found):
        return None
    return sp.Add(
        *(
            scale if parts == (sp.Identity(1),) else sp.Trace(term)
            for term, (scale, parts) in zip(terms, found, strict=True)
        )
    )


def _determinant(expr: Any) -> Any:
    scale, parts = split(expr.arg)
    own = factors(parts[0])
    if len(parts) != 1 or len(own) == 1 or any(part.rows != part.cols for part in own):
        return None
    if isinstance(expr, PositiveLogDet) and not scale.is_positive:
        return None
    size = prod((part.rows for part in own), start=sp.Integer(1))
    turning = [part for part in own if not isinstance(part, sp.Identity)]
    powers = [(part, size / part.rows) for part in turning]
    if isinstance(expr, sp.Determinant):
        return scale**size * sp.Mul(*(sp.Determinant(part) ** power for part, power in powers))
    first = () if scale == 1 else (size * sp.log(sp.Abs(scale)),)
    return sp.Add(*first, *(power * expr.func(part) for part, power in powers))


def _inverse(expr: sp.Inverse) -> Any:
    own = factors(expr.arg)
    if len(own) == 1 or any(part.rows != part.cols for part in own):
        return None
    return _joined([inverse(part) for part in own])


IDENTITIES = (
    Identity("inverse of a Kronecker product", "(A ⊗ C)⁻¹ = A⁻¹ ⊗ C⁻¹", sp.Inverse, _inverse),
    Identity("columns", "a ⊗ c = vec(c aᵀ)", Kronecker, _column),
    Identity("mixed product", "(A ⊗ C) (M ⊗ N) = A M ⊗ C N", sp.MatMul, _mixed),
    Identity(
        "inverse of a Kronecker sum",
        "(A ⊗ I + I ⊗ C)⁻¹ vec(M) = vec(X), C X + X Aᵀ = M;  "
        "(A ⊗ C + μ I)⁻¹ vec(M) = vec(X), C X Aᵀ + μ X = M",
        sp.MatMul,
        _solved,
    ),
    Identity("product with a sum", "A (M + N) C = A M C + A N C", sp.MatMul, _opened),
    Identity("vec beside K", "K vec(M) = vec(Mᵀ)", sp.MatMul, _swapped),
    Identity("inner product of vecs", "vec(M)ᵀ vec(N) = tr(Mᵀ N)", sp.MatMul, _inner),
    Identity(
        "Kronecker product beside vec",
        "(A ⊗ C) vec(M) = vec(C M Aᵀ)",
        sp.MatMul,
        _applied_to_the_right,
    ),
    Identity(
        "Kronecker product behind vec",
        "vec(M)ᵀ (A ⊗ C) = vec(Cᵀ M A)ᵀ",
        sp.MatMul,
        _applied_to_the_left,
    ),
    Identity("sum of vecs", "vec(M) + vec(N) = vec(M + N)", sp.MatAdd, _sum_of_vecs),
    Identity("vec undone", "unvec(vec(M)) = M", Unvec, _undone),
    Identity("norm of a vec", "‖vec(M)‖² = ‖M‖²", SumSquares, _norm),
    Identity(
        "norm of a Kronecker product",
        "‖A ⊗ C + …‖² = ‖A‖² ‖C‖² + 2 ⟨A, …⟩ ⟨C, …⟩ + …",
        SumSquares,
        _norm_of_kronecker,
    ),
    Identity("trace of a Kronecker product", "tr(A ⊗ C) = tr(A) tr(C)", sp.Trace, _trace),
    Identity("number", "tr(c) = c", sp.Trace, _number),
    Identity(
        "determinant of a Kronecker product",
        "det(A ⊗ C) = det(A)ᵏ det(C)ⁿ for A n × n and C k × k",
        (sp.Determinant, LogDet),
        _determinant,
    ),
)
"""Every identity, in the order in which they are tried on a node whose operands are done."""
