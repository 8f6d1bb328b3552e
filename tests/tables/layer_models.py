"""Models of the whole table for the tests of layers and entries: planned once."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bound_problems import EVERYTHING, data_of, planned_for
from nzdiff.codegen.compile import checked, residual_functions
from nzdiff.runtime.bind import bind_checked
from nzdiff.runtime.model import Model
from problems import CALCULUS_CELLS, PROBLEMS

CELLS = [(name, "scattered") for name in PROBLEMS]
CELLS += [(build.__name__, situations[0]) for build, situations in CALCULUS_CELLS]
every_problem = pytest.mark.parametrize(("name", "situation"), CELLS, ids=str)


def model_and_point(
    name: str, situation: str, dtype: str, backend: str = "numpy"
) -> tuple[Model, NDArray[np.float64]]:
    """A model, and a g where tests look at it."""
    problem = EVERYTHING[name]
    options: dict[str, Any] = {"backend": backend, "threads": 1, "dtype": dtype}
    kernel = replace(
        planned_for(problem, situation).kernel,
        residuals=partial(residual_functions, problem, **options),
    )
    model = bind_checked(kernel, checked(problem, data_of(problem, situation)), **options)
    g = np.random.default_rng(11).standard_normal(model.size)
    return model, g.astype(model.dtype)
