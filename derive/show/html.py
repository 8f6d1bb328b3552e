"""A derivation as HTML with native MathML: a page of its own, or a part of a notebook."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.calculus.identities.entries import Total
from nzdiff.derive.language.notation import STYLES, Style, mathml, text
from nzdiff.derive.show.breaks import parts_of
from nzdiff.derive.show.document import Document, Row, Section
from nzdiff.derive.show.example import Compared, Example, Written, width_of
from nzdiff.derive.show.relation import places_of, related, signs_of
from nzdiff.derive.show.words import html_of
from nzdiff.spy import spy_svg

COPIES: tuple[tuple[Style, str], ...] = (("latex", "LaTeX"), ("text", "text"))
"""What a result can be copied as."""
NUMBERS = ("operations", "memory", "bytes")
"""Columns of numbers."""


def as_html(document: Document) -> str:
    """One page that needs neither network nor scripts; steps unfold."""
    return _template("page.html.j2").render(
        document=document, body=Markup(_body(document)), style=Markup(_style())
    )


def as_fragment(document: Document) -> str:
    """The same without a page around it."""
    return f"<style>\n{_style()}</style>\n{_body(document)}"


def _body(document: Document) -> str:
    return _template("fragment.html.j2").render(
        document=document,
        math=lambda expr: _math(document.show("mathml", expr), text(expr)),
        relation=lambda step: _math(
            related(document, step, "mathml"), related(document, step, "text")
        ),
        result=lambda row: _result(document, row),
        mark=lambda step: _mark(document, step),
        checked=lambda section: _checked(document, section),
        note=signs_of(document),
        words=html_of,
        table=_table,
        places=places_of(document),
    )


def _math(markup: str, said: str) -> Markup:
    """MathML in parts between which a line may break, with its text as the accessible name."""
    parts = Markup("<wbr>").join(
        Markup('<math displaystyle="true" aria-hidden="true">{}</math>').format(Markup(part))
        for part in parts_of(markup)
    )
    return Markup('<span role="math" aria-label="{}">{}</span>').format(said, parts)


def _result(document: Document, row: Row) -> Markup:
    formulas: dict[Style, str] = {
        style: f"{row.name.shown(style)} = {document.show(style, row.expr)}" for style in STYLES
    }
    markup = f"{row.name.shown('mathml')}<mo>=</mo>{document.show('mathml', row.expr)}"
    buttons = Markup("").join(
        Markup(
            '<button type="button" hidden="" data-copy="{}" aria-label="copy as {}">{}</button>'
        ).format(formulas[style], label, label)
        for style, label in COPIES
    )
    known = document.costs.programs if document.costs is not None else {}
    programs = known if row in document.results else {}
    buttons += Markup("").join(
        Markup(
            '<button type="button" hidden="" data-from="nzdiff-{}-{}"'
            ' aria-label="copy a program in {}">{}'
            "</button>"
        ).format(result, language, language, language)
        for result, language in programs
        if result == row.name.result
    )
    shown = _math(markup, formulas["text"])
    return Markup(
        '<div class="row"><div class="wide">{}</div><div class="side">{}{}</div></div>'
    ).format(shown, _mark(document, row.expr), buttons)


def _table(rows: tuple[tuple[str, ...], ...]) -> Markup:
    """Headings, then rows; numbers stand at the right, and what does not fit scrolls."""
    numbers = [name.split(":")[-1].strip() in NUMBERS for name in rows[0]]
    kinds = [Markup(' class="number"') if number else Markup("") for number in numbers]
    head, *body = (
        Markup("").join(
            Markup("<{0}{1}>{2}</{0}>").format(tag, kind, cell)
            for kind, cell in zip(kinds, row, strict=True)
        )
        for tag, row in [("th", rows[0]), *(("td", row) for row in rows[1:])]
    )
    lines = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in body)
    return Markup(
        '<div class="wide"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, lines)


def _mark(document: Document, step: Rewrite | Total) -> Markup:
    if step not in document.holds:
        return Markup("")
    if document.holds[step]:
        return Markup(' <span class="good" role="img" aria-label="checked">✓</span>')
    return Markup(' <span class="bad">does not hold</span>')


def _checked(document: Document, section: Section) -> bool:
    return all(document.holds.get(step, False) for step in section.steps)


SMALLER = ((45.0, ""), (60.0, " small"), (85.0, " smaller"))
"""Widths in em, and the classes of letters in which matrices of such a width fit a page."""


def example_as_html(example: Example) -> Markup:
    """An example as a part of a page: matrices, spy plots, and each entry in two lines."""
    spies = [
        Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(
            Markup(spy_svg(m.shape, m.places, m.text)), Markup(f"<math>{m.mathml}</math>")
        )
        for m in (*example.matrices, *example.jacobians)
        if len(m.rows) > 1 and m.shape[1] > 1
    ]
    return Markup(
        '<section class="nzdiff"><p>With {}</p><div class="spies">{}</div>'
        '<div class="spies">{}</div><p>Entries by scalar calculus, and below each in the Kronecker'
        ' form: {}.</p><ul class="entries">{}</ul></section>'
    ).format(
        example.sizes,
        Markup("").join(map(_matrix, example.matrices)),
        Markup("").join(spies),
        example.verdict,
        Markup("").join(map(_entry, example.listed)),
    )


def _matrix(matrix: Written) -> Markup:
    """Its entries in brackets, in letters that fit a page."""
    wide = width_of(matrix)
    size = next((letters for most, letters in SMALLER if wide <= most), " smallest")
    rows = "".join(
        "<mtr>" + "".join(f"<mtd>{mathml(entry)}</mtd>" for entry in row) + "</mtr>"
        for row in matrix.rows
    )
    return Markup(
        f'<div class="wide{size}"><math displaystyle="true">{matrix.mathml}<mo>=</mo><mrow>'
        f"<mo>[</mo><mtable>{rows}</mtable><mo>]</mo></mrow></math></div>"
    )


def _entry(entry: Compared) -> Markup:
    """∂f[a, b]/∂g_t by scalar calculus, below it the entry of the Kronecker form."""
    good, bad = '<span class="good">✓</span>', '<b class="bad">differs</b>'
    return Markup("<li>∂{}/∂{} {}<div>= {}</div><div>= {}</div></li>").format(
        entry.entry,
        entry.by,
        Markup(good if entry.equal else bad),
        *(_math(mathml(value), text(value)) for value in (entry.elementwise, entry.kronecker)),
    )


@cache
def _template(name: str) -> jinja2.Template:
    return _environment().from_string(_text(name))


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )


def _style() -> str:
    return _text("style.css")


def _text(name: Any) -> str:
    return files("nzdiff.derive.show").joinpath(name).read_text("utf-8")
