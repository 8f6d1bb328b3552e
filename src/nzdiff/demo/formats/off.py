"""OFF as text: its word, three counts, a line per vertex, a line per face; # begins a comment.

The variants with colours, normals or texture (COFF, NOFF, STOFF) are read without them.  Binary
and four-dimensional files are not supported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nzdiff.demo.formats.polygons import MeshFileError, Polygons, floats, integers, polygons

Line = tuple[int, list[str]]


def parse_off(content: bytes) -> Polygons:
    r"""The polygons of an OFF file.

    >>> parse_off(b"OFF # a triangle\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n").corners
    array([0, 1, 2])
    """
    lines = _lines(content)
    number, words = _next(lines, "OFF")
    if not re.fullmatch(r"(ST)?C?N?OFF", words[0]) or words[1:] == ["BINARY"]:
        raise MeshFileError(
            f"line {number}: expected OFF as text in three dimensions (OFF, COFF, NOFF, STOFF), "
            f"got {' '.join(words)[:60]!r}; save it as OFF, OBJ or PLY"
        )
    if words[1:]:
        words = words[1:]
    else:
        number, words = _next(lines, "the numbers of vertices and faces")
    counts = integers(words[:2], number)
    if len(counts) != 2 or min(counts) < 0:
        raise MeshFileError(f"line {number}: expected the numbers of vertices and faces")
    vertices = []
    for _ in range(counts[0]):
        number, words = _next(lines, f"{counts[0]} vertices")
        vertices.append(floats(words, number))
    faces = []
    for _ in range(counts[1]):
        number, words = _next(lines, f"{counts[1]} faces")
        (size,) = integers(words[:1], number)
        if not 0 <= size < len(words):
            raise MeshFileError(
                f"line {number}: expected {size} corners of a face, got {len(words) - 1}"
            )
        faces.append(integers(words[1 : size + 1], number))
    return polygons(vertices, faces)


def _lines(content: bytes) -> Iterator[Line]:
    text = content.decode("utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if words := line.partition("#")[0].split():
            yield number, words


def _next(lines: Iterator[Line], wanted: str) -> Line:
    found = next(lines, None)
    if found is None:
        raise MeshFileError(f"expected {wanted}, and the file ends; export it again")
    return found
