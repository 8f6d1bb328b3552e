"""What the lowering of an operation may ask of the plan in the making.

`build.Matrices` answers; operations, scalars, products and samples know this list alone, so that
they lie below it.
"""

from __future__ import annotations

from typing import Any, Protocol

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.chains.planner import ChainPlanner
from nzdiff.codegen.lower.chains.structure import Atom, Chain, Structure
from nzdiff.codegen.lower.names import Names
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.support import Grouping, Support


class Builder(Protocol):
    """Steps and values of one plan in the making; each method makes what is not there yet."""

    structure: Structure
    sizes: Sizes
    names: Names
    unknowns: tuple[Matrix, ...]
    steps: list[ir.Step]
    values: dict[tuple[Chain, Support | None], ir.Value]
    nodes: dict[Any, ir.Operand]
    factors: dict[Any, ir.Value]
    scalars: dict[Any, ir.Value]
    traces: dict[Chain, ir.Value]
    groupings: dict[tuple[Support, Support], Grouping]
    exact: dict[ir.Value, Support]

    def scalar(self, name: str, formula: str, inputs: frozenset[str]) -> ir.Value:
        """A scalar value of its own name."""
        ...

    def number(self, expr: Any) -> ir.Coefficient:
        """A coefficient: known when data is bound, or a scalar value where it holds matrices."""
        ...

    def coefficient(self, expr: Any) -> ir.Coefficient:
        """A number as it is; an expression in scalar arguments by a name of its own."""
        ...

    def expression(self, expr: Any, support: Support | None) -> ir.Value:
        """An expression at a pattern, or in full as a dense value."""
        ...

    def combine(self, expr: Any, support: Support | None, name: str) -> ir.Value:
        """out = Σ coefficient · product, in full or at a pattern."""
        ...

    def summands(self, expr: Any) -> list[tuple[sp.Expr, Chain]]:
        """Coefficient and chain of each summand."""
        ...

    def atom(self, atom: Atom) -> ir.Operand:
        """A leaf as it is; a sum or an operation as a value of its own."""
        ...

    def full(self, chain: Chain) -> ir.Operand:
        """The product as an operand, in whichever orientation it is stored."""
        ...

    def stored(self, chain: Chain) -> ir.Value:
        """The product stored exactly as written."""
        ...

    def sampled(self, chain: Chain, support: Support) -> ir.Value:
        """The product at the positions of `support`, stored as written."""
        ...

    @property
    def planner(self) -> ChainPlanner:
        """The planner of chains, which takes what has been made for free."""
        ...

    def full_seconds(self, chain: Chain) -> float:
        """Estimated seconds of a chain in full."""
        ...

    def sampled_seconds(self, chain: Chain, support: Support) -> float:
        """Estimated seconds of a chain at the positions of `support`."""
        ...

    def new(self, chain: Chain, support: Support | None) -> ir.Value:
        """A value named after its chain."""
        ...

    def value(
        self,
        name: str,
        formula: str,
        rows: Any,
        cols: Any,
        support: Support | None,
        inputs: frozenset[str],
    ) -> ir.Value:
        """A value of its own name."""
        ...
