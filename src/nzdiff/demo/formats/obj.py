"""Wavefront OBJ: `v x y z` and `f 1/2/3 …`; texture, normals, colours, groups are skipped.

Faces may have any number of corners, negative ones count back from the last vertex so far, and a
line that ends in a backslash goes on.  Curves and surfaces are not supported: they are skipped.
"""

from __future__ import annotations

from nzdiff.demo.formats.polygons import MeshFileError, Polygons, floats, integers, polygons


def parse_obj(content: bytes) -> Polygons:
    r"""The polygons of an OBJ file.

    >>> parse_obj(b"v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nf 1/1 2/1 -1/1\n").corners
    array([0, 1, 2])
    """
    text = content.decode("utf-8", errors="replace")
    vertices: list[list[float]] = []
    faces: list[list[int]] = []
    held = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.endswith("\\"):
            held += f"{line[:-1]} "
            continue
        words = (held + line).partition("#")[0].split()
        held = ""
        if words[:1] == ["v"]:
            vertices.append(floats(words[1:], number))
        elif words[:1] == ["f"]:
            names = integers([word.partition("/")[0] for word in words[1:]], number)
            faces.append([_index(name, len(vertices), number) for name in names])
    return polygons(vertices, faces)


def _index(name: int, known: int, line: int) -> int:
    """Where the vertex stands that a face calls `name`, with `known` vertices so far."""
    if name == 0 or name < -known:
        raise MeshFileError(
            f"line {line}: expected vertices counted from 1, or from -1 back to {-known}, "
            f"got {name}"
        )
    return name - 1 if name > 0 else known + name
