"""Named identities that take an energy apart before it is differentiated.

In: a canonical expression.  Out: an equal one without A ⊗ C where that can be had, and every
identity that was used, with what it stood for before and after, so that a derivation prints it and
the proof evaluates both sides.  A ⊗ C has as many entries as A and C together have pairs; beside
vec, in traces, norms, determinants and inverses it is products of A and C.

So with logarithms of exponentials, of which doubles are infinite or 0 (`logarithms`).

Not taken out: A ⊗ C that is itself a result, or an entry of a sum with a dense matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import canonical
from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.calculus.identities import logarithms, numbers, products
from nzdiff.derive.calculus.identities.equations import solved
from nzdiff.derive.calculus.identities.logarithms import has_logarithm
from nzdiff.derive.language.nodes import Apply, Kronecker, LogDet, SumSquares, Unvec, Vec

Rule = Callable[[Any], Any]
"""A node to what it equals, None where the identity does not apply."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A named identity of nodes of one kind."""

    name: str
    formula: str
    kind: type | tuple[type, ...]
    apply: Rule


def without_kronecker(expr: Any) -> tuple[Any, tuple[Rewrite, ...]]:
    """An equal canonical expression, and the identities that led to it, innermost first."""
    if not _concerns(expr):
        return expr, ()
    walk = _Walk()
    return walk(expr), tuple(walk.steps)


def _concerns(expr: Any) -> bool:
    return bool(expr.has(Kronecker, Vec)) or has_logarithm(expr)


@dataclass
class _Walk:
    steps: list[Rewrite] = field(default_factory=list)
    known: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, expr: Any) -> Any:
        if not _concerns(expr):
            return expr
        if expr not in self.known:
            self.known[expr] = self.rewritten(expr)
        return self.known[expr]

    def rewritten(self, expr: Any) -> Any:
        args = [self(arg) if isinstance(arg, sp.Expr) else arg for arg in expr.args]
        inner = expr if tuple(args) == expr.args else canonical(expr.func(*args))
        for identity in IDENTITIES:
            if isinstance(inner, identity.kind):
                found = identity.apply(inner)
                if found is not None and found != inner:
                    self.steps.append(Rewrite(identity.name, identity.formula, inner, found))
                    return self(canonical(found))
        return inner


IDENTITIES = (
    Identity(
        "inverse of a Kronecker product",
        "(A ⊗ C)⁻¹ = A⁻¹ ⊗ C⁻¹",
        sp.Inverse,
        numbers.inverse_of_product,
    ),
    Identity("columns", "a ⊗ c = vec(c aᵀ)", Kronecker, products.column_of),
    Identity("mixed product", "(A ⊗ C) (M ⊗ N) = A M ⊗ C N", sp.MatMul, products.mixed),
    Identity(
        "inverse of a Kronecker sum",
        "(A ⊗ I + I ⊗ C)⁻¹ vec(M) = vec(X), C X + X Aᵀ = M;  "
        "(A ⊗ C + μ I)⁻¹ vec(M) = vec(X), C X Aᵀ + μ X = M",
        sp.MatMul,
        solved,
    ),
    Identity("product with a sum", "A (M + N) C = A M C + A N C", sp.MatMul, products.opened),
    Identity("vec beside K", "K vec(M) = vec(Mᵀ)", sp.MatMul, products.swapped),
    Identity(
        "inner product of vecs", "vec(M)ᵀ vec(N) = tr(Mᵀ N)", sp.MatMul, products.inner_product
    ),
    Identity(
        "Kronecker product beside vec",
        "(A ⊗ C) vec(M) = vec(C M Aᵀ)",
        sp.MatMul,
        products.applied_to_the_right,
    ),
    Identity(
        "Kronecker product behind vec",
        "vec(M)ᵀ (A ⊗ C) = vec(Cᵀ M A)ᵀ",
        sp.MatMul,
        products.applied_to_the_left,
    ),
    Identity("sum of vecs", "vec(M) + vec(N) = vec(M + N)", sp.MatAdd, products.sum_of_vecs),
    Identity("vec undone", "unvec(vec(M)) = M", Unvec, products.undone),
    Identity("norm of a vec", "‖vec(M)‖² = ‖M‖²", SumSquares, numbers.norm),
    Identity(
        "norm of a Kronecker product",
        "‖A ⊗ C + …‖² = ‖A‖² ‖C‖² + 2 ⟨A, …⟩ ⟨C, …⟩ + …",
        SumSquares,
        numbers.norm_of_kronecker,
    ),
    Identity("trace of a Kronecker product", "tr(A ⊗ C) = tr(A) tr(C)", sp.Trace, numbers.trace),
    Identity("number", "tr(c) = c", sp.Trace, numbers.number),
    Identity(
        "determinant of a Kronecker product",
        "det(A ⊗ C) = det(A)ᵏ det(C)ⁿ for A n × n and C k × k",
        (sp.Determinant, LogDet),
        numbers.determinant,
    ),
    Identity(
        "determinant of a Kronecker sum",
        "det(A ⊗ I + I ⊗ C) = Π (λ(A) + λ(C));  det(A ⊗ C + μ I) = μⁿᵏ Π (1 + λ(A) λ(C)/μ)",
        (sp.Determinant, LogDet),
        numbers.by_eigenvalues,
    ),
    Identity(
        "logarithm of exponentials",
        "log.(exp.(A)) = A, and so for functions of log",
        Apply,
        logarithms.of_exponentials,
    ),
    Identity(
        "logarithm of sigmoids",
        "log.(sigmoid.(A)) = −softplus.(−A)",
        Apply,
        logarithms.of_sigmoids,
    ),
    Identity("log-sum-exp", "log.(exp.(A) 1) = logsumexp(A)", Apply, logarithms.of_sums),
)
"""Every identity, in the order in which they are tried on a node whose operands are done."""
