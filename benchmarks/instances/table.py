"""Every benchmark instance by name; each is made when called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.instances.approximate_inverse import spai
from benchmarks.instances.coarsening import icosphere, spot
from benchmarks.instances.covariance import breast_cancer, digits
from benchmarks.instances.instance import Instance
from benchmarks.instances.reachable import reachable

INSTANCES: dict[str, Callable[[], Instance]] = {
    "reachable-600": partial(reachable, 600),
    "reachable-4500": partial(reachable, 4_500),
    "reachable-15000": partial(reachable, 15_000),
    "reachable-240000": partial(reachable, 240_000),
    "spai-144": partial(spai, side=12, power=1),
    "spai-3600": partial(spai, side=60, power=2),
    "covariance-breast-cancer": breast_cancer,
    "covariance-digits": digits,
    "spot": partial(spot, constrained=False),
    "spot-constrained": partial(spot, constrained=True),
    "icosphere": partial(icosphere, constrained=False),
    "icosphere-constrained": partial(icosphere, constrained=True),
}

DEFAULT = (
    "reachable-4500",
    "reachable-15000",
    "spai-3600",
    "covariance-breast-cancer",
    "covariance-digits",
    "spot",
    "spot-constrained",
)
"""Those of a few seconds to make: what runs when no instance is named."""


def make_instance(name: str) -> Instance:
    """The instance of a name.  ValueError for others."""
    if name not in INSTANCES:
        raise ValueError(f"instance: expected one of {', '.join(INSTANCES)}, got {name!r}")
    return INSTANCES[name]()
