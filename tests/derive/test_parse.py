"""Typed formulas: what people write is read, what is printed is read again, errors show a place."""

import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.calculus.canonical import canonical
from nzdiff.derive.language.notation import text
from nzdiff.derive.show.document import definitions, results
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.parse import read, read_formula
from problems import PROBLEMS
from random_expressions import generate

n, m, k = nz.dims("n m k")
A, B, S = nz.dense("A", n, n), nz.dense("B", n, n), nz.sparse("S", n, n)
X, x, y, b = nz.dense("X", n, m), nz.dense("x", n), nz.dense("y", n), nz.dense("b", n)
c, lam = nz.scalar("c"), nz.scalar("lamda")
KNOWN = (A, B, S, X, x, y, b, c, lam, n, m)


WRITTEN = {
    "norm2(A*x - b)^2": nz.sumsq(A * x - b),
    "‖A x − b‖²": nz.sumsq(A * x - b),
    "||A*x - b||^2": nz.sumsq(A * x - b),
    "norm1(x)": nz.norm(x, 1),
    "norm(A, 3)": nz.norm(A, 3),
    "x'*A*x + c*sin(y)'*x": nz.as_scalar(x.T * A * x) + nz.as_scalar(c * nz.sin(y).T * x),
    "xᵀ A x": nz.as_scalar(x.T * A * x),
    "x.' A x": nz.as_scalar(x.T * A * x),
    "x^T*A*x": nz.as_scalar(x.T * A * x),
    "tr(A'*B)": nz.trace(A.T * B),
    "A : B": nz.inner(A, B),
    "inner(A, B)": nz.inner(A, B),
    "sum(A .* B)": nz.total(nz.hadamard(A, B)),
    "sum(A ∘ B)": nz.total(nz.hadamard(A, B)),
    "sum(A ./ B)": nz.total(nz.quotient(A, B)),
    "sum(x .^ 3)": nz.total(nz.power(x, 3)),
    "1ᵀ A 1": nz.total(A),
    "log(det(A))": sp.log(nz.det(A)),
    "log|det(A)|": nz.logdet(A),
    "logdet(A)": nz.logdet(A),
    "log det(S'*S + I)": nz.logdet(S.T * S + nz.identity(n), positive=True),
    "x'*inv(A)*b": nz.as_scalar(x.T * A.inv() * b),
    "xᵀ A⁻¹ b": nz.as_scalar(x.T * A.inv() * b),
    "xᵀ A⁻ᵀ b": nz.as_scalar(x.T * A.inv().T * b),
    "x'*(A\\b)": nz.as_scalar(x.T * A.inv() * b),
    "tr(A^3)": nz.trace(A**3),
    "tr(A³)": nz.trace(A**3),
    "tr(A^-1)": nz.trace(A.inv()),
    "sum(exp(A))": nz.total(nz.exp(A)),
    "sum(exp.(A))": nz.total(nz.exp(A)),
    "sum(exp.[S])": nz.total(nz.map_nonzeros(nz.exp, S)),
    "sum((t ↦ t^2 + 1).(A))": nz.total(nz.entrywise(lambda t: t**2 + 1, A)),
    "A[0, 1]*sum(X)": nz.entry(A, 0, 1) * nz.total(X),
    "norm2((A ⊗ B)*vec(A))^2": nz.sumsq(nz.kron(A, B) * nz.vec(A)),
    "norm2(kron(A, B)*K(n, n)*vec(A))^2": nz.sumsq(
        nz.kron(A, B) * nz.commutation(n, n) * nz.vec(A)
    ),
    "norm2(diag(x) - A)^2": nz.sumsq(nz.diag(x) - A),
    "norm2(diag(A) - x)": nz.norm(nz.diag_of(A) - x),
    "norm2([A, b; x', c*ones(1)])^2": nz.sumsq(
        nz.vstack(nz.hstack(A, b), nz.hstack(x.T, c * nz.ones(1)))
    ),
    "norm2(A - 2)^2": nz.sumsq(A - 2 * nz.ones(n, n)),
    "sum(log(exp(-y.*(A*x)) + vector(1)))": nz.total(
        nz.log(nz.exp(-nz.hadamard(y, A * x)) + nz.ones(n))
    ),
    "λ ‖x‖²": lam * nz.sumsq(x),
    "lambda*norm2(x)^2": lam * nz.sumsq(x),
    "1/2 ‖x‖² − |c|^3/4": nz.sumsq(x) / 2 - nz.absolute(c) ** 3 / 4,
    "√(c^2 + 1)": sp.sqrt(c**2 + 1),
    "-c^2": -(c**2),
    "sum([S ≠ 0] ∘ A)": nz.total(nz.mask(A, S)),
    "sum(mask(A, S))": nz.total(nz.mask(A, S)),
    "‖A x‖² + δ(S + S' ≻ 0)": nz.sumsq(A * x) + nz.domain(S + S.T),
    "‖A x‖² + δ(Re λ(A) < 0)": nz.sumsq(A * x) + nz.domain(A, "hurwitz"),
    "‖A x‖² + δ(|λ(A)| < 1)": nz.sumsq(A * x) + nz.domain(A, "schur"),
    "tr(lyap(A, B))": nz.trace(nz.lyap(A, B)),
    "sum(sylvester(A, B, S))": nz.total(nz.sylvester(A, B, S)),
    "sum(max(A, B)) + max(c, 0)": nz.total(nz.maximum(A, B)) + nz.maximum(c, 0),
    "sum(huber(A*x - b, 2))": nz.total(nz.huber(A * x - b, 2)),
    "sum((t ↦ (t if t > 0, else t/10)).(A))": nz.total(
        nz.entrywise(lambda t: nz.where(t > 0, t, t / 10), A)
    ),
    "‖I[0 3 3]_(3, n) x‖²": nz.sumsq(x[[0, 3, 3], :]),
    "||A||_F^2 + ‖x‖_2^2 + ‖x‖_1": nz.sumsq(A) + nz.sumsq(x) + nz.norm(x, 1),
    "exp(1)*c + pi": sp.E * c + sp.pi,
    "2x'*y": nz.as_scalar(2 * x.T * y),
    "2 (xᵀ y)": 2 * nz.as_scalar(x.T * y),
    "‖2 ‖x‖ A‖²": nz.sumsq(2 * nz.norm(x) * A),
    "norm2([A B]*[x; y])^2": nz.sumsq(nz.hstack(A, B) * nz.vstack(x, y)),
    "norm2([A -B]*[x; y])^2": nz.sumsq(nz.hstack(A, -B) * nz.vstack(x, y)),
    "norm2([A - B]*x)^2 + sum([A' B])": nz.sumsq((A - B) * x) + nz.total(nz.hstack(A.T, B)),
    "sum([A x\nx' 1])": nz.total(nz.vstack(nz.hstack(A, x), nz.hstack(x.T, nz.ones(1)))),
    "tr(inv([A X; X' 0]))": nz.trace(
        nz.inv(nz.vstack(nz.hstack(A, X), nz.hstack(X.T, nz.zeros(m, m))))
    ),
    "sum([0 -1; 1 0]*X[0:2, :])": nz.total(
        nz.vstack(nz.hstack(nz.zeros(1, 1), -nz.ones(1)), nz.hstack(nz.ones(1), nz.zeros(1, 1)))
        * X[0:2, :]
    ),
    "sum(1./A) + x[1]*A[0, 0]": nz.total(nz.quotient(nz.ones(n, n), A))
    + nz.entry(x, 1, 0) * nz.entry(A, 0, 0),
    "A[:, 0]'*x + sum(A[1, :])": nz.as_scalar(A[:, 0].T * x) + nz.total(A[1, :]),
    "norm2(x[1:n] - x[0:n-1])": nz.norm(x[1:n] - x[0 : n - 1]),
    "tr(A^-T*B^{-T}*S^{T})": nz.trace(A.inv().T * B.inv().T * S.T),
    "sum(A ∘ -B)": nz.total(nz.hadamard(A, -B)),
    "x ⋅ y + ⟨x, b⟩ + x · y": nz.inner(x, y) * 2 + nz.inner(x, b),
    "∥A x′′∥²": nz.sumsq(A * x),
    "x' 𝟏": nz.as_scalar(x.T * nz.ones(n)),
    "sum(A + matrix(2))": nz.total(A + 2 * nz.ones(n, n)),
    "log2(c) + ln(c) + atan2(c, 2)": nz.log(c) / sp.log(2) + nz.log(c) + nz.atan2(c, 2),
    "sum(arctan(A)) + sum(logsumexp(A))": nz.total(nz.atan(A)) + nz.total(nz.logsumexp(A)),
    "r = A*x - b; r'*r": nz.as_scalar((A * x - b).T * (A * x - b)),
    "r'*r where r = q - b; q = A*x": nz.as_scalar((A * x - b).T * (A * x - b)),
    "E = norm2(x)": nz.norm(x),
    "c^-T": 1 / c,
    "sum(i = 0:2, x[i]*y[i])": nz.entry(x, 0, 0) * nz.entry(y, 0, 0)
    + nz.entry(x, 1, 0) * nz.entry(y, 1, 0),
    "∑(x) + Σ(A)": nz.total(x) + nz.total(A),
}


@pytest.mark.parametrize("formula", WRITTEN)
def test_what_people_write_is_read(formula: str) -> None:
    found, _ = read(formula, KNOWN)
    assert canonical(found) == canonical(WRITTEN[formula])


def test_sizes_and_kinds_follow_from_the_formula() -> None:
    problem = nz.parse("norm2(X - Y*G'*L*G*B)^2", wrt="G", sparse="G L")
    kinds = {str(s.name): (s.kind_of, [str(size) for size in s.shape]) for s in problem.matrices}
    assert kinds["G"] == ("sparse", ["n", "m"])
    assert kinds["L"] == ("sparse", ["n", "n"])
    assert kinds["B"] == ("dense", ["m", "p"])
    written = nz.parse(
        """‖X − Y Gᵀ L G B‖²
        where
          G: sparse n×m
          L: sparse symmetric n×n
          Y ∈ ℝ^(p×m)""",
        wrt=["G"],
    )
    (G,) = written.wrt
    assert nz.sparse("G", n, m) == G
    assert {s.name: s.symmetric for s in written.matrices}["L"]


def test_a_lower_case_name_is_a_column_or_a_number_whichever_fits() -> None:
    _, found = read("x'*A*x + c*sin(y)'*x + mu*norm2(z)")
    assert found["c"] == c
    assert found["mu"] == nz.scalar("mu")
    assert found["z"].shape[1] == 1


def test_a_matrix_is_not_made_a_row_where_a_number_fits() -> None:
    _, found = read("norm2(r*X - B)^2")
    assert found["r"] == nz.scalar("r")
    _, found = read("x*x'/norm2(x)")
    assert found["x"].shape[1] == 1


def test_a_lower_case_unknown_has_a_page() -> None:
    derivation = nz.parse("norm2(A*x - b)^2", wrt="x").derive()
    assert "2 Aᵀ f" in derivation.show()
    assert ": dx" in derivation.html() and "✓" in derivation.markdown()


def test_sizes_may_be_given_as_formulas() -> None:
    _, found = read("norm2(kron(A, B)*w)^2", vector="w(n*m)", dense="A(n, n) B(m, m)")
    assert found["w"].shape == (n * m, 1)


def test_a_formula_of_text_is_solved() -> None:
    model = nz.parse("norm2(A*x - b)^2", wrt="x").bind(A=[[2.0]], b=[[4.0]], backend="numpy")
    assert model.gradient([1.0]) == pytest.approx([-8.0])


QUICK = {"seed", "traces", "two_unknowns", "cubic", "approximate_inverse"}
"""Problems whose results are read again in the fast run; those of all others in the slow one."""


def read_again(problem: nz.Problem) -> nz.Problem:
    matrices = problem.written.atoms(sp.MatrixSymbol)
    found, _ = read(text(problem.written), (*matrices, *problem.scalars, *problem.dimensions))
    return nz.Problem(found, wrt=problem.wrt, name=problem.name)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_printed_energy_is_read_as_itself(name: str) -> None:
    assert read_again(PROBLEMS[name]).energy == PROBLEMS[name].energy


def check_random(seeds: range, depth: int) -> None:
    """At least 98 of 100 are the same to the sign; the others say what they miss, or are equal."""
    other = 0
    for seed in seeds:
        problem, _ = generate(seed, depth)
        if not problem.energy.has(*problem.wrt):
            continue
        try:
            again = read_again(problem)
        except FormulaError as error:
            other += 1
            if "does not follow" not in str(error):
                raise
            continue
        if again.energy != problem.energy:
            other += 1
            for unknown in problem.wrt:
                gradient = again.derive().gradients[unknown].matrix
                assert nz.check(problem, "gradient", gradient, wrt=unknown), text(problem.written)
    assert other <= max(1, len(seeds) // 50)


def test_random_expressions_are_read_as_themselves() -> None:
    check_random(range(40), 3)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 2_000, 200))
def test_many_random_expressions_are_read_as_themselves(start: int) -> None:
    check_random(range(start, start + 200), 3)


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PROBLEMS],
)
def test_every_printed_result_is_read_again(name: str) -> None:
    derivation = PROBLEMS[name].derive()
    problem = derivation.problem
    symbols = (*derivation.symbols, *problem.scalars, *problem.dimensions)
    for row in [*definitions(derivation), *results(derivation)]:
        found = read_formula(text(row.expr), symbols, {})
        assert text(canonical(found)) == text(canonical(row.expr))


WRONG = {
    "norm2(A*x - b": ("expected )", 13),
    "norm2(A*x - q*)": ("expected a number, a name, a function or (", 14),
    "A*x + foo(x)": ("foo: no function of this name", 6),
    "A*X*x": ("sizes do not fit: m and n", 4),
    "x $ y": ("'$': no sign of a formula", 2),
    "x ++": ("expected a number, a name, a function or (", 4),
    "": ("expected a number, a name, a function or (", 0),
    "2 3": ("expected an operator between two numbers", 2),
    "tr(X)": ("sizes do not fit", 3),
    "det(c)": ("det: expected a matrix, got a number", 4),
    "|A|": ("|A| of a matrix", 0),
    "A^0.5": ("expected a whole number", 0),
    "x/A": ("expected a number to divide by", 2),
    "A(1, 2)": ("A: a symbol and no function", 0),
    "tr(I)": ("does not follow from the formula", 3),
    "norm2(A*(x + r*q) - b)": ("q or r may be numbers; declare which", 0),
    "exp(-‖x‖²/2c²)": ("expected a sign: a/2b may be (a/2)*b or a/(2*b)", 11),
    "_F*x": ("_F: expected a name", 0),
    "1e999999999*x": ("expected a number that a double holds", 0),
    "x + " * 3000 + "x": ("expected a formula of fewer operations", 0),
    "exp": ("exp: a function, not a name; write exp(…)", 0),
    "((t ↦ x).(A))": ("expected a function with a number", 6),
    "norm(A, 1, 2)": ("norm: expected 1 or 2 arguments, got 3", 0),
    "__import__('os')": ("", 0),
    "(" * 100 + "x" + ")" * 100: ("expected at most 60 parentheses", 60),
    "x" * 30_000: ("expected at most 20000 letters", 20_000),
    "1/0*x": ("expected a number other than 0 to divide by", 2),
    "r = r + x; r'*r": ("r: defined by itself", 4),
    "r = A*x; x'*x": ("r: defined, and the formula does not use it", 4),
    "r = x; r = b; r'*r": ("r: defined twice", 7),
    "tr(A) where Q: spars n×n": ("Q: expected a kind", 12),
    "exp(exp(exp(exp(exp(10)))))*c": ("", 0),
    "zeros(-1)*c": ("expected a size", 6),
    "eye(99999999999)": ("expected a size", 4),
    "X[0:9, :][0:10, :]": ("expected places inside", 0),
    "tr(A) where Q: sparse n×n": ("Q: declared, and the formula does not use it", 0),
    "norm(x, b)": ("norm: expected a number p", 8),
    "sum(i = 0:n, x[i])": ("expected a number: sums over sizes are products", 10),
    "sum(i = 0:99, sum(j = 0:99, A[i, j]))": ("expected a range of 1 to 100", 22),
    "integral(x)": ("integrals are not derived", 0),
    "A[:, 0": ("expected ]", 6),
}


@pytest.mark.parametrize("formula", WRONG, ids=lambda formula: formula[:20])
def test_an_error_shows_the_place_and_what_was_expected(formula: str) -> None:
    message, place = WRONG[formula]
    if not message:
        with pytest.raises(ValueError):  # noqa: PT011
            nz.parse(formula, wrt="x", symbols=KNOWN)
        return
    with pytest.raises(FormulaError) as error:
        read(formula, KNOWN)
    assert message in str(error.value)
    assert error.value.place == place
    *_, line, caret = str(error.value).split("\n")
    assert len(caret) <= len(line) + 1 and caret.strip() == "^"


def outcome(formula: str) -> str | FormulaError:
    """What is read, printed again; or the error of a formula, and no other."""
    try:
        return text(read(formula)[0])
    except FormulaError as error:
        return error


@pytest.mark.parametrize("start", [0, pytest.param(400, marks=pytest.mark.slow)])
def test_any_text_is_a_value_or_an_error_with_a_place(start: int) -> None:
    """Formulas with a piece put in or taken out: nothing hangs, nothing fails otherwise."""
    pieces = [
        *"()[]{},;:'^*/-+|‖∘⊗0",
        " ",
        "\n",
        "1e400",
        "^200",
        "^-T",
        "where",
        "exp(",
        "zeros(",
        "=",
    ]
    formulas = [*WRITTEN, *WRONG]
    for seed in range(start, start + 40 + 10 * start):
        rng = random.Random(seed)
        chosen = rng.choice(formulas)[:200]
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(chosen) + 1)
            chosen = chosen[:at] + rng.choice(pieces) + chosen[at + rng.choice((0, 1, 3)) :]
        said = outcome(chosen)
        assert isinstance(said, str) or said.place <= len(said.text)


def test_declarations_that_contradict_are_refused() -> None:
    with pytest.raises(ValueError, match="A: declared as sparse and as dense"):
        nz.parse("tr(A*A)", wrt="A", sparse="A", dense="A")
    with pytest.raises(ValueError, match="wrt: Q does not occur"):
        nz.parse("tr(A*A)", wrt="Q")
    with pytest.raises(TypeError, match="formula: expected text"):
        nz.parse(3, wrt="A")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="where: expected lines such as"):
        nz.parse("tr(A) where A sparse", wrt="A")
    with pytest.raises(TypeError, match="sparse: expected names"):
        nz.parse("tr(A)", wrt="A", sparse=3)  # type: ignore[arg-type]


def test_claims_may_be_typed() -> None:
    problem = nz.parse("norm2(X - Y*G'*L*G*B)^2", wrt="G", sparse="G L")
    assert nz.check(problem, "gradient", "-2*(L*G*B*f'*Y + L'*G*Y'*f*B')")
    verdict = nz.check(problem, "gradient", "-2 (L G B fᵀ Y − Lᵀ G Yᵀ f Bᵀ)")
    assert not verdict and "sign" in str(verdict)
    shown = text(problem.derive().jacobian.kronecker)
    assert nz.check(problem, "jacobian", shown)
    with pytest.raises(FormulaError, match="Q: not a symbol of the problem; known are B, F, G"):
        nz.check(problem, "gradient", "2*Q")


def test_reading_needs_no_numpy() -> None:
    folder = Path(sys.modules["nzdiff.derive.typed.parse"].__file__ or "").parent
    assert not any("numpy" in file.read_text("utf-8") for file in folder.glob("*.py"))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("sum(mean(x))", "no function of this name; write sum(x)/n"),
        ("sum(dot(a, x))", "write a'*b"),
        ("sum(trce(x))", "there are trace"),
        ("sum(A(1,2)*x)", "an entry is A[0, 1], counted from 0"),
        ("sum(A(:,1)*x)", "picked in brackets, counted from 0: A[:, 0]"),
        ("x(3)^2", "an entry is x[2], counted from 0"),
        ("sum(A.T*x)", "no sign of a formula; the transpose of A is A'"),
        ("sum(A.transpose()*x)", "the transpose of A is A'"),
        ("norm2(A@x)^2", "'@': no sign of a formula; a product is A*x"),
        ("norm2(A.dot(x))^2", "a product is A*x"),
        ("np.sum(x)", "functions stand alone, as in sum(x)"),
        ("norm2(x)^2 $", "'$': no sign of a formula\n"),
        ("3", "wrt: x does not occur in the formula; it holds no names"),
    ],
)
def test_what_other_languages_write_is_answered_with_what_to_write(formula: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        nz.parse(formula, wrt="x")


def test_names_may_be_bound_as_they_were_typed() -> None:
    problem = nz.parse("norm2(A*x)^2 + lambda*sum(x)", wrt="x")
    for name in ("lambda", "λ", "lamda"):
        data: dict[str, Any] = {"A": np.eye(3), name: 0.5}
        model = problem.bind(backend="numpy", **data)
        assert model.energy(np.ones(3)) == 4.5
    with pytest.raises(TypeError, match="given twice, as "):
        problem.bind(A=np.eye(3), lamda=1.0, λ=0.5)
    with pytest.raises(TypeError, match=r"size n follows from the data; pass x=\(rows, columns"):
        nz.parse("norm2(x)^2", wrt="x").bind(n=4)


@pytest.mark.parametrize("formula", ["‖[(A*x)^x'; α]‖²", "‖[(A*x)^x; α]‖²"])
def test_a_power_of_sizes_that_turn_out_to_be_1_is_a_matrix(formula: str) -> None:
    """(A x)ˣ of numbers stands in blocks, and is transposed, as any 1 × 1 matrix."""
    model = nz.parse(formula, wrt="x").bind(x=(1, 1), A=np.array([[2.0]]), α=3.0, backend="numpy")
    x = np.array([1.5])
    square = 3.0**3.0
    assert model.energy(x) == pytest.approx(square + 9.0, rel=1e-14)
    assert model.gradient(x) == pytest.approx([square * 2.0 * (np.log(3.0) + 1.0)], rel=1e-13)
    assert nz.parse("(log(vec(I)))^x'", wrt="x").wrt[0].shape == (1, 1)
