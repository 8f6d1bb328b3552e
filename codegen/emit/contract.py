"""What the runtime must know of a program: `KernelSpec`, the contract between the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from nzdiff.codegen import plan as ir
from nzdiff.codegen.arguments import argument_of
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.emit.target import Target, table_names
from nzdiff.codegen.plan.numbers import double_of, python_text
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.notation import text
from nzdiff.runtime.data.spec import (
    Array,
    Assembly,
    External,
    KernelSpec,
    Reduction,
    Summand,
    Table,
)


def contract(derivation: Derivation, program: Program, targets: Iterable[Target]) -> KernelSpec:
    """The spec of a program that is written in some languages."""
    problem, plan, factored = derivation.problem, program.plan, program.factored
    return KernelSpec(
        name=problem.name,
        formula=text(problem.energy),
        dims=program.dims,
        arguments=tuple(argument_of(m, m in problem.wrt) for m in problem.matrices),
        unknowns=tuple(str(unknown.name) for unknown in problem.wrt),
        scalars=tuple(str(symbol.name) for symbol in problem.scalars),
        coefficients=plan.coefficients,
        constants=plan.constants,
        arrays=tuple(Array(v.name, v.rows, v.cols, v.support, v.scalar) for v in plan.values),
        counts=program.counts,
        sizes=program.sizes,
        tables=_tables(program, tuple(targets)),
        tangents=tuple(value.name for value in plan.tangents),
        cotangents=tuple(value.name for value in plan.cotangents),
        outputs=tuple((name, tuple(v.name for v in values)) for name, values in plan.outputs),
        is_function=problem.is_function,
        linear_residuals=not any(df.has(*problem.wrt) for df in derivation.differentials),
        only_squares=problem.is_sum_of_squares,
        residual_weights=tuple(_weight(residual.weight) for residual in problem.residuals),
        stages=program.moving,
        made_of=program.made_of,
        assemblies=tuple(_assembly(assembly, program) for assembly in plan.assemblies),
        flops=program.flops,
        factored=tuple((s.source.formula, s.source.rows, s.source.support) for s in factored),
        externals=tuple(_external(step) for step in program.externals),
        groupings=plan.groupings,
        reductions=tuple(_reduction(reduction) for reduction in plan.reductions),
        domains=tuple((i, step.domain) for i, step in enumerate(factored) if step.domain),
        selections=program.selections,
        continued=tuple(which for which, step in enumerate(factored) if step.continued),
    )


def _tables(program: Program, targets: tuple[Target, ...]) -> tuple[Table, ...]:
    """Each table with the targets that refer to it, () where all do."""
    used = {target.name: table_names(target, program) for target in targets}
    found = []
    for table in program.tables:
        by = tuple(name for name, tables in used.items() if table.name in tables)
        found.append(table if len(by) == len(used) else replace(table, targets=by))
    return tuple(found)


def _assembly(assembly: ir.Assembly, program: Program) -> Assembly:
    summands = tuple(
        Summand(
            s.kind,
            s.row,
            s.column,
            s.coefficient.name if isinstance(s.coefficient, ir.Value) else s.coefficient,
            left=_name(s.left),
            right=_name(s.right),
            scale=_name(s.scale),
            column_scale=_name(s.column_scale),
            links=s.links,
        )
        for s in assembly.summands
    )
    names = program.uses(assembly.name) if assembly.factors else ()
    given = {value.name for value in program.plan.arguments}
    needed = tuple(v.name for v in assembly.factors if v.name in given)
    uses = tuple(dict.fromkeys((*names, *needed)))
    return Assembly(assembly.operator, assembly.form, summands, uses)


def _external(step: ir.External) -> External:
    operands = tuple(value.name for value in step.operands)
    return External(step.operation, step.flags, operands, step.out.name, step.out.formula)


def _name(value: ir.Value | None) -> str:
    return "" if value is None else value.name


def _reduction(reduction: ir.Reduction) -> Reduction:
    constant, smaller = reduction.constant, reduction.reduced
    return Reduction(
        matrix=reduction.matrix.name,
        constant=_name(constant),
        triangle=reduction.triangle.name,
        reduced=_name(smaller),
        remainder=reduction.remainder.name,
        transposed=reduction.transposed,
    )


def _weight(weight: Any) -> float | str:
    return double_of(weight) if weight.is_number else python_text(weight)
