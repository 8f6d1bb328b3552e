"""Functions of a model on NumPy arrays, by the names that rules have for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.model import Model

Array = NDArray[Any]
OUTPUTS = ("energy", "residual")


def check_model(where: str, model: Any, output: Any) -> None:
    """TypeError for what is no model, and where it lacks the output; ValueError for others."""
    if not isinstance(model, Model):
        raise TypeError(
            f"{where}: expected a model, as problem.bind makes it, got {type(model).__name__}"
        )
    if output not in OUTPUTS:
        raise ValueError(f'{where}: expected output "energy" or "residual", got {output!r}')
    if output == "energy" and model.is_function:
        raise TypeError(
            f'{where}: {model.spec.formula} is a matrix function; pass output="residual", vec(F)'
        )
    if output == "residual":
        _ = model.residual_size  # TypeError where there is none


def shapes_of(model: Model) -> dict[str, tuple[int, ...]]:
    """The shape of each unknown's part of g: that of the matrix where g is its vec.

    Any other unknown is the vector of its parameters.
    """
    kinds = {argument.name: argument.kind for argument in model.spec.arguments}
    found: dict[str, tuple[int, ...]] = {}
    for name, pattern in zip(model.spec.unknowns, model.patterns, strict=True):
        is_vec = kinds[name] == "unknown dense" and pattern.is_selection
        if is_vec:
            places = pattern.rows + pattern.shape[0] * pattern.cols.astype(np.int64)
            is_vec = np.array_equal(places, np.arange(pattern.size))
        found[name] = pattern.shape if is_vec else (pattern.size,)
    return found


def check_exists(name: str) -> None:
    """NotImplementedError for ∂²r along two directions, which rules name and no kernel computes."""
    if name == "second":
        raise NotImplementedError(
            "second derivative of the residual along two directions: the kernels hold no such "
            "derivative; take that of ⟨w, r⟩, in reverse mode, or the Hessian of the energy"
        )


def evaluate(model: Model, updates: int, name: str, *arrays: Array) -> tuple[Array, ...]:
    """The value of a function, or its values, in new arrays of the precision of the model.

    updates: `model.updates` at the time whose data is meant; RuntimeError where there is other
    data by now.
    """
    check_exists(name)
    found = getattr(model, name)(*arrays)
    if model.updates != updates:
        raise RuntimeError(
            f"{name}: model.update has replaced the data with which the layer was called; "
            "differentiate before the update, or give each part of the data a model of its own"
        )
    values = found if isinstance(found, tuple) else (found,)
    return tuple(np.asarray(value, model.dtype) for value in values)
