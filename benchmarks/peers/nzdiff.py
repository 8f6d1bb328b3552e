"""nzdiff itself: derived, planned and compiled for the instance."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nzdiff as nz
from benchmarks.evaluation.program import Program, threads
from benchmarks.evaluation.seed import Seed
from nzdiff.problem import Problem

Floats = NDArray[np.float64]


def seed_problem(*, diagonal: bool) -> Problem:
    """‖X − Y Gᵀ L G B‖²_F, L declared symmetric."""
    n, m, p, k = nz.dims("n m p k")
    Y = nz.diagonal("Y", m) if diagonal else nz.dense("Y", p, m)
    X, B = nz.dense("X", m if diagonal else p, k), nz.dense("B", m, k)
    L, G = nz.sparse("L", n, n, symmetric=True), nz.sparse("G", n, m)
    return Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G, name="seed")


def bind(seed: Seed, backend: str = "c") -> Any:
    """The model on an instance."""
    pattern = nz.Pattern((seed.rows, seed.cols), (seed.n, seed.m))
    data = {"X": seed.X, "Y": seed.Y, "B": seed.B, "L": seed.L, "G": pattern}
    problem = seed_problem(diagonal=seed.is_diagonal)
    return problem.bind(**data, backend=backend, threads=threads())


def program(seed: Seed) -> Program:
    """Every work, from one bound model."""
    model = bind(seed)
    triangle: dict[str, Floats] = {}

    def assembled(operator: str, g: Floats) -> Floats:
        out = triangle.setdefault("out", np.zeros((seed.s, seed.s)))
        return np.asarray(getattr(model, operator)(g).toarray(out=out, lower=True))

    return Program(
        functions={
            "energy": model.energy,
            "energy_and_gradient": model.energy_and_gradient,
            "jvp": model.jvp,
            "vjp": model.vjp,
            "gauss_newton_product": lambda g, v: model.gauss_newton(g) @ v,
            "hessian_product": lambda g, v: model.hessian(g) @ v,
            "gauss_newton_matrix": partial(assembled, "gauss_newton"),
            "hessian_matrix": partial(assembled, "hessian"),
        },
        note=f"{model.backend} backend, as derived",
        matrix=lambda w: w.ravel(order="F"),
        order="F",
    )
