"""Sylvester's, Stein's and Lyapunov's equations by real Schur forms A = U T Uᵀ.

A Schur form is a value of the plan of its own, [T U] side by side, so that all equations with one
A at one g share it: op(A) is A or Aᵀ, and Aᵀ = U Tᵀ Uᵀ.  (Bartels and Stewart 1972; Golub, Nash and
Van Loan 1979.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from nzdiff.runtime.external.operation import Floats, Matrix, Operation, Shape

CONTINUOUS, DISCRETE = 64, 8
"""Rows and columns that are solved at once: by LAPACK's `dtrsyl`, and as a linear system."""
Flags = tuple[int, ...]


def schur_form(_: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """[T U], of n × 2 n numbers; NaN where A is not finite."""
    (matrix,) = operands
    if not np.isfinite(matrix).all():
        return np.full((len(matrix), 2 * len(matrix)), np.nan)
    return np.hstack(linalg.schur(matrix)) if len(matrix) else np.zeros((0, 0))


def hurwitz(_: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """0 where every eigenvalue lies in the open left half plane, by the Schur form."""
    return _inside(operands[0], lambda values: values.real, "left half plane")


def schur(_: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """0 where every eigenvalue lies in the open unit disk, by the Schur form."""
    return _inside(operands[0], lambda values: np.abs(values) - 1.0, "unit disk")


def _inside(form: Floats, distance: Callable[[Any], Floats], where: str) -> Floats:
    """By rounding, eigenvalues on the border are as far from it as n ε ‖A‖: that is outside."""
    t, size = _halves(form)[0], len(form)
    border = size * np.finfo(np.float64).eps * float(np.linalg.norm(t))
    if (distance(_eigenvalues(t)) < -border).all():
        return np.zeros((1, 1))
    raise np.linalg.LinAlgError(
        f"the {size} × {size} matrix is not stable: an eigenvalue is not in the open {where} "
        "at this g (or not finite), so that there is no energy"
    )


def sylvester(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """X with op(A) X + X op(B) = C; flags: whether A and B enter transposed."""
    (t, u), (r, v), c = _halves(operands[0]), _halves(operands[1]), operands[2]
    sums = np.add.outer(_eigenvalues(t), _eigenvalues(r))
    if not _is_away(np.abs(sums), np.abs(t).max(initial=0.0) + np.abs(r).max(initial=0.0)):
        raise _singular("α + β = 0")
    return np.asarray(u @ _continuous(t, r, u.T @ c @ v, *flags) @ v.T)


def stein(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """X with X − op(A) X op(B) = C; flags: whether A and B enter transposed."""
    (t, u), (r, v), c = _halves(operands[0]), _halves(operands[1]), operands[2]
    products = np.multiply.outer(_eigenvalues(t), _eigenvalues(r))
    if not _is_away(np.abs(1.0 - products), 1.0 + np.abs(products).max(initial=0.0)):
        raise _singular("αβ = 1")
    return np.asarray(u @ _discrete(t, r, u.T @ c @ v, *flags) @ v.T)


def lyap(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """X with op(A) X + X op(A)ᵀ + Q = 0."""
    form, q = operands
    return sylvester((flags[0], 1 - flags[0]), (form, form, -q))


def dlyap(flags: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """X with X = op(A) X op(A)ᵀ + Q."""
    form, q = operands
    return stein((flags[0], 1 - flags[0]), (form, form, q))


def _halves(form: Floats) -> tuple[Floats, Floats]:
    size = len(form)
    return np.asfortranarray(form[:, :size]), form[:, size:]


def _eigenvalues(t: Floats) -> Any:
    """Of a quasi-triangle in LAPACK's normal form, whose 2 × 2 blocks have equal diagonals."""
    below, above = np.diagonal(t, -1), np.diagonal(t, 1)
    imaginary = np.sqrt(np.abs(below * above)) * (below != 0.0)
    values = np.diagonal(t).astype(complex)
    values[:-1] += 1j * imaginary
    values[1:] -= 1j * imaginary
    return values


def _singular(what: str) -> np.linalg.LinAlgError:
    return np.linalg.LinAlgError(
        f"{what} for eigenvalues α and β of the two sides of the equation at this g "
        "(or they are not finite), so that its solution does not exist"
    )


def _is_away(gaps: Floats, scale: float) -> bool:
    """Whether no gap is 0 but for rounding."""
    return bool(gaps.min(initial=np.inf) > 2.0**-52 * scale) and bool(np.isfinite(scale))


def _continuous(t: Floats, r: Floats, c: Floats, turned_t: int, turned_r: int) -> Floats:
    """X with op(T) X + X op(R) = C of quasi-triangles, in halves down to what LAPACK does well."""
    rows, cols = c.shape
    if max(rows, cols) <= CONTINUOUS:
        if not c.size:
            return c
        x, scale, _ = lapack.dtrsyl(t, r, c, "NT"[turned_t], "NT"[turned_r])
        return np.asarray(x / scale)
    if rows < cols:
        return _continuous(r, t, c.T, 1 - turned_r, 1 - turned_t).T
    x, (one, other) = np.empty_like(c), _cut(t, turned_t)
    x[one] = _continuous(t[one, one], r, c[one], turned_t, turned_r)
    moved = c[other] - _op(t, turned_t)[other, one] @ x[one]
    x[other] = _continuous(t[other, other], r, moved, turned_t, turned_r)
    return x


def _discrete(t: Floats, r: Floats, c: Floats, turned_t: int, turned_r: int) -> Floats:
    """X with X − op(T) X op(R) = C of quasi-triangles, in halves down to small linear systems."""
    rows, cols = c.shape
    if max(rows, cols) <= DISCRETE:
        system = np.eye(c.size) - np.kron(_op(t, turned_t), _op(r, turned_r).T)
        solved = np.linalg.solve(system, c.reshape(-1, 1))
        return np.asarray(solved, np.float64).reshape(c.shape)
    if rows < cols:
        return _discrete(r, t, c.T, 1 - turned_r, 1 - turned_t).T
    x, (one, other) = np.empty_like(c), _cut(t, turned_t)
    x[one] = _discrete(t[one, one], r, c[one], turned_t, turned_r)
    moved = c[other] + _op(t, turned_t)[other, one] @ x[one] @ _op(r, turned_r)
    x[other] = _discrete(t[other, other], r, moved, turned_t, turned_r)
    return x


def _cut(t: Floats, turned: int) -> tuple[slice, slice]:
    """The half of the rows that can be solved for first, and the other; no 2 × 2 block is cut."""
    k = len(t) // 2
    k += int(t[k, k - 1] != 0.0)
    return (slice(0, k), slice(k, None)) if turned else (slice(k, None), slice(0, k))


def _op(t: Floats, turned: int) -> Floats:
    return t.T if turned else t


def _schur_flops(shapes: tuple[Shape, ...]) -> float:
    return 25.0 * shapes[0][0] ** 3


def _eigenvalue_flops(shapes: tuple[Shape, ...]) -> float:
    return 10.0 * shapes[0][0]


def _solve_flops(shapes: tuple[Shape, ...]) -> float:
    """Two turns of C and two of X, and a triangular solve of as many as two of them."""
    rows, cols = shapes[-1]
    return 5.0 * rows * cols * (rows + cols)


EQUATIONS = {
    "schur_form": Operation(schur_form, _schur_flops),
    "hurwitz": Operation(hurwitz, _eigenvalue_flops),
    "schur": Operation(schur, _eigenvalue_flops),
    "sylvester": Operation(sylvester, _solve_flops),
    "stein": Operation(stein, _solve_flops),
    "lyap": Operation(lyap, _solve_flops),
    "dlyap": Operation(dlyap, _solve_flops),
}
"""By the names of the derivation's equations and domains."""
