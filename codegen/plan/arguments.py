"""Matrix symbols as the arguments that the runtime asks for."""

from __future__ import annotations

from nzdiff.derive.language.symbols import Kind, Matrix
from nzdiff.runtime.data.spec import Argument, ArgumentKind


def argument_of(matrix: Matrix, unknown: bool) -> Argument:
    """A matrix symbol as an argument of the runtime."""
    rows, cols = (int(s) if s.is_Integer else str(s) for s in matrix.shape)
    kind = UNKNOWN[matrix.kind_of] if unknown else matrix.kind_of
    return Argument(str(matrix.name), kind, rows, cols, matrix.symmetric)


UNKNOWN: dict[Kind, ArgumentKind] = {
    "dense": "unknown dense",
    "sparse": "unknown",
    "diagonal": "unknown diagonal",
}
