"""The collection of problems with known optima: no success is false, and `auto` reaches them."""

import pytest

import nzdiff as nz
from benchmarks.optima.collection import ALL, REAL, available, case, real_case
from benchmarks.optima.judge import Verdict, judge, judge_all, methods_for, table


@pytest.mark.parametrize("seed", range(len(ALL)))
def test_no_success_is_false(seed: int) -> None:
    verdicts = judge(seed, max_iterations=200, max_seconds=5.0)
    assert [verdict for verdict in verdicts if verdict.is_false] == []
    assert verdicts[0].method == "auto"
    assert verdicts[0].success and verdicts[0].right, verdicts[0]


PUBLISHED = {
    "spai-airfoil": 13.0026961516,
    "prolongation-unit-square": 6.62634326,
    "ilu-196": 0.0,
    "butterfly-32": 0.0,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_real_problems_are_solved_to_their_optimum(name: str) -> None:
    there, absent = available()
    if name not in there:
        pytest.skip(next(line for line in absent if line.startswith(name)))
    if name in PUBLISHED:
        assert real_case(name).least == pytest.approx(PUBLISHED[name], rel=1e-8)
    verdicts = judge(name, max_iterations=2000, max_seconds=5.0)
    assert [verdict for verdict in verdicts if verdict.is_false] == []
    assert verdicts[0].success and verdicts[0].right, verdicts[0]


def test_data_that_is_absent_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("benchmarks.instances.instance.import_module", absent)
    monkeypatch.setattr(
        "benchmarks.optima.collection.REAL",
        {name: REAL[name] for name in ("spai-airfoil", "spai-144")},
    )
    there, (line,) = available()
    assert there == ["spai-144"]
    assert line.startswith("spai-airfoil: left out, this instance takes its data from pyamg")


@pytest.mark.slow
def test_more_of_them() -> None:
    seeds = range(100_000, 100_055)
    found = [v for vs in judge_all(seeds, jobs=2, max_iterations=1000, max_seconds=2.0) for v in vs]
    assert [verdict for verdict in found if verdict.is_false] == []
    assert [v for v in found if v.method == "auto" and v.convex and not v.success] == []


@pytest.mark.slow
def test_optima_are_what_they_are_said_to_be() -> None:
    """From the optimum nothing leads below it: the least energy is reached and not passed."""
    for seed in range(2 * len(ALL)):
        found = case(seed)
        energy = nz.solve(found.model, found.g0, bounds=found.bounds).fun
        assert energy >= found.least - 1e-9 * (1.0 + abs(found.least)), found.family


def test_a_false_success_is_seen() -> None:
    said = {"family": "f", "seed": 0, "convex": True, "method": "auto", "steps": 1, "seconds": 1.0}
    wrong = Verdict(**said, success=True, right=False, gap=0.1, message="")  # type: ignore[arg-type]
    honest = Verdict(**said, success=False, right=False, gap=0.1, message="")  # type: ignore[arg-type]
    assert wrong.is_false and not honest.is_false
    assert "| `auto` | 2 | 0 | 1 | 1 of 2 | 1 |" in table([wrong, honest])
    bounded = next(found for found in map(case, range(len(ALL))) if found.bounds is not None)
    assert "conjugate-gradient" not in methods_for(bounded)
