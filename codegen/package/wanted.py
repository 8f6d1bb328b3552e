"""What a generated package has and is planned for: `outputs` and `sizes` of a problem file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import get_args

from nzdiff.codegen.lower.choose import EVERY_OUTPUT
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.spec import OutputName

MATRICES = "matrices"
"""The assembled matrices, and their blocks."""
ALWAYS: frozenset[OutputName] = frozenset({"energy", "gradient"})


def wanted_outputs(
    problem: Problem, outputs: Iterable[str] | None
) -> tuple[frozenset[OutputName], bool]:
    """The functions, and whether matrices are assembled; ValueError for names that are none."""
    if outputs is None:
        return EVERY_OUTPUT, True
    names, known = tuple(outputs), (*get_args(OutputName), MATRICES)
    unknown = sorted({str(name) for name in names if name not in known})
    if isinstance(outputs, str) or unknown:
        shown = repr(outputs) if isinstance(outputs, str) else ", ".join(unknown)
        raise ValueError(f"outputs: expected names among {', '.join(known)}, got {shown}")
    always: frozenset[OutputName] = frozenset({"residual"}) if problem.is_function else ALWAYS
    return frozenset((*always, *(o for o in EVERY_OUTPUT if o in names))), MATRICES in names


def wanted_sizes(problem: Problem, sizes: Mapping[str, int] | None) -> dict[str, int]:
    """The sizes that are given; ValueError for names and numbers that are none of the problem."""
    if sizes is None:
        return {}
    known = [str(size.name) for size in problem.dimensions]
    if not isinstance(sizes, Mapping) or not set(sizes) <= set(known):
        raise ValueError(f"sizes: expected whole numbers for {', '.join(known)}, got {sizes!r}")
    for name, size in sizes.items():
        if not isinstance(size, Integral) or isinstance(size, bool) or not 0 < size < 2**63:
            raise ValueError(f"sizes: {name}: expected a whole number > 0 and < 2⁶³, got {size!r}")
    return {name: int(size) for name, size in sizes.items()}
