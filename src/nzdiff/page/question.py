"""What the page asks: a formula, what is declared of its names, and what is wanted of it.

A question comes from outside.  Everything in it is text of a limited length; names and formulas
are read by the grammar of derive/typed, which runs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Wanted = Literal["names", "derivation", "proof", "code", "verdict", "file"]
LONGEST = 4000
"""Letters of a formula or a claim."""
LONGEST_LIST = 1000
"""Letters of a list of names, or of sizes."""
KINDS = ("sparse", "dense", "diagonal", "symmetric", "vector", "scalar")


@dataclass(frozen=True, slots=True)
class Question:
    """A formula and its declarations, as `nzdiff derive` takes them, and what is wanted.

    what, by, claim: of a verdict, the derivative that is claimed, the unknown, where there are
    several, and the claim.  sizes: of code, those
    to plan for, ``n=300 m=30``.  form: of a file, html, markdown, latex or text.
    """

    wanted: Wanted
    energy: str
    wrt: str = ""
    sparse: str = ""
    dense: str = ""
    diagonal: str = ""
    symmetric: str = ""
    vector: str = ""
    scalar: str = ""
    what: str = "gradient"
    by: str = ""
    claim: str = ""
    sizes: str = ""
    form: str = "html"

    @property
    def declared(self) -> dict[str, str]:
        """Names by kind, as `nzdiff.parse` takes them."""
        return {kind: getattr(self, kind) for kind in KINDS if getattr(self, kind)}


def question(given: Any) -> Question:
    """A question of what came as JSON.  Raises ValueError that says what was expected."""
    known = {field.name for field in fields(Question)}
    if not isinstance(given, dict) or not {"wanted", "energy"} <= given.keys() <= known:
        raise ValueError("question: expected wanted, energy, and what is declared, got other names")
    for name, said in given.items():
        most = LONGEST if name in ("energy", "claim") else LONGEST_LIST
        if not isinstance(said, str):
            raise ValueError(f"{name}: expected text, got {type(said).__name__}")
        if len(said) > most:
            raise ValueError(f"{name}: expected at most {most} letters, got {len(said)}")
    if given["wanted"] not in get_args(Wanted):
        raise ValueError(f"wanted: expected one of {', '.join(get_args(Wanted))}")
    return Question(**given)
