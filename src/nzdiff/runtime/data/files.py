"""Write a whole file or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file under another name beside `path` and rename it: nobody ever sees a part of it.

    Who may read it follows from the umask, as for any file.  durable: the content is on the disk
    before the old file is given up, for what took long to compute.
    """
    beside = path.with_name(f".{path.name}-{token_hex(8)}")
    try:
        with beside.open("xb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
