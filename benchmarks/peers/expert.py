"""A C program by hand: by_hand/expert.c, by its loader by_hand/expert.py.

The loader defines setup(data) -> an object with energy(g), energy_and_gradient(g), jvp(g, v) and
vjp(g, w), and any other work by its name; jvp returns and vjp takes column-major vectors.
"""

from __future__ import annotations

from typing import Any

from benchmarks.evaluation.program import WORKS, NotAvailable, Program, threads
from benchmarks.evaluation.seed import Seed
from benchmarks.peers.by_hand.expert import setup


def program(seed: Seed) -> Program:
    """Every work that the loader's object has."""
    if threads() > 1:
        raise NotAvailable("written for one thread")
    data = {"X": seed.X, "Y": seed.Y, "B": seed.B, "L": seed.L}
    pattern = (seed.rows, seed.cols, (seed.n, seed.m))
    expert: Any = setup(data | {"G": pattern})
    functions = {work: getattr(expert, work) for work in WORKS if hasattr(expert, work)}
    return Program(
        functions,
        "C by hand for this energy, AVX-512, Y by its QR factor",
        refused={work: "not written by hand" for work in WORKS if work not in functions},
        matrix=lambda w: w.ravel(order="F"),
        order="F",
    )
