"""From a copied folder to the first energy: every step runs, in three languages."""

import shutil

import pytest
from rich.console import Console

from benchmarks.vendored import measure_vendored

NEEDED = ("cmake", "octave-cli", "mkoctfile")


@pytest.mark.slow
@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"not all of {', '.join(NEEDED)}")
def test_every_step_to_the_first_energy_is_timed() -> None:
    console = Console(record=True, quiet=True, width=200)
    steps = measure_vendored(console, clusters=20, modes=6)
    assert [step.language for step in steps] == 2 * ["Python"] + 5 * ["C++"] + 2 * ["Octave"]
    assert all(step.seconds > 0 for step in steps)
    first, again = steps[:2]
    assert again.processor < first.processor  # nothing is compiled any more


def test_what_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(FileNotFoundError, match="cmake"):
        measure_vendored(Console(quiet=True), clusters=20, modes=6)
