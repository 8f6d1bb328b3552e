"""The matrices and blocks of a model: what gathers each of them is made once, on first use.

What makes them is imported then, too: a model of which only products are asked goes without.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import AssemblyForm, Operator, Outline
from nzdiff.runtime.kernel.bound import Bound
from nzdiff.runtime.kernel.turn import Turn

if TYPE_CHECKING:
    from nzdiff.runtime.assembly.block_diagonal import BlockDiagonal, BlockReduction
    from nzdiff.runtime.assembly.blocks import GatheredBlocks
    from nzdiff.runtime.assembly.entries import Entries
    from nzdiff.runtime.assembly.factors import KernelFactors
    from nzdiff.runtime.assembly.matrix import GatheredMatrix
    from nzdiff.runtime.assembly.price import MatrixPrice

Floats = NDArray[np.float64]
BlockKind = Literal["row", "column"]
BlockForm = Literal["row", "column", "diagonal"]
KINDS: tuple[BlockKind, ...] = ("row", "column")
HALF = 0.5
"""The share of stored entries up to which a Jacobian is sparse, of which nothing is factorised."""
_LIVE: weakref.WeakSet[Assembler] = weakref.WeakSet()


def _after_fork() -> None:
    for assembler in _LIVE:
        assembler.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@dataclass(eq=False)
class Assembler:
    """Makes matrices and blocks of a model, each once.  assemble: the kernel of their factors.

    outline: the summands of a matrix by their patterns, for which nothing is laid out.
    main: the kernel of the model.  updates: how often other data has taken the place of what was
    bound.  lock: whoever uses anything here holds it; it is not that of the model, so that a matrix
    can be planned and laid out beside evaluations.
    """

    assemble: Callable[[Data, Operator, AssemblyForm], Bound | None]
    outline: Callable[[Data, Operator], tuple[Outline, ...] | None]
    data: Data
    main: Bound
    updates: int = 0
    _prices: dict[Operator, MatrixPrice | None] = field(default_factory=dict)
    _matrices: dict[Operator, GatheredMatrix | None] = field(default_factory=dict)
    _blocks: dict[tuple[Operator, BlockForm], GatheredBlocks | None] = field(default_factory=dict)
    _reductions: dict[BlockKind, BlockReduction] = field(default_factory=dict)
    _bounds: list[Bound] = field(default_factory=list)
    lock: Turn = field(default_factory=Turn)

    def __post_init__(self) -> None:
        """Be known to forks."""
        _LIVE.add(self)

    def start_anew(self) -> None:
        """In the child of a fork, where a thread that held the lock does not exist any more."""
        if not self.lock.is_free():
            self.lock = Turn()
            self._prices.clear()
            self._matrices.clear()
            self._blocks.clear()
            self._reductions.clear()
            self._bounds.clear()

    def take(self, data: Data, names: Iterable[str]) -> None:
        """Take data in which these arguments and scalars are others, of the same patterns."""
        changed = tuple(names)
        self.data, self.updates = data, self.updates + 1
        for bound in (self.main, *self._bounds):
            bound.take(data, changed)

    def price(self, operator: Operator) -> MatrixPrice | None:
        """What a matrix takes; None where its structure is not recognised."""
        if operator not in self._prices:
            outline = None
            with suppress(NotImplementedError):  # a package without matrices
                outline = self.outline(self.data, operator)
            self._prices[operator] = None if outline is None else self._price(operator, outline)
        return self._prices[operator]

    def _price(self, operator: Operator, outline: tuple[Outline, ...]) -> MatrixPrice:
        from nzdiff.runtime.assembly.dense import FULL
        from nzdiff.runtime.assembly.factors import is_symmetric
        from nzdiff.runtime.assembly.price import price

        return price(
            outline,
            self._rows(operator),
            self.unknowns,
            self.data.supports,
            symmetric=is_symmetric(self.main, operator),
            share=HALF if operator == "jacobian" else FULL,
        )

    def _rows(self, operator: Operator) -> list[Entries]:
        return self.residuals if operator == "jacobian" else self.unknowns

    def is_square_of_jacobian(self, operator: Operator) -> bool:
        """Whether a matrix is 2 JᵀJ: so is the Hessian of residuals that are linear in G."""
        linear = self.main.is_sum_of_squares and self.main.spec.linear_residuals
        return operator == "gauss_newton" or (operator == "hessian" and linear)

    def matrix(self, operator: Operator) -> GatheredMatrix | None:
        """The matrix of an operator; None where its structure is not recognised."""
        from nzdiff.runtime.assembly.matrix import GatheredMatrix

        if operator not in self._matrices:
            factors = None
            with suppress(NotImplementedError):  # a package without matrices
                factors = self._factors(operator, "matrix")
            self._matrices[operator] = (
                None
                if factors is None
                else GatheredMatrix(factors, self._rows(operator), self.unknowns)
            )
        return self._matrices[operator]

    def blocks(self, operator: Operator, form: BlockForm) -> GatheredBlocks:
        """The blocks of an operator; NotImplementedError where they are in no closed form."""
        from nzdiff.runtime.assembly.blocks import GatheredBlocks

        if (operator, form) not in self._blocks:
            factors = self._factors(operator, form)
            self._blocks[operator, form] = (
                None if factors is None else GatheredBlocks(factors, self.unknowns)
            )
        found = self._blocks[operator, form]
        if found is None:
            raise NotImplementedError(
                f"{operator.replace('_', '-')}: the structure of this matrix is not recognised, so "
                "that it has neither blocks nor a diagonal in closed form; products (operator @ v) "
                "and toarray() are there"
            )
        return found

    def reduction(
        self, kind: BlockKind, stored: BlockDiagonal, T: sparse.csr_array
    ) -> BlockReduction:
        """What reduces the blocks of the stored entries; each unknown meets one of them alone."""
        from nzdiff.runtime.assembly.block_diagonal import BlockReduction

        if kind not in self._reductions:
            members = tuple(members for members, _ in stored.by_size)
            self._reductions[kind] = BlockReduction.of(members, T)
        return self._reductions[kind]

    @cached_property
    def unknowns(self) -> list[Entries]:
        """The entries of each unknown."""
        from nzdiff.runtime.assembly.entries import Entries

        return [Entries.of_pattern(pattern) for pattern in self.data.patterns]

    @cached_property
    def residuals(self) -> list[Entries]:
        """The entries of each residual, in the order of `Model.residual`."""
        from nzdiff.runtime.assembly.entries import Entries

        arrays, supports = {a.name: a for a in self.main.spec.arrays}, self.data.supports
        return [
            Entries.full((supports.size(a.rows), supports.size(a.cols)))
            if a.support is None
            else Entries.of_structure(supports.matrix(a.support))
            for a in (arrays[name] for name in self.main.spec.cotangents)
        ]

    @cached_property
    def T(self) -> sparse.csr_array | None:
        """(stored entries, size) of all unknowns; None where g holds the entries themselves."""
        patterns = self.data.patterns
        if all(pattern.is_selection for pattern in patterns):
            return None
        parts = [
            sparse.eye_array(p.size, format="csr") if p.is_selection else p.matrix for p in patterns
        ]
        return sparse.csr_array(sparse.block_diag(parts, format="csr"))

    @property
    def row_weights(self) -> Floats:
        """The root of the weight of each entry of the residuals."""
        sizes = [entries.size for entries in self.residuals]
        return np.repeat(np.array(self.main.weights), sizes)

    def _factors(self, operator: Operator, form: AssemblyForm) -> KernelFactors | None:
        from nzdiff.runtime.assembly.factors import KernelFactors

        bound = self.assemble(self.data, operator, form)
        if bound is None:
            return None
        self._bounds.append(bound)
        return KernelFactors(bound, bound.spec.assembly(operator, form), self.data.supports)
