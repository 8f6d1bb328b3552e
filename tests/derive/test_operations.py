"""What is new at run time beyond products: unknowns that are not sparse, matrix functions,
factorisations, numbers as values, and generated packages that hold every kind of step."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from numpy.typing import ArrayLike
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.package.write import generate
from nzdiff.codegen.plan.price import memory_formula, peak_bytes
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.demo.run import imported
from nzdiff.derive.language.notation import latex, text
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.model import Model
from problems import CALCULUS, SITUATIONS, Floats, agree, random_data

Generator = np.random.Generator
pytestmark = pytest.mark.usefixtures("quick_compiles")
BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
every_backend = pytest.mark.parametrize("backend", BACKENDS)

n, m, k = nz.dims("n m k")
X, B, C = nz.dense("X", n, k), nz.dense("B", m, k), nz.dense("C", n, n)
Q, U, D = nz.dense("Q", n, n), nz.dense("U", n, m), nz.diagonal("D", n)
A, G, M = nz.sparse("A", n, n), nz.sparse("G", n, m), nz.sparse("M", n, m)
S, T = nz.sparse("S", n, n, symmetric=True), nz.dense("T", n, n, symmetric=True)
mu = nz.scalar("mu")


def slope(f: Callable[[Floats], Any], g: Floats, v: Floats) -> Any:
    """The derivative of f at g along v by central differences with an error of h⁴."""
    near, far = ((np.asarray(f(g + h * v)) - f(g - h * v)) / (2 * h) for h in (1e-4, 2e-4))
    return (4 * near - far) / 3


# unknowns


@pytest.mark.parametrize(
    "given",
    [(3, 2), np.zeros((3, 2)), [[0, 0], [0, 0], [0, 0]], nz.Pattern.full((3, 2)), None],
    ids=["a shape", "an array", "lists", "a full pattern", "nothing"],
)
def test_a_dense_unknown_is_given_in_several_ways(given: Any, rng: Generator) -> None:
    """All of them keep g = vec(U), column by column."""
    x, b, u = rng.standard_normal((3, 4)), rng.standard_normal((2, 4)), rng.standard_normal((3, 2))
    shape = {} if given is None else {"U": given}
    model = nz.Problem(nz.sumsq(X - U * B), wrt=U).bind(X=x, B=b, **shape)
    g = model.pack(u)
    assert np.array_equal(g, u.ravel(order="F"))
    assert agree(model.energy(g), np.sum((x - u @ b) ** 2))
    assert agree(model.gradient(g), (-2 * (x - u @ b) @ b.T).ravel(order="F"))
    unpacked = model.unpack(g)
    assert isinstance(unpacked, np.ndarray)
    assert np.array_equal(unpacked, u)


def test_a_full_pattern_in_another_order_keeps_its_order(rng: Generator) -> None:
    x, b, u = rng.standard_normal((3, 4)), rng.standard_normal((2, 4)), rng.standard_normal((3, 2))
    places = rng.permutation(6)
    pattern = nz.Pattern((places // 2, places % 2), (3, 2))
    model = nz.Problem(nz.sumsq(X - U * B), wrt=U).bind(X=x, B=b, U=pattern)
    assert agree(model.gradient(u.ravel()[places]), (-2 * (x - u @ b) @ b.T).ravel()[places])


@pytest.mark.parametrize("given", [(3,), (3, 3), np.zeros(3), nz.Pattern.diagonal(3), None])
def test_a_diagonal_unknown_is_its_diagonal(given: Any, rng: Generator) -> None:
    x, d = rng.standard_normal((3, 4)), 1.0 + rng.random(3)
    shape = {} if given is None else {"D": given}
    model = nz.Problem(nz.sumsq(X - D.inv() * X) - nz.logdet(D), wrt=D).bind(X=x, **shape)
    assert model.size == 3
    moved = x - x / d[:, None]
    assert agree(model.energy(d), np.sum(moved**2) - np.log(d).sum())
    assert agree(model.gradient(d), 2 * np.sum(moved * x, axis=1) / d**2 - 1 / d)
    assert np.array_equal(model.pack(sparse.diags_array(d)), d)
    assert np.array_equal(model.unpack(d).toarray(), np.diag(d))


def test_a_dense_symmetric_unknown_has_one_number_per_pair(rng: Generator) -> None:
    c = rng.standard_normal((4, 4))
    model = nz.Problem(nz.trace(C * T) + nz.sumsq(T), wrt=T).bind(C=c)
    assert model.size == 10
    g = rng.standard_normal(10)
    matrix = model.unpack(g)
    assert isinstance(matrix, np.ndarray)
    assert np.array_equal(matrix, matrix.T)
    assert agree(model.energy(g), np.trace(c @ matrix) + np.sum(matrix**2))
    for v in np.eye(10):
        assert agree(model.gradient(g) @ v, slope(model.energy, g, v), 1e-9)


def test_several_kinds_of_unknowns_are_one_vector(rng: Generator) -> None:
    problem = nz.Problem(nz.sumsq(X - D * U * B) + nz.sumsq(G - M), wrt=(U, G, D))
    pattern = nz.Pattern(([0, 2], [1, 0]), (3, 2))
    x, b = rng.standard_normal((3, 4)), rng.standard_normal((2, 4))
    model = problem.bind(X=x, B=b, G=pattern, M=pattern.to_csr([1.0, 2.0]))
    g = rng.standard_normal(model.size)
    u, found, d = model.unpack(g)
    assert (u.shape, found.shape, d.shape) == ((3, 2), (3, 2), (3, 3))
    assert isinstance(u, np.ndarray) and sparse.issparse(found) and sparse.issparse(d)
    assert np.array_equal(model.pack(u, found, d), g)
    v = rng.standard_normal(model.size)
    assert agree(model.gradient(g) @ v, slope(model.energy, g, v), 1e-9)


SPARSE_PATTERN = nz.Pattern(([0, 1], [0, 1]), (3, 2))
WRONG: dict[str, tuple[nz.Problem, dict[str, Any], type[Exception], str]] = {
    "dense, a pattern that is not full": (
        nz.Problem(nz.sumsq(X - U * B), wrt=U),
        {"U": SPARSE_PATTERN},
        ValueError,
        r"^U: declared dense, but the pattern stores 2 of 6 entries; declare it with nz\.sparse",
    ),
    "dense, one size": (
        nz.Problem(nz.sumsq(X - U * B), wrt=U),
        {"U": (3,)},
        ValueError,
        r"^U: expected a shape \(rows, columns\), a full Pattern or an array, got \(3,\)",
    ),
    "dense, another shape": (
        nz.Problem(nz.sumsq(X - U * B), wrt=U),
        {"U": (2, 3)},
        ValueError,
        r"^U: expected . (rows|columns) \(.*\), got shape \(2, 3\)",
    ),
    "dense, left out and nowhere else": (
        nz.Problem(nz.sumsq(nz.exp(Q)), wrt=Q),
        {},
        TypeError,
        r"^bind: Q was left out, but nothing else has the size n; pass Q=\(rows, columns\)",
    ),
    "diagonal, a pattern with more": (
        nz.Problem(nz.sumsq(D * X), wrt=D),
        {"D": nz.Pattern.full((3, 3))},
        ValueError,
        "^D: declared diagonal, but the pattern is not",
    ),
    "diagonal, not square": (
        nz.Problem(nz.sumsq(D * X), wrt=D),
        {"D": (3, 2)},
        ValueError,
        r"^D: expected a square shape, got \(3, 2\)",
    ),
    "symmetric, a pattern that is free": (
        nz.Problem(nz.sumsq(S * X), wrt=S),
        {"S": nz.Pattern.full((3, 3))},
        ValueError,
        r"^S: declared symmetric, but the pattern lets it be otherwise; pass pattern\.symmetric",
    ),
    "symmetric and dense, a pattern that is free": (
        nz.Problem(nz.sumsq(T * X), wrt=T),
        {"T": nz.Pattern.full((3, 3))},
        ValueError,
        r"^T: declared symmetric, but the pattern lets it be otherwise",
    ),
    "sparse, a shape": (
        nz.Problem(nz.sumsq(X - G * B), wrt=G),
        {"G": (3, 2)},
        TypeError,
        r"^G: expected a Pattern \(or a SciPy sparse matrix .*got tuple",
    ),
    "sparse, left out": (
        nz.Problem(nz.sumsq(X - G * B), wrt=G),
        {},
        TypeError,
        "^bind: expected B, G, X: missing G",
    ),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_an_unknown_of_the_wrong_kind_is_named(case: str) -> None:
    problem, given, error, message = WRONG[case]
    known = {"X": np.ones((3, 4)), "B": np.ones((2, 4))}
    names = {str(matrix.name) for matrix in problem.matrices}
    data: dict[str, Any] = {name: value for name, value in known.items() if name in names}
    with pytest.raises(error, match=message):
        problem.bind(**data, **given)


# matrix functions


def solve_function(backend: str, rng: Generator) -> tuple[Model, Floats, Floats]:
    """F = (A + 5 I)⁻¹ X on a sparse A: the model, X and a point."""
    x = rng.standard_normal((4, 2))
    places = np.eye(4, dtype=bool) | (rng.random((4, 4)) < 0.4)
    problem = nz.Problem((A + 5 * nz.identity(n)).inv() * X, wrt=A)
    rows, cols = np.nonzero(places)
    model = problem.bind(A=nz.Pattern((rows, cols), (4, 4)), X=x, backend=backend)
    return model, x, rng.standard_normal(model.size)


@every_backend
def test_a_matrix_function_has_residual_and_jacobian(backend: str, rng: Generator) -> None:
    model, x, g = solve_function(backend, rng)
    value = np.linalg.solve(model.unpack(g).toarray() + 5 * np.eye(4), x)
    assert model.is_function
    assert agree(model.residual(g), value.ravel(order="F"))
    v, w = rng.standard_normal(model.size), rng.standard_normal(model.residual_size)
    moved = slope(model.residual, g, v)
    assert agree(model.jvp(g, v), moved, 1e-9)
    jacobian = model.jacobian(g)
    assert agree(jacobian @ v, moved, 1e-9)
    assert agree(model.vjp(g, w), jacobian.toarray().T @ w)
    assert agree(model.hessian(g, w) @ v, slope(lambda at: model.vjp(at, w), g, v), 1e-8)


@every_backend
def test_a_matrix_function_has_neither_energy_nor_gradient(backend: str, rng: Generator) -> None:
    model, _, g = solve_function(backend, rng)
    for name in ("energy", "gradient", "energy_and_gradient"):
        with pytest.raises(TypeError, match=f"^{name}: .* is a matrix function, not an energy"):
            getattr(model, name)(g)
    with pytest.raises(TypeError, match=r"^hessian: expected w, for ⟨w, vec\(F\)⟩"):
        model.hessian(g)
    with pytest.raises(TypeError, match=r"^gauss_newton: "):
        model.gauss_newton(g)
    with pytest.raises(ValueError, match=r"^w: expected"):
        model.hessian(g, np.ones(3))


def test_an_energy_has_one_hessian() -> None:
    model = nz.Problem(nz.sumsq(G), wrt=G).bind(G=SPARSE_PATTERN)
    with pytest.raises(TypeError, match=r"^hessian: w is for matrix functions"):
        model.hessian([1.0, 2.0], np.ones(2))


# singular matrices


@every_backend
def test_a_singular_matrix_is_named_and_forgotten(backend: str, rng: Generator) -> None:
    model, x, g = solve_function(backend, rng)
    bad = model.pack(sparse.csr_array(-5 * np.eye(4)))
    calls: tuple[Callable[[], ArrayLike], ...] = (
        lambda: model.residual(bad),
        lambda: model.jvp(bad, g),
        lambda: model.jacobian(bad) @ g,
        lambda: model.hessian(bad, np.ones(8)) @ g,
    )
    for call in calls:
        with pytest.raises(np.linalg.LinAlgError, match=r"^.*A.*: the 4 × 4 matrix is sing"):
            call()
        value = np.linalg.solve(model.unpack(g).toarray() + 5 * np.eye(4), x)
        assert agree(model.residual(g), value.ravel(order="F"))


@every_backend
@pytest.mark.parametrize("unknown", [Q, A], ids=["dense", "sparse"])
def test_the_determinant_of_a_singular_matrix_is_a_number(backend: str, unknown: Any) -> None:
    name = str(unknown.name)
    given: dict[str, Any] = {name: (2, 2) if unknown is Q else nz.Pattern.full((2, 2))}
    model = nz.Problem(nz.det(unknown), wrt=unknown).bind(**given, backend=backend)
    good, bad = np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4)
    assert model.energy(good) == pytest.approx(-2.0)
    assert model.energy(bad) == 0.0
    assert agree(model.gradient(bad), [1.0, -1.0, -1.0, 1.0])
    assert model.energy(bad) == 0.0
    assert agree(model.gradient(good), [4.0, -2.0, -3.0, 1.0])
    logdet = nz.Problem(nz.logdet(unknown), wrt=unknown).bind(**given, backend=backend)
    assert logdet.energy(bad) == -np.inf
    assert logdet.energy(good) == pytest.approx(np.log(2.0))


# log det of positive definite matrices


@every_backend
@pytest.mark.parametrize("unknown", [T, S], ids=["dense", "sparse"])
def test_log_det_ends_at_the_border_of_the_cone(backend: str, unknown: Any) -> None:
    given: dict[str, Any] = {str(unknown.name): nz.Pattern.full((2, 2)).symmetric()}
    energy = nz.logdet(unknown, positive=True) + nz.trace(unknown.inv())
    model = nz.Problem(energy, wrt=unknown).bind(**given, backend=backend)
    inside = model.pack(np.array([[2.0, 1.0], [1.0, 3.0]]))
    gradient = model.gradient(inside)
    assert model.energy(inside) == pytest.approx(np.log(5.0) + 1.0)
    calls: tuple[Callable[[Floats], Any], ...] = (
        model.energy,
        model.gradient,
        model.energy_and_gradient,
        lambda g: model.hessian(g) @ g,
        lambda g: model.hessian(g).toarray(),
    )
    for outside in (-inside, np.array([1.0, 2.0, 1.0]), np.zeros(3)):
        for call in calls:
            with pytest.raises(np.linalg.LinAlgError, match=r"2 × 2 matrix is not positive def"):
                call(outside)
        assert np.array_equal(model.gradient(inside), gradient)


@pytest.mark.parametrize("unknown", [T, S], ids=["dense", "sparse"])
def test_every_solve_shares_the_factors_of_log_det(unknown: Any) -> None:
    shifted = unknown + 9 * nz.identity(n)
    energy = nz.sumsq(shifted.inv() * X) + nz.logdet(shifted, positive=True)
    program = program_of(nz.Problem(energy, wrt=unknown), SIZES)
    (step,) = (step for step in program.plan.steps if isinstance(step, ir.Factor))
    assert step.domain == "positive definite"
    assert program.factored == (step,)


@pytest.mark.parametrize("matrix", [A, S * A, A + S, A * S * A], ids=str)
def test_log_det_of_a_definite_matrix_needs_symmetry(matrix: Any) -> None:
    with pytest.raises(ValueError, match=r"^log det\(.*: positive=True expects a matrix that is"):
        nz.Problem(nz.logdet(matrix, positive=True), wrt=A)


def test_the_two_logarithms_are_printed_apart() -> None:
    plain, definite = nz.logdet(T), nz.logdet(T, positive=True)
    assert plain != definite
    assert (text(plain), text(definite)) == ("log|det(T)|", "log det(T)")
    assert (latex(plain), latex(definite)) == (
        r"\log\left|\det\left(T\right)\right|",
        r"\log\det\left(T\right)",
    )


# threads, entries that are not stored


@pytest.mark.parametrize("name", ["two_solves", "stacked", "function_that_is_sparse"])
def test_threads_change_no_number(name: str, rng: Generator) -> None:
    problem, where = CALCULUS[name], SITUATIONS["scattered"]
    data = random_data(problem, where.sizes, where.pattern, np.random.default_rng(3))
    one, two = (problem.bind(**data, backend=BACKENDS[-1], threads=t) for t in (1, 2))
    g = rng.standard_normal(one.size)
    assert two.threads == 2
    if one.is_function:
        w = rng.standard_normal(one.residual_size)
        assert agree(one.residual(g), two.residual(g), 1e-14)
        assert agree(one.vjp(g, w), two.vjp(g, w), 1e-14)
    else:
        assert agree(one.energy(g), two.energy(g), 1e-14)
        assert agree(one.gradient(g), two.gradient(g), 1e-14)


@every_backend
def test_entries_that_are_not_stored_have_a_function_too(backend: str, rng: Generator) -> None:
    g = rng.standard_normal(2)
    dense = nz.Problem(nz.total(nz.cos(G)), wrt=G).bind(G=SPARSE_PATTERN, backend=backend)
    stored = nz.Problem(nz.total(nz.map_nonzeros(sp.cos, G)), wrt=G)
    sampled = stored.bind(G=SPARSE_PATTERN, backend=backend)
    assert agree(dense.energy(g), np.cos(g).sum() + 4.0)
    assert agree(sampled.energy(g), np.cos(g).sum())
    for model in (dense, sampled):
        assert agree(model.gradient(g), -np.sin(g))
        assert agree(model.hessian(g).toarray(), np.diag(-np.cos(g)))


# plans


def program_of(problem: nz.Problem, sizes: dict[str, int]) -> Program:
    return plan_program(problem.derive(), checked(problem, example_data(problem, sizes)))


def inverses(program: Program) -> list[ir.Value]:
    """What is solved for with the identity as right side: inverses in full."""
    made = {step.out: step for step in program.plan.steps}

    def is_identity(value: ir.Value) -> bool:
        step = made.get(value)
        if isinstance(step, ir.Combine) and len(step.terms) == 1:
            return is_identity(step.terms[0][1].value)
        return value.formula == "I"

    solves = [step for step in program.plan.steps if isinstance(step, ir.Solve)]
    return [step.out for step in solves if is_identity(step.right)]


SIZES = {"n": 60, "m": 20, "k": 3}


@pytest.mark.parametrize("unknown", [A, Q], ids=["sparse", "dense"])
def test_a_solve_forms_no_inverse(unknown: Any) -> None:
    program = program_of(nz.Problem(nz.sumsq(X - unknown.inv() * G * B), wrt=unknown), SIZES)
    plan = program.plan
    assert sum(isinstance(step, ir.Factor) for step in plan.steps) == 1
    assert any(isinstance(step, ir.Solve) for step in plan.steps)
    products = (
        *plan.output("gradient"),
        *plan.output("jvp"),
        *plan.output("vjp"),
        *plan.output("gnvp"),
        *plan.output("hvp"),
    )
    assert not ir.needed(plan, (*plan.output("energy"), *products)).intersection(inverses(program))
    assert not inverses(program)  # what assembled matrices need is planned apart


@pytest.mark.parametrize("unknown", [A, Q, S], ids=["sparse", "dense", "symmetric"])
def test_the_gradient_of_a_log_determinant_forms_the_inverse_once(unknown: Any) -> None:
    program = program_of(nz.Problem(nz.logdet(unknown), wrt=unknown), {"n": 40})
    assert len(inverses(program)) == 1
    plan = program.plan
    energy = ir.needed(plan, plan.output("energy"))
    assert not any(step.out in energy for step in plan.steps if isinstance(step, ir.Solve))


def test_a_masked_factorisation_makes_no_dense_matrix_of_the_size_of_the_data() -> None:
    left, right = nz.dense("W", n, k), nz.dense("V", m, k)
    problem = nz.Problem(nz.sumsq(nz.mask(left * right.T, M) - M), wrt=(left, right))
    program = program_of(problem, {"n": 500, "m": 300, "k": 5})
    dense = [v for v in program.plan.values if v.support is None and not v.scalar]
    assert frozenset(("n", "m")) not in {frozenset((v.rows, v.cols)) for v in dense}


def test_the_element_wise_derivation_differentiates_each_entry() -> None:
    problem = nz.Problem(nz.total(nz.map_nonzeros(sp.exp, G)) + nz.sumsq(G) ** 2, wrt=G)
    entries = problem.derive().elementwise({"n": 3, "m": 2}, G=SPARSE_PATTERN)
    g1, g2 = entries.unknowns
    square = g1**2 + g2**2
    expected = [sp.exp(g) + 4 * g * square for g in (g1, g2)]
    assert [sp.expand(a - b) for a, b in zip(entries.gradient, expected, strict=True)] == [0, 0]
    assert sp.expand(entries.hessian[0, 1] - 8 * g1 * g2) == 0
    function = nz.Problem(nz.hadamard(G, G), wrt=G).derive()
    jacobian = function.elementwise({"n": 3, "m": 2}, G=SPARSE_PATTERN).jacobian
    assert jacobian.shape == (6, 2)
    assert sorted(map(str, jacobian[jacobian != 0])) == ["2*g1", "2*g2"]


# a generated package that holds every kind of step


def everything() -> nz.Problem:
    """Constants, factorisations, functions with a scalar, formulas, blocks, masks: all of it."""
    shifted = A + 4 * nz.identity(n)
    solved = nz.vstack(X, shifted.inv() * G * B) + nz.vstack(shifted.T.inv() * X, D.inv() * X)
    smooth = nz.entrywise(lambda t: sp.sqrt(t**2 + mu**2), nz.mask(G * B * X.T, A))
    blocks = nz.power(nz.kron(B.T, G), 2) * nz.vec(nz.diag(nz.diag_of(nz.diag(nz.dense("z", m)))))
    stored = nz.map_nonzeros(lambda t: sp.exp(mu * t), G) - nz.trace(A) * G
    numbers = mu * nz.log(1 + nz.sumsq(A)) + nz.logdet(shifted) / nz.total(nz.exp(G)) + nz.det(D)
    corner = nz.entry(G * B, 0, 0) ** 3 + nz.total(nz.hadamard(G, M)) + nz.trace(Q * T * Q.T)
    squares = sum(nz.sumsq(part) for part in (solved, smooth, blocks, stored, T * Q - 2 * D))
    return nz.Problem(squares + numbers + corner, wrt=(G, A, D, T), name="everything")


EVERYTHING = everything()
DATA = example_data(EVERYTHING, {"n": 7, "m": 4, "k": 2}, seed=1)


@cache
def its_plan() -> ir.Plan:
    return plan_program(EVERYTHING.derive(), checked(EVERYTHING, DATA)).plan


@cache
def its_model() -> Model:
    return EVERYTHING.bind(**DATA, backend="numpy")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "everything"
    return generate(EVERYTHING, folder, sizes={"n": 12, "m": 6, "k": 3})


def test_its_plan_holds_every_kind_of_step() -> None:
    kinds = {type(step) for step in its_plan().steps}
    wanted = {
        ir.Factor,
        ir.Solve,
        ir.Map,
        ir.Formula,
        ir.Kronecker,
        ir.Multiply,
        ir.Fill,
        ir.Reshape,
    }
    assert wanted <= kinds
    assert its_plan().constants


@every_backend
def test_a_generated_package_computes_what_bind_computes(
    package: Path, backend: str, rng: Generator
) -> None:
    reference, model = its_model(), imported(package).bind(**DATA, backend=backend)
    g, v = rng.uniform(0.5, 1.5, (2, model.size))
    assert agree(model.energy(g), reference.energy(g))
    assert agree(model.gradient(g), reference.gradient(g))
    assert agree(model.hessian(g) @ v, reference.hessian(g) @ v)
    assert agree(model.gradient(g) @ v, slope(model.energy, g, v), 1e-8)
    assert agree(model.hessian(g) @ v, slope(model.gradient, g, v), 1e-7)
    for found, expected in zip(model.unpack(g), reference.unpack(g), strict=True):
        assert sparse.issparse(found) == sparse.issparse(expected)


@pytest.mark.skipif(RUFF is None, reason="needs ruff")
def test_generated_files_are_formatted(package: Path) -> None:
    options = ["format", "--check", "--diff", "--isolated", "--line-length", "100"]
    command = [str(RUFF), *options, str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_generated_c_has_no_warnings(package: Path) -> None:
    compiler = find_compiler()
    assert compiler is not None
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fopenmp", "-fsyntax-only"]
    sources = sorted(package.glob("*.c"))
    assert [source.name for source in sources] == ["kernel.c", "second_order.c"]
    for source in sources:
        command = [*compiler, *flags, str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_stated_memory_is_what_is_allocated() -> None:
    given, plan = checked(EVERYTHING, DATA), its_plan()
    supports = Supports(given.dims, given.structures)
    supports.add_constants(plan.constants)
    sizes = Sizes(supports)
    arrays = its_model()._bound.memory.arrays
    computed = sum(arrays[name].nbytes for name in {step.out.name for step in plan.steps})
    assert computed == peak_bytes(plan, sizes)
    stored = {str(v.support): sizes.count(v) for v in plan.values if v.support is not None}
    assert evaluated(memory_formula(plan), given.dims, stored) == computed


def evaluated(formula: str, dims: dict[str, int], stored: dict[str, int]) -> int:
    """A formula such as "8 (2 (2 * n)·k + nnz(G) + 3) bytes" at sizes."""
    counted = re.sub(r"nnz\((.*?)\)(?= \+|\) bytes)", lambda found: str(stored[found[1]]), formula)
    product = re.sub(r"(?<=\d) (?=[\d(a-z])", " * ", counted.removesuffix(" bytes"))
    return int(eval(product.replace("·", " * "), {}, dims))
