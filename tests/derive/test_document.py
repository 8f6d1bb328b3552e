"""The derivation as a document: every step holds on its own, and each form shows all of it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.language.notation import mathml, text
from nzdiff.derive.proof.steps import check_steps
from nzdiff.derive.show.breaks import parts_of
from nzdiff.derive.show.document import Document, steps_of
from nzdiff.derive.show.html import as_html
from nzdiff.derive.show.latex import as_latex
from nzdiff.derive.show.markdown import as_markdown
from nzdiff.derive.show.relation import related
from nzdiff.derive.show.text import as_text
from problems import PROBLEMS
from random_expressions import generate

SEED = PROBLEMS["seed"].derive()


@cache
def whole() -> Document:
    """The seed's document, every step checked, with its costs."""
    return SEED.document(sizes={"n": 60, "m": 20, "p": 5, "k": 5})


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_step_holds(name: str) -> None:
    derivation = PROBLEMS[name].derive()
    sections = steps_of(derivation)
    assert {"The Hessian"} <= {section.title for section in sections}
    for section in sections:
        found = check_steps(derivation, section.steps)
        assert set(found) == set(section.steps)
        assert all(found.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_every_step_of_random_problems_holds(seed: int) -> None:
    problem, _ = generate(seed, 3)
    derivation = problem.derive()
    steps = [step for section in steps_of(derivation) for step in section.steps]
    found = check_steps(derivation, steps)
    assert found
    for step, holds in found.items():
        assert holds, (step.rule, text(step.before), text(step.after))


def test_a_wrong_step_of_any_kind_is_noticed() -> None:
    steps = [step for section in steps_of(SEED) for step in section.steps]
    relations = {step.relation: step for step in steps}
    assert len(relations) == 5
    for step in relations.values():
        wrong = replace(step, after=2 * step.after)
        assert check_steps(SEED, [step, wrong]) == {step: True, wrong: False}


def test_the_document_has_steps_of_second_order_and_checks() -> None:
    found = whole()
    assert [section.title for section in found.sections] == [
        "Differential and first derivatives",
        "The gradient in Kronecker form",
        "The Gauss-Newton matrix",
        "The Hessian",
        "Results as one would write them",
    ]
    assert all(found.holds.values()) and len(found.holds) > 20 and found.costs is not None
    short = SEED.document("short")
    assert short.sections == () and short.results == found.results
    with pytest.raises(ValueError, match='level: expected "short" or "full"'):
        SEED.document("long")  # type: ignore[arg-type]


def test_text_shows_every_section_and_result() -> None:
    shown = SEED.show()
    for title in ("Given", "Definitions", "The Gauss-Newton matrix", "The Hessian", "Results"):
        assert f"\n{title}\n" in f"\n{shown}"
    assert "∂²E/∂g² = 2 P (" in shown


def test_markdown_marks_what_was_checked() -> None:
    page, steps = as_markdown(whole()), [s for section in steps_of(SEED) for s in section.steps]
    assert page.count("✓") == len(steps) + 1 > 25
    assert "✓" not in SEED.markdown(check=False)
    assert page.count("$$") % 2 == 0


class Page(HTMLParser):
    """Counts the elements of a page and keeps its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes = list[str](), list[tuple[str, str | None]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_needs_nothing_from_elsewhere() -> None:
    source = as_html(whole())
    page = Page()
    page.feed(source)
    assert not {"link", "img", "iframe"} & set(page.tags)
    assert not any(name in ("src", "href") for name, _ in page.attributes)
    assert "http" not in source
    assert page.tags.count("details") == 6
    assert source.count("every one checked") == 5
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert any(label and label.startswith("f = X − Y Gᵀ L G B") for label in labels)


def test_a_page_of_a_hostile_name_holds_no_markup() -> None:
    x = nz.dense("x", 2)
    problem = nz.Problem(nz.sumsq(x), wrt=x, name="problem")
    document = replace(problem.derive().document("short"), title="<script>alert(1)</script>")
    assert "<script>alert" not in as_html(document)


def check_mathml(expr: Any) -> None:
    ET.fromstring(f"<math>{mathml(expr)}</math>")
    whole = "".join(ET.fromstring(f"<math>{mathml(expr)}</math>").itertext())
    parts = [ET.fromstring(f"<math>{part}</math>") for part in parts_of(mathml(expr))]
    assert "".join(letter for part in parts for letter in part.itertext()) == whole


@pytest.mark.parametrize("name", PROBLEMS)
def test_mathml_is_well_formed_and_its_parts_are_all_of_it(name: str) -> None:
    check_mathml(PROBLEMS[name].written)
    check_mathml(PROBLEMS[name].derive().gradients[PROBLEMS[name].wrt[0]].kronecker)


@pytest.mark.parametrize(
    "formula", ["gelu(W*x)'*v", "sum(exp(W*x).^2) + pi", "sum(atan(W*x)) + pi*sum(W)"]
)
def test_constants_are_letters_that_xml_knows(formula: str) -> None:
    page = nz.parse(formula, wrt="W").derive().html(check=False)
    assert re.findall(r"&(?!lt;|gt;|amp;|quot;|#)\w+;", page) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_mathml_of_random_expressions_is_well_formed(seed: int) -> None:
    check_mathml(generate(seed, 3)[0].written)


def test_a_line_breaks_before_signs_alone() -> None:
    A, B = nz.dense("A", 2, 2), nz.dense("B", 2, 2)
    parts = parts_of(mathml(-A * (A - sp.Rational(1, 2) * B)))
    assert len(parts) == 2
    assert 'form="prefix"' in parts[0]
    assert 'form="infix"' in parts[1]


def test_notebooks_show_definitions_and_results() -> None:
    assert "<math" in SEED.document("short")._repr_html_()
    html = SEED._repr_html_()
    assert "<math" in html and "<html" not in html
    assert re.match(r"\\begin{align\*}", SEED._repr_latex_())


@pytest.mark.parametrize(
    ("formula", "count"),
    [("tr(C*G)", 1), ("2*tr(C*G)", 1), ("tr(G'*C*G)", 2), ("norm2(G)^2 + sum(exp(G))", 1)],
)
def test_a_gradient_is_shown_in_each_form_that_it_has(formula: str, count: int) -> None:
    found = nz.parse(formula, wrt="G", sparse="G").derive().document("short")
    assert [row.name.shown("text") for row in found.results].count("∂E/∂g") == count


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("norm2(A*x - b)^2", "2 JᵀJ"),
        ("1/2*norm2(A*x - b)^2", "JᵀJ"),
        ("3*norm2(A*x - b)^2 + 3*norm2(x)^2", "6 JᵀJ"),
        ("mu*norm2(A*x - b)^2 + tr(x*x')", "2 mu JᵀJ"),
        ("norm2(A*x - b)^2 + mu*norm2(x)^2", "Gauss-Newton matrix"),
        ("(mu + nu)*norm2(A*x - b)^2", "Gauss-Newton matrix"),
        ("norm2(J*x - b)^2", "Gauss-Newton matrix"),
    ],
)
def test_the_gauss_newton_matrix_is_named_with_the_weight_it_has(formula: str, name: str) -> None:
    """It is Σ 2 w JᵀJ: 2 JᵀJ only where every weight is 1, and where J is nothing else."""
    found = nz.parse(formula, wrt="x").derive().document("short")
    row = next(row for row in found.results if row.name.result == "gauss_newton")
    assert row.name.shown("text") == name
    for style in ("latex", "mathml"):
        assert ("Gauss-Newton" in row.name.shown(style)) == ("Gauss-Newton" in name)


def given(document: Document) -> dict[str, str]:
    return {str(symbol.name): said for symbol, said in document.given}


def test_what_is_given_says_symmetry_and_what_it_does_to_the_derivatives() -> None:
    found = nz.parse("tr(A*S*S)", wrt="S", symmetric="S A").derive().document("short")
    said = given(found)
    assert said["A"] == "dense, symmetric, n × n"
    assert said["S"] == (
        "dense, symmetric, n × n, unknown; s its stored values, s = P vec(S); where the pattern "
        "ties entries, vec(S) = T s + c: read Tᵀ for P, ∂E/∂s = Tᵀ vec(Γ)"
    )
    clash = nz.parse("tr(T*S*S*c)", wrt="S", symmetric="S", scalar="c").derive().document("short")
    assert "vec(S) = T_ s + c_: read T_ᵀ for P" in given(clash)["S"]
    assert "T" not in given(nz.parse("tr(A*G)", wrt="G").derive().document("short"))["G"]


def test_the_transpose_of_t_is_what_a_symmetric_pattern_computes() -> None:
    """vec(S) = T s + c and ∂E/∂s = Tᵀ vec(Γ), as the document says: Γ = A S + S A."""
    A, S = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[0.5, -1.0], [-1.0, 2.0]])
    problem = nz.parse("tr(A*S*S)", wrt="S", symmetric="S A")
    model = problem.bind(A=A, S=nz.Pattern.full((2, 2)).symmetric())
    s = model.pack(S)
    T = np.stack([model.unpack(unit).flatten("F") for unit in np.eye(len(s))], axis=1)
    assert model.gradient(s) == pytest.approx(T.T @ (A @ S + S @ A).flatten("F"), rel=1e-14)


def test_a_matrix_called_e_leaves_the_energy_another_name() -> None:
    found = nz.parse("x'*E*x", wrt="x").derive().document("short")
    (row,) = found.definitions
    assert row.name.shown("text") == "energy" and found.show("text", row.expr) == "xᵀ E x"
    names = {row.name.shown("text") for row in (*found.results, *found.entries)}
    assert names == {"denergy", "∂energy/∂g", "∂²energy/∂g²", "∂energy/∂g_t"}
    assert {row.name.result for row in found.results} == {"", "gradient", "hessian"}


def test_the_weights_of_a_matrix_function_are_given() -> None:
    found = nz.parse("A*x - b", wrt="x").derive().document("short")
    assert given(found)["W_f"].startswith("dense, m × 1, any weights of the entries of f")
    for shown in (as_text(found), as_markdown(found), as_html(found), as_latex(found)):
        assert "any weights of the entries" in shown


@pytest.mark.parametrize("formula", ["x[0]^2 + x[1]", "(A*x)[1]*x[0]", "A[1, 0]*x[2]"])
def test_entries_of_columns_have_one_index_and_are_read_again(formula: str) -> None:
    energy = nz.parse(formula, wrt="x").energy
    shown = text(energy)
    assert "x[0, 0]" not in shown and "x[" in shown and ("A[1, 0]" in shown) == ("A[1" in formula)
    assert nz.parse(shown, wrt="x").energy == energy


D_OF = {
    "x'*A*x": "d(xᵀ A x) = dxᵀ A x + xᵀ A dx",
    "(x'*A*x)^2": "d(xᵀ A x) = dxᵀ A x + xᵀ A dx",
    "c'*inv(A + x*c')*c": "d((A + x cᵀ)⁻¹) = −(A + x cᵀ)⁻¹ dx cᵀ (A + x cᵀ)⁻¹",
    "tr(B*(X.*X))": "d(X ∘ X) = X ∘ dX + X ∘ dX",
}


@pytest.mark.parametrize("formula", D_OF)
def test_what_stands_behind_a_d_is_in_parentheses(formula: str) -> None:
    """dA⁻¹, dA ∘ B and dxᵀ A x are other things than d(A⁻¹), d(A ∘ B) and d(xᵀ A x)."""
    document = nz.parse(formula, wrt="X" if "X" in formula else "x").derive().document()
    steps = [s for s in document.sections[0].steps if s.relation == "differential"]
    shown = [related(document, step, "text") for step in steps]
    assert D_OF[formula] in shown and len(shown) == len(set(shown))
    for line in shown:
        assert re.match(r"d(\(|tr\(|‖|[a-z]+\()", line), line


@pytest.mark.parametrize(
    ("formula", "level", "signs"),
    [
        ("tr(C*G)", "short", ""),
        ("tr(C*G)", "full", "A : B"),
        ("tr(G*C*G)", "short", "K_nm"),
        ("tr(G*C*G)", "full", "K_nm A : B"),
    ],
)
def test_signs_are_explained_where_they_are_used(formula: str, level: Any, signs: str) -> None:
    found = nz.parse(formula, wrt="G", sparse="G").derive().document(level)
    for shown in (as_text(found), as_html(found)):
        assert ("the commutation matrix" in shown) == ("K_nm" in signs)
        assert ("B = tr(Aᵀ B)" in re.sub("<[^>]*>", "", shown)) == ("A : B" in signs)


def test_the_places_of_entries_are_those_of_the_values_in_the_formulas() -> None:
    found = nz.parse("norm2(S*A)^2", wrt="S A", symmetric="S").derive().document("short")
    shown = as_text(found)
    assert "at the place (i, j) of s_t or a_t; of" in shown and "∂E/∂a_t = " in shown


def test_a_problem_without_a_name_is_not_called_problem(tmp_path: Path) -> None:
    for name, called in ((None, "a problem without a name"), ("ridge", "the problem ridge")):
        problem = nz.parse("norm2(A*x - b)^2", wrt="x", **({"name": name} if name else {}))
        folder = nz.generate(problem, tmp_path / (name or "saved"))
        text_of = {path.name: path.read_text() for path in folder.glob("*.*")}
        assert not [file for file, content in text_of.items() if "problem problem" in content]
        assert f"Kernels of {called}." in text_of["kernel.c"]
        assert text_of["DERIVATION.md"].startswith(f"# {name or 'Derivatives by x'}\n")
