"""Results as a person would write them: named identities, each of which holds on its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

import nzdiff as nz
from nzdiff.derive.calculus.identities.simplify import FORMULAS, simplified
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.steps import check_steps
from nzdiff.derive.show.document import shortest, steps_of
from problems import PROBLEMS
from random_expressions import generate

WRITTEN = {
    "sum(log(1 + exp(X*w))) - y'*X*w": [
        "∂E/∂g = P vec(Xᵀ sigmoid.(X w) − Xᵀ y)",
        "∂²E/∂g² = P Xᵀ diag((1 − sigmoid.(X w)) ∘ sigmoid.(X w)) X Pᵀ",
    ],
    "sum(softplus(X*w))": ["∂²E/∂g² = P Xᵀ diag((1 − sigmoid.(X w)) ∘ sigmoid.(X w)) X Pᵀ"],
    "norm2(sin(X*w) - b)^2": [
        "∂²E/∂g² = 2 P Xᵀ diag((cos.(X w))^∘2 − (f ∘ sin.(X w))) X Pᵀ",
    ],
    "norm2(B - w*w')^2": [
        "∂E/∂g = P vec(−2 (f w + fᵀ w))",
    ],
    "norm2(S - w*w')^2": [
        "∂E/∂g = −4 P f Pᵀ g",
        "∂²E/∂g² = 4 P (wᵀ w ⊗ I + (wᵀ ⊗ w) K_n1 − f) Pᵀ",
    ],
}


def derived(formula: str) -> list[str]:
    used = {"symmetric": "S"} if "S" in formula else {}
    derivation = nz.parse(formula, wrt="w", vector="w", **used).derive()
    return [f"{row.name.shown('text')} = {text(row.expr)}" for row in shortest(derivation)]


@pytest.mark.parametrize("formula", WRITTEN)
def test_results_are_what_one_would_write(formula: str) -> None:
    assert set(WRITTEN[formula]) <= set(derived(formula))


def test_each_identity_is_used_and_holds() -> None:
    formulas: tuple[tuple[str, dict[str, str]], ...] = (
        ("sum(log(1 + exp(X*w))) + sum(softplus(X*w))", {}),
        ("norm2(S - w*w')^2 + norm2(sin(X*w) - b)^2", {"symmetric": "S"}),
    )
    used = set[str]()
    for formula, given in formulas:
        derivation = nz.parse(formula, wrt="w", vector="w", **given).derive()
        steps = steps_of(derivation)[-1].steps
        used |= {step.rule for step in steps}
        assert set(check_steps(derivation, steps).values()) == {True}
        wrong = [replace(step, after=2 * step.after) for step in steps]
        assert set(check_steps(derivation, wrong).values()) == {False}
    assert used == set(FORMULAS)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_second_time_changes_nothing(name: str) -> None:
    for row in shortest(PROBLEMS[name].derive()):
        assert simplified(row.expr) == (row.expr, ())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*does not contain this unknown")
@pytest.mark.parametrize("seed", range(60))
def test_identities_of_random_problems_hold(seed: int) -> None:
    derivation = generate(seed, 4)[0].derive()
    last = steps_of(derivation)[-1]
    if last.title == "Results as one would write them":
        assert all(check_steps(derivation, last.steps).values())
