"""A derivation on a small pattern: every matrix written out, every entry found in two ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.show.html import as_html
from nzdiff.derive.show.latex import as_latex
from nzdiff.derive.show.markdown import as_markdown
from nzdiff.derive.show.text import as_text
from nzdiff.spy import spy_svg, spy_text

DERIVATION = nz.parse("norm2(A*G*B + C)^2", wrt="G", sparse="G(n, m)", dense="A(n,n)").derive()
DIMS = {"n": 2, "m": 2, "k": 1}
PATTERN = nz.Pattern(([0, 1, 1], [0, 0, 1]), (2, 2))
EXAMPLE = DERIVATION.example(DIMS, G=PATTERN)


def rows(name: str) -> list[list[str]]:
    (found,) = [matrix for matrix in EXAMPLE.matrices if matrix.text == name]
    return [[str(entry) for entry in row] for row in found.rows]


def test_matrices_are_written_out() -> None:
    assert rows("G") == [["g1", "0"], ["g2", "g3"]]
    assert rows("g") == [["g1"], ["g2"], ["g3"]]
    assert rows("vec(G)") == [["g1"], ["g2"], ["0"], ["g3"]]
    assert rows("P") == [["1", "0", "0", "0"], ["0", "1", "0", "0"], ["0", "0", "0", "1"]]
    swapped = [["1", "0", "0", "0"], ["0", "0", "1", "0"], ["0", "1", "0", "0"]]
    assert rows("K_nm") == [*swapped, ["0", "0", "0", "1"]]


def test_each_entry_is_that_of_the_kronecker_form() -> None:
    assert EXAMPLE.holds and len(EXAMPLE.entries) == 2 * 3
    first = EXAMPLE.entries[0]
    assert (first.entry, first.by) == ("f[1, 1]", "g1")
    assert str(first.elementwise) == "A_1_1*B_1_1" == str(first.kronecker)
    wrong = replace(EXAMPLE, entries=(replace(first, kronecker=sp.Integer(3), equal=False),))
    assert not wrong.holds
    assert "1 of 1 entries DIFFER" in str(wrong) and "IS NOT 3" in str(wrong)
    assert "differs" in wrong._repr_html_()


def test_a_wrong_kronecker_form_is_noticed() -> None:
    derivation = nz.parse("norm2(A*G*B + C)^2", wrt="G", sparse="G(n, m)", dense="A(n,n)").derive()
    forms = derivation.jacobian
    vars(derivation)["jacobians"] = {
        key: replace(forms, kronecker=2 * forms.kronecker) for key in derivation.jacobians
    }
    assert not derivation.example(DIMS, G=PATTERN).holds


def test_an_energy_without_residuals_has_its_gradient_compared() -> None:
    found = nz.parse("tr(G*A*G')", wrt="G", sparse="G(n, m)").derive().example({"n": 2, "m": 2})
    assert found.holds and [entry.entry for entry in found.entries] == ["E"] * 4


def test_every_form_of_a_document_has_the_example() -> None:
    document = DERIVATION.document("short", example=EXAMPLE)
    for form in (as_text, as_markdown, as_html, as_latex):
        assert "On a small pattern" in form(document)
        assert "entries are equal, term by term" in form(document)
    assert "<mtable>" in as_html(document) and as_html(document).count("<svg") == 4
    written = r"\begin{array}{cc}g_{1} & 0 \\ g_{2} & g_{3}\end{array}"
    assert written in as_latex(document) and written in as_markdown(document)
    for method in (DERIVATION.latex, DERIVATION.markdown, DERIVATION.html):
        assert "On a small pattern" in method("short", example=EXAMPLE)
    assert "On a small pattern" in DERIVATION.show("short", example=EXAMPLE)


def test_each_entry_is_two_lines() -> None:
    page = str(EXAMPLE.html())
    assert "<table" not in page and page.count("<li>") == len(EXAMPLE.entries)
    first = page[page.index("<li>") : page.index("</li>")]
    assert first.count("<div>= ") == 2 and "✓" in first
    markdown = EXAMPLE.markdown()
    assert markdown.count("\n  = ") == 2 * len(EXAMPLE.entries) and "- ∂f[1, 1]/∂g1 ✓" in markdown
    assert "A_{1,1} B_{1,1}" in markdown and "A_{1,1} B_{1,1}" in EXAMPLE.latex()
    assert EXAMPLE.latex().count("  &= ") == len(EXAMPLE.entries) and EXAMPLE.latex().isascii()


def test_an_example_is_a_file_that_compiles_alone() -> None:
    source = EXAMPLE.latex()
    assert source.startswith(r"\documentclass") and source.endswith("\\end{document}\n")
    assert EXAMPLE._repr_latex_().startswith(r"\begin{align*}")


def test_what_is_too_large_is_not_written_out() -> None:
    with pytest.raises(ValueError, match="at most 2000 entries, got one of 160000"):
        DERIVATION.example({"n": 20, "m": 20, "k": 1})
    with pytest.raises(ValueError, match="example: expected sizes of k, m, n"):
        DERIVATION.example({"n": 2})


def test_spy_plots_show_what_is_stored() -> None:
    assert spy_text((2, 3), [(0, 0), (1, 2)]) == "● · ·\n· · ●"
    picture = spy_svg((2, 3), [(0, 0), (1, 2)], "G")
    assert picture.count("<rect") == 3
    assert 'aria-label="G: 2 stored of 2 × 3"' in picture
    large = spy_text((1000, 1000), [(i, i) for i in range(1000)]).splitlines()
    assert len(large) == 24 and large[5].split()[5] == "●" and large[5].count("●") == 1
    assert spy_svg((1000, 1000), [(i, i) for i in range(1000)], "I").count("<rect") <= 65
