"""The instances of the report on the gallery: small ones, and large ones with what limits them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from benchmarks.gallery.regulator import regulator
from benchmarks.instances import factors, graphs, multigrid, preconditioners
from benchmarks.instances.approximate_inverse import poisson, spai
from benchmarks.instances.coarsening import convex, icosphere, spot
from benchmarks.instances.covariance import breast_cancer, digits
from benchmarks.instances.instance import Floats, Instance

Relation = Literal["=", "<", ">"]
Answer = Callable[[Instance, Floats], float]


@dataclass(frozen=True, slots=True)
class Entry:
    """An instance of a problem of the gallery.

    relation: of the answer to the trusted one.  answer: the number that counts, where it is not the
    energy, from the instance and x; the trusted one is then that of the start.
    seconds: the most of a run.  limit: what limits the size, of a large one.
    """

    problem: str
    make: Callable[[], Instance]
    relation: Relation = "="
    answer: Answer | None = None
    seconds: float = 60.0
    limit: str = ""


def radius(instance: Instance, x: Floats) -> float:
    """The spectral radius of the two-grid cycle with the P of x."""
    data: Any = instance.data
    return multigrid.cycle_radius(data["A"], data["S"], data["P"].to_csr(x))


SMALL = (
    Entry("spectral_coarsening", partial(spot, constrained=True), ">", seconds=10.0),
    Entry("convex_coarsening", partial(convex, 40, 14), ">"),
    Entry("approximate_inverse", preconditioners.airfoil),
    Entry("approximate_inverse", spai),
    Entry("factorized_inverse", preconditioners.fsai_airfoil),
    Entry("factorized_inverse", partial(preconditioners.fsai, 20)),
    Entry("amg_prolongation", multigrid.unit_square),
    Entry("covariance_selection", breast_cancer),
    Entry("covariance_selection", digits),
    Entry("covariance_selection", partial(graphs.torus, 100)),
    Entry("butterfly", partial(factors.butterfly, 5)),
    Entry("two_grid", multigrid.airfoil, "<", radius),
    Entry("ilu", partial(preconditioners.incomplete_lu, 50)),
    Entry("reversible_markov", partial(graphs.reversible_chain, 300)),
    Entry("laplacian_learning", partial(graphs.learnt_laplacian, 120)),
    Entry("structured_lqr", partial(regulator, 40, 4)),
    Entry("matrix_completion", partial(factors.completion, 600, 400, 5, known=24_000)),
)

LARGE = (
    Entry(
        "spectral_coarsening",
        partial(icosphere, constrained=True),
        ">",
        seconds=60.0,
        limit="the number of steps, each of 35 ms",
    ),
    Entry(
        "convex_coarsening",
        partial(convex, 300, 100),
        ">",
        seconds=200.0,
        limit="the dense curvature of the cone, unknowns × unknowns",
    ),
    Entry("approximate_inverse", poisson, limit="memory: a kilobyte for each unknown"),
    Entry("factorized_inverse", preconditioners.fsai_cube, limit="memory: 0.8 kB for each unknown"),
    Entry("butterfly", partial(factors.butterfly, 8), limit="the dense product, n² numbers"),
    Entry(
        "amg_prolongation",
        partial(multigrid.prolongation, 600),
        limit="memory, and that of the answer to compare with far sooner",
    ),
    Entry(
        "covariance_selection",
        partial(graphs.torus, 300),
        seconds=280.0,
        limit="the factor of Θ, and products with the Hessian that certify the minimum",
    ),
    Entry(
        "two_grid",
        partial(multigrid.grid_cycle, 40),
        "<",
        radius,
        seconds=120.0,
        limit="products of dense n × n matrices",
    ),
)


def chosen(names: Sequence[str], *, large: bool) -> tuple[Entry, ...]:
    """The entries of these problems, of all where none is named.  ValueError for other names."""
    entries = SMALL + LARGE if large else SMALL
    known = {entry.problem for entry in entries}
    if not known.issuperset(names):
        raise ValueError(f"problem: expected {', '.join(sorted(known))}, got {', '.join(names)}")
    return tuple(entry for entry in entries if not names or entry.problem in names)
