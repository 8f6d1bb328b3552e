"""Indices of stored values: where a position stands, and how large an index may be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

INDEX_LIMIT = 2**31 - 1
"""The largest index of 32 bits."""


def look_up(structure: sparse.csr_array, rows: Any, cols: Any) -> NDArray[np.int64]:
    """The storage place of (row, column) in a CSR with sorted indices; −1 where there is none."""
    width = max(structure.shape[1], 1)
    owner = repeated(np.arange(structure.shape[0], dtype=np.int64), np.diff(structure.indptr))
    keys = owner * width + structure.indices
    wanted = np.asarray(rows, dtype=np.int64) * width + cols
    every = structure.shape[0] * width
    if every > wanted.size:
        return find(keys, wanted)
    place = np.full(every, -1)  # no more numbers than are wanted
    place[keys] = np.arange(keys.size)
    return np.asarray(place[wanted])


def repeated(values: Any, counts: Any) -> NDArray[Any]:
    """Each value as often as its count says.

    `numpy.repeat` refuses counts that are wider than an address, as 64 bits are in a browser.
    """
    return np.repeat(values, np.asarray(counts, dtype=np.intp))


def find(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each wanted key stands among ascending keys; −1 where it does not."""
    place = np.searchsorted(keys, wanted)
    found = place < keys.size
    found[found] = keys[place[found]] == wanted[found]
    return np.where(found, place, -1)
