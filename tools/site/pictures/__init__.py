"""Pictures of the gallery, drawn when the site is built: the directive `picture` with a name.

Needs matplotlib and libigl (the extra `demo`).  The text under the directive says what is seen.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive
from matplotlib.figure import Figure
from numpy.typing import NDArray

import nzdiff as nz
from nzdiff.demo.coarsening import spectral_coarsening
from nzdiff.demo.figure import draw
from nzdiff.demo.mesh import load_spot
from nzdiff.demo.run import constrained_pattern
from nzdiff.gallery.spectral_coarsening import problem as coarsening_problem

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FOLDER = "_pictures"
DOTS_PER_INCH = 110


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Picture(Directive):  # type: ignore[misc] # docutils publishes no types
    """One picture of `PICTURES`, with its description as text that is read aloud, and below it."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[Any]:
        """Draw it and refer to it."""
        env = self.state.document.settings.env
        name, said = self.arguments[0], " ".join(self.content)
        folder = Path(env.app.outdir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        PICTURES[name](folder / f"{name}.png")
        source = "../" * env.docname.count("/") + f"{FOLDER}/{name}.png"
        image = f'<img src="{source}" alt="{escape(said)}">'
        figure = f"<figure>{image}<figcaption>{escape(said)}</figcaption></figure>"
        return [nodes.raw("", figure, format="html")]


def coarsening(path: Path) -> None:
    """Spot with 300 clusters: functional maps before and after 300 steps of L-BFGS."""
    mesh = load_spot()
    data = spectral_coarsening(mesh)
    given = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L, "G": constrained_pattern(data)}
    model = coarsening_problem.bind(**given)
    result = nz.solve(model, model.pack(data.G0), "l-bfgs", max_iterations=300)
    steps = [record.iteration for record in result.history]
    energies = [record.energy for record in result.history]
    draw(path, data, model.unpack(result.x), {"l-bfgs": (steps, energies)}, mesh=mesh)


def approximate_inverse(path: Path) -> None:
    """A, the M on its pattern with the least ‖A M − I‖, and how near A M is to I."""
    example = runpy.run_path(str(EXAMPLES / "approximate_inverse.py"))
    matrix = example["laplacian"](6)
    model = example["problem"].bind(A=matrix, M=nz.Pattern.from_scipy(matrix))
    inverse = model.unpack(nz.solve(model, np.zeros(model.size)).x)
    figure = Figure(figsize=(11.0, 3.8), layout="constrained")
    panels = {"A": matrix, "M": inverse, "A M": matrix @ inverse}
    for axes, (title, shown) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        figure.colorbar(_entries(axes, shown.toarray()), ax=axes, shrink=0.8)
        axes.set(title=title, xticks=[], yticks=[])
    figure.savefig(path, dpi=DOTS_PER_INCH)


def structured_regulator(path: Path) -> None:
    """The cost of feedback for ever fewer entries, and one of these feedback matrices."""
    example = runpy.run_path(str(EXAMPLES / "structured_regulator.py"))
    states, inputs = example["sizes"]["n"], example["sizes"]["m"]
    data = example["chain"](states, inputs)
    costs, feedback = {}, np.zeros((inputs, states))
    for reach in (states, 6, 4, 3, 2, 1):
        model = example["problem"].bind(K=example["near"](states, inputs, reach), **data)
        result = nz.solve(model, np.zeros(model.size))
        costs[model.size] = float(result.fun)
        feedback = model.unpack(result.x).toarray() if reach == 4 else feedback
    figure = Figure(figsize=(11.0, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
    left.plot(list(costs), list(costs.values()), "o-")
    left.set(xlabel="entries of K", ylabel="cost tr P(K)", title="fewer entries cost more")
    image = _entries(right, feedback)
    right.set_aspect("auto")
    right.set(xlabel="state", ylabel="input", title="K, each input reads masses near its own")
    figure.colorbar(image, ax=right)
    figure.savefig(path, dpi=DOTS_PER_INCH)


def _entries(axes: Any, matrix: NDArray[np.float64]) -> Any:
    """The numbers of a matrix as colours, 0 white."""
    scale = np.abs(matrix).max()
    return axes.imshow(matrix, cmap="RdBu", vmin=-scale, vmax=scale, interpolation="nearest")


PICTURES: dict[str, Callable[[Path], None]] = {
    "coarsening": coarsening,
    "approximate_inverse": approximate_inverse,
    "structured_regulator": structured_regulator,
}
"""What can be drawn."""
