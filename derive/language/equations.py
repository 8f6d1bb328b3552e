"""Operations that are given by an equation: the matrix X with ℓ(X) = C, ℓ linear in X.

A class here is all that derivations and proofs know of one kind of equation: `sides` are the
(L, R) with ℓ(X) = Σ L X R.  The tangent, the adjoint, the matrix and the value in any field follow
from these.  What computes it in doubles has the same name in `nzdiff.runtime.external`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.entrywise import checked_matrix
from nzdiff.derive.language.nodes import Domain, Hurwitz, Node, Schur, Shape

Sides = tuple[tuple[MatrixExpr, MatrixExpr], ...]


class Equation(Node):
    """X with Σ L X R = C over the `sides`; arguments: the operators that make them, then C.

    ℓ with every operator transposed has to be the adjoint of ℓ.
    """

    name: ClassVar[str]
    """How it is written, and what the runtime knows it by."""
    rule: ClassVar[str]
    formula: ClassVar[str]
    """The name and the formula of its differential."""
    domain: ClassVar[type[Domain] | None] = None
    """Where its first operator has to lie; outside there is no energy."""

    @property
    def operators(self) -> tuple[MatrixExpr, ...]:
        """The matrices that the equation is made of, all square."""
        return tuple(self.args[:-1])

    @property
    def right(self) -> MatrixExpr:
        """C, in which X is linear."""
        return self.args[-1]

    @property
    def shape(self) -> Shape:
        """That of C."""
        return self.args[-1].shape  # type: ignore[no-any-return]

    @classmethod
    def sides(cls, *operators: MatrixExpr) -> Sides:
        """The (L, R) with ℓ(X) = Σ L X R."""
        raise NotImplementedError

    @classmethod
    def turned(cls, *operators: MatrixExpr) -> tuple[MatrixExpr, ...]:
        """The operators of the equation that Xᵀ solves for Cᵀ."""
        return tuple(operator.T for operator in reversed(operators))


class Sylvester(Equation):
    """A X + X B = C."""

    name = "sylvester"
    rule = "Sylvester equation"
    formula = "A X + X B = C  ⇒  dX = sylvester(A, B, dC − dA X − X dB)"

    @classmethod
    def sides(cls, *operators: MatrixExpr) -> Sides:
        """A X + X B."""
        left, right = operators
        return (left, sp.Identity(right.rows)), (sp.Identity(left.rows), right)


class Stein(Equation):
    """X − A X B = C."""

    name = "stein"
    rule = "Stein equation"
    formula = "X − A X B = C  ⇒  dX = stein(A, B, dC + dA X B + A X dB)"

    @classmethod
    def sides(cls, *operators: MatrixExpr) -> Sides:
        """X − A X B."""
        left, right = operators
        return (sp.Identity(left.rows), sp.Identity(right.rows)), (-left, right)


class Lyapunov(Equation):
    """A X + X Aᵀ + Q = 0, defined where every eigenvalue of A has a negative real part."""

    name = "lyap"
    rule = "Lyapunov equation"
    formula = "A X + X Aᵀ + Q = 0  ⇒  dX = lyap(A, dA X + X dAᵀ + dQ)"
    domain = Hurwitz

    @classmethod
    def sides(cls, *operators: MatrixExpr) -> Sides:
        """−A X − X Aᵀ, which is Q."""
        (only,) = operators
        one = sp.Identity(only.rows)
        return (-only, one), (-one, only.T)

    @classmethod
    def turned(cls, *operators: MatrixExpr) -> tuple[MatrixExpr, ...]:
        """The same A."""
        return operators


class DiscreteLyapunov(Equation):
    """X = A X Aᵀ + Q, defined where every eigenvalue of A lies in the unit circle."""

    name = "dlyap"
    rule = "discrete Lyapunov equation"
    formula = "X = A X Aᵀ + Q  ⇒  dX = dlyap(A, dA X Aᵀ + A X dAᵀ + dQ)"
    domain = Schur

    @classmethod
    def sides(cls, *operators: MatrixExpr) -> Sides:
        """X − A X Aᵀ."""
        (only,) = operators
        one = sp.Identity(only.rows)
        return (one, one), (-only, only.T)

    @classmethod
    def turned(cls, *operators: MatrixExpr) -> tuple[MatrixExpr, ...]:
        """The same A."""
        return operators


EQUATIONS: dict[str, type[Equation]] = {
    kind.name: kind for kind in (Sylvester, Stein, Lyapunov, DiscreteLyapunov)
}
"""Every kind of equation by its name."""


class Exponential(Node):
    """exp(A) = F(1) of F′ = A F, F(0) = I, or its derivative in some directions E₁, …, E_r.

    Arguments A, E₁, …, E_r: linear in each direction, in whichever order.
    """

    @property
    def matrix(self) -> MatrixExpr:
        """A."""
        return self.args[0]

    @property
    def directions(self) -> tuple[MatrixExpr, ...]:
        """E₁, …, E_r; none of exp(A) itself."""
        return tuple(self.args[1:])

    @property
    def shape(self) -> Shape:
        """That of A."""
        return self.args[0].shape  # type: ignore[no-any-return]


def expm(A: MatrixExpr) -> MatrixExpr:
    """exp(A) = I + A + A²/2 + … of a square matrix.  Beside a column, its action alone."""
    rows, cols = checked_matrix("expm", A).shape
    if rows != cols:
        shown = f"{rows} × {cols}"
        raise ValueError(f"expm: expected a square matrix, got {shown}; nz.exp acts on entries")
    return Exponential(A)


def lyap(A: MatrixExpr, Q: MatrixExpr) -> MatrixExpr:
    """X with A X + X Aᵀ + Q = 0, for an A whose eigenvalues have negative real parts."""
    return _solution(Lyapunov, (A,), Q)


def dlyap(A: MatrixExpr, Q: MatrixExpr) -> MatrixExpr:
    """X with X = A X Aᵀ + Q, for an A whose eigenvalues lie in the unit circle."""
    return _solution(DiscreteLyapunov, (A,), Q)


def sylvester(A: MatrixExpr, B: MatrixExpr, C: MatrixExpr) -> MatrixExpr:
    """X with A X + X B = C."""
    return _solution(Sylvester, (A, B), C)


def stein(A: MatrixExpr, B: MatrixExpr, C: MatrixExpr) -> MatrixExpr:
    """X with X − A X B = C."""
    return _solution(Stein, (A, B), C)


def _solution(kind: type[Equation], operators: tuple[Any, ...], right: Any) -> MatrixExpr:
    for operator in operators:
        rows, cols = checked_matrix(kind.name, operator).shape
        if rows != cols:
            raise ValueError(f"{kind.name}: expected a square matrix, got {rows} × {cols}")
    rows, cols = checked_matrix(kind.name, right).shape
    expected = operators[0].rows, operators[-1].cols
    if (rows, cols) != expected:
        shown = f"{expected[0]} × {expected[1]}"
        raise ValueError(f"{kind.name}: expected a right side of {shown}, got {rows} × {cols}")
    return kind(*operators, right)
