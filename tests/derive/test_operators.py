"""What cannot stand in a formula is refused where it is written, and says what to write."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse

import nzdiff as nz

n, m, k = nz.dims("n m k")
A, B, C, L = nz.dense("A", n, n), nz.dense("B", n, m), nz.dense("C", k, m), nz.sparse("L", n, n)
x, E = nz.dense("x", n), np.eye(3)
DATA = "declare a matrix by nz.dense or nz.sparse and bind them by its name"
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "A + 1": (lambda: A + 1, "a matrix and a number"),
    "1 + A": (lambda: 1 + A, "nz.ones"),
    "tr(A) + A": (lambda: nz.trace(A) + A, "nz.ones"),
    "2**L": (lambda: 2**L, "nz.entrywise"),
    "A**B": (lambda: A**A, "exponents are numbers"),
    "1/x": (lambda: 1 / x, "nz.quotient"),
    "exp(L)*A": (lambda: sp.exp(L) * A, r"nz\.exp"),
    "A*sin(A)": (lambda: A * sp.sin(A), r"nz\.sin"),
    "array @ A": (lambda: E @ A, DATA),
    "A @ array": (lambda: A @ E, DATA),
    "A + array": (lambda: A + E, DATA),
    "array + A": (lambda: E + A, DATA),
    "array * (A B)": (lambda: E * (A * B), DATA),
    "A.T @ array": (lambda: A.T @ np.ones(3), DATA),
    "sparse @ A": (lambda: sparse.eye_array(3) @ A, DATA),
    "A @ sparse": (lambda: A @ sparse.eye_array(3), DATA),
    "sparse + A": (lambda: sparse.eye_array(3) + A, DATA),
    "A * list": (lambda: A * [1, 2], DATA),
    "numpy.exp(A)": (lambda: np.exp(A), "functions are nz.exp"),
    "numpy.array(A)": (lambda: np.array(A), DATA),
    "A * str": (lambda: A * "x", "operands are matrices and real numbers"),
    "A + None": (lambda: A + None, "operands are matrices and real numbers"),
    "A * 2j": (lambda: A * 2j, "operands are matrices and real numbers"),
    "A + False": (lambda: A + False, "operands are matrices and real numbers"),
    "A * True": (lambda: A * True, "operands are matrices and real numbers"),
    "abs(A)": (lambda: abs(A), r"nz\.absolute"),
    "A % 2": (lambda: A % 2, "matrices have"),
    "A < B": (lambda: A < L, r"^A < L: not possible; compare the numbers"),
    "0 <= A": (lambda: 0 <= A, r"^A >= 0: "),  # noqa: SIM300
    "A**0.5": (lambda: A**0.5, r"^A\*\*0\.5: not possible; matrices have whole powers; nz\.power"),
    "A**(1/3)": (lambda: A.T ** sp.Rational(1, 3), r"nz\.power"),
    "A**I": (lambda: A**sp.I, "whole powers"),
    "A**(n + 1/2)": (lambda: A ** (n + sp.S.Half), "whole powers"),
    "power(None, 2)": (lambda: nz.power(None, 2), "power: expected a number"),
    "pow(A, 2, 3)": (lambda: pow(A, 2, 3), "takes no remainders"),
    "A @ str": (lambda: A @ "x", r"^@: 'x' in a formula"),
    "A & B": (lambda: A & L, r"^A & L: not possible; matrices have"),
    "1 | A": (lambda: 1 | A, r"^1 \| A: not possible; matrices have"),
    "A ^ 2": (lambda: A ^ 2, r"^A \^ 2: not possible; matrices have"),
    "~A": (lambda: ~A, "matrices have"),
    "A << 1": (lambda: A << 1, "matrices have"),
    "1 >> A": (lambda: 1 >> A, "matrices have"),
    "A // B": (lambda: A // L, r"^A // L: not possible; matrices have"),
    "2 // A": (lambda: 2 // A, r"^2 // A: "),
    "divmod(A, 2)": (lambda: divmod(A, 2), r"^divmod\(A, 2\)"),
    "float(A)": (lambda: float(A), "when data is bound"),
    "int(A + L)": (lambda: int(A + L), "when data is bound"),
    "complex(A)": (lambda: complex(A), "when data is bound"),
    "round(A)": (lambda: round(A, 2), "when data is bound"),
    "math.exp(A)": (lambda: math.exp(A), r"nz\.exp"),
    "math.floor(A)": (lambda: math.floor(A), "when data is bound"),
    "math.ceil(A)": (lambda: math.ceil(A), "when data is bound"),
    "math.trunc(A)": (lambda: math.trunc(A), "when data is bound"),
    "1 in A": (lambda: 1 in A, r"nz\.entry"),
    "A[0, 0] = 1": (lambda: operator.setitem(A, (0, 0), 1), "formulas do not change"),
    "del A[0, 0]": (lambda: operator.delitem(A, (0, 0)), "formulas do not change"),
    "entrywise(math.exp)": (
        lambda: nz.entrywise(math.exp, A),
        r"^entrywise: exp of a symbol fails",
    ),
    "entrywise(np.exp)": (lambda: nz.entrywise(np.exp, A), r"such as sympy\.exp"),
    "entrywise of mu": (lambda: nz.entrywise(math.exp, nz.scalar("mu")), r"sympy\.exp"),
    "map_nonzeros(math)": (lambda: nz.map_nonzeros(math.exp, L), r"sympy\.exp"),
    "entrywise of ifs": (lambda: nz.entrywise(lambda t: t if t > 0 else 0, A), r"sympy\.Max"),
    "entrywise of none": (lambda: nz.entrywise(lambda: 1, A), "expected a function that makes"),
    "hadamard(A, array)": (lambda: nz.hadamard(A, E), "numbers are data"),
    "power(A, str)": (lambda: nz.power(A, "x"), "power: expected a number"),
    "exp(array)": (lambda: nz.exp(E), "expected a number"),
    "entrywise(5)": (lambda: nz.entrywise(5, A), "expected a function"),
    "norm(A, 'fro')": (lambda: nz.norm(A, "fro"), "norm: expected a number"),
    "norm(A, array)": (lambda: nz.norm(A, E), "norm: expected a number"),
    "I + 1": (lambda: nz.identity(n) + 1, "nz.ones"),
    "1 - ones": (lambda: 1 - nz.ones(n, m), "nz.ones"),
    "2 / zeros": (lambda: sp.pi / nz.zeros(n, m), "nz.quotient"),
    "unit(0, A)": (lambda: nz.unit(0, A, n, n), "unit: expected whole numbers"),
    "entry(A, 1/3, 0)": (lambda: nz.entry(A, sp.Rational(1, 3), 0), "whole numbers"),
    "unit(mu, 0)": (lambda: nz.unit(nz.scalar("mu"), 0, n, n), "whole numbers"),
    "entry(A, True, 1)": (lambda: nz.entry(A, True, 1), "whole numbers"),
    "entry(A, A, 1)": (lambda: nz.entry(A, A, 1), "whole numbers"),
    "entry(A, 0.5, 1)": (lambda: nz.entry(A, 0.5, 1), "whole numbers"),
    "wrt array": (lambda: nz.Problem(nz.sumsq(A), wrt=E), "^wrt: expected a matrix"),
    "wrt str": (lambda: nz.Problem(nz.sumsq(A), wrt="A"), "^wrt: expected a matrix"),
    "wrt pair": (lambda: nz.Problem(nz.sumsq(A), wrt=(A, 3)), "^wrt: expected a matrix"),
}
SHAPES: dict[str, Callable[[], Any]] = {
    "exp(L)*C": lambda: nz.exp(L) * C,
    "A*eye": lambda: A * sp.eye(3),
    "eye*A": lambda: sp.eye(3) * A,
    "A*A*eye": lambda: A * A * sp.eye(3),
    "A.T*eye": lambda: A.T * sp.eye(3),
    "A^-1*eye": lambda: A.inv() * sp.eye(3),
    "(A + L)*eye": lambda: (A + L) * sp.Matrix.eye(3),
    "A + zeros": lambda: A + sp.zeros(3, 3),
    "A - B": lambda: A - B,
    "xᵀAx B": lambda: x.T * A * x * B,
    "B**2": lambda: B**2,
    "B^-1": B.inv,
    "inv(B)": lambda: nz.inv(B),
    "tr(B)": lambda: nz.trace(B),
    "det(B)": lambda: nz.det(B),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_stand_in_a_formula_is_a_type_error_of_ours(name: str) -> None:
    make, advice = REFUSED[name]
    with pytest.raises(TypeError, match=advice) as error:
        make()
    assert "nzdiff" in traceback.extract_tb(error.tb)[-1].filename


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit_are_a_value_error_at_once(name: str) -> None:
    with pytest.raises(ValueError, match=r"shapes do not fit|expected a square matrix"):
        SHAPES[name]()


@pytest.mark.parametrize("key", ["a", (0.5, 1), ("a", 1), (0, 1, 2), None])
def test_entries_take_two_whole_numbers(key: Any) -> None:
    with pytest.raises(IndexError, match="expected"):
        A[key]


def test_numbers_of_numpy_are_factors() -> None:
    for two in (np.float64(2), np.int64(2), np.float32(2), np.array(2.0)):
        assert two * A == 2.0 * A
        assert A * two in (2 * A, 2.0 * A)
        assert A / two in (A / 2, 0.5 * A)
    assert A / np.float64(4) == 0.25 * A
    assert nz.power(A, np.array(2.0)) == nz.power(A, 2.0) and nz.exp(np.array(0)) == 1
    assert sum([A, L]) == A + L
    assert nz.Problem(np.float64(0.5) * nz.sumsq(A), wrt=A).energy == nz.sumsq(A) / 2


def test_a_matrix_of_numbers_that_fits_is_named_by_the_problem() -> None:
    H = nz.dense("H", 2, n)
    with pytest.raises(nz.UnsupportedNodeError, match=r"declare the matrix by nz\.dense"):
        nz.Problem(nz.sumsq(sp.Matrix([[1, 2]]) * H), wrt=H)
    M = nz.dense("M", 2, 2)
    assert M * sp.eye(2) == M


def test_what_is_put_together_equals_what_sympy_makes() -> None:
    made = [A * B, A + L, A**2, A.T, A.inv(), 2 * A, (A * B).T, A - L]
    plain = [
        *(sp.MatMul(A, B), sp.MatAdd(A, L), sp.MatPow(A, 2), sp.Transpose(A), sp.Inverse(A)),
        *(sp.MatMul(2, A), sp.MatMul(sp.Transpose(B), sp.Transpose(A))),
        sp.MatAdd(A, sp.MatMul(-1, L)).doit(),
    ]
    for left, right in zip(made, plain, strict=True):
        assert left == right and right == left and hash(left) == hash(right)
        assert {left: 1}[right] == 1
        assert copy.deepcopy(left) == left and pickle.loads(pickle.dumps(left)) == left


LARGE: dict[str, Callable[[], Any]] = {
    "3^(10^300)": lambda: nz.power(3, 10**300),
    "3^-(10^300)": lambda: nz.power(3, -(10**300)),
    "(1/3)^(10^9)": lambda: nz.power(sp.Rational(1, 3), 10**9),
    "(2 mu)^(10^15)": lambda: nz.power(2 * nz.scalar("mu"), 10**15),
    "A^(10^300)": lambda: nz.power(A, 10**300),
    "SymPy's own": lambda: nz.Problem(nz.trace(A) ** (2**53 + 1), wrt=A),
    "of entries": lambda: nz.Problem(nz.norm(A, 10**300), wrt=A),
    "of a matrix": lambda: nz.Problem(nz.trace(A ** (10**300)), wrt=A),
    "of an inverse": lambda: nz.Problem(nz.trace(A**-100_000), wrt=A),
}


@pytest.mark.parametrize("name", LARGE)
def test_powers_that_would_take_for_ever_are_refused_quickly(name: str) -> None:
    with pytest.raises((ValueError, nz.UnsupportedNodeError), match=r"2\*\*53|digits|written out"):
        LARGE[name]()


def test_powers_that_can_be_computed_are() -> None:
    assert nz.power(3, 40) == 3**40
    assert nz.power(1, 10**9) == 1
    assert nz.power(2.0, 0.5) == sp.Float(2.0) ** 0.5
    assert nz.Problem(nz.trace(A**2.0), wrt=A).energy == nz.Problem(nz.trace(A * A), wrt=A).energy


@pytest.mark.parametrize("left", [True, False])
def test_a_product_by_sympys_own_constructor_keeps_an_identity_of_another_size(left: bool) -> None:
    factors = (sp.eye(3), L) if left else (L, sp.eye(3))
    with pytest.raises(ValueError, match="shapes do not fit"):
        nz.Problem(nz.sumsq(sp.MatMul(*factors)), wrt=L)


NO_VALUE: dict[str, Callable[[], Any]] = {
    "A * nan": lambda: A * float("nan"),
    "oo * A": lambda: sp.oo * A,
    "A / infinity": lambda: A / float("inf"),
    "A**(10**400)": lambda: nz.power(A, 10**400),
    "exp(nan)": lambda: nz.exp(float("nan")),
}


@pytest.mark.parametrize("name", NO_VALUE)
def test_numbers_that_are_not_finite_are_refused_where_they_are_written(name: str) -> None:
    with pytest.raises(ValueError, match="expected a finite number within doubles"):
        NO_VALUE[name]()


def test_a_size_that_is_negative_for_every_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="size of at least 0, got -n"):
        nz.ones(-n, m)


@pytest.mark.parametrize("place", [(2, 0), (-1, 0), (0, m), (0, m + 3)])
def test_an_entry_outside_is_refused_whatever_the_matrix(place: tuple[Any, Any]) -> None:
    for matrix in (nz.zeros(2, m), nz.ones(2, m), nz.dense("F", 2, m)):
        with pytest.raises(IndexError, match=r"outside of a matrix of shape 2 × m"):
            nz.entry(matrix, *place)
    with pytest.raises(IndexError, match=r"unit \(0, 0\): outside of a matrix of shape 0 × 2"):
        nz.unit(0, 0, 0, 2)


def test_zeros_and_ones_have_no_inverse() -> None:
    for singular in (nz.zeros(m, m), nz.ones(2, 2)):
        with pytest.raises(ValueError, match="has no inverse"):
            nz.inv(singular)


MADE: dict[str, Callable[[], Any]] = {
    "hstack": lambda: nz.hstack(A, B),
    "vstack": lambda: nz.vstack(B, C),
    "kron": lambda: nz.kron(A, B),
    "kron of identities": lambda: nz.kron(nz.identity(n), nz.identity(m)),
    "inv of SymPy's own": lambda: nz.inv(sp.MatMul(A, L)),
    "vec": lambda: nz.vec(A),
    "unvec": lambda: nz.unvec(nz.vec(A), n, n),
    "diag": lambda: nz.diag(x),
    "diag_of": lambda: nz.diag_of(A),
    "hadamard": lambda: nz.hadamard(A, L),
    "quotient": lambda: nz.quotient(A, L),
    "mask": lambda: nz.mask(A, L),
    "unit": lambda: nz.unit(0, 0, n, n),
    "commutation": lambda: nz.commutation(n, m),
    "exp": lambda: nz.exp(A),
    "map_nonzeros": lambda: nz.map_nonzeros(nz.exp, L),
    "(A*B).T": lambda: (A * B).T,
    "A.inv().T": lambda: A.inv().T,
    "-A": lambda: -A,
}


@pytest.mark.parametrize("name", MADE)
def test_every_matrix_that_nzdiff_makes_checks_its_operands(name: str) -> None:
    matrix: Any = MADE[name]()
    eye: Any = sp.eye(3)
    for left, right in ((eye, matrix), (matrix.T, eye)):
        with pytest.raises(ValueError, match="shapes do not fit"):
            operator.mul(left, right)
    with pytest.raises(TypeError, match="numbers are data"):
        operator.add(matrix, np.eye(3))


def test_a_sum_that_begins_with_zero_keeps_its_signs() -> None:
    assert sum([A, A], 0) == 2 * A
    assert A - 0 == A
    assert 0 - A == -A
    assert 0 + A == A + 0 == A
