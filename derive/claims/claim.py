"""Is my formula right?  `check` compares a claim with the proven derivative, exactly.

Both are evaluated at random points of a prime field, so that the verdict knows no tolerance.  A
wrong claim is taken apart: its summands are matched with those of the truth, and what is left is
explained by one change (sign, factor, transpose, order of ⊗, K) where one change suffices.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import add, canonical, hadamard, product, transpose
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.normal_form import slopes
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.calculus.well_formed import check_nodes, check_shapes
from nzdiff.derive.claims import explain
from nzdiff.derive.claims.counterexample import counterexample
from nzdiff.derive.claims.judge import Judge
from nzdiff.derive.language import decimals
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.notation import latex, mathml, text
from nzdiff.derive.language.symbols import Matrix, as_matrix
from nzdiff.derive.typed.parse import read_formula

What = Literal["differential", "gradient", "jacobian", "gauss_newton", "hessian"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim is right, and if not, what is wrong with it.

    truth: the derivative in the form of the claim.  reasons: what differs, and what would be
    right.  counterexample: small numbers for which the two differ.
    """

    right: bool
    claim: MatrixExpr
    truth: MatrixExpr
    reasons: tuple[str, ...]
    counterexample: str

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        lines = [f"{'right' if self.right else 'wrong'}: {text(self.claim)}"]
        lines += [f"  {reason}" for reason in self.reasons]
        lines += [] if self.right else [f"  it should be {text(self.truth)}", self.counterexample]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """What a notebook shows: claim and truth in MathML, and what differs."""
        said = "right" if self.right else "wrong"
        lines = [f"<p><b>{said}</b>: <math>{mathml(self.claim)}</math></p>"]
        lines += [f"<p>{escape(reason)}</p>" for reason in self.reasons]
        if not self.right:
            lines.append(f"<p>It should be <math>{mathml(self.truth)}</math></p>")
            lines.append(f"<pre>{escape(self.counterexample)}</pre>")
        return "".join(lines)

    def _repr_latex_(self) -> str:
        """The claim, beside the truth where it is wrong."""
        sides = [latex(self.claim), *([] if self.right else [latex(self.truth)])]
        return r"$\displaystyle " + r" \ne ".join(sides) + "$"


def check(
    problem: Problem,
    what: What,
    claim: Any,
    *,
    wrt: Matrix | sp.Symbol | tuple[Matrix | sp.Symbol, Matrix | sp.Symbol] | None = None,
    seed: int = 0,
) -> Verdict:
    """Is `claim` the differential, gradient, Jacobian, Gauss-Newton matrix or Hessian?

    The claim is text as `nzdiff.parse` reads it (``"2*L*G*B*F'*Y"``, with F for the residual), or
    a matrix expression in the matrices of the problem, the residual f, differentials dG, the
    selection P (`derivation.selection`), the stored values g (`derivation.parameters`), `kron` (or
    SymPy's `KroneckerProduct`), `commutation(n, m)` and `vec`.  A gradient may be
    claimed as the matrix Γ (n × m, of which the stored positions count) or as P vec(Γ), the
    Jacobian of an energy as the row (P vec(Γ))ᵀ.  By an unknown that is full, P may be left out:
    derivatives by vec(X), as textbooks have them; where it is symmetric, in symmetric directions.

    wrt: which unknown, where there are several; a pair (row, column) for a block of the Hessian.
    Raises ValueError for shapes that do not fit.
    """
    derivation = derive(problem)
    pair = tuple(_chosen(problem, u) for u in (wrt if isinstance(wrt, tuple) else (wrt, wrt)))
    unknown = pair[0]
    if isinstance(claim, str):
        claim = _typed(derivation, claim)
    if not isinstance(claim, sp.Expr):
        raise TypeError(f"claim: expected a formula, got {claim!r}")
    check_shapes(claim)
    claim = _of_unknowns(problem, what, pair, claim)
    exact = canonical(decimals.exact(claim))
    check_nodes(exact, exact)
    left_over = _of_symmetric(derivation, what, pair, exact)
    exact, suffix = (exact, "") if left_over is None else (left_over, OF_SYMMETRIC)
    truth = _truth(derivation, what, pair, exact)
    _check_symbols(derivation, exact)
    judge = Judge(derivation, random.Random(seed), exact, truth)
    if judge.same(exact, truth):
        return Verdict(True, claim, truth, (f"equal {judge.how}{suffix}",), "")
    if what == "gradient" and exact.shape == unknown.shape:
        stored = [product(1, derivation.selection(unknown), Vec(form)) for form in (exact, truth)]
        if judge.same(*stored):
            reason = f"equal {judge.how}, in what P vec(·) leaves of it"
            return Verdict(True, claim, truth, (reason,), "")
    names = derivation.definitions
    truths: tuple[Any, ...] = (truth,)
    if names and truth.has(*names) and not exact.has(*names):
        truths = (canonical(truth.xreplace(names)), truth)
    verdicts = [_wrong(judge, unknown, claim, exact, spelling) for spelling in truths]
    if what == "gradient" and unknown.symmetric and _counts_once(judge, exact, truth):
        verdicts = [replace(verdicts[0], reasons=(COUNTED_ONCE,))]
    return min(verdicts, key=lambda verdict: len(verdict.reasons))


OF_SYMMETRIC = ", in symmetric directions"


def _of_symmetric(
    derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: MatrixExpr
) -> MatrixExpr | None:
    """A derivative by vec(S) of full symmetric unknowns, by their stored values instead.

    Matrices that differ in skew directions alone are one derivative.  None of another claim.
    """
    if not all(unknown.kind_of == "dense" and unknown.symmetric for unknown in pair):
        return None
    _, selected = _forms(derivation, what, pair)
    left, right = (derivation.selection(unknown) for unknown in pair)
    whole = {P: sp.Identity(P.cols) for P in (left, right)}
    if _shape(claim) not in {_shape(canonical(form.xreplace(whole))) for form in selected}:
        return None
    before = () if what == "jacobian" else (left,)
    after = () if what == "gradient" else (transpose(right),)
    return product(1, *before, claim, *after)


COUNTED_ONCE = (
    "that is Γ + Γᵀ − diag(Γ), the derivatives by the values of a triangle written as a matrix; "
    "here Γ has dE = Γ : dG, and Tᵀ vec(Γ) adds up the places where a value stands"
)


def _counts_once(judge: Judge, claim: Any, gamma: Any) -> bool:
    """Whether a claim is Γ + Γᵀ − diag(Γ), as textbooks write it for symmetric matrices."""
    if claim.shape != gamma.shape:
        return False
    diagonal = product(-1, hadamard(sp.Identity(gamma.rows), gamma))
    return judge.same(claim, add(gamma, transpose(gamma), diagonal))


def _wrong(judge: Judge, unknown: Matrix, claim: Any, exact: Any, truth: Any) -> Verdict:
    """The verdict on a claim that differs from the truth in this spelling."""
    derivation = judge.derivation
    example = counterexample(derivation, exact, truth)
    left, right = exact, truth
    if not isinstance(exact, MatrixExpr):
        sides = (slopes(side, derivation.tangents) for side in (exact, truth))
        left, right = (side.get(unknown, sp.ZeroMatrix(*unknown.shape)) for side in sides)
    reasons = tuple(explain.reasons(judge, left, right))
    return Verdict(False, claim, truth, reasons, example)


def _typed(derivation: Derivation, claim: str) -> Any:
    """A typed claim as an expression; F is the residual f where no matrix has that name."""
    problem, names = derivation.problem, dict[str, Any]()
    if len(problem.residuals) == 1 and "F" not in problem.names:
        names["F"] = problem.residuals[0].symbol
    symbols = (*derivation.symbols, *problem.scalars, *problem.dimensions)
    return read_formula(claim, symbols, names)


def _of_unknowns(problem: Problem, what: str, pair: tuple[Matrix, ...], claim: Any) -> Any:
    """The claim in the matrices that stand for unknown numbers, itself one where it is a number."""
    claim = problem.with_unknowns(claim)
    alone = what != "differential" and all(unknown.shape == (1, 1) for unknown in pair)
    return claim if isinstance(claim, MatrixExpr) or not alone else claim * sp.Identity(1)


def _chosen(problem: Problem, wrt: Matrix | sp.Symbol | None) -> Matrix:
    if isinstance(wrt, sp.Symbol):
        wrt = as_matrix(wrt)
    if wrt is None and len(problem.wrt) > 1:
        raise ValueError("wrt: expected which of the several unknowns is meant")
    if wrt is not None and wrt not in problem.wrt:
        raise ValueError(f"wrt: expected an unknown of the problem, got {wrt}")
    return wrt if wrt is not None else problem.wrt[0]


def _truth(
    derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: MatrixExpr
) -> MatrixExpr:
    """The proven derivative in the form whose shape the claim has."""
    forms, selected = _forms(derivation, what, pair)
    selections = [derivation.selection(unknown) for unknown in pair]
    whole = {P: sp.Identity(P.cols) for P in selections}
    by_vec = [canonical(form.xreplace(whole)) for form in selected]
    moving = claim.has(*derivation.tangents.values())  # dΓ of a 1 × 1 unknown has its shape, too
    known = [*(by_vec if all(map(_is_full, pair)) and not moving else ()), *forms]
    found = next((form for form in known if _shape(form) == _shape(claim)), None)
    if found is not None:
        return found
    shapes = " or ".join(dict.fromkeys(map(_shape, known)))
    lacks = any(_shape(form) == _shape(claim) for form in by_vec)
    advice = f"; {_selected(what, pair, selections)}" if lacks else ""
    raise ValueError(f"claim: expected shape {shapes}, got {_shape(claim)}{advice}")


def _forms(
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


def _selected(what: str, pair: tuple[Matrix, ...], selections: list[Matrix]) -> str:
    """What to do with a derivative by all of vec(G), where not every entry is a stored value."""
    left, right = (str(P.name) for P in selections)
    form = {"gradient": f"{left} …", "jacobian": f"… {right}ᵀ"}.get(what, f"{left} … {right}ᵀ")
    names = dict.fromkeys(zip(pair, (left, right), strict=True))
    where = ", ".join(f"{P} = derivation.selection({u.name})" for u, P in names)
    return f"that is by every entry; multiply by {form} with {where}"


def _is_full(unknown: Matrix) -> bool:
    """Whether every entry of an unknown is one of its stored values."""
    return unknown.kind_of == "dense" and not unknown.symmetric


def _shape(expr: Any) -> str:
    if not isinstance(expr, MatrixExpr):
        return "of a number"
    return f"{text(expr.rows)} × {text(expr.cols)}"


def _check_symbols(derivation: Derivation, claim: MatrixExpr) -> None:
    known = {str(s.name) for s in derivation.symbols}
    for symbol in sorted(claim.atoms(sp.MatrixSymbol), key=str):
        if str(symbol.name) not in known:
            raise ValueError(
                f"{symbol.name}: not a matrix of the problem; known are {', '.join(sorted(known))}"
            )
