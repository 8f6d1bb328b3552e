"""The memory that a call asks for."""

import tracemalloc
from collections.abc import Callable


def traced_peak(call: Callable[[], object], tries: int = 3) -> int:
    """The most bytes at once of a call: the least of several, as a trace counts other threads."""
    peaks = []
    for _ in range(tries):
        tracemalloc.start()
        try:
            call()
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return min(peaks)
