"""A C program by hand: benchmarks/expert.c, by its loader benchmarks/expert.py.

The loader defines setup(data) -> an object with energy(g), energy_and_gradient(g), jvp(g, v) and
vjp(g, w), and any other work by its name; jvp returns and vjp takes column-major vectors.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from nzdiff.bench.evaluation_program import WORKS, NotAvailable, Program, threads
from nzdiff.bench.evaluation_seed import Seed

LOADER = "benchmarks/expert.py"


def program(seed: Seed) -> Program:
    """Every work that the loader's object has."""
    if threads() > 1:
        raise NotAvailable("written for one thread")
    data = {"X": seed.X, "Y": seed.Y, "B": seed.B, "L": seed.L}
    pattern = (seed.rows, seed.cols, (seed.n, seed.m))
    expert = load(find_loader()).setup(data | {"G": pattern})
    functions = {work: getattr(expert, work) for work in WORKS if hasattr(expert, work)}
    return Program(
        functions,
        "C by hand for this energy, AVX-512, Y by its QR factor",
        refused={work: "not written by hand" for work in WORKS if work not in functions},
        matrix=lambda w: w.ravel(order="F"),
        order="F",
    )


def find_loader() -> Path:
    """benchmarks/expert.py of the checkout, or of the working directory."""
    places = [Path.cwd(), *Path(__file__).resolve().parents]
    found = [place / LOADER for place in places if (place / LOADER).is_file()]
    if not found:
        raise NotAvailable(f"{LOADER} is not there")
    return found[0]


def load(path: Path) -> Any:
    """The module in a file, under a name of its own."""
    spec = spec_from_file_location("nzdiff_benchmarks_expert", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
