"""Check what the caller binds and bring it to one form: flat doubles, sorted CSR patterns."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.arrays import COMPLEX, checked_dense, checked_shape, real_numbers, sealed, to_doubles
from nzdiff.indices import INDEX_LIMIT
from nzdiff.pattern import Pattern
from nzdiff.runtime.data.dimensions import Dimensions
from nzdiff.runtime.data.formula import evaluate
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import Argument, KernelSpec
from nzdiff.runtime.data.supports import Supports
from nzdiff.storage import checked_csr, checked_storage, sealed_csr

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Data:
    """Checked data: flat values by name, sizes and sorted patterns, patterns of the unknowns.

    supports: evaluates products of patterns, each once for planning and for binding.
    scalars: the scalar arguments, and the sizes, which may be coefficients too (sumsq(F) / n).
    bound: what was given, as copies that cannot be written to; of unknowns their patterns.
    """

    values: dict[str, Floats]
    supports: Supports
    patterns: tuple[Pattern, ...]
    scalars: dict[str, float]
    bound: dict[str, Any]

    @property
    def dims(self) -> dict[str, int]:
        """The sizes by name."""
        return self.supports.dims

    @property
    def structures(self) -> dict[str, sparse.csr_array]:
        """The bound patterns by name, sorted CSR of ones."""
        return self.supports.leaves


def check_data(
    arguments: tuple[Argument, ...],
    unknowns: tuple[str, ...],
    dims: tuple[str, ...],
    scalars: tuple[str, ...],
    given: Mapping[str, Any],
) -> Data:
    """Check names, types, shapes, finiteness and sizes; every error names the argument."""
    wanted = {argument.name for argument in arguments} | set(scalars)
    optional = {a.name for a in arguments if a.kind in ("unknown dense", "unknown diagonal")}
    _check_names(wanted, set(given), optional, set(dims))
    sizes = Dimensions(dims)
    values: dict[str, Floats] = {}
    structures: dict[str, sparse.csr_array] = {}
    bound: dict[str, Any] = {}
    for argument in sorted(arguments, key=lambda argument: argument.name not in given):
        value = given.get(argument.name)
        if argument.kind.startswith("unknown"):
            pattern = checked_pattern(
                argument, sizes.shape_of(argument) if value is None else value
            )
            sizes.take(argument, pattern.shape)
            bound[argument.name] = pattern
            structures[argument.name] = _ones_at(pattern)
        elif argument.kind == "sparse":
            matrix = sealed_csr(checked_sparse(argument, value))
            sizes.take(argument, matrix.shape)
            bound[argument.name], values[argument.name] = matrix, matrix.data
            structures[argument.name] = _ones_at(matrix)
        else:
            array = sealed(checked_array(argument, value))
            shape = (array.size, array.size) if argument.kind == "diagonal" else array.shape
            sizes.take(argument, shape)
            bound[argument.name], values[argument.name] = array, array.ravel()
    numbers = {name: checked_scalar(name, given[name]) for name in scalars}
    ordered = tuple(bound[name] for name in unknowns)
    named = sizes.sizes()
    bound |= numbers
    return Data(values, Supports(named, structures), ordered, {**named, **numbers}, bound)


def coefficients(spec: KernelSpec, scalars: Mapping[str, float]) -> dict[str, float]:
    """The named coefficients of a kernel, from the scalar arguments."""
    return {name: evaluate_scalar(source, scalars) for name, source in spec.coefficients}


def evaluate_scalar(source: float | str, scalars: Mapping[str, float]) -> float:
    """A number, or an expression that the generator wrote, at the scalar arguments."""
    if not isinstance(source, str):
        return source
    names = {member(name): value for name, value in scalars.items()}
    try:
        value = float(evaluate(source, names))
    except (ArithmeticError, TypeError, ValueError) as error:  # 1/mu, sqrt(mu), mu**0.5
        shown = _as_given(source, scalars)
        raise ValueError(f"scalars: {shown} at {dict(scalars)}: {error}") from error
    if not math.isfinite(value):
        shown = _as_given(source, scalars)
        raise ValueError(f"scalars: {shown} is {value} at {dict(scalars)}")
    return value


def _as_given(source: str, scalars: Iterable[str]) -> str:
    """An expression in the names of the scalar arguments."""
    return reduce(lambda text, name: text.replace(member(name), name), scalars, source)


def _check_names(
    wanted: set[str], given: set[str], optional: set[str], dims: Collection[str]
) -> None:
    missing, unknown = sorted(wanted - given - optional), sorted(given - wanted)
    if missing or unknown:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"not known {', '.join(unknown)}"] if unknown else []
        sizes = [name for name in unknown if name in dims]
        if sizes:
            shapes = " or ".join(f"{name}=(rows, columns)" for name in sorted(optional))
            shaped = f"; pass {shapes}" if shapes else ""
            parts += [f"the size {sizes[0]} follows from the data{shaped}"]
        options = [name for name in unknown if name in ("backend", "dtype", "threads")]
        if options:
            parts += [
                f"{options[0]} is said once, to problem.bind; another model has another one, and "
                "batches compute in doubles"
            ]
        raise TypeError(f"bind: expected {', '.join(sorted(wanted))}: {'; '.join(parts)}")


def checked_pattern(argument: Argument, value: Any) -> Pattern:
    """The pattern of an unknown."""
    pattern = _as_pattern(argument, value)
    if argument.kind == "unknown dense" and not pattern.is_full:
        raise ValueError(
            f"{argument.name}: declared dense, but the pattern stores {pattern.nnz} of "
            f"{pattern.shape[0] * pattern.shape[1]} entries; declare it with nz.sparse"
        )
    if argument.kind == "unknown diagonal" and not pattern.is_diagonal:
        raise ValueError(f"{argument.name}: declared diagonal, but the pattern is not")
    if argument.symmetric and argument.kind != "unknown diagonal" and not pattern.is_symmetric:
        raise ValueError(
            f"{argument.name}: declared symmetric, but the pattern lets it be otherwise; "
            "pass pattern.symmetric()"
        )
    return pattern


def _as_pattern(argument: Argument, value: Any) -> Pattern:
    if isinstance(value, Pattern):
        return value
    if _is_of_another_copy(value):
        pattern = object.__new__(Pattern)
        pattern.__setstate__([getattr(value, each.name) for each in fields(Pattern)])
        return pattern
    if argument.kind == "unknown":
        if sparse.issparse(value):
            return Pattern.from_scipy(checked_storage(argument.name, value))
        raise TypeError(
            f"{argument.name}: expected a Pattern (or a SciPy sparse matrix whose stored positions "
            f"are meant), got {type(value).__name__}"
        )
    shape = value if isinstance(value, tuple) else _shape_of(argument.name, value)
    diagonal = argument.kind == "unknown diagonal"
    sides = shape * 2 if diagonal and len(shape) == 1 else shape
    if len(sides) != 2:
        raise ValueError(
            f"{argument.name}: expected a shape (rows, columns), a full Pattern or an array, "
            f"got {value!r}"
        )
    try:
        rows, cols = checked_shape(sides)
        pattern = Pattern.diagonal(rows) if diagonal else Pattern.full((rows, cols))
    except (TypeError, ValueError, OverflowError, MemoryError) as error:
        raise type(error)(f"{argument.name}: {error}") from None
    if diagonal and rows != cols:
        raise ValueError(f"{argument.name}: expected a square shape, got {shape}")
    return pattern.symmetric() if argument.symmetric else pattern


def _is_of_another_copy(value: Any) -> bool:
    """Whether a value is a Pattern of nzdiff and of no class here: a package may have its own."""
    if not is_dataclass(value) or type(value).__name__ != Pattern.__name__:
        return False
    return [each.name for each in fields(value)] == [each.name for each in fields(Pattern)]


def _shape_of(name: str, value: Any) -> tuple[int, ...]:
    """Of an array, whose numbers are not looked at; a sparse matrix has one as well."""
    if sparse.issparse(value):
        return tuple(value.shape)
    return real_numbers(name, value, "fiub").shape


def checked_sparse(argument: Argument, value: Any) -> sparse.csr_array:
    """A sparse matrix as finite doubles, sorted CSR without duplicates."""
    if not sparse.issparse(value):
        raise TypeError(
            f"{argument.name}: expected a SciPy sparse matrix, got {type(value).__name__}; "
            "wrap a dense one in scipy.sparse.csr_array or declare it with nz.dense"
        )
    matrix = checked_csr(argument.name, value)
    if matrix.nnz > INDEX_LIMIT:
        raise OverflowError(
            f"{argument.name}: at most {INDEX_LIMIT} stored values, got {matrix.nnz}"
        )
    if argument.symmetric and not _is_symmetric(matrix):
        raise ValueError(f"{argument.name}: declared symmetric, but the matrix is not")
    return matrix


def checked_array(argument: Argument, value: Any) -> Floats:
    """A dense matrix, or a diagonal as a vector, as finite doubles."""
    if sparse.issparse(value):
        wanted = "a vector" if argument.kind == "diagonal" else "an array"
        raise TypeError(
            f"{argument.name}: expected {wanted}, got a sparse matrix; "
            "declare it with nz.sparse, or pass .toarray()"
        )
    array = checked_dense(argument.name, value)
    dimensions = 1 if argument.kind == "diagonal" else 2
    if array.ndim != dimensions:
        what = "the diagonal as a vector" if dimensions == 1 else "two dimensions"
        if array.ndim == 1:
            what += " (a column is value[:, None])"
        raise ValueError(f"{argument.name}: expected {what}, got shape {array.shape}")
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    if argument.symmetric and square and not np.allclose(array, array.T, rtol=1e-12, atol=0):
        raise ValueError(f"{argument.name}: declared symmetric, but the matrix is not")
    return array


def checked_scalar(name: str, value: Any) -> float:
    """A number as a finite double."""
    try:
        array = to_doubles(name, real_numbers(name, value))
    except (TypeError, ValueError) as error:
        advice = f"; {COMPLEX}" if isinstance(value, complex) else ""
        message = f"{name}: expected a finite real number, got {value!r}{advice}"
        raise ValueError(message) from error
    if array.shape != () or not np.isfinite(array):
        raise ValueError(f"{name}: expected a finite real number, got {value!r}")
    return float(array)


def _is_symmetric(matrix: sparse.csr_array) -> bool:
    if matrix.shape[0] != matrix.shape[1]:
        return False
    gap = sparse.csr_array(matrix - matrix.T)
    scale = float(np.abs(matrix.data).max()) if matrix.nnz else 0.0
    pattern = _ones_at(matrix)
    same_pattern = (pattern != sparse.csr_array(pattern.T)).nnz == 0
    return same_pattern and (gap.nnz == 0 or float(np.abs(gap.data).max()) <= 1e-12 * scale)


def _ones_at(stored: Pattern | sparse.csr_array) -> sparse.csr_array:
    """Ones at the stored positions."""
    return sparse.csr_array((np.ones(stored.nnz), stored.indices, stored.indptr), stored.shape)
