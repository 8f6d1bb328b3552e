"""Curves along which the cost of energy and gradient must grow linearly, or slower.

Y is diagonal, so that no dense product hides the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.evaluation.seed import SeedSizes

SCALING_PEERS = ("nzdiff", "expert", "scipy-h", "scipy-q", "numba", "jax-gather", "jax-q")
"""Who is on the curves unless peers are named."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Instances along one axis: (value, sizes) each."""

    name: str
    axis: str
    points: tuple[tuple[int, SeedSizes], ...]


def _sizes(fine: tuple[int, int], coarse: tuple[int, int], k: int, per_row: int = 3) -> SeedSizes:
    return SeedSizes(fine, coarse, coarse[0] * coarse[1], k, per_row, diagonal=True)


FINE, COARSE = (100, 100), (20, 25)

SCALING = (
    Curve(
        "scaling-s",
        "s, with n = 10,000, m = 500, k = 100 (more entries per row)",
        tuple((10_000 * q, _sizes(FINE, COARSE, 100, q)) for q in (1, 2, 3, 4, 6, 8)),
    ),
    Curve(
        "scaling-k",
        "k, with n = 10,000, m = 500, s = 30,000",
        tuple((k, _sizes(FINE, COARSE, k)) for k in (25, 50, 100, 200, 400)),
    ),
    Curve(
        "scaling-n",
        "n, with m = 500, k = 100, s = 3 n",
        tuple(
            (side * side, _sizes((side, side), COARSE, 100))
            for side in (50, 71, 100, 141, 200, 283)
        ),
    ),
)


def exponents(
    points: Sequence[dict[str, Any]], medians: dict[str, list[float]]
) -> dict[str, float]:
    """By peer, the slope of log seconds over log value, by least squares."""
    values = np.log([point["value"] for point in points])
    found = {}
    for peer, seconds in medians.items():
        known = np.isfinite(seconds)
        if known.sum() >= 2:
            found[peer] = float(np.polyfit(values[known], np.log(np.array(seconds)[known]), 1)[0])
    return found
