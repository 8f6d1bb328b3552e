"""A derivation on a small pattern, every matrix written out: what P, K and vec mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from markupsafe import Markup

from nzdiff.derive.language.notation import latex, text
from nzdiff.spy import spy_text

Rows = tuple[tuple[Any, ...], ...]
WRITERS: dict[str, Callable[[Any], Any]] = {}
"""How an example is written in a form, and a document as "fragment": told by who makes them, as the
forms import both."""


@dataclass(frozen=True, slots=True)
class Written:
    """A matrix written out: its name as text, LaTeX and MathML, and its entries."""

    text: str
    latex: str
    mathml: str
    rows: Rows

    @property
    def shape(self) -> tuple[int, int]:
        """Of the entries."""
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where an entry is not 0."""
        return [
            (i, j) for i, row in enumerate(self.rows) for j, entry in enumerate(row) if entry != 0
        ]


@dataclass(frozen=True, slots=True)
class Compared:
    """∂f[a, b]/∂g_t by scalar calculus, beside the entry of the Kronecker form."""

    entry: str
    by: str
    elementwise: sp.Expr
    kronecker: sp.Expr
    equal: bool


@dataclass(frozen=True, slots=True)
class Example:
    """The matrices of a derivation on small patterns.

    sizes: in words.  matrices: G, g, P, vec(G), K of each unknown.  jacobian: entry by entry,
    rows in the order of vec(f).  jacobians: the whole matrix ∂vec(f)/∂g of each residual.
    """

    sizes: str
    matrices: tuple[Written, ...]
    jacobians: tuple[Written, ...]
    entries: tuple[Compared, ...]

    @property
    def holds(self) -> bool:
        """Whether every entry of the Kronecker form is the one by scalar calculus."""
        return all(entry.equal for entry in self.entries)

    @property
    def verdict(self) -> str:
        """In words."""
        wrong = sum(not entry.equal for entry in self.entries)
        count = len(self.entries)
        if wrong:
            return f"{wrong} of {count} entries DIFFER"
        return f"all {count} entries are equal, term by term"

    def __str__(self) -> str:
        lines = [f"With {self.sizes}"]
        for matrix in self.matrices:
            lines += ["", *_block(matrix)]
        for matrix in self.jacobians:
            lines += ["", f"{matrix.text}, ● is not 0", *_indented(_spy(matrix))]
        lines += ["", f"By scalar calculus, and in the Kronecker form: {self.verdict}"]
        lines += [
            f"  ∂{e.entry}/∂{e.by} = {text(e.elementwise)}"
            + ("" if e.equal else f"  IS NOT {text(e.kronecker)}")
            for e in self.listed
        ]
        return "\n".join(lines)

    @property
    def listed(self) -> tuple[Compared, ...]:
        """The entries that are shown: of many, those that are not 0."""
        few = len(self.entries) <= FEW
        return tuple(e for e in self.entries if few or not e.equal or e.elementwise != 0)

    def html(self) -> Markup:
        """Matrices in MathML, spy plots in SVG, and the entries, each in two lines."""
        return Markup(WRITERS["html"](self))

    def latex(self) -> str:
        """A LaTeX file that compiles alone: the matrices, and the entries in two lines each."""
        return str(WRITERS["latex"](self))

    def markdown(self) -> str:
        """The same as Markdown, with formulas in LaTeX between dollar signs."""
        return str(WRITERS["markdown"](self))

    def _repr_html_(self) -> str:
        return str(self.html())

    def _repr_latex_(self) -> str:
        """The matrices, in an align* environment."""
        lines = [f"  {m.latex} &= {latex_matrix(m)}" for m in (*self.matrices, *self.jacobians)]
        return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])


def latex_entry(value: sp.Expr) -> str:
    """An entry in LaTeX, commas between indices: B_{1,11}."""
    return re.sub(r"(?<=\d) (?=\d)", ",", latex(value))


def latex_matrix(matrix: Written) -> str:
    """The entries in brackets; of any number of columns, where bmatrix has ten."""
    rows = " \\\\ ".join(" & ".join(map(latex_entry, row)) for row in matrix.rows)
    columns = "c" * matrix.shape[1]
    return rf"\left[\begin{{array}}{{{columns}}}{rows}\end{{array}}\right]"


def width_of(matrix: Written) -> float:
    """About how wide its entries and its name are together, in em."""
    columns = (
        max(len(text(entry)) for entry in column) for column in zip(*matrix.rows, strict=True)
    )
    return 0.5 * len(matrix.text) + 2.0 + sum(0.6 * letters + 1.0 for letters in columns)


FEW = 40
"""Entries of which zeros are shown as well."""


def _block(matrix: Written) -> list[str]:
    """name = the entries in columns, the name before the middle row."""
    cells = [[text(entry) for entry in row] for row in matrix.rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
    head, middle = f"{matrix.text} = ", len(rows) // 2
    return [
        "  " + (head if at == middle else " " * len(head)) + f"[ {row} ]"
        for at, row in enumerate(rows)
    ]


def _spy(matrix: Written) -> str:
    return spy_text(matrix.shape, matrix.places)


def _indented(shown: str) -> list[str]:
    return [f"  {line}" for line in shown.splitlines()]
