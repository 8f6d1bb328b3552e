"""The plan: every step of every output, in order, each once."""

from __future__ import annotations

from dataclasses import dataclass

from nzdiff.codegen.plan.steps import Step, coefficients, reads
from nzdiff.codegen.plan.values import Coefficient, Value
from nzdiff.runtime.data.spec import (
    AssemblyForm,
    Link,
    Operator,
    OutputName,
    SummandKind,
    assembly_name,
)
from nzdiff.runtime.data.support import Constant, Grouping


@dataclass(frozen=True, slots=True)
class Summand:
    """One summand of the entries of an assembled matrix; see `nzdiff.runtime.data.spec.Summand`.

    values: those that links name.
    """

    kind: SummandKind
    row: int
    column: int
    coefficient: Coefficient
    left: Value | None = None
    right: Value | None = None
    scale: Value | None = None
    column_scale: Value | None = None
    links: tuple[Link, ...] = ()
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Assembly:
    """A matrix that is gathered from factors: which operator, in which form, from what."""

    operator: Operator
    form: AssemblyForm
    summands: tuple[Summand, ...]

    @property
    def name(self) -> str:
        """The function that computes the factors."""
        return assembly_name(self.operator, self.form)

    @property
    def factors(self) -> tuple[Value, ...]:
        """The values that the entries are gathered from."""
        parts = (
            (s.left, s.right, s.scale, s.column_scale, s.coefficient, *s.values)
            for s in self.summands
        )
        return tuple(dict.fromkeys(v for part in parts for v in part if isinstance(v, Value)))


@dataclass(frozen=True, slots=True)
class Reduction:
    """triangle R, reduced K̃ and remainder ‖S‖² of a QR factorisation, made when data is bound.

    [matrix constant] = Q [R K̃; 0 S]; where `transposed`, of their transposes: then K̃ is stored
    with as many rows as the constant has.
    """

    matrix: Value
    constant: Value | None
    triangle: Value
    reduced: Value | None
    remainder: Value
    transposed: bool

    @property
    def results(self) -> tuple[Value, ...]:
        """What it fills."""
        found = (self.triangle, self.reduced, self.remainder)
        return tuple(value for value in found if value is not None)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step of every output, in order, each once.

    arguments: the values that data and unknowns arrive in; tangents: one direction per unknown;
    cotangents: one W per residual.
    coefficients: (name, Python expression in the scalar arguments), computed at bind time.
    constants: (name, kind, sizes) of the patterns that follow from the dimensions alone.
    outputs: the functions that are wanted, each with its values (see `OUTPUTS`).
    assemblies: matrices to assemble; their plans hold nothing else.
    reductions: data that is made of arguments when they are bound.
    groupings: patterns of rows that are stored alike.
    direct_energy: what a `Guard` of the energy falls back on.
    domains: what is computed before any function, for it raises where there is no energy.
    """

    arguments: tuple[Value, ...]
    tangents: tuple[Value, ...]
    cotangents: tuple[Value, ...]
    coefficients: tuple[tuple[str, str], ...]
    constants: tuple[Constant, ...]
    steps: tuple[Step, ...]
    outputs: tuple[tuple[OutputName, tuple[Value, ...]], ...] = ()
    assemblies: tuple[Assembly, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    direct_energy: Value | None = None
    domains: tuple[Value, ...] = ()

    def output(self, name: OutputName) -> tuple[Value, ...]:
        """The values of a function; none where it is not there."""
        return next((values for output, values in self.outputs if output == name), ())

    @property
    def results(self) -> tuple[Value, ...]:
        """What functions leave to be read."""
        direct = () if self.direct_energy is None else (self.direct_energy,)
        outputs = (value for _, values in self.outputs for value in values)
        factors = (value for assembly in self.assemblies for value in assembly.factors)
        return (*self.domains, *direct, *outputs, *factors)

    @property
    def values(self) -> tuple[Value, ...]:
        """Everything given and computed, in order of first appearance."""
        made = (value for reduction in self.reductions for value in reduction.results)
        given = (*self.arguments, *self.tangents, *self.cotangents, *made)
        return (*given, *(step.out for step in self.steps))


def sources(plan: Plan) -> dict[Value, frozenset[str]]:
    """The data and the coefficients that each value which is computed once is made of, by name."""
    named = frozenset(name for name, _ in plan.coefficients)
    made = (value for reduction in plan.reductions for value in reduction.results)
    found = {value: frozenset({value.name}) for value in (*plan.arguments, *made)}
    for step in plan.steps:
        if not step.out.inputs:
            own = named.intersection(c for c in coefficients(step) if isinstance(c, str))
            found[step.out] = own.union(*(found.get(value, frozenset()) for value in reads(step)))
    return found


def needed(plan: Plan, targets: tuple[Value, ...]) -> frozenset[Value]:
    """The results that lead to the targets, themselves and the plan's domains included."""
    producers = {step.out: step for step in plan.steps}
    found: set[Value] = set()
    stack = [*plan.domains, *targets]
    while stack:
        value = stack.pop()
        if value in producers and value not in found:
            found.add(value)
            stack.extend(reads(producers[value]))
    return frozenset(found)
