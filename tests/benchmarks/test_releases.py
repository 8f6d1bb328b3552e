"""Figures per release: kept, shown on one page, and compared with those before."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.releases import page as pages
from benchmarks.releases import record as records
from benchmarks.releases.page import appeared, changes, markdown, write_page
from benchmarks.releases.record import Record, Row, all_records, load, record_of, save


def _record(date: str, ratios: dict[tuple[str, str], float], **more: Any) -> Record:
    rows = tuple(Row("small", 1, work, peer, ratio, 2.0) for (work, peer), ratio in ratios.items())
    machine, sizes = {"processor": "one"}, {"small": "n = 200"}
    return Record("1.0", "abc", date, machine, {"scipy": "1"}, sizes, rows, **more)


OLD = _record(
    "2026-01-01", {("energy", "scipy-q"): 2.0, ("energy", "numba"): 1.0, ("jvp", "numba"): 3.0}
)
NEW = _record(
    "2026-02-01",
    {("energy", "scipy-q"): 2.4, ("energy", "numba"): 1.1, ("jvp", "jax-q"): 3.0},
    problems=(("casadi", "not installed |\n here"),),
    external=(("a case", "ours", "0.1 GB", 3.0),),
)


def test_a_record_comes_back_from_its_file(tmp_path: Path) -> None:
    path = save(NEW, tmp_path)
    assert path.name == "2026-02-01-1.0.json" and load(path) == NEW
    save(OLD, tmp_path)
    assert all_records(tmp_path) == [OLD, NEW], "the oldest first"
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"2026-02-01-1\.0\.json: expected figures of a release"):
        all_records(tmp_path)


def test_changes_are_the_median_over_the_peers_that_are_in_both() -> None:
    (change,) = changes(NEW, OLD)
    assert (change.instance, change.work, change.peers) == ("small", "energy", 2)
    assert change.change == pytest.approx(0.15)
    (back,) = changes(OLD, NEW)
    assert back.change == pytest.approx((2.0 / 2.4 + 1.0 / 1.1) / 2 - 1)
    assert appeared(NEW, OLD) == (["jax-q"], []) and appeared(OLD, NEW) == ([], ["jax-q"])


def test_the_page_shows_what_changed_by_five_per_cent() -> None:
    shown = markdown([OLD, NEW], ["small-1"])
    assert "| small | E | +15 % | 2 |" in shown and "New: jax-q." in shown
    assert "n = 200](benchmarks/small-1.svg)" in shown and "### small: n = 200" in shown
    assert "- casadi: not installed / here" in shown and "| a case | ours | 0.1 GB | 3 |" in shown
    assert "The processors differ" not in shown
    little = replace(
        NEW, rows=tuple(replace(row, ratio=1.04 * row.ratio) for row in OLD.rows), problems=()
    )
    quiet = markdown([OLD, little])
    assert "\nNone.\n" in quiet and "What could not be done" not in quiet
    other = replace(NEW, machine={"processor": "another"})
    assert "The processors differ" in markdown([OLD, other])
    assert "There is no release before" in markdown([NEW])
    with pytest.raises(ValueError, match="at least one release"):
        markdown([])


def test_an_evaluation_becomes_a_record() -> None:
    outcome = {"instance": "small", "threads": 1, "work": "energy", "problem": None}
    outcomes: list[dict[str, Any]] = [
        {**outcome, "peer": "nzdiff", "samples": [1.0, 2.0, 4.0]},
        {**outcome, "peer": "numba", "samples": [2.0, 6.0, 4.0]},
        {**outcome, "peer": "casadi", "samples": [], "problem": "no such work"},
    ]
    setting = {"instance": "small", "threads": 1, "peer": "numba", "problem": None}
    found = record_of(
        {
            "machine": {"processor": "one"},
            "settings": [{**setting, "versions": {"numba": "0.6"}}],
            "outcomes": outcomes,
            "sizes": {"small": "n = 200"},
            "external": [{"case": "c", "peer": "p", "result": "r", "seconds": 0.5}],
        }
    )
    assert [(row.peer, row.ratio, row.ms) for row in found.rows] == [
        ("nzdiff", 1.0, 2000.0),
        ("numba", 2.0, 4000.0),
    ]
    assert found.problems == (("casadi", "no such work"),) and found.versions == {"numba": "0.6"}
    assert found.external == (("c", "p", "r", 500.0),)


@pytest.mark.slow
def test_the_page_in_the_documentation_is_that_of_the_figures(tmp_path: Path) -> None:
    page, *pictures = write_page(page=tmp_path / "benchmarks.md")
    shown = page.read_text(encoding="utf-8")
    if pictures:  # matplotlib is there
        assert pages.PAGE.read_text(encoding="utf-8") == shown
        kept = {path.name for path in (pages.PAGE.parent / "benchmarks").glob("*.svg")}
        assert kept == {path.name for path in pictures}


def test_a_run_that_is_stopped_keeps_no_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from benchmarks.evaluation import measure

    def stopped(*_: Any, **given: Any) -> measure.Evaluation:
        assert given["external"] and given["sizes"] == ("small", "assembly", "medium", "large")
        return measure.Evaluation(1, stopped=True)

    monkeypatch.setattr(measure, "measure_evaluation", stopped)
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    before = pages.PAGE.stat().st_mtime_ns
    done = CliRunner().invoke(app, ["release", "--out", str(tmp_path)])
    assert done.exit_code == 130 and list(tmp_path.glob("*.json")) == []
    assert pages.PAGE.stat().st_mtime_ns == before


def test_the_page_alone_is_written_without_measuring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pages, "write_page", lambda: [tmp_path / "benchmarks.md"])
    done = CliRunner().invoke(app, ["release", "--page"])
    assert done.exit_code == 0 and "wrote" in done.output
    json.loads((records.RESULTS / "2026-11-26-0.1.0.json").read_text(encoding="utf-8"))
