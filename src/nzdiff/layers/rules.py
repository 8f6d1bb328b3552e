"""What the derivatives of each function of a model are: again functions of the model.

`PUSH[name][i]` is the tangent of a function's value for a tangent of its i-th argument;
`PULL[name][i]` the cotangent of that argument for a cotangent of the value.  A rule takes `call`,
which evaluates functions of the model by name, the tangent or cotangent, and the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = Callable[..., Any]


def _beyond(what: str, advice: str) -> Rule:
    def refuse(*_: Any) -> Any:
        raise NotImplementedError(f"{what}: the kernels hold no such derivative; {advice}")

    return refuse


_THIRD = _beyond("third derivative", "detach g, or differentiate twice at most")
_SECOND = _beyond(
    "second derivative of the residual along two directions",
    "take that of ⟨w, r⟩, or the Hessian of the energy",
)

PULL: dict[str, tuple[Rule, ...]] = {
    "energy": (lambda call, c, g: c * call("gradient", g),),
    "gradient": (lambda call, c, g: call("hessp", g, c),),
    "hessp": (_THIRD, lambda call, c, g, v: call("hessp", g, c)),
    "residual": (lambda call, c, g: call("vjp", g, c),),
    "jvp": (
        lambda call, c, g, v: call("curvature", g, c, v),
        lambda call, c, g, v: call("vjp", g, c),
    ),
    "vjp": (
        lambda call, c, g, w: call("curvature", g, w, c),
        lambda call, c, g, w: call("jvp", g, c),
    ),
    "curvature": (_THIRD, _SECOND, lambda call, c, g, w, v: call("curvature", g, w, c)),
}
PUSH: dict[str, tuple[Rule, ...]] = {
    "energy": (lambda call, t, g: (call("gradient", g) * t).sum(),),
    "gradient": (lambda call, t, g: call("hessp", g, t),),
    "hessp": (_THIRD, lambda call, t, g, v: call("hessp", g, t)),
    "residual": (lambda call, t, g: call("jvp", g, t),),
    "jvp": (_SECOND, lambda call, t, g, v: call("jvp", g, t)),
    "vjp": (
        lambda call, t, g, w: call("curvature", g, w, t),
        lambda call, t, g, w: call("vjp", g, t),
    ),
    "curvature": (
        _THIRD,
        lambda call, t, g, w, v: call("curvature", g, t, v),
        lambda call, t, g, w, v: call("curvature", g, w, t),
    ),
}
