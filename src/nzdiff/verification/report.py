"""Is every derivative right?  Exact, symbolic, numeric, and on every backend; one report.

`verify(problem)` proves the derivation and then checks what was emitted from it, on the user's
own data or on random data.  It raises where anything fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from nzdiff.codegen.compile import bind, checked
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.errors import VerificationError
from nzdiff.derive.language.nodes import REGULAR, Kronecker
from nzdiff.derive.language.symbols import sizes_of
from nzdiff.derive.proof.proof import Check, prove, small_dims, with_small_sizes
from nzdiff.notebook import table_html
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.verification.domain import Floats, in_domain, start
from nzdiff.verification.numeric import backend_checks, numeric_checks, zero_checks
from nzdiff.verification.reference import Reference

NUMERIC_SIZES = (9, 6, 5, 4)
KRONECKER_SIZES = (3, 4, 2, 2)


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one problem."""

    problem: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def __str__(self) -> str:
        lines = [
            f"{'ok  ' if check.passed else 'FAIL'} {check.kind:9s} {check.name}: {check.detail}"
            for check in self.checks
        ]
        return "\n".join([f"{self.problem}: {len(self.checks)} checks", *lines])

    def _repr_html_(self) -> str:
        """What a notebook shows: every check, those that failed first."""
        ordered = sorted(self.checks, key=lambda check: check.passed)
        rows = [
            ("ok" if check.passed else "FAIL", check.kind, check.name, check.detail)
            for check in ordered
        ]
        title = f"{self.problem}: {len(rows)} checks, {'all passed' if self.passed else 'FAILED'}"
        return table_html(title, rows, ("", "kind", "what", "how close"))


def verify(
    problem: Problem,
    data: Mapping[str, Any] | None = None,
    g: ArrayLike | None = None,
    *,
    seed: int = 0,
    raise_on_failure: bool = True,
) -> Report:
    """Check every derivative of a problem; raises VerificationError, with the report, on failure.

    data: what `Problem.bind` takes; random data of small size where it is not given.  g: where to
    check on it; at random where it is not given.  Everything is checked on the data, but the
    comparisons with the dense interpreter and with complex steps of data of more than `MOST`
    numbers: those run on small random data.

    Raises ValueError where no random data or g is found at which everything is finite.
    """
    derivation = derive(problem)
    given = _given(problem, data, g, seed)
    small = given if given and _is_small(problem, *given) else random_small(derivation, seed)
    backends = ["numpy", "c"] if find_compiler() else ["numpy"]
    checks = list(prove(derive(with_small_sizes(problem)), seed=seed))
    reference = Reference.of(derivation, small[0])
    for backend in backends:
        checks += backend_checks(reference, *small, backend, seed=seed)
    chosen, at = given or small
    model = bind(problem, chosen, backend=backends[-1], threads=1)
    checks += numeric_checks(model, at, seed=seed)
    if not problem.energy.has(*REGULAR, Equation):  # at zeros they are singular
        checks += zero_checks(model, at, seed=seed)
    report = Report(problem.name, tuple(checks))
    if raise_on_failure and not report.passed:
        raise VerificationError(str(report))
    return report


MOST = 400
"""Numbers of one matrix, and of g: dense references of them have the square of it."""


def _given(
    problem: Problem, data: Mapping[str, Any] | None, g: ArrayLike | None, seed: int
) -> tuple[Mapping[str, Any], Floats] | None:
    """The data of the caller and a g at which it is finite."""
    if data is None:
        if g is not None:
            raise TypeError("g: expected data too, whose patterns say what g stands for")
        return None
    return data, start(bind(problem, data, backend="numpy", threads=1), seed, g)


def _is_small(problem: Problem, data: Mapping[str, Any], g: Floats) -> bool:
    """Whether dense references of the data can be held."""
    found = checked(problem, data)
    shapes = (sizes_of(matrix, found.dims) for matrix in problem.matrices)
    return g.size <= MOST and all(rows * cols <= MOST for rows, cols in shapes)


def random_small(derivation: Derivation, seed: int) -> tuple[Mapping[str, Any], Floats]:
    """Small random data and g."""
    numbers = KRONECKER_SIZES if derivation.problem.energy.has(Kronecker) else NUMERIC_SIZES
    return in_domain(derivation.problem, small_dims(derivation, numbers), seed)
