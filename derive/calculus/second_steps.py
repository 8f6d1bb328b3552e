"""The named steps to the Kronecker form of the gradient, the Gauss-Newton matrix, the Hessian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.differential import FORMULAS, Relation, Rewrite
from nzdiff.derive.calculus.normal_form import gather_terms
from nzdiff.derive.calculus.second_order import block_terms, canonical_df, hessian_product
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.symbols import Matrix, tangent


def kronecker_gradient_steps(derivation: Derivation) -> tuple[Rewrite, ...]:
    """∂E/∂g = P vec(Γ) as a matrix times g, where Γ has summands A G C."""
    steps = list[Rewrite]()
    for unknown, forms in derivation.gradients.items():
        vector = product(1, derivation.selection(unknown), Vec(forms.matrix))
        steps.append(_step("vec of the unknown", vector, forms.kronecker))
    return _changing(steps)


def gauss_newton_steps(derivation: Derivation) -> tuple[Rewrite, ...]:
    """Σ 2 w JᵀJ: the part of dΓ in which only the residual moves."""
    if derivation.problem.is_function or not derivation.problem.residuals:
        return ()
    steps = list[Rewrite]()
    for unknown in derivation.problem.wrt:
        moved = next(f.matrix for (u, _), f in derivation.gauss_newtons.items() if u == unknown)
        squares = derivation.vjp(unknown, derivation.cotangent_values)
        steps.append(_step("only f moves", squares, moved, "substitution"))
        steps += _read_off(derivation, unknown, moved, derivation.gauss_newtons)
    return _changing(steps)


def hessian_steps(derivation: Derivation) -> tuple[Rewrite, ...]:
    """∂²E/∂g²: the differential of Γ by the same rules, f moving by df."""
    steps = list[Rewrite]()
    for unknown in derivation.problem.wrt:
        moved, rules = hessian_product(derivation, unknown)
        steps += [*rules, *_read_off(derivation, unknown, moved, derivation.hessians)]
    return _changing(steps)


def _read_off(
    derivation: Derivation, row: Matrix, moved: MatrixExpr, blocks: dict[Any, Any]
) -> Iterator[Rewrite]:
    """From dΓ in dG and df to the blocks of its row."""
    if isinstance(moved, sp.ZeroMatrix):
        return
    written = canonical_df(derivation, moved)
    yield _step("df written out", moved, written)
    tangents = derivation.tangents
    terms = [term for u in derivation.problem.wrt for term in block_terms(derivation, u, moved)]
    flat = gather_terms([term.apply(tangents[term.unknown]) for term in terms], moved.shape)
    yield _step("first-order normal form", written, flat)
    for term in terms:
        matrix = product(1, term.kronecker(), Vec(tangents[term.unknown]))
        rule = "vec of a product" if term.sandwich else "vec of a linear map"
        yield _step(rule, Vec(term.apply(tangents[term.unknown])), matrix)
    columns = [
        product(1, blocks[row, column].kronecker, _moved(derivation, column))
        for column in derivation.problem.wrt
        if not isinstance(blocks[row, column].kronecker, sp.ZeroMatrix)
    ]
    vector = product(1, derivation.selection(row), Vec(moved))
    yield _step("read off by columns", vector, sp.MatAdd(*columns) if columns else vector)


def _moved(derivation: Derivation, unknown: Matrix) -> Matrix:
    """dg, the change of the stored values."""
    return tangent(derivation.parameters(unknown))


def _step(rule: str, before: Any, after: Any, relation: Relation = "equal") -> Rewrite:
    return Rewrite(rule, FORMULAS[rule], before, after, relation)


def _changing(steps: list[Rewrite]) -> tuple[Rewrite, ...]:
    """Steps that change something, each once."""
    return tuple(dict.fromkeys(step for step in steps if step.before != step.after))
