"""Linear quadratic control as a benchmark: min tr P(K), u = −K x, of a damped chain of masses.

With all of K free the optimum is the stabilising solution of Riccati's equation.
Source: Lin, Fardad, Jovanović, "Augmented Lagrangian approach to design of structured optimal state
feedback gains", 2011.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from benchmarks.instances.instance import Floats, Instance
from nzdiff.gallery.structured_lqr import problem
from nzdiff.pattern import Pattern


def regulator(states: int, inputs: int) -> Instance:
    """All of K free, from K = 0, with which the chain is stable."""
    data = chain(states, inputs)
    P = linalg.solve_continuous_are(data["A"], data["B"], data["Q"], data["R"])
    return Instance(
        name=f"regulator-{states}",
        sizes=f"{states} states, {inputs} inputs, s = {states * inputs:,}",
        problem=problem,
        data={**data, "K": Pattern.full((inputs, states))},
        g0=np.zeros(states * inputs),
        reference=float(np.trace(P)),
        reference_meaning="optimum: Riccati's equation",
    )


def chain(states: int, inputs: int) -> dict[str, Floats]:
    """Masses between springs, states = positions and velocities; a force at every few masses."""
    masses = states // 2
    spring = 2 * np.eye(masses) - np.eye(masses, k=1) - np.eye(masses, k=-1)
    A = np.block([[np.zeros_like(spring), np.eye(masses)], [-spring, -0.2 * np.eye(masses)]])
    B = np.zeros((states, inputs))
    B[masses + np.arange(inputs) * masses // inputs, np.arange(inputs)] = 1.0
    return {"A": A, "B": B, "Q": np.eye(states), "R": np.eye(inputs)}
