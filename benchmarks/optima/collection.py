"""The collection: random cases by a seed, and problems of the literature by a name.

Of those, some with real data, the optimum is published, or certified by another way to it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.instances import convex, factors, graphs, multigrid, preconditioners
from benchmarks.instances.approximate_inverse import spai
from benchmarks.instances.covariance import breast_cancer, digits
from benchmarks.instances.instance import Instance
from benchmarks.optima.conditioned import CONDITIONED
from benchmarks.optima.families import FAMILIES, Case

REAL: dict[str, Callable[[], Instance]] = {
    "spai-airfoil": preconditioners.airfoil,
    "spai-144": partial(spai, side=12, power=1),
    "prolongation-unit-square": multigrid.unit_square,
    "prolongation-144": partial(multigrid.prolongation, 12),
    "fsai-400": partial(preconditioners.fsai, 20),
    "ilu-196": partial(preconditioners.incomplete_lu, 14),
    "butterfly-16": partial(factors.butterfly, 4),
    "butterfly-32": partial(factors.butterfly, 5),
    "covariance-breast-cancer": breast_cancer,
    "covariance-digits": digits,
    "covariance-torus-100": partial(graphs.torus, 10),
    "reversible-chain-12": partial(graphs.reversible_chain, 12),
    "laplacian-learning-20": partial(graphs.learnt_laplacian, 20),
    "nonnegative-least-squares-60": partial(convex.nonnegative_least_squares, 60),
    "bounded-logistic-60": partial(convex.logistic, 60, bounded=True),
    "simplex-12": partial(convex.simplex_rows, 12),
}
NOT_CONVEX = {"ilu-196", "butterfly-16", "butterfly-32"}
ALL = (*FAMILIES, *CONDITIONED)


def case(seed: int) -> Case:
    """Return the case of a seed; the families take turns, C and NumPy too."""
    rng = np.random.default_rng(seed)
    backend = "c" if seed // len(ALL) % 2 else "numpy"
    return ALL[seed % len(ALL)](rng, backend)


def real_case(name: str) -> Case:
    """Return one of them; ImportError where the package with its data is absent."""
    made = REAL[name]()
    assert made.reference is not None and made.is_optimum
    model = made.bind(backend="c")
    is_convex = name not in NOT_CONVEX
    return Case(name, model, made.g0, made.reference, is_convex, made.bounds)


def available() -> tuple[list[str], list[str]]:
    """Return the names whose data is there, and a line for each of the others."""
    there, absent = [], []
    for name, make in REAL.items():
        try:
            make()
        except ImportError as error:
            absent.append(f"{name}: left out, {error}")
        else:
            there.append(name)
    return there, absent
