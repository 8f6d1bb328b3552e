"""The pages of docs/ tell the truth: their Python runs in order and prints what they show."""

import contextlib
import io
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from mex.driver import octave, with_octave

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = r"^```{}\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?"
SHOWN = re.compile(BLOCK.format("python"), re.MULTILINE | re.DOTALL)
MATLAB = re.compile(BLOCK.format("matlab"), re.MULTILINE | re.DOTALL)
"""Runs in GNU Octave, in the folder that the Python of the page calls `folder`."""

LEARNING = ("index.md", "tutorial.md", "gallery", "course", "howto", "concepts")
"""Pages, and folders of pages, that derive, bind and solve in nearly every block."""

LONG = ("language", "solvers")
"""Pages that take ten seconds and more."""

DIRECTIVES = {"{toctree}", "{eval-rst}", "{include}", "{picture}"}
"""What Sphinx fills in where it builds the site."""

DRAWINGS = {"architecture": 1}
"""How many blocks of text a page holds that are printed by nothing."""

NEEDS = {"pytorch": "torch", "jax": "jax"}
"""What pages are skipped without."""

ROOMS = ("src/nzdiff", "src/nzdiff/runtime/kernel", "src/nzdiff/solvers", "codegen", "codegen/emit")
"""Where the files that pages name by the end of their path lie."""


def named(page: Path) -> str:
    return str(page.relative_to(ROOT).with_suffix(""))


def timed(page: Path) -> ParameterSet:
    slow = page.relative_to(ROOT / "docs").parts[0] in LEARNING or page.stem in LONG
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(page, id=named(page), marks=[*marks, *needs(page.stem)])


def needs(name: str) -> list[pytest.MarkDecorator]:
    """What skips a page, or an example, where its library is not installed."""
    library = NEEDS.get(name, "numpy")
    return [pytest.mark.skipif(find_spec(library) is None, reason=f"needs {library}")]


every_page = pytest.mark.parametrize("page", PAGES, ids=named)
running_page = pytest.mark.parametrize("page", [timed(page) for page in PAGES])


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@running_page
def test_the_page_runs_and_prints_what_it_shows(page: Path) -> None:
    namespace: dict[str, Any] = {}
    for code, shown in SHOWN.findall(text_of(page)):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page.name, "exec"), namespace)
        assert printed.getvalue() == shown


@with_octave
@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if "```matlab" in p.read_text()], ids=named)
def test_the_matlab_of_the_page_runs_in_octave(page: Path) -> None:
    namespace: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for code, _ in SHOWN.findall(text_of(page)):
            exec(compile(code, page.name, "exec"), namespace)
    blocks = MATLAB.findall(text_of(page))
    printed = octave(namespace["folder"], "disp('-- block')\n".join(code for code, _ in blocks))
    assert printed.split("-- block\n") == [shown for _, shown in blocks]


@every_page
def test_the_page_holds_python(page: Path) -> None:
    """All but those that list other pages or are files of the root."""
    text = text_of(page)
    assert SHOWN.findall(text) or "{toctree}" in text or "{include}" in text


@every_page
def test_no_block_of_the_page_escapes(page: Path) -> None:
    """A block is Python, or text that the Python before it prints; the rest is counted."""
    text = text_of(page)
    languages = [language.partition(" ")[0] for language, _ in FENCED.findall(text)]
    assert set(languages) <= {"python", "matlab", "text", "sh", *DIRECTIVES}
    assert 2 * len(languages) == len(re.findall(r"^\s*```", text, re.MULTILINE))
    blocks = [*SHOWN.findall(text), *MATLAB.findall(text)]
    shown = sum(bool(printed) for _, printed in blocks)
    assert languages.count("text") - shown == DRAWINGS.get(page.stem, 0)


def test_the_exceptions_are_pages() -> None:
    assert DRAWINGS.keys() <= {page.stem for page in PAGES}


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=named)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    bases = [ROOT, *(ROOT / base for base in ROOMS)]
    named = re.findall(r"`(\w+/(?:[\w/]*\.\w+|[\w/]*/|))`", text_of(page))
    assert [name for name in named if not any((base / name).exists() for base in bases)] == []
