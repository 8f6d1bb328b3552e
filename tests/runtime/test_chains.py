"""Chains: matrices with weights and moves between products are as sparse as their patterns say."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from bound_problems import BACKENDS
from nzdiff.runtime.assembly import factors
from nzdiff.runtime.assembly.chains.kernels import (
    BlockLayout,
    CChaining,
    Compressed,
    NumpyChaining,
)
from nzdiff.runtime.assembly.gather import CGather
from nzdiff.runtime.model import Model
from nzdiff.verification.domain import in_domain
from random_expressions import generate as random_expression

Floats = NDArray[np.float64]

n, m, p, k = nz.dims("n m p k")
SIZES = {"n": 13, "m": 8, "p": 6, "k": 3}
G, T, M, R = (nz.sparse(name, n, m) for name in "GTMR")
L, Z, S = nz.sparse("L", n, n), nz.sparse("Z", m, m), nz.sparse("S", p, n)
U, V, W, B = nz.dense("U", n, k), nz.dense("V", m, k), nz.dense("W", n, m), nz.dense("B", m, k)
A, C, Q = nz.dense("A", p, n), nz.dense("C", m, p), nz.dense("Q", p, p)
X, WX, D = nz.dense("X", n, k), nz.dense("WX", n, k), nz.dense("D", p, n)
x, y, b = nz.dense("x", n), nz.dense("y", n), nz.dense("b", m)
d = nz.diagonal("d", n)
apart = nz.hadamard

CASES: dict[str, tuple[Any, Any]] = {
    "masked, rows": (nz.sumsq(nz.mask(U * V.T - R, R)), U),
    "masked, columns": (nz.sumsq(nz.mask(U * V.T - R, R)), V),
    "masked, both": (nz.sumsq(nz.mask(U * V.T - R, R)), (U, V)),
    "weighted": (nz.sumsq(apart(W, U * V.T - R)), U),
    "weighted product of a sparse one": (nz.sumsq(apart(WX, L * G * B - X)), G),
    "weighted inside": (nz.sumsq(A * apart(W, G) * C - Q), G),
    "weighted inside, transposed": (nz.sumsq(C.T * apart(W, G).T * A.T - Q), G),
    "weighted twice": (nz.sumsq(nz.mask(apart(M, L * G), T)), G),
    "masked inside": (nz.sumsq(L * nz.mask(G, M) - T), G),
    "squares of entries": (nz.sumsq(T - apart(G, G)), G),
    "exp of a column": (nz.sumsq(nz.exp(x)), x),
    "softplus of stored entries": (nz.total(nz.map_nonzeros(nz.softplus, G)), G),
    "softplus of a sparse product": (nz.total(nz.softplus(S * x)), x),
    "softplus of a product": (nz.total(nz.softplus(G * B)), G),
    "a diagonal": (nz.sumsq(nz.diag_of(G.T * L * G)), G),
    "a diagonal as a function": (nz.diag_of(G.T * L * G), G),
    "a product as a function": (G.T * L * G, G),
    "vec": (nz.vec(G * B), G),
    "diag": (nz.diag(G * b) * L, G),
    "unvec": (nz.sumsq(nz.unvec(L * y, n, 1) - x), y),
    "exp of a product": (nz.exp(G.T * L), G),
    "a masked product": (apart(M, L * G), G),
    "a diagonal unknown": (nz.sumsq(A * d * A.T - Q), d),
    "a masked square": (nz.sumsq(nz.mask(G.T * L * G, Z)), G),
}


FIRST = ("masked, both", "weighted inside, transposed", "squares of entries", "a diagonal")
"""What the fast tests meet; the others are slow because there are many of them."""


def problem_of(case: str) -> nz.Problem:
    expression, wrt = CASES[case]
    return nz.Problem(expression, wrt=wrt)


def data_of(case: str) -> dict[str, Any]:
    problem, rng = problem_of(case), np.random.default_rng(5)
    data: dict[str, Any] = {"backend": "numpy"}
    for symbol in problem.matrices:
        rows, cols = (SIZES.get(str(size)) or int(size) for size in symbol.shape)
        is_unknown = symbol in problem.wrt
        if symbol.kind_of == "sparse":
            found: Any = sparse.random_array((rows, cols), density=0.3, rng=rng).tocsr()
            data[str(symbol.name)] = nz.Pattern.from_scipy(found) if is_unknown else found
        elif not is_unknown:
            data[str(symbol.name)] = rng.standard_normal((rows, cols))
        elif symbol.kind_of == "dense":
            data[str(symbol.name)] = (rows, cols)
    return data


def model_of(case: str) -> Model:
    """On random data, factors by NumPy."""
    return problem_of(case).bind(**data_of(case))


def operators(model: Model) -> Iterator[tuple[str, Any]]:
    rng = np.random.default_rng(6)
    g = rng.standard_normal(model.size)
    w = rng.standard_normal(model.residual_size) if model.is_function else None
    return operators_at(model, g, w)


def operators_at(model: Model, g: Floats, w: Floats | None) -> Iterator[tuple[str, Any]]:
    yield "hessian", model.hessian(g, w)
    if model.is_function or model.is_sum_of_squares:
        yield "jacobian", model.jacobian(g)
    if model.is_sum_of_squares:
        yield "gauss_newton", model.gauss_newton(g)


def products(operator: Any) -> Floats:
    rows, cols = operator.shape
    return np.array([operator.matvec(e) for e in np.eye(cols)]).reshape(cols, rows).T


@pytest.fixture(params=["numpy", *(["c"] if "c" in BACKENDS else [])])
def gathered_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "c":
        monkeypatch.setattr(factors, "gather_for", lambda *_: CGather(1))


@pytest.mark.usefixtures("gathered_by")
@pytest.mark.parametrize(
    "case",
    [name if name in FIRST else pytest.param(name, marks=pytest.mark.slow) for name in CASES],
)
def test_matrices_have_the_entries_that_their_products_have(case: str) -> None:
    for name, operator in operators(model_of(case)):
        expected = products(operator)
        close = 1e-11 * max(float(np.abs(expected).max(initial=0.0)), 1e-3)
        np.testing.assert_allclose(operator.toarray(), expected, rtol=0, atol=close)
        if operator.is_sparse:
            found = operator.tocsc()
            np.testing.assert_allclose(found.toarray(), expected, rtol=0, atol=close)
            assert found.nnz == np.count_nonzero(np.abs(expected) > close), name
        else:
            assert np.count_nonzero(expected) > 0.25 * expected.size, name
        if name == "jacobian":
            continue
        np.testing.assert_allclose(operator.diagonal(), np.diag(expected), rtol=0, atol=close)
        for kind in ("row", "column"):
            for members, block in operator.blocks(kind):
                part = expected[np.ix_(members, members)]
                np.testing.assert_allclose(block, part, rtol=0, atol=close)


@pytest.mark.parametrize("case", FIRST)
def test_batches_take_chains_too(case: str) -> None:
    model = model_of(case)
    g = np.random.default_rng(6).standard_normal((2, model.size))
    found = problem_of(case).bind_batch(**data_of(case)).hessian(g)
    for x, matrix in zip(g, found, strict=True):
        np.testing.assert_allclose(matrix, model.hessian(x).toarray(), atol=1e-9)


def announced(model: Model, name: Any, g: Floats, w: Floats | None) -> NDArray[np.bool_] | None:
    """Where a matrix may have entries, by what is laid out for it; None where it is not known."""
    assembler = model._assembler
    matrix = None if assembler.price(name) is None else assembler.matrix(name)
    if matrix is None:
        return None
    found = matrix.tocsr(g, w)
    found.data[:] = 1.0
    if assembler.T is not None:
        T = abs(assembler.T)
        found = found @ T if name == "jacobian" else T.T @ found @ T
    return np.asarray(found.toarray() != 0.0, dtype=np.bool_)


@pytest.mark.parametrize(
    ("seeds", "depth"),
    [
        (range(90_000, 90_006), 2),
        pytest.param(range(200_000, 200_075), 2, marks=pytest.mark.slow),
        pytest.param(range(210_000, 210_025), 3, marks=pytest.mark.slow),
    ],
)
def test_random_matrices_have_no_entries_outside_of_their_patterns(
    seeds: range, depth: int
) -> None:
    """And few patterns are larger than what is there; what is too much is cancelled in the sum."""
    many, met, within = np.zeros(2, dtype=np.int64), 0, 0
    for seed in seeds:
        problem, expression = random_expression(seed, depth)
        names = [str(size.name) for size in problem.dimensions]
        try:
            data, g = in_domain(problem, dict(zip(names, (5, 4, 3), strict=False)), seed)
        except ValueError:
            continue  # no point at which it is regular
        model = problem.bind(**data, backend="numpy")
        w = np.arange(1.0, model.residual_size + 1) if model.is_function else None
        for name, operator in operators_at(model, g, w):
            expected = products(operator)
            pattern = announced(model, name, g, w)
            if pattern is None or not np.isfinite(expected).all():
                continue
            there = np.abs(expected) > 1e-12 * np.abs(expected).max(initial=0.0)
            assert not (there & ~pattern).any(), f"{seed} {name}: {expression}"
            counts = np.array([pattern.sum(), there.sum()])
            many, met = many + counts, met + 1
            within += int(counts[0] <= 1.2 * counts[1])
    assert met >= len(seeds) // 2
    assert within >= 0.85 * met and many[0] <= 1.2 * many[1], (within, met, many)


def test_identities_of_two_orders_are_counted_apart() -> None:
    left, right = nz.dense("E", n, n), nz.dense("F", m, m)
    data: dict[str, Any] = {
        "E": np.ones((2, 2)),
        "F": np.ones((3, 3)),
        "G": nz.Pattern.full((2, 3)),
    }
    model = nz.Problem(G + left * G + G * right, wrt=G).bind(**data, backend="numpy")
    price = model._assembler.price("jacobian")
    assert price is not None and price.entries == 6 + 6 * 1 + 6 * 2


@pytest.mark.parametrize("case", ["a diagonal", "masked, both"])
def test_a_generated_package_has_chains(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "chained_" + case.replace(", ", "_").replace(" ", "_")
    expression, wrt = CASES[case]
    nz.generate(nz.Problem(expression, wrt=wrt, name=name), tmp_path / name)
    assert '"chain"' in (tmp_path / name / "spec.json").read_text(encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    model, packed = model_of(case), import_module(name).bind(**data_of(case))
    g = np.random.default_rng(6).standard_normal(model.size)
    pairs = zip(operators_at(model, g, None), operators_at(packed, g, None), strict=True)
    for (what, ours), (_, theirs) in pairs:
        np.testing.assert_allclose(theirs.toarray(), ours.toarray(), atol=1e-9, err_msg=what)
        assert theirs.is_sparse == ours.is_sparse
        if what != "jacobian":
            np.testing.assert_allclose(theirs.diagonal(), ours.diagonal(), atol=1e-9)
            for (i, block), (j, other) in zip(
                ours.blocks("row"), theirs.blocks("row"), strict=True
            ):
                assert np.array_equal(i, j)
                np.testing.assert_allclose(block, other, atol=1e-9)


@pytest.mark.parametrize("kind", ["rows", "col", None, 0])
def test_blocks_are_of_rows_or_columns(kind: Any) -> None:
    W = nz.dense("W", 2, 2)
    hessian = nz.Problem(nz.sumsq(W), wrt=W).bind(W=(2, 2), backend="numpy").hessian(np.zeros(4))
    for ask in (hessian.blocks, lambda kind: hessian.block_inverse(kind, 0.0)):
        with pytest.raises(ValueError, match='kind: expected "row" or "column", got'):
            ask(kind)


@pytest.mark.skipif("c" not in BACKENDS, reason="no compiler")
@pytest.mark.parametrize("size", [1, 7, 10, 17, 33])
def test_blocks_in_c_are_those_of_numpy(size: int, rng: np.random.Generator) -> None:
    labels, rows, width = 5, 70, size + 3
    weights = rng.standard_normal((labels, rows)) * (rng.random((labels, rows)) < 0.8)
    weights[2] = 0.0
    by_rows = sparse.csr_array(weights)
    left, right = rng.standard_normal((2, rows, width))
    chosen = [np.sort(rng.choice(width, size, replace=False)) for _ in range(labels - 1)]
    members = np.concatenate([np.arange(size) + 2, *chosen]).astype(np.int32)
    for lower, second in ((True, left), (False, left), (False, right)):
        count = size * (size + 1) // 2 if lower else size * size
        ends = np.arange(labels + 1)
        layout = BlockLayout(
            np.arange(labels, dtype=np.int32), ends * size, members, ends * count, lower
        )
        for scale in (weights, Compressed.of(by_rows, by_rows.data)):
            found = rng.standard_normal((1, labels * count)).repeat(2, axis=0)
            CChaining(1).add_gram(2.0, scale, left, second, layout, found[0])
            NumpyChaining().add_gram(2.0, scale, left, second, layout, found[1])
            np.testing.assert_allclose(found[0], found[1], rtol=1e-11, atol=1e-11)
