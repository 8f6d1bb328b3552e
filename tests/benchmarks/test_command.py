"""`python -m benchmarks`: runs, tables, JSON, pictures, Ctrl-C."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.assembly.jacobian import explicit_jacobian, square
from benchmarks.assembly.measure import assemble, check_matrix, measure_assembly
from benchmarks.assembly.streaming import can_stream, stream
from benchmarks.binding.instances import BINDABLE, poisson, torus
from benchmarks.gallery.entries import Relation
from benchmarks.gallery.measure import Row
from benchmarks.instances.coarsening import coarsening_problem
from benchmarks.instances.icosphere import noisy_icosphere
from benchmarks.instances.instance import Instance
from benchmarks.instances.reachable import SIZES, reachable
from benchmarks.instances.table import INSTANCES
from benchmarks.meshes.instances import MESHES, Coarsening, coarsening_of
from benchmarks.meshes.measure import _energy, _reached
from benchmarks.solvers import measure as solvers
from benchmarks.solvers.figure import gap_curve
from benchmarks.solvers.levels import FINAL_LBFGS, FINAL_NADAM, levels
from benchmarks.solvers.measure import measure_solvers, run_all
from benchmarks.solvers.report import as_json, markdown
from benchmarks.solvers.run import Run, run_method
from nzdiff.demo.published import published
from nzdiff.demo.run import constrained_pattern
from nzdiff.pattern import Pattern
from nzdiff.solvers import Counts, Record, solve

RUN = CliRunner(env={"COLUMNS": "200"})
QUIET = Console(quiet=True)


def records(*energies: float) -> tuple[Record, ...]:
    return tuple(
        Record(i, energy, 1.0, 0.0, 0.0, 0, 0.5 * i, Counts()) for i, energy in enumerate(energies)
    )


def run_of(method: str, *energies: float, instance: str = "reachable-600") -> Run:
    lowest, seconds = min(energies), 0.5 * (len(energies) - 1)
    return Run(instance, method, lowest, seconds, "max seconds", "", records(*energies))


@pytest.fixture
def instance() -> Instance:
    return reachable(600)


# ---- the commands


def test_solvers_writes_a_table_json_and_pictures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    arguments = ["solvers", "--instances", "spai-144", "--seconds", "600"]  # until rounding
    methods = ["--methods", "l-bfgs", "--methods", "gauss-newton"]
    result = RUN.invoke(app, [*arguments, *methods, "--out", str(tmp_path), "--backend", "numpy"])
    assert result.exit_code == 0, result.output
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"solvers.md", "solvers.json", "spai-144.png"}
    assert (tmp_path / "spai-144.png").read_bytes().startswith(b"\x89PNG")
    content = json.loads((tmp_path / "solvers.json").read_text(encoding="utf-8"))
    assert [run["method"] for run in content["runs"]] == ["l-bfgs", "gauss-newton"]
    for run in content["runs"]:
        assert run["energy"] == pytest.approx(content["instances"][0]["reference"])
        assert run["seconds_to"]["gap 1e-04"] is not None
        assert len(run["history"]["energy"]) == len(run["history"]["seconds"])
    assert "| spai-144 | l-bfgs | 10.603716 |" in (tmp_path / "solvers.md").read_text("utf-8")


@pytest.mark.slow
def test_assembly_writes_a_table_and_json(tmp_path: Path) -> None:
    arguments = ["assembly", "--sizes", "600", "--repeats", "1", "--out", str(tmp_path)]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    content = json.loads((tmp_path / "assembly.json").read_text(encoding="utf-8"))
    ways = [row["way"] for row in content["measurements"]]
    assert ways[:4] == ["assemble", "assemble, factors known", "J, then dsyrk", "fill"]
    assert all(row["seconds"] > 0 for row in content["measurements"])
    assert "| 600 | assemble |" in (tmp_path / "assembly.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not can_stream(), reason="needs a C compiler")
@pytest.mark.slow
def test_lbfgs_prints_two_instances_of_a_size() -> None:
    result = RUN.invoke(app, ["lbfgs", "--sizes", "600", "--iterations", "3"])
    assert result.exit_code == 0, result.output
    assert result.output.count("600") >= 2


@pytest.mark.slow
def test_gallery_prints_answers_beside_those_of_others(tmp_path: Path) -> None:
    names = ["--names", "structured_lqr", "--names", "butterfly"]
    result = RUN.invoke(app, ["gallery", *names, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "gallery.md").read_text(encoding="utf-8")
    assert "| structured_lqr | 40 states, 4 inputs, s = 160 | 188.3723229" in text
    assert "- butterfly: optimum: the fast transform." in text
    assert "not reached" not in text


@pytest.mark.parametrize(
    ("relation", "answer", "success", "is_reached"),
    [
        ("=", 2.0 + 1e-9, True, True),
        ("=", 2.0 + 1e-9, False, False),
        ("=", 2.0 + 1e-7, True, False),
        ("<", 2.0 - 1e-7, False, True),
        ("<", 2.0, True, False),
        (">", 2.0, False, True),
        (">", 1.9, True, False),
    ],
)
def test_an_answer_is_reached_as_it_should_be(
    relation: Relation, answer: float, success: bool, is_reached: bool
) -> None:
    row = Row("p", "", answer, 2.0, relation, "", 0, 0, "auto", success, "", 1, 1, 1, "")
    assert row.is_reached == is_reached


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solvers", "--instances", "none"], "instance: expected reachable-600, "),
        (["solvers", "--methods", "none"], "method: expected "),
        (["gallery", "--names", "none"], "problem: expected amg_prolongation, "),
        (["assembly", "--sizes", "7"], "size: expected 600, 1500, 4500, 15000, 240000, got 7"),
    ],
)
def test_an_unknown_name_is_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_help_names_the_commands_and_every_instance() -> None:
    assert "assembly" in RUN.invoke(app, ["--help"]).output
    text = RUN.invoke(app, ["solvers", "--help"]).output
    for name in INSTANCES:
        assert name in text


# ---- runs


def test_a_method_that_refuses_an_instance_is_a_result(instance: Instance) -> None:
    run = run_method(instance, instance.bind(backend="numpy"), "none", seconds=1)
    assert (run.status, run.history, run.iterations) == ("refused", (), 0)
    assert "expected one of" in run.message
    text = markdown([instance], [run], seconds=1)
    assert "## Refused" in text
    assert json.loads(as_json([instance], [run], seconds=1))["runs"][0]["energy"] is None


def test_a_run_ends_with_its_budget_and_knows_when_levels_were_passed(instance: Instance) -> None:
    def wait(record: Record, g: Any) -> None:
        if record.iteration == 3:
            time.sleep(max(0.0, 0.3 - record.seconds))

    model = instance.bind(backend="numpy")
    run = run_method(instance, model, "l-bfgs", seconds=0.3, callback=wait)
    assert run.status == "max seconds" and run.iterations <= 3
    assert run.energy == min(record.energy for record in run.history)
    assert run.seconds_to(run.history[0].energy) == run.history[0].seconds
    assert run.seconds_to(-1.0) is None


def test_ctrl_c_ends_the_runs_and_keeps_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def interrupted(instance: Any, model: Any, method: str, **_: Any) -> Run:
        made.append(method)
        run = run_of(method, 3.0, 2.0, instance=instance.name)
        return replace(run, status="interrupted") if len(made) == 2 else run

    monkeypatch.setattr(solvers, "run_method", interrupted)
    names = ["reachable-600", "spai-144"]
    (results,) = run_all(QUIET, names, ["a", "b", "c"], seconds=1, backend="numpy")
    assert results.stopped
    assert [run.method for run in results.runs] == ["a", "b"]


def test_ctrl_c_between_runs_keeps_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(name: str) -> Instance:
        raise KeyboardInterrupt

    monkeypatch.setattr(solvers, "make_instance", interrupt)
    (results,) = run_all(QUIET, ["reachable-600"], ["a"], seconds=1, backend="numpy")
    assert results.stopped
    assert results.runs == ()


def test_an_instance_that_cannot_be_made_leaves_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")

    def missing() -> Instance:
        raise ImportError("no data")

    monkeypatch.setitem(INSTANCES, "missing", missing)
    names = ["spai-144", "missing"]
    with pytest.raises(ImportError, match="no data"):
        measure_solvers(QUIET, instances=names, methods=["l-bfgs"], seconds=600, out=tmp_path)
    content = json.loads((tmp_path / "solvers.json").read_text(encoding="utf-8"))
    assert [run["instance"] for run in content["runs"]] == ["spai-144"]


# ---- levels, tables, curves


def test_levels_come_from_the_reference_and_from_other_methods(instance: Instance) -> None:
    runs = [run_of("nadam", 100.0, 4.0), run_of("l-bfgs", 100.0, 2.0)]
    found = levels(instance, runs)
    assert found[FINAL_NADAM] == 4.0
    assert found[FINAL_LBFGS] == pytest.approx(2.002)
    assert found["gap 1e-02"] == pytest.approx(1.0)
    assert levels(instance, []) == {}
    assert set(levels(replace(instance, reference=None), runs)) == {FINAL_NADAM, FINAL_LBFGS}


def test_levels_stay_above_rounding(instance: Instance) -> None:
    found = levels(instance, [run_of("l-bfgs", 100.0, 1e-30)])
    assert found[FINAL_LBFGS] == pytest.approx(1e-10)


def test_json_holds_no_nan_and_few_records(instance: Instance) -> None:
    energies = [*np.geomspace(1e3, 1e-3, 5000).tolist(), math.inf]
    content = json.loads(as_json([instance], [run_of("nadam", *energies)], seconds=1))
    history = content["runs"][0]["history"]
    assert len(history["energy"]) <= 500
    assert history["iteration"][0] == 0
    assert history["iteration"][-1] == 5000
    assert history["energy"][-1] is None


def test_a_curve_falls_and_stays_positive() -> None:
    seconds, gaps = gap_curve(run_of("nadam", 5.0, 7.0, 2.0, 1.0), 1.0)
    np.testing.assert_array_equal(seconds, [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(gaps, [4, 4, 1, 1e-16], rtol=1e-12)


# ---- assembly


def test_the_explicit_jacobian_is_that_of_the_model(instance: Instance) -> None:
    model, size = instance.bind(backend="numpy"), SIZES[600]
    J = np.empty((600, size.k, size.p))
    explicit_jacobian(instance.data, instance.data["G"].to_csr(instance.g0), J)
    v = np.random.default_rng(0).standard_normal(600)
    np.testing.assert_allclose(J.reshape(600, -1).T @ v, model.jvp(instance.g0, v), atol=1e-9)
    out = np.zeros((600, 600))
    square(J, out)
    expected = np.zeros_like(out)
    assemble(model, instance.g0, expected)
    np.testing.assert_allclose(np.tril(out - expected), 0.0, atol=1e-10 * abs(out).max())
    check_matrix(out, model, instance.g0)
    out[0, 0] *= 1 + 1e-3
    with pytest.raises(ValueError, match="matrix: expected 2 JᵀJ"):
        check_matrix(out, model, instance.g0)


def test_a_jacobian_that_is_too_large_is_left_out(tmp_path: Path) -> None:
    rows = measure_assembly(QUIET, sizes=[600], repeats=1, gigabytes=1e-3, out=tmp_path)
    assert "J, then dsyrk" not in {row.way for row in rows}


@pytest.mark.skipif(not can_stream(), reason="needs a C compiler")
@pytest.mark.parametrize("start", [0, 1])
def test_streaming_writes_everything_and_nothing_else(start: int) -> None:
    memory = np.zeros(103)
    stream(memory[start:-1])
    assert (memory[start:-1] == 2.0).all()
    assert memory[:start].sum() == memory[-1] == 0
    with pytest.raises(ValueError, match="out: expected contiguous doubles"):
        stream(memory[::2])


# ---- binding


def test_binding_prints_seconds_of_each_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BINDABLE, "small", lambda: poisson(3))
    result = RUN.invoke(app, ["binding", "--names", "small", "--rounds", "1"])
    assert result.exit_code == 0, result.output
    assert "3-D SPAI, n = 27, s = 135" in result.output
    unknown = RUN.invoke(app, ["binding", "--names", "large"])
    assert unknown.exit_code == 2 and "instance: expected torus-2916" in unknown.output


def test_a_bumpy_torus_is_closed_and_its_clusters_are_bound() -> None:
    pytest.importorskip("igl")
    found = torus(9, 8, 6, 3)
    assert found.sizes.startswith("torus, n = 72, m = 6, k = 3, s = ")
    model = found.problem.bind(**found.data, backend="numpy")
    assert np.isfinite(model.energy(np.ones(model.size)))


# ---- meshes


@pytest.fixture
def small_mesh(monkeypatch: pytest.MonkeyPatch) -> str:
    pytest.importorskip("igl")
    monkeypatch.setitem(MESHES, "small", Coarsening(partial(noisy_icosphere, 4), 20, 8))
    return "small"


def test_the_published_method_keeps_the_constraint_and_halves_its_rate(
    small_mesh: str, tmp_path: Path
) -> None:
    data = coarsening_of(small_mesh, tmp_path)
    kept = coarsening_of(small_mesh, tmp_path)  # its modes from the file
    np.testing.assert_array_equal(data.Phi, kept.Phi)
    given = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L}
    free = Pattern((data.i, data.j), data.shape)
    model = coarsening_problem().bind(**given, G=free, backend="numpy")
    first = model.energy(model.pack(data.G0))
    runs = {kind: published(model, data, constrained=kind) for kind in (True, False)}
    least = {kind: run.lowest for kind, run in runs.items()}
    assert model.energy(model.pack(runs[True].G)) == pytest.approx(least[True], rel=1e-12)
    rows = runs[True].G @ data.constraint_weights
    np.testing.assert_allclose(rows, data.constraint_values, rtol=1e-12)
    assert least[False] < least[True] < 0.1 * first
    bound = coarsening_problem().bind(**given, G=constrained_pattern(data), backend="numpy")
    optimum = solve(bound, bound.pack(data.G0), "l-bfgs", max_iterations=2_000)
    assert optimum.fun < least[True] < 3.0 * optimum.fun


def test_energies_of_a_run_are_read_at_seconds() -> None:
    run = {"seconds": [0.5, 1.0, 2.0], "energies": [9.0, 4.0, 1.0]}
    assert [_energy(run, x) for x in (0.1, 1.0, 1.9, 5.0)] == [9.0, 4.0, 4.0, 1.0]
    assert [_reached(run, x) for x in (9.0, 3.0, 0.5)] == [0.5, 2.0, math.inf]


@pytest.mark.slow
def test_meshes_prints_a_row_for_each_method(small_mesh: str, tmp_path: Path) -> None:
    arguments = ["meshes", "--names", small_mesh, "--seconds", "3", "--out", str(tmp_path)]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    rows = [line for line in result.output.splitlines() if line.startswith("| small")]
    assert [row.split("|")[4].strip() for row in rows] == ["plain", "auto"]
    unknown = RUN.invoke(app, ["meshes", "--names", "large"])
    assert unknown.exit_code == 2 and "mesh: expected spot" in unknown.output


@pytest.mark.slow
def test_layers_agree_and_one_that_asks_for_too_much_says_so() -> None:
    pytest.importorskip("torch")
    given = "layers --side 300 --values 2000 --columns 8 --rounds 1"
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in RUN.invoke(app, given.split()).stdout.splitlines()
        if line.startswith("|")
    ][2:]
    assert len(rows) == 4
    for row in rows:
        assert np.allclose([float(x) for x in row[-2:]], [float(x) for x in rows[0][-2:]], 1e-4)
    refused = RUN.invoke(app, [*given.split(), "--gibibytes", "0.01"]).stdout
    assert "rror" in refused
