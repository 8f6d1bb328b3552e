"""x[at], X[:, cols], X[2:5, ::2]: rows and columns picked by matrices of zeros and ones.

X[rows, :] is S X where row t of S is that of the identity at rows[t]; a range without steps is
[0 I 0] X, so that its ends may be formulas (x[1:n]).  Indices may repeat.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.nodes import Selection, Shift, Unit
from nzdiff.derive.language.operators import own, unboxed

SUBMATRIX = "X[rows, :][:, cols] is the submatrix, nz.entry(X, i, j) an entry"


def picked(matrix: MatrixExpr, key: Any) -> Any:
    """Entries, rows and columns of a matrix: of a column x, x[i] is a number.

    Raises IndexError for what lies outside and for what is no index.
    """
    keys = tuple(map(unboxed, key if isinstance(key, tuple) else (key,)))
    if len(keys) > 2 or not keys:
        raise _no_index(matrix, key, "one or two indices")
    rows, cols = (*keys, slice(None))[:2]
    if len(keys) == 1 and matrix.cols == 1 and _is_place(rows):
        cols = 0
    if _is_place(rows) and _is_place(cols):
        i, j = _place(matrix, key, rows, matrix.rows), _place(matrix, key, cols, matrix.cols)
        return sp.Trace(Unit(j, i, matrix.cols, matrix.rows) * matrix)
    lists = [_flat(part, axis) for axis, part in enumerate((rows, cols))]
    if all(isinstance(part, list) for part in lists) and not _crossed(rows, cols):
        raise _no_index(matrix, key, f"a list beside a slice; {SUBMATRIX}")
    left = _selected(matrix, key, lists[0], matrix.rows)
    right = _selected(matrix, key, lists[1], matrix.cols)
    product = matrix if left is None else left * matrix
    return product if right is None else own(product * right.T)


def indices_of(places: Str) -> tuple[int, ...]:
    """The indices that a selection holds as text."""
    return tuple(map(int, str(places).split()))


def _selected(matrix: MatrixExpr, key: Any, part: Any, size: Any) -> Any:
    """What picks rows of a matrix with `size` rows; None where that is all of them."""
    if isinstance(part, slice):
        return _range(matrix, key, part, size)
    if isinstance(part, list):
        places = _places(matrix, key, part, size)
        return Selection(Str(" ".join(map(str, places))), sp.Integer(len(places)), size)
    place = _place(matrix, key, part, size)
    return Shift(1, size, place)


def _places(matrix: MatrixExpr, key: Any, part: list[Any], size: Any) -> list[int]:
    """A list of indices, or of one truth value for each row, as indices counted from 0."""
    if part and all(isinstance(place, bool) for place in part):
        if size != len(part):
            raise _no_index(matrix, key, f"as many truth values as the size {size}")
        return [place for place, keep in enumerate(part) if keep]
    if not all(map(_is_whole, part)):
        raise _no_index(matrix, key, "whole numbers in a list, counted from 0")
    ends = [_place(matrix, key, end(part), size) for end in (min, max) if part]
    if not all(end.is_Integer for end in ends):
        raise _no_index(matrix, key, "indices of at least 0, as the size is no number")
    return [int(place if place >= 0 else size + place) for place in part]


def _range(matrix: MatrixExpr, key: Any, part: slice, size: Any) -> Any:
    """The rows of a slice; its ends and the size may be formulas where it has no step."""
    if part.step not in (None, 1):
        if not size.is_Integer or any(_is_formula(end) for end in (part.start, part.stop)):
            raise _no_index(matrix, key, "a size that is a number beside a step")
        try:
            return _selected(matrix, key, list(range(*part.indices(int(size)))), size)
        except (TypeError, ValueError) as error:
            raise _no_index(matrix, key, "whole numbers in a slice") from error
    first = _end(matrix, key, part.start, size, sp.Integer(0))
    last = _end(matrix, key, part.stop, size, size)
    if (last - first).is_negative:
        last = first
    if first == 0 and last == size:
        return None
    return Shift(sp.expand(last - first), size, first)


def _end(matrix: MatrixExpr, key: Any, end: Any, size: Any, default: Any) -> Any:
    """An end of a slice from 0 to size, as Python cuts it where both are numbers."""
    if end is None:
        return default
    if not _is_place(end):
        raise _no_index(matrix, key, "whole numbers or sizes in a slice")
    found = sp.expand(sp.sympify(end))
    found = size + found if found.is_negative else found
    if found.is_negative:
        return sp.Integer(0)
    return size if (size - found).is_negative else sp.expand(found)


def _place(matrix: MatrixExpr, key: Any, place: Any, size: Any) -> Any:
    """An index counted from 0; IndexError where it lies outside."""
    if not _is_place(place):
        raise _no_index(matrix, key, "whole numbers counted from 0")
    found = sp.sympify(place)
    inside = sp.expand(size + found) if found.is_negative else found
    if inside.is_negative or (size - inside).is_nonpositive:
        raise IndexError(f"{matrix}[{_shown(key)}]: {found} is outside of {_shape(matrix)}")
    return inside


def _flat(part: Any, axis: int) -> Any:
    """An array of indices or of truth values as a list; np.ix_ gives one along each axis."""
    if hasattr(part, "ravel") and getattr(part, "shape", ()) != ():
        if part.ndim > 2 or (part.ndim == 2 and part.shape[1 - axis] != 1):
            return part
        part = part.ravel().tolist()
    return list(part) if isinstance(part, range) else part


def _crossed(rows: Any, cols: Any) -> bool:
    """Whether two lists are those of np.ix_, each along its own axis."""
    return getattr(rows, "ndim", 1) == 2 and getattr(cols, "ndim", 1) == 2


def _is_place(value: Any) -> bool:
    if isinstance(value, sp.Expr):
        return value.is_integer is True
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (Integral, sp.Integer)) and not isinstance(value, bool)


def _is_formula(end: Any) -> bool:
    return isinstance(end, sp.Expr) and not end.is_Integer


def _no_index(matrix: MatrixExpr, key: Any, expected: str) -> IndexError:
    return IndexError(f"{matrix}[{_shown(key)}]: expected {expected}")


def _shown(key: Any) -> str:
    """An index as it was typed; a long one cut."""
    if isinstance(key, tuple):
        return ", ".join(map(_shown, key))
    if isinstance(key, slice):
        ends = ["" if end is None else str(end) for end in (key.start, key.stop)]
        return ":".join(ends) + ("" if key.step is None else f":{key.step}")
    shown = str(key) if isinstance(key, sp.Basic) else repr(key)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"


def _shape(matrix: MatrixExpr) -> str:
    return f"a matrix of shape {matrix.rows} × {matrix.cols}, counted from 0"
