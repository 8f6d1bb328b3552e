"""Which functions a generated package has: what a problem file says in `outputs`."""

from __future__ import annotations

from collections.abc import Iterable
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
