"""Slopes of powers, which have a value where the formulas of calculus have 0 · ∞.

The derivative of u^p is p u^(p − 1), not p u^p / u: with p = 2 it is 0 at u = 0.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from mpmath.libmp import prec_to_dps

from nzdiff.derive.language.nodes import SCALARS


class Slope(sp.Function):  # type: ignore[misc]
    """u^e of a u ≥ 0, and 0 where u is 0 and e negative: what is left of d(u^p) at its minimum.

    The rules write it in slopes alone: 0 is a subgradient of ‖F‖, of |x| and of their powers at 0.
    """

    @classmethod
    def eval(cls, base: Any, exponent: Any) -> sp.Expr | None:
        """The power where nothing can go wrong; left as it is otherwise."""
        if base.is_zero and exponent.is_negative:
            return sp.Integer(0)
        return base**exponent if exponent.is_nonnegative or base.is_positive else None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """e u^(e − 1), and log u u^e by the exponent."""
        base, exponent = self.args
        if argindex == 1:
            return exponent * Slope(base, exponent - 1)
        return PowerSlope(base, exponent, 0, 1)

    def _eval_evalf(self, prec: int) -> sp.Expr:
        return (self.args[0] ** self.args[1]).evalf(prec_to_dps(prec))

    def _ccode(self, printer: Any) -> str:
        base, exponent = self.args
        x, e = printer.doprint(base), printer.doprint(exponent)
        return f"(({x}) == 0.0 && ({e}) < 0.0 ? 0.0 : {printer.doprint(base**exponent)})"

    def _numpycode(self, printer: Any) -> str:
        base, exponent = self.args
        x, e = printer.doprint(base), printer.doprint(exponent)
        power = printer.doprint(base**exponent)
        where = f"numpy.logical_and(({x}) == 0.0, ({e}) < 0.0)"
        return f"numpy.where({where}, 0.0, {power})"


class PowerSlope(sp.Function):  # type: ignore[misc]
    """∂ᵏ/∂uᵏ ∂ˡ/∂pˡ of u^p for arguments u, p, k, l, also at u = 0.

    With l = 0 it is p (p − 1) … (p − k + 1) u^(p − k), and 0 where those factors make it 0.  With
    l > 0 there are logarithms of u beside the power, and it is 0 where u is 0 and p > k.
    """

    @classmethod
    def eval(cls, base: Any, exponent: Any, k: Any, times: Any) -> sp.Expr | None:
        """The formula where nothing can go wrong; left as it is otherwise."""
        if base.is_positive or k == times == 0 or (times == 0 and exponent.is_number):
            return _formula(base, exponent, k, times)
        return None

    @property
    def formula(self) -> sp.Expr:
        """What it is where u ≠ 0."""
        return _formula(*self.args)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """One derivative more, by u or by p."""
        base, exponent, k, times = self.args
        return PowerSlope(base, exponent, k + (argindex == 1), times + (argindex == 2))

    def _eval_evalf(self, prec: int) -> sp.Expr:
        return self.formula.evalf(prec_to_dps(prec))

    def _ccode(self, printer: Any) -> str:
        parts = [f"({printer.doprint(left)}) {sign} 0.0" for left, sign in self.vanishes]
        return f"({' && '.join(parts)} ? 0.0 : {printer.doprint(self.formula)})"

    def _numpycode(self, printer: Any) -> str:
        parts = [f"(({printer.doprint(left)}) {sign} 0.0)" for left, sign in self.vanishes]
        where = parts[0] if len(parts) == 1 else f"numpy.logical_and({', '.join(parts)})"
        return f"numpy.where({where}, 0.0, {printer.doprint(self.formula)})"

    @property
    def vanishes(self) -> list[tuple[sp.Expr, str]]:
        """When it is 0 whatever the formula says: numbers, and how each compares with 0."""
        base, exponent, k, times = self.args
        if times == 0:
            return [(_falling(exponent, k), "==")]
        return [(base, "=="), (exponent - k, ">")]


def _falling(exponent: Any, k: Any) -> sp.Expr:
    """p (p − 1) … (p − k + 1)."""
    return sp.Mul(*(exponent - i for i in range(int(k))))


def _formula(base: Any, exponent: Any, k: Any, times: Any) -> sp.Expr:
    """By the product rule of the factors, which hold p, and of the power."""
    p = sp.Dummy("p", real=True)
    factors = (sp.diff(_falling(p, k), p, j).subs(p, exponent) for j in range(int(times) + 1))
    logs = (sp.binomial(times, j) * sp.log(base) ** (times - j) for j in range(int(times) + 1))
    number = sp.Add(*(f * log for f, log in zip(factors, logs, strict=True)))
    if exponent.has(*SCALARS):  # SymPy's ** takes them apart
        return number * sp.exp((exponent - k) * sp.log(base))
    return number * base ** (exponent - k)
