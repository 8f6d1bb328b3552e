"""The residuals of an energy one by one, each as a model of a matrix function on the same data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.residual_layout import ResidualLayout

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ResidualFunctions:
    """bind: what makes a model of each residual that holds an unknown, by its number."""

    bind: Mapping[int, Callable[[], Any]]

    @cached_property
    def models(self) -> dict[int, Any]:
        """The models, by the number of the residual."""
        return {i: bind() for i, bind in self.bind.items()}

    def curvature(
        self,
        layout: ResidualLayout,
        g: Mapping[str, Floats],
        cotangents: list[Floats],
        v: Mapping[str, Floats],
    ) -> dict[str, Floats]:
        """Σ ⟨w_i, ∂²f_i⟩ v by the name of the unknown, w_i as the layout has it."""
        found = {name: np.zeros(part.size) for name, part in g.items()}
        for i, model in self.models.items():
            names = model.spec.unknowns
            at, along = (np.concatenate([x[name] for name in names]) for x in (g, v))
            shape, places = layout.shapes[i], layout.positions[i]
            w = _placed(cotangents[i], places, model.residual_layout.positions[0], shape)
            ends = np.cumsum([pattern.size for pattern in model.patterns])[:-1]
            product = model.hessian(at, w) @ along
            for name, part in zip(names, np.split(product, ends), strict=True):
                found[name] += part
        return found


def _placed(values: Floats, places: Any, others: Any, shape: tuple[int, int]) -> Floats:
    """Values at places of a matrix, those of other places; 0 where there is none."""
    if np.array_equal(places, others):
        return values
    matrix = sparse.csr_array((values, tuple(places.T)), shape=shape)
    return np.asarray(matrix[tuple(others.T)].toarray()).ravel()
