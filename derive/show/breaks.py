"""MathML in parts: browsers break no line inside of one formula.

Lines may break before signs, and in what is long between two signs also between factors.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

SIGNS = "=→+−"
"""A line may break before these."""
PRODUCT = "\u2062"
"""The sign of a product that is not seen."""
BEFORE_OPERAND = "([|‖=→,;"
"""Signs after which a minus belongs to what follows."""
LONG = 20
"""Letters of a base whose parentheses may be on two lines."""
FACTORS = {"⊗": 20, "∘": 20, ":": 20, PRODUCT: 24}
"""And before these, where a part has so many letters already."""


def parts_of(markup: str) -> list[str]:
    """The elements of a formula in groups, each but the first beginning with a sign."""
    groups = list[list[ET.Element]]()
    before = ""
    for element in _flat(ET.fromstring(f"<math>{markup}</math>")):
        sign = element.text or "" if element.tag == "mo" else ""
        unary = sign == "−" and (not before or before in BEFORE_OPERAND)
        if sign and sign in SIGNS:
            element.set("form", "prefix" if unary else "infix")
        if not groups or (sign and sign in SIGNS and not unary):
            groups.append([])
        groups[-1].append(element)
        before = sign or "x"
    shorter = (part for group in groups for part in _split(group))
    return ["".join(ET.tostring(e, "unicode") for e in group) for group in shorter]


def _split(group: list[ET.Element]) -> Iterator[list[ET.Element]]:
    """A long group in parts, each but the first from a factor on."""
    part, length = list[ET.Element](), 0
    left = sum(map(_length, group))
    for element in group:
        sign = element.text or "" if element.tag == "mo" else ""
        if length >= FACTORS.get(sign, length + 1) and left >= LONG // 2:
            if sign != PRODUCT:
                element.set("form", "infix")
            yield part
            part, length = [], 0
        part.append(element)
        length += _length(element)
        left -= _length(element)
    yield part


def _length(element: ET.Element) -> int:
    return len("".join(element.itertext()))


def _flat(element: ET.Element) -> Iterator[ET.Element]:
    """The parts of a formula, rows inside of rows taken apart, those in long powers too."""
    for child in element:
        if child.tag == "mrow":
            yield from _flat(child)
        elif child.tag in ("msup", "msubsup") and child[0].tag == "mrow" and _length(child) > LONG:
            *inside, last = _flat(child[0])
            yield from inside
            if last.tag == "mo":
                last.set("stretchy", "false")  # alone, it has nothing to grow with
            raised = ET.Element(child.tag)
            raised.extend([last, *child[1:]])
            yield raised
        else:
            yield child
