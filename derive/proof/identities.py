"""The identities that a derivation has to satisfy, at one random point.

Each is a name and whether both sides agree: on one side what was derived, on the other the slope
of the expression itself along V, or of a derivative that was proven before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np

from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.first_order import Forms
from nzdiff.derive.language.nodes import SumSquares
from nzdiff.derive.language.symbols import Matrix
from nzdiff.derive.proof.arithmetic import Array
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.points import Point, direction_symbol, dot, flat

Outcome = tuple[str, bool]


def identities(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    """Every identity at one random point."""
    for family in (
        _energy,
        _differentials,
        _jacobians,
        _gradients,
        _adjoint,
        _gauss_newton,
        _hessian,
    ):
        yield from family(derivation, point)


def gradient_values(derivation: Derivation, evaluate: Evaluator, unknown: Matrix, form: str) -> Any:
    """∂E/∂g of one unknown by its matrix or its Kronecker form, as a vector."""
    forms = derivation.gradients[unknown]
    if form == "kronecker":
        return evaluate(forms.kronecker).ravel()
    return _restricted(derivation, evaluate, unknown, forms.matrix)


def _energy(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    """The canonical form against the energy as it was written; slopes too, where logs have none."""
    problem = derivation.problem
    holds = point.same(point.values(problem.energy), point.values(problem.written))
    slopes = point.slopes(problem.energy), point.slopes(problem.written)
    yield "E as written", holds and point.same(*slopes)
    for step in problem.rewrites:
        yield step.rule, point.same(point.values(step.before), point.values(step.after))
    if not problem.is_function:
        sources = (problem.written, *(step.after for step in problem.rewrites))
        written = [node.matrix for source in sources for node in source.atoms(SumSquares)]
        for residual in problem.residuals:
            values = point.values(residual.expr)
            found = any(point.same(values, point.values(matrix)) for matrix in written)
            yield f"{residual.symbol.name} as written", found


def _differentials(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    problem = derivation.problem
    for residual, expr, terms in zip(
        problem.residuals, derivation.differentials, derivation.terms, strict=True
    ):
        slope, name = point.slopes(residual.symbol), f"d{residual.symbol.name}"
        yield f"{name}, factored", point.same(point.values(expr), slope)
        parts = [point.values(term.apply(derivation.tangents[term.unknown])) for term in terms]
        yield f"{name}, normal form", point.same(_sum(point, parts, slope.size), slope)
    expected = point.slopes(derivation.scalar)
    yield "dE", point.same(point.values(derivation.energy_differential), expected)


def _jacobians(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    for residual in derivation.problem.residuals:
        shape = point.here(residual.symbol).shape
        expected = point.slopes(residual.symbol).reshape(shape).ravel(order="F")
        parts = [
            flat(point.here(product(1, forms.kronecker, direction_symbol(unknown))))
            for (symbol, unknown), forms in derivation.jacobians.items()
            if symbol == residual.symbol and point.directions[unknown].size
        ]
        holds = point.same(_sum(point, parts, expected.size), expected)
        yield f"∂vec({residual.symbol.name})/∂g, Kronecker form", holds


def _gradients(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    energy = point.slopes(derivation.scalar)
    for form in ("matrix", "kronecker"):
        parts = [
            flat(dot(gradient_values(derivation, point.here, unknown, form), direction.ravel()))
            for unknown, direction in point.directions.items()
            if direction.size
        ]
        yield f"∂E/∂g, {form} form", point.same(_sum(point, parts, 1), energy)


def _adjoint(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    residuals = derivation.problem.residuals
    if not residuals:
        return
    forward = [
        flat(dot(point.values(cotangent), point.slopes(residual.symbol)))
        for residual, cotangent in zip(residuals, derivation.cotangents, strict=True)
    ]
    backward = [
        flat(
            dot(point.values(derivation.vjp(unknown, derivation.cotangents)), point.values(tangent))
        )
        for unknown, tangent in derivation.tangents.items()
    ]
    yield "VJP adjoint to JVP", point.same(_sum(point, forward, 1), _sum(point, backward, 1))


def _gauss_newton(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    """Against 2 Σ weight Jᵀ (J v) with the Jacobians in Kronecker form."""
    problem = derivation.problem
    if not problem.residuals or problem.is_function:
        return
    for row in problem.wrt:
        parts = []
        for residual in problem.residuals:
            J = {
                u: point.here(derivation.jacobians[residual.symbol, u].kronecker)
                for u, v in point.directions.items()
                if v.size
            }
            if row not in J:
                continue
            along = reduce(lambda a, b: a + b, [J[u] @ point.directions[u] for u in J])
            parts.append(flat(J[row].T @ along * point.here(2 * residual.weight)))
        expected = _sum(point, parts, point.directions[row].size)
        products = derivation.gauss_newtons
        yield from _products("Gauss-Newton matrix", derivation, point, products, row, expected)


def _hessian(derivation: Derivation, point: Point) -> Iterator[Outcome]:
    """Against the slope of the gradient along V."""
    for row in derivation.problem.wrt:
        gamma = derivation.gradients[row].matrix
        slopes = point.slopes(gamma).reshape(point.here(row).shape)
        expected = _selected(derivation, point.here, row, slopes)
        products = derivation.hessians
        yield from _products("∂²E/∂g²", derivation, point, products, row, expected)


def _products(
    name: str,
    derivation: Derivation,
    point: Point,
    products: dict[tuple[Matrix, Matrix], Forms],
    row: Matrix,
    expected: Array,
) -> Iterator[Outcome]:
    """Both forms of a second-order product against what it has to be."""
    of = f" of {row.name}" if len(point.directions) > 1 else ""
    found = _restricted(derivation, point.here, row, products[row, row].matrix)
    yield f"{name}{of}, matrix form", point.same(found, expected)
    parts = [
        flat(point.here(product(1, products[row, u].kronecker, direction_symbol(u))))
        for u, v in point.directions.items()
        if v.size
    ]
    yield f"{name}{of}, Kronecker form", point.same(_sum(point, parts, expected.size), expected)


def _restricted(derivation: Derivation, evaluate: Evaluator, unknown: Matrix, gamma: Any) -> Any:
    """P vec(Γ) as a vector."""
    return _selected(derivation, evaluate, unknown, evaluate(gamma))


def _selected(derivation: Derivation, evaluate: Evaluator, unknown: Matrix, matrix: Any) -> Any:
    selection = evaluate(derivation.selection(unknown))
    if not selection.shape[0]:
        return np.zeros(0, dtype=object)
    return (selection @ matrix.reshape(-1, 1, order="F")).ravel()


def _sum(point: Point, parts: list[Array], size: int) -> Array:
    return reduce(lambda a, b: a + b, parts, point.zeros(size))
