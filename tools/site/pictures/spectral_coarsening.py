"""Spot with 300 clusters: functional maps before and after 300 steps of L-BFGS."""

from __future__ import annotations

from pathlib import Path

import nzdiff as nz
from nzdiff.demo.coarsening import spectral_coarsening
from nzdiff.demo.figure import draw as draw_coarsening
from nzdiff.demo.mesh import load_spot
from nzdiff.demo.run import constrained_pattern
from nzdiff.gallery.spectral_coarsening import problem


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    mesh = load_spot()
    data = spectral_coarsening(mesh)
    given = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L, "G": constrained_pattern(data)}
    model = problem.bind(**given)
    result = nz.solve(model, model.pack(data.G0), "l-bfgs", max_iterations=300)
    steps = [record.iteration for record in result.history]
    energies = [record.energy for record in result.history]
    draw_coarsening(path, data, model.unpack(result.x), {"l-bfgs": (steps, energies)}, mesh=mesh)
