"""Write a whole file or nothing."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from secrets import token_hex


def write_whole(
    path: Path,
    content: bytes,
    *,
    durable: bool = False,
    mode: int = 0o666,
    beside: Path | None = None,
) -> None:
    """Write a file under another name beside `path` and rename it: nobody ever sees a part of it.

    Who may read it follows from mode and umask, as for any file.  durable: the content is on the
    disk before the old file is given up, for what took long to compute.  beside: the other name.
    """
    beside = beside or path.with_name(f".{path.name}-{token_hex(8)}")
    try:
        with open(beside, "xb", opener=partial(os.open, mode=mode)) as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
