"""Structured LQR: the feedback u = −K x of least cost tr P(K) among those with zeros prescribed.

(A − B K)ᵀ P + P (A − B K) + Q + Kᵀ R K = 0, of a damped chain of masses, pushed at four places.
The answer to compare with, where all of K is free, is that of Riccati's equation.
"""

from time import perf_counter
from typing import Any

import numpy as np
from scipy import linalg

from nzdiff.generated import structured_lqr
from nzdiff.generated.structured_lqr import Pattern


def chain(states: int = 40, inputs: int = 4) -> dict[str, np.ndarray]:
    """Positions and velocities of the masses; a force at every few of them."""
    masses = states // 2
    spring = 2 * np.eye(masses) - np.eye(masses, k=1) - np.eye(masses, k=-1)
    A = np.block([[np.zeros_like(spring), np.eye(masses)], [-spring, -0.2 * np.eye(masses)]])
    B = np.zeros((states, inputs))
    B[masses + np.arange(inputs) * masses // inputs, np.arange(inputs)] = 1.0
    return {"A": A, "B": B, "Q": np.eye(states), "R": np.eye(inputs)}


def near(states: int, inputs: int, reach: int) -> Pattern:
    """Each input reads positions and velocities of the masses within reach of its place."""
    masses = states // 2
    place = np.arange(inputs) * masses // inputs
    away = np.abs(np.arange(states) % masses - place[:, None])
    return Pattern(np.nonzero(away <= reach), (inputs, states))


def solve(data: dict[str, Any], pattern: Pattern):
    """The model, and what `solve` found from K = 0, with which the chain is stable."""
    model = structured_lqr.bind(**data, K=pattern)
    return model, structured_lqr.solve(model, np.zeros(model.size))


def main() -> None:
    data, costs = chain(), []
    answer = np.trace(linalg.solve_continuous_are(**dict(zip("abqr", data.values(), strict=True))))
    for reach in (20, 4, 2, 1):
        began = perf_counter()
        model, result = solve(data, near(40, 4, reach))
        print(
            f"{model.size:4} entries: cost {result.fun:.9f}, {perf_counter() - began:.2f} s, ",
            end="",
        )
        print(f"{result.method}")
        costs.append(result.fun)
        assert result.success
    gap = abs(costs[0] - answer) / answer
    print(f"all entries, by Riccati: {answer:.9f}, relative difference {gap:.0e}")
    assert gap < 1e-10 and costs == sorted(costs)


if __name__ == "__main__":
    main()
