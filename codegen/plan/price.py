"""The one price: operations, bytes and seconds of a step at given sizes.

Planning asks for the seconds of a product by its kind (`gemm`, `spmm`, …) before it is a step, and
`price` asks the same functions, so that a plan costs what planning took it for.  All constants are
nanoseconds on one core, fitted to every step of the plans that `python -m benchmarks plans` times;
between machines they differ, their ratios little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.plan.forms import CACHE, FAR, INDEX, NANO, NUMBER, factors_of, far, form_seconds
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.runtime.data.support import LANES, Dim
from nzdiff.runtime.external import OPERATIONS

NEAR = 1 << 19
"""Bytes of a dense operand that stays in a core's cache beside what streams past."""
TURNED = ((1 << 20, 0.25), (1 << 23, 0.55), (math.inf, 1.0))
"""Of a number of a dense matrix that is added transposed, by the bytes of the matrix."""
FUNCTIONS = {sp.exp: 2.7, sp.log: 3.4, sp.sin: 7.0, sp.cos: 7.0, sp.tanh: 7.7}
"""Nanoseconds of a function of one entry."""
CALLED_BACK, EXTERNAL = 50e3, 0.3
"""Nanoseconds of an operation that a library computes: of its call, of one of its flops."""
OTHER_FUNCTION, ROOT, POWER, OPERATION = 10.0, 1.9, 9.0, 0.05
"""Of another function, a square root, another power, a sum or a product."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Floating-point operations, bytes touched and estimated seconds."""

    flops: float
    bytes: float
    seconds: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.flops + other.flops, self.bytes + other.bytes, self.seconds + other.seconds
        )


FREE = Cost(0.0, 0.0, 0.0)
BY_EIGENVALUES = ("hurwitz", "schur")
"""Domains that need all eigenvalues, of a dense copy where a matrix is sparse."""


def _factor_flops(domain: str | None, size: int) -> int:
    """Of Cholesky's factors of a dense matrix, of LU, or of all eigenvalues."""
    if domain in BY_EIGENVALUES:
        return 10 * size**3
    return (1 if domain == "positive definite" else 2) * size**3 // 3


def price(step: ir.Step, sizes: Sizes) -> Cost:
    """Operations, bytes and seconds of one step."""
    flops = float(_flops(step, sizes))
    touched = [*ir.reads(step), step.out]
    size = float(sum(sizes.count(value) for value in touched) * NUMBER)
    if isinstance(step, ir.SparseProduct):
        size += flops * INDEX
    return Cost(flops, size, _seconds(step, sizes))


# seconds by kind, in sizes and counts


def gemm(rows: int, inner: int, cols: int, *, added: bool = False) -> float:
    """A dense product; with a single row or column, as fast as the larger operand is read."""
    work = 0.019 * 2 * rows * inner * cols
    if min(rows, inner, cols) == 1:
        work = max(work, 0.05 * NUMBER * max(rows * inner, inner * cols, rows * cols))
    return NANO * (690 + work + (0.3 * rows * cols if added else 0.0))


def trmm(rows: int, cols: int) -> float:
    """A triangular matrix times a dense one: half of the operations, and a copy."""
    return NANO * (690 + 0.0201 * rows * (rows + 1) * cols + 0.1 * rows * cols)


def spmm(nnz: int, rows: int, inner: int, width: int) -> float:
    """A sparse matrix times a dense one, strip by strip of each row; a narrow one by numbers."""
    whole, rest = divmod(width, LANES)
    strips = width // 64 + width % 64 // 32 + width % 32 // LANES + (rest > 0)
    vectors = whole + (rest > 0) if whole else 0
    work = 1.93 * rows * strips + nnz * (0.284 * vectors or 0.455 * rest)
    if NUMBER * inner * width > NEAR:
        work += 0.027 * nnz * width
    return NANO * (890 + work + FAR * far(NUMBER * (inner * width + rows * width + nnz)))


def sddmm(counts: Any, inner: int, cols: int) -> float:
    """Dot products at the positions of a pattern, four side by side; counts: those of its rows."""
    fours, single = float((counts // 4).sum()), float((counts % 4).sum())
    whole, rest = divmod(inner, LANES)
    nnz = 4 * fours + single
    work = 3.07 * single + (2.2 * fours + 0.48 * single) * whole + 0.105 * nnz * rest
    if NUMBER * inner * cols > NEAR:
        work += 0.02 * nnz * inner
    return NANO * (860 + work + FAR * far(NUMBER * (inner * (len(counts) + cols) + nnz)))


def scale(count: int) -> float:
    """A dense matrix times a diagonal."""
    return NANO * (200 + 0.15 * count + FAR * far(2 * NUMBER * count))


def solve(rows: int, cols: int) -> float:
    """A solve with factors; between those of dense and of sparse matrices."""
    return NANO * (1000 + (5 + 0.025 * rows) * rows * cols)


def select(stored: int, inverses: int) -> float:
    """Entries of a product of inverses; `stored`: those of all patterns in it.

    That of small lattices: 110 ns a number on a path, 180 on a 100 × 100 torus, 670 on a 300 × 300
    lattice.  The fill decides, and is not known here.
    """
    blocks = inverses * (inverses + 1) / 2
    return NANO * blocks * (2e3 + 200 * stored)


def sample(rows: int, nnz: int, source: int) -> float:
    """Entries of a dense matrix of `source` numbers."""
    return NANO * (250 + 6 * rows + 0.4 * nnz + (2.0 * nnz if NUMBER * source > CACHE else 0.0))


def inner(count: int) -> float:
    """A sum of products."""
    return NANO * (80 + 0.128 * count + FAR * far(2 * NUMBER * count))


def embedded(count: int) -> float:
    """Numbers at the positions of another pattern."""
    return NANO * (300 + 0.6 * count)


def linear(count: int, terms: int) -> float:
    """A sum of numbers stored alike, two at a time."""
    passes = 1 + max(0, terms - 2)
    work = (0.075 * passes + 0.086 * terms) * count
    return NANO * (150 * passes + work + 0.8 * FAR * far((terms + 1) * NUMBER * count))


def _seconds(step: ir.Step, sizes: Sizes) -> float:
    dim, count = sizes.dim, sizes.count
    match step:
        case ir.Gemm(out, left, _, _, plus):
            shape = dim(out.rows), dim(left.cols), dim(out.cols)
            return gemm(*shape, added=plus is not None)
        case ir.Trmm(out, _, _):
            return trmm(dim(out.rows), dim(out.cols))
        case ir.Spmm(out, left, _, _, plus):
            shape = dim(out.rows), dim(left.cols), dim(out.cols)
            added = 0.0 if plus is None else NANO * 0.1 * count(out)
            return spmm(count(left.value), *shape) + added
        case ir.Sddmm(out, left, right):
            assert out.support is not None
            counts = sizes.supports.row_counts(out.support)
            return sddmm(counts, dim(left.cols), dim(right.rows))
        case ir.SampledSpmm(out, left, sparse, strips):
            assert out.support is not None
            counts = sizes.supports.row_counts(out.support)
            rows, cols = dim(left.cols), dim(out.cols)
            product = spmm(count(sparse.value), rows, dim(strips.rows), cols)
            return product + sddmm(counts, rows, cols)
        case ir.SparseProduct(_, _, _, form):
            return form_seconds(factors_of(step, sizes), form, sizes)
        case ir.Scale(out, _, _, _):
            return scale(count(out))
        case ir.Sample(out, source):
            return sample(dim(out.rows), count(out), count(source.value))
        case ir.Combine(out, terms):
            return _combine(out, tuple(operand for _, operand in terms), sizes)
        case ir.Fill(out, _):
            return linear(count(out), 0)
        case ir.Multiply(out, _, _):
            return linear(count(out), 2)
        case ir.Map(out, _, function, _):
            entry = _entry(function(VARIABLE))
            return NANO * (300 + entry * count(out) + FAR * far(2 * NUMBER * count(out)))
        case ir.Reshape(out, _) | ir.Strips(out, _):
            return linear(count(out), 1)
        case ir.LogSumExp(_, source):
            return NANO * (
                300 + FUNCTIONS[sp.exp] * count(source) + FUNCTIONS[sp.log] * count(step.out)
            )
        case ir.Kronecker(_, kind, outer, within, _, _):
            pairs = float(np.prod([dim(size) for size in (*outer, *within)], dtype=float))
            return NANO * (300 + (0.18 if kind == "kron" else 0.35) * pairs)
        case ir.Factor(_, source, domain):
            if source.support is not None and domain not in BY_EIGENVALUES:
                return NANO * (300e3 + 190 * count(source))
            return NANO * (50e3 + 0.022 * _factor_flops(domain, dim(source.rows)))
        case ir.Solve(out, _, _, _):
            return solve(dim(out.rows), dim(out.cols))
        case ir.Select(out, inverses, middles):
            return select(sum(map(count, (out, *middles))), len(inverses))
        case ir.External():
            return NANO * (CALLED_BACK + EXTERNAL * _flops(step, sizes))
        case ir.Formula():
            return NANO * 150
        case ir.SumSquares(_, source) | ir.Inner(_, source, None):
            return NANO * (80 + 0.063 * count(source) + FAR * far(NUMBER * count(source)))
        case ir.Inner(_, source, _):
            return inner(count(source))
        case ir.ScalarSum() | ir.Guard():
            return NANO * 10
        case _:
            assert_never(step)


def _combine(out: ir.Value, operands: tuple[ir.Operand, ...], sizes: Sizes) -> float:
    """Terms that are stored like the sum in whole passes; each other one by itself."""
    count, aligned, seconds = sizes.count(out), 0, 0.0
    for operand in operands:
        value = operand.value
        if not operand.transposed and value.support == out.support:
            aligned += 1
        elif out.support is not None:
            seconds += embedded(count)
        elif value.support is not None:
            seconds += NANO * (150 + 0.9 * sizes.count(value))
        else:
            number = next(ns for size, ns in TURNED if NUMBER * count < size)
            seconds += NANO * (150 + number * count)
    return seconds + linear(count, aligned)


def _entry(expr: Any) -> float:
    """Nanoseconds of a function of one entry: those of the functions in it."""
    total = 0.15
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.Pow):
            total += _power(node.exp)
        elif isinstance(node, sp.Function):
            total += FUNCTIONS.get(node.func, OTHER_FUNCTION)
        elif isinstance(node, (sp.Add, sp.Mul)):
            total += OPERATION * (len(node.args) - 1)
    return total


def _power(exponent: Any) -> float:
    """Small powers are products, and −1 a quotient; others are calls."""
    if exponent in (sp.S.Half, -sp.S.Half):
        return ROOT
    if exponent.is_Integer and -1 <= exponent <= 4:
        return OPERATION
    return POWER


def peak_bytes(plan: ir.Plan, sizes: Sizes) -> int:
    """Memory of all results, beyond the arguments: one workspace, nothing is reused."""
    return sum(sizes.count(value) for value in _results(plan)) * NUMBER


def _results(plan: ir.Plan) -> list[ir.Value]:
    made = [value for reduction in plan.reductions for value in reduction.results]
    return [*made, *(step.out for step in plan.steps)]


def memory_formula(plan: ir.Plan) -> str:
    """`peak_bytes` as a formula in the dimensions and the counts of stored values."""
    terms: dict[str, int] = {}
    for value in _results(plan):
        terms[_size_text(value)] = terms.get(_size_text(value), 0) + 1
    ordered = sorted(terms.items(), key=lambda item: (item[0] == "1", item[0]))
    shown = [
        str(count) if size == "1" else f"{count} {size}" if count > 1 else size
        for size, count in ordered
    ]
    return f"{NUMBER} ({' + '.join(shown) or '0'}) bytes"


def _size_text(value: ir.Value) -> str:
    if value.scalar:
        return "1"
    if value.support is not None:
        return f"nnz({value.support})" if not value.support.is_diagonal else _factor(value.rows)
    return f"{_factor(value.rows)}·{_factor(value.cols)}"


def _factor(dim: Dim) -> str:
    """A dimension as a factor: a sum or a product of others in parentheses."""
    return str(dim) if str(dim).isalnum() else f"({dim})"


def _flops(step: ir.Step, sizes: Sizes) -> int:
    match step:
        case ir.Gemm(out, left, _):
            return 2 * sizes.count(out) * sizes.dim(left.cols)
        case ir.Trmm(out, left, _):
            return sizes.count(out) * (sizes.dim(left.cols) + 1)
        case ir.Spmm(out, left, _):
            return 2 * sizes.count(left.value) * sizes.dim(out.cols)
        case ir.Sddmm(out, left, _):
            return 2 * sizes.count(out) * sizes.dim(left.cols)
        case ir.SampledSpmm(out, left, sparse, _):
            made = 2 * sizes.count(sparse.value) * sizes.dim(out.cols)
            return made + 2 * sizes.count(out) * sizes.dim(left.cols)
        case ir.SparseProduct(out, left, right, _):
            assert left.support and right.support and out.support
            return 2 * sizes.pairs(left.support, right.support, out.support)
        case ir.Scale(out, _, _, _):
            return sizes.count(out)
        case ir.Sample(out, _) | ir.Fill(out, _):
            return sizes.count(out)
        case ir.Combine(_, terms):
            return int(np.sum([2 * sizes.count(operand.value) for _, operand in terms], dtype=int))
        case ir.Multiply(out, _, _) | ir.Map(out, _, _, _) | ir.Reshape(out, _):
            return sizes.count(out)
        case ir.Strips():
            return 0
        case ir.LogSumExp(_, source):
            return 4 * sizes.count(source)
        case ir.Kronecker(_, _, outer, inner, _, _):
            return 2 * int(np.prod([sizes.dim(size) for size in (*outer, *inner)], dtype=object))
        case ir.Factor(_, source, domain):
            if source.support is not None and domain not in BY_EIGENVALUES:
                return 20 * sizes.count(source)
            return _factor_flops(domain, sizes.dim(source.rows))
        case ir.Solve(out, _, _, _):
            return 2 * sizes.count(out) * sizes.dim(out.rows)
        case ir.Select(out, inverses, middles):
            return 40 * len(inverses) ** 2 * sum(map(sizes.count, (out, *middles)))
        case ir.External(_, operation, _, operands):
            shapes = tuple((sizes.dim(v.rows), sizes.dim(v.cols)) for v in operands)
            return int(OPERATIONS[operation].flops(shapes))
        case ir.Formula(_, expr, _):
            return int(expr.count_ops())
        case ir.SumSquares(_, source) | ir.Inner(_, source, _):
            return 2 * sizes.count(source)
        case ir.ScalarSum(_, terms, _):
            return 2 * len(terms)
        case ir.Guard():
            return 2
        case _:
            assert_never(step)
