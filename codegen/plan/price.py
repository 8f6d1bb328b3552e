"""The cost model: multiply-adds, bytes and estimated seconds of a step at given sizes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from nzdiff.codegen import plan as ir
from nzdiff.runtime.data.support import Dim, Support, Supports

FLOAT_BYTES = 8
INDEX_BYTES = 4

RATES = {
    ir.Gemm: 3.0e10,
    ir.Trmm: 3.0e10,
    ir.Spmm: 6.0e9,
    ir.Sddmm: 6.0e9,
    ir.SparseProduct: 3.0e9,
    ir.Scale: 1.5e9,
    ir.Combine: 2.0e9,
    ir.Sample: 5.0e8,
    ir.Fill: 4.0e9,
    ir.Multiply: 1.5e9,
    ir.Map: 2.0e8,
    ir.Reshape: 4.0e9,
    ir.Blocks: 2.0e9,
    ir.Factor: 1.0e10,
    ir.Solve: 1.0e10,
    ir.Formula: 1.0e8,
    ir.SumSquares: 4.0e9,
    ir.Inner: 4.0e9,
    ir.ScalarSum: 1.0e9,
    ir.Guard: 1.0e9,
}
"""Floating-point operations per second that each kernel reaches on one core, in round numbers:
dense products run from registers, products with one sparse factor stream rows, products of two
sparse factors gather single numbers.  Only ratios matter, and they vary little between machines."""

BANDWIDTH = 1.0e10
"""Bytes per second at which results are written and read again."""


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


@dataclass(slots=True)
class Sizes:
    """The sizes a plan is made for: dimensions and bound patterns; counts are made once."""

    supports: Supports
    _products: dict[tuple[Support, Support], int] = field(default_factory=dict)
    _demanded: dict[tuple[Support, Support], int] = field(default_factory=dict)

    def dim(self, dim: Dim) -> int:
        """The number behind a dimension."""
        return self.supports.size(dim)

    def count(self, value: ir.Value) -> int:
        """Stored numbers of a value."""
        if value.scalar:
            return 1
        if value.support is not None:
            return self.supports.nnz(value.support)
        return self.dim(value.rows) * self.dim(value.cols)

    def pairs(self, left: Support, right: Support, out: Support) -> int:
        """Multiplications of a sparse product sampled at `out` (see `maps.product_map`)."""
        return min(self.products(left, right), self.demanded(left, out))

    def products(self, left: Support, right: Support) -> int:
        """Multiplications of the whole sparse product."""
        if (left, right) not in self._products:
            per_column = self.supports.column_counts(left)
            self._products[left, right] = int(per_column @ self.supports.row_counts(right))
        return self._products[left, right]

    def demanded(self, left: Support, out: Support) -> int:
        """Entries of the left rows that the positions of `out` meet."""
        if (left, out) not in self._demanded:
            counts = self.supports.row_counts(left), self.supports.row_counts(out)
            self._demanded[left, out] = int(counts[0] @ counts[1])
        return self._demanded[left, out]


def cost(step: ir.Step, sizes: Sizes) -> Cost:
    """Operations, bytes and seconds of one step."""
    flops = float(_flops(step, sizes))
    touched = [*ir.reads(step), step.out]
    size = float(sum(sizes.count(value) for value in touched) * FLOAT_BYTES)
    if isinstance(step, ir.SparseProduct):
        size += flops * INDEX_BYTES
    return Cost(flops, size, flops / RATES[type(step)] + size / BANDWIDTH)


def peak_bytes(plan: ir.Plan, sizes: Sizes) -> int:
    """Memory of all results, beyond the arguments: one workspace, nothing is reused."""
    return sum(sizes.count(value) for value in _results(plan)) * FLOAT_BYTES


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
    return f"{FLOAT_BYTES} ({' + '.join(shown) or '0'}) bytes"


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
        case ir.Blocks(_, _, outer, inner, _, _):
            return 2 * int(np.prod([sizes.dim(size) for size in (*outer, *inner)], dtype=object))
        case ir.Factor(_, source, definite):
            if source.support is not None:
                return 20 * sizes.count(source)
            return (1 if definite else 2) * sizes.dim(source.rows) ** 3 // 3
        case ir.Solve(out, _, _, _):
            return 2 * sizes.count(out) * sizes.dim(out.rows)
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
