"""A sample of the hostile input, and the machinery that judges it."""

import pytest

from hostile.pool import MACHINES, run
from hostile.verdicts import CRASH, FOREIGN, REFUSED, RIGHT, STRICT, WRONG
from run_hostile import findings

SAMPLES = {
    "pattern": 6000,
    "bind": 1500,
    "language": 1500,
    "solvers": 1500,
    "files": 12,
    "kills": 12,
}
"""Under a minute in all on one core; hours by hand (CONTRIBUTING.md)."""


def test_every_machine_has_a_sample() -> None:
    assert SAMPLES.keys() == MACHINES.keys()


@pytest.mark.slow
@pytest.mark.parametrize("machine", SAMPLES)
def test_a_sample_of_hostile_input_is_right_or_refused(machine: str) -> None:
    tally = run(machine, 0, SAMPLES[machine], chunk=100)
    assert not tally.findings, "\n".join(findings([tally]))
    assert tally.inputs == SAMPLES[machine]


def test_findings_are_told_apart_and_a_crash_is_counted_with_its_seed() -> None:
    tally = run("planted_machine", 0, 10, chunk=10)
    found = {finding.seed: (finding.kind, finding.label) for finding in tally.findings}
    crash = found.pop(2)
    assert crash == (CRASH, "exit code -11")
    kinds = {seed: kind for seed, (kind, _) in found.items()}
    assert kinds == {3: WRONG, 4: FOREIGN, 6: STRICT, 7: FOREIGN}
    assert tally.inputs == 10
    assert tally.verdicts[RIGHT] == 4
    assert tally.verdicts[REFUSED] == 1
