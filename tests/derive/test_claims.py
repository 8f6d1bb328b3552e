"""nz.check: is this formula right, and if not, what is wrong with it?"""

import re
from typing import Any

import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.claims.claim import What

n, m, p, k = nz.dims("n m p k")
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
f, dG = nz.dense("f", p, k), nz.sparse("dG", n, m)
F = -f
SEED = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G)
DERIVATION = SEED.derive()
P, g, K = DERIVATION.selection(G), DERIVATION.parameters(G), nz.commutation(n, m)
kron = nz.kron
H = L * G * B
FIRST, SECOND = L * G * B * f.T * Y, L.T * G * Y.T * f * B.T


@pytest.mark.parametrize(
    ("what", "claim"),
    [
        ("gradient", -2 * (FIRST + SECOND)),
        ("gradient", -2 * P * nz.vec(FIRST + SECOND)),
        ("gradient", 2 * P * (kron(Y.T * F * B.T, L) + kron(B * F.T * Y, L.T)) * P.T * g),
        ("jacobian", -(kron(B.T * G.T * L.T, Y) * K + kron(B.T, Y * G.T * L)) * P.T),
        ("jacobian", -(nz.commutation(k, p) * kron(Y, H.T) + kron(B.T, Y * G.T * L)) * P.T),
        ("differential", -Y * dG.T * L * G * B - Y * G.T * L * dG * B),
        ("hessian", DERIVATION.hessian.kronecker),
        (
            "hessian",
            DERIVATION.gauss_newton.kronecker
            + 2 * P * (kron(Y.T * F * B.T, L) + kron(B * F.T * Y, L.T)) * P.T,
        ),
        ("gauss_newton", DERIVATION.gauss_newton.kronecker),
    ],
)
def test_a_right_formula_is_right_in_any_form(what: What, claim: sp.MatrixExpr) -> None:
    verdict = nz.check(SEED, what, claim)
    assert verdict, str(verdict)
    assert verdict.reasons == ("equal at random points of GF(2^61 - 1)",)


@pytest.mark.parametrize(
    ("what", "claim", "reason"),
    [
        ("gradient", 2 * (FIRST + SECOND), "the sign is wrong"),
        ("gradient", -(FIRST + SECOND), "2 times it is right"),
        ("gradient", -2 * FIRST, r"−2 Lᵀ G Yᵀ f Bᵀ is missing"),
        ("gradient", -2 * FIRST + 2 * SECOND, "its sign has to be turned"),
        ("gradient", -2 * FIRST - SECOND, "it has to be 2 times that"),
        ("gradient", -2 * (FIRST + SECOND) + G, "the summand G does not belong there"),
        ("gradient", -2 * (FIRST + L * G * Y.T * f * B.T), "right only where L is symmetric"),
        ("gradient", -2 * (FIRST + L * G * Y.T * f * B.T), "L has to be transposed"),
        (
            "jacobian",
            (kron(B.T * G.T * L.T, Y) * K + kron(B.T, Y * G.T * L)) * P.T,
            "the sign is wrong",
        ),
        (
            "jacobian",
            -(kron(B.T * G.T * L.T, Y) * nz.commutation(m, n) + kron(B.T, Y * G.T * L)) * P.T,
            "K has to be in the other orientation",
        ),
        (
            "jacobian",
            -(kron(B.T * G.T * L.T, Y) + kron(B.T, Y * G.T * L)) * P.T,
            "K is missing",
        ),
        ("jacobian", -kron(B.T, Y * G.T * L) * P.T, "is missing"),
        ("hessian", DERIVATION.gauss_newton.kronecker, r"−2 P \(Yᵀ f Bᵀ ⊗ L\) Pᵀ is missing"),
        ("differential", -Y * dG.T * L * G * B, "−Y Gᵀ L dG B is missing"),
    ],
)
def test_a_wrong_formula_is_explained(what: What, claim: sp.MatrixExpr, reason: str) -> None:
    verdict = nz.check(SEED, what, claim)
    assert not verdict
    assert re.search(reason, str(verdict))
    assert "counterexample" in verdict.counterexample
    assert "it should be" in str(verdict)


def test_the_jacobian_is_no_constant_matrix() -> None:
    """ "f is linear in g, thus ∂f/∂g is constant": a constant would not contain G."""
    C = nz.dense("C", p * k, P.rows)
    with pytest.raises(ValueError, match="C: not a matrix of the problem"):
        nz.check(SEED, "jacobian", C)
    assert DERIVATION.jacobian.kronecker.has(G)


def test_shapes_and_words_are_checked() -> None:
    with pytest.raises(ValueError, match="expected shape n × m or nnz_G × 1, got m × n"):
        nz.check(SEED, "gradient", (FIRST + SECOND).T)
    with pytest.raises(ValueError, match="what: expected differential, gradient"):
        nz.check(SEED, "curl", FIRST)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="claim: expected a formula"):
        nz.check(SEED, "gradient", 3)
    two = nz.Problem(nz.sumsq(G - nz.sparse("H", n, m)), wrt=(G, nz.sparse("H", n, m)))
    with pytest.raises(ValueError, match="which of the several unknowns is meant, 'G' or 'H'"):
        nz.check(two, "gradient", 2 * f)
    residual = nz.dense("f", n, m)
    assert nz.check(two, "gradient", 2 * residual, wrt=G)
    assert nz.check(two, "gradient", -2 * residual, wrt=nz.sparse("H", n, m))


def test_sympys_own_kronecker_product_is_understood() -> None:
    claim = -sp.KroneckerProduct(B.T, Y * G.T * L) * P.T
    assert not nz.check(SEED, "jacobian", claim)
    linear = nz.Problem(nz.sumsq(X - Y * nz.sparse("M", m, m) * B), wrt=nz.sparse("M", m, m))
    selection = linear.derive().selection(linear.wrt[0])
    assert nz.check(linear, "jacobian", -sp.KroneckerProduct(B.T, Y) * selection.T)


def test_a_jacobian_of_several_residuals_is_asked_for_one_by_one() -> None:
    several = nz.Problem(nz.sumsq(G) + nz.sumsq(L * G), wrt=G)
    with pytest.raises(ValueError, match="one residual, got 2"):
        nz.check(several, "jacobian", P)


Q = 2**61 - 1


@pytest.mark.parametrize("factor", [2 + Q, 2 - Q, 2 + 5 * Q, 2 + Q**2, 2 + sp.Rational(Q, 3)])
def test_a_factor_that_is_right_modulo_a_prime_is_wrong(factor: int) -> None:
    problem = nz.Problem(nz.sumsq(G), wrt=G)
    assert not nz.check(problem, "gradient", factor * G)
    assert not nz.check(problem, "gradient", 2 * G + Q * (G * G.T * G))
    assert nz.check(problem, "gradient", 2 * G)


@pytest.mark.parametrize("factor", [Q, sp.Rational(1, Q), sp.Rational(1, Q**2), 2**40 * Q])
def test_large_numbers_have_another_prime(factor: sp.Expr) -> None:
    problem = nz.Problem(factor * nz.sumsq(G - L * G), wrt=G)
    gradient: Any = problem.derive().gradients[G].matrix
    verdict = nz.check(problem, "gradient", gradient)
    assert verdict
    assert re.fullmatch(r"equal at random points of GF\(\d{19}\)", verdict.reasons[0])
    assert nz.check(problem, "gradient", gradient).reasons == verdict.reasons
    assert not nz.check(problem, "gradient", 2 * gradient)


def test_a_problem_divided_by_a_prime_is_proven() -> None:
    assert nz.verify(nz.Problem(nz.sumsq(G) / Q, wrt=G)).passed


V, Z, S = nz.dense("V", m, n), nz.dense("Z", m, m), nz.dense("S", m, m, symmetric=True)
QUADRATIC = nz.trace(V.T * Z * V)


@pytest.mark.parametrize(
    ("function", "what", "claim"),
    [
        (QUADRATIC, "hessian", kron(nz.identity(n), Z + Z.T)),
        (QUADRATIC, "gradient", nz.vec((Z + Z.T) * V)),
        (QUADRATIC, "jacobian", nz.vec((Z + Z.T) * V).T),
        (nz.sumsq(Z * V), "gauss_newton", 2 * kron(nz.identity(n), Z.T * Z)),
        (
            V.T * V,
            "jacobian",
            kron(V.T, nz.identity(n)) * nz.commutation(m, n) + kron(nz.identity(n), V.T),
        ),
    ],
)
def test_of_full_unknowns_derivatives_by_vec_are_taken(
    function: Any, what: What, claim: sp.MatrixExpr
) -> None:
    problem = nz.Problem(function, wrt=V)
    assert nz.check(problem, what, claim)
    assert not nz.check(problem, what, -claim)


def test_of_others_the_selection_is_asked_for() -> None:
    sparse = nz.Problem(nz.trace(G.T * L * G), wrt=G)
    by_every_entry = kron(nz.identity(m), L + L.T)
    with pytest.raises(ValueError, match=r"multiply by P … Pᵀ with P = derivation.selection\(G\)"):
        nz.check(sparse, "hessian", by_every_entry)
    selection = sparse.derive().selection(G)
    assert nz.check(sparse, "hessian", selection * by_every_entry * selection.T)
    with pytest.raises(ValueError, match="multiply by P … with P"):
        nz.check(nz.Problem(nz.inner(L * G, G), wrt=G), "gradient", nz.vec(L * G + L.T * G))
    with pytest.raises(ValueError, match="multiply by … Pᵀ with P"):
        nz.check(sparse, "jacobian", nz.vec(L * G + L.T * G).T)


A, u, v = nz.dense("A", n, n), nz.dense("u", n), nz.dense("v", n)
SQUARE = nz.as_scalar(u.T * A * A * v)


@pytest.mark.parametrize(
    ("energy", "claim", "reasons"),
    [
        (
            SQUARE,
            A * v * u.T + A.T * u * v.T,
            ["A v uᵀ is wrong: it has to be transposed, u vᵀ Aᵀ"],
        ),
        (
            SQUARE,
            v * u.T * A + A.T * u * v.T,
            [
                "v uᵀ A is wrong: v uᵀ has to be transposed, and then A has to be transposed, "
                "u vᵀ Aᵀ"
            ],
        ),
        (nz.trace(A * A), A + A.T, ["A is wrong: A has to be transposed, Aᵀ"]),
        (
            nz.sumsq(A * v) + nz.as_scalar(u.T * A * v),
            A * v * v.T - u * v.T + A * v * v.T,
            ["−u vᵀ is wrong: its sign has to be turned, u vᵀ"],
        ),
        (
            nz.sumsq(nz.hadamard(A, L) - nz.diag(v)) / 2,
            nz.hadamard(L, nz.hadamard(A, L) + nz.diag(v)),
            ["L ∘ diag(v) is wrong: its sign has to be turned, −(L ∘ diag(v))"],
        ),
        (
            nz.trace(nz.diag(u - v) * A),
            nz.diag(u + v),
            ["diag(v) is wrong: its sign has to be turned, −diag(v)"],
        ),
        (
            nz.trace(A * L) - nz.trace(A * A),
            L.T + A,
            ["A is wrong: A has to be transposed, and it has to be -2 times that, −2 Aᵀ"],
        ),
    ],
)
def test_what_is_right_is_not_blamed(energy: Any, claim: sp.MatrixExpr, reasons: list[str]) -> None:
    found = nz.check(nz.Problem(energy, wrt=A), "gradient", claim).reasons
    assert found == tuple(f"the summand {reason}" for reason in reasons)


def test_textbook_derivatives_by_full_symmetric_unknowns_hold_in_symmetric_directions() -> None:
    n = nz.dims("n")[0]
    M, eye = nz.dense("M", n, n), nz.identity(n)
    Q = nz.dense("Q", n, n, symmetric=True)
    fit = nz.Problem(nz.sumsq(M * Q) / 2, wrt=Q)
    one, other = nz.kron(eye, M.T * M), nz.kron(M.T * M, eye)
    for claim in (one, other, (one + other) / 2, nz.commutation(n, n) * one):
        verdict = nz.check(fit, "hessian", claim)
        assert verdict.right and verdict.reasons[0].endswith("in symmetric directions")
    wrong = nz.check(fit, "hessian", nz.kron(eye, M * M.T))
    assert not wrong.right and wrong.reasons[0] == "right only where M is symmetric"
    likelihood = nz.Problem(-nz.logdet(Q, positive=True) + nz.trace(Q), wrt=Q)
    assert nz.check(likelihood, "hessian", nz.kron(Q.inv(), Q.inv())).right
    assert nz.check(likelihood, "gradient", nz.vec(eye - Q.inv())).right
    assert nz.check(nz.Problem(M * Q, wrt=Q), "jacobian", nz.kron(eye, M)).right


FACTORED = nz.parse("norm2(A - U*V')^2", wrt="U V")


def test_unknowns_may_be_said_by_their_names() -> None:
    assert nz.check(FACTORED, "gradient", "-2*f*V", wrt="U")
    assert nz.check(FACTORED, "gradient", "-2*f'*U", wrt="V")
    block = FACTORED.derive().hessians[FACTORED.wrt].kronecker
    assert nz.check(FACTORED, "hessian", block, wrt="U V")
    assert nz.check(FACTORED, "hessian", block, wrt=("U", FACTORED.wrt[1]))
    numbers = nz.parse("norm2(lambda*x - b)^2", wrt="lambda x")
    assert nz.check(numbers, "gradient", "2*x'*f", wrt="λ")
    with pytest.raises(ValueError, match="wrt: expected an unknown of the problem, 'U' or 'V'"):
        nz.check(FACTORED, "gradient", "-2*f*V", wrt="A")
    with pytest.raises(ValueError, match="one unknown, or a pair for a block of the Hessian"):
        nz.check(FACTORED, "gradient", "-2*f*V", wrt="U V")


def test_a_differential_is_in_all_unknowns() -> None:
    assert nz.check(FACTORED, "differential", "-dU*V' - U*dV'")
    wrong = nz.check(FACTORED, "differential", "-2*tr(f'*dU*V') + 2*tr(f'*U*dV')")
    assert wrong.reasons == ("in dV: the sign is wrong",)
    wrong = nz.check(FACTORED, "differential", "2*tr(f'*dU*V') + 2*tr(f'*U*dV')")
    assert wrong.reasons == ("the sign is wrong",)


@pytest.mark.parametrize(
    ("what", "claim", "said"),
    [
        ("gradient", "2*(A*x-b)'*A", "its transpose 2 Aᵀ \\(A x − b\\) is right"),
        ("gradient", "(A*x-b)'*A", "its transpose fits, and is wrong: off by a factor: 2 times"),
        ("jacobian", "A'", "its transpose A is right"),
        ("jacobian", "-A'", "its transpose fits, and is wrong: the sign is wrong"),
        ("gradient", "norm2(x)", "expected shape n × 1 or nnz_x × 1, got a number"),
    ],
)
def test_of_a_claim_in_the_other_layout_the_transpose_is_judged(
    what: What, claim: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        nz.check(nz.parse("norm2(A*x-b)^2", wrt="x"), what, claim)


def test_text_is_no_problem_yet() -> None:
    said = "expected an nz.Problem, got str; read text by nz.parse\\('norm2"
    with pytest.raises(TypeError, match=said):
        nz.check("norm2(A*x-b)^2", "gradient", "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=said):
        nz.verify("norm2(x)^2")  # type: ignore[arg-type]


def test_a_typed_f_of_upper_case_is_the_residual_with_its_sign_turned() -> None:
    claim = "2*P*(kron(Y'*F*B', L) + kron(B*F'*Y, L'))*P'*g"
    assert nz.check(SEED, "gradient", claim)
    assert not nz.check(SEED, "gradient", claim.replace("F", "f"))
    assert nz.check(nz.parse("A*X", wrt="X"), "differential", "A*dX + 0*F")


def test_of_a_matrix_function_the_gradient_is_that_of_an_inner_product() -> None:
    problem = nz.parse("logsumexp(A*x)", wrt="x")
    verdict = nz.check(problem, "gradient", "A'*softmax(A*x)")
    assert not verdict and len(verdict.reasons) == 1
    assert "f is a matrix function, m × 1" in verdict.reasons[0]
    assert "inner(W_f, f)" in verdict.reasons[0]
    assert verdict.reasons[0].endswith("right of its sum, W_f = ones")
    assert re.search(r"W_f = \[\S+\]\n    claim", verdict.counterexample)
    wrong = nz.check(problem, "gradient", "-A'*softmax(A*x)")
    assert "inner(W_f, f)" in wrong.reasons[0] and "right of its sum" not in wrong.reasons[0]
    assert nz.check(nz.parse("A*x", wrt="x"), "gradient", "A'*W_f")
    truth: Any = problem.derive().gradient.matrix
    assert nz.check(problem, "gradient", -truth).reasons == ("the sign is wrong",)
    assert "W_f = " not in nz.check(problem, "jacobian", "-A").counterexample


def test_a_counterexample_holds_all_that_it_needs() -> None:
    wrong = nz.check(SEED, "differential", Y * dG.T * L * G * B)
    assert re.search(r"dG = \[\S+\]", wrong.counterexample)
    assert "dG" not in nz.check(SEED, "gradient", FIRST).counterexample


@pytest.mark.parametrize(
    ("energy", "unknown", "claim"),
    [
        ("tr(sqrt(X))", "X", "0.5*inv(sqrt(X))'"),
        ("sum(log(X))", "X", "1./X.^2"),
        ("sum(x.^0.5)", "x", "x"),
        ("log(x'*A*x)", "x", "A*x/(x'*A*x)"),
    ],
)
def test_a_counterexample_is_inside_of_the_domain(energy: str, unknown: str, claim: str) -> None:
    shown = nz.check(nz.parse(energy, wrt=unknown), "gradient", claim).counterexample
    assert "truth" in shown and "j" not in shown
    if "(X)" in energy or "x.^" in energy:
        assert not re.search(rf"{unknown} = \[.*-", shown)


def test_arc_cosines_have_counterexamples_below_1() -> None:
    wrong = nz.check(nz.parse("sum(acos(x))", wrt="x"), "gradient", "x")
    assert re.search(r"x = \[-?0\.5\]", wrong.counterexample)


def test_of_several_residuals_the_differential_of_each_is_right() -> None:
    several = nz.parse("norm2(G - A)^2 + norm2(G*B - C)^2", wrt="G", dense="B(m, m)")
    assert nz.check(several, "differential", "dG")
    assert nz.check(several, "differential", "dG*B")
    assert not nz.check(several, "differential", "dG*B*B")
