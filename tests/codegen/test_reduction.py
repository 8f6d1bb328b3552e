"""Orthogonal reduction: the same energy and derivatives, triangular products, no digits lost."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, kernel_of
from nzdiff.codegen.emit.layout import layout
from nzdiff.codegen.lower import choose as lowering
from nzdiff.codegen.lower.choose import Choice, Origin
from nzdiff.codegen.lower.reduction import reduced
from nzdiff.codegen.plan.price import price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.runtime.bind import Kernel, bind_checked
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.verification.reference import Reference
from problems import B, D, G, H, L, S, X, Y, Z, agree, k, m, mu, p, random_data, scattered

Q = G.T * L * G
P, K = nz.dense("P", p, p), nz.dense("K", p, m)
f, r, W_f, R1 = (nz.dense(name, p, k) for name in ("f", "r", "W_f", "R1"))
ENERGIES: dict[str, Any] = {
    "seed": nz.sumsq(X - Y * Q * B),
    "symmetric": nz.sumsq(X - Y * G.T * S * G * B),
    "no constant": nz.sumsq(Y * Q * B),
    "only left": nz.sumsq(K - Y * Q),
    "only right": nz.sumsq(Z - Q * B),
    "number before the constant": nz.sumsq(3 * X - Y * Q * B / 2),
    "scalar before the constant": nz.sumsq(mu * X + Y * Q * B),
    "several moving terms": nz.sumsq(X - Y * Q * B - 2 * Y * G.T * D * G * B),
    "one factor alike": nz.sumsq(X - Y * Q * B - K * G.T * G * B),
    "weights": 3 * nz.sumsq(X - Y * Q * B) + mu**2 * nz.sumsq(K - Y * G.T * G) + nz.sumsq(G),
    "shared constant": nz.sumsq(X - Y * Q * B) + 2 * nz.sumsq(X + K * G.T * G * B),
    "rest": nz.sumsq(X - Y * Q * B) + nz.trace(G.T * S * G) - 5,
    "no sum of squares": nz.sumsq(X - Y * Q * B) - mu * nz.sumsq(Y * G.T * G),
    "number that moves": nz.sumsq(K - nz.trace(G.T * L * G) * Y),
    "names": nz.sumsq(f - Y * Q * B) + nz.sumsq(R1 - Y * G.T * G * B) + nz.sumsq(r - W_f),
}
TWO_UNKNOWNS = nz.sumsq(X - Y * G.T * L * H * B) + nz.sumsq(X + Y * H.T * H * B)
REDUCED = {name: nz.Problem(energy, wrt=G) for name, energy in ENERGIES.items()}
REDUCED["two unknowns"] = nz.Problem(TWO_UNKNOWNS, wrt=(G, H))
NOT_REDUCED = {
    "two constants": nz.sumsq(X - R1 - Y * Q * B),
    "a constant product": nz.sumsq(P * X - Y * Q * B),
    "other factors": nz.sumsq(X - Y * Q * B - K * G.T * G * Z),
    "no dense factor": nz.sumsq(Q),
    "no norm": nz.trace(G.T * L * G),
}
SIZES = {
    "both": {"n": 9, "m": 4, "p": 11, "k": 10},
    "p > m": {"n": 9, "m": 4, "p": 11, "k": 3},
    "k > m": {"n": 9, "m": 4, "p": 3, "k": 10},
    "p = m": {"n": 9, "m": 6, "p": 6, "k": 6},
    "p < m": {"n": 9, "m": 6, "p": 5, "k": 4},
    "p < m + k": {"n": 9, "m": 4, "p": 5, "k": 8},
    "one row": {"n": 3, "m": 1, "p": 1, "k": 1},
}
LONG = ("both", "p > m", "k > m", "p = m", "p < m + k", "one row")
"""Where Y has at least as many rows as columns, or B at least as many columns as rows."""
every_problem = pytest.mark.parametrize("problem", REDUCED)


@dataclass(frozen=True)
class Planned:
    """A problem with its residuals reduced, and as it stands, planned for `SIZES["both"]`."""

    derivation: Derivation
    plan: ir.Plan
    kernel: Kernel
    plain: Kernel


@cache
def planned(problem: str) -> Planned:
    derivation, data = REDUCED[problem].derive(), data_of(REDUCED[problem], "both")
    plan, plain = (plan_of(derivation, data, smaller) for smaller in (True, False))
    kernels = [kernel_of(derivation, layout(x, Sizes(data.supports))) for x in (plan, plain)]
    return Planned(derivation, plan, *kernels)


def plan_of(derivation: Derivation, data: Data, smaller: bool) -> ir.Plan:
    """The plan with the residuals reduced, whatever it costs; or without."""
    plain = Origin(derivation, derivation, lowering.sampled_of(derivation))
    source = lowering._reduced(plain, data.supports) if smaller else plain
    assert source is not None
    return lowering._plan(source, Sizes(data.supports), Choice(reduced=smaller))


def data_of(problem: nz.Problem, sizes: str) -> Data:
    rng = np.random.default_rng(len(str(problem.energy)))
    return checked(problem, random_data(problem, SIZES[sizes], scattered, rng))


@every_problem
@pytest.mark.parametrize("sizes", SIZES)
def test_energy_and_derivatives_are_those_of_the_problem_itself(problem: str, sizes: str) -> None:
    found, data = planned(problem), data_of(REDUCED[problem], sizes)
    model, plain = (
        bind_checked(kernel, data, backend="numpy", threads=1)
        for kernel in (found.kernel, found.plain)
    )
    rng = np.random.default_rng(3)
    g, v = rng.standard_normal((2, model.size))
    assert agree(model.energy(g), plain.energy(g))
    assert agree(model.gradient(g), plain.gradient(g))
    assert agree(model.hessian(g) @ v, plain.hessian(g) @ v)
    assert model.is_sum_of_squares == plain.is_sum_of_squares
    if model.is_sum_of_squares:
        w = rng.standard_normal(model.residual_size)
        assert np.array_equal(model.residual(g), plain.residual(g))
        assert agree(np.sum(model.residual(g) ** 2), model.energy(g))
        assert agree(model.jvp(g, v), plain.jvp(g, v))
        assert agree(model.vjp(g, w), plain.vjp(g, w))
        assert agree(model.gauss_newton(g) @ v, plain.gauss_newton(g) @ v)


@every_problem
def test_the_interpreter_agrees(problem: str) -> None:
    found, data = planned(problem), data_of(REDUCED[problem], "both")
    model = bind_checked(found.kernel, data, backend="numpy", threads=1)
    reference = Reference(found.derivation, data, data.supports, found.plan)
    rng = np.random.default_rng(4)
    g, v = rng.standard_normal((2, model.size))
    w = np.zeros(model.residual_size if model.is_sum_of_squares else 0)
    expected = reference.interpreted(g, v, w, model.weights)
    assert agree(model.energy(g), expected["energy"])
    assert agree(model.gradient(g), expected["gradient"])
    assert agree(model.hessian(g) @ v, expected["hvp"])


@pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")
def test_compiled_code_agrees() -> None:
    found = planned("seed")
    for sizes in SIZES:
        data = data_of(REDUCED["seed"], sizes)
        slow, quick = (
            bind_checked(found.kernel, data, backend=backend, threads=1)
            for backend in ("numpy", "c")
        )
        g = np.random.default_rng(5).standard_normal(slow.size)
        assert agree(slow.energy(g), quick.energy(g))
        assert agree(slow.gradient(g), quick.gradient(g))


@pytest.mark.parametrize("problem", NOT_REDUCED)
def test_what_cannot_be_reduced_stays(problem: str) -> None:
    chosen = nz.Problem(NOT_REDUCED[problem], wrt=G)
    assert reduced(chosen, data_of(chosen, "both").supports) is None


@pytest.mark.parametrize("sizes", SIZES)
def test_factors_become_triangles_where_they_are_long(sizes: str) -> None:
    problem = REDUCED["seed"]
    found = reduced(problem, data_of(problem, sizes).supports)
    assert (found is not None) == (sizes in LONG)
    if found is None:
        return
    shape = SIZES[sizes]
    sides = [reduction.transposed for reduction in found.reductions]
    assert sides == [
        side
        for side, long in ((False, shape["p"] >= shape["m"]), (True, shape["k"] >= shape["m"]))
        if long
    ]
    plan = plan_of(problem.derive(), data_of(problem, sizes), True)
    wanted = ir.needed(plan, (*plan.output("energy"), *plan.output("gradient")))
    triangular = [s for s in plan.steps if isinstance(s, ir.Trmm) and s.out in wanted]
    assert {s.left.value for s in triangular} <= {r.triangle for r in plan.reductions}
    assert triangular


def test_a_triangle_costs_half_of_a_dense_product() -> None:
    found, data = planned("seed"), data_of(REDUCED["seed"], "both")
    sizes = Sizes(data.supports)
    step = next(s for s in found.plan.steps if isinstance(s, ir.Trmm))
    size = sizes.dim(step.out.rows)
    assert price(step, sizes).flops == size * (size + 1) * sizes.dim(step.out.cols)


def test_energies_near_a_zero_residual_keep_their_digits(rng: np.random.Generator) -> None:
    """A Gram matrix would leave nothing: ‖X‖² is 10¹⁸ times as large as the energy."""
    problem = REDUCED["seed"]
    given = random_data(problem, SIZES["both"], scattered, rng)
    g = rng.standard_normal(given["G"].size)
    start = nz.Problem(nz.sumsq(Y * Q * B), wrt=G).bind(
        **{name: given[name] for name in "YLBG"}, backend="numpy"
    )
    given["X"] = start.residual(g).reshape((11, 10), order="F")
    near = g * (1 + 1e-9 * rng.standard_normal(g.size))
    unknown = given["G"].to_csr(near).toarray().astype(np.longdouble)
    exact = {name: np.asarray(given[name], dtype=np.longdouble) for name in "XYB"}
    sparse = given["L"].toarray().astype(np.longdouble)
    residual = exact["X"] - exact["Y"] @ (unknown.T @ sparse @ unknown) @ exact["B"]
    expected = float(np.sum(residual**2))
    assert expected < 1e-15 * float(np.sum(given["X"] ** 2))
    model = bind_checked(
        planned("seed").kernel, checked(problem, given), backend="numpy", threads=1
    )
    assert model.energy(near) == pytest.approx(expected, rel=1e-4)
    assert problem.bind(**given, backend="numpy").energy(near) == pytest.approx(expected, rel=1e-4)
    slope = 2 * model.vjp(near, model.residual(near))
    assert agree(model.gradient(near) / np.linalg.norm(slope), slope / np.linalg.norm(slope), 1e-4)


def test_a_factor_of_lower_rank_is_no_exception(rng: np.random.Generator) -> None:
    problem, found = REDUCED["seed"], planned("seed")
    given = random_data(problem, SIZES["both"], scattered, rng)
    given["Y"][:, 1] = given["Y"][:, 0]
    given["B"][:] = 0.0
    model, plain = (
        bind_checked(kernel, checked(problem, given), backend="numpy", threads=1)
        for kernel in (found.kernel, found.plain)
    )
    g = rng.standard_normal(model.size)
    assert agree(model.energy(g), plain.energy(g))
    assert agree(model.gradient(g), plain.gradient(g))
