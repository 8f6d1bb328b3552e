"""Products in full: which kernel their kinds ask for, and how the result is stored.

A sparse product is padded where an unknown groups rows that are alike; a transposed copy is made
where a kernel reads what is stored the other way.
"""

from __future__ import annotations

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.builder import Builder
from nzdiff.codegen.lower.chains.structure import Atom, Chain, flip
from nzdiff.codegen.lower.operations import solved
from nzdiff.runtime.data.support import Grouping, Support

GROUPS = "alike:"
"""How the patterns of groups of rows are named."""


def product(build: Builder, left: Chain, right: Chain) -> ir.Operand:
    """left · right in full, by the kernel that their kinds ask for."""
    on_left, on_right = build.structure.support(left), build.structure.support(right)
    chain = left + right
    if build.structure.is_solve(left) and on_left is None:
        return _solve(build, left[0], right)
    if build.structure.is_solve(right) and on_right is None:
        return _solve(build, right[0].T, flip(left)).T
    if on_left is None and on_right is None and build.structure.is_triangle(left):
        return _triangle_dense(build, left, right)
    if on_left is None and on_right is None and build.structure.is_triangle(right):
        return _triangle_dense(build, flip(right), flip(left)).T
    if on_left is not None and on_right is not None:
        exact = build.structure.product(on_left, on_right)
        out = build.new(chain, _padded(build, exact))
        build.exact[out] = exact
        build.steps.append(ir.SparseProduct(out, build.full(left), build.full(right)))
    elif on_left is not None:
        return _sparse_dense(build, left, right)
    elif on_right is not None:
        return _sparse_dense(build, flip(right), flip(left)).T
    else:
        operands = build.full(left), build.full(right)
        out = build.new(chain, None)
        build.steps.append(ir.Gemm(out, *operands))
    build.values[chain, None] = out
    return ir.Operand(out)


def _solve(build: Builder, inverse: Atom, right: Chain) -> ir.Operand:
    """A⁻¹ · right; of a right-hand side that is sparse, all of it."""
    chain = (inverse, *right)
    value = stored(build, right)
    if value.support is not None:
        out = build.new(right, None)
        build.steps.append(ir.Combine(out, ((1.0, ir.Operand(value)),)))
        value = out
    build.values[chain, None] = solved(build, inverse, value, build.new(chain, None))
    return ir.Operand(build.values[chain, None])


def _sparse_dense(build: Builder, left: Chain, right: Chain) -> ir.Operand:
    """left · right with left sparse and right dense."""
    sparse, dense = build.full(left), build.full(right)
    if sparse.value.support is not None and sparse.value.support.is_diagonal:
        side = "right" if dense.transposed else "left"
        chain = flip(left + right) if dense.transposed else left + right
        out = build.new(chain, None)
        build.steps.append(ir.Scale(out, sparse.value, dense.value, side))
        build.values[chain, None] = out
        return ir.Operand(out, dense.transposed)
    whole = stored(build, right)
    out = build.new(left + right, None)
    build.steps.append(ir.Spmm(out, sparse, whole))
    build.values[left + right, None] = out
    return ir.Operand(out)


def grouping_of(build: Builder, support: Support) -> Grouping | None:
    """How the rows of a product are stored alike where those of an unknown are; None for as it is.

    A product with as many rows as an unknown is multiplied by it, or sampled at it, further
    on: by then rows are handled in groups.
    """
    own = (build.structure.supports[unknown] for unknown in build.unknowns)
    rows = next((s for s in own if s is not None and s.rows == support.rows), None)
    if rows is None or support.is_diagonal or support == rows:
        return None
    grouping = Grouping(f"{GROUPS}{rows} in {support}", rows, support)
    build.sizes.supports.add_groupings([grouping])
    return grouping


def _padded(build: Builder, support: Support) -> Support:
    """The pattern that a product is stored at."""
    grouping = grouping_of(build, support)
    if grouping is None:
        return support
    build.groupings[grouping.rows, support] = grouping
    return grouping.padded


def _triangle_dense(build: Builder, left: Chain, right: Chain) -> ir.Operand:
    """left · right with left triangular and right dense."""
    dense = stored(build, right)
    out = build.new(left + right, None)
    build.steps.append(ir.Trmm(out, build.full(left), dense))
    build.values[left + right, None] = out
    return ir.Operand(out)


def stored(build: Builder, chain: Chain) -> ir.Value:
    """The product stored exactly as written: transposed copies are made where needed."""
    if len(chain) > 1 and build.structure.support(chain) is None and _is_gemm(build, chain):
        place = build.planner.full(chain).place
        return product(build, chain[:place], chain[place:]).value
    operand = build.full(chain)
    if not operand.transposed:
        return operand.value
    if operand.value.support is not None:
        support = build.structure.support(chain)
        assert support is not None
        return build.sampled(chain, support)
    if (chain, None) not in build.values:
        out = build.new(chain, None)
        build.steps.append(ir.Combine(out, ((1.0, operand),)))
        build.values[chain, None] = out
    return build.values[chain, None]


def _is_gemm(build: Builder, chain: Chain) -> bool:
    """Whether a product not yet known ends in a dense product, which stores either way."""
    if any((oriented, None) in build.values for oriented in (chain, flip(chain))):
        return False
    place = build.planner.full(chain).place
    sides = chain[:place], chain[place:]
    if any(build.structure.is_solve(side) or build.structure.is_triangle(side) for side in sides):
        return False
    return all(build.structure.support(side) is None for side in sides)
