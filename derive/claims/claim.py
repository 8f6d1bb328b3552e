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
from nzdiff.derive.claims import asked, explain, forms
from nzdiff.derive.claims.asked import Unknown
from nzdiff.derive.claims.counterexample import counterexample
from nzdiff.derive.claims.judge import Judge
from nzdiff.derive.language import decimals
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.notation import latex, mathml, text
from nzdiff.derive.language.symbols import Matrix

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
    wrt: Unknown | tuple[Unknown, Unknown] | None = None,
    seed: int = 0,
) -> Verdict:
    """Is `claim` the differential, gradient, Jacobian, Gauss-Newton matrix or Hessian?

    The claim is text as `nzdiff.parse` reads it (``"-2*L*G*B*f'*Y"``; F is −f there), or a matrix
    expression in the matrices of the problem, the residual f, differentials dG, the selection P
    (`derivation.selection`), the stored values g (`derivation.parameters`), `kron` (or SymPy's
    `KroneckerProduct`), `commutation(n, m)` and `vec`.  A gradient may be claimed as the matrix Γ
    (n × m, of which the stored positions count) or as P vec(Γ), the Jacobian of an energy as the
    row (P vec(Γ))ᵀ.  By an unknown that is full, P may be left out: derivatives by vec(X), as
    textbooks have them; where it is symmetric, in symmetric directions.

    wrt: which unknown, or its name, where there are several; a pair (row, column), or ``"U V"``,
    for a block of the Hessian.  A differential is in all of them.
    Raises ValueError for shapes that do not fit, and says whether the transpose is right.
    """
    derivation = derive(problem)
    pair = asked.unknowns(problem, what, wrt)
    unknown = pair[0]
    if isinstance(claim, str):
        claim = asked.typed(derivation, claim, forms.usual_shape(derivation, what, pair))
    if not isinstance(claim, sp.Expr):
        raise TypeError(f"claim: expected a formula, got {claim!r}")
    check_shapes(claim)
    claim = asked.of_unknowns(problem, what, pair, claim)
    claim = forms.sized_zeros(derivation, what, pair, claim)
    exact = canonical(decimals.exact(claim))
    check_nodes(exact, exact)
    left_over = _of_symmetric(derivation, what, pair, exact)
    exact, suffix = (exact, "") if left_over is None else (left_over, OF_SYMMETRIC)
    forms.check_symbols(derivation, exact)
    truths = forms.truths_like(derivation, what, pair, exact)
    if not truths:
        raise ValueError(_misfit(derivation, what, pair, exact))
    judge = Judge(derivation, random.Random(seed), exact, truths[0])
    truth = next((form for form in truths if judge.same(exact, form)), truths[0])
    if judge.same(exact, truth):
        return Verdict(True, claim, truth, (f"equal {judge.how}{suffix}",), "")
    if what == "gradient" and exact.shape == unknown.shape:
        stored = [product(1, derivation.selection(unknown), Vec(form)) for form in (exact, truth)]
        if judge.same(*stored):
            reason = f"equal {judge.how}, in what P vec(·) leaves of it"
            return Verdict(True, claim, truth, (reason,), "")
    names = derivation.definitions
    spellings: tuple[Any, ...] = (truth,)
    if names and truth.has(*names) and not exact.has(*names):
        spellings = (canonical(truth.xreplace(names)), truth)
    verdicts = [_wrong(judge, unknown, claim, exact, spelling) for spelling in spellings]
    if what in ("gradient", "hessian") and problem.is_function:
        return replace(verdicts[0], reasons=_of_function(judge, exact, verdicts[0]))
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
    by_entry = forms.forms_by_entry(derivation, what, pair)
    if claim.is_Matrix is not True or claim.shape not in {form.shape for form in by_entry}:
        return None
    left, right = (derivation.selection(unknown) for unknown in pair)
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


def _of_function(judge: Judge, claim: MatrixExpr, verdict: Verdict) -> tuple[str, ...]:
    """The reasons, where a claim on a matrix function knows nothing of W."""
    (weights,) = judge.derivation.cotangents
    if claim.has(weights):
        return verdict.reasons
    (residual,) = judge.derivation.problem.residuals
    name, shape = text(weights), " × ".join(map(text, weights.shape))
    said = f"{text(residual.symbol)} is a matrix function, {shape}: its derivatives are those of "
    said += f"inner({name}, {text(residual.symbol)}), with any {name} of its shape"
    summed = verdict.truth.xreplace({weights: sp.OneMatrix(*weights.shape)})
    if judge.same(claim, canonical(summed)):
        return (f"{said}; the claim is right of its sum, {name} = ones",)
    return (said, *verdict.reasons)


def _misfit(derivation: Derivation, what: str, pair: tuple[Matrix, ...], claim: Any) -> str:
    """What to say of a shape that does not fit; where the transpose has one, whether it is right.

    Some texts have gradients as rows, or the transposes of Jacobians (the other layout).
    """
    said = forms.misfit(derivation, what, pair, claim)
    turned = transpose(claim) if isinstance(claim, MatrixExpr) else claim
    truths = forms.truths_like(derivation, what, pair, turned)
    if not truths:
        return said
    truth = truths[0]
    judge = Judge(derivation, random.Random(0), turned, truth)
    if judge.same(turned, truth):
        return f"{said}; its transpose {text(turned)} is right"
    reasons = "; ".join(explain.reasons(judge, turned, truth))
    return f"{said}; its transpose fits, and is wrong: {reasons}"


def _wrong(judge: Judge, unknown: Matrix, claim: Any, exact: Any, truth: Any) -> Verdict:
    """The verdict on a claim that differs from the truth in this spelling."""
    derivation = judge.derivation
    example = counterexample(derivation, exact, truth)
    sides = {unknown: (exact, truth)}
    if not isinstance(exact, MatrixExpr):
        left, right = (slopes(side, derivation.tangents) for side in (exact, truth))
        zeros = {u: sp.ZeroMatrix(*u.shape) for u in derivation.problem.wrt}
        sides = {u: (left.get(u, zero), right.get(u, zero)) for u, zero in zeros.items()}
    found = {u: tuple(explain.reasons(judge, *s)) for u, s in sides.items() if not judge.same(*s)}
    if len(found) == len(sides) and len(set(found.values())) == 1:
        reasons = next(iter(found.values()))
    else:
        reasons = tuple(f"in d{u.name}: {reason}" for u, said in found.items() for reason in said)
    return Verdict(False, claim, truth, reasons, example)
