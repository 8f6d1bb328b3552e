"""The formula of one entry of a gradient: sums over entries equal to it, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.calculus.identities.entries import Total
from nzdiff.derive.proof.entries import check_entries
from nzdiff.derive.show.document import gathers_of
from problems import PROBLEMS
from random_expressions import generate

SHOWN = {
    "norm2(X - Y*G'*L*G*B)^2": (
        "−2 Σ_abcd L[i, a] G[a, b] B[b, c] f[d, c] Y[d, j] "
        "− 2 Σ_abcd L[a, i] G[a, b] Y[c, b] f[c, d] B[j, d]"
    ),
    "tr(G'*G)": "2 G[i, j]",
    "sum(sqrt(G.^2 + 1))": "((G[i, j])^2 + 1)^(−1/2) G[i, j]",
    "sum(exp(A*G*B))": "Σ_ab A[a, i] exp(Σ_cd A[a, c] G[c, d] B[d, b]) B[j, b]",
    "logdet(A + G*G')": "Σ_a ((A + G Gᵀ)⁻¹)[a, i] G[a, j] + Σ_a ((A + G Gᵀ)⁻¹)[i, a] G[a, j]",
    "norm2(diag(d)*G*diag(c))^2": "2 d[i] f[i, j] c[j]",
    "tr(diag(d)*G*(A + 2*B))": "d[i] (A[j, i] + 2 B[j, i])",
}


def entry(formula: str) -> str:
    """The entry of the only gradient as text."""
    shown = (
        nz.parse(formula, wrt="G", sparse="G L" if "L" in formula else "G")
        .derive()
        .document("short")
    )
    (row,) = shown.entries
    return shown.show("text", row.expr)


@pytest.mark.parametrize("formula", SHOWN)
def test_an_entry_is_a_sum_over_entries(formula: str) -> None:
    assert entry(formula) == SHOWN[formula]


@pytest.mark.parametrize("name", PROBLEMS)
def test_entries_are_those_of_the_gradient(name: str) -> None:
    derivation = PROBLEMS[name].derive()
    gathers = gathers_of(derivation)
    found = check_entries(derivation, gathers)
    assert {g.formula for g in gathers} == set(found)
    assert all(found.values())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*does not contain this unknown")
@pytest.mark.parametrize("seed", range(40))
def test_entries_of_random_problems_are_those_of_the_gradient(seed: int) -> None:
    derivation = generate(seed, 3)[0].derive()
    assert all(check_entries(derivation, gathers_of(derivation)).values())


def test_a_wrong_entry_is_noticed() -> None:
    derivation = PROBLEMS["seed"].derive()
    (gather,) = gathers_of(derivation)
    first, *others = gather.formula.terms
    assert others
    wrong = (
        Total((replace(first, coefficient=sp.Integer(2)), *others)),
        Total((replace(first, factors=first.factors[:-1]), *others)),
        Total((first,)),
    )
    for formula in wrong:
        assert check_entries(derivation, [replace(gather, formula=formula)]) == {formula: False}


def test_indices_are_no_names_of_the_problem() -> None:
    a, i = nz.scalar("a"), nz.scalar("i")
    n = nz.dims("n")[0]
    G, C = nz.sparse("G", n, n), nz.dense("C", n, n)
    problem = nz.Problem(a * nz.trace(C * G) + i * nz.sumsq(C * G), wrt=G)
    shown = problem.derive().document("short")
    (row,) = shown.entries
    assert shown.show("text", row.expr) == "2 i Σ_b C[b, i_] f[b, j] + a C[j, i_]"
