"""Second order from first: the differential of the gradient, and its normal form.

∂E/∂g = P vec(Γ), so the Hessian is the matrix of v ↦ P vec(dΓ): the same rules, applied to Γ with
f moving by df.  dΓ is linear in dG again, so its normal form gives

    ∂²E/∂g² = P [Σ (Cᵀ ⊗ A) + Σ (Cᵀ ⊗ A) K] Pᵀ.

Where only f moves, what remains is the Gauss-Newton matrix, Σ 2 w JᵀJ.  Entry (t, u) of a term,
with t = (i, j) and u = (i′, j′), is A[i, i′] C[j′, j], or with K, A[i, j′] C[i′, j]: the diagonal
is A[i, i] C[j, j], or A[i, j] C[i, j].
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import canonical, product
from nzdiff.derive.calculus.differential import Rewrite, differential
from nzdiff.derive.calculus.first_order import FirstOrder
from nzdiff.derive.calculus.normal_form import Term, gather_terms, linear_terms
from nzdiff.derive.language.symbols import Matrix


def hessian_product(first: FirstOrder, unknown: Matrix) -> tuple[MatrixExpr, tuple[Rewrite, ...]]:
    """dΓ of one unknown, in terms of all dG and df, and the steps: P vec(dΓ) is the Hessian's."""
    moving: dict[Any, Any] = {**first.tangents, **first.residual_tangents}
    gamma = first.gradients[unknown].matrix
    return differential(gamma, moving)


def gauss_newton_product(first: FirstOrder, unknown: Matrix) -> MatrixExpr:
    """The part of dΓ in which only f moves: P vec(·) is Σ 2 w JᵀJ v."""
    pairs = zip(first.problem.residuals, first.residual_tangents.values(), strict=True)
    cotangents = tuple(product(2 * residual.weight, tangent) for residual, tangent in pairs)
    return first.vjp(unknown, cotangents)


def second_order_blocks(
    first: FirstOrder, row: Matrix, expr: MatrixExpr
) -> dict[Matrix, MatrixExpr]:
    """Per column the block P_row [Σ (Cᵀ ⊗ A) + Σ (Cᵀ ⊗ A) K] P_columnᵀ of an expr in dG, df."""
    left, terms = first.selection(row), _terms(first, expr)
    blocks = {}
    for column in first.problem.wrt:
        right = first.selection(column)
        matrices = [term.kronecker() for term in terms if term.unknown == column]
        middle = gather_terms(matrices, matrices[0].shape) if matrices else None
        zero = sp.ZeroMatrix(left.rows, right.rows)
        blocks[column] = zero if middle is None else product(1, left, middle, sp.Transpose(right))
    return blocks


def block_terms(first: FirstOrder, unknown: Matrix, expr: MatrixExpr) -> tuple[Term, ...]:
    """The normal form of a product linear in dG and df, in the tangent of one unknown."""
    return tuple(term for term in _terms(first, expr) if term.unknown == unknown)


def _terms(first: FirstOrder, expr: MatrixExpr) -> tuple[Term, ...]:
    return linear_terms(canonical_df(first, expr), first.tangents)


def canonical_df(first: FirstOrder, expr: MatrixExpr) -> MatrixExpr:
    """`expr` with every df written out in dG, transposes at the leaves again."""
    pairs = zip(first.residual_tangents.values(), first.differentials, strict=True)
    return canonical(expr.xreplace(dict(pairs)))
