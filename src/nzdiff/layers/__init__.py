"""Models as functions inside PyTorch and JAX, differentiated by their own kernels.

`torch(model)` and `jax(model)`; each library is imported when its function is called first.
"""

from __future__ import annotations

from typing import Any, Literal

Output = Literal["energy", "residual"]


def torch(model: Any, output: Output = "energy", *, start: Any = None) -> Any:
    """The energy or the residual of a model as an `nn.Module`: `TorchLayer`, in torch_layer.py.

    start: values of its parameters, one per unknown: g of shape (size,), or (U, G, …) with a
    matrix or vector for each; without it the layer is a function of the tensors that it is given.
    Needs the extra "torch".

    Raises TypeError for what is no model, and where it lacks the output; ValueError for others.
    """
    from nzdiff.layers.torch_layer import TorchLayer

    return TorchLayer(model, output, start)


def jax(model: Any, output: Output = "energy") -> Any:
    """The energy or the residual of a model as a function of arrays: `JaxLayer`, in jax_layer.py.

    Of a model that was bound with backend="jax" it is pure, without callbacks: `PureLayer`, in
    pure_jax.py, whose `functions` has gradient, jvp, vjp, gnvp and hvp.  Needs the extra "jax".

    Raises TypeError for what is no model, and where it lacks the output; ValueError for others.
    """
    if getattr(model, "backend", "") == "jax":
        from nzdiff.layers.pure_jax import PureLayer

        return PureLayer(model, output)
    from nzdiff.layers.jax_layer import JaxLayer

    return JaxLayer(model, output)
