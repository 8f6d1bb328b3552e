"""PyTorch, double precision, three ways to write the energy; derivatives are PyTorch's own.

sparse_layout   L and G as CSR tensors, torch.sparse.mm
scatter         gathers and index_add
sampled         Q = Gᵀ L G by precomputed triples
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.evaluation.program import MATRICES, Program, library, threads
from benchmarks.evaluation.seed import Seed
from benchmarks.peers.product_pairs import product_pairs


def sparse_layout(seed: Seed) -> Program:
    """torch.sparse.mm with CSR, whose backward samples; that of COO forms an n × m array.

    The transposed product takes Gᵀ as a CSR tensor of its own, made from the values in its order.
    """
    torch = _torch()
    X, B, indptr, cols = _tensors(seed.X, seed.B, seed.G_indptr, seed.cols)
    order = np.argsort(seed.cols, kind="stable")
    starts = np.searchsorted(seed.cols[order], np.arange(seed.m + 1))
    by_column, t_indptr, t_cols = _tensors(order, starts, seed.rows[order])
    L_indptr, L_indices, L_values = _tensors(seed.L_indptr, seed.L_indices, seed.L_values)
    times_Y = _times_Y(seed)
    csr = torch.sparse_csr_tensor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that CSR is in beta
        L = csr(L_indptr, L_indices, L_values, (seed.n, seed.n))

    def residual(g: Any) -> Any:
        G = csr(indptr, cols, g, (seed.n, seed.m), check_invariants=False)
        Gt = csr(t_indptr, t_cols, g[by_column], (seed.m, seed.n), check_invariants=False)
        H = torch.sparse.mm(L, torch.sparse.mm(G, B))
        return X - times_Y(torch.sparse.mm(Gt, H))

    return _program(residual, "CSR tensors, torch.sparse.mm")


def scatter(seed: Seed) -> Program:
    """Gathers and index_add in the order Y (Gᵀ (L (G B)))."""
    torch = _torch()
    X, B, i, j = _tensors(seed.X, seed.B, seed.rows, seed.cols)
    owners = np.repeat(np.arange(seed.n), np.diff(seed.L_indptr))
    L, inner, outer = _tensors(seed.L_values[:, None], seed.L_indices, owners)
    times_Y = _times_Y(seed)

    def added(rows: int, index: Any, summands: Any) -> Any:
        return torch.zeros(rows, seed.k, dtype=torch.float64).index_add(0, index, summands)

    def residual(g: Any) -> Any:
        column = g[:, None]
        GB = added(seed.n, i, column * B.index_select(0, j))
        H = added(seed.n, outer, L * GB.index_select(0, inner))
        return X - times_Y(added(seed.m, j, column * H.index_select(0, i)))

    return _program(residual, "index_select and index_add")


def sampled(seed: Seed) -> Program:
    """Q = Gᵀ L G on its pattern by precomputed triples."""
    torch = _torch()
    pairs = product_pairs(seed)
    X, B, t, e, q = _tensors(seed.X, seed.B, pairs.t, pairs.e, pairs.q)
    L = pairs.LG_map
    owners = np.repeat(np.arange(L.shape[0]), np.diff(L.indptr))
    values, t_of_LG, e_of_LG = _tensors(L.data, L.indices.astype(np.int64), owners)
    a, b = _tensors(pairs.Q_rows, pairs.Q_cols)
    times_Y = _times_Y(seed)
    entries, nnz = L.shape[0], len(pairs.Q_rows)

    def zeros(*shape: int) -> Any:
        return torch.zeros(*shape, dtype=torch.float64)

    def residual(g: Any) -> Any:
        LG = zeros(entries).index_add(0, e_of_LG, values * g.index_select(0, t_of_LG))
        Q = zeros(nnz).index_add(0, q, g.index_select(0, t) * LG.index_select(0, e))
        QB = zeros(seed.m, seed.k).index_add(0, a, Q[:, None] * B.index_select(0, b))
        return X - times_Y(QB)

    return _program(residual, "Q = Gᵀ L G by hand: precomputed triples, index_add")


def _program(residual: Callable[[Any], Any], note: str) -> Program:
    """Every work from the residual (p, k) by autograd; forward products by torch.func."""
    torch = _torch()

    def energy(g: Any) -> Any:
        f = residual(g)
        return torch.sum(f * f)

    def value(g: Any) -> Any:
        with torch.no_grad():
            return energy(g)

    def energy_and_gradient(g: Any) -> tuple[Any, Any]:
        x = g.detach().requires_grad_()
        E = energy(x)
        (gradient,) = torch.autograd.grad(E, x)
        return E.detach(), gradient

    def jvp(g: Any, v: Any) -> Any:
        return torch.func.jvp(residual, (g,), (v,))[1]

    def vjp(g: Any, w: Any) -> Any:
        x = g.detach().requires_grad_()
        return torch.autograd.grad(residual(x), x, w)[0]

    def gauss_newton_product(g: Any, v: Any) -> Any:
        return 2.0 * vjp(g, jvp(g, v))

    def hessian_product(g: Any, v: Any) -> Any:
        x = g.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(energy(x), x, create_graph=True)
        return torch.autograd.grad(gradient, x, v)[0]

    functions: dict[str, Callable[..., Any]] = {
        "energy": value,
        "energy_and_gradient": energy_and_gradient,
        "jvp": jvp,
        "vjp": vjp,
        "gauss_newton_product": gauss_newton_product,
        "hessian_product": hessian_product,
    }
    return Program(
        functions,
        note + "; autograd, Hv by twofold reverse mode",
        refused=dict.fromkeys(MATRICES, "not measured"),
        values=torch.from_numpy,
        matrix=torch.from_numpy,
    )


def _times_Y(seed: Seed) -> Callable[[Any], Any]:
    (Y,) = _tensors(seed.Y)
    if seed.is_diagonal:
        return lambda A: Y[:, None] * A
    return lambda A: Y @ A


def _tensors(*arrays: Any) -> list[Any]:
    return [_torch().from_numpy(np.ascontiguousarray(array)) for array in arrays]


def _torch() -> Any:
    """PyTorch, on the threads of this worker."""
    torch = library("torch")
    torch.set_num_threads(threads())
    return torch
