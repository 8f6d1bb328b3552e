"""SymPy expressions as the entries of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.matrices import DomainMatrix

from nzdiff.derive.proof.arithmetic import Array, Entries, filled

LARGEST = 3
"""The size up to which symbolic matrices are inverted by cofactors."""


class Symbols(Entries):
    """SymPy expressions."""

    def compared(self, relation: Any, left: Array, right: Array) -> Array:
        """The comparisons themselves."""
        return np.frompyfunc(relation, 2, 1)(left, right)

    def joined(self, kind: Any, parts: list[Array]) -> Array:
        """As SymPy joins them."""
        return np.frompyfunc(kind, len(parts), 1)(*parts)

    def chosen(self, conditions: list[Array], values: list[Array]) -> Array:
        """The cases themselves."""

        def found(*entries: Any) -> Any:
            count = len(conditions)
            return sp.Piecewise(*zip(entries[count:], entries[:count], strict=True))

        return np.frompyfunc(found, 2 * len(values), 1)(*conditions, *values)

    def number(self, number: Any) -> Any:
        """The number itself."""
        return sp.sympify(number)

    def function(self, function: Any, arrays: list[Array]) -> Array:
        """Entry by entry."""
        return np.frompyfunc(function, len(arrays), 1)(*arrays)

    def power(self, base: Array, exponent: Any) -> Array:
        """Entry by entry."""
        return np.frompyfunc(lambda x: x**exponent, 1, 1)(base)

    def inverse(self, matrix: Array) -> Array:
        """By cofactors; a large one, of rational functions, by elimination in their field."""
        if len(matrix) > LARGEST:
            found = DomainMatrix.from_Matrix(sp.Matrix(matrix)).to_field()
            if found.det() == found.domain.zero:
                raise ZeroDivisionError("the matrix is singular")
            return filled(list(found.inv().to_Matrix()), matrix.shape)
        determinant = sp.expand(self.determinant(matrix))
        if determinant == 0:
            raise ZeroDivisionError("the matrix is singular")
        cofactors = sp.Matrix(matrix).adjugate()
        return filled(list(cofactors / determinant), matrix.shape)

    def determinant(self, matrix: Array) -> Any:
        """By minors."""
        return sp.Matrix(matrix).det(method="berkowitz")
