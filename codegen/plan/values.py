"""The values of a plan: dense (row-major), sparse (stored values at a `Support`) or scalar."""

from __future__ import annotations

from dataclasses import dataclass

from nzdiff.runtime.data.support import Dim, Support


@dataclass(frozen=True, slots=True)
class Value:
    """A named result: its formula, shape, pattern and what it depends on.

    support: None for dense values.  inputs: the unknowns "G", tangents "dG" and cotangents
    "W_f" it depends on; a value with none is computed once, when data is bound.
    """

    name: str
    formula: str
    rows: Dim
    cols: Dim
    support: Support | None = None
    inputs: frozenset[str] = frozenset()
    scalar: bool = False


Coefficient = float | str | Value
"""A number, the name of a scalar computed when data is bound, or a scalar of the plan."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value as it enters a step, transposed or not."""

    value: Value
    transposed: bool = False

    @property
    def support(self) -> Support | None:
        """Pattern of the operand, transposed where the operand is."""
        support = self.value.support
        return support.T if support is not None and self.transposed else support

    @property
    def cols(self) -> Dim:
        """Columns of the operand."""
        return self.value.rows if self.transposed else self.value.cols

    @property
    def T(self) -> Operand:
        """The operand transposed."""
        return Operand(self.value, not self.transposed)

    def __str__(self) -> str:
        return self.value.name + ("ᵀ" if self.transposed else "")
