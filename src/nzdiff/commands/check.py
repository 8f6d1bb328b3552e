"""`nzdiff check` and `nzdiff verify`: is a claim right, and are the derivatives."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

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


def _claims(what: str) -> Any:
    """The option that takes a claim of a kind."""
    return typer.Option(help=what, metavar="FORMULA")


GradientOption = Annotated[str | None, _claims("∂E/∂G, as `2*A'*(A*x - b)`.")]
JacobianOption = Annotated[str | None, _claims("∂vec(f)/∂g, as `(B' ⊗ A)*P'`.")]
HessianOption = Annotated[str | None, _claims("∂²E/∂g², as `2*A'*A`.")]
GaussNewtonOption = Annotated[
    str | None, _claims("The Gauss-Newton matrix of squared norms, their weights included.")
]
DifferentialOption = Annotated[str | None, _claims("dE or df in dG, as `2*f'*A*dx`.")]
OfOption = Annotated[
    str,
    typer.Option(
        help="Of several unknowns, by which the claims are: `U`; `U V` for that block of Hessians."
    ),
]


def check(
    source: SourceArgument,
    wrt: WrtOption = "",
    sparse: SparseOption = "",
    dense: DenseOption = "",
    diagonal: DiagonalOption = "",
    symmetric: SymmetricOption = "",
    vector: VectorOption = "",
    scalar: ScalarOption = "",
    of: OfOption = "",
    gradient: GradientOption = None,
    jacobian: JacobianOption = None,
    hessian: HessianOption = None,
    gauss_newton: GaussNewtonOption = None,
    differential: DifferentialOption = None,
) -> None:
    """Is my formula right?  Compare claims with the proven derivatives; say what is wrong.

    A claim is typed as the energy is, in its names and those of the derivation: f is the residual,
    here A x − b (and F = −f), dG a differential, P the selection of stored values, K(n, m) the
    commutation matrix.

    `nzdiff check "norm2(A*x - b)^2" --wrt x --gradient "2*A'*(A*x - b)"`

    `nzdiff check "norm2(A - U*V')^2" --wrt "U V" --of U --gradient "-2*(A - U*V')*V"`

    Exit status 1 where a claim is wrong.
    """
    from nzdiff.derive.claims.claim import check as judged

    claims: dict[Any, str | None] = {
        "gradient": gradient,
        "jacobian": jacobian,
        "hessian": hessian,
        "gauss_newton": gauss_newton,
        "differential": differential,
    }
    with user_errors():
        given = {what: claim for what, claim in claims.items() if claim is not None}
        if not given:
            raise ValueError('expected a claim, as in --gradient "2*A\'*(A*x - b)"')
        problem = problem_of(source, wrt, sparse, dense, diagonal, symmetric, vector, scalar)
        if len(problem.wrt) > 1 and not of and given.keys() != {"differential"}:
            names = [str(unknown.name) for unknown in problem.wrt]
            raise ValueError(
                f"--of: expected which of the unknowns {', '.join(names)} the claim is by, as in "
                f"--of {names[0]}; for a block of the Hessian, two"
            )
        chosen = {what: (of or None) if what != "differential" else None for what in given}
        verdicts = [judged(problem, w, claim, wrt=chosen[w]) for w, claim in given.items()]
    for what, verdict in zip(given, verdicts, strict=True):
        say(console, f"{what}: {verdict}")
    if not all(verdicts):
        raise typer.Exit(1)


def verify(
    source: SourceArgument,
    wrt: WrtOption = "",
    sparse: SparseOption = "",
    dense: DenseOption = "",
    diagonal: DiagonalOption = "",
    symmetric: SymmetricOption = "",
    vector: VectorOption = "",
    scalar: ScalarOption = "",
    seed: Annotated[int, typer.Option(help="Seed of the random points and data.", min=0)] = 0,
) -> None:
    """Check every derivative of a problem: exactly, symbolically, numerically, on each backend.

    `nzdiff verify "norm2(A*x - b)^2" --wrt x`

    Exit status 1 where a check fails.
    """
    from nzdiff.verification import verify as checked

    with user_errors():
        report = checked(
            problem_of(source, wrt, sparse, dense, diagonal, symmetric, vector, scalar),
            seed=seed,
            raise_on_failure=False,
        )
    table = Table(title=escape(report.problem))
    for heading in ("", "kind"):
        table.add_column(heading, no_wrap=True)
    for heading in ("check", "detail"):
        table.add_column(heading)
    for entry in report.checks:
        mark = "[green]ok[/]" if entry.passed else "[bold red]FAIL[/]"
        table.add_row(mark, entry.kind, escape(entry.name), escape(entry.detail))
    console.print(table)
    failed = sum(not entry.passed for entry in report.checks)
    console.print(f"{len(report.checks) - failed} checks passed, {failed} failed")
    if failed:
        raise typer.Exit(1)
