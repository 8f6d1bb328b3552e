"""A machine whose findings are known: what the pool and the verdicts are tested with."""

import os
import signal

from hostile.verdicts import RIGHT, Strict, Wrong
from nzdiff import Pattern


def examine(seed: int) -> str:
    """Seeds 2 to 7 are planted, all others right."""
    if seed == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    if seed == 3:
        raise Wrong("planted: another number")
    if seed == 4:
        return {3: RIGHT}[seed]
    if seed == 5:
        Pattern(([0], [9]), (2, 2))  # an error of ours
    if seed == 6:
        raise Strict("planted: refused")
    if seed == 7:
        Pattern.full.__func__(None, (2, 2))  # type: ignore[attr-defined]
    return RIGHT
