"""Spectral coarsening as a benchmark: spot, and a noisy icosphere fourteen times as large.

convex: the coarse operator itself is unknown, semidefinite; the reference is one Newton step
without the cone.

E(G) = ‖X − Y Gᵀ L G B‖²_F with Y diagonal and L declared symmetric, from G₀ = Kᵀ, the clusters.
Plain, or constrained by G (P Φ₀) = Φ₀.  The reference is the bound of `lower_bound`; no G need
reach it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

import nzdiff as nz
from benchmarks.instances.icosphere import noisy_icosphere
from benchmarks.instances.instance import Instance
from benchmarks.instances.lower_bound import convex_lower_bound
from nzdiff.demo.coarsening import CoarseningData, spectral_coarsening
from nzdiff.demo.mesh import load_spot
from nzdiff.demo.run import constrained_pattern
from nzdiff.gallery import convex_coarsening
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


def convex(coarse: int, modes: int) -> Instance:
    """½ ‖X − Y S B‖², S ⪰ 0, S 1 = 0 on two rings of clusters of spot, from K L Kᵀ."""
    found = spectral_coarsening(load_spot(), coarse=coarse, modes=modes)
    inverse, K = 1.0 / found.eigenvalues[1:], found.G0.T
    ring = K @ abs(found.L).sign() @ K.T
    pattern = Pattern.from_scipy(sparse.csr_array(ring @ ring)).laplacian()
    X, B = found.X[:, 1:] * inverse, found.B[:, 1:] * inverse
    data: dict[str, Any] = {"X": X, "Y": found.Y, "B": B, "S": pattern}
    model, zero = convex_coarsening.problem.bind(**data), np.zeros(pattern.size)
    hessian, slope = model.hessian(zero).toarray(), model.gradient(zero)
    step = np.linalg.lstsq(hessian, -slope, rcond=1e-13)[0]
    return Instance(
        name=f"convex-coarsening-{coarse}",
        sizes=f"m = {coarse}, k = {modes - 1}, s = {pattern.size:,}",
        problem=convex_coarsening.problem,
        data=data,
        g0=pattern.project(K @ found.L @ K.T),
        reference=model.energy(step),
        reference_meaning="lower bound: one Newton step without the cone",
        is_optimum=False,
        semidefinite=True,
    )
