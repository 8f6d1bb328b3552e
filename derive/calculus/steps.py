"""The named steps from the differentials to the Jacobian and the gradient, for people to follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.calculus.differential import FORMULAS, Relation, Rewrite
from nzdiff.derive.calculus.first_order import FirstOrder
from nzdiff.derive.calculus.linear_maps import inner
from nzdiff.derive.calculus.normal_form import Term, gather_terms
from nzdiff.derive.language.nodes import CommutationMatrix, SumSquares, Vec
from nzdiff.derive.language.symbols import tangent


def later_steps(first: FirstOrder) -> tuple[Rewrite, ...]:
    """Normal form, vec and K, traces, read off; steps that change nothing are left out."""
    steps = (
        *_normal_forms(first),
        *_vec_steps(first),
        *_trace_steps(first),
        *_gradient_steps(first),
    )
    return tuple(step for step in steps if step.before != step.after)


def _step(
    rule: str, before: Any, after: Any, relation: Relation = "equal", tangent: Any = None
) -> Rewrite:
    return Rewrite(rule, FORMULAS[rule], before, after, relation, tangent)


def _normal_forms(first: FirstOrder) -> Iterator[Rewrite]:
    for expr, terms in zip(first.differentials, first.terms, strict=True):
        flat = gather_terms([_applied(first, term) for term in terms], expr.shape)
        yield _step("first-order normal form", expr, flat)


def _vec_steps(first: FirstOrder) -> Iterator[Rewrite]:
    everything = [term for terms in first.terms for term in terms]
    for unknown, moving in first.tangents.items():
        if any(term.transposed and term.unknown == unknown for term in everything):
            swapped = product(1, CommutationMatrix(*unknown.shape), Vec(moving))
            yield _step("commutation", Vec(sp.Transpose(moving)), swapped)
        moved = tangent(first.parameters(unknown))
        values = product(1, sp.Transpose(first.selection(unknown)), moved)
        yield _step("selection", Vec(moving), values)
    for term in everything:
        matrix = product(1, term.kronecker(), Vec(first.tangents[term.unknown]))
        rule = "vec of a product" if term.sandwich else "vec of a linear map"
        yield _step(rule, Vec(_applied(first, term)), matrix)


def _trace_steps(first: FirstOrder) -> Iterator[Rewrite]:
    problem = first.problem
    for residual, cotangent, expr, terms in zip(
        problem.residuals,
        first.cotangent_values,
        first.differentials,
        first.terms,
        strict=True,
    ):
        if not problem.is_function:
            weighted = residual.weight * SumSquares(residual.symbol)
            yield _step("squared Frobenius norm", weighted, inner(cotangent, expr), "differential")
        for term in terms:
            along = inner(cotangent, _applied(first, term))
            gamma, moving = term.adjoint(cotangent), first.tangents[term.unknown]
            yield _step(_identity(term), along, gamma, "along", moving)
    if first.rest_slopes:
        parts = (inner(slope, first.tangents[u]) for u, slope in first.rest_slopes.items())
        yield _step("adjoint", first.rest_differential, sp.Add(*parts))


def _gradient_steps(first: FirstOrder) -> Iterator[Rewrite]:
    for unknown in first.problem.wrt:
        gamma = first.gradients[unknown].matrix
        vector = product(1, first.selection(unknown), Vec(gamma))
        yield _step("read off", gamma, vector, "read off")


def _identity(term: Term) -> str:
    if term.sandwich is None:
        return "adjoint"
    return "trace identity, transposed" if term.transposed else "trace identity"


def _applied(first: FirstOrder, term: Term) -> Any:
    return term.apply(first.tangents[term.unknown])
