"""Meshes that people have: read in each format, cleaned with a line that counts, or refused."""

import struct
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy import sparse
from scipy.optimize import OptimizeResult

from nzdiff.demo.cleaning import Cleaned, clean
from nzdiff.demo.coarsening import clusters, joined, sizes, spectral_coarsening
from nzdiff.demo.course import PUBLISHED, course_of
from nzdiff.demo.figure import outside
from nzdiff.demo.formats.obj import parse_obj
from nzdiff.demo.formats.off import parse_off
from nzdiff.demo.formats.ply import parse_ply
from nzdiff.demo.formats.polygons import MeshFileError, Polygons, polygons
from nzdiff.demo.formats.read import read_polygons
from nzdiff.demo.formats.stl import parse_stl
from nzdiff.demo.mesh import Mesh
from nzdiff.demo.run import _generated, mesh_of
from nzdiff.demo.tables import energies, goal
from nzdiff.problem_file import shipped_problem
from nzdiff.solvers import Record, Status
from nzdiff.solvers.run.objective import Counts

POINTS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
FACES = [[0, 1, 2, 3], [0, 4, 1], [1, 4, 2]]
"""A quadrilateral and two triangles above it."""
OBJ = """# a comment
mtllib colours.mtl
v 0 0 0 0.5 0.5 0.5
v 1e0 0 0
v 1 1 0 # another
vt 0 0
v 0 1 0
vn 0 0 1
v 0 0 1
l 1 2
f 1/1/1 2//1 \\
  3/1 4
f -5 -1 -4
f 2 5 3
"""
OFF = """# a comment
COFF # its word
5 3 0

0 0 0 255 0 0 255
1 0 0 255 0 0 255 # another
1 1 0
0 1 0
0 0 1
4 0 1 2 3 0.5 0.5 0.5
3 0 4 1
3 1 4 2
"""
PLY = """ply
format {} 1.0
comment made by hand
element vertex 5
property float x
property float y
property uchar red
property double z
element face {}
property uchar flag
property list uchar int vertex_indices
property list uchar float texcoord
element edge 1
property int vertex1
end_header
"""


def ply(order: str, faces: list[list[int]]) -> bytes:
    head = PLY.format(order, len(faces))
    if order == "ascii":
        rows = [f"{x} {y} 7 {z}" for x, y, z in POINTS]
        rows += [" ".join(map(str, [1, len(face), *face, 2, 0.5, 0.5])) for face in faces]
        return "\n".join([head.strip(), *rows, "3", ""]).encode()
    sign = "<" if "little" in order else ">"
    body = b"".join(struct.pack(f"{sign}2fBd", x, y, 7, z) for x, y, z in POINTS)
    for face in faces:
        body += struct.pack(f"{sign}BB{len(face)}iB2f", 1, len(face), *face, 2, 0.5, 0.5)
    return head.encode() + body + struct.pack(f"{sign}i", 3)


def stl(faces: list[list[int]]) -> bytes:
    """Binary, with a title that says solid, as many programs write it."""
    facets = [struct.pack("<12fH", 0, 0, 0, *POINTS[face].ravel(), 0) for face in faces]
    return b"solid but binary".ljust(80) + struct.pack("<I", len(faces)) + b"".join(facets)


@pytest.mark.parametrize("order", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("faces", [FACES, FACES[1:]])
def test_ply_of_any_order_and_any_polygons_is_read(order: str, faces: list[list[int]]) -> None:
    check(parse_ply(ply(order, faces)), faces)


@pytest.mark.parametrize(("parse", "text"), [(parse_obj, OBJ), (parse_off, OFF)])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_obj_and_off_are_read(parse: Callable[[bytes], Polygons], text: str, ending: str) -> None:
    check(parse(text.replace("\n", ending).encode()), FACES)


def check(found: Polygons, faces: list[list[int]]) -> None:
    np.testing.assert_array_equal(found.vertices, POINTS)
    np.testing.assert_array_equal(found.sizes, [len(face) for face in faces])
    np.testing.assert_array_equal(found.corners, np.concatenate(faces))


def test_stl_binary_and_text_has_its_points_joined() -> None:
    lines = ["facet normal 0 0 0", "outer loop", *["vertex {} {} {}"] * 3, "endloop", "endfacet"]
    facets = ["\n".join(lines).format(*POINTS[face].ravel()) for face in FACES[1:]]
    text = "\n".join(["solid x", *facets, "endsolid x"]).encode()
    for content in (stl(FACES[1:]), text):
        found = parse_stl(content)
        np.testing.assert_array_equal(found.vertices, POINTS[np.concatenate(FACES[1:])])
        cleaned = clean(found)
        assert cleaned.changes == ("joined 2 vertices with others at the same place",)
        np.testing.assert_array_equal(cleaned.mesh.faces, [[0, 1, 2], [2, 1, 3]])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.obj", b"", "expected vertices and faces, got 0 vertices and no face"),
        ("a.obj", b"v 0 0\n", "line 1: expected three coordinates of a vertex, got '0 0'"),
        ("a.obj", b"v 0 0 0\nf 1 one 1\n", "line 2: expected whole numbers, got '1 one 1'"),
        ("a.obj", b"v 0 0 0\nf 0 1 1\n", "line 2: expected vertices counted from 1, or from -1"),
        ("a.obj", b"v 0 0 0\nf 1 1 -2\n", "back to -1, got -2"),
        ("a.obj", b"v 0 0 0\nf 1 1 1\nf 1 2 1\n", "face 2 of 2: .* the 1 of the file, got"),
        ("a.obj", b"v 0 0 0\nf 1 1 99999999999999999999\n", "got one above 2⁶³"),
        ("a.off", b"", "expected OFF, and the file ends"),
        ("a.off", b"OFF BINARY\n", "line 1: expected OFF as text"),
        ("a.off", b"4OFF\n", "line 1: expected OFF as text in three dimensions"),
        ("a.off", b"OFF\n1\n", "line 2: expected the numbers of vertices and faces"),
        ("a.off", b"OFF 2 1 0\n0 0 0\n", "expected 2 vertices, and the file ends"),
        ("a.off", b"OFF 1 1 0\n0 0 0\n3 0 0\n", "line 3: expected 3 corners of a face, got 2"),
        ("a.ply", b"plain", "expected PLY: a first line ply"),
        ("a.ply", b"ply\nelement vertex many\nend_header\n", "line 2: expected format, element"),
        ("a.ply", b"ply\nproperty int x\nend_header\n", "line 2: expected an element before"),
        ("a.ply", ply("ascii", FACES)[:-60], "expected 3 rows of face, and the file ends"),
        ("a.ply", ply("ascii", FACES).replace(b"1 4 0", b"1 -4 0"), "face 1: expected flag"),
        ("a.ply", ply("binary_little_endian", FACES)[:-9], "rows of face, and the file ends"),
        ("a.ply", b"ply\nelement vertex 0\nproperty int x\nend_header\n", "vertex with x; points"),
        ("a.stl", stl(FACES[1:])[:-1], "(184 for the 2 that it names), got 183 bytes"),
        ("a.stl", b"solid\nvertex 0 0 0\nendloop\n", "line 3: expected three vertices per loop"),
        ("a.glb", b"", "expected a mesh in a file of .obj, .ply, .off, .stl, got .glb"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_mesh_says_where(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MeshFileError, match=message.replace("(", r"\(").replace(")", r"\)")) as got:
        read_polygons(tmp_path / name)
    assert str(got.value).startswith(str(tmp_path / name))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(MeshFileError, match=r"a\.obj: expected a mesh file, there is no such file"):
        read_polygons(tmp_path / "a.obj")
    (tmp_path / "b.obj").mkdir()
    with pytest.raises(MeshFileError, match=r"b\.obj: expected a mesh file, it is no file"):
        read_polygons(tmp_path / "b.obj")


@pytest.mark.parametrize(
    ("parse", "whole"),
    [
        (parse_obj, OBJ.encode()),
        (parse_off, OFF.encode()),
        (parse_ply, ply("binary_big_endian", FACES)),
        (parse_stl, stl(FACES[1:])),
    ],
)
def test_damaged_files_are_read_or_refused(
    parse: Callable[[bytes], Polygons], whole: bytes
) -> None:
    generator = np.random.default_rng(0)
    for _ in range(60):
        damaged = np.frombuffer(whole, np.uint8).copy()
        damaged[generator.integers(0, damaged.size, 3)] = generator.integers(0, 256, 3)
        try:
            found = parse(damaged[: generator.integers(1, damaged.size + 1)].tobytes())
        except MeshFileError:
            continue
        assert found.sizes.sum() == found.corners.size


# ---- cleaning


def cleaned(vertices: object, faces: list[list[int]], component: int = 1) -> Cleaned:
    return clean(polygons(vertices, faces), component)


def test_a_good_mesh_changes_its_scale_alone() -> None:
    found = cleaned(7 * POINTS + 3, [[0, 1, 2], [0, 2, 3], [0, 4, 1], [1, 4, 2]])
    assert found.changes == () and found.remarks == ("4 edges on the boundary",)
    np.testing.assert_allclose(found.mesh.vertices, POINTS - 0.5, rtol=1e-15)
    np.testing.assert_array_equal(found.mesh.faces, [[0, 1, 2], [0, 2, 3], [0, 4, 1], [1, 4, 2]])


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_no_scale_is_too_large_or_too_small(scale: float) -> None:
    found = cleaned(scale * POINTS, FACES)
    np.testing.assert_allclose(np.ptp(found.mesh.vertices, axis=0), 1, rtol=1e-12)


def test_polygons_are_cut_inside_of_themselves() -> None:
    arrow = [[0, 0, 0], [2, -1, 0], [0.5, 0, 0], [2, 1, 0]]
    ell = [[0, 0, 0], [2, 0, 0], [2, 1, 0], [1, 1, 0], [1, 2, 0], [0, 2, 0]]
    for points, area in ((arrow, 0.5), (ell, 3.0)):
        for turn in range(len(points)):
            corners = np.roll(np.arange(len(points)), turn).tolist()
            found = cleaned(points, [corners])
            assert found.mesh.area == pytest.approx(area / 4, rel=1e-14)  # the extent 2 becomes 1
            assert found.changes == ("cut 1 polygon into triangles",)


def test_a_polygon_that_no_fan_covers_is_told() -> None:
    comb = [[0, 0, 0], [5, 0, 0], [5, 3, 0], [4, 3, 0], [4, 1, 0], [3, 1, 0], [3, 3, 0], [2, 3, 0]]
    comb += [[2, 1, 0], [1, 1, 0], [1, 3, 0], [0, 3, 0]]
    found = cleaned(comb, [list(range(12))])
    assert "1 of them, concave, overlap: cut those in a mesh program" in found.changes


@pytest.mark.parametrize(
    ("vertices", "faces", "change"),
    [
        ([], [[0, 1, 2], [0, 1]], "removed 1 face of fewer than three corners"),
        ([[9, 9, 9], [8, 8, 8]], [], "removed 2 vertices of no triangle"),
        ([[0, 1, -0.0]], [[3, 2, 5]], "removed 1 triangle without area"),
        ([[0, 1, -0.0]], [[3, 4, 2], [0, 4, 5]], "joined 1 vertex with others at the same place"),
        ([[0.5, 0.5, 0]], [[0, 5, 2]], "removed 1 triangle without area"),
        ([], [[2, 1, 0], [1, 0, 2]], "removed 2 triangles that repeat another"),
        ([[np.nan, 0, 0]], [[0, 1, 5], [1, 2, 5]], "removed 2 triangles at such vertices"),
        ([[np.inf, 0, 0]], [], "removed 1 vertex of no finite coordinates"),
        (
            [[5, 0, 0], [6, 0, 0], [5, 0.1, 0]],
            [[5, 6, 7]],
            "kept component 1 of 2, ordered by area: 97.8% of all",
        ),
    ],
)  # fmt: skip
def test_what_the_operators_cannot_have_is_removed_and_counted(
    vertices: list[list[float]], faces: list[list[int]], change: str
) -> None:
    clean_faces = [[0, 1, 2], [0, 2, 3], [0, 4, 1], [1, 4, 2]]
    found = cleaned([*POINTS.tolist(), *vertices], [*clean_faces, *faces])
    assert change in found.changes
    assert len(found.mesh.vertices) == 5 and len(found.mesh.faces) >= 4


def test_a_component_is_chosen_by_its_area() -> None:
    vertices = [*POINTS, *(3 * POINTS[:3] + 10), *(2 * POINTS[:3] + 20)]
    faces = [[0, 1, 2], [5, 6, 7], [8, 9, 10]]
    for which, first in ((1, 5), (2, 8), (3, 0)):
        mesh = cleaned(vertices, faces, which).mesh
        side = np.linalg.norm(np.subtract(vertices[first + 1], vertices[first]))
        assert len(mesh.vertices) == 3
        assert side == {1: 3, 2: 2, 3: 1}[which]
    with pytest.raises(ValueError, match=r"component: expected 1 to 3, .* got 4"):
        cleaned(vertices, faces, 4)


def test_edges_of_three_triangles_stay_and_are_told() -> None:
    found = cleaned([*POINTS, [0, 1, 1]], [[0, 1, 2], [0, 2, 3], [0, 2, 4], [3, 4, 0]])
    assert found.remarks[-1] == "1 edge of more than two triangles"
    assert len(found.mesh.faces) == 4


def test_nothing_that_is_left_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mesh: expected triangles of positive area, got none \("):
        cleaned(POINTS[[0, 0, 0, 1]], [[0, 1, 2], [0, 1, 3]])


def test_a_line_says_what_was_done_and_errors_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.obj"
    file.write_text(OBJ)
    console = Console(width=40, file=StringIO(), record=True)
    assert mesh_of(console, file).faces.shape == (4, 3)
    said = "cut 1 polygon into triangles; 5 vertices, 4 triangles; 4 edges on the boundary"
    assert console.export_text() == f"{file}: {said}\n"
    with pytest.raises(ValueError, match=r"mine\.obj: component: expected 1 to 1"):
        mesh_of(console, file, 2)


def test_a_package_is_planned_for_smaller_sizes_where_patterns_do_not_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def generate(_: object, folder: Path, **given: object) -> Path:
        asked.append(given)
        if "data" in given:
            raise MemoryError
        return folder

    monkeypatch.setattr("nzdiff.demo.run.generate", generate)
    entry = shipped_problem("spectral_coarsening")
    assert _generated(entry, tmp_path, {}) == (tmp_path, False)
    assert asked == [{"data": {}}, {"sizes": entry.sizes}]


def test_a_course_knows_when_an_energy_was_reached_and_what_auto_chose() -> None:
    kept = [(0.0, 9.0), (2.0, 4.0), (4.0, 5.0)]
    history = [Record(0, E, 1.0, 0.0, 1.0, 0, seconds, Counts()) for seconds, E in kept]
    result = OptimizeResult(history=history, method="l-bfgs", status=Status.MAX_SECONDS)
    found = course_of(result, None, "auto")
    assert (found.method, found.ended, found.lowest) == ("auto: l-bfgs", "max seconds", 4.0)
    assert [found.seconds_to(x) for x in (9.0, 5.0, 3.0)] == [0.0, 2.0, np.inf]
    assert goal([found]) == ("1.05 times the lowest", 4.2)
    assert goal([replace(found, method=PUBLISHED)])[1] == 4.0
    assert energies([found]).columns[4].header == "seconds"


# ---- what the coarsening makes of it


@pytest.mark.parametrize(
    ("n", "coarse", "modes", "expected"),
    [
        (2930, None, None, (300, 100)),
        (1_000_000, None, None, (300, 100)),
        (400, None, None, (100, 33)),
        (8, None, None, (2, 2)),
        (400, 60, None, (60, 20)),
        (4, 1, None, (1, 1)),
        (400, None, 5, (100, 5)),
    ],
)
def test_sizes_follow_from_the_mesh(
    n: int, coarse: int | None, modes: int | None, expected: tuple[int, int]
) -> None:
    assert sizes(n, coarse, modes) == expected


def test_a_mesh_too_small_to_coarsen_is_refused() -> None:
    with pytest.raises(ValueError, match="mesh: expected at least 8 vertices, got 7"):
        sizes(7, None, None)


def test_parts_that_obtuse_angles_cut_off_are_joined() -> None:
    L = np.array([[1.0, -1, 0, 0], [-1, 0.5, 0.5, 0], [0, 0.5, 0.5, -1], [0, 0, -1, 1]])
    lengths = np.where(L < 0, 1.0, 0.0)
    found = joined(sparse.csr_array(lengths), sparse.csr_array(L)).toarray()
    assert found[1, 2] == found[2, 1] == 2 * lengths.sum() + 1
    np.testing.assert_array_equal(found[L < 0], 1.0)
    labels, _ = clusters(sparse.csr_array(L), np.ones(4), 1, rounds=2, seed=0)
    assert not labels.any()


@pytest.mark.parametrize("turn", [1, -1])
def test_inside_and_outside_are_known_of_closed_surfaces_alone(turn: int) -> None:
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])[:, ::turn]
    corners = POINTS[[0, 1, 3, 4]]
    assert outside(Mesh(corners, tetrahedron)) == turn
    assert outside(Mesh(corners, tetrahedron[:3])) == 0
    tetrahedron[0] = tetrahedron[0, ::-1]
    assert outside(Mesh(corners, tetrahedron)) == 0


def test_a_cube_of_quadrilaterals_is_coarsened() -> None:
    pytest.importorskip("igl")
    corners = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
    points = [[x, y, z] for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    found = cleaned(points, corners)
    assert found.mesh.area == pytest.approx(6, rel=1e-14) and found.remarks == ()
    data = spectral_coarsening(found.mesh)
    assert data.shape == (8, 2) and data.B.shape == (2, 2)
    assert data.mass.sum() == pytest.approx(2, rel=1e-14)
