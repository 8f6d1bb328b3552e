"""What is asked: the problem, the unknowns that are meant, and the claim as an expression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.symbols import Matrix, as_matrix
from nzdiff.derive.typed.parse import names_of, read_formula

Unknown = Matrix | sp.Symbol | str
"""An unknown, or its name."""


def unknowns(problem: Problem, what: str, wrt: Any) -> tuple[Matrix, Matrix]:
    """The unknowns of the rows and the columns of a derivative, the same but for a block.

    wrt: an unknown or a pair; names as text, ``"U"``, ``"U V"``.  A differential is in all of them.
    Raises ValueError where several could be meant, and for what is no unknown.
    """
    named = {str(unknown.name): unknown for unknown in problem.wrt}
    choice = " or ".join(map(repr, named))
    if wrt is None and len(named) > 1 and what != "differential":
        raise ValueError(
            f"wrt: expected which of the several unknowns is meant, {choice}; "
            "for a block of the Hessian, a pair"
        )
    if wrt is None:
        return problem.wrt[0], problem.wrt[0]
    found = list[Matrix]()
    for unknown in _parts(wrt):
        given = as_matrix(unknown) if isinstance(unknown, sp.Symbol) else unknown
        given = named.get(given, given) if isinstance(given, str) else given
        if given not in problem.wrt:
            raise ValueError(f"wrt: expected an unknown of the problem, {choice}, got {unknown}")
        found.append(given)
    if len(found) > 2 or (len(found) == 2 and what not in ("hessian", "gauss_newton")):
        raise ValueError(
            f"wrt: expected one unknown, or a pair for a block of the Hessian, got {len(found)}"
        )
    return found[0], found[-1]


def _parts(wrt: Any) -> Iterable[Any]:
    """One unknown, or several, names among them as symbols are called."""
    for part in wrt if isinstance(wrt, (tuple, list)) else (wrt,):
        yield from names_of(part) if isinstance(part, str) else (part,)


def typed(derivation: Derivation, claim: str, shape: tuple[Any, Any] | None = None) -> Any:
    """A typed claim as an expression; shape: of the derivative, for a claim such as 2*I.

    F, where no matrix has that name, is −f for the residual f of a squared norm, as texts have it
    that subtract the data last; the function itself, f, where the problem is a matrix function.
    """
    problem, names = derivation.problem, dict[str, Any]()
    if len(problem.residuals) == 1 and "F" not in problem.names:
        residual = problem.residuals[0].symbol
        names["F"] = residual if problem.is_function else -residual
    symbols = (*derivation.symbols, *problem.scalars, *problem.dimensions)
    return read_formula(claim, symbols, names, shape)


def of_unknowns(problem: Problem, what: str, pair: tuple[Matrix, ...], claim: Any) -> Any:
    """The claim in the matrices that stand for unknown numbers, itself one where it is a number."""
    claim = problem.with_unknowns(claim)
    alone = what != "differential" and all(unknown.shape == (1, 1) for unknown in pair)
    return claim if isinstance(claim, MatrixExpr) or not alone else claim * sp.Identity(1)
