"""One PNG of a coarsening: clusters, functional maps before and after, pattern, convergence.

In: the data, the final G, and the convergence curves of one or several methods.  Out: one file,
written whole.  Needs matplotlib (the extra "demo"), its object interface only: no display.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nzdiff.demo.coarsening import CoarseningData, energy, functional_map
from nzdiff.demo.formats.polygons import Floats
from nzdiff.demo.measures import Measures, measures
from nzdiff.demo.mesh import Mesh
from nzdiff.runtime.data.files import write_whole

Curves = Mapping[str, tuple[ArrayLike, ArrayLike]]

LAYOUT_WITH_MESH = [list("MMBBAA"), list("PPPEEE")]
LAYOUT = [list("BBBAAA"), list("PPPEEE")]
SIZE = (13.0, 8.6)
DOTS_PER_INCH = 120
TURN, TILT = np.radians(215), np.radians(18)
LIGHT = np.array([0.35, 0.55, 0.76])
MUCH_MORE = 1.3
ROWS = 120
"""Rows of a pattern that have room, in points, for marks of more than a pixel."""
GOLDEN = (np.sqrt(5) - 1) / 2


def draw(
    path: str | os.PathLike[str],
    data: CoarseningData,
    G: Any,
    curves: Curves,
    *,
    mesh: Mesh | None = None,
    horizontal: str = "iteration",
) -> Path:
    """Write the figure of the final `G` to the PNG file `path`, and return that path.

    curves: method → (iterations or seconds, energies); `horizontal` labels the first of the two.
    mesh: the fine mesh, drawn coloured by cluster; without it that panel is left out.
    """
    target = _checked_target(path)
    if G.shape != data.shape:
        raise ValueError(f"G: expected shape {data.shape}, got {G.shape}")
    figure = _matplotlib("figure").Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplot_mosaic(LAYOUT if mesh is None else LAYOUT_WITH_MESH)
    figure.suptitle(_title(data, G), fontsize=13)
    if mesh is not None:
        draw_clusters(axes["M"], mesh, data)
    draw_map(axes["B"], _map(data, data.G0), measures(data, data.G0), "before, $G_0$")
    image = draw_map(axes["A"], _map(data, G), measures(data, G), "after")
    figure.colorbar(image, ax=[axes["B"], axes["A"]], shrink=0.8, label="entry of $C$")
    draw_pattern(axes["P"], data)
    draw_convergence(axes["E"], curves, horizontal)
    write_whole(target, _png(figure))
    return target


def _checked_target(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() != ".png":
        raise ValueError(f"path: expected a file name that ends in .png, got {target}")
    if target.is_dir():
        raise IsADirectoryError(f"path: expected a file to write, {target} is a folder")
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"path: cannot write {target}, there is no folder {target.parent}; create it first"
        )
    return target


def _matplotlib(module: str) -> Any:
    try:
        return import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError(
            'The figure needs matplotlib, which cannot be imported: pip install "nzdiff[demo]"'
        ) from error


def _title(data: CoarseningData, G: Any) -> str:
    (n, m), k = data.shape, data.Phi.shape[1]
    before, after = energy(data, data.G0), energy(data, G)
    return (
        f"Spectral coarsening:  n = {n} vertices to m = {m},  k = {k} modes,  "
        f"{len(data.i):,} stored values,  energy {before:.4g} → {after:.4g}"
    )


def _map(data: CoarseningData, G: Any) -> Floats:
    return functional_map(data.L, G, data.coarse_mass, data.P, data.mass, data.Phi)


def draw_clusters(axes: Any, mesh: Mesh, data: CoarseningData) -> None:
    """The visible side of the mesh, a colour per cluster, painted from back to front."""
    if len(mesh.vertices) != len(data.labels):
        raise ValueError(
            f"mesh: expected {len(data.labels)} vertices as in the data, got {len(mesh.vertices)}"
        )
    corners = (mesh.vertices @ _view(mesh).T)[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.finfo(float).tiny)
    outward = outside(mesh)
    visible = np.flatnonzero(normals[:, 2] * outward > 0 if outward else normals[:, 2] != 0)
    normals *= outward or np.sign(normals[:, 2:])
    faces = visible[np.argsort(corners[visible, :, 2].mean(axis=1))]
    shade = 0.5 + 0.5 * np.clip(normals[faces] @ LIGHT, 0, 1)
    colours = _cluster_colours(data.shape[1])[data.labels[mesh.faces[faces]]]
    colours = (colours * shade[:, None, None]).reshape(-1, 3)
    polygons = _matplotlib("collections").PolyCollection(
        _corner_cells(corners[faces, :, :2]), facecolors=colours, edgecolors=colours, linewidths=0.3
    )
    axes.add_collection(polygons)
    axes.set_title(f"{data.shape[1]} clusters of {len(mesh.vertices)} vertices")
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()


def _corner_cells(corners: Floats) -> Floats:
    """Each triangle (f, 3, 2) cut into the three quadrilaterals of its corners (3f, 4, 2)."""
    centre = np.broadcast_to(corners.mean(axis=1, keepdims=True), corners.shape)
    after = (corners + np.roll(corners, -1, axis=1)) / 2
    cells = np.stack([corners, after, centre, np.roll(after, 1, axis=1)], axis=2)
    return cells.reshape(-1, 4, corners.shape[2])


def outside(mesh: Mesh) -> int:
    """1 or −1 where each edge has two triangles that are turned alike, 1 outwards; else 0."""
    tail, head = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    n = len(mesh.vertices)
    there, back = np.sort(tail * n + head), np.sort(head * n + tail)
    if not np.array_equal(there, back) or (np.diff(there) == 0).any():
        return 0
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return 1 if np.sum(a * np.cross(b, c)) >= 0 else -1


def _view(mesh: Mesh) -> Floats:
    """The rotation (3, 3) from mesh to screen: about the upright axis, then tilted down.

    Upright is y, unless the mesh shows much more of itself with z or x upright, as terrains do.
    """
    turn, tilt = (np.array([np.cos(angle), np.sin(angle)]) for angle in (TURN, TILT))
    upright = np.array([[turn[0], 0, turn[1]], [0, 1, 0], [-turn[1], 0, turn[0]]])
    tilted = np.array([[1, 0, 0], [0, tilt[0], -tilt[1]], [0, tilt[1], tilt[0]]])
    views = [(tilted @ upright)[:, np.roll(np.arange(3), k)] for k in range(3)]
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    doubled = np.cross(b - a, c - a)
    shown = [np.abs(doubled @ view[2]).sum() for view in views]
    chosen = 0 if MUCH_MORE * shown[0] >= max(shown) else int(np.argmax(shown))
    return np.asarray(views[chosen])


def _cluster_colours(count: int) -> Floats:
    """`count` soft colours (count, 3): hues in golden-ratio steps, two alternating strengths."""
    steps = np.arange(count)
    strength = np.where(steps % 2, 0.5, 0.3)
    hsv = np.column_stack([steps * GOLDEN % 1, strength, np.full(count, 0.97)])
    return np.asarray(_matplotlib("colors").hsv_to_rgb(hsv))


def draw_map(axes: Any, C: Floats, found: Measures, moment: str) -> Any:
    """C (k, k) as an image; ideal is the identity, of which `found` is 0, 0, 1 and 0."""
    image = axes.imshow(C, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_title(
        f"Functional map {moment}\n$\\|C\\|_L^2$ = {found.commutativity:.3g},  "
        f"$\\|C\\|_D^2$ = {found.orthonormality:.3g},  diagonal {found.diagonal_mass:.0%},  "
        f"$\\lambda$ off by {found.eigenvalue_error:.1%}",
        fontsize=9,
    )
    _count_in_ones(axes)
    axes.set_xlabel("fine mode  $\\Phi$")
    axes.set_ylabel("coarse mode  $\\tilde{\\Phi}$")
    return image


def draw_pattern(axes: Any, data: CoarseningData) -> None:
    """The stored positions of G; rows ordered by cluster, which shows who reaches whom."""
    n, m = data.shape
    position = np.empty(n, dtype=np.int64)
    position[np.argsort(data.labels, kind="stable")] = np.arange(n)
    mark = {"marker": "s", "markersize": ROWS / n} if n < ROWS else {"marker": ","}
    axes.plot(data.j, position[data.i], linestyle="", color="#1f3b63", rasterized=True, **mark)
    _count_in_ones(axes)
    axes.set(xlim=(-0.5, m - 0.5), ylim=(n - 0.5, -0.5))
    axes.set_title(f"Pattern of $G$: {len(data.i):,} of {n * m:,} positions")
    axes.set_xlabel("coarse vertex (column)")
    axes.set_ylabel("fine vertex (row), ordered by cluster")


def _count_in_ones(axes: Any) -> None:
    """Rows and columns are counted: no half of one is named at the axes."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(_matplotlib("ticker").MaxNLocator(integer=True))


def draw_convergence(axes: Any, curves: Curves, horizontal: str) -> None:
    """Energy of each method; the scales are logarithmic, across from the first step on."""
    first_step = np.inf
    for name, (positions, energies) in curves.items():
        xs, ys = np.asarray(positions, dtype=float), np.asarray(energies, dtype=float)
        if xs.shape != ys.shape or xs.ndim != 1 or not xs.size:
            raise ValueError(
                f"curves[{name!r}]: expected two equally long lists, got {xs.shape} and {ys.shape}"
            )
        first_step = min(first_step, np.min(xs[xs > 0], initial=np.inf))
        mark = "o" if xs.size <= 60 else None
        axes.plot(xs, ys, marker=mark, markersize=3, label=f"{name}, ends at {ys[-1]:.4g}")
    axes.set_yscale("log")
    if np.isfinite(first_step):
        axes.set_xscale("symlog", linthresh=first_step)
        axes.set_xlim(left=0)
    axes.set_title("Convergence")
    axes.set_xlabel(horizontal)
    axes.set_ylabel("energy  $E = \\|X - Y\\,G^T L\\,G\\,B\\|_F^2$")
    axes.grid(visible=True, which="both", alpha=0.25)
    if curves:  # below the axes, where no curve runs
        axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize=9
        )


def _png(figure: Any) -> bytes:
    memory = BytesIO()
    figure.savefig(memory, format="png", dpi=DOTS_PER_INCH)
    return memory.getvalue()
