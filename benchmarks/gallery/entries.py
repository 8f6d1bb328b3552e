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
Answer = Callable[[Instance, Any, Floats], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An instance of a problem of the gallery.

    relation: of the answer to the trusted one.  answer: both of them from the instance, the model
    and x, where they are not the energy and the reference.
    seconds: the most of a run.  limit: what limits the size, of a large one.
    """

    problem: str
    make: Callable[[], Instance]
    relation: Relation = "="
    answer: Answer | None = None
    seconds: float = 60.0
    limit: str = ""


def radius(instance: Instance, model: Any, x: Floats) -> tuple[float, float]:
    """The spectral radius of the two-grid cycle with the P of x, and with that of the start."""
    data: Any = instance.data
    found, start = model.unpack(x), model.unpack(instance.g0)
    A, S = data["A"], data["S"]
    return multigrid.cycle_radius(A, S, found), multigrid.cycle_radius(A, S, start)


def goes_on(instance: Instance, model: Any, x: Floats) -> tuple[float, float]:
    """The energy of factors, and what a few sweeps of alternating least squares make of it."""
    data: Any = instance.data
    R, weight = data["R"], data["weight"]
    U, V = model.unpack(x)
    there = factors.alternating_least_squares(R, weight, U, V, sweeps=3)[2]
    return factors.completion_energy(R, weight, U, V), there


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
        partial(multigrid.scattered_cycle, 600),
        "<",
        radius,
        limit="products of dense n × n matrices; and the norm says less of the radius",
    ),
    Entry(
        "ilu",
        partial(preconditioners.incomplete_lu, 500),
        limit="memory: a kilobyte for each unknown",
    ),
    Entry(
        "reversible_markov",
        partial(graphs.reversible_chain, 3000),
        limit="factors of the Hessian, which fill up on a random graph",
    ),
    Entry(
        "laplacian_learning",
        partial(graphs.learnt_laplacian, 1000),
        limit="factors of L + J, which is dense",
    ),
    Entry("structured_lqr", partial(regulator, 200, 10), limit="Schur forms of A − B K"),
    Entry(
        "matrix_completion",
        partial(factors.completion, 100_000, 20_000, 10, known=10**7, is_solved=False),
        answer=goes_on,
        seconds=300.0,
        limit="the memory that is read: what is known, and index tables of it",
    ),
)


def chosen(names: Sequence[str], *, large: bool) -> tuple[Entry, ...]:
    """The entries of these problems, of all where none is named.  ValueError for other names."""
    entries = SMALL + LARGE if large else SMALL
    known = {entry.problem for entry in entries}
    if not known.issuperset(names):
        raise ValueError(f"problem: expected {', '.join(sorted(known))}, got {', '.join(names)}")
    return tuple(entry for entry in entries if not names or entry.problem in names)
