"""Sums of products that begin or end alike: A B C + A D E as A (B C + D E).

With a symmetric L both summands of L G B fᵀ Y + L G Yᵀ f Bᵀ begin with L G: what follows is a sum
that is needed once, at the pattern where L G meets G.  Of its derivative along dG two begin with
L G and two with L dG: the sums that follow are those of the gradient and of 2 JᵀJ v.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import add, product, split


def factored(expr: Any) -> Any:
    """The sum with what all of its summands begin with, else end with, taken out."""
    coefficient, terms = _terms(expr)
    for last in (False, True):
        if _shared(_chains(terms, last)):
            return product(coefficient, *_taken_out(terms, last))
    return expr


def grouped(expr: Any) -> Any:
    """The sum by groups of summands that begin (else end) alike, each with that taken out.

    Groups differ in the first factor that not all summands share.
    """
    coefficient, terms = _terms(expr)
    for last in (False, True):
        chains = _chains(terms, last)
        most = _shared(chains) + 1
        groups: dict[Any, list[Any]] = {}
        for term, chain in zip(terms, chains, strict=True):
            groups.setdefault(chain[:most], []).append(term)
        if 1 < len(groups) < len(terms):
            parts = [product(1, *_taken_out(group, last)) for group in groups.values()]
            return product(coefficient, add(*parts))
    return expr


def _terms(expr: Any) -> tuple[Any, list[Any]]:
    """The coefficient of a sum, and of each summand coefficient and factors; none of others."""
    coefficient, outer = split(expr)
    is_sum = len(outer) == 1 and isinstance(outer[0], sp.MatAdd)
    return coefficient, [split(term) for term in outer[0].args] if is_sum else []


def _chains(terms: list[Any], last: bool) -> list[Any]:
    return [factors[::-1] if last else factors for _, factors in terms]


def _taken_out(terms: list[Any], last: bool) -> tuple[Any, ...]:
    """The factors of a sum of terms: what all begin (or end) with, and the rest as a sum."""
    chains = _chains(terms, last)
    count = _shared(chains)
    shared, rests = chains[0][:count], [chain[count:] for chain in chains]
    inner = add(
        *(
            product(c, *(rest[::-1] if last else rest))
            for (c, _), rest in zip(terms, rests, strict=True)
        )
    )
    return (inner, *shared[::-1]) if last else (*shared, inner)


def _shared(chains: list[Any]) -> int:
    """How many factors all chains begin with; each keeps at least one of its own."""
    count = 0
    most = min((len(chain) for chain in chains), default=0) - 1
    while count < most and len({chain[count] for chain in chains}) == 1:
        count += 1
    return count
