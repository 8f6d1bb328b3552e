"""The errors of the derivation, each of which names the node and says where it stands."""

from __future__ import annotations

from typing import Any

from nzdiff.derive.printing import text


class UnsupportedNodeError(NotImplementedError):
    """An expression holds a node for which there is no rule."""

    def __init__(self, node: Any, place: Any) -> None:
        """`node` is what has no rule, `place` the expression in which it stands."""
        super().__init__(
            f"{type(node).__name__}: no rule for {text(node)} in {text(place)}; supported are "
            "sums, products, scalar factors, transposes, positive integer powers, Trace and sumsq"
        )


class VerificationError(AssertionError):
    """A derivative failed a check; the message holds the report."""
