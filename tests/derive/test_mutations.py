"""No fault in any rule passes the exact check: planted, and counted."""

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from mutation.run import Mutant, Verdict, complete, judged, selected, table
from mutation.sites import LINEAR_MAPS, MAPS, RULES, SITES
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.proof.identities import identities
from nzdiff.derive.proof.points import Point, arithmetic_of, random_point

NOTHING_TO_CHANGE = {
    "transpose: sp.ZeroMatrix",  # a change of zero is zero
    "rule: _Rules.varies",  # every fault raises an exception
    "rule: scalar_nodes",  # left out, with its reason
    "rule: Domain",  # its differential is 0
    "map: Tracing.__call__",  # no probe applies it: `test_derivation` does
    "map: Tracing.adjoint",  # nor its adjoint
    "constant: Selection",  # the one fault that can be planted is equivalent
}


def _caught(rows: list[tuple[Mutant, Verdict]]) -> Counter[str]:
    return Counter(mutant.site for mutant, verdict in rows if verdict == "caught")


@pytest.mark.slow
@pytest.mark.parametrize("of", ["rules", "other sites"])
def test_every_fault_is_caught(of: str) -> None:
    """One of each kind at each site, and a second one where fewer than three were caught."""
    names = {str(site) for site in SITES if (site in RULES) == (of == "rules")}
    every = [mutant for mutant in complete() if mutant.site in names]
    first = selected(every, 1)
    rows = judged(first)
    caught = _caught(rows)
    rows += judged(m for m in every if caught[m.site] < 3 and m not in first)
    caught = _caught(rows)
    assert [mutant for mutant, verdict in rows if verdict == "survived"] == [], table(rows)
    least = 3 if of == "rules" else 1
    for name in names - NOTHING_TO_CHANGE:
        assert caught[name] >= least, f"{name}: only {caught[name]} faults were caught"
    if of == "other sites":
        mapped = {str(site).split(".")[0] for site in LINEAR_MAPS if caught[str(site)]}
        assert mapped == {f"map: {kind.__name__}" for kind in MAPS}
    assert caught.total() >= (200 if of == "rules" else 700)


n = nz.dims("n")[0]
G = nz.sparse("G", n, n)
X, Y = nz.dense("X", n, n), nz.dense("Y", n, n)
REDUCED = nz.Problem(nz.sumsq(X - Y * G.T * X * G) + nz.trace(Y * G), wrt=G)
SIZE = 3
FULL = nz.Pattern.full((SIZE, SIZE))
MIXED = np.random.default_rng(5).integers(-3, 4, (9, 9)) + 9 * np.eye(9)
PATTERNS = {
    "mapped": FULL.mapped(MIXED),
    "symmetric": FULL.symmetric(),
    "tied": FULL.tied([0, 1, 2, 0, 1, 3, 4, 4, 2]),
    "tied and fixed": FULL.mapped(MIXED[:, :4], np.arange(9.0)),
}


HOLDS_WITHOUT_FIXED_VALUES = "∂E/∂g, kronecker form"
"""It says Pᵀ g for vec(G), which is T g + c."""


def _point(pattern: nz.Pattern) -> tuple[Derivation, Point]:
    derivation = REDUCED.derive()
    patterns, dims = {"G": pattern}, {"n": SIZE}
    arithmetic = arithmetic_of(derivation)
    return derivation, random_point(derivation, dims, patterns, random.Random(3), arithmetic)


def _with_selection(derivation: Derivation, point: Point, P: Any) -> bool:
    """Whether every identity holds with another P in every formula."""
    for evaluate in (point.here, point.ahead, point.behind):
        evaluate.values[str(derivation.selection(G).name)] = P
    outcomes = identities(derivation, point)
    return all(passed for name, passed in outcomes if name != HOLDS_WITHOUT_FIXED_VALUES)


@pytest.mark.parametrize("name", PATTERNS)
def test_reduced_derivatives_hold_with_ties_and_fixed_values(name: str) -> None:
    derivation, point = _point(PATTERNS[name])
    failed = [name for name, passed in identities(derivation, point) if not passed]
    assert failed == ([HOLDS_WITHOUT_FIXED_VALUES] if PATTERNS[name].c.any() else [])


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("fault", ["sign turned", "a row of P lost", "T of another pattern"])
def test_a_wrong_selection_is_caught(name: str, fault: str) -> None:
    derivation, point = _point(PATTERNS[name])
    P = point.here.values[str(derivation.selection(G).name)].copy()
    size = P.shape[0]
    if fault == "sign turned":
        P = point.zeros(P.size).reshape(P.shape) - P
    elif fault == "a row of P lost":
        P[0] = point.zeros(P.shape[1])
    else:
        other = FULL.mapped(MIXED[::-1, :size]).T.toarray().T.astype(int)
        P = point.arithmetic.zeros_and_ones(other != 0)
    assert not _with_selection(derivation, point, P)


@pytest.mark.parametrize("fault", ["P lost", "Pᵀ for P"])
def test_a_lost_or_transposed_selection_is_caught(fault: str) -> None:
    derivation, point = _point(PATTERNS["mapped"])
    P = point.here.values[str(derivation.selection(G).name)]
    identity = point.arithmetic.zeros_and_ones(np.eye(9, dtype=int))
    assert not _with_selection(derivation, point, identity if fault == "P lost" else P.T)
