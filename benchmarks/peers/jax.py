"""JAX, jitted, double precision, four ways to write the energy; derivatives are JAX's own.

The fifth, `derived`, is what nzdiff writes for JAX, with the derivatives that it derives.

dense      G as a dense array
bcoo       L and G as BCOO, Y (Gᵀ (L (G B)))
gather     the same by gathers and segment sums
sampled    Q = Gᵀ L G by precomputed triples, which no differentiation finds by itself
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nzdiff as nz
from benchmarks.evaluation.program import MATRICES, NotAvailable, Program, library
from benchmarks.evaluation.seed import Seed
from benchmarks.peers.nzdiff import bind
from benchmarks.peers.product_pairs import product_pairs

LARGEST_DENSE = 1_000_000
"""Entries of a dense L up to which it is tried."""


def dense(seed: Seed) -> Program:
    """Dense G and L."""
    jax = _jax()
    if seed.n * seed.n > LARGEST_DENSE:
        raise NotAvailable("for small sizes alone: L would be a dense n × n array")
    jnp, (X, B) = jax.numpy, _arrays(seed.X, seed.B)
    (L, i, j), times_Y = _arrays(seed.L.toarray(), seed.rows, seed.cols), _times_Y(seed)

    def residual(g: Any) -> Any:
        G = jnp.zeros((seed.n, seed.m)).at[i, j].set(g, unique_indices=True)
        return X - times_Y(G.T @ (L @ (G @ B)))

    return _program(seed, residual, "dense G, jit")


def bcoo(seed: Seed) -> Program:
    """BCOO in the order that never forms a sparse product."""
    jax = _jax()
    sparse = library("jax.experimental.sparse")
    X, B = _arrays(seed.X, seed.B)
    times_Y = _times_Y(seed)
    places = jax.numpy.asarray(np.stack([seed.rows, seed.cols], axis=1))
    owners = np.repeat(np.arange(seed.n), np.diff(seed.L_indptr))
    flags = {"indices_sorted": True, "unique_indices": True}
    L_places = jax.numpy.asarray(np.stack([owners, seed.L_indices], axis=1))
    L = sparse.BCOO((jax.numpy.asarray(seed.L_values), L_places), shape=(seed.n, seed.n), **flags)

    def residual(g: Any) -> Any:
        G = sparse.BCOO((g, places), shape=(seed.n, seed.m), **flags)
        return X - times_Y(G.T @ (L @ (G @ B)))

    return _program(seed, residual, "BCOO, Y (Gᵀ (L (G B))), jit")


def gather(seed: Seed) -> Program:
    """Gathers and segment sums in the same order."""
    sum_by = _jax().ops.segment_sum
    X, B = _arrays(seed.X, seed.B)
    times_Y = _times_Y(seed)
    i, j, L, inner = _arrays(seed.rows, seed.cols, seed.L_values, seed.L_indices)
    (outer,) = _arrays(np.repeat(np.arange(seed.n), np.diff(seed.L_indptr)))

    def residual(g: Any) -> Any:
        GB = sum_by(g[:, None] * B[j], i, seed.n, indices_are_sorted=True)
        H = sum_by(L[:, None] * GB[inner], outer, seed.n, indices_are_sorted=True)
        return X - times_Y(sum_by(g[:, None] * H[i], j, seed.m))

    return _program(seed, residual, "gathers and segment sums, jit")


def sampled(seed: Seed) -> Program:
    """Q = Gᵀ L G on its pattern by precomputed triples."""
    sum_by = _jax().ops.segment_sum
    pairs = product_pairs(seed)
    X, B = _arrays(seed.X, seed.B)
    times_Y = _times_Y(seed)
    L = pairs.LG_map
    owners = np.repeat(np.arange(L.shape[0]), np.diff(L.indptr))
    values, t_of_LG, e_of_LG = _arrays(L.data, L.indices, owners)
    t, e, q = _arrays(pairs.t[pairs.by_q], pairs.e[pairs.by_q], pairs.q[pairs.by_q])
    a, b = _arrays(pairs.Q_rows, pairs.Q_cols)
    entries, nnz = L.shape[0], len(pairs.Q_rows)

    def residual(g: Any) -> Any:
        LG = sum_by(values * g[t_of_LG], e_of_LG, entries, indices_are_sorted=True)
        Q = sum_by(g[t] * LG[e], q, nnz, indices_are_sorted=True)
        return X - times_Y(sum_by(Q[:, None] * B[b], a, seed.m, indices_are_sorted=True))

    return _program(seed, residual, "Q = Gᵀ L G by hand: precomputed triples, segment sums, jit")


def derived(seed: Seed) -> Program:
    """The plan of nzdiff as functions of JAX, data and index tables as arguments."""
    jax = _jax()
    f = nz.layers.jax(bind(seed, "jax")).functions

    def vector(w: Any) -> Any:
        return w.T.ravel()

    functions = {
        "energy": _ready(f.energy),
        "energy_and_gradient": _ready(f.energy_and_gradient),
        "jvp": _ready(f.jvp),
        "vjp": _ready(lambda g, w, data: f.vjp(g, vector(w), data)),
        "gauss_newton_product": _ready(f.gnvp),
        "hessian_product": _ready(lambda g, v, data: f.hvp(g, v, data=data)),
    }

    def with_data(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: function(*arguments, f.data)

    return Program(
        functions={name: with_data(function) for name, function in functions.items()},
        note="nzdiff's plan as functions of jax.numpy, jit",
        refused=dict.fromkeys(MATRICES, "nothing assembles them in JAX"),
        values=jax.numpy.asarray,
        matrix=jax.numpy.asarray,
        order="F",
    )


def _program(seed: Seed, residual: Callable[[Any], Any], note: str) -> Program:
    """Every work from the residual (p, k) by JAX's transformations."""
    jax = _jax()
    jnp = jax.numpy

    def energy(g: Any) -> Any:
        f = residual(g)
        return jnp.vdot(f, f)

    def jvp(g: Any, v: Any) -> Any:
        return jax.jvp(residual, (g,), (v,))[1]

    def vjp(g: Any, w: Any) -> Any:
        return jax.vjp(residual, g)[1](w)[0]

    def gauss_newton_product(g: Any, v: Any) -> Any:
        _, push = jax.linearize(residual, g)
        return 2.0 * jax.linear_transpose(push, g)(push(v))[0]

    def hessian_product(g: Any, v: Any) -> Any:
        return jax.jvp(jax.grad(energy), (g,), (v,))[1]

    def gauss_newton_matrix(g: Any) -> Any:
        J = jax.jacfwd(residual)(g).reshape(-1, seed.s)
        return 2.0 * (J.T @ J)

    functions = {
        "energy": energy,
        "energy_and_gradient": jax.value_and_grad(energy),
        "jvp": jvp,
        "vjp": vjp,
        "gauss_newton_product": gauss_newton_product,
        "hessian_product": hessian_product,
        "gauss_newton_matrix": gauss_newton_matrix,
        "hessian_matrix": jax.hessian(energy),
    }
    return Program(
        functions={name: _ready(function) for name, function in functions.items()},
        note=note + "; matrices by jacfwd and JᵀJ, jax.hessian",
        refused={} if seed.s <= 1_500 else dict.fromkeys(MATRICES, "s is too large"),
        values=jnp.asarray,
        matrix=jnp.asarray,
    )


def _ready(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled, which returns when its numbers are there."""
    jax = _jax()
    compiled = jax.jit(function)

    def call(*arguments: Any) -> Any:
        return jax.block_until_ready(compiled(*arguments))

    return call


def _times_Y(seed: Seed) -> Callable[[Any], Any]:
    (Y,) = _arrays(seed.Y)
    if seed.is_diagonal:
        return lambda A: Y[:, None] * A
    return lambda A: Y @ A


def _arrays(*arrays: Any) -> list[Any]:
    return [_jax().numpy.asarray(array) for array in arrays]


def _jax() -> Any:
    """JAX, set to double precision."""
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    return jax
