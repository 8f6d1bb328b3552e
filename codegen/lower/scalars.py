"""Steps of numbers made of matrices: traces, determinants, norms, and functions of them."""

from __future__ import annotations

from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.builder import Builder
from nzdiff.codegen.lower.chains.structure import Chain, chain_of, chain_text, flip, is_solve
from nzdiff.codegen.lower.external import eigenvalues
from nzdiff.codegen.lower.operations import factored
from nzdiff.codegen.plan.numbers import outer_symbols, parameter
from nzdiff.codegen.plan.price import inner
from nzdiff.derive.calculus.canonical import inverse, product, split
from nzdiff.derive.calculus.differential import scalar_nodes
from nzdiff.derive.language.nodes import LogDet, SumSquares
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.spectra import SpectralDeterminant, SpectralLogDet
from nzdiff.runtime.data.support import diagonal_support


def scalar_value(build: Builder, expr: Any) -> ir.Value:
    """The value of a number that holds matrices; each once."""
    if expr not in build.scalars:
        build.scalars[expr] = _make(build, expr)
    return build.scalars[expr]


def energy_terms(
    build: Builder, expr: Any
) -> tuple[list[tuple[ir.Coefficient, ir.Value]], ir.Coefficient]:
    """A sum as (coefficient, value) of each summand, and its constant."""
    terms: list[tuple[ir.Coefficient, ir.Value]] = []
    constant = sp.Integer(0)
    for term in sp.Add.make_args(expr):
        factors = sp.Mul.make_args(term)
        moving = [factor for factor in factors if scalar_nodes(factor)]
        scale = sp.Mul(*(factor for factor in factors if factor not in moving))
        if not moving:
            constant += scale
        else:
            terms.append((build.coefficient(scale), scalar_value(build, sp.Mul(*moving))))
    return terms, build.coefficient(constant)


def _make(build: Builder, expr: Any) -> ir.Value:
    if isinstance(expr, sp.Trace):
        return _trace(build, expr)
    if isinstance(expr, SumSquares):
        support = build.structure.of_expr(expr.matrix)
        source = build.expression(expr.matrix, support)
        out = build.scalar("sumsq", text(expr), source.inputs)
        build.steps.append(ir.SumSquares(out, source))
        return out
    if isinstance(expr, (sp.Determinant, LogDet)):
        return _determinant(build, expr)
    if isinstance(expr, SpectralDeterminant):
        return _of_factors(build, expr, eigenvalues(build, expr))
    if isinstance(expr, sp.Add):
        terms, constant = energy_terms(build, expr)
        out = build.scalar("sum", text(expr), build.structure.inputs_of(expr))
        build.steps.append(ir.ScalarSum(out, tuple(terms), constant))
        return out
    return _formula(build, expr)


def _formula(build: Builder, expr: Any) -> ir.Value:
    """A function of numbers, each of which has a value or is known when data is bound."""
    parts = sorted(scalar_nodes(expr), key=str)
    free = outer_symbols(expr)
    names: dict[Any, sp.Symbol] = {
        part: parameter(place) for place, part in enumerate([*parts, *sorted(free, key=str)])
    }
    given = tuple((symbol, build.number(part), 0) for part, symbol in names.items())
    out = build.scalar("scalar", text(expr), build.structure.inputs_of(expr))
    build.steps.append(ir.Formula(out, expr.xreplace(names), given))
    return out


def _determinant(build: Builder, expr: Any) -> ir.Value:
    coefficient, parts = split(expr.arg)
    if isinstance(expr, sp.Determinant) and coefficient != 1:  # det c A = cⁿ det A
        inner = sp.Determinant(product(1, *parts))
        return scalar_value(build, coefficient**expr.arg.rows * inner)
    factors = factored(build, _oriented(expr.arg) if coefficient == 1 else expr.arg)
    return _of_factors(build, expr, factors)


def _of_factors(build: Builder, expr: Any, factors: ir.Value) -> ir.Value:
    """det or log |det| of (log |det|, sign)."""
    is_log = isinstance(expr, (LogDet, SpectralLogDet))
    name = "logdet" if is_log else "det"
    out = build.scalar(name, text(expr), build.structure.inputs_of(expr))
    size, sign = parameter(0), parameter(1)
    body = size if is_log else sign * sp.exp(size)
    build.steps.append(ir.Formula(out, body, ((size, factors, 0), (sign, factors, 1))))
    return out


def _oriented(matrix: Any) -> Any:
    """A or Aᵀ, whichever an inverse in the same plan factorises."""
    _, atoms = chain_of(inverse(matrix))
    node = atoms[0].node
    return node.arg if len(atoms) == 1 and isinstance(node, sp.Inverse) else matrix


def _trace(build: Builder, expr: Any) -> ir.Value:
    terms = []
    for scale, chain in build.summands(expr.arg):
        coefficient = build.number(scale)
        terms.append((coefficient, _trace_of_product(build, chain)))
    if len(terms) == 1 and terms[0][0] == 1.0:
        return terms[0][1]
    out = build.scalar("trace", text(expr), build.structure.inputs_of(expr))
    build.steps.append(ir.ScalarSum(out, tuple(terms), 0.0))
    return out


def _trace_of_product(build: Builder, chain: Chain) -> ir.Value:
    """tr(A C) = Σ Aᵀ ∘ C, split where it is cheapest; sampled where a side is sparse."""
    if chain in build.traces:
        return build.traces[chain]
    name, formula = build.names.new("trace"), f"tr({chain_text(chain)})"
    out = build.scalar(name, formula, build.structure.depends(chain))
    left, right = _halves(build, chain)
    build.steps.append(ir.Inner(out, left, right))
    build.traces[chain] = out
    return out


def _halves(build: Builder, chain: Chain) -> tuple[ir.Value, ir.Value | None]:
    """Aᵀ and C of a product A C with the trace of the chain; or what stands on its diagonal.

    tr(A C) = tr(C A): of inverses of sparse matrices, and what stands between them, it matters
    where the product begins.
    """
    on_diagonal = diagonal_support(chain[0].rows)
    turns = len(chain) if _has_sparse_inverse(build, chain) else 1
    chains = [(*chain[turn:], *chain[:turn]) for turn in range(turns)]
    options = [
        (_inner_seconds(build, turned, place), turn, place)
        for turn, turned in enumerate(chains)
        for place in range(1, len(chain))
    ]
    best = min(options, default=None)
    in_halves = best is not None and (
        turns == 1 or best[0] <= build.sampled_seconds(chain, on_diagonal)
    )
    if best is None or not in_halves:
        return build.sampled(chain, on_diagonal), None
    _, turn, place = best
    chain = chains[turn]
    left, right = flip(chain[:place]), chain[place:]
    on_left, on_right = build.structure.support(left), build.structure.support(right)
    if on_left is not None:
        first = build.stored(left)  # where it is stored, which may be at more positions
        return first, build.sampled(right, first.support or on_left)
    if on_right is not None:
        second = build.stored(right)
        return build.sampled(left, second.support or on_right), second
    return build.stored(left), build.stored(right)


def _has_sparse_inverse(build: Builder, chain: Chain) -> bool:
    """Whether a factor is the inverse of a sparse matrix."""
    return any(
        is_solve((atom,)) and build.structure.of_expr(atom.node.arg) is not None for atom in chain
    )


def _inner_seconds(build: Builder, chain: Chain, place: int) -> float:
    left, right = flip(chain[:place]), chain[place:]
    on_left, on_right = build.structure.support(left), build.structure.support(right)
    if on_left is not None:
        return build.full_seconds(left) + build.sampled_seconds(right, on_left)
    if on_right is not None:
        return build.sampled_seconds(left, on_right) + build.full_seconds(right)
    count = build.sizes.dim(left[0].rows) * build.sizes.dim(left[-1].cols)
    return build.full_seconds(left) + build.full_seconds(right) + inner(count)
