"""Other numbers for data that was bound: checked as `bind` checks them, of the same patterns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.arrays import sealed
from nzdiff.runtime.data.check import Data, checked_array, checked_scalar, checked_sparse
from nzdiff.runtime.data.spec import Argument
from nzdiff.storage import sealed_csr


def updated(
    data: Data,
    arguments: Iterable[Argument],
    unknowns: Collection[str],
    scalars: Collection[str],
    given: Mapping[str, Any],
) -> Data:
    """The data with other matrices and scalars in it.

    Raises TypeError for names that cannot be updated and for values of another kind, ValueError for
    other shapes, patterns, or numbers that are not finite; every error names the argument.
    """
    described = {argument.name: argument for argument in arguments}
    _check_names(given, unknowns, {*described, *scalars})
    values, bound, numbers = dict(data.values), dict(data.bound), dict(data.scalars)
    for name, value in given.items():
        if name in scalars:
            bound[name] = numbers[name] = checked_scalar(name, value)
        elif described[name].kind == "sparse":
            matrix = sealed_csr(_same_pattern(described[name], value, data.bound[name]))
            bound[name], values[name] = matrix, matrix.data
        else:
            array = sealed(_same_shape(described[name], value, data.bound[name]))
            bound[name], values[name] = array, array.ravel()
    return replace(data, values=values, bound=bound, scalars=numbers)


def _check_names(given: Mapping[str, Any], unknowns: Collection[str], names: set[str]) -> None:
    for name in filter(unknowns.__contains__, given):
        raise TypeError(
            f"update: {name} is an unknown, whose values are g; another pattern of it is bound by "
            f"rebind({name}=…)"
        )
    known = sorted(names - set(unknowns))
    other = sorted(set(given) - set(known))
    if other:
        raise TypeError(
            f"update: not known {', '.join(other)}; expected some of {', '.join(known) or 'none'}"
        )


def _same_pattern(argument: Argument, value: Any, bound: sparse.csr_array) -> sparse.csr_array:
    matrix, name = checked_sparse(argument, value), argument.name
    _check_shape(name, matrix.shape, bound.shape)
    alike = matrix.nnz == bound.nnz and np.array_equal(matrix.indptr, bound.indptr)
    if not (alike and np.array_equal(matrix.indices, bound.indices)):
        raise ValueError(
            f"{name}: expected the pattern that was bound, with {bound.nnz} stored values, got "
            f"another one, with {matrix.nnz}; rebind({name}=…) takes it"
        )
    return matrix


def _same_shape(argument: Argument, value: Any, bound: Any) -> Any:
    array = checked_array(argument, value)
    _check_shape(argument.name, array.shape, bound.shape)
    return array


def _check_shape(name: str, shape: tuple[int, ...], bound: tuple[int, ...]) -> None:
    if shape != bound:
        raise ValueError(
            f"{name}: expected shape {bound}, which was bound, got {shape}; rebind takes "
            "other sizes"
        )
