"""What a method will still take, and how far it will lower the energy, from its records."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nzdiff.solvers.run.record import Record

LEAST_RECORDS = 8
SAMPLES = 100
"""Records that are looked at, of thousands."""


def seconds_left(records: Sequence[Record], goal: float) -> float:
    """Return the seconds until the gradient norm is `goal`, if it falls on as it did lately.

    What counts is the least norm, and by how much the newer half of the records lowered it.
    Infinite where it did not; 0 where there are too few records to say.
    """
    if len(records) < LEAST_RECORDS:
        return 0.0
    half = len(records) // 2
    before = _least_norm(records[:half])
    least = min(before, _least_norm(records[half:]))
    if least <= goal:
        return 0.0
    if not (least < before and goal > 0.0):
        return math.inf
    seconds = records[-1].seconds - records[half - 1].seconds
    return seconds * math.log(least / goal) / math.log(before / least)


def _least_norm(records: Sequence[Record]) -> float:
    return min(record.gradient_norm for record in records[:: len(records) // SAMPLES + 1])


def expected_energy(records: Sequence[Record], seconds: float) -> float:
    """Return the energy to expect so many seconds after the last record if what ran had gone on.

    The last two spans of so many seconds, or of a third of the time so far if that is less, tell
    by which factor the fall of one is less than that of the one before; it fades on like that.
    """
    newest, each = records[-1], len(records) // SAMPLES + 1
    span = min(seconds, (newest.seconds - records[0].seconds) / 3.0)
    if not span > 0.0:
        return newest.energy
    looked_at = [*records[::each], newest]
    times, energies = np.array([(record.seconds, record.energy) for record in looked_at]).T
    at = np.interp(newest.seconds - span * np.arange(3), times, energies)
    last, earlier = max(float(at[1] - at[0]), 0.0), float(at[2] - at[1])
    fading, spans = (min(last / earlier, 1.0) if earlier > 0.0 else 1.0), seconds / span
    falls = spans if fading == 1.0 else fading * (1.0 - float(fading**spans)) / (1.0 - fading)
    return newest.energy - last * falls
