"""Two cases that others reported, each program in a process whose memory is limited.

    sparse-parameter   loss = total(A Y), A (110,000 × 110,000) with 860,000 stored values, Y with
                       200 columns: the gradient by A's values
    natural-spelling   X − Y (Gᵀ L G) B at n = 2,000, the sparse product written as it stands

    python -m benchmarks.evaluation.external CASE PEER

prints one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from benchmarks.evaluation.pool import environment
from benchmarks.evaluation.program import NotAvailable, library
from benchmarks.evaluation.reference import residual, vjp
from benchmarks.evaluation.seed import SeedSizes, make_seed
from benchmarks.evaluation.worker import limit_memory, peak_bytes
from benchmarks.peers.nzdiff import bind

Floats = NDArray[np.float64]

SIDE, STORED, COLUMNS = 110_000, 860_000, 200
GIGABYTES = 8.0
SECONDS = 120.0
NATURAL = SeedSizes((40, 50), (10, 20), p=200, k=100)


@dataclass(frozen=True, slots=True)
class External:
    """What a program did in a case: `result` in words; seconds of a gradient where it has one."""

    case: str
    peer: str
    result: str
    seconds: float | None = None
    bytes: int | None = None


def external_cases(folder: Path) -> Iterator[External]:
    """Every case by every program, one process after the other."""
    for case, peer in CASES:
        yield in_process(case, peer, folder)


def in_process(case: str, peer: str, folder: Path) -> External:
    """One program in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.evaluation.external", case, peer]
    try:
        done = subprocess.run(
            command,
            env=environment(1, folder, gigabytes=GIGABYTES),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return External(case, peer, f"did not finish within {SECONDS:g} s")
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        said = " ".join(done.stderr.split())[-300:]
        return External(case, peer, f"ended with status {done.returncode}: {said}")
    return External(case, peer, **json.loads(lines[-1]))


def main(case: str, peer: str) -> None:
    """Run one program under the limit and print what happened."""
    limit_memory(GIGABYTES)
    try:
        gradient, values, expected = CASES[case, peer]()
        found = np.array(gradient(values))
        other = 1.5 * values  # not the point whose work may still be there
        began = perf_counter()
        gradient(other)
        seconds = perf_counter() - began
        gap = np.linalg.norm(found - expected) / np.linalg.norm(expected)
        words = "done" if gap < 1e-5 else f"wrong numbers, off by {gap:.1e}"
        answer: dict[str, Any] = {"result": words, "seconds": seconds, "bytes": peak_bytes()}
    except NotAvailable as error:
        answer = {"result": str(error)}
    except Exception as error:  # what it says is the result
        text = " ".join(str(error).split())[:300]
        answer = {"result": f"{type(error).__name__}: {text}", "bytes": peak_bytes()}
    sys.stdout.write(json.dumps(answer) + "\n")


Gradient = tuple[Callable[[Floats], Any], Floats, Floats]
"""A function of the stored values, some of them, and what it must return there."""


def parameter_data() -> tuple[Any, Any, Floats, Floats, Floats]:
    """Rows and columns of A, by rows; its values; Y; the gradient: row sums of Y at cols."""
    rng = np.random.default_rng(0)
    places = np.unique(rng.integers(0, SIDE * SIDE, STORED + 1_000))
    rows, cols = np.divmod(np.sort(rng.permutation(places)[:STORED]), SIDE)
    Y = rng.standard_normal((SIDE, COLUMNS))
    return rows, cols, rng.standard_normal(STORED), Y, Y.sum(axis=1)[cols]


def parameter_ours() -> Gradient:
    """The adjoint of A at its stored values alone."""
    rows, cols, a, Y, expected = parameter_data()
    n, k = nz.dims("n k")
    A, Ys = nz.sparse("A", n, n), nz.dense("Y", n, k)
    problem = nz.Problem(nz.total(A * Ys), wrt=A)
    model = problem.bind(A=nz.Pattern((rows, cols), (SIDE, SIDE)), Y=Y, backend="c")
    return (lambda x: model.energy_and_gradient(x)[1]), a, expected


def parameter_torch(layout: str, precision: str) -> Gradient:
    """A as a sparse tensor, autograd's backward."""
    torch = library("torch")
    kind = getattr(torch, precision)
    rows, cols, a, Y, expected = parameter_data()
    dense = torch.tensor(Y, dtype=kind)
    del Y
    if layout == "csr":
        indptr = torch.from_numpy(np.searchsorted(rows, np.arange(SIDE + 1)))
        columns = torch.from_numpy(cols)

        def made(x: Any) -> Any:
            return torch.sparse_csr_tensor(indptr, columns, x, (SIDE, SIDE))
    else:
        places = torch.from_numpy(np.stack([rows, cols]))

        def made(x: Any) -> Any:
            return torch.sparse_coo_tensor(places, x, (SIDE, SIDE), is_coalesced=True)

    def gradient(values: Floats) -> Any:
        x = torch.tensor(values, dtype=kind, requires_grad=True)
        torch.sum(torch.sparse.mm(made(x), dense)).backward()
        return x.grad

    return gradient, a, expected


def natural_ours() -> Gradient:
    """The energy as it stands."""
    seed = make_seed(NATURAL)
    model, g = bind(seed), seed.g[0]
    return (lambda x: model.energy_and_gradient(x)[1]), g, 2.0 * vjp(seed, g, residual(seed, g))


def natural_jax(*, differentiated: bool) -> Gradient:
    """Gᵀ L G as a product of BCOO matrices: the gradient, or the energy alone."""
    jax, bcoo = library("jax"), library("jax.experimental.sparse")
    jax.config.update("jax_enable_x64", True)
    seed = make_seed(NATURAL)
    X, Y, B = (jax.numpy.asarray(array) for array in (seed.X, seed.Y, seed.B))
    places = jax.numpy.asarray(np.stack([seed.rows, seed.cols], axis=1))
    owners = np.repeat(np.arange(seed.n), np.diff(seed.L_indptr))
    L_places = jax.numpy.asarray(np.stack([owners, seed.L_indices], axis=1))
    L = bcoo.BCOO((jax.numpy.asarray(seed.L_values), L_places), shape=(seed.n, seed.n))

    def energy(g: Any) -> Any:
        G = bcoo.BCOO((g, places), shape=(seed.n, seed.m))
        f = X - Y @ ((G.T @ L @ G) @ B)
        return jax.numpy.vdot(f, f)

    value, g = jax.jit(jax.grad(energy) if differentiated else energy), seed.g[0]
    f = residual(seed, g)
    expected = 2.0 * vjp(seed, g, f) if differentiated else np.array(np.sum(f * f))
    return (lambda x: value(x).block_until_ready()), g, expected


def natural_scipy() -> Gradient:
    """Q = Gᵀ L G by SciPy, N = R Bᵀ on its pattern, −2 L G (N + Nᵀ) at the stored values."""
    seed = make_seed(NATURAL)
    g = seed.g[0]

    def gradient(x: Floats) -> Floats:
        G = seed.G(x)
        LG = seed.L @ G
        Q = sparse.coo_array(G.T @ LG)
        R = seed.Y.T @ (seed.X - seed.Y @ (Q @ seed.B))
        a, b = Q.coords
        N = sparse.csr_array((np.einsum("qk,qk->q", R[a], seed.B[b]), (a, b)), Q.shape)
        return np.asarray(-2.0 * (LG @ (N + N.T))[seed.rows, seed.cols]).ravel()

    return gradient, g, 2.0 * vjp(seed, g, residual(seed, g))


CASES: dict[tuple[str, str], Callable[[], Gradient]] = {
    ("sparse-parameter", "nzdiff"): parameter_ours,
    ("sparse-parameter", "torch, COO, float32"): lambda: parameter_torch("coo", "float32"),
    ("sparse-parameter", "torch, COO, float64"): lambda: parameter_torch("coo", "float64"),
    ("sparse-parameter", "torch, CSR, float64"): lambda: parameter_torch("csr", "float64"),
    ("natural-spelling", "nzdiff"): natural_ours,
    ("natural-spelling", "scipy"): natural_scipy,
    ("natural-spelling", "jax, BCOO"): lambda: natural_jax(differentiated=True),
    ("natural-spelling", "jax, BCOO, energy alone"): lambda: natural_jax(differentiated=False),
}
"""By case and program, what makes its gradient."""


if __name__ == "__main__":
    main(*sys.argv[1:])
