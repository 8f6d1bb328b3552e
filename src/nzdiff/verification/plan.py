"""Is the plan of a derivation right?  Its code against the interpreter and the Kronecker forms."""

from __future__ import annotations

from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.proof.proof import Check, with_small_sizes
from nzdiff.verification.numeric import backend_checks
from nzdiff.verification.reference import Reference
from nzdiff.verification.report import random_small


def plan_checks(derivation: Derivation, *, seed: int = 0) -> tuple[Check, ...]:
    """Comparisons at a random point of small random data.

    Raises ValueError where no such point is found.
    """
    small = derive(with_small_sizes(derivation.problem))
    data, g = random_small(small, seed)
    return tuple(backend_checks(Reference.of(small, data), data, g, "numpy", seed=seed))
