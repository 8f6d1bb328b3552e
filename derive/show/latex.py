"""A derivation as LaTeX: a file that compiles alone, or its results for a notebook.

Needs amsmath, amssymb, geometry and graphicx.  Formulas break before signs (`lines`), so that none
is wider than the page.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from nzdiff.derive.language.notation import latex
from nzdiff.derive.show.costs import Costs
from nzdiff.derive.show.document import Document, Row
from nzdiff.derive.show.example import Compared, Example, latex_entry, latex_matrix
from nzdiff.derive.show.example import width_of as example_width
from nzdiff.derive.show.lines import in_lines, width_of
from nzdiff.derive.show.relation import places_of, sides
from nzdiff.derive.show.words import code_of, latex_of

PAGE = 44.0
"""The width of text on a page of A4 with margins of 25 mm, in em of 10 pt."""
ARTICLE = 33.0
"""The same of LaTeX's article."""
INDENT = 2.0
HEAD = r"""\documentclass[fleqn]{article}
\usepackage[a4paper, margin=25mm]{geometry}
\usepackage{amsmath, amssymb, graphicx}
\setlength{\mathindent}{1em}
\setlength{\parindent}{0pt}
\setlength{\parskip}{3pt}
\allowdisplaybreaks
\raggedright
\begin{document}
"""
MARKS = {True: r" $\checkmark$", False: r" \textbf{(does not hold)}"}


def as_latex(document: Document) -> str:
    """The whole document as a file for pdflatex."""
    lines = [rf"\section*{{{latex_of(document.title)}}}", r"\subsection*{Given}"]
    lines += [
        rf"${document.show('latex', symbol)}$: {latex_of(said)}\par"
        for symbol, said in document.given
    ]
    lines += [r"\subsection*{Definitions}", *aligned(document, document.definitions, PAGE)]
    for section in document.sections:
        lines.append(rf"\subsection*{{{latex_of(section.title)}}}")
        for number, step in enumerate(section.steps, 1):
            mark = MARKS[document.holds[step]] if step in document.holds else ""
            lines.append(
                rf"{number}. \emph{{{latex_of(step.rule)}}}: {latex_of(step.formula)}{mark}"
            )
            lines += _related(*sides(document, step, "latex"))
    if document.entries:
        lines += [r"\subsection*{One entry of the gradient}", latex_of(places_of(document))]
        lines += aligned(document, document.entries, PAGE)
    lines += [r"\subsection*{Results}", *aligned(document, document.results, PAGE)]
    if document.costs is not None:
        lines += _costs(document.costs)
    if document.example is not None:
        lines += [r"\subsection*{On a small pattern}", *_example(document.example)]
    return HEAD + "\n".join(lines) + "\n\\end{document}\n"


def as_fragment(document: Document) -> str:
    """Definitions and results in one align* environment, as wide as the text of an article."""
    return "\n".join(aligned(document, (*document.definitions, *document.results), ARTICLE))


def example_as_latex(example: Example) -> str:
    """An example as a file for pdflatex."""
    lines = [r"\section*{On a small pattern}", *_example(example)]
    return HEAD + "\n".join(lines) + "\n\\end{document}\n"


def _example(example: Example) -> list[str]:
    """Matrices, each no wider than the page, and each entry in two lines.

    A Jacobian is a matrix where that fits; its entries are listed in any case.
    """
    fitting = (m for m in example.jacobians if example_width(m) <= PAGE)
    lines = [latex_of(f"With {example.sizes}:") + r"\par"]
    for matrix in (*example.matrices, *fitting):
        formula = f"${matrix.latex} = {latex_matrix(matrix)}$"
        wide = example_width(matrix) > PAGE - INDENT
        lines.append(
            rf"\resizebox{{\textwidth}}{{!}}{{{formula}}}\par" if wide else rf"{formula}\par"
        )
    said = "Entries by scalar calculus, and below each in the Kronecker form"
    lines.append(latex_of(f"{said}: {example.verdict}."))
    return lines + [line for entry in example.listed for line in _entry(entry)]


def _entry(entry: Compared) -> list[str]:
    """∂f[a, b]/∂g_t = by scalar calculus = in the Kronecker form."""
    name, bracket, place = entry.entry.partition("[")
    above, below = latex(sp.Symbol(name)) + bracket + place, latex(sp.Symbol(entry.by))
    sides = [rf"  \frac{{\partial {above}}}{{\partial {below}}}"]
    room = PAGE - width_of(above) - 2 * INDENT
    marks = ["", r" \quad\checkmark" if entry.equal else r" \quad\textbf{(differs)}"]
    shown = [
        "&= " + " \\\\\n  &\\quad ".join(in_lines(latex_entry(value), room - 3.0)) + mark
        for value, mark in zip((entry.elementwise, entry.kronecker), marks, strict=True)
    ]
    return [r"\begin{align*}", *sides, " \\\\\n  ".join(shown), r"\end{align*}"]


def _costs(costs: Costs) -> list[str]:
    """A table, and the plan in lines."""
    rows = [" & ".join(map(latex_of, row)) + r" \\" for row in costs.table]
    lines = [r"\subsection*{What it costs}", latex_of(costs.sentence), r"\par\smallskip"]
    lines += [r"\begin{tabular}{lrrrr}", rows[0], r"\hline", *rows[1:], r"\end{tabular}"]
    lines += [r"\subsection*{The plan}", latex_of(costs.verdict), ""]
    return [*lines, *(f"{code_of(call)}: {flops}\n" for call, _, flops, _ in costs.plan[1:])]


def aligned(document: Document, rows: Iterable[Row], width: float) -> list[str]:
    """Rows name = formula, their signs of equality below each other."""
    pairs = [(row.name.shown("latex"), document.show("latex", row.expr)) for row in rows]
    room = width - max((width_of(name) for name, _ in pairs), default=0.0) - INDENT
    lines = [
        f"  {name} &= " + " \\\\\n  &\\quad ".join(in_lines(formula, room - 1.0, room))
        for name, formula in pairs
    ]
    return [r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"] if lines else []


def _related(before: str, sign: str, after: str) -> list[str]:
    """What a step states: in one line where that fits, else sides below each other."""
    room = PAGE - 2 * INDENT
    whole = before + sign + after
    if width_of(whole) <= room:
        rows = [whole]
    else:
        left = " \\\\\n  &\\quad ".join(in_lines(before, room - 1.0, room))
        right = " \\\\\n  &\\quad ".join(in_lines(after, room - 2.5, room - 1.5))
        rows = [left, rf"\mathrel{{}}{sign.strip()} {right}"]
    return [r"\begin{align*}", "  &" + " \\\\\n  &".join(rows), r"\end{align*}"]
