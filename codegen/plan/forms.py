"""The forms of a sparse product, and what each takes on the bound patterns.

A plan says what is multiplied; which kernel does it depends on how operands are stored and on how
many rows are alike.  See `nzdiff.runtime.data.panels`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen import plan as ir
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.runtime.data.panels import alike_rows
from nzdiff.runtime.data.support import LANES, OWN

Counts = NDArray[np.int64]
NANO = 1e-9
CACHE = 1 << 20
"""Bytes that a core keeps to itself."""
NUMBER, INDEX = 8, 4
"""Bytes of a number and of an index."""
FAR = 1.5e-2
"""Nanoseconds per byte beyond `CACHE`: what a kernel then waits for."""
SHORT = 5e-7
"""Seconds of a product by pairs that no other form undercuts: their calls take as long."""
PAIRS = (250.0, 0.36, 0.43, 0.42)
"""Nanoseconds of a call, of a position, of a pair, and where their number changes."""
SPREAD = (490.0, 1.75, 0.46, 0.56)
"""Of a call, of a strip, of a move, and of one in a row of several strips besides."""
SCATTERED, MANY = 4.0, 4
"""Of a move of numbers far apart in a row of more than MANY strips, beyond what a core keeps."""
TURNED = 1.0
"""Of a move whose number stands in a matrix that is stored transposed, beyond that, too."""
OUTER = (140.0, 4.95, 4.45, 0.13)
"""Of a call, of a group, of OWN numbers of a row times LANES of the other, of a block's number."""
SAMPLED = (200.0, 8.4, 2.3, 0.47, 1.46)
"""Of a call, of a group, of OWN columns of a row, of a number times these, of a block's number."""


@dataclass(frozen=True, slots=True)
class SparseFactors:
    """A sparse product by the numbers of its patterns, the operands as they enter it.

    turned: whether an operand is stored transposed.
    """

    left: int
    left_turned: bool
    right: int
    right_turned: bool
    out: int


Estimate = Callable[[SparseFactors, Sizes], float]


def specialised(steps: Iterable[ir.Step], sizes: Sizes) -> tuple[ir.Step, ...]:
    """The steps with each sparse product that is computed more than once in its fastest form."""
    return tuple(
        replace(step, form=best_form(factors_of(step, sizes), sizes)[0])
        if isinstance(step, ir.SparseProduct) and step.out.inputs
        else step
        for step in steps
    )


def factors_of(step: ir.SparseProduct, sizes: Sizes) -> SparseFactors:
    """The patterns of a step."""
    left, right, out = step.left.support, step.right.support, step.out.support
    assert left is not None and right is not None and out is not None
    number = sizes.number
    return SparseFactors(
        number(left), step.left.transposed, number(right), step.right.transposed, number(out)
    )


def best_form(factors: SparseFactors, sizes: Sizes) -> tuple[ir.ProductForm, float]:
    """The fastest form and its seconds; a form that cannot undercut another is not looked into."""
    if factors not in sizes.facts:
        best: tuple[ir.ProductForm, float] = ("pairs", _pairs(factors, sizes))
        for form, least in _panels(factors, sizes) if best[1] > SHORT else ():
            if least(factors, sizes) < best[1]:
                seconds = SECONDS[form](factors, sizes)
                best = (form, seconds) if seconds < best[1] else best
        sizes.facts[factors] = best
    found: tuple[ir.ProductForm, float] = sizes.facts[factors]
    return found


def form_seconds(factors: SparseFactors, form: ir.ProductForm, sizes: Sizes) -> float:
    """The seconds of a product in one of the forms it can take."""
    key = (form, factors)
    if key not in sizes.facts:
        sizes.facts[key] = SECONDS[form](factors, sizes)
    found: float = sizes.facts[key]
    return found


def _panels(factors: SparseFactors, sizes: Sizes) -> Iterator[tuple[ir.ProductForm, Estimate]]:
    """The forms in panels that the operands are stored for, with lower bounds that need no groups.

    None for a diagonal.
    """
    if sizes.is_diagonal(factors.left) or sizes.is_diagonal(factors.right):
        return
    if not factors.right_turned:
        yield "spread", least_spread
    if factors.left_turned and not factors.right_turned:
        yield "outer", least_outer
    if not factors.left_turned:
        yield "sampled", _least_sampled


def least_spread(factors: SparseFactors, sizes: Sizes) -> float:
    """The moves alone, for which out need not be known."""
    strips = _tiles(sizes.row_counts(factors.right), LANES)
    moves = float(sizes.column_counts(factors.left) @ strips)
    return NANO * (SPREAD[0] + SPREAD[2] * moves)


def least_outer(factors: SparseFactors, sizes: Sizes) -> float:
    """The tiles alone, for which neither out nor groups need be known."""
    own = _tiles(sizes.column_counts(factors.left), OWN)
    tiles = float(own @ _tiles(sizes.row_counts(factors.right), LANES))
    return NANO * (OUTER[0] + OUTER[2] * tiles)


def _least_sampled(factors: SparseFactors, sizes: Sizes) -> float:
    inner, own = sizes.row_counts(factors.left), sizes.row_counts(factors.out)
    return NANO * (SAMPLED[0] + SAMPLED[3] * float(inner @ _tiles(own, OWN)))


def least_product(left: int, right: int, sizes: Sizes) -> float:
    """A lower bound of a whole product, for which its pattern need not be known."""
    key = ("least", left, right)
    if key not in sizes.facts:
        factors = SparseFactors(left, True, right, False, -1)
        at_positions = NANO * (PAIRS[0] + SAMPLED[3] / OWN * sizes.whole(left, right))
        bounds = least_spread(factors, sizes), least_outer(factors, sizes), at_positions
        sizes.facts[key] = min(bounds)
    found: float = sizes.facts[key]
    return found


def least_demanded(left: int, out: int, sizes: Sizes, *, turned: bool = False) -> float:
    """A lower bound of a product at `out` of a left matrix whose entries all meet something there.

    As many rows of left numbers as out has take part; for a right matrix, which is `turned` then,
    by the transposes.
    """
    key = ("demanded", left, turned, out)
    if key not in sizes.facts:
        strips = _tiles(sizes.row_counts(out), LANES)
        own = sizes.column_counts(left) if turned else sizes.row_counts(left)
        met = float(own @ strips)
        sizes.facts[key] = NANO * (OUTER[0] + SPREAD[2] * met)
    found: float = sizes.facts[key]
    return found


def _pairs(factors: SparseFactors, sizes: Sizes) -> float:
    """out[t] = Σ a[l] b[r] over the pairs of t: a loop of changing length per position."""
    pairs, changes = sizes.multiplications(factors.left, factors.right, factors.out)
    call, position, pair, change = PAIRS
    count = sizes.nnz(factors.out)
    index = 2 * INDEX * (pairs + count)
    nanoseconds = call + position * count + pair * pairs + change * changes
    return NANO * (nanoseconds + FAR * far(_bytes(factors, sizes) + index))


def _spread(factors: SparseFactors, sizes: Sizes) -> float:
    """Every number of the left matrix meets a row of the right one, in as many strips."""
    left, out_rows = sizes.pattern(factors.left), sizes.row_counts(factors.out)
    moves = _tiles(sizes.row_counts(factors.right), LANES)[left.indices]
    of_row = out_rows > LANES
    wide = 0.0
    if of_row.any():
        wide = float(moves @ np.repeat(of_row, sizes.row_counts(factors.left).astype(np.intp)))
    all_moves, strips = float(moves.sum()), float(_tiles(out_rows, LANES).sum())
    call, strip, move, more = SPREAD
    index = 3 * INDEX * all_moves + 4 * INDEX * strips
    nanoseconds = call + strip * strips + move * all_moves + more * wide
    read = NUMBER * (sizes.nnz(factors.left) + sizes.nnz(factors.right))
    if read > CACHE:
        many = strips > MANY * np.count_nonzero(out_rows)
        nanoseconds += (SCATTERED if many else TURNED * factors.left_turned) * all_moves
    return NANO * (nanoseconds + FAR * far(_bytes(factors, sizes) + index))


def _outer(factors: SparseFactors, sizes: Sizes) -> float:
    """A group of rows that are alike in both is one small dense product."""
    stored = sizes.transposed(factors.left)
    rows, first, (own, other) = _groups(stored, factors.right, sizes)
    tiles = float((_tiles(own, OWN) * _tiles(other, LANES))[rows].sum())
    numbers = float((own * other)[first].sum())
    call, group, tile, number = OUTER
    nanoseconds = call + group * first.size + tile * tiles + number * numbers
    return NANO * (nanoseconds + FAR * far(_bytes(factors, sizes) + NUMBER * numbers))


def _sampled(factors: SparseFactors, sizes: Sizes) -> float:
    """A group of rows that are alike in the left matrix and in out needs one block of the right."""
    rows, first, (inner, own) = _groups(factors.left, factors.out, sizes)
    strips = _tiles(own, OWN)
    numbers = float((inner * own)[first].sum())
    call, group, strip, tile, number = SAMPLED
    nanoseconds = call + group * first.size + number * numbers
    nanoseconds += strip * float(strips[rows].sum()) + tile * float((inner * strips)[rows].sum())
    return NANO * (nanoseconds + FAR * far(_bytes(factors, sizes) + INDEX * numbers))


def _groups(left: int, right: int, sizes: Sizes) -> tuple[Counts, Counts, tuple[Counts, Counts]]:
    """The rows that take part, the first row of each group, and the counts per row."""
    counts = sizes.row_counts(left), sizes.row_counts(right)
    used, alike = alike_rows(*counts, (sizes.row_classes(left), sizes.row_classes(right)))
    return used, used[np.unique(alike, return_index=True)[1]], counts


def _bytes(factors: SparseFactors, sizes: Sizes) -> float:
    """Bytes of the numbers of both operands and of out."""
    return NUMBER * float(sum(map(sizes.nnz, (factors.left, factors.right, factors.out))))


def far(size: float) -> float:
    """Bytes beyond what a core keeps to itself."""
    return max(0.0, size - CACHE)


SECONDS: dict[ir.ProductForm, Estimate] = {
    "pairs": _pairs,
    "spread": _spread,
    "outer": _outer,
    "sampled": _sampled,
}


def _tiles(counts: Counts, size: int) -> Counts:
    return np.asarray(-(-counts // size))
