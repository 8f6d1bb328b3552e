"""Fusion of steps: a product is added to what stands beside it while it is being written.

    V = A B, f = c X + d V    becomes    f = c X + d A B

where V is used nowhere else, so that V is neither stored nor read again.  A product that depends on
less than the sum does stays a step of its own: it is computed once, the sum every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from nzdiff.codegen import plan as ir

FUSED = (ir.Spmm, ir.Gemm)


def fused(steps: tuple[ir.Step, ...], outputs: Iterable[ir.Value] = ()) -> tuple[ir.Step, ...]:
    """The steps with each product taken into the sum that alone uses it.

    outputs: values that are read when the steps are done.
    """
    uses = Counter(value for step in steps for value in ir.reads(step))
    uses.update(outputs)
    products = {s.out: s for s in steps if isinstance(s, FUSED) and uses[s.out] == 1}
    taken: set[ir.Value] = set()
    found: list[ir.Step] = []
    for step in steps:
        into = _into(step, products) if isinstance(step, ir.Combine) else None
        if into is None:
            found.append(step)
        else:
            taken.add(into[0])
            found.append(into[1])
    return tuple(step for step in found if step.out not in taken)


def _into(
    step: ir.Combine, products: dict[ir.Value, ir.Spmm | ir.Gemm]
) -> tuple[ir.Value, ir.Step] | None:
    """The product that a sum of two takes in, and what becomes of it."""
    if step.out.support is not None or len(step.terms) != 2:
        return None
    for (scale, operand), (other_scale, other) in (step.terms, step.terms[::-1]):
        inner = products.get(operand.value)
        aligned = not (operand.transposed or other.transposed) and other.value.support is None
        if inner is None or inner.out.inputs != step.out.inputs:
            continue
        if aligned and inner.plus is None and operand != other:
            whole = replace(inner, out=step.out, scale=scale, plus=(other_scale, other.value))
            return inner.out, whole
    return None
