"""A release is refused for what its texts lack."""

import pytest

import nzdiff as nz
from tools import release

READY = """
# Changelog

## [0.2.0] - 2030-01-31

### Added
- A thing.

## [0.1.0] - 2029-01-31
- An old one.
"""


def test_the_version_is_read_from_the_source() -> None:
    assert release.source_version(release.read("src/nzdiff/__init__.py")) == nz.__version__
    with pytest.raises(ValueError, match="expected a line __version__"):
        release.source_version("version = 3\n")
    (line,) = (line for line in release.unready("99.0") if "__version__" in line)
    assert line.endswith(f'expected __version__ = "99.0", got "{nz.__version__}"')


def test_a_changelog_with_a_dated_section_and_its_lines_is_ready() -> None:
    assert list(release.unready_changelog(READY, "0.2.0")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (READY.replace("[0.2.0]", "[0.3.0]"), "expected a section ## [0.2.0] - 2"),
        (READY.replace("2030-01-31", "Unreleased"), "expected the date of [0.2.0], got - Unre"),
        (READY.replace("- A thing.", ""), "expected lines under [0.2.0]"),
    ],
)
def test_what_a_changelog_lacks_is_named(text: str, words: str) -> None:
    (line,) = release.unready_changelog(text, "0.2.0")
    assert words in line


def test_the_changelog_has_a_section_of_this_version() -> None:
    found = list(release.unready_changelog(release.read("CHANGELOG.md"), nz.__version__))
    assert [line for line in found if "the date of" not in line] == []
