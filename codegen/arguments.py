"""Matrix symbols and their sizes as the runtime has them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from nzdiff.derive.language.symbols import Kind, Matrix
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import Argument, ArgumentKind
from nzdiff.runtime.data.support import Dim


def argument_of(matrix: Matrix, unknown: bool) -> Argument:
    """A matrix symbol as an argument of the runtime."""
    rows, cols = map(dim, matrix.shape)
    kind = UNKNOWN[matrix.kind_of] if unknown else matrix.kind_of
    return Argument(str(matrix.name), kind, rows, cols, matrix.symmetric)


UNKNOWN: dict[Kind, ArgumentKind] = {
    "dense": "unknown dense",
    "sparse": "unknown",
    "diagonal": "unknown diagonal",
}


def dim(size: Any) -> Dim:
    """A symbolic size as a number, a name, or a sum of products of them."""
    if isinstance(size, int) or size.is_Integer:
        return int(size)
    return str(size) if size.is_Symbol else _sum_of_products(size)


@lru_cache(maxsize=256)
def _sum_of_products(size: Any) -> str:
    terms = []
    for term in sp.Add.make_args(sp.expand(size)):
        coefficient, rest = term.as_coeff_Mul()
        powers = [base.as_base_exp() for base in sp.Mul.make_args(rest) if base != 1]
        names = [member(str(base)) for base, exponent in powers for _ in range(int(exponent))]
        terms.append(
            " * ".join([*([] if coefficient == 1 and names else [str(coefficient)]), *names])
        )
    return " + ".join(sorted(terms)).replace("+ -", "- ")
