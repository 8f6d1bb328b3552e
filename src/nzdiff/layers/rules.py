"""What the derivatives of each function of a model are: again functions of the model.

`PUSH[name][i]` is the tangent of a function's value for a tangent of its i-th argument;
`PULL[name][i]` the cotangent of that argument for a cotangent of the value.  A rule takes `call`,
which evaluates functions of the model by name, the tangent or cotangent, and the arguments.
"second" is ∂²r along two directions, which no kernel computes: reverse mode only asks for its
transpose, the curvature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = Callable[..., Any]


def _third(*_: Any) -> Any:
    raise NotImplementedError(
        "third derivative: the kernels hold no such derivative; detach g, or differentiate twice "
        "at most"
    )


PULL: dict[str, tuple[Rule, ...]] = {
    "energy": (lambda call, c, g: c * call("gradient", g),),
    "gradient": (lambda call, c, g: call("hessp", g, c),),
    "hessp": (_third, lambda call, c, g, v: call("hessp", g, c)),
    "residual": (lambda call, c, g: call("vjp", g, c),),
    "jvp": (
        lambda call, c, g, v: call("curvature", g, c, v),
        lambda call, c, g, v: call("vjp", g, c),
    ),
    "vjp": (
        lambda call, c, g, w: call("curvature", g, w, c),
        lambda call, c, g, w: call("jvp", g, c),
    ),
    "curvature": (
        _third,
        lambda call, c, g, w, v: call("second", g, v, c),
        lambda call, c, g, w, v: call("curvature", g, w, c),
    ),
    "second": (
        _third,
        lambda call, c, g, v, u: call("curvature", g, c, u),
        lambda call, c, g, v, u: call("curvature", g, c, v),
    ),
}
PUSH: dict[str, tuple[Rule, ...]] = {
    "energy": (lambda call, t, g: (call("gradient", g) * t).sum(),),
    "gradient": (lambda call, t, g: call("hessp", g, t),),
    "hessp": (_third, lambda call, t, g, v: call("hessp", g, t)),
    "residual": (lambda call, t, g: call("jvp", g, t),),
    "jvp": (
        lambda call, t, g, v: call("second", g, v, t),
        lambda call, t, g, v: call("jvp", g, t),
    ),
    "vjp": (
        lambda call, t, g, w: call("curvature", g, w, t),
        lambda call, t, g, w: call("vjp", g, t),
    ),
    "curvature": (
        _third,
        lambda call, t, g, w, v: call("curvature", g, t, v),
        lambda call, t, g, w, v: call("curvature", g, w, t),
    ),
    "second": (
        _third,
        lambda call, t, g, v, u: call("second", g, t, u),
        lambda call, t, g, v, u: call("second", g, v, t),
    ),
}
