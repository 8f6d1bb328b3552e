"""Fusion of steps: what is used once is neither stored nor read again.

    V = A B, f = c X + d V               becomes    f = c X + d A B
    V = S B, W = Vᵀ, T = [A Wᵀ] at Ω     becomes    T = [A (S B)] at Ω, with S sparse and B constant

A product that depends on less than what uses it does stays a step of its own: it is computed once,
the other every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from nzdiff.codegen import plan as ir

FUSED = (ir.Spmm, ir.Gemm)


def fused(
    steps: tuple[ir.Step, ...], new: Callable[[str], str], outputs: Iterable[ir.Value] = ()
) -> tuple[ir.Step, ...]:
    """The steps with each product taken into what alone uses it.

    new: makes a name that no value has.  outputs: values that are read when the steps are done.
    """
    uses = Counter(value for step in steps for value in ir.reads(step))
    uses.update(outputs)
    once = {step.out: step for step in steps if uses[step.out] == 1}
    products = {out: step for out, step in once.items() if isinstance(step, FUSED)}
    taken: set[ir.Value] = set()
    strips: dict[ir.Value, ir.Value] = {}
    found: dict[ir.Step, None] = {}
    for step in steps:
        into: tuple[tuple[ir.Value, ...], tuple[ir.Step, ...]] | None = None
        if isinstance(step, ir.Combine):
            into = _into(step, products)
        elif isinstance(step, ir.Sddmm):
            into = _sampled(step, once, strips, new)
        if into is None:
            found[step] = None
        else:
            taken.update(into[0])
            found.update(dict.fromkeys(into[1]))
    return tuple(step for step in found if step.out not in taken)


def _sampled(
    step: ir.Sddmm,
    once: dict[ir.Value, ir.Step],
    strips: dict[ir.Value, ir.Value],
    new: Callable[[str], str],
) -> tuple[tuple[ir.Value, ...], tuple[ir.Step, ...]] | None:
    """The product whose columns are sampled, turned for that alone, and what becomes of both.

    strips: of each dense matrix that was laid out in strips, what it became.
    """
    turned = once.get(step.right)
    if not isinstance(turned, ir.Combine) or len(turned.terms) != 1:
        return None
    ((scale, operand),) = turned.terms
    made = once.get(operand.value)
    if scale != 1.0 or not operand.transposed or not isinstance(made, ir.Spmm):
        return None
    if made.plus is not None or made.scale != 1.0 or made.out.inputs != step.out.inputs:
        return None
    dense = made.right
    if dense.inputs:  # it would be laid out anew each time
        return None
    if dense not in strips:
        formula = f"the columns of {dense.formula} in strips"
        strips[dense] = replace(dense, name=new(f"{dense.name}_strips"), formula=formula)
    whole = ir.SampledSpmm(step.out, step.left, made.left, strips[dense])
    return (turned.out, made.out), (ir.Strips(strips[dense], dense), whole)


def _into(
    step: ir.Combine, products: dict[ir.Value, ir.Spmm | ir.Gemm]
) -> tuple[tuple[ir.Value, ...], tuple[ir.Step, ...]] | None:
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
            return (inner.out,), (whole,)
    return None
