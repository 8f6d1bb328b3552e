"""The derivation as LaTeX: a file that compiles alone, with no formula wider than the page."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import nzdiff as nz
from nzdiff.derive.calculus.differential import FORMULAS
from nzdiff.derive.calculus.identities import kronecker, simplify
from nzdiff.derive.language.notation import latex
from nzdiff.derive.show.lines import in_lines, width_of
from nzdiff.derive.show.words import code_of, latex_of
from problems import PROBLEMS
from random_expressions import generate

PDFLATEX = shutil.which("pdflatex")
compiled = pytest.mark.skipif(PDFLATEX is None, reason="needs pdflatex")
LONG = """norm2(X - (A+B+C+D)*G'*(L+M+N+Q+R+S)*G*(U*V*W*Z + A*B*C*D*F + H*G*U*V))^2
    + tr(inv(A + G'*L*G + B*B' + C*C' + D*D')) + sum(huber(G, 2))"""
TYPED = {
    "long": (LONG, "G", "G L"),
    "names": (
        "norm2(data_matrix*weights - targets)^2 + 1e-5*sum(sqrt(weights.^2 + 0.1))",
        *2 * ["weights"],
    ),
    "lower_case": ("sum(log(1 + exp(X*w))) - y'*X*w", "w", ""),
    "equation": ("tr(C*lyap(A + B*G, Q)) + logdet(A + B*G) + tr(expm(G*B))", "G", "G"),
}


def typed(name: str) -> nz.Problem:
    formula, wrt, sparse = TYPED[name]
    given = {"sparse": sparse} if name != "names" else {"vector": "weights targets"}
    return nz.parse(formula, wrt=wrt, name=name, **given)


def check_compiles(problem: nz.Problem, folder: Path) -> None:
    """pdflatex finds no error, no line that is too wide, and every letter."""
    check_reads(problem.derive().latex(check=False), folder)


def check_reads(source: str, folder: Path) -> None:
    """The same of any file."""
    assert PDFLATEX is not None
    (folder / "page.tex").write_text(source, encoding="utf-8")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / "page.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, re.findall(r"^!.*(?:\n.*){3}", log, re.MULTILINE)
    assert re.findall(r"Overfull.*|Missing character.*", log) == []


@compiled
def test_a_long_derivation_compiles_and_fits_the_page(tmp_path: Path) -> None:
    check_compiles(typed("names"), tmp_path)


@compiled
@pytest.mark.slow
def test_an_example_compiles_alone_and_fits_the_page(tmp_path: Path) -> None:
    pattern = nz.Pattern(([0, 1, 2, 3, 4, 4], [0, 1, 2, 0, 1, 2]), (5, 3))
    derivation = PROBLEMS["seed"].derive()
    example = derivation.example({"n": 5, "m": 3, "k": 2, "p": 2}, G=pattern)
    check_reads(example.latex(), tmp_path)
    check_reads(derivation.latex("short", example=example), tmp_path)


@compiled
@pytest.mark.slow
@pytest.mark.parametrize("name", [*PROBLEMS, *TYPED])
def test_every_derivation_compiles_and_fits_the_page(name: str, tmp_path: Path) -> None:
    check_compiles(PROBLEMS[name] if name in PROBLEMS else typed(name), tmp_path)


@compiled
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_derivations_of_random_problems_compile_and_fit(seed: int, tmp_path: Path) -> None:
    check_compiles(generate(seed, 4)[0], tmp_path)


@pytest.mark.parametrize("name", PROBLEMS)
def test_lines_hold_all_of_a_formula_and_fit(name: str) -> None:
    for forms in PROBLEMS[name].derive().hessians.values():
        formula = latex(forms.kronecker)
        lines = in_lines(formula, 20)
        assert all(width_of(line) <= 22 for line in lines)
        assert letters("".join(lines)) == letters(formula)
        assert "".join(lines).count(r"\left") == "".join(lines).count(r"\right")


def letters(formula: str) -> str:
    """Without spaces, the sizes of delimiters, and what stands at the beginning of a line."""
    plain = re.sub(r"\\(left|right|(big|Big|bigg|Bigg)[lr])(?![a-z])", "", formula)
    return re.sub(r"\s|\{\}( \\cdot )?", "", plain.replace(r"{} \cdot ", ""))


def test_a_line_breaks_at_terms_first_and_delimiters_across_lines_have_fixed_sizes() -> None:
    n = 2
    A, B, C = (nz.dense(name, n, n) for name in "ABC")
    formula = latex(A * (A * B + B * C + C * A + B * A) * B + C * C * C)
    assert in_lines(formula, 16) == [r"A \left(A B + B A + B C + C A\right) B", "{} + C^{3}"]
    lines = in_lines(formula, 9)
    assert lines[0] == r"A \bigl(A B + B A"
    assert r"\left" not in " ".join(lines)
    (one,) = in_lines(latex(A * (A + B)), 30)
    assert r"\left(" in one and "big" not in one


def test_long_names_cases_and_single_terms_fit_a_line() -> None:
    named = " ".join([r"\operatorname{laplacian}_{matrix}"] * 9)
    assert len(in_lines(named, 30)) > 1 and max(map(width_of, in_lines(named, 30))) <= 32
    cases = r"\begin{cases}" + " + ".join(["A B C"] * 9) + r" & x > 0 \\ 0 & \text{else}\end{cases}"
    (broken,) = in_lines(cases, 20)
    assert broken.count(r"\\") > 2 and width_of(broken) <= 22
    assert in_lines("a" + "^{" + "b" * 40 + "}", 15)[0].startswith(r"{\script")


def test_differentials_have_an_upright_d_whatever_the_case_of_the_unknown() -> None:
    derivation = typed("names").derive()
    assert r"\mathrm{d}\operatorname{weights}" in derivation.latex(check=False)
    assert r"\mathrm{d}w" in typed("lower_case").derive()._repr_latex_()
    dX, x = nz.dense("dX", 3, 3), nz.dense("x", 3)
    shown = nz.Problem(nz.sumsq(dX * x), wrt=x).derive()._repr_latex_()
    assert r"\operatorname{dX} \mathrm{d}x" in shown
    page = nz.Problem(nz.sumsq(dX * x), wrt=x).derive().html("short")
    assert "<mi>dX</mi>" in page and '<mi mathvariant="normal">d</mi><mi>x</mi>' in page


def test_formulas_of_rules_have_a_sign_for_every_letter() -> None:
    identities = [said for i in kronecker.IDENTITIES for said in (i.name, i.formula)]
    tables = (FORMULAS, simplify.FORMULAS)
    rules = [said for table in tables for rule in table.items() for said in rule]
    for formula in (*rules, *identities):
        shown = latex_of(formula)
        assert shown.isascii()
        assert shown.count("$") % 2 == 0
    assert latex_of("d(A⁻¹) = −A⁻¹ dA A⁻¹") == (
        r"$\mathrm{d}(A^{-1}) = -A^{-1} \mathrm{d}A A^{-1}$"
    )
    assert latex_of("eᵗ, det(A)ᵏ, X₁₂") == (r"$e^{t}$, $\operatorname{det}(A)^{k}$, $X_{1}{}_{2}$")
    assert latex_of("a sparse G_1, n × m") == r"a sparse $G_{1}$, $n \times m$"


def test_numbers_in_decimals_have_no_signs_that_latex_does_not_know() -> None:
    x = nz.dense("x", 3)
    assert latex(1.5e-7 * nz.sumsq(x)).startswith(r"1.5 \cdot 10^{-7} ")


ENTRYWISE = (
    "exp", "log", "sqrt", "abs", "sin", "cos", "tan", "tanh", "atan", "asin", "acos", "sinh",
    "cosh", "asinh", "atanh", "gammaln", "sigmoid", "softplus", "relu", "gelu", "sign", "log2",
    "log10", "softmax",
)  # fmt: skip
OF_ALL = ("logsumexp", "norm1", "norm2", "sumsq", "normF", "sum")


def shown_in_latex() -> Iterator[str]:
    """The files of all problems, and of sums of functions."""
    for problem in PROBLEMS.values():
        yield problem.derive().latex(check=False)
    sums = [f"sum({name}(W*x))" for name in ENTRYWISE]
    for formula in (*sums, *(f"{name}(W*x)" for name in OF_ALL)):
        yield nz.parse(formula, wrt="W").derive().latex(check=False)


@pytest.mark.slow
def test_a_file_for_latex_is_ascii() -> None:
    for source in shown_in_latex():
        assert source.isascii(), {letter for letter in source if not letter.isascii()}


def test_every_letter_of_prose_has_a_sign_or_a_name() -> None:
    letters = "ᵃᵇᶜᵈᵉᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵢⱼₖ⁰⁴⁹₀₉αΑωΩοςß½äçñ–’“😀𝟏⟦★\u2062"
    for letter in letters:
        assert latex_of(letter).isascii() and code_of(letter).isascii() and latex_of(letter)
    assert latex_of("Größe – α") == r"Gr\"{o}{\ss}e -- $\alpha$ "
    assert code_of("λ") == r"\texttt{\ensuremath{\lambda}}"


def test_a_logistic_function_has_a_file_that_latex_reads() -> None:
    problem = nz.parse("sum(log(1 + exp(-y.*(X*w))))", wrt="w")
    assert problem.derive().latex(check=False).isascii()
