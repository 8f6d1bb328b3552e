"""Operations given by an equation: Sylvester, Stein and both of Lyapunov's."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import linalg, sparse

import nzdiff as nz
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.equations import EQUATIONS
from nzdiff.derive.language.notation import latex, text
from nzdiff.derive.proof.proof import exact_checks
from nzdiff.runtime.external import OPERATIONS
from nzdiff.runtime.external.equations import CONTINUOUS, DISCRETE
from nzdiff.runtime.kernel.compiler import find_compiler

Generator = np.random.Generator
pytestmark = pytest.mark.usefixtures("quick_compiles")
BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
n, m = nz.dims("n m")
A, B, C = nz.dense("A", n, n), nz.dense("B", n, m), nz.dense("C", n, m)
D, W = nz.dense("D", m, m), nz.dense("W", n, m)
Q, R = nz.dense("Q", n, n, symmetric=True), nz.dense("R", m, m, symmetric=True)
G, K = nz.sparse("G", n, n), nz.sparse("K", m, n)
CLOSED = A - B * K

CASES: dict[str, tuple[Any, Any, str]] = {
    "lyap": (
        nz.trace(nz.lyap(CLOSED.T, Q + K.T * R * K)),
        K,
        "2 R K lyap(A − B K, I) − 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, I)",
    ),
    "dlyap": (
        nz.trace(nz.dlyap(A, G) * Q),
        G,
        "dlyap(Aᵀ, Q)",
    ),
    "sylvester": (
        nz.inner(nz.sylvester(A + G, D, -3 * W), C),
        G,
        "3 sylvester(Aᵀ + Gᵀ, Dᵀ, C) sylvester(Dᵀ, Aᵀ + Gᵀ, Wᵀ)",
    ),
    "stein": (
        nz.sumsq(nz.stein(A * G, D, C)),
        G,
        "2 Aᵀ stein(Gᵀ Aᵀ, Dᵀ, f) Dᵀ stein(Dᵀ, Gᵀ Aᵀ, Cᵀ)",
    ),
    "function": (
        nz.sylvester(G, K * B, C),
        (G, K),
        "−sylvester(Gᵀ, Bᵀ Kᵀ, W_f) sylvester(Bᵀ Kᵀ, Gᵀ, Cᵀ)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_proven_in_a_finite_field(name: str) -> None:
    energy, unknown, gradient = CASES[name]
    derivation = derive(Problem(energy, unknown))
    first = derivation.gradients[derivation.problem.wrt[0]]
    assert text(first.matrix) == gradient
    checks = exact_checks(derivation, rounds=1)
    assert "GF(2^61 - 1)" in checks[0].detail
    assert [check.name for check in checks if not check.passed] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_backend_computes_them(name: str) -> None:
    energy, unknown, _ = CASES[name]
    assert nz.verify(nz.Problem(energy, unknown)).passed


def test_the_solution_of_a_symmetric_equation_is_symmetric() -> None:
    P, skew = nz.lyap(A, Q), nz.dlyap(A, W * W.T)
    assert text(Problem(nz.trace(P.T * G + skew.T * G), G).energy) == text(
        Problem(nz.trace(P * G + skew * G), G).energy
    )
    assert latex(P) == r"\operatorname{lyap}\left(A, Q\right)"


@pytest.mark.parametrize("sizes", [(0, 0), (1, 1), (5, 3), (CONTINUOUS + 3, 7), (9, 70), (80, 75)])
@pytest.mark.parametrize("turned", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_solutions_solve(sizes: tuple[int, int], turned: tuple[int, int], rng: Generator) -> None:
    """Across the cuts of the recursions, in each orientation."""
    assert DISCRETE < CONTINUOUS
    a, b = (rng.standard_normal((size, size)) for size in sizes)
    c = rng.standard_normal(sizes)
    forms = [OPERATIONS["schur_form"].value((), (matrix,)) for matrix in (a, b)]
    first, second = (x.T if flag else x for x, flag in zip((a, b), turned, strict=True))
    x = OPERATIONS["sylvester"].value(turned, (*forms, c))
    np.testing.assert_allclose(first @ x + x @ second, c, atol=1e-8 * (1 + abs(x).max(initial=0)))
    x = OPERATIONS["stein"].value(turned, (*forms, c))
    scale = (1 + abs(x).max(initial=0)) * (1 + sizes[0] + sizes[1])
    np.testing.assert_allclose(x - first @ x @ second, c, atol=1e-12 * scale)


@pytest.mark.parametrize(("kind", "side"), [("lyap", "left half plane"), ("dlyap", "unit disk")])
@pytest.mark.parametrize("backend", BACKENDS)
def test_lyapunovs_equations_are_scipys_and_want_stable_matrices(
    kind: str, side: str, backend: str, rng: Generator
) -> None:
    problem = nz.Problem(nz.trace(getattr(nz, kind)(G, Q) * A), wrt=G)
    a, q = rng.standard_normal((4, 4)), rng.standard_normal((4, 4))
    stable = 0.1 * rng.standard_normal((4, 4)) - (np.eye(4) if kind == "lyap" else 0.0)
    model = problem.bind(A=a, Q=q + q.T, G=nz.Pattern.full((4, 4)), backend=backend)
    solve = {"lyap": linalg.solve_continuous_lyapunov, "dlyap": linalg.solve_discrete_lyapunov}
    expected = np.trace(solve[kind](stable, (q + q.T) * (-1 if kind == "lyap" else 1)) @ a)
    g = model.pack(stable)
    assert model.energy(g) == pytest.approx(expected, rel=1e-12)
    v = rng.standard_normal(g.size)
    h = 1e-5
    slope = (model.gradient(g + h * v) - model.gradient(g - h * v)) / (2 * h)
    np.testing.assert_allclose(model.hessian(g) @ v, slope, rtol=1e-6, atol=1e-6)
    for call in (model.energy, model.gradient):
        with pytest.raises(np.linalg.LinAlgError, match=f"^G: the 4 × 4 matrix .* open {side}"):
            call(model.pack(stable + 3 * np.eye(4)))
    assert model.energy(g) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["sylvester", "stein"])
def test_an_equation_without_a_solution_is_refused(kind: str) -> None:
    problem = nz.Problem(nz.sumsq(getattr(nz, kind)(G, D, C)), wrt=G)
    pattern = nz.Pattern.full((2, 2))
    model = problem.bind(D=np.eye(2), C=np.ones((2, 2)), G=pattern, backend="numpy")
    singular = model.pack(np.diag([-1.0 if kind == "sylvester" else 1.0, 3.0]))
    with pytest.raises(np.linalg.LinAlgError, match=f"^{kind}.Dᵀ, Gᵀ, Cᵀ.: α.* does not exist"):
        model.energy(singular)


def test_the_structured_regulator_is_riccatis_where_nothing_is_masked(rng: Generator) -> None:
    """tr P(K) by all of K is least at R⁻¹ Bᵀ X; fewer entries of K cost more."""
    size, inputs = 12, 3
    data: dict[str, Any] = {
        "A": rng.standard_normal((size, size)) / np.sqrt(size) - np.eye(size),
        "B": rng.standard_normal((size, inputs)),
        "Q": np.eye(size),
        "R": np.diag([1.0, 2.0, 3.0]),
    }
    problem = nz.Problem(CASES["lyap"][0], wrt=K)
    riccati = linalg.solve_continuous_are(data["A"], data["B"], data["Q"], data["R"])
    full = problem.bind(K=nz.Pattern.full((inputs, size)), backend="numpy", **data)
    found = nz.solve(full, np.zeros(full.size))
    assert found.success
    assert found.fun == pytest.approx(np.trace(riccati), rel=1e-10)
    best = np.linalg.solve(data["R"], data["B"].T @ riccati)
    np.testing.assert_allclose(full.unpack(found.x).toarray(), best, atol=1e-5)
    rows = np.arange(size) * inputs // size
    masked = problem.bind(
        K=nz.Pattern((rows, np.arange(size)), (inputs, size)), backend="numpy", **data
    )
    fewer = nz.solve(masked, np.zeros(masked.size))
    assert fewer.success and fewer.fun > found.fun


def test_a_schur_form_is_made_once(rng: Generator) -> None:
    """P, its adjoint, their tangents and the domain take that of one A − B K."""
    problem = nz.Problem(CASES["lyap"][0], wrt=K)
    model = problem.bind(
        A=-np.eye(3),
        B=np.ones((3, 1)),
        Q=np.eye(3),
        R=np.eye(1),
        K=nz.Pattern.full((1, 3)),
        backend="numpy",
    )
    operations = [external.operation for external in model.spec.externals]
    assert operations.count("schur_form") == operations.count("hurwitz") == 1
    assert operations.count("lyap") >= 3
    assert model.spec.factored == ()


def test_a_generated_package_solves_equations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: Generator
) -> None:
    problem = nz.Problem(CASES["lyap"][0], wrt=K, name="regulator")
    nz.generate(problem, tmp_path / "regulator_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = import_module("regulator_package")
    del sys.modules["regulator_package"]
    data: dict[str, Any] = {"A": -np.eye(3), "B": rng.standard_normal((3, 2)), "Q": np.eye(3)}
    data |= {"R": np.eye(2), "K": nz.Pattern.full((2, 3))}
    g = 0.1 * rng.standard_normal(6)
    expected = problem.bind(backend="numpy", **data).gradient(g)
    for backend in BACKENDS:
        found = package.bind(backend=backend, **data).gradient(g)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


EXPONENTIALS: dict[str, tuple[Any, Any, str]] = {
    "action": (nz.sumsq(nz.expm(G) * B - C), G, "2 expm(Gᵀ; f Bᵀ)"),
    "whole": (nz.trace(nz.expm(A * G) * Q), G, "Aᵀ expm(Gᵀ Aᵀ; Q)"),
    "function": (nz.expm(G + G.T), G, "expm(G + Gᵀ; W_f) + expm(G + Gᵀ; W_fᵀ)"),
}


@pytest.mark.parametrize("name", EXPONENTIALS)
def test_derivatives_of_exponentials_are_proven_in_80_digits(name: str) -> None:
    energy, unknown, gradient = EXPONENTIALS[name]
    derivation = derive(Problem(energy, unknown))
    assert text(derivation.gradient.matrix) == gradient
    checks = exact_checks(derivation, rounds=1)
    assert "digits" in checks[0].detail
    assert [check.name for check in checks if not check.passed] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPONENTIALS)
def test_every_backend_computes_exponentials(name: str) -> None:
    energy, unknown, _ = EXPONENTIALS[name]
    assert nz.verify(nz.Problem(energy, unknown)).passed


@pytest.mark.parametrize("scale", [0.0, 0.3, 20.0])
def test_the_action_and_its_derivatives_are_those_of_scipys_matrix(
    scale: float, rng: Generator
) -> None:
    """expm(A; E) is a block of exp of a block matrix; at a pattern, with E = P Qᵀ."""
    size = 7
    matrices = [sparse.csr_array(scale * random_sparse(size, rng)) for _ in range(2)]
    a, e = (matrix.toarray() for matrix in matrices)
    p, q, b = (rng.standard_normal((size, width)) for width in (2, 2, 3))
    where = sparse.csr_array(np.ones((size, size)))
    zero = np.zeros_like(a)
    one = linalg.expm(np.block([[a, e], [zero, a]]))[:size, size:]
    low = linalg.expm(np.block([[a, p @ q.T], [zero, a]]))[:size, size:]
    wide = np.block([[a, e, p @ q.T, zero], [zero, a, zero, p @ q.T], [zero, zero, a, e]])
    both = linalg.expm(np.vstack([wide, np.hstack([zero, zero, zero, a])]))[:size, -size:]
    action, sampled = OPERATIONS["expm_action"].value, OPERATIONS["expm_sampled"].value
    for found, expected in (
        (action((), (matrices[0], b)), linalg.expm(a) @ b),
        (action((), (*matrices, b)), one @ b),
        (sampled((), (matrices[0], p, q), where).reshape(size, size), low),
        (sampled((), (*matrices, p, q), where).reshape(size, size), both),
        (OPERATIONS["expm"].value((), (a, e)), one),
    ):
        np.testing.assert_allclose(found, expected, atol=1e-12 * (1 + abs(expected).max()))


def random_sparse(size: int, rng: Generator) -> Any:
    return rng.standard_normal((size, size)) * (rng.random((size, size)) < 0.4)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_dense_matrix_is_made_for_the_action_of_a_sparse_one(
    backend: str, rng: Generator
) -> None:
    size = 400
    band = sparse.diags_array(
        [np.ones(size - 1), -2 * np.ones(size), np.ones(size - 1)], offsets=[-1, 0, 1]
    ).tocsr()
    b, c = rng.standard_normal((size, 1)), rng.standard_normal((size, 1))
    problem = nz.Problem(nz.sumsq(nz.expm(G) * nz.dense("b", n) - nz.dense("c", n)), wrt=G)
    model = problem.bind(G=nz.Pattern.from_scipy(band), b=b, c=c, backend=backend)
    g = model.patterns[0].pack(band)
    assert max(array.size for array in model._bound.memory.arrays.values()) < 4 * size
    expected = np.sum((linalg.expm(band.toarray()) @ b - c) ** 2)
    assert model.energy(g) == pytest.approx(expected, rel=1e-12)
    v, h = rng.standard_normal(g.size), 1e-5
    slope = (model.energy(g + h * v) - model.energy(g - h * v)) / (2 * h)
    assert model.gradient(g) @ v == pytest.approx(slope, rel=1e-7)
    slopes = (model.gradient(g + h * v) - model.gradient(g - h * v)) / (2 * h)
    np.testing.assert_allclose(model.hessian(g) @ v, slopes, rtol=1e-6, atol=1e-6)
    with pytest.raises(np.linalg.LinAlgError, match=r"expm.G.* substeps"):
        model.energy(1e6 * g)


def test_typed_formulas_have_them() -> None:
    typed = nz.parse("tr(lyap((A - B*K)', Q + K'*K)) + sumsq(expm(A)*x)", wrt="K", sparse="K")
    assert [type(node).__name__ for node in typed.domains] == ["Hurwitz"]
    assert text(typed.energy) == "‖expm(A) x‖² + tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ K))"
    with pytest.raises(ValueError, match="expected a matrix, got a number"):
        nz.parse("tr(sylvester(A, c, A))", wrt="A", scalar="c")


def test_shapes_are_checked_where_they_are_written() -> None:
    refused: tuple[tuple[Callable[[], Any], str], ...] = (
        (lambda: nz.lyap(B, Q), "lyap: expected a square matrix, got n × m"),
        (lambda: nz.dlyap(A, B), "dlyap: expected a right side of n × n, got n × m"),
        (lambda: nz.sylvester(A, D, Q), "sylvester: expected a right side of n × m, got n × n"),
        (lambda: nz.stein(A, D, 1), "stein"),
        (lambda: nz.expm(B), "expm: expected a square matrix, got n × m; nz.exp acts on entries"),
    )
    for write, words in refused:
        with pytest.raises((ValueError, TypeError), match=words):
            write()
    assert set(EQUATIONS) <= set(OPERATIONS)
