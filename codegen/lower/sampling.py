"""Products, leaves and sums at the positions of a pattern, in whichever way they are known."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.builder import Builder
from nzdiff.codegen.lower.chains.planner import Split
from nzdiff.codegen.lower.chains.structure import Atom, Chain, flip, is_solve
from nzdiff.codegen.lower.operations import (
    POINTWISE,
    exponential_at,
    factored,
    pointwise,
    turned,
)
from nzdiff.derive.language.equations import Exponential
from nzdiff.runtime.data.support import Support


def sampled(build: Builder, chain: Chain, support: Support) -> ir.Value:
    """The product at the positions of `support`, stored as written."""
    known = known_sample(build, chain, support)
    if known is not None:
        return known
    turned = known_sample(build, flip(chain), build.structure.normal(support.T))
    if turned is not None:
        return _embedded(build, (chain, support), ir.Operand(turned, True), support)
    padded = build.values.get((chain, None))
    if padded is not None and build.exact.get(padded) == support:
        return _embedded(build, (chain, support), ir.Operand(padded), support)
    if len(chain) == 1 and not is_solve(chain):
        return _sample_atom(build, chain[0], support)
    split = build.planner.sampled(chain, support)
    if split.method == "select":
        return _selected(build, chain, support)
    if split.method == "leaf":
        return _sample_atom(build, chain[0], support)
    left, right = chain[: split.place], chain[split.place :]
    step: ir.Step
    if split.method == "sddmm":
        first, second = build.stored(left), build.stored(flip(right))
        out = build.new(chain, support)
        step = ir.Sddmm(out, first, second)
    else:
        operands = _sparse_sides(build, left, right, split)
        out = build.new(chain, support)
        step = ir.SparseProduct(out, *operands)
    build.steps.append(step)
    build.values[chain, support] = out
    return out


def _selected(build: Builder, chain: Chain, support: Support) -> ir.Value:
    """Entries of A₁⁻¹ M₁ A₂⁻¹ … A_k⁻¹, by the factors of each A."""
    dense = [build.structure.support((atom,)) is None for atom in chain]  # the inverses
    places = [place for place, is_dense in enumerate(dense) if is_dense]
    between = [chain[a + 1 : b] for a, b in pairwise(places)]
    inverses = tuple((factored(build, chain[a].node.arg), turned(chain[a])) for a in places)
    identity = (Atom(sp.Identity(chain[0].node.rows)),)
    middles = tuple(build.stored(middle or identity) for middle in between)
    out = build.new(chain, support)
    build.steps.append(ir.Select(out, inverses, middles))
    build.values[chain, support] = out
    return out


def _sparse_sides(
    build: Builder, left: Chain, right: Chain, split: Split
) -> tuple[ir.Operand, ir.Operand]:
    """The operands of a sampled product with a sparse side."""
    if split.demand is None:
        return build.full(left), build.full(right)
    if split.method == "left sparse":
        return build.full(left), sampled_operand(build, right, split.demand)
    return sampled_operand(build, left, split.demand), build.full(right)


def sampled_operand(build: Builder, chain: Chain, support: Support) -> ir.Operand:
    """`sampled` in whichever orientation is known."""
    turned = (flip(chain), build.structure.normal(support.T))
    if known_sample(build, chain, support) is None:
        found = known_sample(build, *turned)
        if found is not None:
            return ir.Operand(found, True)
    return ir.Operand(sampled(build, chain, support))


def known_sample(build: Builder, chain: Chain, support: Support) -> ir.Value | None:
    """The value of a chain at a pattern, where it has been made."""
    if (chain, support) in build.values:
        return build.values[chain, support]
    value = build.values.get((chain, None))
    return value if value is not None and value.support == support else None


def _sample_atom(build: Builder, atom: Atom, support: Support) -> ir.Value:
    """A leaf or a sum at the positions of `support`."""
    key, node = ((atom,), support), atom.node
    if isinstance(node, (sp.MatAdd, *POINTWISE)) and node not in build.nodes:
        inner = build.structure.normal(support.T) if atom.transposed else support
        own = build.structure.of_expr(node)
        if own != inner and (own is None or isinstance(node, sp.MatAdd)):
            if isinstance(node, sp.MatAdd):
                value = build.combine(node, inner, build.names.of((atom,)))
            else:
                value = pointwise(node, build, inner)
            return _embedded(build, key, ir.Operand(value, atom.transposed), support)
    if isinstance(node, Exponential) and node not in build.nodes:
        inner = build.structure.normal(support.T) if atom.transposed else support
        found = exponential_at(build, node, inner)
        if found is not None:
            return _embedded(build, key, ir.Operand(found, atom.transposed), support)
    operand = build.atom(atom)
    if operand.value.support is None:
        out = build.new((atom,), support)
        build.steps.append(ir.Sample(out, operand))
        build.values[key] = out
        return out
    return _embedded(build, key, operand, support)


def _embedded(build: Builder, key: Any, operand: ir.Operand, support: Support) -> ir.Value:
    """A sparse operand at the positions of another pattern."""
    if not operand.transposed and operand.value.support == support:
        build.values[key] = operand.value
        return operand.value
    out = build.new(key[0], support)
    build.steps.append(ir.Combine(out, ((1.0, operand),)))
    build.values[key] = out
    return out
