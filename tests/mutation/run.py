"""Faults planted in every rule of the derivation, and what the exact check says to each.

A mutant is a function of the derivation, a kind of fault and a place: whenever the function is
called, its result has the fault at that place.  The problem is built, derived and checked with
the fault in it.  What becomes of a mutant on one problem:

- not well-typed: the shapes do not fit, or there is an exception;
- equivalent: every result of the derivation has the same values as without the fault;
- caught: an identity of the exact check fails;
- survived: a result is wrong and no identity fails.

`PYTHONPATH=tests python -m mutation.run` prints the table of all of them as Markdown.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from types import GeneratorType
from typing import Any, Literal

import numpy as np
import sympy as sp

import nzdiff as nz
from mutation.faults import SPECIAL, changes
from mutation.probes import PROBES
from mutation.sites import SITES, Site, forget
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.nodes import Kronecker
from nzdiff.derive.proof.identities import identities
from nzdiff.derive.proof.points import Point
from nzdiff.derive.proof.proof import EXACT_SIZES, KRONECKER_SIZES, at_regular_point, exact_checks

Verdict = Literal["not well-typed", "equivalent", "caught", "survived"]
VERDICTS: tuple[Verdict, ...] = ("not well-typed", "equivalent", "caught", "survived")
SITES_BY_NAME = {str(site): site for site in SITES}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault of one kind at one place of what a site gives, planted while a probe is derived."""

    site: str
    kind: str
    place: int
    probe: str


# faults at a place


class _Switch:
    """Faults are off while a fault is made: the functions it is made with are right."""

    on = True


@contextmanager
def _off() -> Iterator[None]:
    _Switch.on = False
    forget()  # results with a fault
    try:
        yield
    finally:
        _Switch.on = True
        forget()  # results without it


_KNOWN: dict[Any, dict[str, list[Any]]] = {}
"""The changes of formulas that were seen before."""


def _changes(result: Any, arguments: tuple[Any, ...]) -> dict[str, list[Any]]:
    """All changes of a result, as functions that make them, by kind."""
    key = result if isinstance(result, sp.Basic) else None
    if key in _KNOWN:
        return _KNOWN[key]
    found: dict[str, list[Any]] = defaultdict(list)
    with _off():
        for kind, make in changes(result, arguments):
            found[kind].append(make)
    if key is not None:
        _KNOWN[key] = found
    return found


def _watched(original: Callable[..., Any], see: Callable[..., Any]) -> Callable[..., Any]:
    """The function with what `see(result, arguments)` makes of its result."""

    @wraps(original)
    def function(*arguments: Any) -> Any:
        if not _Switch.on:
            return original(*arguments)
        result = original(*arguments)
        lazy = isinstance(result, GeneratorType)
        seen = see(list(result) if lazy else result, arguments)
        return iter(seen) if lazy else seen

    return function


def _faulty(mutant: Mutant, planted: list[bool]) -> Callable[..., Any]:
    """The function with the fault; `planted` notes every result that got it."""
    site = SITES_BY_NAME[mutant.site]
    special = SPECIAL.get(mutant.site, {}).get(mutant.kind)
    if special is not None:
        planted.append(True)
        return special(site.original)

    def see(result: Any, arguments: tuple[Any, ...]) -> Any:
        makes = _changes(result, arguments).get(mutant.kind, [])
        if mutant.place >= len(makes):
            return result
        with _off():
            changed = makes[mutant.place]()
        if changed is None:
            return result
        planted.append(True)
        return changed

    return _watched(site.original, see)


# which faults there are


def mutants_of(probe: str) -> list[Mutant]:
    """Every fault at every place that deriving and checking the probe comes to."""
    places: Counter[tuple[str, str]] = Counter()
    called: set[str] = set()

    def watch(site: Site) -> Callable[..., Any]:
        name = str(site)
        seen: set[Any] = set()

        def see(result: Any, arguments: tuple[Any, ...]) -> Any:
            called.add(name)
            key = _key(result)
            if key not in seen:
                seen.add(key)
                for kind, makes in _changes(result, arguments).items():
                    places[name, kind] = max(places[name, kind], len(makes))
            return result

        return _watched(site.original, see)

    with ExitStack() as stack:
        for site in SITES:
            stack.enter_context(site.planted(watch(site)))
        list(_outcomes(_derived(probe)))
    for name in called & set(SPECIAL):
        places.update({(name, kind): 1 for kind in SPECIAL[name]})
    return [
        Mutant(site, kind, place, probe)
        for (site, kind), count in places.items()
        for place in range(count)
    ]


def _key(result: Any) -> Any:
    """What tells results apart that were seen before."""
    if isinstance(result, np.ndarray):
        return result.tobytes()
    if isinstance(result, dict):
        return tuple(result.items())
    return tuple(result) if isinstance(result, (list, set)) else result


def selected(mutants: Iterable[Mutant], most: int) -> list[Mutant]:
    """At most so many of each kind at each site, from as many probes as there are."""
    ranked = sorted(mutants, key=lambda mutant: mutant.place)
    taken: Counter[tuple[str, str]] = Counter()
    kept = []
    for mutant in ranked:
        if taken[mutant.site, mutant.kind] < most:
            taken[mutant.site, mutant.kind] += 1
            kept.append(mutant)
    return kept


# what becomes of them


def verdict(mutant: Mutant) -> Verdict:
    """Plant the fault, derive, check, and compare with what is right."""
    planted: list[bool] = []
    with SITES_BY_NAME[mutant.site].planted(_faulty(mutant, planted)):
        try:
            derivation = _derived(mutant.probe)
            if not all(passed for _, passed in _outcomes(derivation)):
                return "caught"
            results = _results(derivation)
        except Exception:  # whatever the fault has led to
            return "not well-typed"
        if not planted:
            return "not well-typed"
        wrong = not _same_as_without(mutant.probe, results)
        if wrong and not all(check.passed for check in exact_checks(derivation)):
            return "caught"
    return "survived" if wrong else "equivalent"


def _derived(probe: str) -> Derivation:
    energy, unknowns = PROBES[probe]
    return nz.Problem(energy, wrt=unknowns).derive()


def _outcomes(derivation: Derivation) -> Iterator[tuple[str, bool]]:
    """The identities of the exact check at its first point, as they are needed."""

    def until_one_fails(point: Point) -> list[tuple[str, bool]]:
        found = []
        for name, passed in identities(derivation, point):
            found.append((name, passed))
            if not passed:
                break
        return found

    yield from at_regular_point(
        derivation, random.Random(0), until_one_fails, _sizes(derivation), most=6
    )


def _sizes(derivation: Derivation) -> tuple[int, ...]:
    grows = derivation.problem.written.has(Kronecker, Equation, Exponential)
    return KRONECKER_SIZES if grows else EXACT_SIZES


def _results(derivation: Derivation) -> list[Any]:
    """Every formula that a derivation gives."""
    problem = derivation.problem
    found = [problem.energy, *(residual.expr for residual in problem.residuals)]
    found += [*derivation.differentials, derivation.energy_differential]
    for terms in derivation.terms:
        found += [term.apply(derivation.tangents[term.unknown]) for term in terms]
    for forms in derivation.gradients.values():
        found += [forms.matrix, forms.kronecker]
    found += [forms.kronecker for forms in derivation.jacobians.values()]
    for blocks in (derivation.gauss_newtons, derivation.hessians):
        found += [form for forms in blocks.values() for form in (forms.matrix, forms.kronecker)]
    found += [derivation.vjp(unknown, derivation.cotangents) for unknown in problem.wrt]
    return found


@cache
def _without(probe: str) -> tuple[Point, list[Any]]:
    """A point, and the values of the results there without a fault."""
    derivation = _derived(probe)

    def evaluated(point: Point) -> tuple[Point, list[Any]]:
        return point, [point.values(expr) for expr in _results(derivation)]

    return at_regular_point(derivation, random.Random(1), evaluated, _sizes(derivation), most=6)


def _same_as_without(probe: str, results: list[Any]) -> bool:
    with _off():
        point, expected = _without(probe)
    if len(results) != len(expected):
        return False
    try:
        found = [point.values(expr) for expr in results]
    except (KeyError, ValueError):  # another symbol, another shape
        return False
    return all(point.same(a, b) for a, b in zip(found, expected, strict=True))


# the table


def judged(mutants: Iterable[Mutant]) -> list[tuple[Mutant, Verdict]]:
    """Every mutant with what becomes of it."""
    return [(mutant, verdict(mutant)) for mutant in mutants]


def table(rows: list[tuple[Mutant, Verdict]]) -> str:
    """Markdown: per site how many were planted and what became of them."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, found in rows:
        counts[mutant.site][found] += 1
        counts["**all**"][found] += 1
    lines = ["| site | planted | " + " | ".join(VERDICTS) + " |", "|---|" + "---:|" * 5]
    for name in [*(str(site) for site in SITES), "**all**"]:
        numbers = [counts[name].total(), *(counts[name][found] for found in VERDICTS)]
        lines.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


REASONS = {
    ("rule: scalar_nodes", "part lost"): (
        "a squared norm that is not seen as one is differentiated as a number: the energy has the "
        "same derivatives, and no residual"
    ),
    ("form: Vec", "sign turned"): (
        "of a residual that is a vec, it is the residual with the other sign: ‖−f‖² is ‖f‖²"
    ),
}
"""Mutants that are left out by hand, by site and kind, and why."""
MOST = 2
"""Mutants of one kind at one site in the complete set, from as many probes as there are."""


def complete() -> list[Mutant]:
    """Each site with each kind of fault, at `MOST` places."""
    found = [mutant for probe in PROBES for mutant in mutants_of(probe)]
    return selected([m for m in found if (m.site, m.kind) not in REASONS], MOST)


if __name__ == "__main__":
    print(table(judged(complete())))
    for (site, kind), reason in REASONS.items():
        print(f"\nLeft out: {site}, {kind}: {reason}.")
