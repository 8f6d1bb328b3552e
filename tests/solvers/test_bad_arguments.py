"""What `solve` and the methods are given wrongly is named, before anything runs."""

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.solvers import (
    LBFGS,
    NADAM,
    BarzilaiBorwein,
    ComposedNewton,
    ConjugateGradient,
    GaussNewton,
    LevenbergMarquardt,
    Linear,
    Newton,
    TrustRegion,
    solve,
)
from solver_models import LinearResidual

MODEL = LinearResidual(np.eye(2), np.ones(2))
BAD_NUMBERS: list[Any] = [-1.0, np.nan, "a", None, 1j, True, [1.0]]


def refused(call: Callable[[], object], *needles: str) -> None:
    with warnings.catch_warnings(action="error"), pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert all(needle in str(caught.value) for needle in needles), str(caught.value)


@pytest.mark.parametrize("value", BAD_NUMBERS)
@pytest.mark.parametrize("name", ["rtol", "energy_rtol", "max_seconds", "checkpoint_seconds"])
def test_numbers_are_real_and_not_negative(name: str, value: object) -> None:
    refused(lambda: solve(MODEL, np.zeros(2), **{name: value}), f"{name}: expected", "got")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["rtol", "energy_rtol"])
def test_a_tolerance_is_finite(name: str) -> None:
    refused(lambda: solve(MODEL, np.zeros(2), **{name: np.inf}), name)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-1, 2.5, np.nan, "3", None, True])
def test_iterations_are_counted(value: Any) -> None:
    refused(lambda: solve(MODEL, np.zeros(2), max_iterations=value), "max_iterations: expected")


@pytest.mark.parametrize(
    "method", [None, 5, "simplex", ["newton"], b"newton", object(), np.ones(2)]
)
def test_a_method_is_a_name_or_an_instance(method: Any) -> None:
    refused(lambda: solve(MODEL, np.zeros(2), method), "method: expected one of auto, newton")


@pytest.mark.parametrize("kind", [Newton, LBFGS, GaussNewton, NADAM])
def test_the_class_of_a_method_is_none(kind: Any) -> None:
    expected = f"method: expected an instance, {kind.__name__}(…), got the class"
    refused(lambda: solve(MODEL, np.zeros(2), kind), expected)


@pytest.mark.parametrize(
    "bounds",
    [
        5,
        "ab",
        {0: 1, 1: 2},
        (0.0,),
        (0.0, "b"),
        (np.inf, None),
        ((0.0, 1.0), (2.0, 3.0)),
        np.array([[0.0, 1.0], [2.0, 3.0]]),
        [(0.0, 1.0)] * 3,
        (1j, 2.0),
        (np.nan, 1.0),
        (0.0, [1, 2, 3]),
    ],
)
def test_bounds_are_a_pair_of_numbers(bounds: Any) -> None:
    refused(lambda: solve(MODEL, np.zeros(2), "newton", bounds=bounds), "bounds: ")


@pytest.mark.parametrize(
    "g0",
    [
        np.zeros(2, complex),
        ["a", "b"],
        [None, None],
        None,
        "ab",
        np.zeros(3),
        0.0,
        [[0.0], [0.0]],
        [[0.0], [0.0, 1.0]],
        [0.0, np.nan],
        [0.0, -np.inf],
        np.zeros(2, bool),
        np.ma.array([1.0, 2.0], mask=[False, True]),
        np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    ],
)
def test_a_start_is_an_array_of_finite_numbers(g0: Any) -> None:
    refused(lambda: solve(MODEL, g0), "g0: expected")


@pytest.mark.skipif(
    not np.finfo(np.longdouble).max > np.finfo(float).max, reason="long doubles are doubles here"
)
def test_a_start_beyond_doubles_is_refused() -> None:
    huge = np.array([np.longdouble("1e4000"), 0.0])
    refused(lambda: solve(MODEL, huge), "g0: a double cannot hold 1e+4000 at (0)")


@pytest.mark.parametrize("callback", [5, "print", [print]])
def test_a_callback_can_be_called(callback: Any) -> None:
    refused(lambda: solve(MODEL, np.zeros(2), callback=callback), "callback: expected a function")


def test_a_checkpoint_is_a_file(tmp_path: Path) -> None:
    paths: list[Any] = [tmp_path, "", ".", 5, b"", tmp_path / "none" / "run.npz"]
    for path in paths:
        call = partial(solve, MODEL, np.zeros(2), checkpoint=path)
        refused(call, "checkpoint: expected")


@pytest.mark.parametrize(
    "model", [None, 5, "model", nz.Problem(nz.sumsq(nz.dense("A", 2, 2)), wrt=nz.dense("A", 2, 2))]
)
def test_a_model_is_a_bound_problem(model: Any) -> None:
    refused(partial(solve, model, np.zeros(2)), "model: expected a model, such as problem.bind(…)")


METHODS: list[tuple[Callable[..., object], dict[str, list[Any]]]] = [
    (
        Linear,
        {
            "solver": ["lu", None, 5],
            "preconditioner": ["rows", None],
            "cg_iterations": [0, -1, 2.5, "a"],
            "probes": [0],
            "refresh": [0, -3],
            "forcing": [0.0, -0.1, 1.5, np.nan, "a"],
            "floor": BAD_NUMBERS,
        },
    ),
    (
        LBFGS,
        {
            "memory": [0, -1, 2.5, "a", None],
            "preconditioner": ["rows", 5],
            "damping": BAD_NUMBERS,
            "refresh": [0],
            "probes": [0],
        },
    ),
    (Newton, {"linear": ["cg", None, Linear]}),
    (GaussNewton, {"damping": ["cg", *BAD_NUMBERS], "linear": ["cg"]}),
    (LevenbergMarquardt, {"damping": [0.0, *BAD_NUMBERS], "linear": ["cg"]}),
    (
        TrustRegion,
        {
            "radius": [0.0, np.inf, *BAD_NUMBERS],
            "cg_iterations": [0],
            "forcing": [0.0, np.nan],
            "preconditioner": ["rows"],
            "probes": [0],
            "floor": BAD_NUMBERS,
        },
    ),
    (ConjugateGradient, {"curvature": [0.0, 1.5, *BAD_NUMBERS]}),
    (BarzilaiBorwein, {"memory": [0, 1.5, None]}),
    (NADAM, {"rate": [0.0], "beta1": [1.0, -0.1], "beta2": [1.0, np.nan], "epsilon": [-1.0]}),
    (
        ComposedNewton,
        {
            "cg_iterations": [0],
            "patience": [-1],
            "accuracy": BAD_NUMBERS,
            "freedom": BAD_NUMBERS,
            "then": ["l-bfgs", None, LBFGS],
        },
    ),
]


@pytest.mark.parametrize(("kind", "parameters"), METHODS)
def test_parameters_of_methods_are_checked_when_they_are_made(
    kind: Callable[..., object], parameters: dict[str, list[Any]]
) -> None:
    for name, values in parameters.items():
        for value in values:
            refused(partial(kind, **{name: value}), f"{name}: expected")
    first = next(iter(parameters))
    refused(lambda: kind(object()), f"{first}: expected")
