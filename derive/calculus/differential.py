"""The table of differential rules: one rule per node, applied without expanding anything.

`differential(expr, tangents)` returns d(expr), factored, and the list of rules used.
Add a node by adding a rule here; its formula is the docstring.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any, Literal

import sympy as sp

from nzdiff.derive.calculus.canonical import (
    add,
    applied,
    canonical,
    exponential,
    hadamard,
    inverse,
    kronecker,
    linear,
    partial_trace,
    product,
    solution,
    split,
    transpose,
)
from nzdiff.derive.language.equations import EQUATIONS, Equation, Exponential
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.forms import is_form
from nzdiff.derive.language.nodes import (
    SCALARS,
    VARIABLE,
    Apply,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    Domain,
    Hadamard,
    Indicator,
    Kronecker,
    LogDet,
    LogSumExp,
    Modulus,
    Sign,
    SumSquares,
    Unvec,
    Vec,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.powers import PowerSlope, Slope
from nzdiff.derive.language.spectra import PartialTrace, SpectralDeterminant, SpectralLogDet
from nzdiff.derive.language.symbols import Matrix

Relation = Literal["equal", "differential", "along", "read off", "substitution"]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One application of a named rule: `before` becomes `after` by `formula`.

    relation: "equal", before = after; "differential", d(before) = after; "along", before =
    after : dG; "read off", before is the Γ and after the gradient P vec(Γ); "substitution", after
    is before with df for each f.  tangent: the dG of "along".
    """

    rule: str
    formula: str
    before: Any
    after: Any
    relation: Relation = "equal"
    tangent: Any = None


def differential(expr: Any, tangents: dict[Matrix, Matrix]) -> tuple[Any, tuple[Rewrite, ...]]:
    """d(expr) where each unknown G moves by its tangent dG; everything else is constant."""
    rules = _Rules(tangents)
    return rules.d(expr), tuple(rules.steps)


def derivative(function: sp.Lambda) -> sp.Lambda:
    """f′ of a function of one real number; that of a sign is 0."""
    slope = derivative_by(function(VARIABLE), VARIABLE)
    return sp.Lambda(VARIABLE, slope.replace(Modulus, sp.Abs).replace(Sign, sp.sign))


@dataclass
class _Rules:
    tangents: dict[Matrix, Matrix]
    steps: list[Rewrite] = field(default_factory=list)
    known: dict[Any, bool] = field(default_factory=dict)

    def d(self, expr: Any) -> Any:
        if not self.varies(expr):
            return _zero(expr)
        return self.rule(expr)

    @singledispatchmethod
    def rule(self, expr: Any) -> Any:
        raise UnsupportedNodeError(expr, None)

    @rule.register
    def _(self, expr: Matrix) -> Any:
        """d(G) = dG"""
        return self.tangents[expr]

    @rule.register
    def _(self, expr: sp.Transpose) -> Any:
        """d(Aᵀ) = (dA)ᵀ"""
        return transpose(self.d(expr.arg))

    @rule.register
    def _(self, expr: sp.MatAdd) -> Any:
        """d(A + B) = dA + dB"""
        return self.named("sum rule", expr, add(*(self.d(term) for term in expr.args)))

    @rule.register
    def _(self, expr: sp.MatMul) -> Any:
        """d(A M C) = A dM C for constant A, C;  d(M N) = dM N + M dN;  d(φ A) = dφ A + φ dA"""
        coefficient, factors = split(expr)
        varying = [i for i, factor in enumerate(factors) if self.varies(factor)]
        if self.varies(coefficient):
            moved = product(self.d(coefficient), *factors)
            rest = product(coefficient, self.d(product(1, *factors)))
            return self.named("scalar factor", expr, add(moved, rest))
        first, last = varying[0], varying[-1]
        inner = factors[first : last + 1]
        terms = [
            product(1, *inner[:i], self.d(factor), *inner[i + 1 :])
            for i, factor in enumerate(inner)
            if self.varies(factor)
        ]
        result = product(coefficient, *factors[:first], add(*terms), *factors[last + 1 :])
        name = "product rule" if len(terms) > 1 else "constant factors"
        return self.named(name, expr, result)

    @rule.register
    def _(self, expr: sp.Inverse) -> Any:
        """d(A⁻¹) = −A⁻¹ dA A⁻¹"""
        return self.named("inverse", expr, product(-1, expr, self.d(expr.arg), expr))

    @rule.register
    def _(self, expr: Hadamard) -> Any:
        """d(A ∘ B) = dA ∘ B + A ∘ dB"""
        return self.named("Hadamard product", expr, self.multilinear(expr.args, hadamard))

    @rule.register
    def _(self, expr: Apply) -> Any:
        """d f.(A) = f′.(A) ∘ dA"""
        slope = applied(derivative(expr.function), expr.matrix, type(expr))
        return self.named("entrywise function", expr, hadamard(slope, self.d(expr.matrix)))

    @rule.register
    def _(self, expr: Kronecker) -> Any:
        """d(A ⊗ B) = dA ⊗ B + A ⊗ dB"""
        return self.named("Kronecker product", expr, self.multilinear(expr.args, kronecker))

    @rule.register(ContractLeft)
    @rule.register(ContractRight)
    def _(self, expr: Any) -> Any:
        """d(W ⨼ B) = dW ⨼ B + W ⨼ dB;  d(A ⨽ W) = dA ⨽ W + A ⨽ dW"""
        *pair, rows, cols = expr.args

        def node(left: Any, right: Any) -> Any:
            (c, a), (d, b) = split(left), split(right)
            if sp.ZeroMatrix in (type(a[0]), type(b[0])):
                return sp.ZeroMatrix(rows, cols)
            return product(c * d, expr.func(product(1, *a), product(1, *b), rows, cols))

        return self.named("block contraction", expr, self.multilinear(pair, node))

    @rule.register
    def _(self, expr: LogSumExp) -> Any:
        """d log Σ exp(A) = (exp.(A − log Σ exp(A) 1ᵀ) ∘ dA) 1, by rows"""
        matrix = expr.args[0]
        shifted = add(matrix, product(-1, expr, sp.OneMatrix(1, matrix.cols)))
        shares = applied(sp.Lambda(VARIABLE, sp.exp(VARIABLE)), canonical(shifted))
        moved = hadamard(shares, self.d(matrix))
        return self.named("log-sum-exp", expr, product(1, moved, sp.OneMatrix(matrix.cols, 1)))

    @rule.register(Diag)
    @rule.register(DiagonalOf)
    @rule.register(Vec)
    @rule.register(Unvec)
    def _(self, expr: Any) -> Any:
        """d diag(x) = diag(dx), and so for the diagonal, vec and its inverse"""
        return linear(expr.func, self.d(expr.args[0]), *expr.args[1:])

    @rule.register
    def _(self, expr: Exponential) -> Any:
        """d exp(A) = exp(A; dA), the derivative of exp in the direction dA"""
        along = list(expr.directions)
        terms = [exponential(expr.matrix, *along, self.d(expr.matrix))]
        for place, direction in enumerate(along):
            others = along[:place] + along[place + 1 :]
            terms.append(exponential(expr.matrix, *others, self.d(direction)))
        return self.named("matrix exponential", expr, add(*terms))

    @rule.register
    def _(self, expr: Equation) -> Any:
        """Σ L X R = C  ⇒  Σ L dX R = dC − Σ (dL X R + L X dR)"""
        terms = [self.d(expr.right)]
        for sides in expr.sides(*expr.operators):
            left, right = map(canonical, sides)
            terms += [
                product(-1, self.d(left), expr, right),
                product(-1, left, expr, self.d(right)),
            ]
        moved = solution(type(expr), expr.operators, add(*terms))
        return self.named(expr.rule, expr, moved)

    @rule.register
    def _(self, expr: sp.Trace) -> Any:
        """d tr(A) = tr(dA), and of a number xᵀ A x, shown without tr, no step of its own."""
        if is_form(expr):
            return _trace(self.d(expr.arg))
        return self.named("trace", expr, _trace(self.d(expr.arg)))

    @rule.register
    def _(self, expr: SumSquares) -> Any:
        """d‖F‖² = 2 tr(Fᵀ dF)"""
        inner = product(1, transpose(expr.matrix), self.d(expr.matrix))
        return self.named("squared Frobenius norm", expr, 2 * _trace(inner))

    @rule.register
    def _(self, expr: LogDet) -> Any:
        """d log|det A| = tr(A⁻¹ dA)"""
        inner = product(1, inverse(expr.arg), self.d(expr.arg))
        return self.named("log-determinant", expr, _trace(inner))

    @rule.register
    def _(self, expr: SpectralDeterminant) -> Any:
        """d log|det K| = tr(T dA) + tr(T′ dC) with the partial traces T and T′ of A and C"""
        form, left, right = expr.args
        traces = (
            _trace(product(1, partial_trace(form, *pair), self.d(pair[0])))
            for pair in ((left, right), (right, left))
        )
        factor = 1 if isinstance(expr, SpectralLogDet) else expr
        return self.named(f"eigenvalues of a {form}", expr, factor * sp.Add(*traces))

    @rule.register
    def _(self, expr: PartialTrace) -> Any:
        """d (K⁻¹ ⨼ I) = −(K⁻¹ dK K⁻¹) ⨼ I"""
        if expr.directions:
            raise UnsupportedNodeError(expr, None, "third derivatives of these determinants")
        form, left, right = expr.args
        moved = partial_trace(form, left, right, self.d(left), self.d(right))
        return self.named("partial trace", expr, moved)

    @rule.register
    def _(self, expr: Domain) -> Any:
        """d δ(A ∈ C) = 0 where it is finite"""
        return sp.Integer(0)

    @rule.register
    def _(self, expr: sp.Determinant) -> Any:
        """d det A = det A · tr(A⁻¹ dA)"""
        inner = product(1, inverse(expr.arg), self.d(expr.arg))
        return self.named("determinant", expr, expr * _trace(inner))

    @rule.register(sp.Add)
    @rule.register(sp.Mul)
    @rule.register(sp.Pow)
    @rule.register(sp.Function)
    def _(self, expr: Any) -> Any:
        """d φ(s, t) = ∂φ/∂s ds + ∂φ/∂t dt"""
        numbers = sorted((s for s in scalar_nodes(expr) if self.varies(s)), key=text)
        symbols = {
            node: sp.Dummy(f"s{i}", real=True, nonnegative=_is_nonnegative(node) or None)
            for i, node in enumerate(numbers)
        }
        inside = expr.xreplace(symbols)
        back = {symbol: node for node, symbol in symbols.items()}
        terms = [
            derivative_by(inside, symbol).xreplace(back) * self.d(node)
            for node, symbol in symbols.items()
        ]
        return self.named("chain rule", expr, sp.Add(*terms))

    def multilinear(self, factors: Any, node: Any) -> Any:
        """Σ node(…, dA, …) over the factors that vary."""
        terms = [
            node(*factors[:i], self.d(factor), *factors[i + 1 :])
            for i, factor in enumerate(factors)
            if self.varies(factor)
        ]
        return add(*terms)

    def varies(self, expr: Any) -> bool:
        """Whether an expression holds an unknown; where it is nonzero alone does not move."""
        if expr not in self.known:
            inside = () if isinstance(expr, Indicator) else getattr(expr, "args", ())
            found = expr in self.tangents or any(
                self.varies(arg) for arg in inside if isinstance(arg, sp.Basic)
            )
            self.known[expr] = found
        return self.known[expr]

    def named(self, rule: str, before: Any, after: Any) -> Any:
        self.steps.append(Rewrite(rule, FORMULAS[rule], before, after, "differential"))
        return after


def scalar_nodes(expr: Any) -> set[Any]:
    """The outermost numbers made of matrices: traces, determinants, norms."""
    if isinstance(expr, SCALARS):
        return {expr}
    return {node for arg in expr.args for node in scalar_nodes(arg)}


def _is_nonnegative(node: Any) -> bool:
    """Whether a number is one of ‖F‖² and Σ f.(A) with f ≥ 0."""
    if isinstance(node, sp.Trace) and isinstance(node.arg, sp.MatMul):
        coefficient, factors = split(node.arg)
        moving = [f for f in factors if not isinstance(f, sp.OneMatrix)]
        return bool(
            coefficient.is_positive
            and len(moving) == 1
            and isinstance(moving[0], Apply)
            and moving[0].function(VARIABLE).is_nonnegative
        )
    return isinstance(node, SumSquares)


def derivative_by(expr: Any, symbol: sp.Symbol) -> Any:
    """∂φ/∂s of a function of numbers, by SymPy's scalar rules; that of a sign is 0."""
    real = expr.replace(sp.Abs, Modulus).replace(sp.sign, Sign)
    real = real.replace(_is_root, lambda power: Slope(*power.args, evaluate=False))
    real = real.replace(_is_power, lambda power: PowerSlope(*power.args, 0, 0, evaluate=False))
    raised = {e: PowerSlope(*pair, 0, 0, evaluate=False) for e, pair in _raised(real).items()}
    real = real.xreplace(raised)
    slope = sp.diff(real, symbol).replace(sp.DiracDelta, lambda *_: sp.Integer(0))
    slope = slope.xreplace({power: e for e, power in raised.items()})
    slope = slope.replace(Slope, Slope).replace(PowerSlope, PowerSlope)
    if slope.has(sp.Derivative, sp.Subs):
        raise UnsupportedNodeError(expr, None, "SymPy knows no derivative of this function")
    return slope


def _is_root(expr: Any) -> bool:
    """Whether it is u^p of u ≥ 0 with p > 0, or not known: at u = 0 its slope is taken to be 0."""
    return bool(
        expr.is_Pow
        and not expr.exp.is_Integer
        and not expr.exp.is_nonpositive
        and (_is_modulus(expr.base) or (expr.base.is_Symbol and expr.base.is_nonnegative))
    )


def _is_modulus(base: Any) -> bool:
    """Whether it is |t| or max(t, 0), as the canonical form writes that: t/2 + |t|/2, or cases."""
    if isinstance(base, (sp.Abs, sp.Max)):
        return bool(base.is_nonnegative)
    if isinstance(base, sp.Piecewise):
        return all(e == 0 or c == (e > 0) for e, c in base.args)
    halves = ((t.args[0] + t) / 2 for t in base.atoms(sp.Abs))
    return any(sp.expand(base - half) == 0 for half in halves)


def _is_power(expr: Any) -> bool:
    """Whether it is u^p with a p that is known where data is bound, or later."""
    return bool(expr.is_Pow and not expr.exp.is_number and not expr.base.is_positive)


def _raised(expr: Any) -> dict[Any, tuple[Any, Any]]:
    """The exponentials e^(p log u), which `nz.power` writes, as u and p, where u may be 0."""
    found = {}
    for raised in expr.atoms(sp.exp):
        factors = sp.Mul.make_args(raised.args[0])
        logs = [factor for factor in factors if isinstance(factor, sp.log)]
        if len(logs) == 1 and not logs[0].args[0].is_positive:
            found[raised] = logs[0].args[0], raised.args[0] / logs[0]
    return found


FORMULAS = {
    "sum rule": "d(A + B) = dA + dB",
    "product rule": "d(M N) = dM N + M dN",
    "constant factors": "d(A M C) = A dM C",
    "scalar factor": "d(φ A) = dφ A + φ dA",
    "inverse": "d(A⁻¹) = −A⁻¹ dA A⁻¹",
    "Hadamard product": "d(A ∘ B) = dA ∘ B + A ∘ dB",
    "entrywise function": "d f.(A) = f′.(A) ∘ dA",
    "log-sum-exp": "d log Σ exp(A) = (exp.(A − log Σ exp(A) 1ᵀ) ∘ dA) 1",
    "Kronecker product": "d(A ⊗ B) = dA ⊗ B + A ⊗ dB",
    "block contraction": "d(W ⨼ B) = dW ⨼ B + W ⨼ dB;  d(A ⨽ W) = dA ⨽ W + A ⨽ dW",
    "matrix exponential": "d expm(A) = expm(A; dA) = Σ Aⁱ dA Aʲ / (i + j + 1)!",
    **{kind.rule: kind.formula for kind in EQUATIONS.values()},
    "eigenvalues of a sum": "d log|det K| = tr((K⁻¹ ⨼ I) dA) + tr((I ⨽ K⁻¹) dC)"
    " for K = A ⊗ I + I ⊗ C;  d det K = det K d log|det K|",
    "eigenvalues of a product": "d log|det K| = tr((K⁻¹ ⨼ Cᵀ) dA) + tr((Aᵀ ⨽ K⁻¹) dC)"
    " for K = I + A ⊗ C;  d det K = det K d log|det K|",
    "partial trace": "d (K⁻¹ ⨼ M) = K⁻¹ ⨼ dM − (K⁻¹ dK K⁻¹) ⨼ M",
    "trace": "d tr(A) = tr(dA)",
    "squared Frobenius norm": "d‖F‖² = 2 tr(Fᵀ dF)",
    "log-determinant": "d log|det A| = tr(A⁻¹ dA)",
    "determinant": "d det A = det A tr(A⁻¹ dA)",
    "chain rule": "d φ(s, t) = ∂φ/∂s ds + ∂φ/∂t dt",
    "first-order normal form": "A (M + N) C = A M C + A N C",
    "trace identity": "tr(Fᵀ A dG C) = (Aᵀ F Cᵀ) : dG",
    "trace identity, transposed": "tr(Fᵀ A dGᵀ C) = (C Fᵀ A) : dG",
    "adjoint": "⟨F, ℓ(dG)⟩ = ℓ*(F) : dG",
    "read off": "dE = Γ : dG  ⇒  ∂E/∂g = P vec(Γ)",
    "vec of the unknown": "vec(A G C) = (Cᵀ ⊗ A) vec(G), vec(G) = Pᵀ g",
    "only f moves": "P vec(dΓ) where only f moves, by df, is the Gauss-Newton matrix times dg",
    "df written out": "df is linear in dG",
    "read off by columns": "P vec(dΓ) = H dg",
    "vec of a product": "vec(A M C) = (Cᵀ ⊗ A) vec(M)",
    "vec of a linear map": "vec(W ∘ M) = diag(vec(W)) vec(M), and so for each linear operation",
    "commutation": "vec(dGᵀ) = K vec(dG)",
    "selection": "vec(dG) = Pᵀ dg",
}
"""The formula of every named rule, as printed."""


def _trace(expr: Any) -> Any:
    return sp.Integer(0) if isinstance(expr, sp.ZeroMatrix) else sp.Trace(expr)


def _zero(expr: Any) -> Any:
    return sp.ZeroMatrix(*expr.shape) if getattr(expr, "is_Matrix", False) else sp.Integer(0)
