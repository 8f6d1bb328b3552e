"""What people type: sizes as formulas, numbers as unknowns, functions of masked products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

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
