"""Spectral coarsening as a benchmark: spot, and a noisy icosphere fourteen times as large.

E(G) = ‖X − Y Gᵀ L G B‖²_F with Y diagonal and L declared symmetric, from G₀ = Kᵀ, the clusters.
Plain, or constrained by G (P Φ₀) = Φ₀.  The reference is the bound of `lower_bound`; no G need
reach it.
"""

from __future__ import annotations

import nzdiff as nz
from benchmarks.instances.icosphere import noisy_icosphere
from benchmarks.instances.instance import Instance
from benchmarks.instances.lower_bound import convex_lower_bound
from nzdiff.demo.coarsening import CoarseningData, spectral_coarsening
from nzdiff.demo.mesh import load_spot
from nzdiff.demo.run import constrained_pattern
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem

MEANING = "lower bound: the best symmetric Q = GᵀLG on its pattern, semidefinite or not"


def coarsening_problem() -> Problem:
    """‖X − Y Gᵀ L G B‖²_F, L symmetric, Y diagonal."""
    n, m, k = nz.dims("n m k")
    X, B = nz.dense("X", m, k), nz.dense("B", m, k)
    Y, L = nz.diagonal("Y", m), nz.sparse("L", n, n, symmetric=True)
    G = nz.sparse("G", n, m)
    return Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G, name="coarsening")


def spot(*, constrained: bool) -> Instance:
    """The mesh of the demo: n = 2930, m = 300, k = 100.  Needs libigl."""
    return coarsening_instance("spot", spectral_coarsening(load_spot()), constrained=constrained)


def icosphere(*, constrained: bool, pieces: int = 64) -> Instance:
    """The noisy icosphere: n = 10 pieces² + 2, m = 500, k = 100.

    Needs libigl, and for 40,962 vertices half a minute.
    """
    data = spectral_coarsening(noisy_icosphere(pieces), coarse=500, modes=100)
    return coarsening_instance("icosphere", data, constrained=constrained)


def coarsening_instance(name: str, data: CoarseningData, *, constrained: bool) -> Instance:
    """The instance of a coarsening, from G₀ = Kᵀ, with its lower bound."""
    pattern = constrained_pattern(data) if constrained else Pattern((data.i, data.j), data.shape)
    (n, m), k = data.shape, data.B.shape[1]
    return Instance(
        name=f"{name}-constrained" if constrained else name,
        sizes=f"n = {n:,}, m = {m}, k = {k}, s = {pattern.size:,}",
        problem=coarsening_problem(),
        data={"X": data.X, "Y": data.Y, "B": data.B, "L": data.L, "G": pattern},
        g0=pattern.pack(data.G0),
        reference=convex_lower_bound(data, constrained=constrained),
        reference_meaning=MEANING,
        is_optimum=False,
    )
