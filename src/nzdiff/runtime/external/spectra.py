"""Determinants of Kronecker sums and their derivatives, by eigenvectors of the factors.

K has the eigenvalues q(α, γ) for those α of A and γ of C, q = α + γ or 1 + α γ, and everything here
is a function of K in the basis U ⊗ V of its eigenvectors.  The basis is a value of the plan of its
own, that of Aᵀ is U⁻ᵀ.  Where there is none, or a nearly singular one, K is written out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.external.operation import Floats, Matrix, Operation, Shape

Flags = tuple[int, ...]
Complex = NDArray[np.complex128]
Basis = tuple[Floats, Complex, Complex, Complex]
"""A, its eigenvalues, U and U⁻¹."""
SKEW = 1e7
"""‖U‖ ‖U⁻¹‖ from which on eigenvectors are no basis."""
VANISHES = 1e-6
"""Of the largest eigenvalue: what counts as none where there are limits."""
LARGEST = 4000
"""Rows of K that are written out."""


class NearlySingularError(np.linalg.LinAlgError):
    """K is singular, or nearly, and what is asked for has a limit there."""


def eigenbasis(_: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """[A Re U Im U Re U⁻¹ Im U⁻¹ Re α Im α], n × (5 n + 2); NaN in U where there is no basis.

    Its flag says whether A may be moved (see `moved`).
    """
    (matrix,) = operands
    size = len(matrix)
    found = np.full((size, 5 * size + 2), np.nan)
    found[:, :size] = matrix
    if not np.isfinite(matrix).all() or not size:
        return found
    if np.array_equal(matrix, matrix.T):
        values, vectors = np.linalg.eigh(matrix)
        inverse = vectors.T
    else:
        values, vectors = np.linalg.eig(matrix)
        inverse = _inverse(vectors)
    parts = [part(x) for x in (vectors, inverse) for part in (np.real, np.imag)]
    found[:, size:] = np.hstack([*parts, np.stack([np.real(values), np.imag(values)], 1)])
    return found


def _inverse(vectors: Complex) -> Complex:
    """U⁻¹, NaN where U is nearly singular."""
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        return np.full_like(vectors, np.nan)
    skew = np.linalg.norm(vectors) * np.linalg.norm(inverse)
    return np.where(skew < SKEW, inverse, np.nan)


def moved(packed: Floats, s: float) -> None:
    """The same of A + s |α| I, with the largest |α|."""
    size = len(packed)
    values = packed[:, -2] + 1j * packed[:, -1]
    shift = s * (np.abs(values).max(initial=0.0) or 1.0)
    packed[:, -2] += shift
    packed[range(size), range(size)] += shift


def spectral_log_det(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """(log |det K|, sign of det K), (−∞, 0) where K is singular."""
    spectrum = _spectrum(
        flags[2], *(_basis(b, t) for b, t in zip(operands[:2], flags[:2], strict=True))
    )
    size = np.abs(spectrum)
    if not np.isfinite(size).all() or not size.all():
        return np.array([[-np.inf], [0.0]])
    angle = np.prod(spectrum / size)
    return np.array([[np.log(size).sum()], [np.sign(angle.real)]])


def positive_spectrum(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """0 where all eigenvalues of K are positive, K symmetric."""
    spectrum = _spectrum(flags[2], *(_basis(b, 0) for b in operands)).real
    border = sum(map(len, operands)) * np.finfo(np.float64).eps * np.abs(spectrum).max(initial=0.0)
    if not (spectrum > border).all():
        raise np.linalg.LinAlgError(
            f"the {spectrum.size} × {spectrum.size} matrix is not positive definite at this g "
            "(or not finite), so that there is no energy"
        )
    return np.zeros((1, 1))


def partial_trace(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """T of A and C, or how it moves along E.

    Flags: Aᵀ, Cᵀ, the form, whether there is a limit where K is singular, whether E moves C.
    """
    first, second = (_basis(b, t) for b, t in zip(operands[:2], flags[:2], strict=True))
    form, across, along = flags[2], flags[4:] == (1,), operands[2:]
    spectrum = _spectrum(form, first, second)
    size = np.abs(spectrum)
    if not (size > (VANISHES if flags[3] else 2.0**-50) * size.max(initial=0.0)).all():
        raise (NearlySingularError if flags[3] else np.linalg.LinAlgError)(
            "K = A ⊗ I + I ⊗ C or I + A ⊗ C is singular at this g (or not finite), so that its "
            "inverse does not exist"
        )
    if not all(np.isfinite(x).all() for basis in (first, second) for x in basis[2:]):
        return _written_out(form, across, first[0], second[0], along)
    _, _, U, inverse = first
    slopes = (second[1] if form else 1.0) / spectrum
    if not along:
        return _real(U * slopes.sum(1), inverse)
    if not across:
        return _real(U @ ((slopes @ slopes.T) * -(inverse @ along[0] @ U)), inverse)
    moved = np.einsum("jk,kj->j", second[3], along[0] @ second[2])
    mixed = (1.0 if form else -1.0) / spectrum**2
    return _real(U * (mixed @ moved), inverse)


def _basis(packed: Floats, turned: int) -> Basis:
    size = len(packed)
    matrix, *parts = (packed[:, i * size : (i + 1) * size] for i in range(5))
    U, inverse = parts[0] + 1j * parts[1], parts[2] + 1j * parts[3]
    values = packed[:, -2] + 1j * packed[:, -1]
    return (matrix.T, values, inverse.T, U.T) if turned else (matrix, values, U, inverse)


def _spectrum(form: int, first: Basis, second: Basis) -> Complex:
    """q(α, γ), a row for each α."""
    if form:
        return np.asarray(1.0 + np.multiply.outer(first[1], second[1]), np.complex128)
    return np.asarray(np.add.outer(first[1], second[1]), np.complex128)


def _real(left: Complex, right: Complex) -> Floats:
    return np.asarray((left @ right).real)


def _written_out(
    form: int, across: bool, A: Floats, C: Floats, along: tuple[Matrix, ...]
) -> Floats:
    """The same by K⁻¹."""
    rows, cols = len(A), len(C)
    if rows * cols > LARGEST:
        raise np.linalg.LinAlgError(
            f"A or C has no basis of eigenvectors at this g, and K of {rows * cols:,} rows is not "
            "written out"
        )
    one, other = np.eye(rows), np.eye(cols)
    K = np.eye(rows * cols) + np.kron(A, C) if form else np.kron(A, other) + np.kron(one, C)
    inverse, weight = np.linalg.inv(K), C.T if form else other
    if not along:
        return _contracted(inverse, weight)
    grown = np.kron(A if form else one, along[0]) if across else np.kron(along[0], weight.T)
    moved = -_contracted(inverse @ grown @ inverse, weight)
    return moved + _contracted(inverse, along[0].T) if form and across else moved


def _contracted(matrix: Any, weight: Any) -> Floats:
    """W ⨼ B."""
    rows, cols = len(matrix) // len(weight), len(weight)
    return np.asarray(np.einsum("iajb,ab->ij", matrix.reshape(rows, cols, rows, cols), weight))


def _basis_flops(shapes: tuple[Shape, ...]) -> float:
    return 25.0 * shapes[0][0] ** 3


def _spectrum_flops(shapes: tuple[Shape, ...]) -> float:
    return 20.0 * shapes[0][0] * shapes[1][0]


def _trace_flops(shapes: tuple[Shape, ...]) -> float:
    """Products of complex matrices."""
    rows, cols = shapes[0][0], shapes[1][0]
    return 8.0 * rows**3 * (1.0 if len(shapes) == 2 else 4.0) + 8.0 * rows**2 * cols


SPECTRA = {
    "eigenbasis": Operation(eigenbasis, _basis_flops),
    "spectral_log_det": Operation(spectral_log_det, _spectrum_flops),
    "positive_spectrum": Operation(positive_spectrum, _spectrum_flops),
    "partial_trace": Operation(partial_trace, _trace_flops),
}
"""By the names that plans use."""
