"""Runs of every method whose iterates are kept in trajectories.json, as they were found right.

    PYTHONPATH=tests/tables python tests/tables/trajectories.py     # write them anew

A run is kept as far as it is not chaotic: to the first record that a start moved by 10⁻¹³ changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from nzdiff.solvers import (
    LBFGS,
    NADAM,
    BarzilaiBorwein,
    ConjugateGradient,
    GaussNewton,
    LevenbergMarquardt,
    Linear,
    Newton,
    TrustRegion,
    solve,
)
from solver_models import (
    Barrier,
    Covariance,
    Logarithms,
    LogDeterminant,
    NoSquares,
    Rosenbrock,
    Vector,
    seed,
)

FILE = Path(__file__).with_suffix(".json")
MOST = 10
SAME = 1e-7
"""Relative change of a number that counts as none."""


Run = dict[str, Any]
Make = Callable[[], tuple[Any, Vector]]


class Wells(NoSquares):
    """E = Σ log(1 + w (g − c)²): curvature is negative far from c and positive at c."""

    size = 5

    def __init__(self) -> None:
        self.w, self.c = np.array([1.0, 2.0, 0.5, 4.0, 1.0]), np.arange(5.0)

    def energy(self, g: Vector) -> float:
        return float(np.log1p(self.w * (g - self.c) ** 2).sum())

    def gradient(self, g: Vector) -> Vector:
        x = g - self.c
        return np.asarray(2.0 * self.w * x / (1.0 + self.w * x**2))

    def hessian(self, g: Vector) -> Any:
        x, w = g - self.c, self.w
        return _Diagonal(2.0 * w * (1.0 - w * x**2) / (1.0 + w * x**2) ** 2)


class _Diagonal:
    """A dense second-order operator with a known diagonal."""

    is_sparse = False

    def __init__(self, values: Vector) -> None:
        self.values, self.assembled_bytes = values, 8 * values.size**2

    def __matmul__(self, v: Vector) -> Vector:
        return self.values * v

    def toarray(self) -> Vector:
        return np.diag(self.values)

    def diagonal(self) -> Vector:
        return self.values


def _seed(noise: float) -> Make:
    def make() -> tuple[Any, Vector]:
        model, _, g0 = seed(np.random.default_rng(7), n=9, m=4, k=8, noise=noise)
        return model, g0

    return make


def _covariance() -> tuple[Any, Vector]:
    model = Covariance(np.cov(np.random.default_rng(7).normal(size=(4, 30))))
    return model, 3.0 * model.start()


MODELS: dict[str, Make] = {
    "seed": _seed(0.0),
    "noisy seed": _seed(0.3),
    "logarithms": lambda: (Logarithms(), np.array([0.3, 1.0, 60.0, 400.0])),
    "log det": lambda: (LogDeterminant(), np.array([0.7517, 303.2139, 0.0001])),
    "barrier": lambda: (Barrier(), np.array([1e-3])),
    "covariance": _covariance,
    "rosenbrock": lambda: (Rosenbrock(5), np.array([-1.2, 1.0, -0.5, 2.0, 0.3])),
    "wells": lambda: (Wells(), np.array([3.0, -4.0, 2.5, 2.0, 4.6])),
    "wells at zero": lambda: (Wells(), np.zeros(5)),
}
DIRECT, BY_CG = Linear("direct"), Linear("cg", preconditioner="none")
DIAGONAL = Linear("cg", preconditioner="diagonal", probes=3, refresh=2, floor=1e-3)
METHODS: dict[str, Any] = {
    "newton": Newton(DIRECT),
    "newton by CG": Newton(BY_CG),
    "newton by CG, diagonal": Newton(DIAGONAL),
    "gauss-newton": GaussNewton(linear=DIRECT),
    "gauss-newton by CG": GaussNewton(linear=BY_CG),
    "gauss-newton by CG, diagonal": GaussNewton(damping=1e-3, linear=DIAGONAL),
    "levenberg-marquardt": LevenbergMarquardt(linear=DIRECT),
    "levenberg-marquardt from 10⁻⁶": LevenbergMarquardt(1e-6, DIRECT),
    "levenberg-marquardt by CG": LevenbergMarquardt(linear=BY_CG),
    "trust region": TrustRegion(),
    "small trust region, diagonal": TrustRegion(0.5, preconditioner="diagonal", floor=1e-9),
    "conjugate gradient": ConjugateGradient(),
    "conjugate gradient, exact": ConjugateGradient(0.01),
    "barzilai-borwein": BarzilaiBorwein(),
    "barzilai-borwein, monotone": BarzilaiBorwein(1),
    "nadam": NADAM(),
    "nadam, other": NADAM(0.3, 0.8, 0.95, 1e-3),
    "l-bfgs": LBFGS(memory=3, preconditioner="none"),
}
BOUNDS = (np.r_[-1.0, 0.5, -np.inf, 1.0, 0.0], np.r_[2.0, 0.9, 1.5, np.inf, 0.6])


def runs() -> list[tuple[str, str, bool]]:
    """(method, model, bounded) of every run that there is."""
    found = []
    for method, chosen in METHODS.items():
        for name, make in MODELS.items():
            model = make()[0]
            if (chosen.needs == "squares") <= (not isinstance(model, NoSquares)):
                found.append((method, name, False))
                if chosen.takes_bounds and model.size == 5:
                    found.append((method, name, True))
    return found


def run(method: str, model: str, bounded: bool, *, moved: float = 0.0) -> Run:
    """The status and the records of one run: energies, gradients, dampings, steps, calls."""
    made, g0 = MODELS[model]()
    g0 = g0 * (1.0 + moved * np.cos(np.arange(g0.size)))
    result = solve(
        made, g0, METHODS[method], bounds=BOUNDS if bounded else None, rtol=1e-9, max_iterations=60
    )
    records = [
        [r.energy, r.gradient_norm, r.damping, r.step, r.inner, *astuple(r.calls)]
        for r in result.history
    ]
    return {"status": result.status.name, "records": records}


def same(ours: list[float], theirs: list[float], tolerance: float) -> bool:
    """Whether two records are alike; numbers near zero beside the first count as equal."""
    return bool(np.allclose(ours, theirs, rtol=tolerance, atol=tolerance))


def _kept() -> dict[str, Run]:
    kept = {}
    for case in runs():
        here = run(*case)
        others = [run(*case, moved=moved) for moved in (1e-13, -1e-13, 4e-13)]
        count = min(MOST, *(len(other["records"]) for other in others))
        steady = [
            place
            for place in range(count)
            if all(same(here["records"][place], o["records"][place], SAME / 10) for o in others)
        ]
        first_lost = next((place for place in range(count) if place not in steady), count)
        whole = first_lost == len(here["records"]) and len({o["status"] for o in others}) == 1
        records = here["records"][:first_lost]
        kept[" | ".join(map(str, case))] = {
            "status": here["status"] if whole else None,
            "records": [[float(f"{x:.10g}") for x in record] for record in records],
        }
    return kept


if __name__ == "__main__":
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in _kept().items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
