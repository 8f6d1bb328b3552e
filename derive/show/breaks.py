"""MathML in parts: browsers break no line inside of one formula."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

SIGNS = "=→+−"
"""A line may break before these."""
BEFORE_OPERAND = "([|‖=→,;"
"""Signs after which a minus belongs to what follows."""


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
    return ["".join(ET.tostring(e, "unicode") for e in group) for group in groups]


def _flat(element: ET.Element) -> Iterator[ET.Element]:
    """The parts of a formula, rows inside of rows taken apart."""
    for child in element:
        if child.tag == "mrow":
            yield from _flat(child)
        else:
            yield child
