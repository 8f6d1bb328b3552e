"""The derivation: rules, normal form, matrix and Kronecker forms, steps."""

import numpy as np
import pytest
import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.slice import MatrixSlice

import nzdiff as nz
from nzdiff.derive.calculus.canonical import canonical, transpose
from nzdiff.derive.calculus.linear_maps import Tracing
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.notation import latex, text
from nzdiff.derive.language.spectra import PRODUCT, SUM
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.elementwise import elementwise
from nzdiff.derive.proof.evaluate import Evaluator, commutation_matrix
from nzdiff.problem import Derivation

n, m, p, k = nz.dims("n m p k")
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
SEED = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G)


@pytest.fixture(scope="module")
def seed() -> Derivation:
    return SEED.derive()


def test_the_differential_stays_factored(seed: Derivation) -> None:
    assert text(seed.differential) == "−Y (dGᵀ L G + Gᵀ L dG) B"


def test_the_jacobian_of_the_seed_is_the_kronecker_form_of_the_thread(seed: Derivation) -> None:
    assert text(seed.jacobian.kronecker) == "−((Bᵀ Gᵀ Lᵀ ⊗ Y) K_nm + Bᵀ ⊗ Y Gᵀ L) Pᵀ"


def test_the_gradient_of_the_seed_in_both_forms(seed: Derivation) -> None:
    assert text(seed.gradient.matrix) == "−2 (L G B fᵀ Y + Lᵀ G Yᵀ f Bᵀ)"
    assert text(seed.gradient.kronecker) == "−2 P (Yᵀ f Bᵀ ⊗ L + B fᵀ Y ⊗ Lᵀ) Pᵀ g"


def test_every_step_names_its_rule(seed: Derivation) -> None:
    rules = [step.rule for step in seed.steps]
    for rule in (
        "product rule",
        "sum rule",
        "first-order normal form",
        "vec of a product",
        "commutation",
        "squared Frobenius norm",
        "trace identity",
        "trace identity, transposed",
        "selection",
        "read off",
    ):
        assert rule in rules
    shown = seed.show()
    assert all(step.formula in shown for step in seed.steps)


def test_spelling_makes_no_difference_to_the_problem() -> None:
    for product in (Y * ((G.T * L * G) * B), Y * (G.T * (L * (G * B))), (Y * G.T) * (L * G * B)):
        assert nz.Problem(nz.sumsq(X - product), wrt=G).energy == SEED.energy


def test_transposes_go_to_the_leaves_and_symmetric_ones_vanish() -> None:
    S = nz.sparse("S", n, n, symmetric=True)
    assert text(canonical((S * G * B).T)) == "Bᵀ Gᵀ S"
    assert transpose(transpose(X - Y * B)) == X - Y * B


def test_weights_scalars_and_traces_enter_the_gradient() -> None:
    mu = nz.scalar("mu")
    D = nz.diagonal("D", n)
    problem = nz.Problem(mu * nz.sumsq(G) + sp.Trace(G.T * D * G) / 2 - 5, wrt=G)
    assert text(problem.derive().gradient.matrix) == "2 mu f + D G"
    assert problem.rest == sp.Trace(G.T * D * G) / 2 - 5


def test_two_unknowns_have_a_block_each() -> None:
    H = nz.sparse("H", n, m)
    derivation = nz.Problem(nz.sumsq(X - Y * G.T * L * H * B), wrt=(G, H)).derive()
    assert text(derivation.gradients[G].matrix) == "−2 L H B fᵀ Y"
    assert text(derivation.gradients[H].matrix) == "−2 Lᵀ G Yᵀ f Bᵀ"
    with pytest.raises(ValueError, match="gradients"):
        _ = derivation.gradient


def test_the_kronecker_form_equals_complex_steps_for_a_nonsymmetric_L(
    seed: Derivation,
) -> None:
    rng = np.random.default_rng(3)
    dims = {"n": 6, "m": 4, "p": 5, "k": 3}
    pattern = nz.Pattern((rng.integers(0, 6, 9), rng.integers(0, 4, 9)), (6, 4))
    data = {
        "X": rng.standard_normal((5, 3)),
        "Y": rng.standard_normal((5, 4)),
        "B": rng.standard_normal((4, 3)),
        "L": rng.standard_normal((6, 6)),
    }
    g = rng.standard_normal(pattern.size)
    definitions = {"f": SEED.residuals[0].expr}
    J = Evaluator(
        {**data, "G": _matrix(pattern, g), "P": pattern.T.toarray().T}, dims, Doubles(), definitions
    )(seed.jacobian.kronecker)
    for t in range(pattern.size):
        moved = g.astype(complex)
        moved[t] += 1e-30j
        residual = Evaluator({**data, "G": _matrix(pattern, moved)}, dims, Doubles(), definitions)(
            SEED.residuals[0].symbol
        )
        np.testing.assert_allclose(J[:, t], residual.imag.ravel(order="F") / 1e-30, rtol=1e-12)


def test_the_commutation_matrix_transposes_and_inverts_itself() -> None:
    A = np.arange(12.0).reshape(3, 4)
    K = commutation_matrix(3, 4)
    np.testing.assert_array_equal(K @ A.ravel(order="F"), A.T.ravel(order="F"))
    np.testing.assert_array_equal(K.T, commutation_matrix(4, 3))
    np.testing.assert_array_equal(K @ K.T, np.eye(12))


def test_the_elementwise_derivation_gives_one_entry_per_stored_value(seed: Derivation) -> None:
    pattern = nz.Pattern(([1, 0], [0, 0]), (2, 1))
    entries = elementwise(seed, {"G": pattern}, {"n": 2, "m": 1, "p": 1, "k": 1})
    assert [str(g) for g in entries.unknowns] == ["g1", "g2"]
    g1, g2 = entries.unknowns
    y, b, l11, l12, l21, l22 = sp.symbols("Y_1_1 B_1_1 L_1_1 L_1_2 L_2_1 L_2_2")
    expected = -y * b * (2 * l22 * g1 + (l12 + l21) * g2)
    assert sp.expand(entries.jacobian[0, 0] - expected) == 0
    assert not entries.jacobian[0, 0].has(l11)


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        (
            nz.sumsq(X - Y * sp.Inverse(sp.MatrixSymbol("A", m, m)) * B),
            "A: expected a matrix declared by nz.dense, nz.sparse or nz.diagonal, got a plain",
        ),
        (sp.Trace(sp.Adjoint(G) * G), "Adjoint: .*matrices are real: write .T"),
        (nz.sumsq(MatrixSlice(G, (0, 1), (0, m))), r"MatrixSlice: .*X\[rows, cols\]"),
        (
            sp.Trace(sp.PermutationMatrix(sp.combinatorics.Permutation(1, 0)) * nz.dense("S", 2, 2))
            + nz.sumsq(G),
            "PermutationMatrix: .*nz.sparse",
        ),
        (nz.sumsq(G) ** sp.Function("h")(2), "h: no rule for h"),
        (nz.trace(sp.MatPow(L, sp.Rational(1, 2))) + nz.sumsq(G), "MatPow: .*an integer power"),
        (
            nz.sumsq(G) + sp.Sum(G[0, sp.Symbol("i")] ** 3, (sp.Symbol("i"), 0, m - 1)),
            "Sum: .*nz.entry",
        ),
        (
            nz.sumsq(sp.ImmutableMatrix([[1, 2]]) * nz.dense("H", 2, n) * G),
            "ImmutableDenseMatrix: ",
        ),
    ],
)
def test_an_unsupported_node_is_named(energy: sp.Expr, message: str) -> None:
    with pytest.raises((UnsupportedNodeError, TypeError), match=message):
        nz.Problem(energy, wrt=G)


@pytest.mark.slow
def test_latex_has_the_same_factors(seed: Derivation) -> None:
    shown = latex(seed.gradient.matrix)
    assert shown == (r"-2 \left(L G B f^{\top} Y + L^{\top} G Y^{\top} f B^{\top}\right)")
    assert r"\otimes" in seed.latex()


def test_vec_of_an_expression_prints_and_has_the_shape_of_a_column() -> None:
    column = Vec(X)
    assert column.shape == (p * k, 1)
    assert text(column) == "vec(X)"


def _matrix(pattern: nz.Pattern, g: np.ndarray) -> np.ndarray:
    return np.asarray(pattern.T.toarray() @ g).reshape(pattern.shape, order="F")


@pytest.mark.parametrize("form", [SUM, PRODUCT])
@pytest.mark.parametrize("first", [True, False])
def test_how_a_partial_trace_moves_is_its_matrix_and_has_its_adjoint(
    form: Str, first: bool, rng: np.random.Generator
) -> None:
    A, C, W = nz.dense("A", n, n), nz.dense("C", m, m), nz.dense("W", n, n)
    E = nz.dense("E", *(A if first else C).shape)
    sizes = {"n": 3, "m": 4}
    values = {x.name: rng.standard_normal([sizes[str(d)] for d in x.shape]) for x in (A, C, W, E)}
    evaluate = Evaluator(values, sizes, Doubles())
    tracing = Tracing(form, A, C, first)
    moved, matrix = evaluate(tracing(E)), evaluate(tracing.matrix())
    np.testing.assert_allclose(moved.ravel(order="F"), matrix @ values["E"].ravel(order="F"))
    turned = evaluate(tracing.adjoint(W))
    np.testing.assert_allclose(np.sum(turned * values["E"]), np.sum(moved * values["W"]))
