"""Calls of the operations of this room on the arrays of one bound model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.data.spec import Array, KernelSpec
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.external import OPERATIONS
from nzdiff.runtime.external.operation import Operation
from nzdiff.runtime.external.spectra import eigenbasis, moved

Floats = NDArray[np.float64]
Form = Any
"""Of a matrix: its shape where dense, its pattern (CSR) where sparse."""


@dataclass(frozen=True, slots=True)
class ExternalCall:
    """An operation, its flags, and how each operand is stored; formula: for messages."""

    operation: Operation
    flags: tuple[int, ...]
    operands: tuple[Form, ...]
    out: Form
    formula: str

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of each operand."""
        return tuple(map(_count, self.operands))

    @property
    def count(self) -> int:
        """The numbers of the result."""
        return _count(self.out)

    def run(self, operands: Sequence[Floats], out: Floats, at: float = 0.0) -> None:
        """out = the operation, in doubles; LinAlgError where it is not defined.

        at: how far eigenvalues are moved that may be.
        """
        pairs = zip(operands, self.operands, strict=True)
        matrices = tuple(_matrix(np.asarray(a, dtype=np.float64), form) for a, form in pairs)
        where = (self.out,) if self.operation.sampled else ()
        try:
            with np.errstate(all="ignore"):
                found = self.operation.value(self.flags, matrices, *where)
                if at and self.operation.value is eigenbasis and self.flags == (1,):
                    moved(found, at)
                np.copyto(out, found.ravel(), casting="unsafe")
        except np.linalg.LinAlgError as error:
            raise type(error)(f"{self.formula}: {error}") from error


def external_calls(spec: KernelSpec, supports: Supports) -> tuple[ExternalCall, ...]:
    """Those of a spec, by number."""
    arrays = {array.name: array for array in spec.arrays}
    return tuple(
        ExternalCall(
            OPERATIONS[e.operation],
            e.flags,
            tuple(_form(arrays[name], supports) for name in e.operands),
            _form(arrays[e.out], supports),
            e.formula,
        )
        for e in spec.externals
    )


def _form(array: Array, supports: Supports) -> Form:
    if array.support is not None:
        return supports.matrix(array.support)
    return supports.size(array.rows), supports.size(array.cols)


def _count(form: Form) -> int:
    return int(form[0] * form[1]) if isinstance(form, tuple) else int(form.nnz)


def _matrix(values: Floats, form: Form) -> Any:
    if isinstance(form, tuple):
        return values.reshape(form)
    return sparse.csr_array((values, form.indices, form.indptr), shape=form.shape)
