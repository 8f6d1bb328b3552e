"""CVXPY's differentiation engine (SparseDiffEngine): energy, gradient and the sparse Hessian.

G is a reshaped P g with a sparse P, and ‖f‖² is the sum of squared entries: at `sum_squares` of a
product of unknowns the engine crashes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.evaluation.program import Program, library
from benchmarks.evaluation.seed import Seed

Floats = NDArray[np.float64]

ENGINE = "cvxpy.reductions.solvers.nlp_solvers.diff_engine.c_problem"


def program(seed: Seed) -> Program:
    """E, its gradient and its Hessian."""
    cp, engine = library("cvxpy"), library(ENGINE)
    n, m, s = seed.n, seed.m, seed.s
    g = cp.Variable(s)
    places = (seed.cols * n + seed.rows, np.arange(s))
    P = sparse.csr_array((np.ones(s), places), shape=(n * m, s))
    G = cp.reshape(P @ g, (n, m), order="F")
    Y = sparse.dia_array((seed.Y[None], [0]), (m, m)).tocsr() if seed.is_diagonal else seed.Y
    f = seed.X - cp.Constant(Y) @ (G.T @ (cp.Constant(seed.L) @ (G @ seed.B)))
    problem = engine.C_problem(cp.Problem(cp.Minimize(cp.sum(cp.power(f, 2)))), verbose=False)
    problem.init_jacobian_coo()
    triangle: dict[str, Any] = {}

    def energy_and_gradient(g: Floats) -> tuple[float, Any]:
        return problem.objective_forward(g), problem.gradient()

    def hessian_matrix(g: Floats) -> Any:
        if not triangle:
            problem.init_hessian_coo_lower_tri()
            rows, cols = problem.get_problem_hessian_sparsity_coo()
            triangle.update(places=(rows, cols), out=np.zeros((s, s)))
        problem.objective_forward(g)
        values = problem.eval_hessian_vals_coo_lower_tri(1.0, np.zeros(0))
        triangle["out"][triangle["places"]] = values
        return triangle["out"]

    reason = "the engine gives gradients and Hessians of energies alone, and no products"
    works = ("jvp", "vjp", "gauss_newton_product", "hessian_product", "gauss_newton_matrix")
    refused: dict[str, str] = dict.fromkeys(works, reason)
    functions = {"energy": problem.objective_forward, "energy_and_gradient": energy_and_gradient}
    if s <= 1_500:
        functions["hessian_matrix"] = hessian_matrix
    else:
        refused["hessian_matrix"] = "s is too large"
    return Program(functions, "SparseDiffEngine on G = reshape(P g)", refused=refused)
