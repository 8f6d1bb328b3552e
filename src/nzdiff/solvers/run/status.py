"""Why a solver stopped: the statuses are the explanations."""

from enum import IntEnum


class Status(IntEnum):
    """The reason of a stop; `explanation` says what happened and what to do, `success` judges."""

    explanation: str
    success: bool

    def __new__(cls, code: int, success: bool, explanation: str) -> "Status":
        """Attach the verdict and the explanation to the integer code."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.success = success
        member.explanation = explanation
        return member

    CONVERGED = (
        0,
        True,
        "converged: the quadratic model of the energy promises no more than energy_rtol times the "
        "decrease so far, and no curvature that was looked at is negative.",
    )
    ZERO_ENERGY = (
        1,
        True,
        "converged: the energy is zero up to rounding (relative to the residual's own scale).",
    )
    STAGNATED = (
        2,
        False,
        "the energy stands still at a point that is not known to be a minimum: another method, "
        "other scales of the unknowns or a smoother energy may go on from result.x.",
    )
    ROUNDING_LEVEL = (
        3,
        True,
        "converged: the gradient is what rounding errors make of it; no further progress is "
        "possible in double precision.",
    )
    MAX_ITERATIONS = (
        4,
        False,
        "reached max_iterations before convergence: raise it, loosen rtol or energy_rtol, or "
        "continue from result.x.",
    )
    MAX_SECONDS = (
        5,
        False,
        "reached max_seconds before convergence: raise it or continue from result.x.",
    )
    STOPPED_BY_CALLBACK = (6, False, "the callback ended the run; result.x is the best iterate.")
    INTERRUPTED = (
        7,
        False,
        "interrupted from the keyboard; result.x is the best iterate so far, continue from there.",
    )
    NO_DESCENT = (
        8,
        False,
        "no step along the search direction lowers the energy although the gradient is not zero: "
        "check the gradient (nzdiff verify), or the energy is undefined around result.x.",
    )
    ENDED_BY_ERROR = (
        9,
        False,
        "an error ended the run; result.x is the best iterate so far, continue from there.",
    )
    NO_MINIMUM = (
        10,
        False,
        "the energy keeps falling however far the unknowns go: it has no minimum, or none that is "
        "attained; bound the unknowns, or add what grows with them, such as a small square.",
    )


class Stop(Exception):
    """Leaves a running method with its status.

    An exception, because SciPy's loop can be left in no other way; so all methods use it.
    """

    def __init__(self, status: Status) -> None:
        super().__init__(status.explanation)
        self.status = status


class Paused(Exception):
    """Leaves a running method because another one is to be heard."""
