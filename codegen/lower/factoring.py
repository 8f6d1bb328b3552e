"""Sums of products that begin or end alike: A B C + A D E as A (B C + D E).

With a symmetric L both summands of L G B fᵀ Y + L G Yᵀ f Bᵀ begin with L G: what follows is a sum
that is needed once, at the pattern where L G meets G.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import add, product, split


def factored(expr: Any) -> Any:
    """The sum with what all of its summands begin with, else end with, taken out."""
    coefficient, outer = split(expr)
    if len(outer) != 1 or not isinstance(outer[0], sp.MatAdd):
        return expr
    terms = [split(term) for term in outer[0].args]
    for last in (False, True):
        chains = [factors[::-1] if last else factors for _, factors in terms]
        count = _shared(chains)
        if count:
            shared = chains[0][:count]
            rests = [chain[count:] for chain in chains]
            inner = add(
                *(
                    product(c, *(rest[::-1] if last else rest))
                    for (c, _), rest in zip(terms, rests, strict=True)
                )
            )
            sides = (inner, *shared[::-1]) if last else (*shared, inner)
            return product(coefficient, *sides)
    return expr


def _shared(chains: list[Any]) -> int:
    """How many factors all chains begin with; each keeps at least one of its own."""
    count = 0
    most = min(len(chain) for chain in chains) - 1
    while count < most and len({chain[count] for chain in chains}) == 1:
        count += 1
    return count
