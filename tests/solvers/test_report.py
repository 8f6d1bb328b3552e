"""What is shown of runs: lines while they last, pictures and tables of what they did."""

import io
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, minimize

import nzdiff as nz
from nzdiff.solvers import METHODS, Record, Status, solve
from nzdiff.solvers.report import draw
from nzdiff.solvers.report.live import HEAD, Live, line
from nzdiff.solvers.run.objective import Counts
from solver_models import LinearResidual, seed

NUMBERS = 5
"""Columns of a line before the method."""


def records(count: int, apart: float) -> list[Record]:
    return [Record(k, 1.0 / (k + 1), 1e-3, 0.0, 1.0, 0, k * apart, Counts(k)) for k in range(count)]


@pytest.fixture
def result() -> OptimizeResult:
    return solve(LinearResidual(np.diag([1.0, 2.0]), np.ones(2)), np.zeros(2), "newton")


@pytest.mark.parametrize(
    "method", ["auto", *(pytest.param(name, marks=pytest.mark.slow) for name in METHODS)]
)
def test_a_verbose_run_prints_a_table_and_its_message(method: str) -> None:
    model, _, g0 = seed(np.random.default_rng(1))
    stream = io.StringIO()
    result = solve(model, g0, method, verbose=stream, max_iterations=50)
    head, *rows, message = stream.getvalue().splitlines()
    assert head == HEAD and message == result.message
    assert rows[-1] == line(result.history[-1], rows[-1].split(maxsplit=NUMBERS)[NUMBERS])
    assert all(row.isascii() and len(row.split()) > NUMBERS for row in rows)
    assert rows[0].split()[0] == "0"


def test_true_prints_to_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    model = LinearResidual(np.eye(2), np.ones(2))
    solve(model, np.zeros(2), verbose=True)
    assert capsys.readouterr().out.startswith(HEAD)
    solve(model, np.zeros(2))
    assert not capsys.readouterr().out


def test_lines_become_rare_but_the_last_record_is_there() -> None:
    stream = io.StringIO()
    live = Live(stream)
    for record in (made := records(30_000, 0.05)):
        live.watch(record, "newton")
    live.end("done")
    lines = stream.getvalue().splitlines()
    assert len(lines) < 600 and lines[-2:] == [line(made[-1], "newton"), "done"]
    seconds = [float(text.split()[4]) for text in lines[1:-1]]
    assert min(np.diff(seconds)[:-1]) >= 0.19 and max(np.diff(seconds)) < 11.0


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_what_ends_a_run_leaves_lines_whole(error: type[BaseException]) -> None:
    def ending(record: Record, _: Any) -> None:
        if record.iteration == 3:
            raise error("no")

    model, _, g0 = seed(np.random.default_rng(1))
    stream = io.StringIO()
    if error is KeyboardInterrupt:
        status = solve(model, g0, "l-bfgs", verbose=stream, callback=ending).status
        assert status is Status.INTERRUPTED
    else:
        with pytest.raises(error):
            solve(model, g0, "l-bfgs", verbose=stream, callback=ending)
        status = Status.ENDED_BY_ERROR
    *_, newest, message = stream.getvalue().splitlines()
    assert newest.split()[0] == "3" and message == f"l-bfgs: {status.explanation}"
    assert stream.getvalue().endswith("\n")


def test_a_stream_that_fails_ends_the_run_with_its_result() -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise BrokenPipeError(text)

    with pytest.raises(BrokenPipeError) as caught:
        solve(LinearResidual(np.eye(2), np.ones(2)), np.zeros(2), verbose=Closed())
    assert vars(caught.value)["result"].x.shape == (2,)


@pytest.mark.parametrize("verbose", [1, 2, None, "yes", [], "run.log"])
def test_what_is_no_stream_is_named(verbose: Any) -> None:
    with pytest.raises(ValueError, match="verbose: expected True, False or a stream"):
        solve(LinearResidual(np.eye(2), np.ones(2)), np.zeros(2), verbose=verbose)


def test_every_line_can_be_printed_anywhere() -> None:
    assert all(status.explanation.isascii() for status in Status) and HEAD.isascii()


def test_a_history_is_drawn(result: OptimizeResult) -> None:
    figure = import_module("matplotlib.figure").Figure()
    axes = result.history.plot(figure.subplots())
    (curve,) = axes.get_lines()
    assert [*curve.get_ydata()] == [record.energy for record in result.history]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("seconds", "energy")
    axes = result.history.plot(figure.subplots(), horizontal="iteration")
    assert [*axes.get_lines()[0].get_xdata()] == list(range(result.nit + 1))


def test_a_history_makes_a_figure_of_its_own(result: OptimizeResult) -> None:
    pyplot = import_module("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    axes = result.history.plot()
    assert len(axes.get_lines()) == 1
    pyplot.close(axes.figure)


def test_energies_that_span_decades_are_drawn_logarithmically() -> None:
    axes = import_module("matplotlib.figure").Figure().subplots(1, 2)
    assert draw.draw({"far": records(100, 1.0)}, axes[0]).get_yscale() == "log"
    assert draw.draw({"near": records(2, 1.0)}, axes[1]).get_yscale() == "linear"


def test_an_axis_that_is_none_is_named(result: OptimizeResult) -> None:
    with pytest.raises(ValueError, match='horizontal: expected one of "seconds", "iteration"'):
        result.history.plot(horizontal="time")


def test_without_matplotlib_it_is_named(
    result: OptimizeResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        result.history.plot()
    with pytest.raises(ImportError, match="pip install matplotlib"):
        nz.compare([result]).plot()


def test_results_are_compared_in_a_table(result: OptimizeResult) -> None:
    model = LinearResidual(np.diag([1.0, 2.0]), np.ones(2))
    other = solve(model, np.zeros(2), "l-bfgs", max_iterations=1)
    table = nz.compare([result, other, result])
    head, *rows = repr(table).splitlines()
    assert head.split() == ["name", "success", "fun", "seconds", "nit", "evaluations"]
    assert [row.name for row in table.rows] == ["newton", "l-bfgs", "newton (2)"]
    assert [row.success for row in table.rows] == [True, False, True]
    assert {len(row) for row in rows} == {len(head)} and rows[1].split()[1] == "no"
    products = result.njvp + result.nvjp + result.nhvp + result.nhev
    assert table.rows[0].evaluations == max(result.nfev, result.njev) + products
    assert (table.rows[1].fun, table.rows[1].nit) == (other.fun, 1)


def test_results_with_names_are_drawn_together(result: OptimizeResult) -> None:
    figure = import_module("matplotlib.figure").Figure()
    axes = nz.compare({"first": result, "second": result}).plot(figure.subplots())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["first", "second"]


def test_results_of_scipy_may_be_among_them(result: OptimizeResult) -> None:
    model = LinearResidual(np.diag([1.0, 2.0]), np.ones(2))
    other = minimize(model.energy, np.zeros(2), jac=model.gradient, method="BFGS")
    table = nz.compare({"ours": result, "BFGS": other})
    assert repr(table).splitlines()[2].split()[3] == "-"
    assert table.rows[1].evaluations == max(other.nfev, other.njev)
    axes = table.plot(import_module("matplotlib.figure").Figure().subplots())
    assert len(axes.get_lines()) == 1


def test_nothing_to_compare_is_a_table_too() -> None:
    assert repr(nz.compare([])).split()[0] == "name"


@pytest.mark.parametrize("results", [[1.0], {"a": {}}, ["newton"]])
def test_what_is_no_result_is_named(results: Any) -> None:
    with pytest.raises(TypeError, match="results: expected results of solve"):
        nz.compare(results)


def test_one_result_is_no_list(result: OptimizeResult) -> None:
    with pytest.raises(TypeError, match=r"compare\(\[result\]\)"):
        nz.compare(result)
