"""The proof accepts what is right and catches every planted fault."""

from collections.abc import Callable
from typing import Any

import pytest
from sympy import MatAdd, MatMul, Rational, ZeroMatrix, sqrt

import nzdiff as nz
from nzdiff.derive.calculus.canonical import add, product, split, transpose
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.differential import _Rules
from nzdiff.derive.calculus.linear_maps import Sandwich
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.derive.language.errors import VerificationError
from nzdiff.derive.language.nodes import CommutationMatrix, Kronecker
from nzdiff.derive.proof.finite_field import PRIME, Dual, field_number
from nzdiff.derive.proof.proof import exact_checks, prove, symbolic_checks

n, m, p, k = nz.dims("n m p k")
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
SEED = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G)


def test_the_seed_is_proven() -> None:
    checks = prove(SEED.derive())
    assert all(check.passed for check in checks)
    assert {check.kind for check in checks} == {"exact", "symbolic"}


def _flip_sign(self: Term, cotangent: Any) -> Any:
    return product(-1, ORIGINAL_ADJOINT(self, cotangent))


def _parts(term: Term) -> Sandwich:
    assert term.sandwich is not None
    return term.sandwich


def _lost_transpose_of_the_cotangent(self: Term, W: Any) -> Any:
    if not self.transposed:
        return ORIGINAL_ADJOINT(self, W)
    A = _parts(self)
    return product(A.coefficient, A.right, W, A.left)


def _lost_coefficient(self: Term, cotangent: Any) -> Any:
    return product(2, ORIGINAL_ADJOINT(self, cotangent))


ORIGINAL_ADJOINT = Term.adjoint


def _kron_swapped(self: Term) -> Any:
    return _with_commutation(self, Kronecker(_parts(self).left, transpose(_parts(self).right)))


def _kron_without_transpose(self: Term) -> Any:
    return _with_commutation(self, Kronecker(_parts(self).right, _parts(self).left))


def _kron_without_commutation(self: Term) -> Any:
    A = _parts(self)
    return product(A.coefficient, Kronecker(transpose(A.right), A.left))


def _kron_commutation_of_the_other_shape(self: Term) -> Any:
    other = CommutationMatrix(*reversed(self.unknown.shape))
    matrix = _kron_without_commutation(self)
    return product(1, matrix, other) if self.transposed else matrix


def _with_commutation(term: Term, matrix: Any) -> Any:
    whole = product(_parts(term).coefficient, matrix)
    return product(1, whole, CommutationMatrix(*term.unknown.shape)) if term.transposed else whole


# Square sizes in every factor, so that a planted fault changes values and never shapes.
SQUARE = nz.Problem(
    nz.sumsq(
        nz.dense("X", n, n)
        - nz.dense("Y", n, n)
        * nz.sparse("G", n, n).T
        * L
        * nz.sparse("G", n, n)
        * nz.dense("B", n, n)
    ),
    wrt=nz.sparse("G", n, n),
)


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("adjoint", _flip_sign),
        ("adjoint", _lost_transpose_of_the_cotangent),
        ("adjoint", _lost_coefficient),
        ("kronecker", _kron_swapped),
        ("kronecker", _kron_without_transpose),
        ("kronecker", _kron_without_commutation),
    ],
)
def test_a_fault_in_the_normal_form_is_caught(
    monkeypatch: pytest.MonkeyPatch, method: str, fault: Callable[..., Any]
) -> None:
    monkeypatch.setattr(Term, method, fault)
    derivation = SQUARE.derive()
    assert not all(check.passed for check in exact_checks(derivation))


def test_a_fault_is_caught_symbolically_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Term, "adjoint", _flip_sign)
    assert not all(check.passed for check in symbolic_checks(SEED.derive()))


def test_a_commutation_matrix_of_the_other_shape_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Term, "kronecker", _kron_commutation_of_the_other_shape)
    assert not all(check.passed for check in exact_checks(SEED.derive()))


def _product_rule_without_a_term(self: _Rules, expr: Any) -> Any:
    result = ORIGINAL_PRODUCT(self, expr)
    coefficient, factors = split(result)
    place = next((i for i, f in enumerate(factors) if isinstance(f, MatAdd)), None)
    if place is None:
        return result
    return product(coefficient, *factors[:place], factors[place].args[0], *factors[place + 1 :])


def _product_rule_with_a_wrong_sign(self: _Rules, expr: Any) -> Any:
    result = ORIGINAL_PRODUCT(self, expr)
    coefficient, factors = split(result)
    place = next((i for i, f in enumerate(factors) if isinstance(f, MatAdd)), None)
    if place is None:
        return product(-1, result)
    first, *rest = factors[place].args
    return product(
        coefficient, *factors[:place], add(product(-1, first), *rest), *factors[place + 1 :]
    )


RULES = vars(_Rules)["rule"].dispatcher
ORIGINAL_PRODUCT = RULES.dispatch(MatMul)


@pytest.mark.parametrize("fault", [_product_rule_without_a_term, _product_rule_with_a_wrong_sign])
def test_a_fault_in_the_product_rule_is_caught(fault: Callable[..., Any]) -> None:
    RULES.register(MatMul)(fault)
    try:
        checks = exact_checks(SEED.derive())
    finally:
        RULES.register(MatMul)(ORIGINAL_PRODUCT)
    assert not all(check.passed for check in checks)


def test_a_lost_summand_is_caught() -> None:
    H = nz.sparse("H", n, m)
    problem = nz.Problem(nz.sumsq(G - H * nz.dense("C", m, m)), wrt=(G, H))
    original = RULES.dispatch(MatAdd)
    RULES.register(MatAdd)(lambda self, expr: self.d(expr.args[0]))
    try:
        checks = exact_checks(problem.derive())
    finally:
        RULES.register(MatAdd)(original)
    assert not all(check.passed for check in checks)


@pytest.mark.usefixtures("empty_cache")  # plans made with the fault must not be kept
@pytest.mark.slow
def test_verify_raises_with_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Term, "adjoint", _flip_sign)
    with pytest.raises(VerificationError, match=r"FAIL exact .*∂E/∂g"):
        nz.verify(SEED)


def test_dual_numbers_differentiate_exactly() -> None:
    x = Dual(7, 1)
    cube = x * x * x
    assert (cube.value, cube.slope) == (343, 147)
    assert field_number(Rational(1, 3)) * Dual(3) == Dual(1)
    assert (x - x) == Dual(0)
    assert 0 <= (Dual(0) - Dual(1)).value < PRIME


def test_an_irrational_factor_is_proven_in_many_digits() -> None:
    derivation = nz.Problem(nz.sumsq(sqrt(2) * G - L * G), wrt=G).derive()
    assert {check.kind for check in exact_checks(derivation)} == {"precise"}
    assert all(check.passed for check in prove(derivation))


def test_points_are_found_where_what_is_inverted_is_regular() -> None:
    """GᵀG has an inverse for tall G, G Gᵀ for wide G."""
    for gram in (G.T * G, G * G.T):
        assert all(check.passed for check in prove(nz.Problem(nz.logdet(gram), wrt=G).derive()))


def test_what_is_singular_everywhere_is_said_to_be() -> None:
    b = nz.dense("b", n, 1)
    singular = nz.Problem(nz.trace(nz.inv(0 * G * G.T + b * b.T) * G * G.T), wrt=G)
    with pytest.raises(ValueError, match="is 0 at every random point"):
        prove(singular.derive())


def test_a_decimal_factor_is_read_as_the_rational_it_is_written_as() -> None:
    derivation = nz.Problem(0.1 * nz.sumsq(0.3 * G - L * G), wrt=G).derive()
    assert derivation.problem.residuals[0].weight == Rational(1, 10)
    assert all(check.passed for check in exact_checks(derivation))


def test_a_constant_residual_has_the_derivative_zero() -> None:
    problem = nz.Problem(nz.sumsq(X) + nz.sumsq(G), wrt=G)
    derivation: Derivation = problem.derive()
    zero = derivation.differentials[[str(r.expr) for r in problem.residuals].index("X")]
    assert isinstance(zero, ZeroMatrix)
    assert all(check.passed for check in prove(derivation))
