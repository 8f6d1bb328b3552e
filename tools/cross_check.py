"""The kernels of this machine against NumPy's, each at least once: what `tools.cross` compiles.

python tools/cross_check.py        from any Python that has nzdiff, exit status 1 where they differ
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

import nzdiff as nz

n, m, p, k = nz.dims("n m p k")
G, L = nz.sparse("G", n, m), nz.sparse("L", n, n)
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
S, F, u = nz.dense("S", n, n, symmetric=True), nz.dense("F", 2, 2), nz.dense("u", 2)
PROBLEMS = {
    "seed": nz.Problem(nz.sumsq(X - Y @ G.T @ L @ G @ B), wrt=G),
    "entrywise": nz.Problem(
        nz.total(nz.hadamard(G, G, G)) + nz.total(nz.exp(0.1 * G)) + nz.norm(G) ** 3, wrt=G
    ),
    "factored": nz.Problem(nz.logdet(S, positive=True) + nz.trace(S**-1), wrt=S),
}
SMALL = nz.Problem(nz.sumsq(F.T @ F @ u) + nz.exp(0.1 * nz.trace(F)), wrt=F)


def data_of(name: str) -> dict[str, Any]:
    """Small data, but wider than any register."""
    rng = np.random.default_rng(3)
    pattern = nz.Pattern(np.nonzero(rng.random((40, 20)) < 0.3), (40, 20))
    path = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(40, 40)).tocsr()
    if name == "factored":
        return {"S": nz.Pattern.full((6, 6)).symmetric()}
    if name == "entrywise":
        return {"G": pattern}
    dense = {"X": (30, 17), "Y": (30, 20), "B": (20, 17)}
    return {"G": pattern, "L": path} | {a: rng.standard_normal(s) for a, s in dense.items()}


def start_of(name: str, model: Any) -> Any:
    """A point of the domain."""
    rng = np.random.default_rng(4)
    if name == "factored":
        return model.pack(6 * np.eye(6) + np.ones((6, 6)))
    return rng.standard_normal(model.size)


def results(backend: str) -> Iterator[tuple[str, Any]]:
    """Numbers by what they are, of every kind of kernel."""
    for name, problem in PROBLEMS.items():
        for dtype in ("float64", "float32"):
            if name == "factored" and dtype == "float32":
                continue
            model = problem.bind(**data_of(name), backend=backend, dtype=dtype)
            g = start_of(name, model)
            v = np.linspace(-1, 1, model.size)
            yield f"{name} {dtype} energy", model.energy(g)
            yield f"{name} {dtype} gradient", model.gradient(g)
            yield f"{name} {dtype} hessian @ v", model.hessian(g) @ v
            if dtype == "float64":
                yield f"{name} hessian", model.hessian(g).toarray()
    seed = PROBLEMS["seed"].bind(**data_of("seed"), backend=backend)
    g = start_of("seed", seed)
    yield "blocks", seed.gauss_newton(g).block_inverse("row", 1.0)(g)
    yield "L-BFGS", nz.solve(seed, g, method="l-bfgs", max_iterations=5).fun
    batch = SMALL.bind_batch(F=(2, 2), u=np.ones((2, 1)), backend=backend)
    points = np.random.default_rng(5).standard_normal((11, 4))
    yield "batch gradients", batch.gradient(points)
    yield "batch hessians", batch.hessian(points)


def main() -> int:
    """Compare them; the exit status."""
    wrong = 0
    expected = dict(results("numpy"))
    for name, found in results("c"):
        size = np.max(np.abs(expected[name]))
        error = float(np.max(np.abs(found - expected[name])) / size)
        if not error <= (2e-5 if "float32" in name else 1e-9):
            wrong += 1
            sys.stdout.write(f"{name}: the relative error is {error:.2g}\n")
    line = f"{platform.machine()}: {len(expected)} results compared, {wrong} differ\n"
    sys.stdout.write(line)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
