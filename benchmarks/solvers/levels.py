"""Energies of an instance whose passing is timed: how far is far enough?"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.instances.instance import Instance
from benchmarks.solvers.run import Run

ROUNDING = 1e-12
GAPS = (1e-2, 1e-4, 1e-8)
FINAL_NADAM, FINAL_LBFGS = "final of nadam", "final of l-bfgs + 0.1 %"


def level_names() -> tuple[str, ...]:
    """Every level in the order of the tables."""
    return (FINAL_NADAM, FINAL_LBFGS, *(f"gap {gap:.0e}" for gap in GAPS))


def levels(instance: Instance, runs: Sequence[Run]) -> dict[str, float]:
    """The levels that make sense for an instance, by name, given the runs on it.

    "final of …": what that method reached.  "gap τ": reference + τ (E(g₀) − reference).  None is
    closer to the reference than ROUNDING times the fall from the start to it.
    """
    histories = [run.history for run in runs if run.history]
    if not histories:
        return {}
    start, reference = histories[0][0].energy, instance.reference
    found = {}
    finals = {run.method: run.energy for run in runs if run.history}
    if "nadam" in finals:
        found[FINAL_NADAM] = finals["nadam"]
    if "l-bfgs" in finals:
        found[FINAL_LBFGS] = finals["l-bfgs"] + 1e-3 * abs(finals["l-bfgs"])
    if reference is None:
        return found
    fall = start - reference
    found |= {f"gap {gap:.0e}": reference + gap * fall for gap in GAPS}
    return {name: max(level, reference + ROUNDING * fall) for name, level in found.items()}
