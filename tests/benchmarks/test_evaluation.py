"""`python -m benchmarks evaluation`: peers that agree, that do not, that are not there."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.evaluation import external
from benchmarks.evaluation import measure as evaluation
from benchmarks.evaluation import reference as references
from benchmarks.evaluation.figure import draw_evaluation
from benchmarks.evaluation.measure import Evaluation, instance_names, measure_evaluation, summary
from benchmarks.evaluation.program import (
    PEERS,
    TAKES_DIRECTION,
    NotAvailable,
    Program,
    find_program,
    numbers,
)
from benchmarks.evaluation.reference import reference
from benchmarks.evaluation.report import markdown
from benchmarks.evaluation.scaling import SCALING, exponents
from benchmarks.evaluation.seed import (
    GROUPS,
    INSTANCES,
    Seed,
    SeedSizes,
    load_seed,
    make_seed,
    save_seed,
)
from benchmarks.evaluation.worker import gap_of
from benchmarks.peers import nzdiff as peer_nzdiff
from benchmarks.peers import scipy as peer_scipy
from benchmarks.peers.product_pairs import product_pairs
from nzdiff.runtime.kernel.compiler import CompilerError
from nzdiff.runtime.kernel.library import compile_cached

RUN = CliRunner(env={"COLUMNS": "200"})
QUIET = Console(quiet=True)
TINY = SeedSizes((4, 5), (2, 3), p=5, k=4)
TINY_DIAGONAL = SeedSizes((4, 5), (2, 3), p=6, k=4, diagonal=True)

WRONG = """
from dataclasses import replace
from benchmarks.peers.scipy import two_products

def program(seed):
    right = two_products(seed)
    def energy_and_gradient(g):
        E, gradient = right.functions["energy_and_gradient"](g)
        return E, gradient * (1 + 1e-6)
    functions = {**right.functions, "energy_and_gradient": energy_and_gradient}
    return replace(right, functions=functions)

def dies(seed):
    right = two_products(seed)
    def jvp(g, v):
        import os
        os._exit(3)
    return replace(right, functions={**right.functions, "jvp": jvp})

def raises(seed):
    print("not an answer")
    raise RuntimeError("no such layout")
"""


def has_compiler() -> bool:
    try:
        compile_cached("int nothing(void) { return 0; }\n")
    except CompilerError:
        return False
    return True


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A size of a few numbers, samples of a millisecond, no matrices, no pictures, elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(INSTANCES, "tiny", TINY)
    monkeypatch.setattr(evaluation, "SAMPLE_SECONDS", 1e-3)
    monkeypatch.setattr(references, "LARGEST_MATRIX", 0)
    monkeypatch.setattr(evaluation, "draw_evaluation", lambda *_: [])


@pytest.fixture
def own_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with programs that are not right."""
    (tmp_path / "own_programs.py").write_text(WRONG, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return "own_programs"


def evaluate(out: Path, *peers: str, **more: Any) -> Evaluation:
    return measure_evaluation(
        QUIET, sizes=["tiny"], peers=peers, repeats=2, out=out, with_startup=False, **more
    )


def problems(found: Evaluation, peer: str) -> dict[str, str | None]:
    return {outcome.work: outcome.problem for outcome in found.outcomes if outcome.peer == peer}


# ---- instances and reference


@pytest.mark.parametrize("sizes", [TINY, TINY_DIAGONAL])
def test_the_reference_is_the_derivative(sizes: SeedSizes) -> None:
    seed = make_seed(sizes)
    found, g, v, step = reference(seed), seed.g[0], seed.v, 1e-30j
    f = seed.X.astype(complex)
    G, Y = seed.G(g + step * v), np.diag(seed.Y) if sizes.diagonal else seed.Y
    f = f - Y @ (G.T @ (seed.L @ (G @ seed.B)))
    np.testing.assert_allclose(f.imag / step.imag, found["jvp"], rtol=1e-12, atol=1e-12)
    slope = np.sum(f * f).imag / step.imag
    assert slope == pytest.approx(found["energy_and_gradient"][1:] @ v, rel=1e-12)
    assert np.sum(seed.w * found["jvp"]) == pytest.approx(found["vjp"] @ v, rel=1e-12)
    for matrix, product in (
        ("gauss_newton_matrix", "gauss_newton_product"),
        ("hessian_matrix", "hessian_product"),
    ):
        lower = found[matrix]
        full = lower + np.tril(lower, -1).T
        np.testing.assert_allclose(full @ v, found[product], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("sizes", [TINY, TINY_DIAGONAL])
@pytest.mark.parametrize("make", [peer_nzdiff.program, peer_scipy.two_products, peer_scipy.sampled])
def test_programs_compute_the_reference(sizes: SeedSizes, make: Any) -> None:
    if make is peer_nzdiff.program and not has_compiler():
        pytest.skip("needs a C compiler")
    seed = make_seed(sizes)
    program: Program = make(seed)
    for work, expected in reference(seed).items():
        if work in program.refused:
            continue
        more = [program.matrix(seed.w)] if work == "vjp" else []
        more += [program.values(seed.v)] if work in TAKES_DIRECTION else []
        result = program.functions[work](program.values(seed.g[0]), *more)
        assert gap_of(work, numbers(program, work, result, (seed.p, seed.k)), expected) < 1e-12


def test_triples_add_up_to_the_sparse_product() -> None:
    seed = make_seed(TINY)
    pairs, g = product_pairs(seed), seed.g[0]
    Q = (seed.G(g).T @ seed.L @ seed.G(g)).toarray()
    LG = pairs.LG_map @ g
    found = np.bincount(pairs.q, g[pairs.t] * LG[pairs.e])
    np.testing.assert_allclose(found, Q[pairs.Q_rows, pairs.Q_cols], atol=1e-13)
    np.testing.assert_array_equal(pairs.Q_rows[pairs.mirror], pairs.Q_cols)


def test_an_instance_survives_its_file(tmp_path: Path) -> None:
    seed = make_seed(TINY)
    save_seed(tmp_path / "seed.npz", seed, reference_energy=np.array(1.0))
    again = load_seed(tmp_path / "seed.npz")
    np.testing.assert_array_equal(again.L.toarray(), seed.L.toarray())
    np.testing.assert_array_equal(again.g, seed.g)
    assert isinstance(again, Seed)


def test_sizes_are_groups_or_instances() -> None:
    assert instance_names(["small"]) == ("small", "small-diagonal")
    assert instance_names(["medium-diagonal", "medium"]) == ("medium-diagonal", "medium")
    with pytest.raises(ValueError, match=r"size: expected small, assembly, medium, .* got huge"):
        instance_names(["huge"])
    with pytest.raises(ValueError, match="p: expected m = 6 for a diagonal Y"):
        replace(TINY, diagonal=True)


# ---- whole runs


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="needs a C compiler")
def test_a_run_writes_ratios_json_and_pictures(tiny: None, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    found = evaluate(tmp_path, "nzdiff", "scipy-h", "limit")
    assert problems(found, "nzdiff") == dict.fromkeys(reference(make_seed(TINY)))
    content = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    for outcome in content["outcomes"]:
        if outcome["peer"] != "limit":
            assert len(outcome["samples"]) == 2
            assert outcome["gap"] < 1e-12
    text = (tmp_path / "evaluation.md").read_text(encoding="utf-8")
    for expected in ("## Ratios", "| peer ÷ ours |", "| scipy-h |", "| ours ÷ limit |"):
        assert expected in text
    (picture,) = draw_evaluation(tmp_path, summary(found))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_wrong_numbers_are_found_and_not_timed(
    tiny: None, own_programs: str, tmp_path: Path
) -> None:
    peer = f"{own_programs}:program"
    found = evaluate(tmp_path, peer)
    (wrong,) = (outcome for outcome in found.outcomes if outcome.problem)
    assert (wrong.work, wrong.samples) == ("energy_and_gradient", [])
    assert str(wrong.problem).startswith("wrong numbers: off by ")
    assert wrong.gap == pytest.approx(1e-6, rel=1e-3)
    assert f"- **{peer}**: wrong numbers" in markdown(summary(found))


def test_a_peer_that_is_not_installed_is_reported(tiny: None, tmp_path: Path) -> None:
    found = evaluate(tmp_path, "not_installed:program", "scipy-q")
    (reason,) = set(problems(found, "not_installed:program").values())
    assert reason == "not installed: No module named 'not_installed'"
    assert any(outcome.samples for outcome in found.outcomes if outcome.peer == "scipy-q")


@pytest.mark.slow
def test_a_peer_that_dies_loses_that_work_alone(
    tiny: None, own_programs: str, tmp_path: Path
) -> None:
    found = evaluate(tmp_path, f"{own_programs}:dies", f"{own_programs}:raises")
    reasons = problems(found, f"{own_programs}:dies")
    assert reasons.pop("jvp") == "ended with status 3"
    assert set(reasons.values()) == {None}
    (reason,) = set(problems(found, f"{own_programs}:raises").values())
    assert reason == "RuntimeError: no such layout"


def test_ctrl_c_keeps_what_there_is(
    tiny: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "one_round", interrupt)
    found = evaluate(tmp_path, "scipy-q")
    assert found.stopped
    assert "Stopped before the end" in (tmp_path / "evaluation.md").read_text(encoding="utf-8")
    content = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert all(
        outcome["first_seconds"] for outcome in content["outcomes"] if not outcome["problem"]
    )


# ---- names and help


def test_every_peer_is_named_in_the_help_and_found_or_missing() -> None:
    text = RUN.invoke(app, ["evaluation", "--help"]).output
    for name in (*PEERS, *GROUPS):
        assert name in text
    for name in PEERS:
        assert callable(find_program(name))
    with pytest.raises(NotAvailable, match="not installed"):
        find_program("not_installed:program")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "huge"], "size: expected small, "),
        (["--peers", "matlab"], "peer: expected nzdiff, "),
    ],
)
def test_an_unknown_name_is_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = RUN.invoke(app, ["evaluation", *arguments, "--out", str(out)])
    assert result.exit_code == 2
    assert message in result.output
    assert not out.exists()


def test_a_curve_of_linear_cost_has_exponent_one() -> None:
    points = [{"value": value} for value in (10, 20, 40)]
    found = exponents(points, {"a": [1.0, 2.0, 4.0], "b": [float("nan"), 1.0, float("nan")]})
    assert found == {"a": pytest.approx(1.0)}
    assert all(sizes.s > 0 for curve in SCALING for _, sizes in curve.points)


def test_reported_cases_have_the_right_gradient() -> None:
    for make in (external.natural_scipy, external.natural_ours):
        if make is external.natural_ours and not has_compiler():
            continue
        gradient, values, expected = make()
        np.testing.assert_allclose(gradient(values), expected, rtol=1e-9, atol=1e-9)
