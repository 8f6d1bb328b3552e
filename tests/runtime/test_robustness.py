"""What went wrong once: names that collide, copies, interrupts, forks, folders, compilers."""

import os
import signal
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from typer.testing import CliRunner

import nzdiff as nz
from nzdiff.cli import app
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.lower.build import Matrices
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.package.write import generate
from nzdiff.derive.language.errors import VerificationError
from nzdiff.derive.language.notation import text
from nzdiff.runtime.kernel.backends import NumpyBackend
from nzdiff.runtime.kernel.backends.choose import NoCompilerWarning
from nzdiff.runtime.kernel.cache import CacheWarning
from nzdiff.solvers import Status

n, m, p, k = nz.dims("n m p k")
G, g = nz.sparse("G", n, m), nz.sparse("g", n, m)
A, a = nz.sparse("A", n, n), nz.sparse("a", n, n)
B, C, D = nz.dense("B", n, k), nz.dense("C", p, n), nz.dense("D", m, k)
SIZES = {"n": 9, "m": 5, "p": 4, "k": 3}
HANGS = 300.0
"""Seconds after which a process that should take milliseconds is held to wait for ever."""

COLLISIONS = {
    "the cotangent": nz.Problem(nz.sumsq(nz.dense("W_f", m, k) - G.T * B), wrt=G),
    "a numbered residual": nz.Problem(
        nz.sumsq(nz.dense("f_2", m, k) - G.T * B) + nz.sumsq(G), wrt=G
    ),
    "the selection": nz.Problem(nz.sumsq(nz.dense("P", m, k) - G.T * B), wrt=G),
    "the parameters": nz.Problem(nz.sumsq(D - g.T * B) + nz.sumsq(G - g), wrt=(G, g)),
    "upper and lower case": nz.Problem(nz.sumsq(a * A - A), wrt=(A, a)),
    "a transposed table": nz.Problem(
        nz.sumsq(B.T * G * D - B.T * nz.sparse("G_T", m, n).T * D)
        + nz.sumsq(G.T * B - nz.sparse("G_T", m, n) * B),
        wrt=G,
    ),
    "an exponent": nz.Problem(nz.sumsq(G * D - 1e-5 * nz.dense("e", n, k)), wrt=G),
    "words of C": nz.Problem(
        nz.sumsq(G * nz.dense("_Bool", m, k) - nz.dense("INT32_MAX", n, k)), wrt=G
    ),
}


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(problem, id=name, marks=[pytest.mark.slow] if i % 4 else [])
        for i, (name, problem) in enumerate(COLLISIONS.items())
    ],
)
def test_names_do_not_collide(problem: nz.Problem) -> None:
    assert nz.verify(problem, example_data(problem, SIZES_OF(problem))).passed


def SIZES_OF(problem: nz.Problem) -> dict[str, int]:
    return {str(size.name): SIZES[str(size.name)] for size in problem.dimensions}


@pytest.mark.usefixtures("empty_cache")  # plans made with the fault must not be kept
def test_a_lost_constant_of_the_energy_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = nz.Problem(nz.sumsq(G) + sp.Trace(G.T * G) + 7, wrt=G)
    original = Matrices.coefficient
    monkeypatch.setattr(
        Matrices,
        "coefficient",
        lambda self, expr: 0.0 if expr == 7 else original(self, expr),
    )
    with pytest.raises(VerificationError, match=r"FAIL .*energy = expression"):
        nz.verify(problem)


def model() -> nz.Model:
    problem = nz.Problem(nz.sumsq(G * D - B), wrt=G)
    return problem.bind(**example_data(problem, {"n": 9, "m": 5, "k": 3}), backend="numpy")


def test_an_interrupt_while_g_is_written_leaves_no_stale_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bound, point = model(), np.ones(model().size)
    expected = bound.energy(2 * point)
    bound.energy(point)
    write = NumpyBackend.write

    def interrupted(self: NumpyBackend, *args: Any) -> object:
        write(self, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(NumpyBackend, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bound.energy(2 * point)
    assert bound.energy(2 * point) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_wait_for_threads_that_are_gone() -> None:
    problem = nz.Problem(nz.sumsq(G * D - B), wrt=G)
    data = example_data(problem, {"n": 4000, "m": 200, "k": 30})
    bound = problem.bind(**data, backend="c", threads=2)
    point = np.ones(bound.size)
    expected = bound.energy(point)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os._exit(0 if bound.energy(2 * point) > 0 and bound.energy(point) == expected else 1)
    killer = threading.Timer(HANGS, os.kill, (child, signal.SIGKILL))
    killer.start()
    _, status = os.waitpid(child, 0)
    killer.cancel()
    assert os.waitstatus_to_exitcode(status) == 0


def test_numbers_as_sizes_are_proven_at_small_ones() -> None:
    unknown = nz.sparse("G", 40, 30)
    problem = nz.Problem(nz.sumsq(nz.dense("X", 40, 30) - unknown), wrt=unknown)
    assert nz.verify(problem).passed


def test_large_data_do_not_fail_a_right_gradient() -> None:
    problem = nz.Problem(nz.sumsq(B - G * D), wrt=G)
    data = example_data(problem, {"n": 30, "m": 8, "k": 5})
    data["B"] = 1e4 * data["B"]
    assert nz.verify(problem, data).passed


@pytest.mark.slow
def test_a_sum_with_a_dense_summand_is_multiplied_out_rather_than_formed() -> None:
    for energy in (nz.sumsq(C * (G + nz.dense("U", n, m)) * D), nz.sumsq(C * (G - B * D.T) * D)):
        problem = nz.Problem(energy, wrt=G)
        data = example_data(problem, {"n": 2000, "m": 300, "p": 20, "k": 10})
        plan = plan_program(problem.derive(), checked(problem, data)).plan
        formed = [s.out for s in plan.steps if s.out.support is None and s.out.inputs]
        assert all({value.rows, value.cols} != {"n", "m"} for value in formed)
        assert nz.verify(problem).passed


def test_packing_is_as_strict_for_small_numbers() -> None:
    pattern = nz.Pattern(([0, 1], [0, 1]), (4, 3))
    with pytest.raises(ValueError, match="no g gives this matrix"):
        pattern.pack(np.full((4, 3), 1e-10))


def test_the_map_of_a_large_pattern_stays_small() -> None:
    pattern = nz.Pattern((np.arange(1000), np.arange(1000)), (2_000_000, 1000))
    assert pattern.P.shape == (1000, 2_000_000_000)
    assert pattern.T.nnz == 1000


def test_generating_again_keeps_the_files_of_others(tmp_path: Path) -> None:
    problem = nz.Problem(nz.sumsq(G), wrt=G)
    folder = generate(problem, tmp_path / "package")
    (folder / "notes.md").write_text("mine\n")
    generate(problem, folder)
    assert (folder / "notes.md").read_text() == "mine\n"


PROBLEM = "import nzdiff as nz\nfrom sizes import n\nA = nz.sparse('A', n, n)\n"


def test_a_problem_file_may_import_its_neighbours_and_is_generated_beside_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sizes.py").write_text("import nzdiff as nz\nn, = nz.dims('n,')\n")
    (tmp_path / "my-problem.py").write_text(PROBLEM + "problem = nz.Problem(nz.sumsq(A), wrt=A)\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["generate", "my-problem.py"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "my_problem" / "kernel.c").exists()


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("problem = nz.Problem(nz.sumsq(Q), wrt=A)", 1, "line 4: NameError: name 'Q'"),
        ("problem = = 3", 1, "line 4: SyntaxError"),
        ("problem = nz.Problem(nz.sumsq(A), wrt=A); sizes = {'q': 3}", 2, "no dimension q"),
        ("problem = nz.Problem(nz.sumsq(A), wrt=A); sizes = {'n': -3}", 2, "whole numbers > 0"),
    ],
)
def test_a_mistake_in_a_problem_file_is_one_line_that_says_where(
    tmp_path: Path, line: str, code: int, words: str
) -> None:
    (tmp_path / "sizes.py").write_text("import nzdiff as nz\nn, = nz.dims('n,')\n")
    (tmp_path / "bad.py").write_text(PROBLEM + line + "\n")
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["derive", str(tmp_path / "bad.py")])
    assert result.exit_code == code
    assert words in result.stderr.replace("\n", " ")


def test_a_cache_that_cannot_be_written_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    problem = nz.Problem(nz.sumsq(G * D - B), wrt=G)
    data = example_data(problem, {"n": 9, "m": 5, "k": 3})
    with pytest.warns(CacheWarning, match="NZDIFF_CACHE_DIR"):
        bound = problem.bind(**data, backend="c")
    assert bound.energy(np.ones(bound.size)) > 0


def test_a_compiler_that_fails_is_no_end_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "false")
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path))
    problem = nz.Problem(nz.sumsq(G * D - B), wrt=G)
    data = example_data(problem, {"n": 9, "m": 5, "k": 3})
    with pytest.warns(NoCompilerWarning, match="using the NumPy backend"):
        bound = problem.bind(**data)
    assert bound.backend == "numpy"


def test_an_energy_without_a_lower_bound_ends_with_a_status() -> None:
    problem = nz.Problem(-nz.sumsq(G * D - B), wrt=G)
    bound = problem.bind(**example_data(problem, {"n": 9, "m": 5, "k": 3}), backend="numpy")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = nz.solve(bound, np.ones(bound.size), max_iterations=200)
    assert isinstance(result.status, Status)
    assert np.isfinite(result.x).all()
    assert result.fun < bound.energy(np.ones(bound.size))


def test_results_and_models_print_in_a_line() -> None:
    bound = model()
    result = nz.solve(bound, np.ones(bound.size), max_iterations=5)
    assert len(repr(result.history)) < 80
    assert "unknowns" in repr(bound)


def test_the_trace_identities_of_a_residual_are_steps() -> None:
    rules = [step.rule for step in nz.Problem(nz.sumsq(G.T * A * G), wrt=G).derive().steps]
    assert rules.count("trace identity") == 1
    assert rules.count("trace identity, transposed") == 1


def test_a_trace_becomes_an_inner_product_in_one_step() -> None:
    steps = nz.Problem(sp.Trace(G.T * A * G), wrt=G).derive().steps
    (step,) = [step for step in steps if step.rule == "adjoint"]
    assert text(step.after) == "tr((Gᵀ Aᵀ + Gᵀ A) dG)"


def test_latex_is_an_environment_with_symbols_read_as_such() -> None:
    hat = nz.sparse("B_hat", n, m)
    shown = nz.Problem(nz.sumsq(hat), wrt=hat).derive()._repr_latex_()
    assert shown.startswith(r"\begin{align*}")
    assert r"f &= B_{hat}" in shown
    assert r"\partial b_{hat}^2" in shown
    assert shown.isascii()
