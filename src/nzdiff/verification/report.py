"""Is every derivative right?  Exact, symbolic, numeric, and on every backend; one report.

`verify(problem)` proves the derivation and then checks what was emitted from it, on the user's
own data or on random data.  It raises where anything fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nzdiff.codegen.compile import bind
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.errors import VerificationError
from nzdiff.derive.language.nodes import Kronecker
from nzdiff.derive.proof.proof import Check, prove, small_dims, with_small_sizes
from nzdiff.runtime.kernel.backends import BACKENDS
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.verification.domain import in_domain, start
from nzdiff.verification.numeric import backend_checks, numeric_checks
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


def verify(
    problem: Problem,
    data: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    raise_on_failure: bool = True,
) -> Report:
    """Check every derivative of a problem; raises VerificationError, with the report, on failure.

    data: what `Problem.bind` takes; random data of small size where it is not given.  Numeric
    checks on the data itself are Taylor remainders and adjointness; the comparisons with the
    dense interpreter and with complex steps run on small random data.
    """
    derivation = derive(problem)
    numbers = KRONECKER_SIZES if problem.energy.has(Kronecker) else NUMERIC_SIZES
    sizes = small_dims(derivation, numbers)
    small, g = in_domain(problem, sizes, seed)
    backends = [name for name in reversed(BACKENDS) if name != "c" or find_compiler()]
    checks = list(prove(derive(with_small_sizes(problem)), seed=seed))
    reference = Reference.of(derivation, small)
    for backend in backends:
        checks += backend_checks(reference, small, g, backend, seed=seed)
    chosen = data if data is not None else small
    model = bind(problem, chosen, backend=backends[-1], threads=1)
    checks += numeric_checks(model, start(model, seed) if data is not None else g, seed=seed)
    report = Report(problem.name, tuple(checks))
    if raise_on_failure and not report.passed:
        raise VerificationError(str(report))
    return report
