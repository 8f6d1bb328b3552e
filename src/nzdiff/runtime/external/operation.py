"""What an operation of the registry says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = Any
"""A dense array of two dimensions, or a sparse one (CSR)."""
Shape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Operation:
    """A function of matrices that is computed by libraries, called back from every kernel.

    value: (flags, operands) to a dense matrix.  flags are whole numbers, such as which operands
    enter transposed.  Raises LinAlgError where it is not defined; the caller says of what.
    flops: of the shapes of the operands.
    sampled: whether `value` takes the pattern of the result, too, and gives its stored values.
    """

    value: Callable[..., Floats]
    flops: Callable[[tuple[Shape, ...]], float]
    sampled: bool = False
