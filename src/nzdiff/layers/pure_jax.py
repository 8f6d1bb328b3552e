"""A model of the JAX backend as a layer: what `JaxLayer` is, by pure functions."""

# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

import jax

from nzdiff.layers.jax_layer import JaxLayer
from nzdiff.runtime.model import Model
from nzdiff.runtime.pure_jax import Functions


class PureLayer(JaxLayer):
    """What `JaxLayer` is, of a model of the JAX backend: without callbacks, on any device.

    It computes by `functions`, with the data that the model had when the layer was made: after
    `model.update` it raises RuntimeError.  What was compiled before holds its data as constants.
    """

    def __init__(self, model: Model, output: str) -> None:
        super().__init__(model, output)
        self.functions = Functions(model)

    def __call__(self, *arrays: Any) -> jax.Array:
        """E or r; TypeError, ValueError for arrays of another number, precision or shape."""
        function = getattr(self.functions, self.output)
        return function(self.vector(*arrays))
