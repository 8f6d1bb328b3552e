"""The matrix exponential and its derivatives: whole, times a matrix, or at a pattern.

All of them are blocks of the exponential of one block matrix Ã with a row of blocks for each set
of directions, A on its diagonal and E where a set gains E (Najfeld and Havel 1995).  Times a
matrix, and at a pattern, Ã stays sparse: exp(Ã) is as many substeps of length h as keep h ‖Ã‖₁
below 1, and each of them is a Taylor polynomial.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import linalg, sparse

from nzdiff.runtime.external.operation import Floats, Matrix, Operation, Shape

DEGREE = 18
"""Of the polynomials: 1/18! is half a unit in the last place."""
Flags = tuple[int, ...]


def expm(_: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """exp(A; E₁, …, E_r)."""
    size, whole = operands[0].shape[0], _blocks(operands, dense=True)
    if not np.isfinite(whole).all():
        return np.full((size, size), np.nan)
    return np.asarray(linalg.expm(whole))[:size, -size or None :] if size else np.zeros((0, 0))


def expm_action(_: Flags, operands: tuple[Matrix, ...]) -> Floats:
    """exp(A; E₁, …, E_r) B, the operands in this order."""
    *along, b = operands
    whole, steps, size = _scaled(along)
    state = np.zeros((whole.shape[0], b.shape[1]))
    state[len(state) - len(b) :] = b
    for _step in range(steps):
        state = sum(_terms(whole, state), np.zeros_like(state))
    return size * state[: len(b)]


def expm_sampled(_: Flags, operands: tuple[Matrix, ...], where: Matrix) -> Floats:
    """exp(A; E₁, …, E_r, P Qᵀ) at the positions of a pattern; operands A, E₁, …, P, Q.

    It is a block of ∫ exp(s Ã) P̃ (exp((1 − s) Ãᵀ) Q̃)ᵀ ds, of which each substep is a double sum
    over powers of both sides, with weights h^(i + j + 1) / (i + j + 1)!.
    """
    *along, p, q = operands
    rows, blocks = len(p), 2 ** (len(along) - 1)
    whole, steps, size = _scaled(along)
    first, second = (np.asarray(np.kron(np.eye(blocks), x), dtype=np.float64) for x in (p, q))
    turned = sparse.csr_array(whole.T)
    seconds = [second]
    for _step in range(steps - 1):
        seconds.append(sum(_terms(turned, seconds[-1]), np.zeros_like(second)))
    owner = np.repeat(np.arange(rows), np.diff(where.indptr))
    found = np.zeros(where.nnz)
    for behind in reversed(seconds):
        left = _terms(whole, first)
        right = np.stack([term[len(term) - rows :] for term in _terms(turned, behind)])
        for term, weighted in zip(left, np.tensordot(WEIGHTS, right, 1), strict=True):
            found += np.einsum("tk,tk->t", term[:rows][owner], weighted[where.indices])
        first = sum(left, np.zeros_like(first))
    return found * (size / steps)


def _terms(matrix: Matrix, start: Floats) -> list[Floats]:
    """matrixⁱ start / i! for i up to `DEGREE`."""
    found = [start]
    for degree in range(1, DEGREE + 1):
        found.append(matrix @ found[-1] / degree)
    return found


def _weights() -> Floats:
    """i! j! / (i + j + 1)!, for terms that are divided by i! and j! already."""
    f = math.factorial
    degrees = range(DEGREE + 1)
    return np.array([[f(i) * f(j) / f(i + j + 1) for j in degrees] for i in degrees])


WEIGHTS = _weights()


def _blocks(operands: tuple[Matrix, ...], *, dense: bool = False) -> Any:
    """Ã of A, E₁, …, E_r."""
    matrix, *along = operands
    count = 2 ** len(along)
    blocks: list[list[Any]] = [[None] * count for _ in range(count)]
    for row in range(count):
        blocks[row][row] = matrix
        for place, direction in enumerate(along):
            if not row >> place & 1:
                blocks[row][row | 1 << place] = direction
    if dense:
        zero = np.zeros_like(matrix)
        return np.block([[zero if block is None else block for block in row] for row in blocks])
    return sparse.csr_array(sparse.block_array(blocks))


def _scaled(along: list[Matrix]) -> tuple[Any, int, float]:
    """h Ã of A, E₁, …, the number of substeps, and what the result is to be multiplied by.

    Directions are made no larger than A, for the result is linear in them.  LinAlgError where
    there would be too many steps.
    """
    matrix, *directions = along
    sizes = [max(1.0, _norm(e) / max(1.0, _norm(matrix))) for e in directions]
    smaller = [e / size for e, size in zip(directions, sizes, strict=True)]
    whole = _blocks((matrix, *smaller))
    norm = _norm(whole)
    if not norm < MOST_STEPS:
        raise np.linalg.LinAlgError(
            f"‖A‖₁ = {norm:.3g} at this g takes more than {MOST_STEPS:,} substeps, or is not finite"
        )
    steps = max(1, math.ceil(norm))
    return whole / steps, steps, math.prod(sizes)


def _norm(matrix: Matrix) -> float:
    """‖A‖₁."""
    return float(abs(matrix).sum(axis=0).max(initial=0.0)) if matrix.shape[0] else 0.0


MOST_STEPS = 100_000


def _dense_flops(shapes: tuple[Shape, ...]) -> float:
    """Some 20 products of Ã."""
    return 40.0 * (2.0 ** (len(shapes) - 1) * shapes[0][0]) ** 3


def _action_flops(shapes: tuple[Shape, ...]) -> float:
    """As of a matrix with five numbers in a row and of norm 5."""
    return 10.0 * 5 * DEGREE * 2.0 ** (len(shapes) - 2) * shapes[0][0] * shapes[-1][1]


def _sampled_flops(shapes: tuple[Shape, ...]) -> float:
    return 10.0 * DEGREE**2 * 4.0 ** (len(shapes) - 3) * shapes[0][0] * shapes[-1][1]


EXPONENTIALS = {
    "expm": Operation(expm, _dense_flops),
    "expm_action": Operation(expm_action, _action_flops),
    "expm_sampled": Operation(expm_sampled, _sampled_flops, sampled=True),
}
"""By the names that plans use."""
