"""Notations of papers and MATLAB: read as they are meant there, or refused with what to write."""

from typing import Any

import pytest

import nzdiff as nz
from nzdiff.derive.calculus.canonical import canonical
from nzdiff.derive.language.notation import text
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.parse import read, read_formula

n, m = nz.dims("n m")
c, B = nz.scalar("c"), nz.dense("B", n, n)
A, X, x, b = nz.dense("A", n, n), nz.dense("X", n, m), nz.dense("x", n), nz.dense("b", n)
KNOWN = (A, B, c, X, x, b, n, m)

WRITTEN: dict[str, Any] = {
    "‖A x − b‖₂²": nz.sumsq(A * x - b),
    "‖x‖₁ + ‖x‖₂ + ‖b‖₃": nz.norm(x, 1) + nz.norm(x) + nz.norm(b, 3),
    "‖X‖_F²": nz.sumsq(X),
    "‖X‖²_F": nz.sumsq(X),
    "‖X‖^2_F": nz.sumsq(X),
    "‖X‖^{2}_{F}": nz.sumsq(X),
    "‖x‖_2²": nz.sumsq(x),
    "||X||_F^2 + ||x||_2^2": nz.sumsq(X) + nz.sumsq(x),
    "‖x‖₂ ‖b‖₂": nz.norm(x) * nz.norm(b),
    "‖x'‖₂ + norm(x)": nz.norm(x.T) + nz.norm(x),
    "‖X‖² + norm2(X)^2 + normF(X)^2": 3 * nz.sumsq(X),
    "norm(X, 'fro')^2 + norm(X,\"fro\")": nz.sumsq(X) + nz.norm(X),
    "sum(2.^x) + sum(c.^x)": nz.total(nz.exp(nz.log(2) * x)) + nz.total(nz.exp(nz.log(c) * x)),
    "tr(A/B)": nz.trace(A * B.inv()),
    "sum(sum(X))": nz.total(X),
    "norm(x, 1) + norm(x, 2)": nz.norm(x, 1) + nz.norm(x),
}


@pytest.mark.parametrize("formula", WRITTEN)
def test_it_is_read_as_it_is_meant(formula: str) -> None:
    assert canonical(read(formula, KNOWN)[0]) == canonical(WRITTEN[formula])


REFUSED = {
    "1 + norm(X)": ("largest singular value elsewhere.*write normF", 4),
    "norm(X, 2)": ("largest singular value", 0),
    "‖A X‖_2": ("largest singular value", 0),
    "‖X‖₂²": ("largest singular value", 0),
    "norm(X, 1)": ("largest sum of a column", 0),
    "‖X‖₁": ("largest sum of a column", 0),
    "norm(x, inf)": ("‖·‖_∞ is not derived", 0),
    "sum(x.^x)": ("expected a number as base or as exponent", 7),
    "x'*x/A": ("expected a number to divide by", 5),
    "Σ x": ("Σ: no sum; write sum", 0),
    "2 Σ x": ("Σ: no sum; write sum", 2),
    "Σ_i x[i]^2": ("Σ_i: no sum; write sum", 0),
    "∑ᵢ x[i]": ("Σᵢ: no sum; write sum", 0),
    "2*Frobenius(X)": ("no function of this name; docs/reference/typed.md", 2),
    "‖x‖_∞": ("‖·‖_∞ is not derived", 0),
    "‖X‖_*": ("nuclear norm is not derived", 0),
    "‖x‖_A^2": ("‖·‖_A: expected F, 1, 2 .*x'[*]A[*]x", 0),
}


@pytest.mark.parametrize("formula", REFUSED)
def test_it_is_refused_with_what_to_write(formula: str) -> None:
    message, place = REFUSED[formula]
    with pytest.raises(FormulaError, match=message) as error:
        read(formula, KNOWN)
    assert error.value.place == place


PRINTED = {
    "the derivative of expm": ("tr(expm(A)*B)", "A"),
    "vec of a diagonal": ("tr(diag(x)*A*diag(x))", "x"),
    "erf": ("sum(gelu(x))", "x"),
    "polygamma": ("sum(gammaln(x))", "x"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_what_is_printed_is_read_again(name: str) -> None:
    formula, wrt = PRINTED[name]
    derivation = nz.parse(formula, wrt=wrt).derive()
    problem = derivation.problem
    (unknown,) = problem.wrt
    symbols = (*derivation.symbols, *problem.scalars, *problem.dimensions)
    gradient = derivation.gradients[unknown]
    hessian = derivation.hessians[unknown, unknown].kronecker
    for form in (gradient.kronecker, gradient.matrix, hessian):
        found = read_formula(text(form), symbols, {})
        assert text(canonical(found)) == text(canonical(form))


def test_zero_is_no_hessian_where_there_is_one() -> None:
    verdict = nz.check(nz.parse("x'*x", wrt="x"), "hessian", "0")
    assert not verdict and text(verdict.truth) == "2 P Pᵀ"
    for zero in ("0", "zeros(n, n)"):
        assert nz.check(nz.parse("a'*x", wrt="x"), "hessian", zero)


KRONECKER = {
    "vec(X)'*kron(A, B)*vec(X)": {"A": "m m", "B": "n n", "X": "n m"},
    "norm2(kron(A, B)*vec(X))^2": {"A": "k m", "B": "p n", "X": "n m"},
    "norm2((kron(A, I) + kron(I, B))*vec(X) - q)^2": {"A": "m m", "B": "n n", "X": "n m"},
    "det(kron(A, B))*norm2(X)": {"A": "k k", "B": "p p", "X": "n m"},
    "x'*kron(A, B)*x*norm2(X)": {"A": "k k", "B": "p p", "X": "n m"},
}


@pytest.mark.parametrize("formula", KRONECKER)
def test_sizes_of_kronecker_products_follow_from_what_is_beside(formula: str) -> None:
    found = read(formula, dense="X(n, m)")[1]
    shapes = {name: " ".join(map(str, found[name].shape)) for name in "ABX"}
    assert shapes == KRONECKER[formula]


def test_a_sum_sign_that_is_declared_is_a_matrix() -> None:
    assert read("‖Σ x‖²", sparse="Σ")[1]["Sigma"].kind_of == "sparse"
    assert "Sigma" in read("x' Σ x")[1]


def test_the_identity_as_a_hessian_needs_no_size() -> None:
    assert nz.check(nz.parse("x'*x", wrt="x"), "hessian", "2*I")
    assert nz.check(nz.parse("norm2(X)^2", wrt="X"), "hessian", "2 I")
    assert nz.check(nz.parse("norm2(G)^2", wrt="G", sparse="G"), "hessian", "2*I")
    assert not nz.check(nz.parse("x'*x", wrt="x"), "hessian", "3*I")
