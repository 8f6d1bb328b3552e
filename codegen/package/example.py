"""Representative data of a problem: what plans are made for and checks run on without user data."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy import sparse

from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.nodes import REGULAR
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.memory import check_fits
from nzdiff.pattern import Pattern

Fill = Literal["few", "diagonal", "full"]
"""What a random pattern stores: some positions, the diagonal of square ones too, or all."""
DENSE, SPARSE = 16, 300
"""Bytes that are taken while data is made: of an entry, of a row of a sparse matrix."""


def example_data(
    problem: Problem, sizes: dict[str, int], *, seed: int = 0, fill: Fill = "few"
) -> dict[str, Any]:
    """Random data at the given sizes, by name as `Problem.bind` takes it.

    Sparse matrices get about three stored values per row near the (scaled) diagonal, as
    discretisations and coarsenings have them, and where something is inverted the diagonal of
    square ones; no symmetry but what is declared.
    """
    missing = {str(size.name) for size in problem.dimensions} - set(sizes)
    if missing:
        raise ValueError(f"sizes: missing {', '.join(sorted(missing))}")
    _check_sizes(problem, sizes)
    generator = np.random.default_rng(seed)
    data: dict[str, Any] = {str(s.name): float(generator.uniform(0.5, 2)) for s in problem.scalars}
    if fill == "few" and problem.energy.has(*REGULAR, Equation):
        fill = "diagonal"
    for matrix in problem.matrices:
        shape = sizes_of(matrix, sizes)
        data[str(matrix.name)] = _matrix(matrix, shape, matrix in problem.wrt, fill, generator)
    return data


def example_sizes(problem: Problem, *, large: int = 3000) -> dict[str, int]:
    """Sizes by name: `large` of square sparse matrices, a tenth beside them, 100 elsewhere."""
    sizes: dict[str, int] = {}
    square = [m for m in problem.matrices if m.kind_of == "sparse" and m.rows == m.cols]
    for matrix in square:
        sizes.setdefault(str(matrix.rows), large)
    for unknown in problem.wrt:
        for size in unknown.shape:
            sizes.setdefault(str(size), large // 10)
    for size in problem.dimensions:
        sizes.setdefault(str(size.name), min(100, large))
    return {str(size.name): sizes[str(size.name)] for size in problem.dimensions}


def _check_sizes(problem: Problem, sizes: dict[str, int]) -> None:
    """MemoryError before data is made that would fill the memory."""
    total, largest, name = 0, 0, ""
    for matrix in problem.matrices:
        rows, cols = sizes_of(matrix, sizes)
        kind = matrix.kind_of
        needed = DENSE * rows * cols if kind == "dense" else SPARSE * rows
        total += needed
        if needed > largest:
            largest, name = needed, f"{matrix.name}, {rows} × {cols}"
    check_fits(f"sizes: data of these sizes ({name})", total, "choose smaller ones")


def _matrix(
    matrix: Matrix,
    shape: tuple[int, ...],
    unknown: bool,
    fill: Fill,
    generator: np.random.Generator,
) -> Any:
    rows, cols = shape
    if unknown and matrix.kind_of != "sparse":
        return shape
    if matrix.kind_of == "dense":
        values = generator.standard_normal(shape)
        return values + values.T if matrix.symmetric else values
    if matrix.kind_of == "diagonal":
        return generator.standard_normal(rows)
    centre = (np.arange(rows) * cols) // max(rows, 1)
    i = np.repeat(np.arange(rows), 3)
    j = np.clip(centre[:, None] + generator.integers(-2, 3, size=(rows, 3)), 0, cols - 1).ravel()
    if fill == "full":
        i, j = (places.ravel() for places in np.indices(shape))
    elif fill == "diagonal" and rows == cols:
        i, j = np.concatenate([i, np.arange(rows)]), np.concatenate([j, np.arange(rows)])
    if unknown:
        keys = np.concatenate([i * cols + j, j * cols + i]) if matrix.symmetric else i * cols + j
        keys = np.unique(keys)
        order = generator.permutation(keys.size)
        pattern = Pattern((keys[order] // cols, keys[order] % cols), (rows, cols))
        return pattern.symmetric() if matrix.symmetric else pattern
    values = generator.standard_normal(i.size)
    plain = sparse.csr_array((values, (i, j)), shape=shape)
    return sparse.csr_array(plain + plain.T) if matrix.symmetric else plain
