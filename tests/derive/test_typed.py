"""What people type: sizes as formulas, numbers as unknowns, functions of masked products."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse, special

import nzdiff as nz

n, m, k = nz.dims("n m k")
A, B = nz.dense("A", n, n), nz.dense("B", n, n)
u, v, w = nz.dense("u", n), nz.dense("v", n), nz.dense("w", 2 * n)
W, H, R = nz.dense("W", n, k), nz.dense("H", k, m), nz.sparse("R", n, m)
G, C = nz.sparse("G", n, n), nz.dense("C", n + 1, n)
s, t = nz.scalar("s"), nz.scalar("t")
STACKED = nz.Problem(nz.sumsq(nz.vstack(u, v) - w), wrt=u)
LOGS = nz.map_nonzeros(nz.log, nz.mask(W * H, R))
MASKED = nz.Problem(nz.total(LOGS), wrt=W)
NUMBER = nz.Problem(nz.sumsq(A - t * B), wrt=t)

PROBLEMS = {
    "a size twice another": STACKED,
    "an unknown of a size that is a formula": nz.Problem(nz.sumsq(w) + nz.entry(w, 3, 0), wrt=w),
    "vec of a matrix with one row more": nz.Problem(
        nz.sumsq(nz.vec(C) - nz.dense("c", n * (n + 1))), wrt=C
    ),
    "a difference of sizes": nz.Problem(
        nz.sumsq(nz.dense("C", n - m, n)), wrt=nz.dense("C", n - m, n)
    ),
    "a number": NUMBER,
    "numbers beside a matrix": nz.Problem(
        nz.logdet(A * t + nz.exp(s) * nz.identity(n)) + nz.sumsq(G * s) + t**2 * s, wrt=(t, G, s)
    ),
    "a function of a masked product": MASKED,
    "its square": nz.Problem(nz.sumsq(LOGS), wrt=(W, H)),
    "functions of functions of it": nz.Problem(
        nz.sumsq(nz.map_nonzeros(nz.exp, nz.map_nonzeros(nz.cos, nz.mask(W * H, R)).T) - R.T),
        wrt=(W, H),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_it_is_proven_and_runs_on_every_backend(problem: nz.Problem) -> None:
    assert nz.verify(problem).passed


def bound(problem: nz.Problem, **data: Any) -> Any:
    return problem.bind(backend="numpy", **data)


def test_sizes_may_be_formulas() -> None:
    column = np.ones((3, 1))
    model = bound(STACKED, v=column, w=np.zeros((6, 1)), u=(3, 1))
    assert model.energy(np.zeros(3)) == 3
    assert bound(STACKED, v=column, w=np.zeros((6, 1))).size == 3
    with pytest.raises(ValueError, match=r"w: expected 6 rows \(2 \* n, n = 3 from u\), got shape"):
        bound(STACKED, u=(3, 1), v=column, w=np.zeros((7, 1)))


@pytest.mark.parametrize(
    ("rows", "cols", "shape", "message"),
    [
        (2 * n + 1, 1, (7, 1), ""),
        (
            2 * n + 1,
            1,
            (8, 1),
            r"expected 1 \+ 2 \* n rows for a whole number n, got shape \(8, 1\)",
        ),
        (n * n, n, (9, 3), ""),
        (n - m, n, (2, 5), ""),
        (n + m, 1, (5, 1), r"its rows, m \+ n, do not say what m and n are"),
    ],
)
def test_a_dimension_follows_from_a_formula(
    rows: Any, cols: Any, shape: tuple[int, int], message: str
) -> None:
    C = nz.dense("C", rows, cols)
    problem = nz.Problem(nz.sumsq(C), wrt=C)
    if not message:
        assert bound(problem, C=shape).size == shape[0] * shape[1]
        return
    with pytest.raises(ValueError, match=f"C: {message}"):
        bound(problem, C=shape)


@pytest.mark.parametrize("size", [n**m, n / 2, nz.scalar("c")])
def test_sizes_are_sums_of_products(size: Any) -> None:
    with pytest.raises(TypeError, match="C: expected "):
        nz.dense("C", size)


def test_a_number_may_be_the_unknown() -> None:
    model = bound(NUMBER, A=2 * np.eye(3), B=np.eye(3))
    assert np.allclose(nz.solve(model, np.zeros(1)).x, 2)
    assert model.hessian(np.zeros(1)).toarray().tolist() == [[6.0]]
    assert "E = ‖f‖²" in NUMBER.derive().show()
    assert nz.check(NUMBER, "gradient", -2 * nz.inner(B, A - t * B))
    assert nz.check(NUMBER, "hessian", 2 * nz.sumsq(B))
    assert nz.check(NUMBER, "jacobian", -nz.vec(B))
    assert not nz.check(NUMBER, "gradient", -2 * nz.inner(B, A) + t * nz.sumsq(B))
    both = nz.Problem(t * nz.trace(A), wrt=(t, A))
    assert nz.check(both, "gradient", nz.trace(A), wrt=t)
    with pytest.raises(
        TypeError, match=r"wrt: expected a matrix .* or a number by nz.scalar, got n"
    ):
        nz.Problem(nz.sumsq(A), wrt=n)


def test_a_mask_says_what_is_stored() -> None:
    rng = np.random.default_rng(0)
    data = sparse.random_array((6, 5), density=0.5, rng=rng).tocsr()
    left, right = rng.uniform(1, 2, (6, 2)), rng.uniform(1, 2, (2, 5))
    model = bound(MASKED, R=data, H=right, W=(6, 2))
    stored = data.nonzero()
    assert np.isclose(model.energy(model.pack(left)), np.log((left @ right)[stored]).sum())
    slopes = np.where(data.toarray() != 0, 1 / (left @ right), 0) @ right.T
    assert np.allclose(model.unpack(model.gradient(model.pack(left))), slopes)


def test_two_masks_are_none() -> None:
    inside = nz.mask(nz.tanh(nz.sparse("T", n, m)), R)
    with pytest.raises(nz.UnsupportedNodeError, match="store different entries; mask once"):
        nz.Problem(nz.total(nz.map_nonzeros(nz.log, inside)), wrt=R)


x, X, Y = nz.dense("x", 5), nz.dense("X", 5, 6), nz.dense("Y", n, m)
b = nz.dense("b", n)
MORE = {
    "picked entries": nz.Problem(nz.sumsq(x[[0, 3, 3]] - x[np.array([1, 2, 4])]), wrt=x),
    "differences of neighbours": nz.Problem(nz.sumsq(u[1:] - u[:-1]), wrt=u),
    "picked rows and columns": nz.Problem(
        nz.sumsq(W[[0, 2, 2], :] * W[1:4, :].T) + nz.total(nz.exp(u[[1, 1, 3]])), wrt=(W, u)
    ),
    "rows of a sparse matrix": nz.Problem(
        nz.sumsq(G[[0, 2, 2], :]) + nz.sumsq(nz.map_nonzeros(nz.exp, G[:, [1, 0]])), wrt=G
    ),
    "a matrix function of picked columns": nz.Problem(Y[[2, 0, 0], :][:, 1:], wrt=Y),
    "a pseudoinverse": nz.Problem(nz.sumsq(nz.pinv(W, full="columns") * b), wrt=W),
    "that of independent rows": nz.Problem(nz.sumsq(nz.pinv(H, full="rows")), wrt=H),
}


@pytest.mark.slow
@pytest.mark.parametrize("problem", MORE.values(), ids=MORE)
def test_it_is_proven_and_runs_on_every_backend_too(problem: nz.Problem) -> None:
    assert nz.verify(problem).passed


KEYS = {
    "a range": np.s_[1:3, :],
    "repeated columns": np.s_[:, [0, 0, 5]],
    "a list of rows": [1, 1],
    "steps": np.s_[::2, 1:-1],
    "from the end": np.s_[-1, 2:4],
    "the last two": np.s_[-2:],
    "truth values": np.array([True, False, True, False, True]),
    "backwards": np.s_[::-1, :],
    "both, by np.ix_": np.ix_([0, 2], [1, 1, 3]),
    "one row": 2,
    "a range beyond the end": np.s_[3:9, :2],
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_rows_and_columns_are_picked_as_numpy_does(key: Any) -> None:
    numbers = np.arange(30.0).reshape(5, 6)
    model = bound(nz.Problem(X[key], wrt=X), X=(5, 6))
    expected = np.atleast_2d(numbers[key])
    assert X[key].shape == expected.shape
    assert model.residual(model.pack(numbers)).tolist() == expected.ravel(order="F").tolist()


def test_a_column_is_picked_by_one_index() -> None:
    assert nz.Problem(x[3] ** 2, wrt=x).energy == nz.Problem(nz.entry(x, 3, 0) ** 2, wrt=x).energy
    assert x[-1] == x[4] == x[np.array(4)]
    assert X[:, 3].shape == (5, 1)
    assert Y[1 : n - 1, :].shape == (n - 2, m)
    assert u[:-1].shape == (n - 1, 1)


@pytest.mark.parametrize(
    "key",
    [7, [5], np.s_[:, 6], 0.5, None, "a", ([0, 1], [0, 1]), [[0, 1]], np.array([True]), (..., 1)],
    ids=repr,
)
def test_what_is_no_index_is_refused_by_name(key: Any) -> None:
    with pytest.raises(IndexError, match=r"^X\["):
        X[key]


def test_indices_are_checked_when_the_size_is_known() -> None:
    with pytest.raises(IndexError, match="at least 0, as the size is no number"):
        u[[0, -1]]
    with pytest.raises(IndexError, match="index 9 is outside of size 5"):
        bound(nz.Problem(nz.sumsq(u[[0, 9]]), wrt=u), u=(5, 1))


def test_unknowns_that_do_not_occur_have_derivatives_of_zero() -> None:
    with pytest.warns(UserWarning, match="v: the energy does not contain this unknown") as found:
        problem = nz.Problem(nz.sumsq(A * u - b), wrt=(u, v))
    assert [warning.filename for warning in found] == [__file__]
    model = bound(problem, A=np.ones((2, 2)), b=np.ones((2, 1)))
    assert model.gradient(np.ones(4)).tolist() == [4, 4, 0, 0]
    assert (model.hessian(np.ones(4)) @ np.ones(4)).tolist() == [8, 8, 0, 0]
    assert nz.solve(model, np.ones(4)).x[2:].tolist() == [1, 1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*does not contain this unknown")
def test_zero_derivatives_are_proven_too() -> None:
    assert nz.verify(nz.Problem(nz.sumsq(A * u - b), wrt=(u, v))).passed
    assert nz.verify(nz.Problem(nz.total(A), wrt=(A, G))).passed


@pytest.mark.parametrize("value", [1j * np.ones((2, 2)), np.ones((2, 2), dtype=np.complex64)])
def test_complex_data_is_refused_with_what_to_do(value: Any) -> None:
    with pytest.raises(TypeError, match=r"A: expected real numbers .* two unknowns"):
        bound(nz.Problem(nz.sumsq(A * u), wrt=u), A=value)
    with pytest.raises(TypeError, match=r"G: expected real numbers .* two unknowns"):
        bound(nz.Problem(nz.sumsq(G * u), wrt=u), G=sparse.csr_array(value))


def test_a_pseudoinverse_says_which_rank_is_full() -> None:
    matrix = np.random.default_rng(0).standard_normal((5, 6))
    model = bound(nz.Problem(nz.pinv(X), wrt=X), X=(5, 6))
    found = model.residual(model.pack(matrix)).reshape(6, 5, order="F")
    assert np.allclose(found, np.linalg.pinv(matrix))
    with pytest.raises(ValueError, match='pinv: expected full="columns" where those of a n × k'):
        nz.pinv(W)
    with pytest.raises(ValueError, match="pinv: expected"):
        nz.pinv(X, full="columns")


PIECES = {
    "huber": nz.total(nz.huber(A - B, nz.scalar("mu"))),
    "huber of stored entries": nz.total(nz.huber(G)) + nz.sumsq(nz.relu(G)),
    "relu and gelu": nz.sumsq(nz.relu(A) * nz.relu(B).T) + nz.total(nz.gelu(A)),
    "extremes": nz.sumsq(nz.maximum(A, B)) + nz.total(nz.minimum(nz.maximum(A, -1), 1)),
    "cases": nz.total(
        nz.entrywise(
            lambda y: nz.where(sp.And(y > 0, y < 1), y**3, nz.where(y <= 0, sp.exp(y), y)), A
        )
    ),
    "cases of numbers": nz.where(nz.trace(A * B.T) > 0, nz.sumsq(A), 2 * nz.total(A))
    + nz.huber(nz.total(A))
    + nz.relu(nz.trace(A * A.T)),
    "gammaln": nz.total(nz.gammaln(nz.exp(A))) + nz.gammaln(nz.sumsq(A) + 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("energy", PIECES.values(), ids=PIECES)
def test_pieces_are_proven_and_run_on_every_backend(energy: Any) -> None:
    assert nz.verify(nz.Problem(energy, wrt=G if energy.has(G) else A)).passed


SCALES = np.array([-1e20, -3.0, -1.0, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0, 3.0, 1e20])
SMOOTH: dict[str, Any] = {
    "huber": (nz.huber, lambda a: special.huber(1, a), lambda a: np.clip(a, -1, 1)),
    "relu": (nz.relu, lambda a: np.maximum(a, 0), lambda a: 1.0 * (a > 0)),
    "gelu": (nz.gelu, lambda a: a * special.ndtr(a), None),
    "maximum": (lambda C: nz.maximum(C, 1), lambda a: np.maximum(a, 1), lambda a: 1.0 * (a > 1)),
    "minimum": (lambda C: nz.minimum(1, C), lambda a: np.minimum(a, 1), lambda a: 1.0 * (a < 1)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_pieces_are_right_at_every_scale(name: str) -> None:
    function, value, slope = SMOOTH[name]
    column = nz.dense("q", SCALES.size)
    model = bound(nz.Problem(function(column), wrt=column), q=(SCALES.size, 1))
    assert np.allclose(model.residual(SCALES), value(SCALES), rtol=1e-14, atol=0)
    if slope is not None:
        assert np.array_equal(model.vjp(SCALES, np.ones(SCALES.size)), slope(SCALES))


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=pytest.mark.slow)])
def test_gammaln_has_derivatives_as_scipy_has_them(backend: str) -> None:
    column, numbers = nz.dense("q", 40), np.geomspace(1e-8, 1e8, 40)
    problem = nz.Problem(nz.total(nz.gammaln(column)), wrt=column)
    model = problem.bind(q=(40, 1), backend=backend)
    assert np.allclose(model.gradient(numbers), special.digamma(numbers), rtol=1e-12)
    curvature = model.hessian(numbers) @ np.ones(40)
    assert np.allclose(curvature, special.polygamma(1, numbers), rtol=1e-13)
    assert np.isnan(model.gradient(np.r_[-1.0, np.ones(39)])[0])


@pytest.mark.parametrize(
    ("write", "error", "message"),
    [
        (lambda: nz.where(A, 1, 2), TypeError, "where: expected a comparison of numbers, got A"),
        (lambda: nz.huber(A, -1), ValueError, "huber: expected delta > 0, got -1"),
        (lambda: nz.maximum(A, u), ValueError, "maximum: expected equal shapes, got n × n and n"),
        (
            lambda: nz.Problem(
                nz.total(nz.entrywise(lambda y: sp.Piecewise((y, y > 0)), A)), wrt=A
            ),
            nz.UnsupportedNodeError,
            "the condition of the last case has to be True",
        ),
        (
            lambda: nz.Problem(
                nz.total(nz.entrywise(lambda y: nz.where(sp.Eq(y, 0), y, 0), A)), wrt=A
            ),
            nz.UnsupportedNodeError,
            "conditions are <, <=, >, >= of numbers",
        ),
    ],
)
def test_what_are_no_cases_is_refused(write: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        write()


def test_cases_are_shown() -> None:
    derivation = nz.Problem(nz.total(nz.huber(A)), wrt=A).derive()
    assert "(t ↦ (t if |t| ≤ 1, else sign(t))).(A)" in derivation.show()
    assert r"\begin{cases}" in derivation.latex()
    assert "gammaln.(A)" in nz.Problem(nz.total(nz.gammaln(A)), wrt=A).derive().show()


ROWS = {
    "logistic regression of classes": (nz.total(nz.logsumexp(B * W)) - nz.inner(W, B * W), W),
    "softmax": (nz.sumsq(nz.softmax(B * W) - W), W),
    "by columns": (nz.sumsq(nz.softmax((B * W).T).T) + nz.total(nz.logsumexp(W.T)), W),
    "of a sparse matrix": (nz.sumsq(nz.logsumexp(B * G) - b) + nz.total(nz.logsumexp(G)), G),
    "a matrix function": (nz.softmax(B * W), W),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_sums_of_exponentials_are_proven_and_run_on_every_backend(name: str) -> None:
    energy, unknown = ROWS[name]
    assert nz.verify(nz.Problem(energy, wrt=unknown)).passed


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=pytest.mark.slow)])
def test_sums_of_exponentials_do_not_overflow(backend: str) -> None:
    numbers = 1000 * np.random.default_rng(0).standard_normal((5, 6))
    model = nz.Problem(nz.logsumexp(X), wrt=X).bind(X=(5, 6), backend=backend)
    g, shares = model.pack(numbers), special.softmax(numbers, axis=1)
    assert np.allclose(model.residual(g), special.logsumexp(numbers, axis=1), rtol=1e-15)
    assert np.allclose(model.unpack(model.vjp(g, np.ones(5))), shares, rtol=1e-12, atol=1e-300)
    model = nz.Problem(nz.softmax(X), wrt=X).bind(X=(5, 6), backend=backend)
    assert np.allclose(model.residual(g), shares.ravel(order="F"), rtol=1e-12, atol=1e-300)
    batch = nz.Problem(nz.total(nz.logsumexp(X)), wrt=X).bind_batch(X=(5, 6), backend=backend)
    assert np.allclose(batch.gradient(g[None, :])[0], model.pack(shares), rtol=1e-12, atol=1e-300)


def test_the_gradient_of_a_sum_of_exponentials_is_the_softmax() -> None:
    problem = nz.Problem(nz.total(nz.logsumexp(B * W)), wrt=W)
    assert nz.check(problem, "gradient", B.T * nz.softmax(B * W))
    assert not nz.check(problem, "gradient", B.T * nz.softmax(W))
    assert "logsumexp(B W)" in problem.derive().show()


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("part", [slice(0, 10), slice(1, 4), slice(-5, None), slice(2, None)])
def test_a_slice_beyond_a_bound_size_is_refused(part: slice, backend: str) -> None:
    (size,) = nz.dims("n")
    x = nz.dense("x", size)
    problem = nz.Problem(nz.total(nz.exp(x[part])), wrt=x)
    with pytest.raises((IndexError, ValueError), match=r"slice|size"):
        problem.bind(x=(1, 1), backend=backend)
    inside = problem.bind(x=(10, 1), backend=backend)
    g = np.linspace(0.0, 1.0, 10)
    assert inside.energy(g) == pytest.approx(np.exp(g[part]).sum())


def test_binding_reads_no_grammar() -> None:
    code = (
        "import sys, nzdiff as nz; n = nz.dims('n')[0]; G = nz.sparse('G', n, n); "
        "nz.Problem(nz.sumsq(G), wrt=G).bind(G=nz.Pattern.full((2, 2)), backend='numpy'); "
        "print('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
