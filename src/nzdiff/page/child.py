"""The process that works on questions: `python -m nzdiff.page.child SECONDS BYTES`.

A line of JSON comes on the standard input, a line of JSON goes out.  What it may use is limited
before anything is imported: memory, no file may be written, and an alarm ends it where nobody else
does.  It ends when its input does, with a parent that is gone.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys

GRACE = 5
"""Seconds after which a process ends itself that should have been killed."""


def main(seconds: float, memory: int) -> None:
    """Answer one line after the other, each within `seconds`, in `memory` bytes of addresses."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anything prints is no answer
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))

    from nzdiff.page.answer import answer  # noqa: PLC0415 # within the limits

    print("ready", file=replies, flush=True)
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
        print(json.dumps(answer(json.loads(line))), file=replies, flush=True)
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
