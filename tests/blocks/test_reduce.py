"""One pass over blocks gives small matrices of the same energy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.blockwise import triangle
from nzdiff.blockwise.triangle import Triangle
from nzdiff.pools import limited

n, m, p, k = nz.dims("n m p k")
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
PROBLEM = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G)
COLUMNS = 700


@pytest.fixture
def long(rng: np.random.Generator) -> dict[str, Any]:
    return {"X": rng.standard_normal((3, COLUMNS)), "B": rng.standard_normal((4, COLUMNS))}


def columns(data: dict[str, Any], *ends: int) -> Iterator[dict[str, Any]]:
    """Blocks one after the other."""
    for start, stop in zip((0, *ends), (*ends, COLUMNS), strict=True):
        yield {name: array[:, start:stop] for name, array in data.items()}


def reduced(data: Any, **options: Any) -> dict[str, Any]:
    return nz.reduce_dimension(PROBLEM, over="k", data=data, **options)


def gram(found: dict[str, Any]) -> Any:
    """All that energies see of X and B."""
    whole = np.concatenate([found["X"], found["B"]])
    return whole @ whole.T


def test_energy_gradient_and_products_are_those_of_all_columns(
    long: dict[str, Any], rng: np.random.Generator
) -> None:
    known: dict[str, Any] = {
        "Y": rng.standard_normal((3, 4)),
        "L": sparse.csr_array(sparse.diags_array([2.0, -1.0], offsets=[0, 1], shape=(9, 9))),
        "G": nz.Pattern(np.nonzero(rng.random((9, 4)) < 0.6), (9, 4)),
        "backend": "numpy",
    }
    small = PROBLEM.bind(**reduced(columns(long, 100, 101, 400)), **known)
    whole = PROBLEM.bind(**long, **known)
    g, v = rng.standard_normal((2, whole.size))
    assert np.isclose(small.energy(g), whole.energy(g), rtol=1e-13)
    np.testing.assert_allclose(small.gradient(g), whole.gradient(g), rtol=1e-10)
    np.testing.assert_allclose(small.hessian(g) @ v, whole.hessian(g) @ v, rtol=1e-9)


def test_blocks_may_come_in_any_way(long: dict[str, Any], tmp_path: Path) -> None:
    expected = gram(long)
    file = np.memmap(tmp_path / "X", dtype=np.float32, mode="w+", shape=(3, COLUMNS))
    file[:] = long["X"]
    for given, options in (
        (long, {}),
        (long, {"size": 13}),
        (list(columns(long, 350)), {}),
        (columns(long, 699), {"threads": 2}),
    ):
        found = reduced(given, **options)
        assert found["X"].shape == (3, 7) and found["B"].shape == (4, 7)
        np.testing.assert_allclose(gram(found), expected, atol=1e-11)
    mapped = reduced({"X": file, "B": long["B"]}, size=100)
    np.testing.assert_allclose(gram(mapped), expected, atol=1e-3)


def test_few_columns_stay_few(long: dict[str, Any]) -> None:
    few = {name: array[:, :5] for name, array in long.items()}
    found = reduced(few)
    assert found["X"].shape == (3, 5)
    np.testing.assert_allclose(gram(found), gram(few), atol=1e-11)


def test_rows_reduce_too(rng: np.random.Generator) -> None:
    data = {"X": rng.standard_normal((90, 6)), "Y": rng.standard_normal((90, 4))}
    found = nz.reduce_dimension(PROBLEM, over="p", data=data, size=40)
    assert found["X"].shape == (10, 6) and found["Y"].shape == (10, 4)
    np.testing.assert_allclose(found["X"].T @ found["Y"], data["X"].T @ data["Y"], atol=1e-11)


@pytest.mark.parametrize("width", [1, 2, 13, 97, 200])
def test_the_triangle_is_that_of_qr(
    width: int, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(triangle, "ROWS", 256)
    rows = rng.standard_normal((600, width)) * np.logspace(0, -12, width)
    found = Triangle(width)
    with limited(1):
        for first in range(0, 600, 90):
            found.add(np.hsplit(rows[first : first + 90], [width // 2]))
        R, expected = found.factor(), np.linalg.qr(rows, mode="r")
    assert found.rows == 600
    signs = np.sign(np.diag(R)) * np.sign(np.diag(expected))
    scale = np.abs(expected).max(axis=0)
    assert (np.abs(signs[:, None] * R - expected) <= 1e-13 * scale).all()


def test_digits_are_kept_that_gram_matrices_lose(rng: np.random.Generator) -> None:
    """A residual of 1e-12 beside data of 1: XᵀX would not know it."""
    B = rng.standard_normal((4, 500))
    noise = 1e-12 * rng.standard_normal((3, 500))
    Q = rng.standard_normal((3, 4))
    found = nz.reduce_dimension(
        nz.Problem(nz.sumsq(X - Y * nz.dense("B", m, k)), wrt=Y),
        over="k",
        data={"X": Q @ B + noise, "B": B},
    )
    fitted = np.linalg.lstsq(found["B"].T, found["X"].T, rcond=None)[0].T
    left = float(np.linalg.norm(found["X"] - fitted @ found["B"]))
    best = np.linalg.lstsq(B.T, (Q @ B + noise).T, rcond=None)[0].T
    assert left == pytest.approx(float(np.linalg.norm(Q @ B + noise - best @ B)), rel=1e-2)


def test_progress_is_told(long: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    reduced(columns(long, 10), verbose=True)
    assert capsys.readouterr().out.startswith("k = 700 done, ")


def test_ctrl_c_ends_it(long: dict[str, Any]) -> None:
    closed = []

    def interrupted() -> Iterator[dict[str, Any]]:
        try:
            yield from columns(long, 10)
        finally:
            closed.append(True)

    def stopping() -> Iterator[dict[str, Any]]:
        for number, block in enumerate(interrupted()):
            if number == 1:
                raise KeyboardInterrupt
            yield block

    with pytest.raises(KeyboardInterrupt):
        reduced(stopping())
    assert reduced(long)["X"].shape == (3, 7)


def block(**changes: Any) -> dict[str, Any]:
    return {"X": np.ones((3, 5)), "B": np.ones((4, 5))} | changes


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], ValueError, "expected at least one block, got none"),
        ([block(), block(B=np.ones((4, 6)))], ValueError, "block 1: X: expected 6 columns, as B"),
        ([block(), block(X=np.ones((2, 5)))], ValueError, "block 1: X: expected 3 rows, as in the"),
        ([block(X=np.ones(5))], ValueError, "block 0: X: expected two dimensions"),
        ([block(X=np.full((3, 5), np.nan))], ValueError, "block 0: X: expected finite numbers"),
        ([block(X=[["a"] * 5] * 3)], TypeError, "block 0: X: expected real numbers"),
        ([{"X": np.ones((3, 5))}], TypeError, "block 0: expected B, X, missing B"),
        ([block(Y=np.ones((3, 4)))], TypeError, "block 0: expected B, X, Y has no k"),
        ([np.ones((3, 5))], TypeError, "block 0: expected a dict of arrays, got ndarray"),
        (block(X=np.ma.masked_less(np.ones((3, 5)), 2)), TypeError, "X: expected an array without"),
        ([block(X=np.ma.masked_less(np.ones((3, 5)), 2))], TypeError, "X: expected an array with"),
        ([block(X=sparse.eye_array(3, 5))], TypeError, "X: expected an array, got a sparse"),
        (7, TypeError, "data: expected blocks, each a dict of arrays"),
        (block(B=np.ones((4, 6))), ValueError, "data: X: expected 6 columns"),
    ],
)
def test_bad_blocks_are_named(data: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        reduced(data)


def test_other_dimensions_are_refused_with_the_reason(long: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="over: m does not reduce: the unknown G has m columns"):
        nz.reduce_dimension(PROBLEM, over="m", data=long)
    with pytest.raises(ValueError, match="over: expected a dimension of a problem without a name"):
        nz.reduce_dimension(PROBLEM, over="q", data=long)
    masked = nz.Problem(nz.total(nz.softplus(G * B)), wrt=G)
    with pytest.raises(ValueError, match=r"it separates: nz\.blocks sums over it"):
        nz.reduce_dimension(masked, over="k", data=long)
    with pytest.raises(ValueError, match="size: expected a whole number"):
        reduced(long, size=0)
    with pytest.raises(TypeError, match=r"expected a nzdiff\.Problem"):
        nz.reduce_dimension("X", over="k", data=long)


def test_dask_arrays_come_chunk_by_chunk(long: dict[str, Any]) -> None:
    array = pytest.importorskip("dask.array")
    lazy = {name: array.from_array(values, chunks=(2, 130)) for name, values in long.items()}
    np.testing.assert_allclose(gram(reduced(lazy)), gram(long), atol=1e-11)
