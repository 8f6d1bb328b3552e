"""Index tables as the kernels of the JAX target take them: lists that are gathered and summed by.

What adds up is sorted, so that sums over segments need no atomics; sparse rows are cut into pieces
of one width, which loops over whole arrays add up.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nzdiff.runtime.data.spec import PairTable, PlaceTable, RowTable, Table

Array: TypeAlias = Any
"""Whole numbers, of NumPy or of JAX."""

WIDEST = 32
"""Entries of a row that one piece takes at most."""
TOGETHER = 8
"""Of these, how many in one step of a loop."""
SUMMED = 4
"""What it costs to add a piece to its row, in entries."""
NOWHERE = np.int32(2**31 - 1)
"""The place of what is not stored: it reads as 0."""


class Rows(NamedTuple):
    """A pattern: the row and column of each entry, its place among the values as they are stored.

    piece_places, piece_cols: (groups, TOGETHER, pieces), the entries of a row in pieces of one
    width, padded with `NOWHERE`, the first ones of all pieces first.  piece_row: the row of each
    piece, None where every row is one piece.
    """

    row: Array
    col: Array
    place: Array
    piece_places: Array
    piece_cols: Array
    piece_row: Array | None


class Pairs(NamedTuple):
    """The pairs of stored values whose products add up to the values of a sparse product."""

    left: Array
    right: Array
    owner: Array


def table_of(table: Table, arrays: tuple[Any, ...]) -> Any:
    """The index arrays of a table, as the kernels take them."""
    match table:
        case RowTable():
            return row_table(*arrays)
        case PairTable():
            return pair_table(*arrays)
        case PlaceTable():
            return place_table(*arrays)
        case _:
            raise TypeError(f"{table.name}: expected rows, pairs or places, got {table}")


def row_table(start: Any, cols: Any, position: Any = None) -> Rows:
    """`Rows` of the index arrays of a pattern, or of its transpose with `position`."""
    counts = np.diff(start)
    row = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    place = np.arange(cols.size, dtype=np.int32) if position is None else position
    width = _width(counts)
    within = np.arange(cols.size) - np.repeat(np.asarray(start[:-1]), counts)
    whole = bool(counts.max(initial=0) <= width)
    pieces = np.ones_like(counts) if whole else -(-counts // width)
    at = within % width, np.repeat(np.cumsum(pieces) - pieces, counts) + within // width
    together = min(TOGETHER, width)
    shape = -(-width // together) * together, int(pieces.sum())
    piece_places, piece_cols = np.full(shape, NOWHERE), np.zeros(shape, dtype=np.int32)
    piece_places[at], piece_cols[at] = place, cols
    owner = None if whole else np.repeat(np.arange(counts.size, dtype=np.int32), pieces)
    grouped = -1, together, shape[1]
    return Rows(row, cols, place, piece_places.reshape(grouped), piece_cols.reshape(grouped), owner)


def pair_table(start: Any, left: Any, right: Any) -> Pairs:
    """`Pairs` of the index arrays of a sparse product."""
    owner = np.repeat(np.arange(start.size - 1, dtype=np.int32), np.diff(start))
    return Pairs(left, right, owner)


def place_table(place: Any) -> Array:
    """Places in another pattern, `NOWHERE` for −1."""
    return np.where(place < 0, NOWHERE, place).astype(np.int32)


def _width(counts: Any) -> int:
    """The width of pieces that costs least: padding against sums of pieces."""
    largest = int(counts.max(initial=0))

    def cost(width: int) -> float:
        if largest <= width:
            return float(counts.size * width)
        return float((-(-counts // width)).sum() * (width + SUMMED))

    return min(range(1, max(min(largest, WIDEST), 1) + 1), key=cost)
