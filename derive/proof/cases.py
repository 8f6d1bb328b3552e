"""Numbers that depend on comparisons: which case holds, entry by entry."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

Array = Any


class Cases:
    """Which of several values a number has, by comparisons of real parts."""

    def compared(self, relation: Any, left: Array, right: Array) -> Array:
        """Where a comparison holds."""
        holds = COMPARISONS[relation]
        return np.frompyfunc(lambda x, y: holds(x.real, y.real), 2, 1)(left, right)

    def joined(self, kind: Any, parts: list[Array]) -> Array:
        """Conditions joined by `and` or `or`, or turned by `not`."""
        return reduce(JOINED[kind], parts) if len(parts) > 1 else JOINED[kind](*parts)

    def chosen(self, conditions: list[Array], values: list[Array]) -> Array:
        """The value of the first condition that holds, entry by entry; the last one always does."""

        def found(*entries: Any) -> Any:
            count = len(conditions)
            return next(v for c, v in zip(entries[:count], entries[count:], strict=True) if c)

        return np.frompyfunc(found, 2 * len(values), 1)(*conditions, *values)


COMPARISONS: dict[Any, Callable[[Any, Any], bool]] = {
    sp.StrictGreaterThan: operator.gt,
    sp.GreaterThan: operator.ge,
    sp.StrictLessThan: operator.lt,
    sp.LessThan: operator.le,
}
JOINED: dict[Any, Any] = {sp.And: np.logical_and, sp.Or: np.logical_or, sp.Not: np.logical_not}
