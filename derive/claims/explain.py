"""What is wrong with a formula: the summand, and the change that would make it right.

In: a claim that is not the truth.  Out: reasons in words.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import chain

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import product, transpose
from nzdiff.derive.claims.changes import (
    FACTORS,
    Change,
    Inserted,
    changes,
    numbers_of,
    scaled,
    swaps,
    two_transpositions,
)
from nzdiff.derive.claims.judge import Judge
from nzdiff.derive.claims.matching import Line, line, merged, scale
from nzdiff.derive.claims.summands import summands
from nzdiff.derive.language.notation import text


def reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """What is wrong, in the order in which one would look for it."""
    if not judge.has_value(claim):
        yield "it inverts a matrix that is singular, or divides by 0, where the derivative exists"
        return
    for factor in FACTORS:
        scaled = product(sp.Rational(factor), claim)
        if judge.same(scaled, truth):
            what = (
                "the sign is wrong"
                if factor == -1
                else f"off by a factor: {factor} times it is right"
            )
            yield what
            return
    if claim.rows == claim.cols and judge.same(transpose(claim), truth):
        yield "the transpose of it is right"
        return
    yield from _symmetric_reasons(judge, claim, truth)
    yield from _summand_reasons(judge, claim, truth)


def _symmetric_reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    problem = judge.derivation.problem
    for matrix in problem.matrices:
        if matrix in problem.wrt or matrix.rows != matrix.cols or matrix.symmetric:
            continue
        name = str(matrix.name)
        where = Judge(judge.derivation, random.Random(7), claim, truth, symmetric=name)
        if where.same(claim, truth):
            yield f"right only where {name} is symmetric"


def _summand_reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """Match summands; explain what is left by one change each, or all of it by a single one."""
    claimed, wanted = merged(judge, claim), merged(judge, truth)
    right = {at for at, term in claimed.items() if at in wanted and judge.same(term, wanted[at])}
    extra = {at: term for at, term in claimed.items() if at not in right}
    missing = {at: term for at, term in wanted.items() if at not in right}
    inserted = numbers_of([*claimed.values(), *wanted.values()]), swaps(judge.derivation)
    found = _explained(judge, extra, missing, inserted)
    if missing or len(found) < len(extra):
        single = _single(judge, claim, truth, inserted)
        if single is not None:
            yield single
            return
    for at, term in extra.items():
        yield found.get(at, f"the summand {text(term)} does not belong there")
    for term in missing.values():
        yield f"the summand {text(term)} is missing"


def _explained(
    judge: Judge,
    extra: dict[Line, MatrixExpr],
    missing: dict[Line, MatrixExpr],
    inserted: Inserted,
) -> dict[Line, str]:
    """What is wrong with summands that do not belong; what they should be is missing no longer."""
    found: dict[Line, str] = {}
    for rescaled in (False, True):
        for at, term in extra.items():
            made = changes(term, *inserted)
            tried = chain([("", term), *made], two_transpositions(term)) if rescaled else made
            if at not in found:
                wanted = _first(judge, tried, missing, rescaled)
                if wanted is not None:
                    why, place = wanted
                    found[at] = (
                        f"the summand {text(term)} is wrong: {why}, {text(missing.pop(place))}"
                    )
    return found


def _first(
    judge: Judge, tried: Iterable[Change], missing: dict[Line, MatrixExpr], rescaled: bool
) -> tuple[str, Line] | None:
    """The first change that makes a missing summand, times a number where `rescaled`."""
    for why, changed in tried:
        at = line(judge, changed) if judge.has_value(changed) else None
        if at is None or at not in missing:
            continue
        factor = scale(judge, changed, missing[at])
        if factor == 1 and why:
            return why, at
        if rescaled and factor is not None:
            return ", and ".join(filter(None, (why, scaled(factor)))), at
    return None


def _single(judge: Judge, claim: MatrixExpr, truth: MatrixExpr, inserted: Inserted) -> str | None:
    """One change of one summand, as it was written, that makes all of the claim right."""
    for term in summands(judge.derivation, claim):
        rest = judge.difference(truth, claim, term)
        for why, changed in changes(term, *inserted):
            if judge.has_value(changed) and judge.equals(changed, rest):
                return f"the summand {text(term)} is wrong: {why}, {text(changed)}"
    return None
