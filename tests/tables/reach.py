"""The table of docs/reference/reach.md: formulas from elsewhere, and what becomes of each.

The page holds the formulas; `python tests/tables/reach.py` writes its last two columns anew.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nzdiff as nz
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.proof import exact_checks

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "reach.md"
ROW = re.compile(
    r"^\| (?P<name>[^|`]+) \| `(?P<formula>[^`]+)` \| `(?P<wrt>[^`]+)` \| (?P<rest>.*) \|$", re.M
)
LONGEST = 110
"""Signs of a result that are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One formula of the page, and its last two cells as they stand there."""

    name: str
    formula: str
    wrt: str
    rest: str


def rows() -> list[Row]:
    """The rows of the page's tables."""
    return [Row(**found.groupdict()) for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))]


def outcome(row: Row) -> str:
    """The last two cells: the derivative and its proof, or why the formula is refused."""
    try:
        problem = nz.parse(row.formula, wrt=row.wrt)
    except nz.FormulaError as error:
        return f"refused: {str(error).partition(chr(10))[0]} | no"
    derivation = problem.derive()
    first = problem.wrt[0]
    if derivation.problem.is_function:
        forms = next(forms for (_, by), forms in derivation.jacobians.items() if by == first)
        shown = f"J = {text(forms.kronecker)}"
    else:
        shown = text(derivation.gradients[first].matrix)
    checks = exact_checks(derivation, rounds=1)
    if not all(check.passed for check in checks):
        return f"`{_cut(shown)}` | WRONG"
    proven = "exactly" if checks[0].kind == "exact" else "to 80 digits"
    return f"`{_cut(shown)}` | {proven}, {len(checks)} identities"


def _cut(shown: str) -> str:
    """A result of one line, the end of a long one left out."""
    if len(shown) <= LONGEST:
        return shown
    return shown[:LONGEST].rpartition(" ")[0] + " …"


def main() -> None:
    """Write the page anew."""
    page = PAGE.read_text(encoding="utf-8")
    for row in rows():
        start = f"| {row.name} | `{row.formula}` | `{row.wrt}` | "
        page = page.replace(f"{start}{row.rest} |", f"{start}{outcome(row)} |")
        print(row.name, file=sys.stderr)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
