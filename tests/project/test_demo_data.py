"""The data of the demo: clusters on graphs without a mesh, spot's operators, the figure."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from nzdiff.demo.coarsening import (
    CoarseningData,
    assignment,
    clusters,
    coarsening_pattern,
    edge_lengths,
    energy,
    functional_map,
    lowest_modes,
    restriction,
    spectral_coarsening,
)
from nzdiff.demo.figure import draw
from nzdiff.demo.measures import Measures, measures, of_map
from nzdiff.demo.mesh import Mesh, laplacian_and_mass, load_spot


def grid_laplacian(rows: int, columns: int) -> Any:
    paths = [
        sparse.diags_array([np.ones(k - 1), np.ones(k - 1)], offsets=[-1, 1]) if k > 1 else None
        for k in (rows, columns)
    ]
    first, second = (
        sparse.csr_array((k, k)) if path is None else path
        for k, path in zip((rows, columns), paths, strict=True)
    )
    A = sparse.kron(first, sparse.eye_array(columns)) + sparse.kron(sparse.eye_array(rows), second)
    return sparse.csr_array(sparse.diags_array(A.sum(axis=1)) - A)


def components_inside(L: Any, labels: NDArray[np.int64]) -> int:
    """Connected pieces that remain when the edges between clusters are cut."""
    edges = sparse.coo_array(L)
    inside = labels[edges.row] == labels[edges.col]
    kept = (edges.data[inside], (edges.row[inside], edges.col[inside]))
    return int(csgraph.connected_components(sparse.csr_array(kept, shape=L.shape))[0])


# ---- clusters, without a mesh


@pytest.mark.parametrize(
    ("rows", "columns", "count"),
    [(1, 1, 1), (1, 30, 4), (9, 7, 1), (9, 7, 8), (9, 7, 63), (20, 20, 13)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_cluster_is_connected_and_holds_its_root(
    rows: int, columns: int, count: int, seed: int
) -> None:
    L, mass = grid_laplacian(rows, columns), np.ones(rows * columns)
    labels, roots = clusters(L, mass, count, rounds=10, seed=seed)
    np.testing.assert_array_equal(labels[roots], np.arange(count))
    assert labels.shape == mass.shape
    assert components_inside(L, labels) == count


def test_roots_move_away_from_the_border_between_clusters() -> None:
    labels, roots = clusters(grid_laplacian(1, 20), np.ones(20), 2, rounds=50, seed=0)
    # A path has open ends: they are farthest from the border.
    border = int(np.flatnonzero(np.diff(labels))[0])
    assert sorted(roots) == [0, 19]
    assert border in {9, 10}


def test_clusters_of_an_even_grid_have_similar_sizes() -> None:
    labels, _ = clusters(grid_laplacian(30, 30), np.ones(900), 9, rounds=20, seed=3)
    sizes = np.bincount(labels)
    assert sizes.min() > 30
    assert sizes.max() < 250


def test_clusters_depend_on_the_seed_alone() -> None:
    L, mass = grid_laplacian(12, 12), np.linspace(1, 2, 144)
    first, again, other = (clusters(L, mass, 10, rounds=5, seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_edge_lengths_follow_their_formula_and_drop_non_positive_weights() -> None:
    L = sparse.csr_array(np.array([[1.5, -2.0, 0.5], [-2.0, 2.0, 0.0], [0.5, 0.0, -0.5]]))
    lengths = edge_lengths(L, np.array([1.0, 3.0, 5.0])).toarray()
    np.testing.assert_array_equal(lengths, [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


def test_vertices_without_a_path_are_reported() -> None:
    L = sparse.csr_array(sparse.block_diag([grid_laplacian(2, 2), grid_laplacian(2, 2)]))
    with pytest.raises(ValueError, match="4 of 8 vertices have no path"):
        clusters(L, np.ones(8), 1, rounds=3, seed=0)
    with pytest.raises(ValueError, match="several components"):
        lowest_modes(L, np.ones(8), 2)


@pytest.mark.parametrize("count", [0, 5])
def test_an_impossible_number_of_clusters_is_reported(count: int) -> None:
    with pytest.raises(ValueError, match=f"count: expected 1 to 4 clusters, got {count}"):
        clusters(grid_laplacian(2, 2), np.ones(4), count, rounds=1, seed=0)


def test_a_vertex_reaches_its_own_cluster_and_the_adjacent_ones() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2])
    i, j = coarsening_pattern(grid_laplacian(1, 6), assignment(labels, 3))
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == {
        (vertex, cluster)
        for vertex in range(6)
        for cluster in range(3)
        if abs(labels[vertex] - cluster) <= 1
    }
    assert len(i) == 14


def test_lowest_modes_of_a_grid_are_the_known_cosines() -> None:
    mass = np.full(15 * 8, 0.5)
    values, Phi = lowest_modes(grid_laplacian(15, 8), mass, 4)
    exact = np.sort(
        [
            4 - 2 * np.cos(np.pi * a / 15) - 2 * np.cos(np.pi * b / 8)
            for a in range(4)
            for b in range(4)
        ]
    )
    np.testing.assert_allclose(values, exact[:4] / 0.5, atol=1e-10)
    np.testing.assert_array_equal(Phi[:, 0], 1 / np.sqrt(60))


def test_restriction_selects_the_roots() -> None:
    np.testing.assert_array_equal(restriction(np.array([3, 1]), 4) @ np.arange(4.0), [3.0, 1.0])


# ---- the mesh


def test_spot_is_a_closed_surface_with_outward_faces() -> None:
    spot = load_spot()
    assert spot.vertices.shape == (2930, 3)
    assert spot.faces.shape == (5856, 3)
    edges = np.sort(np.concatenate([spot.faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]))
    distinct, times = np.unique(edges, axis=0, return_counts=True)
    assert (times == 2).all()
    assert len(spot.vertices) - len(distinct) + len(spot.faces) == 2
    a, b, c = (spot.vertices[spot.faces[:, corner]] for corner in range(3))
    assert np.einsum("fd,fd->", a, np.cross(b, c)) > 0


def test_scaling_reaches_the_area() -> None:
    assert load_spot().scaled_to_area(300).area == pytest.approx(300, rel=1e-14)


def test_a_missing_libigl_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "igl", None)
    with pytest.raises(ImportError, match=r'pip install "nzdiff\[demo\]"'):
        laplacian_and_mass(load_spot())


# ---- the coarsening of spot


@pytest.fixture(scope="module")
def spot() -> CoarseningData:
    pytest.importorskip("igl")
    return spectral_coarsening(load_spot())


def test_sizes_are_those_of_the_issue(spot: CoarseningData) -> None:
    assert spot.shape == (2930, 300)
    assert spot.X.shape == spot.B.shape == (300, 100)
    assert spot.Phi.shape == (2930, 100)
    assert 19_000 < len(spot.i) == len(spot.j) < 23_000
    assert 3.0e3 < energy(spot, spot.G0) < 4.2e3


def test_laplacian_is_symmetric_semidefinite_with_zero_row_sums(spot: CoarseningData) -> None:
    L = spot.L
    assert abs(L - L.T).max() < 1e-12
    assert np.abs(L.sum(axis=1)).max() < 1e-12
    directions = np.random.default_rng(0).standard_normal((L.shape[0], 20))
    assert (np.einsum("ik,ik->k", directions, L @ directions) > 0).all()


def test_masses_are_positive_and_add_up_to_the_coarse_size(spot: CoarseningData) -> None:
    assert spot.mass.min() > 0
    assert spot.mass.sum() == pytest.approx(300, rel=1e-12)
    assert spot.coarse_mass.sum() == pytest.approx(300, rel=1e-12)
    np.testing.assert_allclose(spot.coarse_mass, np.bincount(spot.labels, spot.mass), rtol=1e-13)


def test_modes_solve_the_eigenproblem(spot: CoarseningData) -> None:
    residual = spot.L @ spot.Phi - spot.mass[:, None] * spot.Phi * spot.eigenvalues
    assert np.abs(residual).max() < 1e-9
    gram = spot.Phi.T @ (spot.mass[:, None] * spot.Phi)
    np.testing.assert_allclose(gram, np.eye(100), atol=1e-11)
    assert spot.eigenvalues[0] == 0
    assert (np.diff(spot.eigenvalues) > 0).all()
    # Weyl's law: λ_k ≈ 4π k / area.
    assert spot.eigenvalues[-1] == pytest.approx(4 * np.pi * 100 / 300, rel=0.1)


def test_every_cluster_of_spot_is_connected_and_holds_its_root(spot: CoarseningData) -> None:
    np.testing.assert_array_equal(spot.labels[spot.roots], np.arange(300))
    assert components_inside(spot.L, spot.labels) == 300


def test_pattern_is_sorted_distinct_and_contains_the_start(spot: CoarseningData) -> None:
    keys = spot.i.astype(np.int64) * 300 + spot.j
    assert (np.diff(keys) > 0).all()
    start = spot.G0.tocoo()
    assert np.isin(start.row.astype(np.int64) * 300 + start.col, keys).all()


def test_start_satisfies_the_constraint_exactly(spot: CoarseningData) -> None:
    np.testing.assert_array_equal(spot.constraint_weights, spot.P @ spot.Phi[:, 0])
    np.testing.assert_array_equal(spot.constraint_values, spot.Phi[:, 0])
    np.testing.assert_array_equal(spot.G0 @ spot.constraint_weights, spot.constraint_values)


def test_operands_follow_their_formulas(spot: CoarseningData) -> None:
    P, M = spot.P.toarray(), spot.mass
    np.testing.assert_array_equal(spot.B, P @ spot.Phi)
    X = np.diag(spot.coarse_mass**0.5) @ P @ np.diag(1 / M) @ (spot.L @ spot.Phi)
    np.testing.assert_allclose(spot.X, X, atol=1e-11)
    np.testing.assert_allclose(spot.Y**-2, spot.coarse_mass)


def test_coarsening_is_the_same_on_each_run(spot: CoarseningData) -> None:
    small = [spectral_coarsening(load_spot(), coarse=60, modes=20) for _ in range(2)]
    for field in dataclasses.fields(CoarseningData):
        first, again = (getattr(result, field.name) for result in small)
        if sparse.issparse(first):
            assert (first != again).nnz == 0
        else:
            np.testing.assert_array_equal(first, again, err_msg=field.name)
    # The signs come from a rule, so that they do not depend on how many modes are asked for.
    probe = np.random.default_rng(0).standard_normal(2930)
    assert (probe @ (spot.mass[:, None] * spot.Phi[:, 1:]) > 0).all()


def test_functional_map_of_the_identity_is_the_identity(spot: CoarseningData) -> None:
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    corners = np.array([[0.0, 0, 0], [1.0, 0.1, 0], [0.2, 1.3, 0], [0.1, 0.3, 0.9]])
    L, mass = laplacian_and_mass(Mesh(corners, tetrahedron))
    _, Phi = lowest_modes(L, mass, 3)
    unchanged = sparse.eye_array(4, format="csr")
    C = functional_map(L, unchanged, mass, unchanged, mass, Phi)
    np.testing.assert_allclose(C, np.eye(3), atol=1e-9)


def test_a_mesh_that_is_not_coarsened_has_perfect_measures(spot: CoarseningData) -> None:
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    corners = np.array([[0.0, 0, 0], [1.0, 0.1, 0], [0.2, 1.3, 0], [0.1, 0.3, 0.9]])
    L, mass = laplacian_and_mass(Mesh(corners, tetrahedron))
    eigenvalues, Phi = lowest_modes(L, mass, 3)
    eye = sparse.eye_array(4, format="csr")
    data = dataclasses.replace(
        spot, L=L, mass=mass, eigenvalues=eigenvalues, Phi=Phi, P=eye, coarse_mass=mass
    )
    found = measures(data, eye)
    np.testing.assert_allclose(dataclasses.astuple(found), (0.0, 0.0, 1.0, 0.0), atol=1e-9)
    doubled = measures(data, np.sqrt(2.0) * eye)  # the modes of 2 L are those of L
    np.testing.assert_allclose(
        dataclasses.astuple(doubled),
        (np.sum(eigenvalues**2) / 3.0, 0.0, 1.0, 1.0),
        rtol=1e-9,
        atol=1e-9,
    )


def test_measures_of_a_map_are_their_formulas() -> None:
    C, fine = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([0.0, 4.0])
    found = of_map(C, np.array([0.0, 5.0]), fine)
    # C Λ − Λ̃ C = [[0, 8], [0, −1]], Cᵀ C − I = [[0, 2], [2, 4]]
    assert found == Measures(65.0 / 6.0, 24.0, 2.0 / 6.0, 0.25)


def test_functional_map_reports_modes_of_another_mass(spot: CoarseningData) -> None:
    with pytest.raises(ValueError, match="Phi: expected columns with"):
        functional_map(spot.L, spot.G0, spot.coarse_mass, spot.P, 2 * spot.mass, spot.Phi)


@pytest.mark.parametrize(
    ("coarse", "modes", "message"),
    [
        (2930, 10, "coarse: expected 1 to 2929 for a mesh of 2930 vertices, got 2930"),
        (0, 1, "coarse: expected"),
        (30, 31, "modes: expected 1 to coarse = 30, got 31"),
        (30, 0, "modes: expected"),
    ],
)
def test_impossible_sizes_are_reported(coarse: int, modes: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spectral_coarsening(load_spot(), coarse=coarse, modes=modes)


# ---- the figure

CURVES = {"one": ([0, 1, 2], [30.0, 20.0, 15.0]), "two": ([0], [30.0])}


@pytest.mark.slow
def test_figure_is_one_png_and_leaves_nothing_else(spot: CoarseningData, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "figure.png"
    target.write_text("an older one", encoding="ascii")
    assert draw(target, spot, spot.G0, CURVES, mesh=load_spot()) == target
    assert target.read_bytes().startswith(b"\x89PNG\r\n")
    assert list(tmp_path.iterdir()) == [target]


def test_a_figure_that_cannot_be_drawn_leaves_the_old_one(
    spot: CoarseningData, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "figure.png"
    target.write_text("an older one", encoding="ascii")
    with pytest.raises(ValueError, match=r"curves\['one'\]: expected two equally long"):
        draw(target, spot, spot.G0, {"one": ([0, 1], [1.0])})
    with pytest.raises(ValueError, match="G: expected shape"):
        draw(target, spot, spot.G0.T, {})
    assert target.read_text(encoding="ascii") == "an older one"


def test_a_bad_path_of_the_figure_is_reported(spot: CoarseningData, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .*absent; create it first"):
        draw(tmp_path / "absent" / "figure.png", spot, spot.G0, {})
    with pytest.raises(ValueError, match=r"ends in \.png"):
        draw(tmp_path / "figure.pdf", spot, spot.G0, {})
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        draw(tmp_path / "folder.png", spot, spot.G0, {})


def test_a_missing_matplotlib_names_the_command_that_installs_it(
    spot: CoarseningData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "nzdiff\[demo\]"'):
        draw(tmp_path / "figure.png", spot, spot.G0, {})
