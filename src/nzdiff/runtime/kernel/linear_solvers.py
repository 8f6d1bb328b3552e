"""Factorisations, log-determinants, solves and entries of inverses for both backends.

Dense matrices go to LAPACK, sparse ones to SuperLU; those whose inverse is asked for entries, to
fronts; of those whose eigenvalues have to lie in a set they are computed (see
`nzdiff.runtime.factors`).  The C kernels get here through three callbacks.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.data.spec import DomainKind, KernelSpec
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.external.call import ExternalCall, external_calls
from nzdiff.runtime.external.spectra import NearlySingularError
from nzdiff.runtime.factors.callbacks import EXTERNAL, FACTOR, SELECT, SOLVE, CSolvers
from nzdiff.runtime.factors.continued import NODES, Continued
from nzdiff.runtime.factors.dense import SINGULAR, Dense, DenseCholesky
from nzdiff.runtime.factors.eigenvalues import Eigenvalues
from nzdiff.runtime.factors.entries import Asked, Entries, fronted
from nzdiff.runtime.factors.superlu import Sparse, SparseCholesky
from nzdiff.runtime.kernel.blas import one_thread
from nzdiff.runtime.kernel.fronts import engine_for

Floats = NDArray[np.float64]
Structure: TypeAlias = "int | sparse.csr_array"
"""A square matrix: its size where dense, its pattern (CSR, sorted indices) where sparse."""

OUTSIDE: dict[DomainKind, str] = {
    "positive definite": "not positive definite",
    "hurwitz": "not stable: an eigenvalue is not in the open left half plane",
    "schur": "not stable: an eigenvalue is not in the open unit disk",
}


class LinearSolvers:
    """The matrices that kernels factorise and solve with, by number; names are for messages.

    domains: (number, set) of those that must lie in one; those that are positive definite are
    symmetric, and those in sets of eigenvalues are never solved with.  asked: what is asked of
    inverses, by a number of its own.  externals: the operations of libraries, so too.  continued:
    the numbers of those that may be singular (see `Continued`).  Values are
    flat arrays of `dtype`: dense ones row-major, sparse ones in CSR order.  No error leaves
    `factor` for a singular matrix (log |det A| = −inf), nor `solve`: C could not pass it on.
    `raise_pending`, called when the kernel has returned, raises it; it also says that a matrix is
    outside of its set.
    """

    nodes = NODES

    def __init__(
        self,
        structures: tuple[Structure, ...],
        names: tuple[str, ...],
        domains: tuple[tuple[int, DomainKind], ...] = (),
        dtype: Any = np.float64,
        *,
        asked: tuple[Asked, ...] = (),
        externals: tuple[ExternalCall, ...] = (),
        continued: tuple[int, ...] = (),
        backend: str = "numpy",
    ) -> None:
        self._externals = externals
        self._dtype = np.dtype(dtype)
        self._names, self._domains = names, dict(domains)
        engine = engine_for(backend)
        definite = [which for which, domain in domains if domain == "positive definite"]
        in_fronts = fronted(structures, definite, asked, engine)
        matrices: list[Any] = [
            in_fronts.get(which) or _factorisation(structure, self._domains.get(which))
            for which, structure in enumerate(structures)
        ]
        self._continued = {w: Continued(matrices[w], structures[w]) for w in continued}
        self._matrices: list[Any] = [self._continued.get(w, m) for w, m in enumerate(matrices)]
        self._entries = tuple(Entries(each, in_fronts, engine) for each in asked)
        self._singular = [True] * len(structures)
        self._pending: BaseException | None = None
        self._spectra_at, self._is_nearly_singular = 0.0, False

    def factor(self, which: int, values: Floats, out: Floats) -> None:
        """Factorise a matrix: out = (log |det A|, sign of det A), (−inf, 0) where singular.

        A matrix with numbers that are not finite counts as singular.
        """
        self._singular[which] = True
        finite = bool(np.isfinite(values).all())
        doubles = np.asarray(values, dtype=np.float64)
        with one_thread():
            found = self._matrices[which].factor(doubles) if finite else SINGULAR
        out[:] = found
        if found == SINGULAR:
            if which in self._domains:
                self._refuse(which, OUTSIDE[self._domains[which]], "there is no energy")
            return
        self._singular[which] = False

    def solve(self, which: int, transposed: int, width: int, b: Floats, out: Floats) -> None:
        """out = A⁻¹ b, or A⁻ᵀ b, both row-major of `width` columns; NaN where A is singular."""
        matrix = self._matrices[which]
        if self._singular[which]:
            out.fill(np.nan)
            self._refuse(which, "singular", "its inverse does not exist")
        elif out.size:
            right = np.asarray(b, dtype=np.float64).reshape(matrix.size, width)
            np.copyto(out.reshape(matrix.size, width), matrix.solve(right, bool(transposed)))

    def select(self, number: int, middles: Sequence[Floats], out: Floats) -> None:
        """out = what is asked for by this number, with the values of M₁ …; NaN where singular."""
        entries = self._entries[number]
        singular = [which for which, _ in entries.asked.inverses if self._singular[which]]
        if singular:
            out.fill(np.nan)
            self._refuse(singular[0], "singular", "its inverse does not exist")
            return
        with one_thread():
            found = entries.selected([np.asarray(m, dtype=np.float64) for m in middles])
        np.copyto(out, found)

    def external(self, which: int, operands: Sequence[Floats], out: Floats) -> None:
        """out = an operation of a library; NaN where it is not defined."""
        try:
            with one_thread():
                self._externals[which].run(operands, out, self._spectra_at)
        except np.linalg.LinAlgError as error:
            out.fill(np.nan)
            self._is_nearly_singular |= isinstance(error, NearlySingularError)
            self._record(error)

    @property
    def near_singular(self) -> bool:
        """Whether a matrix is that may be: results have to be continued to it."""
        found = any(matrix.near_singular for matrix in self._continued.values())
        return found or self._is_nearly_singular

    @property
    def is_pending(self) -> bool:
        """Whether there is an error to be raised."""
        return self._pending is not None

    def move_singular(self, s: float) -> None:
        """Factorise those moved by s from now on; what was said of them before is void."""
        self._pending = None
        self._spectra_at = s if self._is_nearly_singular else 0.0
        self._is_nearly_singular &= s != 0.0
        for matrix in self._continued.values():
            if matrix.near_singular:
                matrix.at = s

    def raise_pending(self) -> None:
        """Raise the first error since the last call, and forget it."""
        if self._pending is not None:
            error, self._pending = self._pending, None
            raise error

    def c_struct(self) -> CSolvers:
        """The callbacks of the emitted C; they record whatever they raise."""

        def factor(which: int, values: int, out: int) -> None:
            try:
                self.factor(
                    which, self._view(values, self._matrices[which].count), self._view(out, 2)
                )
            except BaseException as error:  # ctypes would drop it
                self._record(error)

        def solve(which: int, transposed: int, width: int, b: int, out: int) -> None:
            try:
                count = self._matrices[which].size * width
                self.solve(which, transposed, width, self._view(b, count), self._view(out, count))
            except BaseException as error:
                self._record(error)

        def select(number: int, middles: Any, out: int) -> None:
            try:
                asked = self._entries[number].asked
                given = [
                    self._view(middles[place], int(middle.nnz))
                    for place, middle in enumerate(asked.middles)
                ]
                self.select(number, given, self._view(out, int(asked.wanted.nnz)))
            except BaseException as error:
                self._record(error)

        def external(which: int, operands: Any, out: int) -> None:
            try:
                call = self._externals[which]
                pairs = zip(operands[: len(call.counts)], call.counts, strict=True)
                given = tuple(self._view(address, count) for address, count in pairs)
                self.external(which, given, self._view(out, call.count))
            except BaseException as error:
                self._record(error)

        return CSolvers(FACTOR(factor), SOLVE(solve), SELECT(select), EXTERNAL(external))

    def _view(self, address: int, count: int) -> Floats:
        """The numbers at an address, not copied."""
        kind = ctypes.c_double if self._dtype == np.float64 else ctypes.c_float
        return np.ctypeslib.as_array((kind * count).from_address(address))

    def _refuse(self, which: int, what: str, consequence: str) -> None:
        size = self._matrices[which].size
        self._record(
            np.linalg.LinAlgError(
                f"{self._names[which]}: the {size} × {size} matrix is {what} at this g "
                f"(or not finite), so that {consequence}"
            )
        )

    def _record(self, error: BaseException) -> None:
        self._pending = self._pending or error


def linear_solvers(
    spec: KernelSpec, supports: Supports, dtype: np.dtype[Any], backend: str
) -> LinearSolvers:
    """Those of a kernel: see `MakeSolvers`."""
    structures = (
        supports.size(size) if support is None else supports.matrix(support)
        for _, size, support in spec.factored
    )
    names = tuple(name for name, _, _ in spec.factored)
    asked = tuple(
        Asked(
            selection.inverses,
            tuple(supports.matrix(middle) for middle in selection.middles),
            supports.matrix(selection.wanted),
        )
        for selection in spec.selections
    )
    return LinearSolvers(
        tuple(structures),
        names,
        spec.domains,
        dtype,
        asked=asked,
        externals=external_calls(spec, supports),
        continued=spec.continued,
        backend=backend,
    )


def _factorisation(
    structure: Structure, domain: DomainKind | None
) -> Dense | Sparse | DenseCholesky | SparseCholesky | Eigenvalues:
    if domain not in (None, "positive definite"):
        return Eigenvalues(structure, domain)
    if isinstance(structure, int):
        return DenseCholesky(structure) if domain else Dense(structure)
    return SparseCholesky(structure) if domain else Sparse(structure)
