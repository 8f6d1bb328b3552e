"""Semidefinite unknowns, against projections, KKT conditions and known optima."""

from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.solvers import InteriorPoint, Status
from solver_models import Dense, Quadratic

n, k = nz.dims("n k")
A, B, W = nz.dense("A", n, n), nz.dense("B", n, k), nz.dense("W", n, n)
S, T = nz.sparse("S", n, n, symmetric=True), nz.dense("T", n, n, symmetric=True)
D, G = nz.diagonal("D", n), nz.sparse("G", n, n)
NEAREST = nz.Problem(nz.sumsq(S - A), wrt=S)


def symmetric(size: int, rng: np.random.Generator) -> Any:
    a = rng.standard_normal((size, size))
    return a + a.T


def positive_part(a: Any) -> Any:
    w, V = np.linalg.eigh(a)
    return V @ np.diag(np.maximum(w, 0.0)) @ V.T


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_nearest_semidefinite_matrix_from_anywhere(size: int, rng: np.random.Generator) -> None:
    """Its negative eigenvalues are 0; the gap that is reported bounds what is missing."""
    a = symmetric(size, rng)
    model = NEAREST.bind(A=a, S=nz.Pattern.full((size, size)).symmetric(), backend="numpy")
    nearest = positive_part(a)
    least = float(np.sum((nearest - a) ** 2))
    for start in (np.eye(size), np.zeros((size, size)), -np.eye(size), a, a @ a):
        result = nz.solve(model, start, semidefinite=True)
        found = model.unpack(result.x).toarray()
        assert result.success, result.message
        assert np.linalg.eigvalsh(found)[0] > -1e-15
        assert 0.0 <= result.fun - least <= result.promised + 1e-12
        assert np.abs(found - nearest).max() <= 1e-6 * max(1.0, np.abs(start).max())


def test_zero_row_sums_leave_a_null_space_that_is_no_constraint(rng: np.random.Generator) -> None:
    a = symmetric(8, rng)
    centred = np.eye(8) - 1 / 8
    model = NEAREST.bind(A=a, S=nz.Pattern.full((8, 8)).laplacian(), backend="numpy")
    result = nz.solve(model, np.zeros(model.size), semidefinite="S")
    assert result.success and result.method == "interior-point", result.message
    nearest = positive_part(centred @ a @ centred)
    np.testing.assert_allclose(model.unpack(result.x).toarray(), nearest, atol=1e-6)


@pytest.mark.parametrize("weights", ["ones", "random"])
def test_a_sparse_pattern_satisfies_the_conditions_of_a_minimum(
    weights: str, rng: np.random.Generator
) -> None:
    """Z ⪰ 0 with ∂E = Tᵀ vec(Z) and Z S = 0, found by least squares on the null space of S."""
    mask = rng.random((9, 9)) < 0.5
    places = np.nonzero(mask | mask.T | np.eye(9, dtype=bool))
    u = np.ones(9) if weights == "ones" else rng.uniform(0.5, 2.0, 9)
    pattern = nz.Pattern(places, (9, 9)).symmetric().with_row_sums(u, np.zeros(9))
    problem = nz.Problem(nz.sumsq(S * B - A * B) + nz.sumsq(S - A) / 10, wrt=S)
    model = problem.bind(
        A=symmetric(9, rng), B=rng.standard_normal((9, 4)), S=pattern, backend="numpy"
    )
    result = nz.solve(model, np.zeros(model.size), semidefinite=True)
    assert result.success, result.message
    found = model.unpack(result.x).toarray()
    w, V = np.linalg.eigh(found)
    np.testing.assert_allclose(found @ u, 0.0, atol=1e-10)
    assert w[0] > -1e-12
    N = V[:, w < 1e-4 * w[-1]]  # u is among them
    assert N.shape[1] > 1, "some eigenvalue is 0 by the cone"
    pairs = [np.outer(N[:, i], N[:, j]) for i in range(N.shape[1]) for j in range(N.shape[1])]
    columns = np.array([pattern.T.T @ (p + p.T).ravel() / 2 for p in pairs]).T
    y = np.linalg.lstsq(columns, result.jac, rcond=None)[0]
    np.testing.assert_allclose(columns @ y, result.jac, atol=1e-4 * np.abs(result.jac).max())
    Z = sum(c * (p + p.T) / 2 for c, p in zip(y, pairs, strict=True))
    inside = N - np.outer(u, u @ N) / (u @ u)
    assert np.linalg.eigvalsh(inside.T @ Z @ inside)[0] > -1e-3 * np.abs(result.jac).max()


def test_a_linear_energy_finds_the_least_eigenvalue(rng: np.random.Generator) -> None:
    """min tr(W S), S ⪰ 0, tr(S) = 1."""
    w = symmetric(6, rng)
    pattern = nz.Pattern.full((6, 6)).symmetric()
    trace = np.zeros((1, 36))
    trace[0, ::7] = 1.0
    model = nz.Problem(nz.trace(W * S), wrt=S).bind(
        W=w, S=pattern.constrained(trace, [1.0]), backend="numpy"
    )
    result = nz.solve(model, np.zeros(model.size), semidefinite=True)
    assert result.success, result.message
    assert result.fun == pytest.approx(np.linalg.eigvalsh(w)[0], abs=1e-7)


def test_a_minimum_inside_and_a_warm_start(rng: np.random.Generator) -> None:
    a = symmetric(5, rng)
    a = a @ a + np.eye(5)
    model = NEAREST.bind(A=a, S=nz.Pattern.full((5, 5)).symmetric(), backend="numpy")
    cold = nz.solve(model, np.eye(5), semidefinite=True)
    np.testing.assert_allclose(model.unpack(cold.x).toarray(), a, atol=1e-6)
    assert cold.success
    again = nz.solve(model, semidefinite=True, warm_start=cold)
    assert again.success and again.nit <= cold.nit


def test_diagonal_and_dense_unknowns_side_by_side_with_bounds(rng: np.random.Generator) -> None:
    """Each is the nearest of its kind; what bounds hold is at its bound."""
    a, d = symmetric(4, rng), rng.standard_normal(4)
    problem = nz.Problem(nz.sumsq(T - A) + nz.sumsq(D - W), wrt=(T, D))
    model = problem.bind(A=a, W=np.diag(d), backend="numpy")
    result = nz.solve(model, np.zeros(model.size), semidefinite=("T", "D"))
    assert result.success, result.message
    dense, diagonal = model.unpack(result.x)
    np.testing.assert_allclose(dense, positive_part(a), atol=1e-6)
    np.testing.assert_allclose(diagonal.diagonal(), np.maximum(d, 0.0), atol=1e-6)
    bounded = nz.solve(model, np.zeros(model.size), semidefinite="T", bounds=(-0.3, 0.3))
    dense, diagonal = model.unpack(bounded.x)
    assert bounded.success, bounded.message
    assert np.linalg.eigvalsh(dense)[0] > -1e-12 and np.abs(dense).max() <= 0.3 + 1e-12
    np.testing.assert_allclose(diagonal.diagonal(), np.clip(d, -0.3, 0.3), atol=1e-6)


def test_time_steps_and_the_callback_end_a_run_inside(rng: np.random.Generator) -> None:
    a = symmetric(5, rng)
    model = NEAREST.bind(A=a, S=nz.Pattern.full((5, 5)).symmetric(), backend="numpy")

    def interrupted(record: Any, g: Any) -> None:
        if record.iteration == 3:
            raise KeyboardInterrupt

    runs = {
        Status.MAX_ITERATIONS: {"max_iterations": 3},
        Status.MAX_SECONDS: {"max_seconds": 0.0},
        Status.STOPPED_BY_CALLBACK: {"callback": lambda record, g: record.iteration == 3},
        Status.INTERRUPTED: {"callback": interrupted},
    }
    for status, options in runs.items():
        result = nz.solve(model, -np.eye(5), semidefinite=True, **options)  # type: ignore[arg-type]
        assert result.status is status and not result.success
        assert np.linalg.eigvalsh(model.unpack(result.x).toarray())[0] > 0.0


def test_what_cannot_be_semidefinite_is_refused(rng: np.random.Generator) -> None:
    a = symmetric(3, rng)
    pattern = nz.Pattern.full((3, 3)).symmetric()
    model = NEAREST.bind(A=a, S=pattern, backend="numpy")
    for value in ("X", ("S", "X"), 3):
        with pytest.raises(ValueError, match="semidefinite: expected True, or names of unknowns"):
            nz.solve(model, a, semidefinite=value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="method: newton takes neither semidefinite"):
        nz.solve(model, a, "newton", semidefinite=True)
    with pytest.raises(ValueError, match="interior-point: expected bounds on entries"):
        nz.solve(model, np.eye(3), InteriorPoint())
    plain = nz.Problem(nz.sumsq(G - A), wrt=G).bind(A=a, G=nz.Pattern.full((3, 3)))
    with pytest.raises(ValueError, match="G: expected a symmetric matrix"):
        nz.solve(plain, a, semidefinite=True)
    with pytest.raises(TypeError, match=r"such as problem\.bind"):
        nz.solve(Quadratic(np.eye(2), np.ones(2), Dense), np.ones(2), semidefinite=True)


@pytest.mark.parametrize("fixed", [{0: -1.0}, {0: 0.0}], ids=["negative", "zero"])
def test_constraints_without_room_are_refused(
    fixed: dict[int, float], rng: np.random.Generator
) -> None:
    """A diagonal entry below 0, or of 0 beside others that may move."""
    pattern = nz.Pattern.full((3, 3)).symmetric().fixed(fixed)
    model = NEAREST.bind(A=symmetric(3, rng), S=pattern, backend="numpy")
    with pytest.raises(ValueError, match="semidefinite: expected constraints of the pattern that"):
        nz.solve(model, np.zeros(model.size), semidefinite=True)


@pytest.mark.parametrize("unit", [1e-150, 1e-140, 1.0, 1e100, 1e120])
def test_units_change_nothing(unit: float) -> None:
    """Fourth powers of the gradient, and squares of steps, are beyond doubles."""
    for seed in range(3):
        a = symmetric(4, np.random.default_rng(seed))
        S4 = nz.Pattern.full((4, 4)).symmetric()
        model = NEAREST.bind(A=unit * a, S=S4, backend="numpy")
        result = nz.solve(model, unit * np.eye(4), semidefinite=True)
        assert result.success, result.message
        found = model.unpack(result.x).toarray() / unit
        np.testing.assert_allclose(found, positive_part(a), atol=1e-5)


INDEFINITE = [
    [[-1.0, -3.0], [-3.0, 3.0]],
    [[2.0, 2.0], [2.0, -3.0]],
    [[-3.0, -2.0], [-2.0, 3.0]],
    [[1.0, 1.0], [1.0, -3.0]],
    [[0.0, 2.0], [2.0, 3.0]],
    [[1.0, 2.0, 0.0], [2.0, 1.0, -1.0], [0.0, -1.0, 2.0]],
]
BARRIER = nz.trace(W * S) - nz.logdet(S, positive=True)


@pytest.mark.parametrize("energy", [BARRIER, nz.trace(W * S), nz.exp(nz.trace(W * S))])
def test_an_indefinite_weight_has_no_minimum(energy: Any) -> None:
    """tr(W S) falls along v vᵀ, W v = λ v with λ < 0; exp of it tends to 0 that is not reached."""
    problem = nz.Problem(energy, wrt=S)
    for weight in INDEFINITE:
        size = len(weight)
        pattern = nz.Pattern.full((size, size)).symmetric()
        model = problem.bind(W=np.array(weight), S=pattern, backend="numpy")
        result = nz.solve(model, np.eye(size), semidefinite=True, max_iterations=60)
        assert result.status is Status.NO_MINIMUM, (weight, result.message)


@pytest.mark.parametrize("energy", [BARRIER, nz.trace(W * S), nz.exp(nz.trace(W * S))])
def test_nor_has_it_beside_what_is_held(energy: Any) -> None:
    """S grows in rows 1 and 2, where W is indefinite: S₀₀ = 2, S₀₀ ≤ 3, or T has a minimum."""
    weight = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, 2.0], [-1.0, 2.0, 1.0]])
    full = nz.Pattern.full((3, 3)).symmetric()
    model = nz.Problem(energy, wrt=S).bind(W=weight, S=full, backend="numpy")
    free = np.full((3, 3), np.inf)
    for low, high in ((2.0, 2.0), (-np.inf, 3.0)):
        lower, upper = -free, free.copy()
        lower[0, 0], upper[0, 0] = low, high
        result = nz.solve(
            model, np.eye(3), semidefinite=True, bounds=(lower, upper), max_iterations=60
        )
        assert result.status is Status.NO_MINIMUM, (low, result.message)
        held = (np.full((3, 3), -4.0), np.full((3, 3), 4.0))
        assert nz.solve(model, np.eye(3), semidefinite=True, bounds=held).success
    beside = nz.Problem(energy + nz.sumsq(T - A), wrt=(S, T))
    both = beside.bind(W=weight, A=np.eye(3), S=full, T=full, backend="numpy")
    result = nz.solve(both, (np.eye(3), 2.0 * np.eye(3)), semidefinite="S", max_iterations=60)
    assert result.status is Status.NO_MINIMUM, result.message


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6])
def test_a_definite_weight_has_its_inverse_as_the_minimum(
    scale: float, rng: np.random.Generator
) -> None:
    """Of tr(W S) − log det S, however far from the start: E = r + log det W."""
    a = rng.standard_normal((3, 3))
    weight = scale * (a @ a.T + 0.1 * np.eye(3))
    pattern = nz.Pattern.full((3, 3)).symmetric()
    model = nz.Problem(BARRIER, wrt=S).bind(W=weight, S=pattern, backend="numpy")
    result = nz.solve(model, np.eye(3), semidefinite=True)
    assert result.success, result.message
    assert result.fun == pytest.approx(3.0 + np.linalg.slogdet(weight)[1], rel=1e-8)
    found = model.unpack(result.x).toarray() @ weight
    np.testing.assert_allclose(found, np.eye(3), atol=1e-3)


@pytest.mark.parametrize("W", [np.diag([1.0, 0.0]), np.ones((2, 2)), np.eye(2)])
def test_what_no_part_of_the_energy_holds_hides_no_minimum(W: Any) -> None:
    """tr(W S) is 0 at the best; with a singular W the barrier alone lets S grow."""
    A, full = nz.dense("A", n, n), nz.Pattern.full((2, 2)).symmetric()
    model = nz.Problem(nz.trace(A * S), wrt=S).bind(A=W, S=full)
    result = nz.solve(model, model.pack(np.array([[2.0, 0.5], [0.5, 1.0]])), semidefinite=True)
    assert result.success and abs(result.fun) < 1e-8, result.message
