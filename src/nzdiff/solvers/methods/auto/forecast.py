"""What a method will still take, and how fast it will lower the energy, from its records."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nzdiff.solvers.run.record import Record

LEAST_RECORDS = 5
MOST = 2.0
"""What may be left at most, in the time so far: as long as nothing else is known."""


def seconds_left(records: Sequence[Record], goal: float) -> float:
    """Return the seconds until the gradient norm is `goal`, if it falls on as it did lately.

    What counts is the least norm, and by how much the newer half of the records lowered it. At most
    MOST times the seconds so far; 0 where there are too few records to say.
    """
    if len(records) < LEAST_RECORDS:
        return 0.0
    half, now = len(records) // 2, records[-1].seconds
    most = MOST * (now - records[0].seconds)
    before = min(record.gradient_norm for record in records[:half])
    least = min(before, *(record.gradient_norm for record in records[half:]))
    if least <= goal:
        return 0.0
    if not (least < before and goal > 0.0):
        return most
    seconds = now - records[half - 1].seconds
    return min(seconds * math.log(least / goal) / math.log(before / least), most)


def expected_rate(records: Sequence[Record], seconds: float) -> float:
    """Return the decrease per second to expect if what runs goes on.

    The last two spans of so many seconds tell how it fades.
    """
    times, energies = np.array([(record.seconds, record.energy) for record in records]).T
    at = np.interp(times[-1] - seconds * np.arange(3), times, energies)
    last, earlier = at[1] - at[0], at[2] - at[1]
    fading = min(last / earlier, 1.0) if earlier > 0.0 else 1.0
    return float(last * fading / seconds)
