"""Entries of inverses of sparse matrices: from fronts, in both backends, and what is derived."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen.plan import price as prices
from nzdiff.runtime.factors import tree as trees
from nzdiff.runtime.factors.entries import Asked, Entries, fronted
from nzdiff.runtime.factors.tree import symmetric_union, tree_of
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.kernel.fronts import engine_for
from problems import agree

Floats = NDArray[np.float64]
BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
every_backend = pytest.mark.parametrize("backend", BACKENDS)
KINDS = ("definite", "symmetric", "unsymmetric")
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def small_fronts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many fronts in small matrices, and entries selected however small these are."""
    monkeypatch.setattr(trees, "FRONT", {"c": 300.0, "numpy": 300.0})
    monkeypatch.setattr(prices, "select", lambda stored, inverses: 0.0)
    trees.forget()


def random_pattern(size: int, rng: np.random.Generator, share: float = 0.08) -> sparse.csr_array:
    found = sparse.csr_array(rng.random((size, size)) < share, dtype=np.float64)
    found.sort_indices()
    return found


def matrix_of(kind: str, size: int, rng: np.random.Generator) -> sparse.csr_array:
    """A sparse matrix that is not singular; with zeros on the diagonal where not definite."""
    found = random_pattern(size, rng)
    found.data[:] = rng.standard_normal(found.nnz)
    eye = sparse.eye_array(size)
    if kind == "definite":
        found = found @ found.T + 0.5 * eye
    elif kind == "symmetric":
        found = found + found.T + sparse.diags_array(np.where(rng.random(size) < 0.5, 3.0, -2.0))
    else:
        found = found + 2.0 * eye
    found = sparse.csr_array(found)
    found.sort_indices()
    return found


def entries(pattern: sparse.csr_array, dense: Floats) -> Floats:
    return np.asarray(
        dense[np.repeat(np.arange(len(dense)), np.diff(pattern.indptr)), pattern.indices]
    )


def ask(
    matrix: sparse.csr_array,
    asked: Asked,
    values: list[Floats],
    backend: str,
    *,
    definite: bool = False,
) -> tuple[Floats, bool]:
    """What is asked of one matrix, and whether fronts answered."""
    engine = engine_for(backend)
    matrices = fronted([matrix], (0,) if definite else (), [asked], engine)
    found = matrices[0].factor(matrix.data)
    assert agree(np.array(found), np.array(np.linalg.slogdet(matrix.toarray())[::-1]), 1e-9)
    return Entries(asked, matrices, engine).selected(values), matrices[0].in_fronts


@every_backend
@every_kind
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_entries_of_products_of_inverses_are_those_of_numpy(
    backend: str, kind: str, count: int, rng: np.random.Generator
) -> None:
    for size in (1, 2, 7, 40):
        matrix = matrix_of(kind, size, rng)
        middles = [matrix_of(kind, size, rng) for _ in range(count - 1)]
        wanted = random_pattern(size, rng, 0.2)
        turned = [bool(x) for x in rng.random(count) < 0.5]
        asked = Asked(tuple((0, t) for t in turned), tuple(middles), wanted)
        given = [middle.data for middle in middles]
        found, _ = ask(matrix, asked, given, backend, definite=kind == "definite")
        inverse = np.linalg.inv(matrix.toarray())
        dense = inverse.T if turned[0] else inverse
        for middle, t in zip(middles, turned[1:], strict=True):
            dense = dense @ middle.toarray() @ (inverse.T if t else inverse)
        assert agree(found, entries(wanted, dense), 1e-8)


@every_backend
def test_solves_by_fronts_are_those_of_numpy(backend: str, rng: np.random.Generator) -> None:
    for kind, size in product(KINDS, (1, 3, 40)):
        matrix = matrix_of(kind, size, rng)
        asked = Asked(((0, False),), (), matrix)
        numbers = (0,) if kind == "definite" else ()
        solver = fronted([matrix], numbers, [asked], engine_for(backend))[0]
        solver.factor(matrix.data)
        b = rng.standard_normal((size, 3))
        assert agree(matrix @ solver.solve(b, False), b, 1e-9)
        assert agree(matrix.T @ solver.solve(b, True), b, 1e-9)


@every_backend
def test_a_matrix_that_needs_all_exchanges_gets_them(
    backend: str, rng: np.random.Generator
) -> None:
    """No pivot stands on the diagonal of a permutation of what is definite."""
    matrix = matrix_of("definite", 30, rng)
    matrix = sparse.csr_array(matrix[rng.permutation(30)])
    matrix.sort_indices()
    tiny = matrix.copy()
    tiny.data[np.abs(entries(matrix, np.eye(30))) > 0] *= 1e-14
    for given in (matrix, tiny):
        asked = Asked(((0, True), (0, False)), (given,), given)
        found, _ = ask(given, asked, [given.data], backend)
        inverse = np.linalg.inv(given.toarray())
        assert agree(found, entries(given, inverse.T @ given.toarray() @ inverse), 1e-7)


@every_backend
def test_a_saddle_point_is_eliminated_in_pairs(backend: str, rng: np.random.Generator) -> None:
    """[H Bᵀ; B 0] has zeros on its diagonal that no order of single pivots gets around."""
    H, B = (
        matrix_of("definite", 30, rng),
        rng.standard_normal((12, 30)) * (rng.random((12, 30)) < 0.2),
    )
    B[np.arange(12), np.arange(12)] = 1.0
    matrix = sparse.csr_array(sparse.block_array([[H, B.T], [B, None]]))
    matrix.sort_indices()
    asked = Asked(((0, False), (0, False)), (matrix,), matrix)
    found, in_fronts = ask(matrix, asked, [matrix.data], backend)
    inverse = np.linalg.inv(matrix.toarray())
    assert in_fronts
    assert agree(found, entries(matrix, inverse), 1e-8)


@every_backend
def test_columns_answer_where_fronts_cannot(backend: str, rng: np.random.Generator) -> None:
    """A zero on a diagonal, and nothing beside it in its front."""
    matrix = sparse.csr_array(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 5.0]]))
    monkey = Asked(((0, False),), (), matrix)
    engine = engine_for(backend)
    trees.FRONT[backend] = -1e9
    matrices = fronted([matrix], (), [monkey], engine)
    assert matrices[0].tree.count > 1
    found = matrices[0].factor(matrix.data)
    assert found[0] == pytest.approx(np.log(10.0)) and found[1] == -1.0
    assert Entries(monkey, matrices, engine).selected([]).tolist() == [0.5, 1.0, 0.2]


def test_an_order_is_found_once_per_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = symmetric_union(sparse.csr_array(np.eye(4)))
    first = tree_of(pattern, "c")
    monkeypatch.delattr(trees, "filled")
    assert tree_of(pattern.copy(), "c") is first


# derivatives

n = nz.dims("n")[0]
S, M = nz.sparse("S", n, n), nz.sparse("M", n, n)
T = nz.sparse("T", n, n, symmetric=True)
Q = nz.sparse("Q", n, n, symmetric=True)
b = nz.dense("b", n, 2)
ENERGIES: dict[str, tuple[Any, Any]] = {
    "definite": (T, nz.logdet(T, positive=True)),
    "symmetric": (T, nz.logdet(T)),
    "unsymmetric": (S, nz.logdet(S)),
    "trace": (S, nz.trace(M * S.inv())),
    "trace, definite": (T, nz.trace(M * T.inv()) + nz.logdet(T, positive=True)),
    "diagonal": (S, nz.sumsq(nz.diag_of(S.inv()))),
    "masked": (S, nz.sumsq(nz.mask(S.inv(), M))),
    "two inverses": (S, nz.trace(S.inv() * M * S.inv())),
    "squared": (S, nz.trace(S.inv() * S.inv()) + nz.trace(S.inv() * S.T.inv() * M)),
    "two matrices": (S, nz.trace(M * S.inv() * M * Q.inv())),
    "with its transpose": (S, nz.trace(M * S.inv() * S.T.inv())),
    "solved": (T, nz.trace(b.T * T.inv() * b) + nz.logdet(T, positive=True)),
    "made of the unknown": (S, nz.logdet(S.T * S + nz.identity(n))),
    "sparse right-hand side": (S, nz.sumsq(nz.mask(S.inv() * M, M))),
}


@every_backend
@pytest.mark.parametrize("name", list(ENERGIES))
def test_derivatives_are_those_of_dense_matrices(
    backend: str, name: str, rng: np.random.Generator
) -> None:
    """The same energy with everything declared dense, on the same positions."""
    unknown, energy = ENERGIES[name]
    size, symmetric = 9, unknown == T
    at = matrix_of("definite" if symmetric else "unsymmetric", size, rng)
    pattern = nz.Pattern.from_scipy(at)
    pattern = pattern.symmetric() if symmetric else pattern
    data: dict[str, Any] = {
        "M": matrix_of("unsymmetric", size, rng),
        "b": rng.standard_normal((size, 2)),
        "Q": matrix_of("definite", size, rng),
    }
    named = {"M": M, "b": b, "Q": Q}
    data = {key: value for key, value in data.items() if energy.has(named[key])}
    bound: dict[str, Any] = data | {str(unknown): pattern}
    model = nz.Problem(energy, wrt=unknown).bind(backend=backend, **bound)
    names = {S: nz.dense("S", n, n), T: nz.dense("T", n, n, symmetric=True)}
    full = nz.Problem(energy.xreplace(names), wrt=names[unknown])
    whole: dict[str, Any] = data | {str(unknown): (size, size)}
    other = full.bind(backend="numpy", **whole)
    g, v = pattern.pack(at), rng.standard_normal(pattern.size)
    G, V = pattern.to_csr(g).toarray(), pattern.to_csr(v).toarray()
    assert agree(model.energy(g), other.energy(other.pack(G)), 1e-9)
    slopes = model.gradient(g) @ v, other.gradient(other.pack(G)) @ other.pack(V)
    assert agree(np.array(slopes[0]), np.array(slopes[1]), 1e-8)
    products = model.hessian(g) @ v, other.hessian(other.pack(G)) @ other.pack(V)
    assert agree(products[0] @ v, products[1] @ other.pack(V), 1e-8)
    arrays = (a for a in model.spec.arrays if a.support is None)
    assert not [a.name for a in arrays if (a.rows, a.cols) == ("n", "n")]


@every_backend
def test_the_gradient_on_a_long_path_is_the_closed_form(backend: str) -> None:
    """2.5 on the diagonal, −1 beside it: det = (4 · 2ⁿ − 2⁻ⁿ) / 3, and the inverse is known."""
    size = 3_000
    ones = np.ones(size)
    path = sparse.diags_array([-ones[1:], 2.5 * ones, -ones[1:]], offsets=[-1, 0, 1]).tocsr()
    pattern = nz.Pattern.from_scipy(path).symmetric()
    model = nz.Problem(nz.logdet(T, positive=True), wrt=T).bind(T=pattern, backend=backend)
    energy, gradient = model.energy_and_gradient(pattern.pack(path))
    assert energy == pytest.approx(size * np.log(2.0) + np.log(4.0 / 3.0), rel=1e-12)
    middle = sparse.csr_array((ones[:1], ([size // 2], [size // 2])), shape=path.shape)
    assert gradient @ pattern.pack(middle) == pytest.approx(2.0 / 3.0, rel=1e-12)


def test_the_gradient_vanishes_at_the_closed_form_of_a_chordal_graph(
    rng: np.random.Generator,
) -> None:
    """On a band, Θ = Σ (S on a clique)⁻¹ − Σ (S on a separator)⁻¹ (Lauritzen, Graphical models)."""
    size, width = 150, 4
    X = rng.standard_normal((size, size + 20))
    S = X @ X.T / size + np.eye(size)
    theta = np.zeros((size, size))
    for first in range(size - width + 1):
        clique = slice(first, first + width)
        theta[clique, clique] += np.linalg.inv(S[clique, clique])
        if first:
            separator = slice(first, first + width - 1)
            theta[separator, separator] -= np.linalg.inv(S[separator, separator])
    at = sparse.csr_array(theta)
    pattern = nz.Pattern.from_scipy(at).symmetric()
    energy = -nz.logdet(T, positive=True) + nz.trace(Q * T)
    data = sparse.csr_array((entries(at, S), at.indices, at.indptr), shape=at.shape)
    model = nz.Problem(energy, wrt=T).bind(Q=data, T=pattern)
    assert np.abs(model.gradient(pattern.pack(at))).max() < 1e-10


@every_backend
def test_a_generated_package_selects_entries(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    at = matrix_of("definite", 30, rng)
    pattern = nz.Pattern.from_scipy(at).symmetric()
    problem = nz.Problem(-nz.logdet(T, positive=True), wrt=T)
    name = f"selecting_{backend}"
    nz.generate(problem, tmp_path / name, data={"T": pattern})
    monkeypatch.syspath_prepend(str(tmp_path))
    package, g = import_module(name), pattern.pack(at)
    v = rng.standard_normal(pattern.size)
    made, bound = package.bind(T=pattern, backend=backend), problem.bind(T=pattern)
    assert made.spec.selections
    assert agree(made.gradient(g), bound.gradient(g), 1e-12)
    assert agree(made.hessian(g) @ v, bound.hessian(g) @ v, 1e-12)
