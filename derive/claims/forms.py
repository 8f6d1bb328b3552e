"""The proven derivatives, in each of the forms in which one may be claimed."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import canonical, product, transpose
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix


def truths_like(
    derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: Any
) -> list[Any]:
    """The proven derivatives of the shape of the claim: of several residuals, of each."""
    known, _ = _known(derivation, what, pair, claim)
    return [form for form in known if _shape(form) == _shape(claim)]


def misfit(derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: Any) -> str:
    """What shape a claim should have, and where it is by every entry, what makes it fit."""
    known, by_vec = _known(derivation, what, pair, claim)
    shapes = list(dict.fromkeys(map(_shape, known)))
    lacks = any(_shape(form) == _shape(claim) for form in by_vec)
    advice = f"; {_selected(derivation, what, pair)}" if lacks else ""
    shape = "" if shapes == [NUMBER] else "shape "
    return f"claim: expected {shape}{' or '.join(shapes)}, got {_shape(claim)}{advice}"


def _known(
    derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: Any
) -> tuple[list[MatrixExpr], list[MatrixExpr]]:
    """The forms that a claim may have, and those by every entry, whether it may or not."""
    forms, _ = forms_of(derivation, what, pair)
    by_vec = forms_by_entry(derivation, what, pair)
    moving = claim.has(*derivation.tangents.values())  # dΓ of a 1 × 1 unknown has its shape, too
    return [*(by_vec if all(map(_is_full, pair)) and not moving else ()), *forms], by_vec


def forms_by_entry(derivation: Derivation, what: str, pair: tuple[Matrix, ...]) -> list[MatrixExpr]:
    """The forms by vec(G), as textbooks have them: those by g, without P."""
    _, selected = forms_of(derivation, what, pair)
    selections = (derivation.selection(unknown) for unknown in pair)
    whole = {P: sp.Identity(P.cols) for P in selections}
    return [canonical(form.xreplace(whole)) for form in selected]


def usual_shape(
    derivation: Derivation, what: str, pair: tuple[Matrix, ...]
) -> tuple[Any, Any] | None:
    """The shape of a Hessian as textbooks have it: by vec(X) of a full X; None of others."""
    if what not in ("hessian", "gauss_newton"):
        return None
    if all(map(_is_full, pair)):
        rows, cols = (unknown.rows * unknown.cols for unknown in pair)
        return rows, cols
    form, *_ = forms_of(derivation, what, pair)[0]
    return form.rows, form.cols


def sized_zeros(derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: Any) -> Any:
    """Zeros in the size that is proven: of a claim of 0, and of zeros by vec(X)."""
    zeros: Any = claim if isinstance(claim, sp.ZeroMatrix) else None
    if what == "differential" or not (claim == 0 or zeros is not None):
        return claim
    form, *_ = forms_of(derivation, what, pair)[0]
    places = tuple(unknown.rows * unknown.cols for unknown in pair)
    by_vec = what in ("hessian", "gauss_newton") and all(map(_is_full, pair))
    if zeros is not None and not (by_vec and zeros.shape == places):
        return claim
    return sp.ZeroMatrix(*form.shape)


def forms_of(
    derivation: Derivation, what: str, pair: tuple[Matrix, ...]
) -> tuple[list[MatrixExpr], list[MatrixExpr]]:
    """Every form of a derivative, and those by the stored values g, with P in them."""
    unknown, column = pair
    gradient = derivation.gradients[unknown]
    vector = product(1, derivation.selection(unknown), Vec(gradient.matrix))
    residuals = derivation.problem.residuals
    match what:
        case "differential":
            return [*derivation.differentials, derivation.energy_differential], []
        case "gradient":
            by_g = vector if gradient.kronecker.has(Vec) else gradient.kronecker
            return [gradient.matrix, by_g], [vector]
        case "jacobian" if len(residuals) > 1:
            raise ValueError(f"jacobian: expected a problem of one residual, got {len(residuals)}")
        case "jacobian":
            rows = [derivation.jacobians[r.symbol, unknown].kronecker for r in residuals]
            rows += [] if derivation.problem.is_function else [transpose(vector)]
            return rows, rows
        case "hessian" | "gauss_newton":
            blocks = derivation.hessians if what == "hessian" else derivation.gauss_newtons
            block, alone = blocks[unknown, column], len(derivation.problem.wrt) == 1
            return [block.kronecker, *([block.matrix] if alone else [])], [block.kronecker]
    raise ValueError(
        f"what: expected differential, gradient, jacobian, gauss_newton or hessian, got {what!r}"
    )


def _selected(derivation: Derivation, what: str, pair: tuple[Matrix, ...]) -> str:
    """What to do with a derivative by all of vec(G), where not every entry is a stored value."""
    left, right = (str(derivation.selection(unknown).name) for unknown in pair)
    form = {"gradient": f"{left} …", "jacobian": f"… {right}ᵀ"}.get(what, f"{left} … {right}ᵀ")
    names = dict.fromkeys(zip(pair, (left, right), strict=True))
    where = ", ".join(f"{P} = derivation.selection({u.name})" for u, P in names)
    return f"that is by every entry; multiply by {form} with {where}"


def _is_full(unknown: Matrix) -> bool:
    """Whether every entry of an unknown is one of its stored values."""
    return unknown.kind_of == "dense" and not unknown.symmetric


NUMBER = "a number"


def _shape(expr: Any) -> str:
    if not isinstance(expr, MatrixExpr):
        return NUMBER
    return f"{text(expr.rows)} × {text(expr.cols)}"


def check_symbols(derivation: Derivation, claim: MatrixExpr) -> None:
    """ValueError for a matrix in a claim that the derivation does not know."""
    known = {str(s.name) for s in derivation.symbols}
    for symbol in sorted(claim.atoms(sp.MatrixSymbol), key=str):
        if str(symbol.name) not in known:
            raise ValueError(
                f"{symbol.name}: not a matrix of the problem; known are {', '.join(sorted(known))}"
            )
