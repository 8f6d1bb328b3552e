"""Spy plots: which entries of a matrix are stored, as dots of text or as SVG.

A large matrix is shown in boxes of several rows and columns, darker where more is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape

Place = tuple[int, int]
MOST_BOXES = 64
"""Boxes along a side of a picture."""
MOST_LINES, MOST_LETTERS = 24, 60
PIXELS = 160
GAP = 0.06
"""Around a box, of its side."""


def spy_text(shape: Place, places: Iterable[Place]) -> str:
    """A line a row: ● is stored, · is not; in boxes where it is large."""
    boxes, rows, cols = _boxes(shape, places, MOST_LINES, MOST_LETTERS)
    return "\n".join(
        " ".join("●" if boxes[i, j] else "·" for j in range(cols)) for i in range(rows)
    )


def spy_svg(shape: Place, places: Iterable[Place], name: str) -> str:
    """A picture with its description; it takes the colour of the text around it."""
    stored = list(places)
    boxes, rows, cols = _boxes(shape, stored, MOST_BOXES, MOST_BOXES)
    full = max(boxes.values(), default=1)
    side = PIXELS / max(rows, cols, 1)
    inner = (1 - 2 * GAP) * side
    width, height = max(cols * side, 1.0), max(rows * side, 1.0)
    squares = "".join(
        f'<rect x="{(j + GAP) * side:.4g}" y="{(i + GAP) * side:.4g}" width="{inner:.4g}"'
        f' height="{inner:.4g}"'
        f' fill-opacity="{0.25 + 0.75 * number / full:.2g}"/>'
        for (i, j), number in sorted(boxes.items())
    )
    said = f"{name}: {len(stored)} stored of {shape[0]} × {shape[1]}"
    return (
        f'<svg role="img" aria-label="{escape(said)}" width="{width:.4g}" height="{height:.4g}"'
        f' viewBox="0 0 {width:.4g} {height:.4g}" fill="currentColor">'
        f"<title>{escape(said)}</title>{squares}"
        f'<rect width="{width:.4g}" height="{height:.4g}" fill="none" stroke="currentColor"/></svg>'
    )


def _boxes(
    shape: Place, places: Iterable[Place], most_rows: int, most_cols: int
) -> tuple[Counter[Place], int, int]:
    """How many stored entries each box has, and how many boxes there are."""
    tall, wide = (-(-n // most) or 1 for n, most in zip(shape, (most_rows, most_cols), strict=True))
    if shape[0] == shape[1]:
        tall = wide = max(tall, wide)
    found = Counter((int(i) // tall, int(j) // wide) for i, j in places)
    return found, -(-shape[0] // tall), -(-shape[1] // wide)
