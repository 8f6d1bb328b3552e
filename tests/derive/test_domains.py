"""`nz.domain`: 0 where a matrix lies in a set, and no energy elsewhere."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.derive.language.notation import latex, text

n, k = nz.dims("n k")
S, G = nz.sparse("S", n, n, symmetric=True), nz.sparse("G", n, n)
T, Q = nz.dense("T", n, n, symmetric=True), nz.dense("Q", n, n)
A, B, D = nz.dense("A", n, n), nz.dense("B", n, k), nz.diagonal("D", n)
mu = nz.scalar("mu")

SETS: dict[str, Callable[[Any], bool]] = {
    "positive definite": lambda a: bool((np.linalg.eigvalsh(a) > 0).all()),
    "hurwitz": lambda a: bool((np.linalg.eigvals(a).real < 0).all()),
    "schur": lambda a: bool((np.abs(np.linalg.eigvals(a)) < 1).all()),
}


def calls_at(g: Any, *, assembled: bool) -> list[Callable[[nz.Model], Any]]:
    """What a model computes at a point."""
    calls: list[Callable[[nz.Model], Any]] = [
        lambda m: m.energy(g),
        lambda m: m.gradient(g),
        lambda m: m.residual(g),
        lambda m: m.hessian(g) @ g,
        lambda m: m.gauss_newton(g) @ g,
    ]
    return [*calls, lambda m: m.hessian(g).toarray()] if assembled else calls


WAYS = [
    (unknown, kind, "numpy")
    for kind in SETS
    for unknown in (S, T, G, Q, D)
    if kind != "positive definite" or unknown not in (G, Q)
]


@pytest.mark.parametrize(
    ("unknown", "kind", "backend"), [*WAYS, (S, "positive definite", "c"), (G, "hurwitz", "c")]
)
def test_there_is_an_energy_where_the_eigenvalues_say_so(
    unknown: Any, kind: str, backend: str, rng: np.random.Generator
) -> None:
    """Inside everything is that of the energy alone; outside every function raises."""
    pattern = {S: nz.Pattern.full((3, 3)).symmetric(), G: nz.Pattern.full((3, 3))}.get(unknown)
    given: dict[str, Any] = {"A": rng.standard_normal((3, 3)), str(unknown): pattern or (3, 3)}
    energy = nz.sumsq(A * unknown - A)
    model = nz.Problem(energy + nz.domain(unknown, kind), wrt=unknown).bind(
        **given, backend=backend
    )
    plain = nz.Problem(energy, wrt=unknown).bind(**given, backend="numpy")
    assert model.is_sum_of_squares
    met = set()
    for shift in (-1.0, 0.0, 1.0):
        g = 0.2 * rng.standard_normal(model.size) + shift * model.pack(np.eye(3))
        dense = model.unpack(g)
        inside = SETS[kind](dense if isinstance(dense, np.ndarray) else dense.toarray())
        met.add(inside)
        for call in calls_at(g, assembled=backend == "numpy"):
            if inside:
                np.testing.assert_allclose(call(model), call(plain), rtol=1e-12, atol=1e-12)
                continue
            with pytest.raises(np.linalg.LinAlgError, match=r"^\w: the 3 × 3 matrix is not"):
                call(model)
    assert met == {True, False}


def test_a_matrix_that_solves_and_is_stable_is_factorised_for_both(
    rng: np.random.Generator,
) -> None:
    problem = nz.Problem(nz.sumsq(Q.inv() * B - B) + nz.domain(Q, "hurwitz"), wrt=Q)
    b = rng.standard_normal((3, 2))
    model = problem.bind(B=b)
    inside = np.diag([-1.0, -2.0, -0.5]) + 0.1 * rng.standard_normal((3, 3))
    expected = float(np.sum((np.linalg.solve(inside, b) - b) ** 2))
    assert model.energy(inside.ravel(order="F")) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(np.linalg.LinAlgError, match="open left half plane"):
        model.energy(-inside.ravel(order="F"))


@pytest.mark.parametrize("kind", ["hurwitz", "schur"])
def test_eigenvalues_on_the_border_are_outside(kind: str) -> None:
    """The rotation by 90° has ±i, which rounding may put on either side."""
    problem = nz.Problem(nz.sumsq(Q) + nz.domain(Q, kind), wrt=Q)
    model = problem.bind(Q=(4, 4), backend="numpy")
    rotation = np.kron(np.eye(2), [[0.0, -1.0], [1.0, 0.0]])
    with pytest.raises(np.linalg.LinAlgError):
        model.energy(rotation.ravel())
    inwards = 0.999 * rotation - (0.001 * np.eye(4) if kind == "hurwitz" else 0.0)
    assert model.energy(inwards.ravel()) > 3.9


def test_what_has_no_entries_lies_everywhere() -> None:
    model = nz.Problem(nz.sumsq(Q) + nz.domain(Q, "schur"), wrt=Q).bind(Q=(0, 0), backend="numpy")
    assert model.energy(np.zeros(0)) == 0.0


def test_a_number_is_a_matrix_of_one_entry() -> None:
    energy = nz.sumsq(D) + nz.domain(nz.trace(A * D) * nz.identity(1))
    model = nz.Problem(energy, wrt=D).bind(A=np.diag([1.0, 2.0]), D=(2,), backend="numpy")
    assert model.energy([3.0, -1.0]) == 10.0
    with pytest.raises(np.linalg.LinAlgError, match="1 × 1 matrix is not positive definite"):
        model.energy([2.0, -1.0])


def test_numbers_and_repetitions_leave_a_domain_as_it_is() -> None:
    once = nz.Problem(nz.sumsq(S) / 2 + nz.domain(S), wrt=S)
    twice = nz.Problem((nz.sumsq(S) + nz.domain(S)) / 2 + nz.domain(S), wrt=S)
    assert once.domains == twice.domains == (nz.domain(S),)
    assert once.residuals == twice.residuals and twice.rest == 0


def test_domains_are_shown() -> None:
    problem = nz.Problem(
        nz.sumsq(Q - A) + nz.domain(Q + Q.T) + nz.domain(Q, "hurwitz") + nz.domain(Q, "schur"),
        wrt=Q,
    )
    assert "E = ‖f‖² + δ(Q + Qᵀ ≻ 0) + δ(Re λ(Q) < 0) + δ(|λ(Q)| < 1)" in problem.derive().show()
    assert text(nz.domain(S)) == "δ(S ≻ 0)"
    assert latex(nz.domain(S)) == r"\delta\left(S \succ 0\right)"
    assert (
        r"\delta\left(\operatorname{Re} \lambda\left(Q\right) < 0\right)"
        in problem.derive().latex()
    )


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a negative one": (lambda: nz.sumsq(Q) - nz.domain(Q, "schur"), "can only be added"),
    "a factor": (lambda: nz.sumsq(Q) * nz.domain(Q, "schur"), "can only be added"),
    "a parameter times it": (lambda: mu * (nz.sumsq(Q) + nz.domain(Q, "schur")), "it stands in mu"),
    "a function of it": (lambda: nz.exp(nz.domain(Q, "schur")), "it stands in exp"),
    "a matrix times it": (lambda: nz.domain(Q, "schur") * Q, "can only be added"),
    "not symmetric": (lambda: nz.sumsq(Q) + nz.domain(Q), "write nz.domain(A + A.T)"),
    "not square": (lambda: nz.domain(B), "domain: expected a square matrix, got n × k"),
    "another set": (lambda: nz.domain(Q, "stable"), 'expected one of "positive definite", "hur'),
    "a number": (lambda: nz.domain(nz.trace(Q)), "domain: expected a matrix expression"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_domain_is_refused(name: str) -> None:
    write, words = REFUSED[name]
    with pytest.raises((ValueError, TypeError)) as error:
        nz.Problem(write(), wrt=Q)
    assert words in str(error.value)


@pytest.mark.parametrize("method", ["auto", "newton", "gauss-newton", "l-bfgs", "trust-region"])
def test_solvers_stay_inside_and_do_not_call_the_border_a_minimum(method: str) -> None:
    """From I the nearest matrix to A is inside; from I the nearest one to −A is singular."""
    problem = nz.Problem(nz.sumsq(S - A) + nz.domain(S), wrt=S)
    target = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    pattern = nz.Pattern.full((3, 3)).symmetric()
    for sign in (1.0, -1.0):
        model = problem.bind(A=sign * target, S=pattern, backend="numpy")
        result = nz.solve(model, np.eye(3), method, max_iterations=100)
        assert bool(result.success) == (sign > 0), result.message
        assert np.linalg.eigvalsh(model.unpack(result.x).toarray())[0] > 0.0
        if sign > 0:
            np.testing.assert_allclose(model.unpack(result.x).toarray(), target, atol=1e-6)


def test_a_generated_package_has_its_domains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    energy = nz.sumsq(Q - A) + nz.domain(Q, "hurwitz") + nz.domain(Q + Q.T + 9 * nz.identity(n))
    nz.generate(nz.Problem(energy, wrt=Q, name="stable"), tmp_path / "stable_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = import_module("stable_package").bind(A=np.eye(3), Q=(3, 3), backend="numpy")
    del sys.modules["stable_package"]
    assert model.energy(-np.eye(3).ravel()) == pytest.approx(12.0)
    for outside, words in ((1.0, "open left half plane"), (-9.0, "not positive definite")):
        with pytest.raises(np.linalg.LinAlgError, match=words):
            model.gradient(outside * np.eye(3).ravel())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hurwitz", "schur"])
def test_verify_finds_a_stable_point(kind: str) -> None:
    closed = A + B * nz.dense("K", k, n)
    for energy, unknown in (
        (nz.sumsq(Q * B) + nz.domain(Q, kind), Q),
        (nz.sumsq(closed) + nz.domain(closed, kind), nz.dense("K", k, n)),
        (nz.trace(A * G * G) + nz.domain(G, kind), G),
    ):
        assert nz.verify(nz.Problem(energy, wrt=unknown)).passed


def test_an_energy_without_squares_is_no_sum_of_squares() -> None:
    size = nz.dims("n")[0]
    M = nz.dense("M", size, size)
    for energy in (nz.domain(M + M.T), nz.sumsq(M) - nz.sumsq(M) + nz.domain(M + M.T)):
        with pytest.warns(UserWarning, match="does not contain"):
            model = nz.Problem(energy, wrt=M).bind(M=(2, 2), backend="numpy")
        at = [1.0, 0.0, 0.0, 1.0]
        assert not model.is_sum_of_squares
        assert not model.hessian(at).toarray().any() and not (model.hessian(at) @ at).any()
        for ask in (model.residual, model.jacobian, model.gauss_newton):
            with pytest.raises(TypeError, match="squares"):
                ask(at)
