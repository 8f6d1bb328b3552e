"""What L U − A leaves, by ILU(0) and at the least of all entries, and the energy over the steps."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from nzdiff.gallery.ilu import everywhere
from tools.site.pictures import DOTS_PER_INCH, entries, example

SIDE = 6


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("ilu")
    A = found["grid"](SIDE)
    whole, least = found["solve"](A, everywhere.bind)
    factors = {"ILU(0)": found["ilu0"](A), "least of all entries": whole.unpack(least.x)}
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    *panels, curve = figure.subplots(1, 3, width_ratios=(1, 1, 1.2))
    for axes, (title, (L, U)) in zip(panels, factors.items(), strict=True):
        entries(axes, (L @ U - A).toarray()).set_clim(-0.4, 0.4)
        axes.set(title=f"L U − A, {title}", xticks=[], yticks=[])
    figure.colorbar(panels[0].images[0], ax=panels, shrink=0.8)
    for side in (10, 20, 40):
        _, result = found["solve"](found["grid"](side))
        energies = [record.energy for record in result.history]
        curve.semilogy(energies, label=f"grid {side} × {side}")
    curve.set(title="‖mask ∘ (L U − A)‖²", xlabel="step")
    curve.legend(loc="upper right")
    figure.savefig(path, dpi=DOTS_PER_INCH)
