"""What derivatives cost by the cost model, beside the same with dense matrices; and the plan."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.heading import heading
from nzdiff.codegen.emit.targets import TARGETS
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.codegen.package.wanted import wanted_sizes
from nzdiff.codegen.plan import describe
from nzdiff.codegen.plan.forms import NUMBER
from nzdiff.codegen.plan.price import peak_bytes, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.nodes import Indicator, MapNonzeros
from nzdiff.derive.language.symbols import Matrix, size_of
from nzdiff.derive.show.costs import Cost, Costs, PlanStep
from nzdiff.runtime.data.spec import OutputName

LARGE = 1000
"""Rows of sparse matrices where no sizes are given."""
SHOWN: tuple[tuple[str, tuple[OutputName, ...]], ...] = (
    ("energy", ("energy",)),
    ("energy and gradient", ("energy", "gradient")),
    ("residual", ("residual",)),
    ("J v", ("jvp",)),
    ("Jᵀ w", ("vjp",)),
    ("Hessian · v", ("hvp",)),
)
RESULTS: dict[str, frozenset[OutputName]] = {
    "gradient": frozenset({"energy", "gradient"}),
    "jacobian": frozenset({"jvp"}),
    "gauss_newton": frozenset({"gnvp"}),
    "hessian": frozenset({"hvp"}),
}
LANGUAGES = {"numpy": "Python", "c": "C"}
Found = dict[str, tuple[float, float]]
"""Operations and bytes by what is computed."""


def costs(derivation: Derivation, sizes: Mapping[str, int] | None = None) -> Costs:
    """Operations and memory of each function at the given sizes, and the steps of the plan.

    sizes: by name; those of `example_sizes` where they are not given.  Sparse matrices have about
    three stored values per row.  Raises MemoryError where data of these sizes does not fit.
    """
    problem = derivation.problem
    chosen = {**example_sizes(problem, large=LARGE), **wanted_sizes(problem, sizes)}
    plan, at, found = _planned(derivation, chosen)
    dense = _all_dense(problem)
    beside = {} if dense is None else _planned(derive(dense), chosen)[2]
    rows = [
        Cost(name, *numbers, *beside.get(name, (None, None))) for name, numbers in found.items()
    ]
    steps = [(step, price(step, at)) for step in plan.steps if step.out.inputs]
    return Costs(
        tuple(chosen.items()),
        _stored(problem, at),
        tuple(rows),
        _jacobian_bytes(derivation, chosen),
        float(peak_bytes(plan, at)),
        tuple(PlanStep(describe(s), s.out.formula, c.flops, c.bytes) for s, c in steps),
        programs=_programs(derivation, chosen),
    )


def _programs(derivation: Derivation, sizes: dict[str, int]) -> dict[tuple[str, str], str]:
    """C and Python (NumPy) of each result as a function, or of its product with a vector."""
    problem, found = derivation.problem, dict[tuple[str, str], str]()
    data = checked(problem, example_data(problem, sizes))
    for result, outputs in RESULTS.items():
        program = plan_program(derivation, data, outputs)
        if all(program.plan.output(output) for output in outputs):
            head = heading(derivation, program, "derivation.html")
            for target, label in LANGUAGES.items():
                found[result, label] = TARGETS[target].text(program, head)
    return found


def _planned(derivation: Derivation, sizes: dict[str, int]) -> tuple[ir.Plan, Sizes, Found]:
    """The plan, and what each of its functions needs at a point of its own."""
    data = checked(derivation.problem, example_data(derivation.problem, sizes))
    plan, at = plan_program(derivation, data).plan, Sizes(data.supports)
    found = Found()
    for name, outputs in SHOWN:
        targets = tuple(value for output in outputs for value in plan.output(output))
        if not targets:
            continue
        values = ir.needed(plan, targets)
        flops = sum(price(s, at).flops for s in plan.steps if s.out in values)
        if flops:
            found[name] = flops, float(NUMBER * sum(at.count(value) for value in values))
    return plan, at, found


def _all_dense(problem: Problem) -> Problem | None:
    """The problem with every matrix dense; None where what is stored matters to its values."""
    if problem.energy.has(Indicator, MapNonzeros):
        return None
    full = {m: m.func(*m.args[:3], "dense", m.args[4]) for m in problem.matrices}
    unknowns = tuple(full[unknown] for unknown in problem.wrt)
    return Problem(problem.written.xreplace(full), unknowns, problem.name)


def _stored(problem: Problem, at: Sizes) -> tuple[tuple[str, int], ...]:
    """How many values the sparse matrices store."""
    names = [str(m.name) for m in problem.matrices if m.kind_of == "sparse"]
    return tuple((name, at.supports.leaves[name].nnz) for name in names)


def _jacobian_bytes(derivation: Derivation, sizes: Mapping[str, int]) -> float:
    """Of ∂vec(f)/∂vec(G) as a dense matrix; of an energy without residuals, of its Hessian."""
    problem = derivation.problem
    cols = sum(_entries(unknown, sizes) for unknown in problem.wrt)
    rows = sum(_entries(r.symbol, sizes) for r in problem.residuals) or cols
    return float(NUMBER * rows * cols)


def _entries(matrix: Matrix, sizes: Mapping[str, int]) -> int:
    rows, cols = (size_of(sp.sympify(size), sizes) for size in matrix.shape)
    return rows * cols
