"""What `derive`, `check` and `verify` are about: a formula and its declarations, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nzdiff.problem import Problem

SourceArgument = Annotated[
    str,
    typer.Argument(
        help="A formula such as `norm2(X - Y*G'*L*G*B)^2`, with --wrt; or a problem file, a Python "
        "file that defines `problem = nz.Problem(…)`."
    ),
]
WrtOption = Annotated[str, typer.Option(help="Of a formula: its unknowns, `G` or `G H`.")]
KINDS = ("sparse", "dense", "diagonal", "symmetric", "vector", "scalar")


def _declares(what: str) -> Any:
    """The option that declares names of a kind."""
    return typer.Option(help=what, metavar="NAMES")


SparseOption = Annotated[str, _declares("Sparse matrices: `G L`, `G,L`, with sizes `G(n, m) L`.")]
DenseOption = Annotated[str, _declares("Dense matrices; so is what begins with a capital letter.")]
DiagonalOption = Annotated[str, _declares("Diagonal matrices: `D`, `D(n)`.")]
SymmetricOption = Annotated[str, _declares("Matrices that are symmetric, beside their kind.")]
VectorOption = Annotated[str, _declares("Columns: `x y`, `x(n)`.")]
ScalarOption = Annotated[str, _declares("Numbers: `a b`; so are Greek letters.")]


def problem_of(source: str, wrt: str, *words: str) -> Problem:
    """The problem of a formula, where unknowns are named, or of a file.

    words: what the options of a formula declare, in the order of KINDS.
    """
    from nzdiff.problem import parse
    from nzdiff.problem_file import load_problem

    kinds = {name: given for name, given in zip(KINDS, words, strict=True) if given}
    if wrt:
        return parse(source, wrt, **kinds)
    if not source.endswith(".py") and not Path(source).exists():
        raise ValueError(
            f"{source}: there is no such file; a formula wants its unknowns, as in --wrt G"
        )
    if kinds:
        raise ValueError(
            f"--{next(iter(kinds))}: declares names of a formula, and {source} is a file"
        )
    return load_problem(Path(source)).problem
