"""Is my formula right?  `check` compares a claim with the proven derivative, exactly.

Both are evaluated at random points of GF(2⁶¹ − 1), so that the verdict knows no tolerance.  A
wrong claim is taken apart: its summands are matched with those of the truth, and what is left is
explained by one change (sign, factor, transpose, order of ⊗, K) where one change suffices.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive import explain
from nzdiff.derive.canonical import product
from nzdiff.derive.checks import check_shapes
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.printing import text
from nzdiff.derive.problem import Problem
from nzdiff.derive.symbols import Matrix, Vec, kron

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


def check(
    problem: Problem, what: What, claim: Any, *, wrt: Matrix | None = None, seed: int = 0
) -> Verdict:
    """Is `claim` the differential, gradient, Jacobian, Gauss-Newton matrix or Hessian?

    The claim is a matrix expression in the matrices of the problem, the residual f, differentials
    dG, the selection P (`derivation.selection`), the stored values g (`derivation.parameters`),
    `kron` (or SymPy's `KroneckerProduct`), `commutation(n, m)` and `vec`.  A gradient may be
    claimed as the matrix Γ (n × m, of which the stored positions count) or as P vec(Γ).

    wrt: which unknown, where there are several.  Raises ValueError for shapes that do not fit.
    """
    derivation = problem.derive()
    unknown = _chosen(problem, wrt)
    if not isinstance(claim, MatrixExpr):
        raise TypeError(f"claim: expected a matrix expression, got {claim!r}")
    claim = claim.replace(sp.KroneckerProduct, lambda *factors: reduce(kron, factors))
    check_shapes(claim)
    truth = _truth(derivation, what, unknown, claim)
    judge = explain.Judge(derivation, random.Random(seed))
    _check_symbols(judge, claim)
    if judge.same(claim, truth):
        return Verdict(True, claim, truth, ("equal at random points of GF(2^61 - 1)",), "")
    reasons = tuple(explain.reasons(judge, claim, truth))
    return Verdict(False, claim, truth, reasons, explain.counterexample(derivation, claim, truth))


def _chosen(problem: Problem, wrt: Matrix | None) -> Matrix:
    if wrt is None and len(problem.wrt) > 1:
        raise ValueError("wrt: expected which of the several unknowns is meant")
    if wrt is not None and wrt not in problem.wrt:
        raise ValueError(f"wrt: expected an unknown of the problem, got {wrt}")
    return wrt if wrt is not None else problem.wrt[0]


def _truth(derivation: Derivation, what: str, unknown: Matrix, claim: MatrixExpr) -> MatrixExpr:
    """The proven derivative in the form whose shape the claim has."""
    forms: list[MatrixExpr]
    if what == "differential":
        forms = [derivation.differential]
    elif what == "gradient":
        gradient = derivation.gradients[unknown]
        vector = product(1, derivation.selection(unknown), Vec(gradient.matrix))
        forms = [gradient.matrix, vector if gradient.kronecker.has(Vec) else gradient.kronecker]
    elif what == "jacobian":
        residuals = derivation.problem.residuals
        if len(residuals) != 1:
            raise ValueError(f"jacobian: expected a problem of one residual, got {len(residuals)}")
        (residual,) = residuals
        forms = [derivation.jacobians[residual.symbol, unknown].kronecker]
    elif what in ("hessian", "gauss_newton"):
        blocks = derivation.hessians if what == "hessian" else derivation.gauss_newtons
        forms = [blocks[unknown, unknown].kronecker, blocks[unknown, unknown].matrix]
    else:
        raise ValueError(
            "what: expected differential, gradient, jacobian, gauss_newton or hessian, "
            f"got {what!r}"
        )
    for form in forms:
        if form.shape == claim.shape:
            return form
    shapes = " or ".join(f"{text(form.rows)} × {text(form.cols)}" for form in forms)
    raise ValueError(f"claim: expected shape {shapes}, got {text(claim.rows)} × {text(claim.cols)}")


def _check_symbols(judge: explain.Judge, claim: MatrixExpr) -> None:
    known = set(judge.points[0].values) | {str(s.name) for s in judge.derivation.definitions}
    for symbol in sorted(claim.atoms(sp.MatrixSymbol), key=str):
        if str(symbol.name) not in known:
            raise ValueError(
                f"{symbol.name}: not a matrix of the problem; known are {', '.join(sorted(known))}"
            )
