"""One random expression against independent ways to compute the same derivatives."""

from __future__ import annotations

import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.proof.proof import KRONECKER_SIZES, SINGULAR, exact_checks
from nzdiff.verification.domain import in_domain
from nzdiff.verification.numeric import backend_checks
from nzdiff.verification.reference import Reference
from random_expressions import Expression, generate

PATIENCE = 60
"""Seconds after which an expression counts as failed."""
BACKEND_SIZES = (4, 3, 2)


@dataclass(frozen=True)
class Outcome:
    """What became of one expression.

    verdicts: what was asked and answered, of CHECKS; "precise" where "exact" had to be answered
    in 80 digits.  skipped: the checks for which no regular point was found.  failure: empty where
    all agree.
    """

    seed: int
    text: str = ""
    nodes: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    kinds: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failure: str = ""
    seconds: float = 0.0


def examine(seed: int, *, depth: int = 3, checks: tuple[str, ...] = ("exact",)) -> Outcome:
    """Generate and derive the expression of one seed, and make these of CHECKS."""
    began = time.perf_counter()
    expression: Expression | None = None
    verdicts: list[str] = []
    skipped: list[str] = []
    failures: list[str] = []
    try:
        with limited(PATIENCE), warnings.catch_warnings():
            warnings.simplefilter("error")
            problem, expression = generate(seed, depth)
            derivation = problem.derive()
            for check in checks:
                verdict, wrong = CHECKS[check](expression, derivation, seed)
                (skipped if wrong is None else verdicts).append(verdict)
                failures += wrong or []
    except Exception as error:
        notes = getattr(error, "__notes__", ())
        failures.append("\n  ".join((f"{type(error).__name__}: {error}", *notes)))
    return Outcome(
        seed,
        str(expression or ""),
        expression.nodes if expression else 0,
        expression.operations if expression else Counter(),
        expression.kinds if expression else (),
        tuple(verdicts),
        tuple(skipped),
        "; ".join(failures),
        time.perf_counter() - began,
    )


Found = tuple[str, list[str] | None]
"""The kind of a check and what fails; None where no regular point was found."""


def exact_failures(_: Expression, derivation: Derivation, seed: int) -> Found:
    """What fails at a random point of the finite field, or in 80 digits."""
    try:
        checks = exact_checks(derivation, seed=seed, rounds=1, sizes=KRONECKER_SIZES)
    except ValueError as error:
        if str(error) != SINGULAR:
            raise
        return "exact", None
    return checks[0].kind, [check.name for check in checks if not check.passed]


def jax_failures(expression: Expression, derivation: Derivation, seed: int) -> Found:
    """What differs from JAX in doubles."""
    from jax_comparison import compare

    found = compare(expression, derivation, seed)
    return "jax", None if found.skipped else [f"JAX: {what}" for what in found.wrong]


def backend_failures(_: Expression, derivation: Derivation, seed: int, *, backend: str) -> Found:
    """What the emitted code gives that neither interpreter nor complex steps give."""
    problem = derivation.problem
    sizes = {str(n.name): size for n, size in zip(problem.dimensions, BACKEND_SIZES, strict=False)}
    try:
        data, g = in_domain(problem, sizes, seed)
    except ValueError:
        return backend, None
    checks = backend_checks(Reference.of(derivation, data), data, g, backend, seed=seed)
    wrong = [f"{check.kind}, {check.name}: {check.detail}" for check in checks if not check.passed]
    return backend, wrong


CHECKS: dict[str, Callable[[Expression, Derivation, int], Found]] = {
    "exact": exact_failures,
    "jax": jax_failures,
    "numpy": partial(backend_failures, backend="numpy"),
    "c": partial(backend_failures, backend="c"),
}
"""Every way to compute the derivatives once more."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """TimeoutError after so many seconds."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
