"""`nzdiff derive`: the derivation of a problem in many forms."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated

import typer

from nzdiff.commands.output import console, user_errors
from nzdiff.commands.source import (
    DenseOption,
    DiagonalOption,
    ScalarOption,
    SourceArgument,
    SparseOption,
    SymmetricOption,
    VectorOption,
    WrtOption,
    problem_of,
)
from nzdiff.terminal import say

if TYPE_CHECKING:
    from nzdiff.derive.show.document import Level


def derive(
    source: SourceArgument,
    wrt: WrtOption = "",
    sparse: SparseOption = "",
    dense: DenseOption = "",
    diagonal: DiagonalOption = "",
    symmetric: SymmetricOption = "",
    vector: VectorOption = "",
    scalar: ScalarOption = "",
    latex: Annotated[bool, typer.Option("--latex", help="All of it as a LaTeX file.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="All of it as Markdown.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page, with every step checked.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    short: Annotated[bool, typer.Option("--short", help="Definitions and results alone.")] = False,
    dimensions: Annotated[
        bool, typer.Option("--dimensions", help="Which dimensions reduce or separate, and why.")
    ] = False,
) -> None:
    """Print the derivation of a problem: every step with its rule, and all results.

    `nzdiff derive "norm2(X - Y*G'*L*G*B)^2" --wrt G --sparse G,L --html out.html`

    docs/reference/typed.md has all that a formula may hold.
    """
    with user_errors():
        forms = [
            option
            for option, given in (
                ("--html", html or show),
                ("--latex", latex),
                ("--markdown", markdown),
                ("--dimensions", dimensions),
            )
            if given
        ]
        if len(forms) > 1:
            raise ValueError(f"{' and '.join(forms)}: expected one of them at a time")
        problem = problem_of(source, wrt, sparse, dense, diagonal, symmetric, vector, scalar)
        if dimensions:
            from nzdiff.derive.dimensions.report import dimensions as table

            say(console, str(table(problem)))
            return
        derivation = problem.derive()
        level: Level = "short" if short else "full"
        if html or show:
            page = html or Path(mkdtemp(prefix="nzdiff-")) / "derivation.html"
            _write(page, derivation.html(level))
            say(console, f"wrote {page}")
            if show:
                typer.launch(str(page))
        elif latex:
            say(console, derivation.latex(level))
        else:
            say(console, derivation.markdown(level) if markdown else derivation.show(level))


def _write(page: Path, text: str) -> None:
    """Write a page; ValueError that names the option where that fails."""
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"--html: {page} cannot be written: {error.strerror}") from error
