"""Every problem of the gallery has all its parts, and no part is without a problem."""

import re
from pathlib import Path

import pytest

from nzdiff.derive.proof.proof import prove
from nzdiff.problem_file import shipped_problem

ROOT = Path(__file__).parents[2]
PROBLEMS = sorted(
    path.stem for path in (ROOT / "src/nzdiff/gallery").glob("*.py") if path.stem != "__init__"
)
PARTS = {
    "package": "generated/{}/__init__.py",
    "example": "examples/{}.py",
    "page": "docs/gallery/{}.md",
    "picture": "tools/site/pictures/{}.py",
    "test": "tests/gallery/test_{}.py",
}
MOST_LINES = 60
"""Of an example."""


def missing(name: str) -> set[str]:
    return {part for part, path in PARTS.items() if not (ROOT / path.format(name)).is_file()}


def test_there_are_thirteen_problems() -> None:
    assert len(PROBLEMS) == 13


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_has_all_its_parts(name: str) -> None:
    assert missing(name) == set()


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_example_is_short_and_imports_its_package_alone(name: str) -> None:
    text = (ROOT / PARTS["example"].format(name)).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert re.search(rf"^from nzdiff\.generated import (\w+, )*{name}\b", text, re.MULTILINE)
    assert "import nzdiff" not in text
    assert "sympy" not in text


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_page_shows_its_picture_and_leads_to_example_and_package(name: str) -> None:
    text = (ROOT / PARTS["page"].format(name)).read_text(encoding="utf-8")
    assert f"```{{picture}} {name}\n" in text
    assert f"(../../examples/{name}.py)" in text
    assert f"(../../generated/{name}/__init__.py)" in text
    assert f"({name}.md)" in (ROOT / "docs/gallery/index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["page", "picture", "test"])
def test_no_part_is_without_a_problem(part: str) -> None:
    folder, _, ending = PARTS[part].rpartition("/")
    before, _, after = ending.partition("{}")
    names = [path.name for path in (ROOT / folder).glob(f"{before}*{after}")]
    found = {name.removeprefix(before).removesuffix(after) for name in names}
    assert found - {"__init__", "index", "gallery"} <= set(PROBLEMS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_derivation_is_proven(name: str) -> None:
    assert all(check.passed for check in prove(shipped_problem(name).problem.derive()))
