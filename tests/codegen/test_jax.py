"""The JAX backend = the NumPy backend and the interpreter, on every problem that it takes."""

import re
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from bound_problems import EVERYTHING, data_of
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.heading import heading
from nzdiff.codegen.emit.targets import TARGETS
from nzdiff.runtime.kernel.backends import jax as backend
from nzdiff.runtime.kernel.backends.jax_tables import NOWHERE, row_table
from nzdiff.runtime.model import Model
from nzdiff.verification.reference import Reference
from problems import PROBLEMS, random_data, shuffled

REFUSED = (
    "sparse_inverse",
    "two_solves",
    "inverse_of_a_product",
    "log_determinant",
    "determinant",
    "covariance",
    "definite_and_sparse",
    "on_domains",
    "equations",
    "diagonal_unknown",
    "function_of_an_inverse",
)
"""Those that factorise sparse matrices, or ask libraries."""
TAKEN = tuple(name for name in EVERYTHING if name not in REFUSED)
TOLERANCE = {"float64": 1e-10, "float32": 2e-3}
needs_jax = pytest.mark.skipif(not backend.is_installed(), reason="needs JAX")


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", TAKEN)
def test_every_function_is_that_of_the_numpy_backend(name: str, dtype: str) -> None:
    problem, data = EVERYTHING[name], data_of(EVERYTHING[name], "scattered")
    expected = problem.bind(**data, backend="numpy")
    found = problem.bind(**data, backend="jax", dtype=dtype)
    assert found.backend == "jax"
    for seed in (11, 12):  # at the second point nothing of the first is left
        for what, value in functions_of(expected, seed).items():
            close(functions_of(found, seed)[what], value, TOLERANCE[dtype])


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("name", ["seed", "two_unknowns_backwards", "penalties"])
def test_derivatives_are_what_the_interpreter_says(name: str) -> None:
    problem, data = EVERYTHING[name], data_of(EVERYTHING[name], "scattered")
    model, reference = problem.bind(**data, backend="jax"), Reference.of(problem.derive(), data)
    g, v = np.random.default_rng(4).standard_normal((2, model.size))
    slopes = reference.complex_step(g, v, model.weights)
    close(model.gradient(g) @ v, slopes["energy"], 1e-9)
    step = 1e-6
    central = (model.gradient(g + step * v) - model.gradient(g - step * v)) / (2 * step)
    close(model.hessian(g) @ v, central, 1e-6)


@needs_jax
@pytest.mark.slow
def test_updates_and_matrices() -> None:
    problem, data = PROBLEMS["regularised"], data_of(PROBLEMS["regularised"], "scattered")
    models = [problem.bind(**data, backend=name) for name in ("numpy", "jax")]
    g = np.random.default_rng(5).standard_normal(models[0].size)
    for given in ({}, {"mu": 0.25}, {"X": 2.0 * data["X"]}, {"Y": -data["Y"], "mu": 3.0}):
        for model in models:
            model.update(**given)
        numpy, jax = models
        close(jax.energy(g), numpy.energy(g), 1e-12)
        close(jax.gradient(g), numpy.gradient(g), 1e-11)
        close(jax.hessian(g).toarray(), numpy.hessian(g).toarray(), 1e-11)
        close(jax.jacobian(g).toarray(), numpy.jacobian(g).toarray(), 1e-11)


@needs_jax
@pytest.mark.parametrize("name", REFUSED)
def test_what_it_has_no_kernel_for_is_refused_by_name(name: str) -> None:
    problem = EVERYTHING[name]
    with pytest.raises(NotImplementedError, match=r'no kernel for .*use backend="c"'):
        problem.bind(**data_of(problem, "scattered"), backend="jax")


@needs_jax
@pytest.mark.slow
def test_outside_of_its_domain_there_is_no_energy() -> None:
    (n,) = nz.dims("n")
    S = nz.dense("S", n, n, symmetric=True)
    problem = nz.Problem(nz.total(S) - nz.logdet(S, positive=True), wrt=S)
    model = problem.bind(S=nz.Pattern.full((3, 3)).symmetric(), backend="jax")
    assert model.energy(model.pack(2 * np.eye(3))) == pytest.approx(6 - 3 * np.log(2))
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        model.energy(model.pack(-np.eye(3)))


@needs_jax
@pytest.mark.slow
def test_a_singular_matrix_has_no_inverse() -> None:
    n, k = nz.dims("n k")
    U, Z = nz.dense("U", n, n), nz.dense("Z", n, k)
    model = nz.Problem(nz.sumsq(U.inv() * Z), wrt=U).bind(Z=np.ones((3, 2)), backend="jax")
    assert model.energy(model.pack(2 * np.eye(3))) == pytest.approx(1.5)
    with pytest.raises(np.linalg.LinAlgError, match="U is singular"):
        model.energy(np.zeros(9))


@needs_jax
def test_a_singular_matrix_has_a_determinant() -> None:
    (n,) = nz.dims("n")
    U = nz.dense("U", n, n)
    model = nz.Problem(nz.logdet(U), wrt=U).bind(U=(3, 3), backend="jax")
    singular = model.pack(np.diag([1.0, 1.0, 0.0]))
    assert model.energy(singular) == -np.inf
    with pytest.raises(np.linalg.LinAlgError, match="U is singular"):
        model.gradient(singular)


def test_without_jax_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    backend.imported.cache_clear()
    monkeypatch.setattr(backend, "import_module", missing)
    data = random_data(
        PROBLEMS["seed"], dict.fromkeys("nmpk", 3), shuffled, np.random.default_rng()
    )
    with pytest.raises(ImportError, match=re.escape('pip install "nzdiff[jax]"')):
        PROBLEMS["seed"].bind(**data, backend="jax")
    assert PROBLEMS["seed"].bind(**data).backend != "jax"


def test_a_program_binds_each_name_once() -> None:
    problem = PROBLEMS["seed"]
    program = plan_program(problem.derive(), checked(problem, data_of(problem, "scattered")))
    text = TARGETS["jax"].text(program, heading(problem.derive(), program, "a test"))
    assert "[:]" not in text
    assert "w.energy = " in text
    assert 'need(w, STAGES, NEEDS["gradient"])' in text


def test_rows_are_cut_into_pieces_of_one_width() -> None:
    counts = np.array([0, 3, 100, 1, 2, 1])
    start, cols = np.append(0, counts.cumsum()), np.arange(107, dtype=np.int32)
    table = row_table(start, cols)
    assert table.piece_row is not None
    at = table.piece_places != NOWHERE
    assert sorted(table.piece_places[at]) == list(range(107))
    owners = np.broadcast_to(table.piece_row, table.piece_places.shape)
    np.testing.assert_array_equal(table.row[table.piece_places[at]], owners[at])
    np.testing.assert_array_equal(table.piece_cols[at], table.piece_places[at])
    even = row_table(np.arange(0, 10, 3), cols[:9])
    assert even.piece_row is None
    assert even.piece_places.shape == (1, 3, 3)


def functions_of(model: Model, seed: int) -> dict[str, Any]:
    """Everything that a model has, at a point."""
    rng = np.random.default_rng(seed)
    g, v = rng.standard_normal((2, model.size))
    found: dict[str, Any] = {}
    w: list[Any] = []
    if model.is_sum_of_squares or model.is_function:
        w = [rng.standard_normal(model.residual_size)]
        found |= {"residual": model.residual(g), "jvp": model.jvp(g, v), "vjp": model.vjp(g, *w)}
    if model.is_sum_of_squares:
        found["gnvp"] = model.gauss_newton(g) @ v
    if model.is_function:
        return found | {"hvp": model.hessian(g, *w) @ v}
    found["energy"], found["gradient"] = model.energy_and_gradient(g)
    return found | {"hvp": model.hessian(g) @ v}


def close(found: Any, expected: Any, tolerance: float) -> None:
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
