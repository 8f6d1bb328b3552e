"""STL, binary or text: triangles, each with its own three points; they are joined in cleaning."""

from __future__ import annotations

import numpy as np

from nzdiff.demo.formats.polygons import Floats, MeshFileError, Polygons, floats

HEAD = 84
"""Bytes before the first triangle of a binary file: a title of 80, and the number of triangles."""
FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def parse_stl(content: bytes) -> Polygons:
    r"""The triangles of an STL file; which kind it is, its length tells: titles may say "solid".

    >>> text = "outer loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\n"
    >>> parse_stl(f"solid\nfacet normal 0 0 1\n{text}endfacet\nendsolid\n".encode()).corners
    array([0, 1, 2])
    """
    count = int.from_bytes(content[HEAD - 4 : HEAD], "little")
    if len(content) >= HEAD and len(content) == HEAD + FACET.itemsize * count:
        points = np.frombuffer(content, FACET, count, HEAD)["corners"].reshape(-1, 3)
        return _triangles(points.astype(np.float64))
    if content[:5].lower() == b"solid" and b"\0" not in content:
        return _triangles(_text_points(content.decode("utf-8", errors="replace")))
    raise MeshFileError(
        f"expected STL, text that begins with solid or {HEAD} + {FACET.itemsize} bytes per "
        f"triangle ({HEAD + FACET.itemsize * count:,} for the {count:,} that it names), "
        f"got {len(content):,} bytes; export it again"
    )


def _text_points(text: str) -> Floats:
    points: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words[:1] == ["vertex"]:
            points.append(floats(words[1:], number))
        elif words[:1] == ["endloop"] and len(points) % 3:
            raise MeshFileError(f"line {number}: expected three vertices per loop")
    if len(points) % 3:
        raise MeshFileError("expected three vertices per loop, and the file ends; export it again")
    return np.array(points, dtype=np.float64).reshape(-1, 3)


def _triangles(points: Floats) -> Polygons:
    return Polygons(points, np.full(len(points) // 3, 3), np.arange(len(points)))
