"""One form per meaning: products flat, transposes at the leaves, sums sorted, nodes of our own.

`canonical(expr)` expands nothing: a factored expression stays factored.  SymPy reorders sums
between releases, so summands are sorted here by (number of factors, text).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, reduce, singledispatch
from itertools import product as iterate
from math import prod
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.core.symbol import Str
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from nzdiff.derive.calculus.identities.index_sums import contracted
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.functions import hstack, vstack
from nzdiff.derive.language.nodes import (
    SCALARS,
    VARIABLE,
    Apply,
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    Hadamard,
    Indicator,
    Kronecker,
    LogDet,
    MapNonzeros,
    Modulus,
    Node,
    Sign,
    Unit,
    Unvec,
    Vec,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.spectra import PartialTrace
from nzdiff.derive.language.symbols import Matrix


@lru_cache(maxsize=20_000)
def canonical(expr: Any) -> Any:
    """`expr` with flat products, transposes at the leaves and sums in a stable order."""
    if isinstance(expr, MatrixExpr):
        return _matrix(expr)
    return _scalar(expr)


@lru_cache(maxsize=20_000)
def transpose(expr: MatrixExpr) -> MatrixExpr:
    """Aᵀ with the transposes pushed to the leaves: (A B)ᵀ = Bᵀ Aᵀ, (A + B)ᵀ = Aᵀ + Bᵀ."""
    return _transposed(expr)


def split(expr: MatrixExpr) -> tuple[sp.Expr, tuple[MatrixExpr, ...]]:
    """The scalar coefficient and the matrix factors of a product, in order."""
    if not isinstance(expr, sp.MatMul):
        return sp.Integer(1), (expr,)
    scalars = [arg for arg in expr.args if not getattr(arg, "is_Matrix", False)]
    coefficient = reduce(lambda a, b: a * b, scalars, sp.Integer(1))
    matrices = [split(arg) for arg in expr.args if getattr(arg, "is_Matrix", False)]
    factors = tuple(factor for _, part in matrices for factor in part)
    return reduce(lambda a, b: a * b, (inner for inner, _ in matrices), coefficient), factors


def product(coefficient: Any, *factors: MatrixExpr) -> MatrixExpr:
    """coefficient · A B C as one flat node; identities and a coefficient of 1 are dropped."""
    flat = [split(factor) for factor in factors]
    scale = reduce(lambda a, b: a * b, (inner for inner, _ in flat), sp.sympify(coefficient))
    kept: list[MatrixExpr] = []
    for factor in (f for _, part in flat for f in part if not isinstance(f, sp.Identity)):
        if kept and isinstance(factor, sp.OneMatrix) and isinstance(kept[-1], sp.OneMatrix):
            scale *= factor.rows
            kept[-1] = sp.OneMatrix(kept[-1].rows, factor.cols)
        else:
            kept.append(factor)
    rows, cols = factors[0].rows, factors[-1].cols
    if scale == 0 or any(isinstance(factor, sp.ZeroMatrix) for factor in kept):
        return sp.ZeroMatrix(rows, cols)
    kept = kept or [sp.Identity(rows)]
    if scale == 1:
        return kept[0] if len(kept) == 1 else sp.MatMul(*kept)
    return sp.MatMul(scale, *kept)


def add(*terms: MatrixExpr) -> MatrixExpr:
    """A + B + …, flat and in the order given; zeros are dropped."""
    flat = [t for term in terms for t in (term.args if isinstance(term, sp.MatAdd) else (term,))]
    kept = [term for term in flat if not isinstance(term, sp.ZeroMatrix)]
    if not kept:
        return sp.ZeroMatrix(*terms[0].shape)
    return kept[0] if len(kept) == 1 else sp.MatAdd(*kept)


def hadamard(*factors: MatrixExpr) -> MatrixExpr:
    """A ∘ B ∘ …, flat and sorted, coefficients in front; matrices of ones are dropped.

    [M ≠ 0] stands once, and not beside M.
    """
    parts = [split(factor) for factor in factors]
    coefficient = reduce(lambda a, b: a * b, (scale for scale, _ in parts), sp.Integer(1))
    flat: list[MatrixExpr] = []
    for _, matrices in parts:
        inner = product(1, *matrices)
        flat += inner.args if isinstance(inner, Hadamard) else (inner,)
    if any(isinstance(factor, sp.ZeroMatrix) for factor in flat):
        return sp.ZeroMatrix(*factors[0].shape)
    kept = [factor for factor in flat if not isinstance(factor, (sp.OneMatrix, Indicator))]
    masks = dict.fromkeys(factor for factor in flat if isinstance(factor, Indicator))
    kept += [mask for mask in masks if mask.args[0] not in kept]
    if not kept:
        return product(coefficient, sp.OneMatrix(*factors[0].shape))
    if len(kept) == 1:
        return product(coefficient, kept[0])
    return product(coefficient, Hadamard(*sorted(kept, key=_order)))


def applied(function: sp.Lambda, matrix: MatrixExpr, kind: type[Apply] = Apply) -> MatrixExpr:
    """f.(A); a power or a multiple of the identity function as what it is."""
    body = without_steps(function(VARIABLE))
    if kind is Apply and body.is_Pow and body.base == VARIABLE and _is_modulus(matrix):
        return applied(sp.Lambda(VARIABLE, sp.Abs(VARIABLE) ** body.exp), matrix.matrix)
    factor, rest = body.as_independent(VARIABLE, as_Add=False)
    if rest == VARIABLE:
        return product(factor, matrix)
    if rest == 1:
        constant = sp.OneMatrix(*matrix.shape) if kind is Apply else Indicator(matrix)
        return product(factor, constant)
    return product(factor, kind(sp.Lambda(VARIABLE, rest), matrix))


def _is_modulus(matrix: MatrixExpr) -> bool:
    """Whether it is |A|: its powers are functions of A, whose slopes at 0 are 0."""
    return type(matrix) is Apply and isinstance(matrix.function(VARIABLE), sp.Abs)


def without_steps(expr: Any) -> Any:
    """max(x, y) as (x + y + |x − y|) / 2, min likewise, the unit step as (1 + sign x) / 2.

    Where one of them stands still it is a case, so that its slope is 0 where they are equal.
    """

    def extreme(sign: int, first: Any, second: Any) -> Any:
        moving = [x for x in (first, second) if x.has(VARIABLE, sp.MatrixSymbol)]
        if len(moving) != 1:
            return (first + second + sign * sp.Abs(first - second)) / 2
        (other,) = (x for x in (first, second) if x is not moving[0])
        condition = moving[0] > other if sign > 0 else moving[0] < other
        return sp.Piecewise((moving[0], condition), (other, True))

    def larger(first: Any, *others: Any) -> Any:
        return reduce(lambda x, y: extreme(1, x, y), others, first)

    def smaller(first: Any, *others: Any) -> Any:
        return reduce(lambda x, y: extreme(-1, x, y), others, first)

    expr = expr.replace(sp.Max, larger).replace(sp.Min, smaller)
    return expr.replace(sp.Heaviside, lambda x, *_: (1 + sp.sign(x)) / 2)


def kronecker(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """A ⊗ B with the coefficients in front; of two identities, the identity."""
    (c, a), (d, b) = split(left), split(right)
    first, second = product(1, *a), product(1, *b)
    if isinstance(first, sp.Identity) and isinstance(second, sp.Identity):
        return product(c * d, sp.Identity(sp.expand(first.rows * second.rows)))
    if first.rows == 1 and isinstance(first, sp.Identity):
        return product(c * d, second)
    if second.rows == 1 and isinstance(second, sp.Identity):
        return product(c * d, first)
    if isinstance(first, sp.ZeroMatrix) or isinstance(second, sp.ZeroMatrix):
        return sp.ZeroMatrix(*Kronecker(first, second).shape)
    return product(c * d, Kronecker(first, second))


def inverse(expr: MatrixExpr) -> MatrixExpr:
    """A⁻¹ with the coefficient in front and transposes outside; of an inverse, what is inside."""
    coefficient, factors = split(expr)
    inner = product(1, *factors)
    result: MatrixExpr = sp.Inverse(inner)
    if isinstance(inner, sp.Identity):
        result = inner
    elif isinstance(inner, sp.Inverse):
        result = inner.arg
    elif isinstance(inner, sp.Transpose):
        result = transpose(inverse(inner.arg))
    elif isinstance(inner, CommutationMatrix):
        result = transpose(inner)
    return product(1 / coefficient, result)


def linear(node: Callable[..., MatrixExpr], matrix: MatrixExpr, *rest: Any) -> MatrixExpr:
    """A node that is linear in a matrix, the matrix's coefficient in front."""
    coefficient, factors = split(matrix)
    inner = product(1, *factors)
    made = node(inner, *rest)
    if isinstance(inner, sp.ZeroMatrix):
        return sp.ZeroMatrix(*made.shape)
    return product(coefficient, made)


def solution(
    kind: type[Equation], operators: tuple[MatrixExpr, ...], right: MatrixExpr
) -> MatrixExpr:
    """The X of an equation, linear in its right side."""
    return linear(lambda matrix: kind(*operators, matrix), right)


def exponential(matrix: MatrixExpr, *directions: MatrixExpr) -> MatrixExpr:
    """exp(A), or its derivative in directions, whose coefficients come in front and which sort."""
    if any(isinstance(direction, sp.ZeroMatrix) for direction in directions):
        return sp.ZeroMatrix(*matrix.shape)
    parts = [split(direction) for direction in directions]
    coefficient = prod((scale for scale, _ in parts), start=sp.Integer(1))
    along = sorted((product(1, *factors) for _, factors in parts), key=_order)
    return product(coefficient, Exponential(matrix, *along))


def partial_trace(
    form: Str, left: MatrixExpr, right: MatrixExpr, along: Any = None, across: Any = None
) -> MatrixExpr:
    """The `PartialTrace` of A and C, or how it moves where A moves by E and C by F.

    Where C stands still, its eigenvalues are all that matters: C and Cᵀ are one.
    """
    spectrum = min(right, canonical(transpose(right)), key=_order)
    if along is None:
        return PartialTrace(form, left, spectrum)
    zeros = sp.ZeroMatrix(*left.shape), sp.ZeroMatrix(*right.shape)
    first = linear(lambda E: PartialTrace(form, left, spectrum, E, zeros[1]), along)
    second = linear(lambda F: PartialTrace(form, left, right, zeros[0], F), across)
    return add(first, second)


@lru_cache(maxsize=20_000)
def is_symmetric(expr: MatrixExpr) -> bool:
    """Whether the expression is its own transpose, as it is or multiplied out."""
    if expr.rows != expr.cols:
        return False
    turned = transpose(expr)
    return bool(turned == expr or _vanishes(_collected(expr), _collected(turned)))


Terms = dict[tuple[MatrixExpr, ...], sp.Expr]
"""Coefficients by products of matrices."""


MOST_PRODUCTS = 4096
"""Beyond it, a product of sums is not multiplied out."""


def _collected(expr: MatrixExpr) -> Terms:
    """The products of an expression multiplied out, equal ones added up."""
    if isinstance(expr, sp.MatAdd):
        parts = [_collected(term) for term in expr.args]
        return _added(pair for part in parts for pair in part.items())
    coefficient, factors = split(expr)
    if len(factors) == 1 and not isinstance(factors[0], sp.MatAdd):
        return {(canonical(factors[0]),): coefficient}
    sums = [_collected(factor) for factor in factors]
    if prod(map(len, sums)) > MOST_PRODUCTS:
        return {factors: coefficient}
    return _added(
        (
            tuple(f for key, _ in chosen for f in key),
            prod((c for _, c in chosen), start=coefficient),
        )
        for chosen in iterate(*(terms.items() for terms in sums))
    )


def _added(pairs: Iterable[tuple[tuple[MatrixExpr, ...], sp.Expr]]) -> Terms:
    found: Terms = {}
    for factors, coefficient in pairs:
        kept = tuple(f for f in factors if not isinstance(f, sp.Identity)) or factors[:1]
        found[kept] = found.get(kept, sp.Integer(0)) + coefficient
    return found


def _vanishes(left: Terms, right: Terms) -> bool:
    """Whether the difference of two sums of products is 0."""
    return all(sp.expand(left.get(key, 0) - right.get(key, 0)) == 0 for key in {**left, **right})


# scalars


def _scalar(expr: Any) -> Any:
    if isinstance(expr, MatrixElement):
        matrix, row, column = expr.args
        inner = canonical(matrix)
        if inner.shape == (1, 1):
            return sp.Trace(inner)
        return sp.Trace(product(1, Unit(column, row, inner.cols, inner.rows), inner))
    if isinstance(expr, sp.Sum):
        return canonical(contracted(expr))
    if isinstance(expr, sp.Trace):
        return _trace(canonical(expr.arg))
    if isinstance(expr, SCALARS):
        return expr.func(*map(canonical, expr.args))
    if isinstance(expr, sp.log):
        inner = expr.args[0]
        inner = inner.args[0] if isinstance(inner, sp.Abs) else inner
        if isinstance(inner, sp.Determinant):
            return LogDet(canonical(inner.arg))
    if isinstance(expr, (sp.Max, sp.Min, sp.Heaviside)):
        return canonical(without_steps(expr))
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*((_number(e, expr), _condition(c, expr)) for e, c in expr.args))
    if isinstance(expr, (sp.Abs, sp.sign)):
        return (Modulus if isinstance(expr, sp.Abs) else Sign)(canonical(expr.args[0]))
    if isinstance(expr, (sp.Add, sp.Mul, sp.Pow, sp.Function)):
        return expr.func(*(_number(arg, expr) for arg in expr.args))
    return expr


def _trace(inner: MatrixExpr) -> Any:
    """tr(A); of a 1 × 1 sum, the sum of numbers that it is."""
    if inner.shape == (1, 1) and isinstance(inner, sp.MatAdd):
        return sp.Add(*map(sp.Trace, inner.args))
    return sp.Trace(inner)


def _condition(expr: Any, place: Any) -> Any:
    """A comparison of canonical numbers, and what is made of such."""
    if isinstance(expr, Relational):
        return expr.func(*(_number(side, place) for side in expr.args))
    return expr.func(*(_condition(arg, place) for arg in expr.args)) if expr.args else expr


def _number(expr: Any, place: Any) -> Any:
    """An operand of a function of numbers: of a 1 × 1 matrix, its entry."""
    inner = canonical(expr)
    if not isinstance(inner, MatrixExpr):
        return inner
    if inner.shape != (1, 1):
        name = type(place).__name__
        raise UnsupportedNodeError(place, None, f"write nz.entrywise(sympy.{name}, …) for entries")
    return sp.Trace(inner)


# matrices


def _matrix(expr: MatrixExpr) -> MatrixExpr:
    return _sorted(_form(expr))


@singledispatch
def _form(expr: Any) -> Any:
    """The canonical form of a node, operands first."""
    return expr


@_form.register
def _(expr: Node) -> Any:
    return expr.func(*(canonical(arg) for arg in expr.args))


@_form.register
def _(expr: sp.MatAdd) -> Any:
    return add(*(canonical(term) for term in expr.args))


@_form.register
def _(expr: sp.Transpose) -> Any:
    return transpose(canonical(expr.arg))


@_form.register
def _(expr: sp.MatMul) -> Any:
    coefficient, factors = split(expr)
    return product(canonical(coefficient), *(canonical(factor) for factor in factors))


@_form.register
def _(expr: sp.MatPow) -> Any:
    base, exponent = canonical(expr.base), expr.exp
    if not exponent.is_Integer:
        raise UnsupportedNodeError(expr, expr, "write an integer power")
    if abs(exponent) > LARGEST_POWER:
        what = (
            f"powers up to {LARGEST_POWER} are written out; bind a higher one of data as a matrix"
        )
        raise UnsupportedNodeError(expr, expr, what)
    if exponent == 0:
        return sp.Identity(base.rows)
    factor = base if exponent > 0 else inverse(base)
    return product(1, *([factor] * abs(int(exponent))))


LARGEST_POWER = 32
"""Factors that a power of a matrix is made of: ‖X³²‖² is planned for half a minute."""


@_form.register
def _(expr: sp.Inverse) -> Any:
    return inverse(canonical(expr.arg))


@_form.register(Hadamard)
@_form.register(sp.HadamardProduct)
def _(expr: Any) -> Any:
    return hadamard(*(canonical(arg) for arg in expr.args))


@_form.register
def _(expr: sp.HadamardPower) -> Any:
    base, exponent = expr.args
    if not isinstance(base, MatrixExpr):
        return applied(sp.Lambda(VARIABLE, base**VARIABLE), canonical(exponent))
    return applied(sp.Lambda(VARIABLE, VARIABLE**exponent), canonical(base))


@_form.register
def _(expr: ElementwiseApplyFunction) -> Any:
    return applied(sp.Lambda(VARIABLE, expr.function(VARIABLE)), canonical(expr.expr))


@_form.register
def _(expr: Apply) -> Any:
    return applied(expr.function, canonical(expr.matrix), type(expr))


@_form.register(Kronecker)
@_form.register(sp.KroneckerProduct)
def _(expr: Any) -> Any:
    return reduce(kronecker, (canonical(arg) for arg in expr.args))


@_form.register
def _(expr: ContractRight) -> Any:
    weight, matrix, *shape = expr.args
    coefficient, factors = split(canonical(matrix))
    inner = linear(ContractRight, canonical(weight), product(1, *factors), *shape)
    return product(coefficient, inner)


@_form.register
def _(expr: ContractLeft) -> Any:
    matrix, weight, *shape = expr.args
    coefficient, factors = split(canonical(matrix))

    def node(inner: MatrixExpr) -> MatrixExpr:
        return ContractLeft(product(1, *factors), inner, *shape)

    return product(coefficient, linear(node, canonical(weight)))


@_form.register
def _(expr: Exponential) -> Any:
    return exponential(*map(canonical, expr.args))


@_form.register
def _(expr: PartialTrace) -> Any:
    form, *matrices = expr.args
    return partial_trace(form, *map(canonical, matrices))


@_form.register
def _(expr: Equation) -> Any:
    operators = map(canonical, expr.operators)
    return solution(type(expr), tuple(operators), canonical(expr.right))


@_form.register(Diag)
@_form.register(DiagonalOf)
@_form.register(Vec)
@_form.register(Unvec)
def _(expr: Any) -> Any:
    matrix, *rest = expr.args
    inner = canonical(matrix)
    if isinstance(expr, DiagonalOf) and isinstance(inner, Diag):
        return inner.args[0]
    if isinstance(expr, Vec) and inner.cols == 1:
        return inner
    return linear(expr.func, inner, *rest)


@_form.register
def _(expr: sp.DiagMatrix) -> Any:
    inner = expr.args[0]
    column = inner if inner.cols == 1 else inner.T
    return _form(Diag(column)) if column.cols == 1 else _form(Diag(DiagonalOf(inner)))


@_form.register
def _(expr: sp.DiagonalMatrix) -> Any:
    return _form(Diag(DiagonalOf(expr.args[0])))


@_form.register
def _(expr: sp.DiagonalOf) -> Any:
    return _form(DiagonalOf(expr.args[0]))


@_form.register
def _(expr: sp.BlockMatrix) -> Any:
    rows, cols = expr.blockshape
    blocks = expr.blocks
    stacked = vstack(*(hstack(*(blocks[i, j] for j in range(cols))) for i in range(rows)))
    return canonical(stacked)


# transposes


@singledispatch
def _transposed(expr: Any) -> Any:
    return sp.Transpose(expr)


@_transposed.register
def _(expr: sp.Transpose) -> Any:
    return expr.arg


@_transposed.register
def _(expr: sp.MatAdd) -> Any:
    return sp.MatAdd(*(transpose(term) for term in expr.args))


@_transposed.register
def _(expr: sp.MatMul) -> Any:
    coefficient, factors = split(expr)
    return product(coefficient, *(transpose(factor) for factor in reversed(factors)))


@_transposed.register(sp.ZeroMatrix)
@_transposed.register(sp.OneMatrix)
def _(expr: Any) -> Any:
    return expr.func(expr.cols, expr.rows)


@_transposed.register(sp.Identity)
@_transposed.register(Diag)
def _(expr: Any) -> Any:
    return expr


@_transposed.register
def _(expr: Matrix) -> Any:
    return expr if expr.symmetric else sp.Transpose(expr)


@_transposed.register
def _(expr: sp.Inverse) -> Any:
    return expr if is_symmetric(expr.arg) else sp.Transpose(expr)


@_transposed.register
def _(expr: CommutationMatrix) -> Any:
    return CommutationMatrix(expr.args[1], expr.args[0])


@_transposed.register
def _(expr: Unit) -> Any:
    i, j, rows, cols = expr.args
    return Unit(j, i, cols, rows)


@_transposed.register
def _(expr: Hadamard) -> Any:
    return hadamard(*(transpose(factor) for factor in expr.args))


@_transposed.register(Apply)
@_transposed.register(MapNonzeros)
def _(expr: Any) -> Any:
    return expr if is_symmetric(expr.matrix) else expr.func(expr.function, transpose(expr.matrix))


@_transposed.register
def _(expr: Indicator) -> Any:
    inner = transpose(expr.args[0])
    return expr if inner == expr.args[0] else Indicator(inner)


@_transposed.register
def _(expr: Kronecker) -> Any:
    return kronecker(*(transpose(arg) for arg in expr.args))


@_transposed.register
def _(expr: ContractRight) -> Any:
    weight, matrix, rows, cols = expr.args
    return ContractRight(transpose(weight), transpose(matrix), cols, rows)


@_transposed.register
def _(expr: ContractLeft) -> Any:
    matrix, weight, rows, cols = expr.args
    return ContractLeft(transpose(matrix), transpose(weight), cols, rows)


@_transposed.register
def _(expr: Exponential) -> Any:
    return exponential(*(canonical(transpose(arg)) for arg in expr.args))


@_transposed.register
def _(expr: PartialTrace) -> Any:
    form, *matrices = expr.args
    return partial_trace(form, *(canonical(transpose(matrix)) for matrix in matrices))


@_transposed.register
def _(expr: Equation) -> Any:
    operators = map(canonical, expr.turned(*expr.operators))
    return expr.func(*operators, transpose(expr.right))


def _sorted(expr: MatrixExpr) -> MatrixExpr:
    if not isinstance(expr, sp.MatAdd):
        return expr
    return sp.MatAdd(*sorted(expr.args, key=_order))


def _order(term: MatrixExpr) -> tuple[int, str]:
    _, factors = split(term)
    return len(factors), " ".join(text(factor) for factor in factors)
