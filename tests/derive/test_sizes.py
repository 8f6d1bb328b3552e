"""What is no size is refused where it is given, in words of the argument."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz

NO_SIZES = [
    None,
    float("nan"),
    float("inf"),
    2j,
    2.0,
    "n",
    True,
    np.ones(2),
    [3],
    {},
    sp.Rational(1, 2),
]
DECLARE = [
    lambda size: nz.dense("A", size, 3),
    lambda size: nz.dense("A", 3, size),
    lambda size: nz.sparse("A", size, size),
    lambda size: nz.diagonal("A", size),
    nz.identity,
    nz.ones,
    lambda size: nz.zeros(3, size),
    lambda size: nz.unit(0, 0, size, 3),
    lambda size: nz.commutation(size, 2),
    lambda size: nz.unvec(nz.dense("x", 6), size, 2),
]


@pytest.mark.parametrize("declare", DECLARE)
@pytest.mark.parametrize("size", NO_SIZES, ids=repr)
def test_what_is_no_size_is_a_type_error(declare: Any, size: Any) -> None:
    with pytest.raises(TypeError, match=r"^(A|\w+): expected a "):
        declare(size)


@pytest.mark.parametrize("declare", DECLARE)
def test_dims_is_a_tuple_and_the_error_says_so(declare: Any) -> None:
    with pytest.raises(TypeError, match=re.escape('write (n,) = nz.dims("n")')):
        declare(nz.dims("n"))


@pytest.mark.parametrize("declare", DECLARE[:9])
def test_sizes_are_neither_negative_nor_huge(declare: Any) -> None:
    with pytest.raises(ValueError, match="at least 0, got -1"):
        declare(-1)
    with pytest.raises(OverflowError, match="32-bit"):
        declare(10**30)


def test_symbols_that_are_no_dimensions_are_refused() -> None:
    for size in (sp.Symbol("n"), nz.scalar("mu"), sp.oo, sp.nan, sp.I):
        with pytest.raises(TypeError, match=r"declared by nz\.dims"):
            nz.dense("A", size, 2)


def test_whole_numbers_of_numpy_are_sizes() -> None:
    assert nz.dense("A", np.int64(3), np.int32(2)).shape == (3, 2)
    assert nz.identity(nz.dims("n")[0] * 2).rows == 2 * nz.dims("n")[0]


def test_elementwise_takes_sizes_of_its_dimensions_alone() -> None:
    (n,) = nz.dims("n")
    A = nz.dense("A", n, n)
    derivation = nz.Problem(nz.sumsq(A), wrt=A).derive()
    for dims in ({}, {"m": 2}):
        with pytest.raises(ValueError, match="expected sizes of n and patterns of A"):
            derivation.elementwise(dims)
    with pytest.raises(TypeError, match="n: expected a whole number"):
        derivation.elementwise({"n": True})
    with pytest.raises(ValueError, match="expected sizes of n"):
        derivation.elementwise({"n": 2}, B=nz.Pattern.full((2, 2)))
