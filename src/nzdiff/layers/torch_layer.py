"""A model in PyTorch: forward, backward and double backward by its kernels, on the CPU."""

# pyright: reportMissingImports=false

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.autograd.forward_ad import _set_fwd_grad_enabled, unpack_dual

from nzdiff.layers.evaluation import check_model, evaluate, shapes_of
from nzdiff.layers.rules import PULL, PUSH
from nzdiff.runtime.model import Model


class TorchLayer(torch.nn.Module):  # type: ignore[misc]
    """The energy E (a number) or the residual r, shape (residual_size,), of tensors.

    layer(g) with g of shape (size,), or layer(G, H) with a tensor per unknown, of the shape that
    `shapes` says: a dense matrix as it is, of others their part of g.  layer() takes the parameters
    of the layer, `layer.unknowns["G"]`, which it has where it was made with `start`.

    Tensors are of the precision of the model and on the CPU; their memory is read where it lies.
    Derivatives: E and r twice, of r as that of ⟨w, r⟩; reverse, forward and `torch.func`.  They are
    of the data with which the layer was called: what needs it again after `model.update` raises
    RuntimeError.
    """

    def __init__(self, model: Model, output: str, start: Any = None) -> None:
        check_model("layers.torch", model, output)
        super().__init__()
        self.model, self.output, self.shapes = model, output, shapes_of(model)
        self.dtype = torch.float32 if model.dtype == np.float32 else torch.float64
        self._whole = (model.size,)
        self.unknowns = torch.nn.ParameterDict()
        if start is not None:
            g = self._started(start)
            for (name, shape), part in zip(self.shapes.items(), self._split(g), strict=True):
                self.unknowns[name] = torch.nn.Parameter(_unvec(part, shape).contiguous().clone())

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """E or r; TypeError, ValueError for tensors of another number, kind, precision or shape."""
        g = self.vector(*tensors)
        at = _At(self.model, self.model.updates)
        if torch.compiler.is_compiling():
            return _outside_graphs(at, self.output, g)
        return at(self.output, g)

    def vector(self, *tensors: torch.Tensor) -> torch.Tensor:
        """g of the tensors of the unknowns, those of the layer where none are given."""
        given = tensors or tuple(self.unknowns.values())
        if len(given) == 1 and getattr(given[0], "shape", None) == self._whole:
            self._check("g", given[0], self._whole)
            return given[0]
        if len(given) != len(self.shapes):
            names = ", ".join(self.shapes)
            advice = "" if tensors else "; without tensors the layer needs a start, start=g"
            raise TypeError(
                f"layer: expected g of shape ({self.model.size},) or a tensor for each of {names}, "
                f"got {len(given)} tensors{advice}"
            )
        for (name, shape), tensor in zip(self.shapes.items(), given, strict=True):
            self._check(name, tensor, shape)
        parts = [x if x.ndim == 1 else x.mT.reshape(-1) for x in given]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def matrix(self, name: str | None = None) -> torch.Tensor:
        """The matrix of an unknown's parameters, as a sparse COO tensor or dense; differentiable.

        name: which unknown; not needed where there is only one.
        """
        names = list(self.unknowns)
        if name is None and len(names) == 1:
            (name,) = names
        if name not in names:
            known = ", ".join(names) or "none: the layer was made without start"
            raise ValueError(f"matrix: expected the name of an unknown ({known}), got {name!r}")
        pattern = self.model.patterns[names.index(name)]
        values = self.unknowns[name]
        if values.ndim == 2:
            return values
        if pattern.matrix is None:
            stored = values[torch.as_tensor(np.argsort(pattern.slots))]
        else:
            numbers = torch.as_tensor(pattern.matrix.data.copy())
            stored = _coo(pattern.matrix, numbers) @ values.double()
            if pattern.offset is not None:
                stored = stored + torch.as_tensor(pattern.offset.copy())
        return _coo(pattern, stored.to(self.dtype))

    def extra_repr(self) -> str:
        """What `print(layer)` shows."""
        return f"{self.output} of {self.model.spec.name}: {self.model.spec.formula}"

    def _started(self, start: Any) -> torch.Tensor:
        """g of what a layer starts from: g itself, or a matrix or vector for each unknown."""
        each = isinstance(start, (tuple, list)) and any(getattr(x, "ndim", 0) for x in start)
        if each:
            return self.vector(*(torch.as_tensor(x).detach().to(self.dtype) for x in start))
        g = torch.as_tensor(start).detach().to(self.dtype)
        self._check("start", g, self._whole)
        return g

    def _split(self, g: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(torch.split(g, [pattern.size for pattern in self.model.patterns]))

    def _check(self, name: str, tensor: Any, shape: tuple[int, ...]) -> None:
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"{name}: expected a torch tensor, got {type(tensor).__name__}")
        if tensor.dtype != self.dtype:
            is_precision = tensor.dtype in (torch.float32, torch.float64)
            bound = f", or bind with dtype={tensor.dtype}" if is_precision else ""
            raise TypeError(
                f"{name}: expected {self.dtype}, in which the model computes, got {tensor.dtype}; "
                f"pass {name}.to({self.dtype}){bound}"
            )
        if not tensor.is_cpu or tensor.layout != torch.strided:
            raise TypeError(
                f"{name}: expected a dense tensor on the CPU, where the kernels run, got one of "
                f"layout {tensor.layout} on {tensor.device}; pass {name}.cpu() or its values()"
            )
        if tensor.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {tuple(tensor.shape)}")


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """A model with the data that it had when a layer was called."""

    model: Model
    updates: int

    def __call__(self, name: str, *tensors: torch.Tensor) -> torch.Tensor:
        kind = _Transformed if _is_transformed() else _Kernel
        return kind.apply(name, self, *tensors)

    def evaluate(self, name: str, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The values, each in memory of its own."""
        arrays = (tensor.detach().resolve_neg().numpy() for tensor in tensors)
        found = evaluate(self.model, self.updates, name, *arrays)
        return tuple(torch.from_numpy(array) for array in found)


_outside_graphs = torch.compiler.disable(_At.__call__)
"""A compiled graph ends where this is called, and the next one begins after it."""
_is_transformed = getattr(
    getattr(torch, "_C", None), "_are_functorch_transforms_active", lambda: True
)
"""Whether a transform of torch.func is at work."""


class _Kernel(torch.autograd.Function):  # type: ignore[misc]
    """A function of a model by its name; the derivatives are such functions again."""

    @staticmethod
    def forward(ctx: Any, name: str, at: _At, *tensors: torch.Tensor) -> torch.Tensor:
        _keep(ctx, name, at, *tensors)
        if name == "energy" and ctx.needs_input_grad[2]:
            value, ctx.gradient = at.evaluate("energy_and_gradient", *tensors)
            return value
        return at.evaluate(name, *tensors)[0]

    @staticmethod
    def backward(ctx: Any, cotangent: torch.Tensor | None) -> tuple[Any, ...]:
        gradient = ctx.gradient
        if gradient is not None and cotangent is not None and not torch.is_grad_enabled():
            return None, None, cotangent * gradient
        rules, needed = PULL[ctx.name], ctx.needs_input_grad[2:]
        if cotangent is None:
            return None, None, *(None for _ in rules)
        tensors = ctx.saved_tensors
        return (
            None,
            None,
            *(
                rule(ctx.at, cotangent, *tensors) if need else None
                for rule, need in zip(rules, needed, strict=True)
            ),
        )

    @staticmethod
    def jvp(ctx: Any, _: None, __: None, *tangents: torch.Tensor | None) -> torch.Tensor | None:
        with _set_fwd_grad_enabled(True):  # it is off here: an outer tangent would be lost
            tensors = [unpack_dual(tensor).primal for tensor in ctx.saved_tensors]
            found = [
                rule(ctx.at, tangent, *tensors)
                for rule, tangent in zip(PUSH[ctx.name], tangents, strict=True)
                if tangent is not None
            ]
        return sum(found[1:], start=found[0]) if found else None


class _Transformed(_Kernel):
    """The same under transforms of torch.func, which ask for the context on its own."""

    @staticmethod
    def forward(name: str, at: _At, *tensors: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return at.evaluate(name, *tensors)[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        _keep(ctx, *inputs)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[Any, ...], name: str, at: _At, *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, int]:
        """One instance after the other."""
        places = list(zip(tensors, in_dims[2:], strict=True))
        if not info.batch_size:
            raise ValueError("vmap: expected at least one instance, got none")
        found = [
            at(name, *(x if place is None else x.select(place, i) for x, place in places))
            for i in range(info.batch_size)
        ]
        return torch.stack(found), 0


def _keep(ctx: Any, name: str, at: _At, *tensors: torch.Tensor) -> None:
    ctx.name, ctx.at, ctx.gradient = name, at, None
    ctx.save_for_backward(*tensors)
    ctx.save_for_forward(*tensors)
    ctx.set_materialize_grads(False)


def _unvec(part: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    return part if len(shape) == 1 else part.reshape(shape[::-1]).mT


def _coo(stored: Any, values: torch.Tensor) -> torch.Tensor:
    """A sparse tensor of values at the positions of CSR storage."""
    rows = np.repeat(np.arange(stored.shape[0]), np.diff(stored.indptr))
    places = torch.as_tensor(np.stack([rows, stored.indices]))
    return torch.sparse_coo_tensor(
        places, values, stored.shape, is_coalesced=True, check_invariants=False
    )
