"""The documentation site: what Sphinx is given, and what is checked of what it made."""

import re
from pathlib import Path

import pytest

import nzdiff as nz
from tools.site.docstrings import converted, named, parameters
from tools.site.links import broken

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference"


def test_every_public_name_stands_in_the_reference_once() -> None:
    pages = [(REFERENCE / name).read_text("utf-8") for name in ("api.md", "functions.md")]
    blocks = re.findall(r"currentmodule:: nzdiff\n(.*?)```", "\n".join(pages), re.DOTALL)
    named = re.findall(r"^\.\. auto\w+:: (\w+)$", "\n".join(blocks), re.MULTILINE)
    assert sorted(named) == sorted(set(nz.__all__) - {"__version__"})


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = set()
    for index in (ROOT / "docs").rglob("index.md"):
        for block in re.findall(r"```{toctree}\n(.*?)```", index.read_text("utf-8"), re.DOTALL):
            names = re.findall(r"^(?:.*<)?([\w/]+)>?$", block, re.MULTILINE)
            listed |= {index.parent / f"{name}.md" for name in names}
    assert listed == set((ROOT / "docs").rglob("*.md")) - {ROOT / "docs/index.md"}


def test_a_docstring_keeps_its_formulas_and_explains_its_parameters() -> None:
    text = """E = ‖A*x‖² + |c|, of size_ 2; `x` is found.

wrt: one symbol,
    or several.  a, b: both; docs/reference/typed.md.
Raises nothing.

    A_ij * B

>>> 1 * 2
2"""
    assert "\n".join(converted(text.splitlines(), {"wrt", "a", "b"})).splitlines() == [
        r"E = ‖A\*x‖² + \|c\|, of size\_ 2; ``x`` is found.",
        "",
        ":param wrt: one symbol, or several.",
        ":param a/b: both; :doc:`/reference/typed`.",
        "",
        "Raises nothing.",
        "",
        "::",
        "",
        "    A_ij * B",
        "",
        ">>> 1 * 2",
        "2",
    ]


def test_what_is_no_parameter_is_text() -> None:
    assert converted(["Note: this."], parameters(nz.sumsq)) == ["Note: this.", ""]
    assert {"energy", "wrt", "name"} <= parameters(nz.Problem)


def test_aliases_of_types_go_by_their_names() -> None:
    assert named("(g: TypeAliasForwardRef('ArrayLike') | None)") == "(g: ArrayLike | None)"
    assert named(None) is None


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="#top" id="top">2</a><img src="gone.png">'
        '<a href="b.html#there">3</a><a href="https://example.org/x">4</a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="here"><a href="a.html">5</a>', encoding="utf-8")
    assert broken(tmp_path) == [(Path("a.html"), "b.html#there"), (Path("a.html"), "gone.png")]


def test_a_formula_becomes_mathml_or_an_error_that_shows_it() -> None:
    pytest.importorskip("docutils", minversion="0.22")
    from tools.site.mathml import converted as mathml

    assert "<msup>" in mathml(r"\lVert A \rVert^2", block=True)
    with pytest.raises(ValueError, match=r"nosuch"):
        mathml(r"\nosuch{A}", block=True)
