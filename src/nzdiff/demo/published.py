"""The published method: NADAM whose steps keep G (P Φ₀) = Φ₀, its rate halved where it stalls.

On the gradient of nzdiff, so that its seconds are those of its steps and not of its code.
Rules and settings: Liu, Jacobson, Ovsjanikov, "Spectral coarsening of geometric operators", 2019.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nzdiff.demo.coarsening import CoarseningData
from nzdiff.demo.course import PUBLISHED, Course
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]

RATE, HALVINGS, BETA, EPSILON = 2e-2, 4, 0.9, 1e-8
STALLED, MOST = 5, 1_000
"""The rate is halved after so many steps in turn above the least energy; steps at most."""


def published(
    model: Model,
    data: CoarseningData,
    *,
    constrained: bool = True,
    told: Callable[[int, float], None] = lambda _step, _energy: None,
) -> Course:
    """NADAM from G₀ on the stored values of G, without time limit; Ctrl-C ends it.

    model: of the free pattern (data.i, data.j).  told: hears of each step and its energy.
    """
    kept = _onto_constraint(data) if constrained else np.asarray
    g = best = model.pack(data.G0)
    mean, square = np.zeros_like(g), np.zeros_like(g)
    rate, halved, above = RATE, 0, 0
    seconds, energies, ended = list[float](), list[float](), "max steps"
    began = time.perf_counter()
    try:
        for t in range(1, MOST + 1):
            energy, gradient = model.energy_and_gradient(g)
            falls = energy <= min(energies, default=np.inf)
            best, above = (g, 0) if falls else (best, above + 1)
            seconds.append(time.perf_counter() - began)
            energies.append(float(energy))
            told(t, float(energy))
            if above > STALLED:
                if halved == HALVINGS:
                    ended = "stalled"
                    break
                rate, halved, above = 0.5 * rate, halved + 1, 0
            mean = BETA * mean + (1.0 - BETA) * gradient
            square = BETA * square + (1.0 - BETA) * gradient**2
            unbiased = 1.0 - BETA**t
            ahead = (BETA * mean + (1.0 - BETA) * gradient) / unbiased
            g = kept(g - rate * ahead / (np.sqrt(square / unbiased) + EPSILON))
    except KeyboardInterrupt:
        if not energies:
            raise
        ended = "interrupted"
    return Course(PUBLISHED, np.array(seconds), np.array(energies), model.unpack(best), ended)


def _onto_constraint(data: CoarseningData) -> Callable[[Floats], Floats]:
    """The nearest g with Σ_j G_ij w_j = v_i for each row i."""
    w, v, rows = data.constraint_weights[data.j], data.constraint_values, data.i
    norms = np.bincount(rows, w * w, minlength=v.size)

    def project(g: Floats) -> Floats:
        missing = v - np.bincount(rows, g * w, minlength=v.size)
        return np.asarray(g + (missing / norms)[rows] * w)

    return project
