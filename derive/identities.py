"""The identities that a derivation has to satisfy, at one random point of a prime field.

Each is a name and whether both sides agree: on one side what was derived, on the other the slope
of the expression itself at G + ε V, or of a derivative that was proven before it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nzdiff.derive import finite_field as gf
from nzdiff.derive.derivation import Derivation, Forms
from nzdiff.derive.evaluate import Evaluator
from nzdiff.derive.symbols import Matrix, sizes_of
from nzdiff.pattern import Pattern

Outcome = tuple[str, bool]


def identities(
    derivation: Derivation,
    dims: dict[str, int],
    patterns: dict[str, Pattern],
    generator: random.Random,
) -> Iterator[Outcome]:
    """Every identity at one random point."""
    point = random_point(derivation, dims, patterns, generator)
    moved = Evaluator(point.moving, point.sizes, gf.field_number, dict(point.definitions))
    fixed = Evaluator(point.fixed, point.sizes, gf.field_number, dict(point.definitions))
    for family in (_differentials, _jacobians, _gradients, _adjoint, _gauss_newton, _hessian):
        yield from family(derivation, point, moved, fixed)


def gradient_values(derivation: Derivation, evaluate: Evaluator, unknown: Matrix, form: str) -> Any:
    """∂E/∂g of one unknown by its matrix or its Kronecker form, as a vector."""
    forms = derivation.gradients[unknown]
    if form == "kronecker":
        return evaluate(forms.kronecker).ravel()
    return _restricted(derivation, evaluate, unknown, forms.matrix)


@dataclass(frozen=True, slots=True)
class Point:
    """Random data: with G + ε V in `moving`; G, V, P, g and W in `fixed`."""

    moving: dict[str, Any]
    fixed: dict[str, Any]
    directions: dict[Matrix, Any]
    sizes: dict[str, int]
    definitions: dict[str, Any]


def random_point(
    derivation: Derivation,
    dims: dict[str, int],
    patterns: dict[str, Pattern],
    generator: random.Random,
) -> Point:
    """Random data, a random point G on the patterns, and a random direction V."""
    problem = derivation.problem
    fixed: dict[str, Any] = {}
    for symbol in problem.scalars:
        fixed[str(symbol.name)] = gf.random_matrix(1, 1, generator)[0, 0]
    for matrix in problem.matrices:
        fixed[str(matrix.name)] = _random_data(matrix, dims, generator)
    moving, directions, sizes = dict(fixed), {}, dict(dims)
    for unknown in problem.wrt:
        pattern = patterns[str(unknown.name)]
        linear = _in_field(pattern.T.toarray())
        g = gf.random_matrix(pattern.size, 1, generator)
        v = gf.random_matrix(pattern.size, 1, generator)
        value = (linear @ g).reshape(pattern.shape, order="F")
        direction = (linear @ v).reshape(pattern.shape, order="F")
        moving[str(unknown.name)] = gf.with_slope(value, direction)
        fixed[str(unknown.name)] = value
        fixed[str(derivation.tangents[unknown].name)] = direction
        selection = str(derivation.selection(unknown).name)
        moving[selection] = fixed[selection] = linear.T
        fixed[str(derivation.parameters(unknown).name)] = g
        directions[unknown] = v
        sizes[f"nnz_{unknown.name}"] = pattern.size
    definitions = {str(s.name): expr for s, expr in derivation.definitions.items()}
    for cotangent in derivation.cotangents:
        rows, cols = sizes_of(cotangent, dims)
        fixed[str(cotangent.name)] = gf.random_matrix(rows, cols, generator)
    return Point(moving, fixed, directions, sizes, definitions)


def _random_data(matrix: Matrix, dims: dict[str, int], generator: random.Random) -> Any:
    rows, cols = sizes_of(matrix, dims)
    data = gf.random_matrix(rows, cols, generator)
    if matrix.kind_of == "diagonal":
        return np.where(np.eye(rows, dtype=bool), data, np.array(gf.Dual(0), dtype=object))
    return data + data.T if matrix.symmetric else data


def _in_field(matrix: Any) -> Any:
    numbers = [[gf.Dual(int(entry)) for entry in row] for row in matrix]
    return gf.as_matrix(numbers, *matrix.shape)


def _differentials(
    derivation: Derivation, point: Point, moved: Evaluator, fixed: Evaluator
) -> Iterator[Outcome]:
    for residual, expr, terms in zip(
        derivation.problem.residuals, derivation.differentials, derivation.terms, strict=True
    ):
        slope, name = gf.slopes(moved(residual.symbol)), f"d{residual.symbol.name}"
        yield f"{name}, factored", gf.values(fixed(expr)) == slope
        flat = [fixed(term.apply(derivation.tangents[term.unknown])) for term in terms]
        yield f"{name}, normal form", _sum_values(flat, len(slope)) == slope


def _jacobians(
    derivation: Derivation, point: Point, moved: Evaluator, fixed: Evaluator
) -> Iterator[Outcome]:
    for residual in derivation.problem.residuals:
        expected = gf.slopes(moved(residual.symbol).reshape(-1, 1, order="F"))
        parts = [
            fixed(derivation.jacobians[residual.symbol, unknown].kronecker) @ direction
            for unknown, direction in point.directions.items()
        ]
        holds = _sum_values(parts, len(expected)) == expected
        yield f"∂vec({residual.symbol.name})/∂g, Kronecker form", holds


def _gradients(
    derivation: Derivation, point: Point, moved: Evaluator, fixed: Evaluator
) -> Iterator[Outcome]:
    energy = gf.slopes(np.array([moved(derivation.problem.energy)], dtype=object))[0]
    for form in ("matrix", "kronecker"):
        found = 0
        for unknown, direction in point.directions.items():
            gradient = gradient_values(derivation, fixed, unknown, form)
            found += _inner(gf.values(gradient), gf.values(direction))
        yield f"∂E/∂g, {form} form", found % gf.PRIME == energy


def _adjoint(
    derivation: Derivation, point: Point, moved: Evaluator, fixed: Evaluator
) -> Iterator[Outcome]:
    if not derivation.problem.residuals:
        return
    forward = backward = 0
    for residual, cotangent in zip(
        derivation.problem.residuals, derivation.cotangents, strict=True
    ):
        slope = gf.slopes(moved(residual.symbol))
        forward += _inner(gf.values(fixed(cotangent)), slope)
    for unknown, tangent in derivation.tangents.items():
        gamma = fixed(derivation.vjp(unknown, derivation.cotangents))
        backward += _inner(gf.values(gamma), gf.values(fixed(tangent)))
    yield "VJP adjoint to JVP", (forward - backward) % gf.PRIME == 0


def _gauss_newton(
    derivation: Derivation, point: Point, moved: Evaluator, fixed: Evaluator
) -> Iterator[Outcome]:
    """Against 2 Σ weight Jᵀ (J v) with the Jacobians in Kronecker form."""
    problem = derivation.problem
    if not problem.residuals:
        return
    for row in problem.wrt:
        expected = [0] * len(gf.values(point.directions[row]))
        for residual in problem.residuals:
            J = {u: fixed(derivation.jacobians[residual.symbol, u].kronecker) for u in problem.wrt}
            along = sum(
                (J[u] @ v for u, v in point.directions.items()),
                start=gf.zeros(J[row].shape[0]),
            )
            weight = fixed(2 * residual.weight)
            expected = _sum_values([J[row].T @ along * weight, _column(expected)], len(expected))
        products = derivation.gauss_newtons
        yield from _products("2 JᵀJ", derivation, point, fixed, products, row, expected)


def _hessian(
    derivation: Derivation, point: Point, moved: Evaluator, fixed: Evaluator
) -> Iterator[Outcome]:
    """Against the slope of the gradient at G + ε V."""
    for row in derivation.problem.wrt:
        gamma = derivation.gradients[row].matrix
        expected = gf.slopes(_restricted(derivation, moved, row, gamma))
        products = derivation.hessians
        yield from _products("∂²E/∂g²", derivation, point, fixed, products, row, expected)


def _products(
    name: str,
    derivation: Derivation,
    point: Point,
    fixed: Evaluator,
    products: dict[tuple[Matrix, Matrix], Forms],
    row: Matrix,
    expected: list[int],
) -> Iterator[Outcome]:
    """Both forms of a second-order product against what it has to be."""
    of = f" of {row.name}" if len(point.directions) > 1 else ""
    matrix = products[row, row].matrix
    found = gf.values(_restricted(derivation, fixed, row, matrix))
    yield f"{name}{of}, matrix form", found == expected
    parts = [fixed(products[row, u].kronecker) @ v for u, v in point.directions.items()]
    yield f"{name}{of}, Kronecker form", _sum_values(parts, len(expected)) == expected


def _restricted(derivation: Derivation, evaluate: Evaluator, unknown: Matrix, gamma: Any) -> Any:
    """P vec(Γ) as a vector."""
    selection = evaluate(derivation.selection(unknown))
    return (selection @ evaluate(gamma).reshape(-1, 1, order="F")).ravel()


def _column(numbers: list[int]) -> Any:
    return gf.as_matrix([[gf.Dual(number)] for number in numbers], len(numbers), 1)


def _sum_values(arrays: list[Any], size: int) -> list[int]:
    total = [0] * size
    for array in arrays:
        total = [(a + b) % gf.PRIME for a, b in zip(total, gf.values(array), strict=True)]
    return total


def _inner(left: list[int], right: list[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True)) % gf.PRIME
