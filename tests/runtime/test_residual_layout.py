"""The rows of J, the residual vector and cotangents have one order, which can be read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz

PATTERN = nz.Pattern(([2, 0, 0, 1], [2, 1, 2, 0]), (3, 3))
G, A = np.array([[0.0, 2.0, 3.0], [4.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), np.arange(9.0).reshape(3, 3)


def models(backend: str) -> dict[str, tuple[Any, Any, Any]]:
    """A model, its unknown, and the residual matrices that it should have."""
    S, D, B = nz.sparse("S", 3, 3), nz.dense("D", 3, 3), nz.dense("B", 3, 2)
    b = np.arange(6.0).reshape(3, 2)
    product = nz.Problem(nz.sumsq(S * S), wrt=S).bind(S=PATTERN, backend=backend)
    dense = nz.Problem(nz.sumsq(D * D), wrt=D).bind(D=(3, 3), backend=backend)
    both = nz.Problem(4 * nz.sumsq(S * B) + nz.sumsq(S.T), wrt=S)
    function = nz.Problem(S.T * S, wrt=S).bind(S=PATTERN, backend=backend)
    return {
        "sparse": (product, G, (G @ G,)),
        "dense": (dense, A, (A @ A,)),
        "two": (both.bind(S=PATTERN, B=b, backend=backend), G, (G.T, 2 * G @ b)),
        "function": (function, G, (G.T @ G,)),
    }


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", ["sparse", "dense", "two", "function"])
def test_each_row_of_j_is_the_entry_that_positions_say(name: str, backend: str) -> None:
    model, matrix, residuals = models(backend)[name]
    g = model.pack(matrix)
    layout, r = model.residual_layout, model.residual(g)
    assert model.residual_positions.shape == (model.residual_size, 2)
    assert layout.shapes == tuple(f.shape for f in residuals)
    found = layout.scatter(r)
    for scattered, expected in zip(
        found if len(residuals) > 1 else (found,), residuals, strict=True
    ):
        np.testing.assert_allclose(scattered, expected)
    np.testing.assert_allclose(layout.gather(*residuals), r)
    step = 1e-6
    for matrix_of_j in (
        model.jacobian(g).toarray(),
        np.array([model.jvp(g, e) for e in np.eye(g.size)]).T,
    ):
        for place in range(g.size):
            e = step * np.eye(g.size)[place]
            slopes = (model.residual(g + e) - model.residual(g - e)) / (2 * step)
            np.testing.assert_allclose(matrix_of_j[:, place], slopes, atol=1e-6)


def test_residuals_of_sparse_and_dense_unknowns_are_told_apart() -> None:
    found = {
        name: model.residual_positions.tolist() for name, (model, *_) in models("numpy").items()
    }
    assert found["dense"] == [[i, j] for j in range(3) for i in range(3)]
    stored = sparse.csr_array(np.abs(G) @ np.abs(G))
    rows = np.repeat(np.arange(3), np.diff(stored.indptr)).tolist()
    assert found["sparse"] == [
        list(pair) for pair in zip(rows, stored.indices.tolist(), strict=True)
    ]


def test_what_does_not_fit_is_refused() -> None:
    model = models("numpy")["sparse"][0]
    with pytest.raises(ValueError, match=r"vector: expected"):
        model.residual_layout.scatter(np.ones(3))
    with pytest.raises(ValueError, match=r"expected a matrix of shape \(3, 3\)"):
        model.residual_layout.gather(np.ones((2, 2)))
    with pytest.raises(TypeError, match="expected 1 matrices, got 2"):
        model.residual_layout.gather(G, G)
    with pytest.raises(ValueError, match="read-only"):
        model.residual_layout.positions[0][0] = 7
    S = nz.sparse("S", 3, 3)
    with pytest.raises(TypeError, match="no sum of squares"):
        _ = nz.Problem(nz.trace(S), wrt=S).bind(S=PATTERN, backend="numpy").residual_positions


def test_models_of_packages_have_positions_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    S = nz.sparse("S", 3, 3)
    nz.generate(nz.Problem(nz.sumsq(S * S), wrt=S, name="square"), tmp_path / "square_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = import_module("square_package").bind(S=PATTERN, backend="numpy")
    np.testing.assert_allclose(model.residual_layout.scatter(model.residual(model.pack(G))), G @ G)
