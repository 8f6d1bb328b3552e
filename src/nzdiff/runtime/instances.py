"""Data of many instances of one problem: what they share, and what each has of its own.

Where instances have patterns of their own, all are bound to the union of these, and `stored` says
which of its positions are whose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.arrays import checked_dense
from nzdiff.pattern import Pattern
from nzdiff.runtime.data.check import Data, checked_pattern, checked_sparse
from nzdiff.runtime.data.spec import Argument

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_AXES = {"dense": 2, "diagonal": 1, "scalar": 0}
"""How many axes the numbers of one instance have."""


@dataclass(frozen=True, slots=True)
class Instances:
    """Data taken apart: what `Problem.bind` takes of the first instance, and what differs.

    own: (N, count) stored numbers by name, where each instance has its own.  stored: (N, count)
    flags of the union's positions in CSR order by name, where each has its own pattern.  count: N,
    or None where all data is shared.
    """

    first: dict[str, Any]
    own: dict[str, Floats]
    stored: dict[str, Flags]
    count: int | None

    def with_others(self, others: Instances) -> Instances:
        """The same with some data given anew."""
        kept = {name: own for name, own in self.own.items() if name not in others.first}
        stored = {name: own for name, own in self.stored.items() if name not in others.first}
        own, flags = {**kept, **others.own}, {**stored, **others.stored}
        count = _count({**own, **flags})
        return Instances({**self.first, **others.first}, own, flags, count)


def split_instances(
    arguments: tuple[Argument, ...], scalars: tuple[str, ...], given: Mapping[str, Any]
) -> Instances:
    """Tell what is shared from what has a leading axis of instances; check the latter.

    A sparse matrix of which each instance has its own values is a pair (pattern, values); patterns,
    or sparse matrices, that differ are a list.
    """
    described = {argument.name: argument for argument in arguments}
    first, own, stored = dict(given), dict[str, Floats](), dict[str, Flags]()
    for name, value in given.items():
        argument = described.get(name)
        kind = argument.kind if argument is not None else "scalar" if name in scalars else ""
        if argument is not None and isinstance(value, list) and kind in ("sparse", "unknown"):
            if kind == "sparse":
                first[name], own[name], stored[name] = _matrices(argument, value)
            else:
                first[name], stored[name] = _patterns(argument, value)
        elif kind == "sparse" and isinstance(value, tuple):
            pattern, stack = _pair(name, value)
            own[name] = _expand(pattern, stack)
            first[name] = pattern.to_csr(stack[0])
        elif kind in _AXES and np.ndim(value) == _AXES[kind] + 1:
            stack = _checked(name, value)
            own[name] = stack.reshape(len(stack), -1)
            first[name] = stack[0] if kind != "scalar" else float(stack[0])
            if argument is not None and argument.symmetric and kind == "dense":
                _check_symmetric(name, stack)
    return Instances(first, own, stored, _count({**own, **stored}))


def _count(stacks: Mapping[str, NDArray[Any]]) -> int | None:
    counts = {name: len(stack) for name, stack in stacks.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{count} of {name}" for name, count in counts.items())
        raise ValueError(f"bind_batch: expected one number of instances, got {found}")
    return next(iter(counts.values()), None)


def instance_of(data: Data, instances: Instances, place: int) -> Data:
    """The data of one instance on the same patterns, from that of the first one."""
    own = {name: part[place] for name, part in instances.own.items()}
    scalars = {name: float(own[name][0]) for name in data.scalars if name in own}
    values = {name: np.ascontiguousarray(own[name]) for name in own if name not in scalars}
    return replace(data, values={**data.values, **values}, scalars={**data.scalars, **scalars})


def given_to(instances: Instances, place: int) -> dict[str, Any]:
    """What `Problem.bind` takes of one instance, with its own patterns."""
    found = dict(instances.first)
    for name in {*instances.own, *instances.stored}:
        own, flags = instances.own.get(name), instances.stored.get(name)
        values, whole = None if own is None else own[place], found[name]
        if flags is not None:
            found[name] = _part(whole, flags[place], values)
        elif sparse.issparse(whole):
            found[name] = sparse.csr_array((values, whole.indices, whole.indptr), whole.shape)
        else:
            assert values is not None
            found[name] = values.reshape(np.shape(whole))
    return found


def values_of(pattern: Pattern, stored: Flags) -> Flags:
    """Which values of g of a union each instance has, (N, size), from its stored positions."""
    if pattern.matrix is None:
        return stored[:, pattern.slots]
    return np.asarray((pattern.adjoint @ stored.T).T != 0)


def _part(whole: Any, flags: Flags, values: Floats | None) -> Any:
    """A pattern or a matrix, of some of the positions of a union."""
    rows = np.repeat(np.arange(whole.shape[0]), np.diff(whole.indptr))[flags]
    cols = whole.indices[flags]
    if values is not None:
        return sparse.csr_array((values[flags], (rows, cols)), shape=whole.shape)
    pattern = Pattern((rows, cols), whole.shape)
    return pattern if whole.matrix is None else pattern.symmetric()


def _patterns(argument: Argument, values: Sequence[Any]) -> tuple[Pattern, Flags]:
    """The union of the patterns of an unknown, plain or all of them symmetric."""
    found = [_each(argument, checked_pattern, i, value) for i, value in enumerate(values)]
    (rows, cols), shape, stored = _union(argument.name, found)
    union = Pattern((rows, cols), shape)
    if all(each.matrix is None for each in found):
        return union, stored
    others = [i for i, each in enumerate(found) if not _is_mirrored(each)]
    if others:
        tied = [i for i in others if found[i].matrix is not None]
        what = "other ties or fixed values" if tied else "positions alone beside symmetric ones"
        raise TypeError(
            f"{argument.name}: expected patterns of positions alone, or all of them symmetric, "
            f"got {what} in the one of instance {(tied or others)[0]}; bind such instances one by "
            "one, with problem.bind"
        )
    return union.symmetric(), stored


def _is_mirrored(pattern: Pattern) -> bool:
    """Whether it is `symmetric()` of its positions."""
    if pattern.matrix is None or pattern.offset is not None or not pattern.is_symmetric:
        return False
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    other = Pattern((rows, pattern.indices), pattern.shape).symmetric().matrix
    own = pattern.matrix
    return bool(own.shape == other.shape and (own != other).nnz == 0)


def _matrices(argument: Argument, values: Sequence[Any]) -> tuple[sparse.csr_array, Floats, Flags]:
    """Sparse matrices on the union of their patterns."""
    found = [_each(argument, checked_sparse, i, value) for i, value in enumerate(values)]
    (rows, cols), shape, stored = _union(argument.name, found)
    own = np.zeros(stored.shape)
    own[stored] = np.concatenate([matrix.data for matrix in found])
    return sparse.csr_array((own[0], (rows, cols)), shape=shape), own, stored


def _each(argument: Argument, check: Any, place: int, value: Any) -> Any:
    try:
        return check(argument, value)
    except (TypeError, ValueError, OverflowError) as error:
        raise type(error)(f"{error} (instance {place} of {argument.name})") from None


def _union(
    name: str, found: Sequence[Any]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], tuple[int, int], Flags]:
    """Rows and columns of the union's positions, and which of them each one stores."""
    if not found:
        raise ValueError(f"{name}: expected at least one instance, got an empty list")
    shapes = {each.shape for each in found}
    if len(shapes) > 1:
        raise ValueError(f"{name}: expected one shape of all instances, got {sorted(shapes)}")
    (shape,) = shapes
    keys = [
        np.repeat(np.arange(shape[0], dtype=np.int64), np.diff(each.indptr)) * shape[1]
        + each.indices
        for each in found
    ]
    union = np.unique(np.concatenate(keys))
    stored = np.zeros((len(found), union.size), dtype=bool)
    for flags, own in zip(stored, keys, strict=True):
        flags[np.searchsorted(union, own)] = True
    width = max(shape[1], 1)
    return (union // width, union % width), shape, stored


def _pair(name: str, value: tuple[Any, ...]) -> tuple[Pattern, Floats]:
    if len(value) != 2 or not isinstance(value[0], Pattern):
        raise TypeError(
            f"{name}: expected a SciPy sparse matrix, which all instances share, a pair (Pattern, "
            "values of shape (N, size)), or a list of N sparse matrices, got a tuple of "
            f"{', '.join(type(part).__name__ for part in value)}"
        )
    pattern, stack = value[0], _checked(name, value[1])
    if stack.ndim != 2 or stack.shape[1] != pattern.size:
        raise ValueError(f"{name}: expected values of shape (N, {pattern.size}), got {stack.shape}")
    return pattern, stack


def _expand(pattern: Pattern, stack: Floats) -> Floats:
    """Stored values of each instance in CSR order."""
    return np.stack([pattern.expand(values) for values in stack])


def _checked(name: str, value: Any) -> Floats:
    array = checked_dense(name, value)
    if array.shape[0] == 0:
        raise ValueError(f"{name}: expected at least one instance, got shape {array.shape}")
    return array


def _check_symmetric(name: str, stack: Floats) -> None:
    if not np.allclose(stack, stack.swapaxes(-1, -2), rtol=1e-12, atol=0):
        raise ValueError(f"{name}: declared symmetric, but the matrices are not")
