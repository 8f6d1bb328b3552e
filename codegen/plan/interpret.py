"""Run a plan on dense NumPy arrays: the oracle of every backend.

Sparse values are dense arrays with zeros outside of their pattern, so that nothing here shares
an index map, a storage order or a kernel with the backends.  For small sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from nzdiff.codegen import plan as ir
from nzdiff.derive.language.equations import EQUATIONS, Exponential
from nzdiff.derive.language.nodes import DOMAINS, VARIABLE, LogSumExp
from nzdiff.derive.language.spectra import PRODUCT, SUM, PartialTrace, SpectralLogDet, whole
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.runtime.data.spec import DomainKind
from nzdiff.runtime.data.support import Support
from nzdiff.runtime.data.supports import Supports

Array = NDArray[Any]


def interpret(
    plan: ir.Plan,
    supports: Supports,
    given: Mapping[str, Array],
    coefficients: Mapping[str, float] | None = None,
) -> dict[str, Array]:
    """Every value of a plan by name.

    given: arguments, tangents and cotangents as dense arrays by name of the value; their entries
    may be of any type that NumPy multiplies (complex for complex steps).
    """
    values = dict(given)
    numbers = coefficients or {}
    for reduction in plan.reductions:
        values.update(_reduce(reduction, values))
    for step in plan.steps:
        values[step.out.name] = _run(step, values, supports, numbers)
    return values


def _reduce(reduction: ir.Reduction, values: Mapping[str, Array]) -> dict[str, Array]:
    """The QR factorisation [Y K] = Q [R K̃; 0 S], R with as many rows as columns."""

    def turned(array: Array) -> Array:
        return array.T if reduction.transposed else array

    parts = [turned(values[reduction.matrix.name])]
    if reduction.constant is not None:
        parts.append(turned(values[reduction.constant.name]))
    size, columns = parts[0].shape[1], sum(part.shape[1] for part in parts)
    factor = np.linalg.qr(np.hstack(parts), mode="r")
    whole = np.zeros((columns, columns))
    whole[: len(factor)] = factor
    found = {
        reduction.triangle.name: whole[:size, :size],
        reduction.remainder.name: np.asarray(np.sum(whole[size:, size:] ** 2)),
    }
    if reduction.reduced is not None:
        found[reduction.reduced.name] = turned(whole[:size, size:])
    return found


def _run(
    step: ir.Step, values: dict[str, Array], supports: Supports, numbers: Mapping[str, float]
) -> Any:
    def dense(operand: ir.Operand | ir.Value) -> Array:
        if isinstance(operand, ir.Value):
            return values[operand.name]
        return values[operand.value.name].T if operand.transposed else values[operand.value.name]

    def number(coefficient: ir.Coefficient) -> Any:
        if isinstance(coefficient, ir.Value):
            return values[coefficient.name]
        return numbers[coefficient] if isinstance(coefficient, str) else coefficient

    mask = _mask(step.out.support, supports)
    shape = (supports.size(step.out.rows), supports.size(step.out.cols))
    match step:
        case ir.Gemm(_, left, right, scale, plus) | ir.Spmm(_, left, right, scale, plus):
            added = 0.0 if plus is None else number(plus[0]) * dense(plus[1])
            return number(scale) * (dense(left) @ dense(right)) + added
        case ir.Trmm(_, left, right):
            return dense(left) @ dense(right)
        case ir.Scale(_, diagonal, other, side):
            d, a = dense(diagonal), dense(other)
            return d @ a if side == "left" else a @ d
        case ir.Sddmm(_, left, right):
            return mask * (dense(left) @ dense(right).T)
        case ir.SampledSpmm(_, left, sparse, right):
            return mask * (dense(left) @ (dense(sparse) @ dense(right)))
        case ir.Strips(_, source):
            return dense(source)
        case ir.SparseProduct(_, left, right, _):
            return mask * (dense(left) @ dense(right))
        case ir.Sample(_, source):
            return mask * dense(source)
        case ir.Combine(_, terms):
            total = sum((number(c) * dense(operand) for c, operand in terms), np.zeros(shape))
            return mask * total
        case ir.Fill(_, constant):
            return mask * np.full(shape, constant)
        case ir.Multiply(_, left, right):
            return dense(left) * dense(right)
        case ir.Map(_, source, function, parameters):
            given = {str(symbol): number(c) for symbol, c in parameters}
            places = np.broadcast_to(mask, shape) != 0
            result = np.zeros(shape, dtype=np.result_type(dense(source), float))
            given[str(VARIABLE.name)] = dense(source)[places]
            result[places] = Evaluator(given, {})(function(VARIABLE))
            return result
        case ir.Reshape(out, source):
            return _reshaped(out, source, dense(source), shape)
        case ir.LogSumExp(_, source):
            matrix = sp.MatrixSymbol("A", *dense(source).shape)
            return np.asarray(Evaluator({"A": dense(source)}, {})(LogSumExp(matrix)))
        case ir.Kronecker(_, kind, outer, inner, first, second):
            p, q, r, s = (supports.size(size) for size in (*outer, *inner))
            if kind == "kron":
                return np.kron(dense(first), dense(second))
            blocks = dense(first).reshape(p, r, q, s)
            formula = "ikjl,kl->ij" if kind == "kron_left" else "ikjl,ij->kl"
            return np.einsum(formula, blocks, dense(second))
        case ir.Factor(out, source, domain):
            values[f"{out.name} of"] = dense(source)
            _check_domain(np.real(dense(source)), domain)
            doubles = Doubles()
            sign = np.sign(np.real(np.linalg.det(dense(source))))
            return np.array([[doubles.log_determinant(dense(source))], [sign]])
        case ir.Solve(_, factor, transposed, right):
            matrix = values[f"{factor.name} of"]
            return np.linalg.solve(matrix.T if transposed else matrix, dense(right))
        case ir.Select(_, inverses, middles):
            found = np.eye(shape[0])
            for (factor, turned), middle in zip(inverses, [*middles, None], strict=True):
                matrix = values[f"{factor.name} of"]
                found = found @ np.linalg.inv(matrix.T if turned else matrix)
                found = found if middle is None else found @ dense(middle)
            return mask * found
        case ir.External(out, operation, flags, operands):
            return mask * _external(out, operation, flags, operands, values)
        case ir.Formula(_, expr, parameters):
            entries = {str(s): np.ravel(number(c))[place] for s, c, place in parameters}
            return np.asarray(Evaluator(entries, {})(expr))
        case ir.SumSquares(_, source):
            return np.asarray(np.sum(dense(source) ** 2))
        case ir.Inner(_, left, None):
            return np.asarray(np.sum(dense(left)))
        case ir.Inner(_, left, right):
            assert right is not None
            return np.asarray(np.sum(dense(left) * dense(right)))
        case ir.Guard(_, cheap, scale, least, direct):
            large = np.real(dense(cheap)) >= least[0] * np.real(dense(scale))
            return dense(cheap) if large else dense(direct)
        case ir.ScalarSum(_, terms, constant):
            scaled = (number(c) * dense(value) for c, value in terms)
            return np.asarray(sum(scaled, np.asarray(number(constant))))
        case _:
            assert_never(step)


def _check_domain(matrix: Array, domain: DomainKind | None) -> None:
    """LinAlgError where a matrix is not what it has to be."""
    if domain == "positive definite":
        np.linalg.cholesky(matrix)
    elif domain is not None:
        values = np.linalg.eigvals(matrix)
        if not (values.real if domain == "hurwitz" else np.abs(values) - 1.0).max(initial=-1) < 0:
            raise np.linalg.LinAlgError(f"the eigenvalues are outside of the {domain} domain")


def _external(
    out: ir.Value,
    operation: Any,
    flags: tuple[int, ...],
    operands: tuple[ir.Value, ...],
    values: dict[str, Array],
) -> Array:
    """Equations by their linear systems; the Schur forms that others take stand for the matrix."""
    if operation in ("schur_form", "eigenbasis"):
        values[f"{out.name} of"] = matrix = values[operands[0].name]
        width = 2 * len(matrix) if operation == "schur_form" else 5 * len(matrix) + 2
        return np.full((len(matrix), width), np.nan)
    if operation in DOMAINS:
        _check_domain(np.real(values[f"{operands[0].name} of"]), operation)
        return np.zeros((1, 1))
    if operation.startswith("expm"):
        return _exponential(operation, [values[v.name] for v in operands])
    given = [values.get(f"{v.name} of", values[v.name]) for v in operands]
    if operation in ("spectral_log_det", "positive_spectrum", "partial_trace"):
        return _spectral(operation, flags, given)
    turned = [a.T if flag else a for a, flag in zip(given, flags, strict=False)]
    arrays = (*turned, *given[len(flags) :])
    names = [sp.MatrixSymbol(f"operand {i}", *array.shape) for i, array in enumerate(arrays)]
    known = {str(symbol.name): array for symbol, array in zip(names, arrays, strict=True)}
    return np.asarray(Evaluator(known, {})(EQUATIONS[operation](*names)))


def _spectral(operation: str, flags: tuple[int, ...], arrays: list[Array]) -> Array:
    """What is made of eigenvalues, by matrices that are written out."""
    form, moving = PRODUCT if flags[2] else SUM, flags[4:]
    arrays[:2] = [a.T if flag else a for a, flag in zip(arrays[:2], flags[:2], strict=True)]
    names = [sp.MatrixSymbol(f"operand {i}", *array.shape) for i, array in enumerate(arrays)]
    known = {str(symbol.name): array for symbol, array in zip(names, arrays, strict=True)}
    evaluate, pair = Evaluator(known, {}), names[:2]
    if operation == "partial_trace":
        along = [sp.ZeroMatrix(*matrix.shape) for matrix in pair] if moving else []
        for which in moving:
            along[which] = names[2]
        return np.asarray(evaluate(PartialTrace(form, *pair, *along).definition))
    matrix = np.asarray(evaluate(whole(form, *pair)))
    if operation == "positive_spectrum":
        _check_domain(np.real(matrix), "positive definite")
        return np.zeros((1, 1))
    size = evaluate(SpectralLogDet(form, *pair))
    return np.array([[size], [np.linalg.slogdet(np.real(matrix))[0]]])


def _exponential(operation: str, arrays: list[Array]) -> Array:
    """exp(A; E, …), times a matrix or with a last direction P Qᵀ."""
    if operation == "expm_sampled":
        *arrays, p, q = arrays
        arrays.append(p @ q.T)
    along = arrays[:-1] if operation == "expm_action" else arrays
    names = [sp.MatrixSymbol(f"operand {i}", *array.shape) for i, array in enumerate(along)]
    known = {str(symbol.name): array for symbol, array in zip(names, along, strict=True)}
    found = np.asarray(Evaluator(known, {})(Exponential(*names)))
    return found @ arrays[-1] if operation == "expm_action" else found


def _reshaped(out: ir.Value, source: ir.Value, array: Array, shape: tuple[int, ...]) -> Array:
    """The same numbers in another shape; a diagonal is stored as the vector of its entries."""
    if out.support is not None:
        return np.diag(array.ravel())
    numbers = np.diag(array) if source.support is not None else array
    return np.reshape(numbers, shape)


def _mask(support: Support | None, supports: Supports) -> Any:
    return 1.0 if support is None else supports.matrix(support).toarray()
