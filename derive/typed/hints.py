"""What to write instead, where a formula is in the words or signs of another language."""

from __future__ import annotations

import re
from collections.abc import Iterable

SIGNS = (
    (re.compile(r"\.(?:T|H|mT|t|transpose)\b"), "the transpose of A is A'"),
    (re.compile(r"@"), "a product is A*x"),
    (re.compile(r"\.(?:dot|matmul|mm)\b"), "a product is A*x"),
    (re.compile(r"\.(?:I|inv)\b"), "the inverse of A is inv(A)"),
    (re.compile(r":"), "rows and columns are picked in brackets, counted from 0: A[:, 0], x[1:n]"),
    (re.compile(r"\.[A-Za-z]"), "functions stand alone, as in sum(x), without a module"),
)
"""Signs at which a formula ends to be one, and what they mean elsewhere."""
WORDS = {
    **dict.fromkeys(("mean", "average"), "write sum(x)/n, with x(n) declared"),
    **dict.fromkeys(("dot", "vdot"), "write a'*b"),
    **dict.fromkeys(("matmul", "multiply", "mul"), "write A*B, entry by entry A.*B"),
    "outer": "write a*b'",
    "transpose": "write A'",
    "hadamard": "write A.*B",
    **dict.fromkeys(("square", "pow"), "write x.^2"),
    "pinv": "write inv(A'*A)*A' of a tall A",
    **dict.fromkeys(("frobenius", "fro"), "write normF(A)"),
    **dict.fromkeys(("slogdet", "log_det"), "write logdet(A)"),
}
"""Functions that formulas have elsewhere, and how to write what they are."""


def of_sign(text: str, place: int) -> str:
    """What to write for a sign that is none of a formula; "" where nothing is known of it."""
    return next((f"; {said}" for sign, said in SIGNS if sign.match(text, place)), "")


def entry(name: str, numbers: Iterable[str]) -> str:
    """The entry that MATLAB writes as A(1, 2), counted from 0."""
    places = ", ".join(str(max(int(number) - 1, 0)) for number in numbers)
    return f"an entry is {name}[{places}], counted from 0"
