"""The form of each sparse product: pairs of numbers, or whole registers where rows are alike.

A plan says what is multiplied; which kernel does it depends on how operands are stored and on how
many rows are alike, which is counted here on the bound patterns.  See `nzdiff.runtime.data.panels`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen import plan as ir
from nzdiff.codegen.plan.price import Sizes
from nzdiff.runtime.data.panels import alike_rows
from nzdiff.runtime.data.spec import PanelForm
from nzdiff.runtime.data.support import LANES, OWN, Support

Counts = NDArray[np.int64]
PAIR, MOVE, BLOCK_ROW, BLOCK_NUMBER, SAMPLE = 1.0e-9, 1.4e-9, 3.0e-9, 2.0e-9, 0.6e-9
"""Seconds of a multiply-add by a list of pairs, of a spread row, of a row of a group times LANES
columns, of a number of a block, and of OWN multiply-adds of a sampled row; only ratios matter."""


def specialised(steps: Iterable[ir.Step], sizes: Sizes) -> tuple[ir.Step, ...]:
    """The steps with each sparse product in its fastest form."""
    return tuple(
        replace(step, form=_form(step, sizes)) if isinstance(step, ir.SparseProduct) else step
        for step in steps
    )


def _form(step: ir.SparseProduct, sizes: Sizes) -> ir.ProductForm:
    left, right, out = step.left.value.support, step.right.value.support, step.out.support
    assert left and right and out
    if left.is_diagonal or right.is_diagonal or not step.out.inputs:
        return "pairs"
    seconds = PAIR * sizes.pairs(step.left.support or left, step.right.support or right, out)
    best: ir.ProductForm = "pairs"
    for form, estimate in _estimates(step, left, right, out, sizes):
        if estimate < seconds:
            best, seconds = form, estimate
    return best


def _estimates(
    step: ir.SparseProduct, left: Support, right: Support, out: Support, sizes: Sizes
) -> Iterator[tuple[PanelForm, float]]:
    """The forms that the operands are stored for, with their seconds."""
    if not step.right.transposed:
        yield "spread", _spread(step.left.support or left, right, out, sizes)
    if step.left.transposed and not step.right.transposed:
        rows, numbers, counts = _groups(left, right, sizes)
        tiles = _tiles(counts[0], OWN) * _tiles(counts[1], LANES)
        yield "outer", BLOCK_ROW * float(tiles[rows].sum()) + BLOCK_NUMBER * numbers
    if not step.left.transposed:
        rows, numbers, counts = _groups(left, out, sizes)
        tiles = counts[0] * _tiles(counts[1], OWN)
        yield "sampled", SAMPLE * float(tiles[rows].sum()) + BLOCK_NUMBER * numbers


def _spread(left: Support, right: Support, out: Support, sizes: Sizes) -> float:
    """Every number of the left matrix meets a row of the right one, in as many strips."""
    matrix = sizes.supports.matrix(left)
    strips = _tiles(sizes.supports.row_counts(right), LANES)
    owner = np.repeat(sizes.supports.row_counts(out), sizes.supports.row_counts(left))
    wide = np.where(owner > LANES, 1.5, 1.0)
    return MOVE * float(strips[matrix.indices] @ wide)


def _groups(
    left: Support, right: Support, sizes: Sizes
) -> tuple[Counts, float, tuple[Counts, Counts]]:
    """The rows that take part, the numbers in the blocks of all groups, and the counts per row."""
    supports = sizes.supports
    counts = supports.row_counts(left), supports.row_counts(right)
    used, alike = alike_rows(*counts, (supports.row_classes(left), supports.row_classes(right)))
    first = used[np.unique(alike, return_index=True)[1]]
    return used, float((counts[0] * counts[1])[first].sum()), counts


def _tiles(counts: Counts, size: int) -> Counts:
    return np.asarray(-(-counts // size))
