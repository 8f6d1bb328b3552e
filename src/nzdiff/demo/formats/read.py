"""A mesh file, read by the format that its name tells."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nzdiff.demo.formats.obj import parse_obj
from nzdiff.demo.formats.off import parse_off
from nzdiff.demo.formats.ply import parse_ply
from nzdiff.demo.formats.polygons import MeshFileError, Polygons
from nzdiff.demo.formats.stl import parse_stl

FORMATS: dict[str, Callable[[bytes], Polygons]] = {
    ".obj": parse_obj,
    ".ply": parse_ply,
    ".off": parse_off,
    ".stl": parse_stl,
}


def read_polygons(path: str | os.PathLike[str]) -> Polygons:
    """The points and polygons of a mesh file, as they are in it.

    Raises MeshFileError for another format and for a file that cannot be understood; OSError.
    """
    file = Path(path)
    parse = FORMATS.get(file.suffix.lower())
    if parse is None:
        raise MeshFileError(
            f"{file}: expected a mesh in a file of {', '.join(FORMATS)}, got "
            f"{file.suffix or 'a name without ending'}; save it as one of them"
        )
    if not file.is_file():
        found_there = "it is no file" if file.exists() else "there is no such file"
        raise MeshFileError(f"{file}: expected a mesh file, {found_there}")
    content = file.read_bytes()
    try:
        found = parse(content)
    except MeshFileError as error:
        raise MeshFileError(f"{file}: {error}") from error
    if not len(found.sizes):
        raise MeshFileError(
            f"{file}: expected vertices and faces, got {len(found.vertices)} vertices and no "
            "face; points alone are to be meshed first, and an empty file to be exported again"
        )
    return found
