"""The collection of problems with known optima: no success is false, and `auto` reaches them."""

import pytest

import nzdiff as nz
from benchmarks.optima.families import FAMILIES, case
from benchmarks.optima.judge import Verdict, judge, judge_all, methods_for, table


@pytest.mark.parametrize("seed", range(len(FAMILIES)))
def test_no_success_is_false(seed: int) -> None:
    verdicts = judge(seed, max_iterations=100, max_seconds=5.0)
    assert [verdict for verdict in verdicts if verdict.is_false] == []
    assert verdicts[0].method == "auto"
    assert verdicts[0].success and verdicts[0].right, verdicts[0]


@pytest.mark.slow
def test_a_hundred_more() -> None:
    seeds = range(100_000, 100_110)
    found = [v for vs in judge_all(seeds, jobs=2, max_iterations=1000, max_seconds=2.0) for v in vs]
    assert [verdict for verdict in found if verdict.is_false] == []
    assert [v for v in found if v.method == "auto" and v.convex and not v.success] == []


@pytest.mark.slow
def test_optima_are_what_they_are_said_to_be() -> None:
    """From the optimum nothing leads below it: the least energy is reached and not passed."""
    for seed in range(2 * len(FAMILIES)):
        found = case(seed)
        energy = nz.solve(found.model, found.g0, bounds=found.bounds).fun
        assert energy >= found.least - 1e-9 * (1.0 + abs(found.least)), found.family


def test_a_false_success_is_seen() -> None:
    said = {"family": "f", "seed": 0, "convex": True, "method": "auto", "steps": 1, "seconds": 1.0}
    wrong = Verdict(**said, success=True, right=False, gap=0.1, message="")  # type: ignore[arg-type]
    honest = Verdict(**said, success=False, right=False, gap=0.1, message="")  # type: ignore[arg-type]
    assert wrong.is_false and not honest.is_false
    assert "| `auto` | 2 | 0 | 1 | 1 of 2 | 1 |" in table([wrong, honest])
    bounded = next(found for found in map(case, range(11)) if found.bounds is not None)
    assert "trust-region" not in methods_for(bounded)
