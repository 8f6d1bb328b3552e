"""PyTensor: its sparse operations with their own gradients, compiled by its C linker.

Its default, Numba, runs the sparse gradients in object mode and is several times slower here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse as scipy_sparse

from benchmarks.evaluation.program import MATRICES, Program, library
from benchmarks.evaluation.seed import Seed


def program(seed: Seed) -> Program:
    """Y (Gᵀ (L (G B))), G in CSC; every function is compiled when it is first called."""
    os.environ.setdefault("PYTENSOR_FLAGS", "floatX=float64,linker=cvm")
    pytensor = library("pytensor")
    tensor, sparse = library("pytensor.tensor"), library("pytensor.sparse")
    g, v, w = tensor.dvector("g"), tensor.dvector("v"), tensor.dmatrix("w")
    order = np.lexsort((seed.rows, seed.cols))
    place = np.argsort(order)
    starts = np.searchsorted(seed.cols[order], np.arange(seed.m + 1)).astype(np.int32)
    shape = np.array([seed.n, seed.m])
    G = sparse.CSC(g, seed.rows[order].astype(np.int32), starts, shape)
    L = sparse.as_sparse_variable(scipy_sparse.csc_matrix(seed.L))
    H = sparse.structured_dot(L, sparse.structured_dot(G, tensor.constant(seed.B)))
    coarse = sparse.structured_dot(sparse.transpose(G), H)
    Y = tensor.constant(seed.Y)
    f = tensor.constant(seed.X) - (
        Y[:, None] * coarse if seed.is_diagonal else tensor.dot(Y, coarse)
    )
    E = tensor.sum(f * f)

    def gradient() -> Any:
        return pytensor.grad(E, g)

    def push() -> Any:
        return library("pytensor.gradient").Rop(f, g, v)

    def pull(cotangent: Any) -> Any:
        return library("pytensor.gradient").Lop(f, g, cotangent)

    outputs: dict[str, tuple[list[Any], Callable[[], Any]]] = {
        "energy": ([g], lambda: E),
        "energy_and_gradient": ([g], lambda: [E, gradient()]),
        "jvp": ([g, v], push),
        "vjp": ([g, w], lambda: pull(w)),
        "gauss_newton_product": ([g, v], lambda: 2.0 * pull(push())),
        "hessian_product": ([g, v], lambda: pytensor.grad(tensor.sum(gradient() * v), g)),
    }

    def lazily(work: str) -> Callable[..., Any]:
        made: dict[str, Any] = {}

        def call(*arguments: Any) -> Any:
            if work not in made:
                inputs, output = outputs[work]
                made[work] = pytensor.function(inputs, output(), trust_input=True)
            return made[work](*arguments)

        return call

    return Program(
        {work: lazily(work) for work in outputs},
        f"CSC, structured_dot, linker {pytensor.config.linker}",
        refused=dict.fromkeys(MATRICES, "not measured"),
        values=lambda x: np.ascontiguousarray(x[order]),
        values_back=lambda x: np.asarray(x)[place],
    )
