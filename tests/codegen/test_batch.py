"""Many instances at once give what a model of each gives, from numbers that are proven."""

import re
from typing import Any

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from benchmarks.batch import unrolled as bench
from nzdiff.codegen.compile import checked
from nzdiff.codegen.emit.targets.c.expressions import c_text
from nzdiff.codegen.unroll import unrolled
from nzdiff.codegen.unroll.ssa import ONE, ZERO, Given, Number, Scalars, Total, Unknown
from nzdiff.codegen.unroll.straight_line import (
    Evaluation,
    _is_arithmetic,
    c_parts,
    straight_line,
)
from nzdiff.codegen.unroll.unrolled import unroll
from nzdiff.derive.proof.elementwise import elementwise, same
from problems import CALCULUS, PROBLEMS, SITUATIONS, Generator, agree, random_data

Floats = NDArray[np.float64]
EVERY = {**PROBLEMS, **CALCULUS}
FACTORISED = (
    "covariance",
    "definite_and_dense",
    "definite_and_sparse",
    "dense_symmetric_unknown",
    "determinant",
    "diagonal_unknown",
    "equations",
    "inverse_of_a_product",
    "log_determinant",
    "on_domains",
    "sparse_inverse",
    "two_solves",
)
UNROLLED = [name for name, each in EVERY.items() if name not in FACTORISED and not each.is_function]
COMPILED = ("seed", "regularised", "two_unknowns_backwards", "penalties", "kronecker_product")


def made(name: str, situation: str, rng: Generator) -> tuple[nz.Problem, dict[str, Any]]:
    chosen = SITUATIONS[situation]
    return EVERY[name], random_data(EVERY[name], chosen.sizes, chosen.pattern, rng)


def of_models(models: dict[int, nz.Model], g: Floats) -> tuple[Floats, Floats, Floats]:
    """Energy, gradient and Hessian of some instances, each by a model of its own."""
    pairs = [(model, g[place]) for place, model in models.items()]
    return (
        np.array([model.energy(x) for model, x in pairs]),
        np.array([model.gradient(x) for model, x in pairs]),
        np.array([model.hessian(x).toarray() for model, x in pairs]),
    )


def check(
    problem: nz.Problem, batch: nz.BatchModel, models: dict[int, nz.Model], g: Floats
) -> None:
    energies, gradients, hessians = of_models(models, g)
    found, places = batch.energy_and_gradient(g), list(models)
    assert agree(found[0][places], energies) and agree(found[1][places], gradients)
    assert agree(batch.energy(g), found[0])
    assert np.array_equal(batch.gradient(g), found[1])
    assert agree(batch.hessian(g)[places], hessians, 1e-11)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if i % 3 else []) for i, n in enumerate(UNROLLED)],
)
def test_a_batch_equals_the_model_of_each_instance(name: str, rng: Generator) -> None:
    problem, data = made(name, "full" if name == "dense_unknown" else "scattered", rng)
    model = problem.bind(**data, backend="numpy")
    g = rng.standard_normal((3, model.size))
    check(problem, problem.bind_batch(**data, backend="numpy"), dict.fromkeys(range(3), model), g)


@pytest.mark.parametrize("situation", ["empty", "tied", "row_sums", "one_column", "one_row"])
@pytest.mark.parametrize("name", ["seed", "regularised"])
def test_patterns_of_every_kind(name: str, situation: str, rng: Generator) -> None:
    problem, data = made(name, situation, rng)
    model = problem.bind(**data, backend="numpy")
    g = rng.standard_normal((2, model.size))
    check(problem, problem.bind_batch(**data, backend="numpy"), dict.fromkeys(range(2), model), g)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_code_equals_numpy(name: str, rng: Generator) -> None:
    problem, data = made(name, "tied", rng)
    compiled, plain = (problem.bind_batch(**data, backend=backend) for backend in ("c", "numpy"))
    assert (compiled.backend, plain.backend) == ("c", "numpy")
    for count in (0, 1, 21, 600):
        g = rng.standard_normal((count, compiled.size))
        for left, right in zip(
            compiled.energy_and_gradient(g), plain.energy_and_gradient(g), strict=True
        ):
            assert agree(left, right, 1e-13 * 10)
    g = rng.standard_normal((21, compiled.size))
    assert agree(compiled.energy(g), plain.energy(g), 1e-13 * 10)


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize(
    "own", [*(pytest.param(n, marks=pytest.mark.slow) for n in ("X", "mu", "L")), "X Y V mu L B"]
)
def test_instances_may_have_data_of_their_own(backend: str, own: str, rng: Generator) -> None:
    n, m, p, k = nz.dims("n m p k")
    X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
    V, mu, L, G = nz.diagonal("V", m), nz.scalar("mu"), nz.sparse("L", n, n), nz.sparse("G", n, m)
    energy = nz.sumsq(X - Y * V * G.T * L * G * B) + nz.sqrt(mu) * nz.sumsq(nz.sin(mu * G))
    problem = nz.Problem(energy, wrt=G)
    count = 11
    pattern = nz.Pattern.from_scipy(sparse.random_array((6, 3), density=0.5, rng=rng))
    inner = nz.Pattern((rng.integers(6, size=14), rng.integers(6, size=14)), (6, 6))
    stacks: dict[str, Floats] = {
        "X": rng.standard_normal((count, 5, 4)),
        "Y": rng.standard_normal((count, 5, 3)),
        "B": rng.standard_normal((count, 3, 4)),
        "V": rng.standard_normal((count, 3)),
        "mu": rng.uniform(0.5, 2, count),
        "L": rng.standard_normal((count, inner.size)),
    }

    def given(name: str, instance: int) -> Any:
        value = stacks[name][instance if name in own.split() else 0]
        return inner.to_csr(value) if name == "L" else float(value) if name == "mu" else value

    models = {
        i: problem.bind(**{name: given(name, i) for name in stacks}, G=pattern, backend="numpy")
        for i in (0, count - 1)
    }
    data = {name: given(name, 0) for name in stacks}
    data.update(
        (name, (inner, stacks[name]) if name == "L" else stacks[name]) for name in own.split()
    )
    batch = problem.bind_batch(**data, G=pattern, backend=backend)
    assert batch.count == count
    check(problem, batch, models, rng.standard_normal((count, pattern.size)))


@pytest.mark.slow
def test_unrolled_numbers_equal_the_elementwise_derivation_entry_by_entry(rng: Generator) -> None:
    derivation = PROBLEMS["seed"].derive()
    dims = {"n": 3, "m": 2, "p": 2, "k": 2}
    data = {name: np.ones((dims[a], dims[b])) for name, a, b in ("Xpk", "Ypm", "Bmk")}
    pattern = nz.Pattern.from_scipy(sparse.random_array((3, 2), density=0.7, rng=rng))
    known = checked(
        PROBLEMS["seed"], {**data, "L": sparse.csr_array(np.ones((3, 3))), "G": pattern}
    )
    expected = elementwise(derivation, {"G": pattern}, dims)
    shapes = {"X": (2, 2), "Y": (2, 2), "B": (2, 2), "L": (3, 3)}
    for function, derivative in (("gradient", expected.gradient), ("hessian", expected.hessian)):
        found = unroll(derivation, known, function)
        symbols: dict[int, Any] = {}
        for place, node in enumerate(found.scalars.nodes):
            if isinstance(node, Unknown):
                symbols[place] = expected.unknowns[node.place]
            elif isinstance(node, Number):
                symbols[place] = sp.Rational(node.value)
            elif isinstance(node, Given):
                row, column = divmod(node.place, shapes[node.name][1])
                symbols[place] = sp.Symbol(f"{node.name}_{row + 1}_{column + 1}")
        numbers = Evaluation.of(found.scalars, found.others, symbols)(symbols)
        assert same(np.array(numbers, dtype=object).reshape(derivative.shape), derivative)


def test_threads_change_no_bit(rng: Generator) -> None:
    problem, data = made("seed", "scattered", rng)
    one, two = (problem.bind_batch(**data, backend="c", threads=count) for count in (1, 2))
    g = rng.standard_normal((203, one.size))
    for left, right in zip(one.energy_and_gradient(g), two.energy_and_gradient(g), strict=True):
        assert np.array_equal(left, right)


def test_equal_numbers_are_one_and_constants_are_folded() -> None:
    s = Scalars()
    a, b, x, y = (s.add(node) for node in (Given("a", 0), Given("b", 0), Unknown(0), Unknown(1)))
    assert s.product(x, y) == s.product(y, x)
    assert s.product(ZERO, x) == ZERO and s.product(x, ONE) == x
    assert s.product(s.number(2), s.number(3)) == s.number(6)
    assert s.product(a, s.product(b, x)) == s.product(s.product(b, a), x)
    assert s.total([x, s.number(1), y, s.number(-1)]) == s.total([y, x])
    assert s.total([]) == ZERO and s.total([x, ZERO]) == x
    node = s.nodes[s.total([a, x, b])]
    assert isinstance(node, Total) and s.total([a, b]) in node.terms
    assert s.power(x, 4) == s.product(s.product(x, x), s.product(x, x))


def test_what_does_not_depend_on_g_is_no_statement(rng: Generator) -> None:
    C = nz.dense("C", 3, 3)
    G = nz.sparse("G", 3, 3)
    problem = nz.Problem(nz.sumsq(C * C * G), wrt=G)
    data = checked(problem, {"C": rng.standard_normal((3, 3)), "G": nz.Pattern.diagonal(3)})
    found = unroll(problem.derive(), data, "energy")
    code = straight_line(found.scalars, found.results, frozenset({"C"}))
    assert len(code.stacked) == 9 and code.shared == ()
    assert code.operations["Product"] == 9 + 9
    (part,), functions, kept = c_parts(code)
    assert functions == () and kept == 0 and part.lines[-1].startswith("out[0] = ")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if i else []) for i, n in enumerate(FACTORISED)],
)
def test_what_is_factorised_is_taken_in_turn(name: str, rng: Generator) -> None:
    problem, data = made(name, "full", rng)
    model = problem.bind(**data, backend="numpy")
    g = rng.standard_normal((2, model.size))
    batch = problem.bind_batch(**data, backend="numpy")
    assert batch.backend == "numpy"
    for i, row in enumerate(g):
        try:
            expected = model.energy(row), model.gradient(row), model.hessian(row).toarray()
        except np.linalg.LinAlgError:
            assert np.isposinf(batch.energy(g)[i]) and np.isnan(batch.gradient(g)[i]).all()
            continue
        assert agree(batch.energy(g)[i], np.array(expected[0]))
        assert agree(batch.gradient(g)[i], expected[1])
        assert agree(batch.hessian(g)[i], expected[2])


def test_each_factorised_instance_has_its_own_data(rng: Generator) -> None:
    n = nz.dims("n")[0]
    S, A, mu = nz.sparse("S", n, n, symmetric=True), nz.sparse("A", n, n), nz.scalar("mu")
    energy = -nz.logdet(S, positive=True) + nz.trace(A * S) + mu * nz.sumsq(S)
    problem, pattern = nz.Problem(energy, wrt=S), nz.Pattern.full((2, 2)).symmetric()
    values, mus = rng.standard_normal((3, 4)), rng.uniform(1, 2, 3)
    full = nz.Pattern.full((2, 2))
    batch = problem.bind_batch(S=pattern, A=(full, values), mu=mus, backend="numpy")
    g = np.array([[2.0, 0.5, 3.0], [1.0, 0.0, 1.0], [1.0, 5.0, 1.0]])  # the last one is outside
    energies, gradients = batch.energy_and_gradient(g)
    for i in range(2):
        model = problem.bind(S=pattern, A=full.to_csr(values[i]), mu=mus[i], backend="numpy")
        assert agree(energies[i], np.array(model.energy(g[i])))
        assert agree(gradients[i], model.gradient(g[i]))
    assert np.isposinf(energies[2]) and np.isnan(gradients[2]).all()
    assert batch.hessian(g).shape == (3, 3, 3)


@pytest.mark.parametrize("limit", ["MOST_OPERATIONS", "MOST_ENTRIES"])
def test_large_instances_are_computed_by_models(
    limit: str, rng: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, data = made("seed", "scattered", rng)
    monkeypatch.setattr(unrolled, limit, 10)
    data["X"] = np.stack([data["X"], 2 * data["X"]])
    batch = problem.bind_batch(**data, backend="numpy")
    models = {i: problem.bind(**{**data, "X": data["X"][i]}, backend="numpy") for i in range(2)}
    check(problem, batch, models, rng.standard_normal((2, batch.size)))


def test_hessians_with_too_many_products_are_computed_by_models(
    rng: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = nz.Problem(nz.sumsq(nz.sparse("G", 30, 1)), wrt=nz.sparse("G", 30, 1))
    batch = problem.bind_batch(G=nz.Pattern.full((30, 1)), backend="numpy")
    monkeypatch.setattr(unrolled, "MOST_OPERATIONS", 899)
    g = rng.standard_normal((1, 30))
    np.testing.assert_allclose(batch.gradient(g), 2 * g)
    np.testing.assert_allclose(batch.hessian(g), [2 * np.eye(30)])


def test_what_an_unknown_does_not_enter_has_derivatives_of_zero(rng: Generator) -> None:
    G, H = nz.sparse("G", 3, 3), nz.dense("H", 2, 2)
    problem = nz.Problem(nz.sumsq(G) + nz.trace(H), wrt=(G, H))
    batch = problem.bind_batch(G=nz.Pattern.diagonal(3), H=(2, 2), backend="numpy")
    g = rng.standard_normal((4, 7))
    np.testing.assert_allclose(
        batch.gradient(g), np.c_[2 * g[:, :3], np.tile([1, 0, 0, 1], (4, 1))]
    )
    np.testing.assert_allclose(batch.hessian(g), [np.diag([2, 2, 2, 0, 0, 0, 0])] * 4)


def test_vectors_have_sums_products_and_quotients_and_no_functions() -> None:
    x, y = sp.symbols("x y")
    for expr in (x + y, 3 * x * y**2, x**4, 1 / x, 1 / (x + y), sp.Float(0.5) - x / y):
        assert _is_arithmetic(expr) and not re.search(r"[a-z]{2,}\(", c_text(expr))
    for expr in (
        sp.sqrt(x),
        x**5,
        (x + y) ** 2,
        x**-2,
        x ** sp.Rational(1, 3),
        x**y,
        sp.exp(x),
        2**x,
    ):
        assert not _is_arithmetic(expr) and not _is_arithmetic(y + 2 * expr)


def test_wrong_input_is_refused(rng: Generator) -> None:
    problem, data = made("seed", "scattered", rng)
    with pytest.raises(TypeError, match="matrix function"):
        CALCULUS["function_that_is_sparse"].bind_batch()
    batch = problem.bind_batch(**data, backend="numpy")
    with pytest.raises(ValueError, match=rf"g: expected shape \(N, {batch.size}\), got"):
        batch.energy(np.zeros(batch.size))
    X = np.stack([data["X"]] * 3)
    three = problem.bind_batch(**{**data, "X": X}, backend="numpy")
    with pytest.raises(ValueError, match=r"g: expected shape \(3, "):
        three.energy(np.zeros((2, batch.size)))
    with pytest.raises(ValueError, match="one number of instances, got 2 of B, 3 of X"):
        problem.bind_batch(**{**data, "X": X, "B": np.stack([data["B"]] * 2)})
    with pytest.raises(TypeError, match="L: expected a SciPy sparse matrix"):
        problem.bind_batch(**{**data, "L": (data["L"], np.ones(3))})
    with pytest.raises(ValueError, match="L: expected values of shape"):
        problem.bind_batch(**{**data, "L": (nz.Pattern.diagonal(9), np.ones((3, 8)))})
    with pytest.raises(ValueError, match="X: expected finite numbers"):
        problem.bind_batch(**{**data, "X": np.full_like(X, np.nan)})
    with pytest.raises(ValueError, match="X: expected at least one instance"):
        problem.bind_batch(**{**data, "X": X[:0]})
    with pytest.raises(TypeError, match="X: expected real numbers"):
        problem.bind_batch(**{**data, "X": X.astype(complex)})


@pytest.mark.slow
def test_the_benchmark_measures_every_way_and_says_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "LARGEST_CASADI", 0)
    found = bench.measure(12, instances=8, rounds=1)
    monkeypatch.setattr(unrolled, "MOST_OPERATIONS", 10)
    found += bench.measure(40, instances=8, rounds=1)
    assert [(each.s, each.way) for each in found] == [
        (s, way) for s in (12, 40) for way in ("unrolled", "loops")
    ]
    assert found[0].seconds > 0 and np.isnan(found[2].seconds)
    assert bench.table(found).splitlines()[-1].startswith("| 40 | nan |")


def test_matrices_of_a_batch_that_are_not_symmetric_are_named(rng: Generator) -> None:
    n = nz.dims("n")[0]
    S, G = nz.dense("S", n, n, symmetric=True), nz.sparse("G", n, n)
    problem = nz.Problem(nz.sumsq(G - S), wrt=G)
    stack = rng.standard_normal((3, 4, 4))
    stack += stack.swapaxes(1, 2)
    batch = problem.bind_batch(S=stack, G=nz.Pattern.diagonal(4))
    assert batch.count == 3 and np.isfinite(batch.energy(np.ones((3, 4)))).all()
    stack[2, 1, 3] += 1e-6
    with pytest.raises(ValueError, match="S: declared symmetric, but the matrices are not"):
        problem.bind_batch(S=stack, G=nz.Pattern.diagonal(4))
