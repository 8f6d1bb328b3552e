"""A derivation on a small pattern, every matrix written out: what P, K and vec mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from markupsafe import Markup

from nzdiff.derive.language.notation import latex, mathml, text
from nzdiff.spy import spy_svg, spy_text

Rows = tuple[tuple[Any, ...], ...]


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
            for e in self.entries
            if not e.equal or e.elementwise != 0 or len(self.entries) <= FEW
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return str(self.html())

    def html(self) -> Markup:
        """Matrices in MathML, spy plots in SVG, and the entries as a table."""
        matrices = [Markup('<div class="wide">{}</div>').format(_math(m)) for m in self.matrices]
        spies = [
            Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(
                Markup(spy_svg(m.shape, m.places, m.text)), Markup(f"<math>{m.mathml}</math>")
            )
            for m in (*self.matrices, *self.jacobians)
            if len(m.rows) > 1 and m.shape[1] > 1
        ]
        rows = [
            Markup("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
                f"∂{e.entry}/∂{e.by}",
                Markup(f"<math>{mathml(e.elementwise)}</math>"),
                Markup(f"<math>{mathml(e.kronecker)}</math>"),
                Markup('<span class="good">✓</span>' if e.equal else '<b class="bad">differs</b>'),
            )
            for e in self.entries
        ]
        return Markup(
            '<section class="nzdiff"><p>With {}</p><div class="spies">{}</div>'
            '<div class="spies">{}</div><p>{}</p>'
            '<div class="wide"><table><thead><tr><th scope="col">entry</th>'
            '<th scope="col">by scalar calculus</th><th scope="col">in the Kronecker form</th>'
            "<th></th></tr></thead><tbody>{}</tbody></table></div></section>"
        ).format(
            self.sizes,
            Markup("").join(matrices),
            Markup("").join(spies),
            self.verdict,
            Markup("").join(rows),
        )

    def latex(self) -> str:
        """The matrices, in an align* environment."""
        lines = [f"  {m.latex} &= {_latex(m)}" for m in (*self.matrices, *self.jacobians)]
        return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])

    _repr_latex_ = latex


FEW = 40
"""Entries of which zeros are shown in text as well."""


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


def _math(matrix: Written) -> Markup:
    rows = "".join(
        "<mtr>" + "".join(f"<mtd>{mathml(entry)}</mtd>" for entry in row) + "</mtr>"
        for row in matrix.rows
    )
    return Markup(
        f'<math displaystyle="true">{matrix.mathml}<mo>=</mo><mrow><mo>[</mo>'
        f"<mtable>{rows}</mtable><mo>]</mo></mrow></math>"
    )


def _latex(matrix: Written) -> str:
    rows = " \\\\ ".join(" & ".join(map(latex, row)) for row in matrix.rows)
    return rf"\begin{{bmatrix}}{rows}\end{{bmatrix}}"
