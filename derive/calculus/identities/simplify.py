"""Results as a person would write them, by named identities, each of which is a step.

In: a canonical expression, and the symbols that are symmetric without having been declared so.
Out: an equal expression, and every identity that was used with what stood before and after it.
Nothing here changes what is computed: plans are made from what stood before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import (
    add,
    applied,
    hadamard,
    kronecker,
    linear,
    product,
    split,
)
from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language.nodes import (
    VARIABLE,
    Apply,
    Diag,
    DiagonalOf,
    Hadamard,
    Indicator,
    Kronecker,
    MapNonzeros,
    Softplus,
    Unvec,
    Vec,
)

SIGMOID = Softplus(VARIABLE).diff(VARIABLE)
SHARE = sp.Symbol("s")
"""σ(t) while a function of it is looked for."""
Rule = Callable[[Any], Any]


def simplified(
    expr: Any, symmetric: frozenset[Any] = frozenset()
) -> tuple[Any, tuple[Rewrite, ...]]:
    """An equal expression as one would write it, and the identities that led there."""
    walk = _Walk(symmetric)
    return walk(expr), tuple(dict.fromkeys(walk.steps))


@dataclass
class _Walk:
    symmetric: frozenset[Any]
    steps: list[Rewrite] = field(default_factory=list)
    known: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, expr: Any) -> Any:
        if expr not in self.known:
            self.known[expr] = self.rewritten(expr)
        return self.known[expr]

    def rewritten(self, expr: Any) -> Any:
        if isinstance(expr, sp.Transpose) and expr.arg in self.symmetric:
            self.steps.append(Rewrite("symmetric", FORMULAS["symmetric"], expr, expr.arg))
            return expr.arg
        if isinstance(expr, Hadamard):  # before its factors are rewritten, each alone
            found = _one_function(expr)
            if found is not None:
                name = "one function"
                self.steps.append(Rewrite(name, FORMULAS[name], expr, found))
                return self(found)
        args = tuple(self(arg) if isinstance(arg, sp.Expr) else arg for arg in expr.args)
        inner = expr if args == expr.args else _rebuilt(expr, args)
        for name, kind, rule in IDENTITIES:
            if isinstance(inner, kind):
                found = rule(inner)
                if found is not None and found != inner:
                    self.steps.append(Rewrite(name, FORMULAS[name], inner, found))
                    return self(found)
        return inner


def _rebuilt(expr: Any, args: tuple[Any, ...]) -> Any:
    """The node of other operands, flat and with numbers in front."""
    if isinstance(expr, sp.MatAdd):
        return add(*args)
    if isinstance(expr, sp.MatMul):
        numbers = [arg for arg in args if not isinstance(arg, MatrixExpr)]
        return product(sp.Mul(*numbers), *(arg for arg in args if isinstance(arg, MatrixExpr)))
    if isinstance(expr, Hadamard):
        return hadamard(*args)
    if isinstance(expr, Kronecker):
        return kronecker(*args)
    if isinstance(expr, (Diag, DiagonalOf, Vec, Unvec)):
        return linear(expr.func, *args)
    if isinstance(expr, Apply):
        return applied(expr.function, args[1], type(expr))
    return expr.func(*args)


def _like_terms(expr: sp.MatAdd) -> Any:
    """A + A = 2 A"""
    found: dict[Any, sp.Expr] = {}
    for coefficient, rest in map(_term, expr.args):
        found[rest] = found.get(rest, sp.Integer(0)) + coefficient
    if len(found) == len(expr.args):
        return None
    return add(*(product(coefficient, rest) for rest, coefficient in found.items()))


def _term(term: MatrixExpr) -> tuple[sp.Expr, MatrixExpr]:
    coefficient, factors = split(term)
    return coefficient, product(1, *factors)


def _common_factor(expr: sp.MatAdd) -> Any:
    """c A + c B = c (A + B), for a number c"""
    terms = [_term(term) for term in expr.args]
    if not all(c.is_Rational for c, _ in terms):
        return None
    common = reduce(sp.gcd, (abs(c) for c, _ in terms))
    if all(c.is_negative for c, _ in terms):
        common = -common
    if common in (0, 1):
        return None
    return product(common, add(*(product(c / common, rest) for c, rest in terms)))


def _one_diagonal(expr: sp.MatAdd) -> Any:
    """A diag(x) C + A diag(y) C = A diag(x + y) C"""
    groups: dict[Any, list[tuple[sp.Expr, MatrixExpr]]] = {}
    for term in expr.args:
        coefficient, factors = split(term)
        places = [at for at, factor in enumerate(factors) if isinstance(factor, Diag)]
        if len(places) != 1:
            groups[term] = []
            continue
        at = places[0]
        key = (factors[:at], factors[at + 1 :])
        groups.setdefault(key, []).append((coefficient, factors[at].args[0]))
    if all(len(group) < 2 for group in groups.values()):
        return None
    terms = []
    for key, group in groups.items():
        if not group:
            terms.append(key)
            continue
        before, after = key
        inner = add(*(product(coefficient, column) for coefficient, column in group))
        terms.append(product(1, *before, linear(Diag, inner), *after))
    return add(*terms)


def _one_function(expr: Hadamard) -> Any:
    """f.(A) ∘ h.(A) = (f h).(A), where that has a shorter name"""
    functions = [(factor, _function_of(factor)) for factor in expr.args]
    for _, found in functions:
        if found is None:
            continue
        same = [(f, got) for f, got in functions if got is not None and got[1] == found[1]]
        if all(_is_of_sigmoid(f) for f, _ in same):
            continue
        body = sp.Mul(*(got[0] for _, got in same))
        named = _by_sigmoid(body, found[1])
        if named is not None and len(same) > 1:
            rest = [f for f, got in functions if got is None or got[1] != found[1]]
            return hadamard(named, *rest)
    return None


def _named_function(expr: Apply) -> Any:
    """σ′ = σ ∘ (1 − σ), and so for each polynomial of σ"""
    if _is_of_sigmoid(expr):
        return None
    found = _function_of(expr)
    return None if found is None else _by_sigmoid(*found)


def _is_of_sigmoid(expr: MatrixExpr) -> bool:
    """Whether it is σ.(A), or a function of it."""
    return any(node.function(VARIABLE) == SIGMOID for node in expr.atoms(Apply))


def _function_of(expr: MatrixExpr) -> tuple[Any, MatrixExpr] | None:
    """(body, A) of a matrix that is a function of the entries of A; None of any other."""
    if isinstance(expr, MapNonzeros) or not isinstance(expr, Apply):
        return None
    inner = _inside(expr.matrix)
    if inner is None:
        return expr.function(VARIABLE), expr.matrix
    return expr.function(inner[0]), inner[1]


def _inside(expr: MatrixExpr) -> tuple[Any, MatrixExpr] | None:
    """(body, A) of sums of functions of A and of ones."""
    body, of = sp.Integer(0), None
    for term in expr.args if isinstance(expr, sp.MatAdd) else (expr,):
        coefficient, factor = _term(term)
        if isinstance(factor, sp.OneMatrix):
            body += coefficient
            continue
        found = _function_of(factor)
        if found is None or (of is not None and found[1] != of):
            return None
        body, of = body + coefficient * found[0], found[1]
    return None if of is None else (body, of)


def _by_sigmoid(body: Any, matrix: MatrixExpr) -> MatrixExpr | None:
    """A polynomial of σ(t), of degree 1 to 4, as products of factors that are linear in σ."""
    if not body.has(sp.exp, sp.tanh):
        return None
    share = body.subs(sp.tanh(VARIABLE / 2), 2 * SHARE - 1).subs(
        sp.exp(VARIABLE), SHARE / (1 - SHARE)
    )
    share = sp.cancel(share.subs(sp.exp(-VARIABLE), (1 - SHARE) / SHARE))
    if share.free_symbols != {SHARE} or not share.is_polynomial(SHARE):
        return None
    number, factors = sp.factor_list(share)
    if not 1 <= sp.degree(share, SHARE) <= 4 or any(sp.degree(f, SHARE) > 1 for f, _ in factors):
        return None
    sigma = applied(sp.Lambda(VARIABLE, SIGMOID), matrix)
    parts = []
    for factor, power in factors:
        slope, constant = sp.Poly(factor, SHARE).all_coeffs()
        if slope.is_negative is False and constant.is_negative:
            slope, constant, number = -slope, -constant, number * (-1) ** power
        ones = sp.OneMatrix(*matrix.shape)
        parts += [add(product(constant, ones), product(slope, sigma))] * int(power)
    return product(number, hadamard(*parts) if len(parts) > 1 else parts[0])


def _common_entries(expr: sp.MatAdd) -> Any:
    """A ∘ C + B ∘ C = (A + B) ∘ C, where C holds a function of entries"""
    terms = [_term(term) for term in expr.args]
    powers = [_powers(rest) for _, rest in terms]
    common = {
        base: min(p[base] for p in powers) for base in powers[0] if all(base in p for p in powers)
    }
    if not any(isinstance(base, Apply) for base in common):
        return None
    rest = []
    for (coefficient, _), found in zip(terms, powers, strict=True):
        left = {base: count - common.get(base, 0) for base, count in found.items()}
        rest.append(product(coefficient, _entries(left, expr.shape)))
    return hadamard(_entries(common, expr.shape), add(*rest))


def _powers(expr: MatrixExpr) -> dict[MatrixExpr, int]:
    """The factors of A ∘ B ∘ …, with whole powers of entries as how often they stand there."""
    found: dict[MatrixExpr, int] = {}
    for factor in expr.args if isinstance(expr, Hadamard) else (expr,):
        base, count = factor, 1
        if isinstance(factor, Apply) and not isinstance(factor, MapNonzeros):
            inner, exponent = factor.function(VARIABLE).as_base_exp()
            if inner == VARIABLE and exponent.is_Integer and exponent > 0:
                base, count = factor.matrix, int(exponent)
        found[base] = found.get(base, 0) + count
    return found


def _entries(powers: dict[MatrixExpr, int], shape: Any) -> MatrixExpr:
    kept = [_power(base, count) for base, count in powers.items() if count]
    return hadamard(*kept) if kept else sp.OneMatrix(*shape)


def _square(expr: Hadamard) -> Any:
    """A ∘ A = A^∘2"""
    counts: dict[Any, int] = {}
    for factor in expr.args:
        counts[factor] = counts.get(factor, 0) + 1
    if len(counts) == len(expr.args):
        return None
    return hadamard(*(_power(factor, count) for factor, count in counts.items()))


def _power(factor: MatrixExpr, count: int) -> MatrixExpr:
    if count == 1 or isinstance(factor, Indicator):
        return factor
    return applied(sp.Lambda(VARIABLE, VARIABLE**count), factor)


IDENTITIES: tuple[tuple[str, type, Rule], ...] = (
    ("like terms", sp.MatAdd, _like_terms),
    ("one diagonal", sp.MatAdd, _one_diagonal),
    ("common factor", sp.MatAdd, _common_factor),
    ("common entries", sp.MatAdd, _common_entries),
    ("logistic function", Apply, _named_function),
    ("power of entries", Hadamard, _square),
)
FORMULAS = {
    "symmetric": "fᵀ = f, as what f stands for is its own transpose",
    "like terms": "A + A = 2 A",
    "one diagonal": "A diag(x) C + A diag(y) C = A diag(x + y) C",
    "common factor": "c A + c B = c (A + B)",
    "common entries": "A ∘ C + B ∘ C = (A + B) ∘ C",
    "one function": "eᵗ / (1 + eᵗ) = σ(t), entry by entry",
    "logistic function": "σ′ = σ (1 − σ), entry by entry",
    "power of entries": "A ∘ A = A^∘2",
}
"""The formula of every identity, as printed."""
