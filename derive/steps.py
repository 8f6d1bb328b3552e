"""The named steps from the differentials to the Jacobian and the gradient, for people to follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sympy as sp

from nzdiff.derive.canonical import product
from nzdiff.derive.differential import FORMULAS, Step
from nzdiff.derive.normal_form import Term, gather_terms
from nzdiff.derive.symbols import CommutationMatrix, SumSquares, Vec, dense

if TYPE_CHECKING:
    from nzdiff.derive.derivation import Derivation


def later_steps(derivation: Derivation) -> tuple[Step, ...]:
    """Normal form, vec and K, traces, read off; steps that change nothing are left out."""
    steps = (
        *_normal_forms(derivation),
        *_vec_steps(derivation),
        *_trace_steps(derivation),
        *_gradient_steps(derivation),
    )
    return tuple(step for step in steps if step.before != step.after)


def _step(rule: str, before: Any, after: Any) -> Step:
    return Step(rule, FORMULAS[rule], before, after)


def _normal_forms(derivation: Derivation) -> Iterator[Step]:
    for expr, terms in zip(derivation.differentials, derivation.terms, strict=True):
        flat = gather_terms([_applied(derivation, term) for term in terms], expr.shape)
        yield _step("first-order normal form", expr, flat)


def _vec_steps(derivation: Derivation) -> Iterator[Step]:
    everything = [term for terms in derivation.terms for term in terms]
    for unknown, tangent in derivation.tangents.items():
        if any(term.transposed and term.unknown == unknown for term in everything):
            swapped = product(1, CommutationMatrix(*unknown.shape), Vec(tangent))
            yield _step("commutation", Vec(sp.Transpose(tangent)), swapped)
        parameters = derivation.parameters(unknown)
        moved = dense(f"d{parameters.name}", *parameters.shape)
        values = product(1, sp.Transpose(derivation.selection(unknown)), moved)
        yield _step("selection", Vec(tangent), values)
    for term in everything:
        matrix = product(term.coefficient, term.kronecker(), Vec(derivation.tangents[term.unknown]))
        yield _step("vec of a product", Vec(_applied(derivation, term)), matrix)


def _trace_steps(derivation: Derivation) -> Iterator[Step]:
    problem = derivation.problem
    for residual, expr, terms in zip(
        problem.residuals, derivation.differentials, derivation.terms, strict=True
    ):
        along = sp.Trace(product(2 * residual.weight, sp.Transpose(residual.symbol), expr))
        weighted = residual.weight * SumSquares(residual.symbol)
        yield _step("squared Frobenius norm", weighted, along)
        for term in terms:
            inner = product(
                2 * residual.weight, sp.Transpose(residual.symbol), _applied(derivation, term)
            )
            adjoint = term.adjoint(product(2 * residual.weight, residual.symbol))
            yield _step(_identity(term), sp.Trace(inner), adjoint)
    for trace, terms in zip(problem.traces, derivation.trace_terms, strict=True):
        for term in terms:
            inner = product(trace.weight, _applied(derivation, term))
            adjoint = term.adjoint(product(trace.weight, sp.Identity(trace.expr.rows)))
            yield _step(_identity(term), sp.Trace(inner), adjoint)


def _gradient_steps(derivation: Derivation) -> Iterator[Step]:
    for unknown in derivation.problem.wrt:
        gamma = derivation.gradients[unknown].matrix
        vector = product(1, derivation.selection(unknown), Vec(gamma))
        yield _step("read off", gamma, vector)


def _identity(term: Term) -> str:
    return "trace identity, transposed" if term.transposed else "trace identity"


def _applied(derivation: Derivation, term: Term) -> Any:
    return term.apply(derivation.tangents[term.unknown])
