"""The instances of the competition, small and large, of every kind that `auto` tells apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.instances import convex, factors, graphs, multigrid, preconditioners
from benchmarks.instances.approximate_inverse import spai
from benchmarks.instances.coarsening import icosphere, spot
from benchmarks.instances.covariance import breast_cancer, digits
from benchmarks.instances.instance import Instance
from benchmarks.instances.reachable import reachable


@dataclass(frozen=True, slots=True)
class Entry:
    """An instance, and what counts as its answer.

    near: how far above the least energy the answer may be, relative to the fall from the start;
    of_least: relative to the least energy itself, for instances whose optimum nobody reaches.
    """

    make: Callable[[], Instance]
    seconds: float = 2.0
    near: float = 1e-8
    of_least: bool = False


def _mesh(make: Callable[[], Instance], seconds: float, near: float) -> Entry:
    return Entry(make, seconds, near, of_least=True)


ENTRIES: dict[str, Entry] = {
    # few unknowns
    "box-3": Entry(partial(convex.box, 3)),
    "valley-8": Entry(partial(convex.valley, 4)),
    "rayleigh-12": Entry(partial(convex.rayleigh, 12)),
    "logistic-12": Entry(partial(convex.logistic, 12)),
    "covariance-breast-cancer": Entry(breast_cancer),
    "covariance-digits": Entry(digits),
    "factorisation-12x10": Entry(partial(factors.factorisation, 12, 10, 3)),
    "factorisation-30x20-exact": Entry(partial(factors.factorisation, 30, 20, 4, noise=0.0)),
    "completion-40x30": Entry(partial(factors.completion, 40, 30, 3, known=900)),
    "butterfly-16": Entry(partial(factors.butterfly, 4)),
    # quadratic
    "least-squares-200": Entry(partial(convex.least_squares, 200, condition=1e4)),
    "least-squares-1000": Entry(partial(convex.least_squares, 1000, condition=1e6)),
    "spai-airfoil": Entry(preconditioners.airfoil),
    "spai-3600": Entry(spai),
    "prolongation-unit-square": Entry(multigrid.unit_square),
    "prolongation-3600": Entry(partial(multigrid.prolongation, 60)),
    # sums of squares
    "ilu-196": Entry(partial(preconditioners.incomplete_lu, 14)),
    "ilu-2500": Entry(partial(preconditioners.incomplete_lu, 50)),
    "butterfly-64": Entry(partial(factors.butterfly, 6)),
    "butterfly-256": Entry(partial(factors.butterfly, 8)),
    "factorisation-60x40": Entry(partial(factors.factorisation, 60, 40, 5)),
    "factorisation-300x200": Entry(partial(factors.factorisation, 300, 200, 10)),
    "completion-600x400": Entry(partial(factors.completion, 600, 400, 5, known=24_000)),
    "reachable-600": Entry(partial(reachable, 600)),
    "reachable-4500": Entry(partial(reachable, 4_500)),
    "reachable-15000": Entry(partial(reachable, 15_000), 5.0),
    # likelihoods and other energies
    "valley-800": Entry(partial(convex.valley, 400)),
    "logistic-500": Entry(partial(convex.logistic, 500)),
    "rayleigh-500": Entry(partial(convex.rayleigh, 500)),
    "fsai-400": Entry(partial(preconditioners.fsai, 20)),
    "fsai-10000": Entry(partial(preconditioners.fsai, 100)),
    "covariance-torus-400": Entry(partial(graphs.torus, 20)),
    "two-grid-144": Entry(partial(multigrid.two_grid_cycle, 12)),
    # bounds
    "nonnegative-least-squares-100": Entry(partial(convex.nonnegative_least_squares, 100)),
    "nonnegative-least-squares-600": Entry(partial(convex.nonnegative_least_squares, 600)),
    "bounded-logistic-60": Entry(partial(convex.logistic, 60, bounded=True)),
    "bounded-logistic-500": Entry(partial(convex.logistic, 500, bounded=True)),
    "nonnegative-30x20": Entry(partial(factors.nonnegative, 30, 20, 3)),
    "reversible-chain-12": Entry(partial(graphs.reversible_chain, 12)),
    "reversible-chain-300": Entry(partial(graphs.reversible_chain, 300)),
    "laplacian-learning-20": Entry(partial(graphs.learnt_laplacian, 20)),
    "laplacian-learning-120": Entry(partial(graphs.learnt_laplacian, 120)),
    "simplex-45": Entry(partial(convex.simplex_rows, 45)),
    # meshes
    "spot": _mesh(partial(spot, constrained=False), 5.0, 2e-3),
    "spot-constrained": _mesh(partial(spot, constrained=True), 5.0, 2e-3),
    "icosphere-2562": _mesh(partial(icosphere, constrained=False, pieces=16), 5.0, 1e-2),
    "icosphere-10242": _mesh(partial(icosphere, constrained=False, pieces=32), 5.0, 5e-2),
}
