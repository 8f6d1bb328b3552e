"""PLY as text or binary of either byte order: x, y, z of `vertex`, the corner list of `face`.

Other elements and properties (colours, normals, quality, edges) are skipped.  Triangle strips are
not supported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nzdiff.demo.formats.polygons import MeshFileError, Polygons, polygons

TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
LISTS = ("vertex_indices", "vertex_index")
END = b"end_header"
Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an element: a number, or a list whose length is of the type `length`."""

    name: str
    type: str
    length: str


@dataclass(frozen=True, slots=True)
class Element:
    """So many rows of properties."""

    name: str
    count: int
    properties: list[Property]


def parse_ply(content: bytes) -> Polygons:
    r"""The polygons of a PLY file.

    >>> head = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
    >>> head += "property float z\nelement face 1\nproperty list uchar int vertex_index\n"
    >>> parse_ply(f"{head}end_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n".encode()).corners
    array([0, 1, 2])
    """
    head, body = _parted(content)
    order, elements = _header(head)
    tables: dict[str, Columns] = {}
    for element in elements:
        if order:
            tables[element.name], body = _binary_rows(body, element, order)
        else:
            tables[element.name], body = _text_rows(body, element)
    vertex, face = tables.get("vertex", {}), tables.get("face", {})
    corners = next((face[name] for name in LISTS if name in face), None)
    if not {"x", "y", "z"} <= set(vertex) or corners is None:
        raise MeshFileError(
            "expected vertices with x, y, z and faces with vertex_indices, got "
            f"{', '.join(f'{name} with {_listed(columns)}' for name, columns in tables.items())}; "
            "points alone are no mesh, and strips are to be exported as triangles"
        )
    points = np.column_stack([np.asarray(vertex[axis], dtype=np.float64) for axis in "xyz"])
    return polygons(points, corners)


def _listed(columns: Columns) -> str:
    return ", ".join(columns) or "nothing"


def _parted(content: bytes) -> tuple[list[str], bytes]:
    """The lines of the header, and what is behind it."""
    end = content.find(END)
    if not content.startswith(b"ply") or end < 0:
        raise MeshFileError("expected PLY: a first line ply, and a header up to end_header")
    behind = end + len(END)
    behind += 2 if content[behind : behind + 2] == b"\r\n" else 1
    return content[:end].decode("utf-8", errors="replace").splitlines(), content[behind:]


def _header(lines: list[str]) -> tuple[str, list[Element]]:
    """The byte order, "" for text, and the elements."""
    order, elements = "", list[Element]()
    for number, line in enumerate(lines, 1):
        match line.split():
            case ["format", kind, _] if kind in ORDERS:
                order = ORDERS[kind]
            case ["element", name, count] if count.isdecimal():
                elements.append(Element(name, int(count), []))
            case ["property", "list", length, kind, name] if {length, kind} <= set(TYPES):
                _add(elements, Property(name, TYPES[kind], TYPES[length]), number)
            case ["property", kind, name] if kind in TYPES:
                _add(elements, Property(name, TYPES[kind], ""), number)
            case [] | ["ply"] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise MeshFileError(
                    f"line {number}: expected format, element or property of PLY 1.0, "
                    f"got {line[:60]!r}"
                )
    return order, elements


def _add(elements: list[Element], known: Property, line: int) -> None:
    if not elements or known.name in {other.name for other in elements[-1].properties}:
        raise MeshFileError(
            f"line {line}: expected an element before its properties, each of another name"
        )
    elements[-1].properties.append(known)


def _text_rows(body: bytes, element: Element) -> tuple[Columns, bytes]:
    """The columns of an element whose rows are lines, and the rest."""
    columns: Columns = {known.name: [] for known in element.properties}
    rows, rest = _lines(body, element)
    for row, line in enumerate(rows, 1):
        words = iter(line.split())
        try:
            for known in element.properties:
                number = float if known.type.startswith("f") else int
                if known.length:
                    count = int(next(words))
                    columns[known.name].append([number(next(words)) for _ in range(count)])
                else:
                    columns[known.name].append(float(next(words)))
            if next(words, None) is not None:
                raise ValueError("more numbers than properties")
        except (ValueError, StopIteration) as error:
            raise MeshFileError(
                f"{element.name} {row}: expected {', '.join(columns)}, got {line[:60]!r}"
            ) from error
    return columns, rest


def _lines(body: bytes, element: Element) -> tuple[list[str], bytes]:
    """As many lines, empty ones left out, as the element has rows, and what is behind them."""
    lines = body.decode("utf-8", errors="replace").splitlines()
    filled = [k for k, line in enumerate(lines) if line.strip()]
    if len(filled) < element.count:
        raise _ended(element, len(filled))
    behind = "\n".join(lines[filled[element.count - 1] + 1 :] if element.count else lines)
    return [lines[k] for k in filled[: element.count]], behind.encode()


def _binary_rows(body: bytes, element: Element, order: str) -> tuple[Columns, bytes]:
    """The columns of an element, and the rest; rows whose lists are equally long at once."""
    sizes = _first_lengths(body, element, order)
    row = np.dtype(
        [field for known in element.properties for field in _fields(known, sizes, order)]
    )
    whole = row.itemsize * element.count
    if 0 < whole <= len(body):
        table = np.frombuffer(body, row, element.count)
        if all((table[f"length of {name}"] == size).all() for name, size in sizes.items()):
            found = {known.name: table[known.name].tolist() for known in element.properties}
            return found, body[whole:]
    return _binary_row_by_row(body, element, order)


def _fields(known: Property, sizes: dict[str, int], order: str) -> Iterator[tuple[Any, ...]]:
    if known.length:
        yield f"length of {known.name}", order + known.length
        yield known.name, order + known.type, (sizes[known.name],)
    else:
        yield known.name, order + known.type


def _first_lengths(body: bytes, element: Element, order: str) -> dict[str, int]:
    """The length of each list in the first row."""
    one = Element(element.name, min(element.count, 1), element.properties)
    columns, _ = _binary_row_by_row(body, one, order)
    lists = [known.name for known in element.properties if known.length]
    return {name: len(columns[name][0]) if columns[name] else 0 for name in lists}


def _binary_row_by_row(body: bytes, element: Element, order: str) -> tuple[Columns, bytes]:
    columns: Columns = {known.name: [] for known in element.properties}
    at = 0

    def numbers(row: int, kind: str, count: int) -> list[Any]:
        nonlocal at
        begin, at = at, at + count * np.dtype(kind).itemsize
        if count < 0 or at > len(body):
            raise _ended(element, row)
        return list(np.frombuffer(body[begin:at], order + kind).tolist())

    for row in range(element.count if element.properties else 0):
        for known in element.properties:
            if known.length:
                (count,) = numbers(row, known.length, 1)
                columns[known.name].append(numbers(row, known.type, int(count)))
            else:
                columns[known.name] += numbers(row, known.type, 1)
    return columns, body[at:]


def _ended(element: Element, row: int) -> MeshFileError:
    return MeshFileError(
        f"expected {element.count} rows of {element.name}, and the file ends in row {row + 1}; "
        "export it again"
    )
