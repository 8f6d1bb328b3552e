"""Names of values in emitted code: the formula itself where it is short, always unique."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from nzdiff.codegen.lower.chains.structure import Chain
from nzdiff.derive.language.symbols import fresh, numbered
from nzdiff.runtime.data.members import PREFIX, member

LONGEST = 24
PREFIXES = (
    *("_", "at_", "nnz_", "size_", "pairs_", "place_", "stage_", "map_", "pattern"),
    *("spread_", "outer_", "sampled_", PREFIX),
)
"""How tables, counts and functions of programs are named."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Names that the languages of programs use themselves: words, how others begin and end."""

    words: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def __or__(self, other: Reserved) -> Reserved:
        suffixes = dict.fromkeys((*self.suffixes, *other.suffixes))
        prefixes = dict.fromkeys((*self.prefixes, *other.prefixes))
        return Reserved(self.words | other.words, tuple(suffixes), tuple(prefixes))


NOTHING = Reserved()


@dataclass(slots=True)
class Names:
    """Hands out each identifier once."""

    reserved: Reserved = NOTHING
    taken: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.taken = set(self.reserved.words)

    def keep(self, names: Iterable[str]) -> None:
        """Take names that cannot change: those of the dimensions (`runtime.data.members`)."""
        self.taken.update(map(member, names))

    def _begins_alike(self, name: str) -> bool:
        return name.startswith((*PREFIXES, *self.reserved.prefixes))

    def new(self, wanted: str) -> str:
        """`wanted`, or `wanted_2`, `wanted_3`, … where it is taken."""
        wanted = f"v{wanted}_" if self._begins_alike(wanted) else wanted
        wanted = f"{wanted}_" if wanted.endswith(self.reserved.suffixes) else wanted
        name = fresh(chain((wanted,), numbered(f"{wanted}_", 2)), self.taken)
        self.taken.add(name)
        return name

    def of(self, chain: Chain) -> str:
        """An identifier for a product: ``GtLG`` for Gᵀ L G."""
        parts = [str(atom).replace("ᵀ", "t") for atom in chain]
        plain = all(re.fullmatch(r"[A-Za-z]\w{0,3}", part) for part in parts)
        name = ("" if all(len(part) <= 2 for part in parts) else "_").join(parts)
        return name if plain and len(name) <= LONGEST else "t"
