"""Names of values in emitted code: the formula itself where it is short, always unique."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources
from itertools import chain

from nzdiff.codegen.lower.structure import Chain
from nzdiff.derive.language.fresh import fresh, numbered

LONGEST = 24
RESERVED = frozenset(keyword.kwlist) | frozenset(
    "auto break case char const continue default do double else enum extern float for goto if "  # noqa: SIM905
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while real blas w threads done solvers dtype "
    "math numpy scipy exp log sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh "
    "fabs abs pow fmax fmin max min log1p erf erfc cbrt "
    "EXPORT NZDIFF_REAL SQUARE LANES OWN PRAGMA PARALLEL_ROWS SIMD_SUM NULL "
    "int32_t int64_t uint8_t uint32_t".split()
)
"""Words of C and Python, and the names that emitted functions use for themselves."""
SUFFIXES = ("_t", "_MAX", "_MIN", "_C", "_WIDTH")
"""How the names of C's own headers end."""
PREFIXES = (
    *("_", "at_", "nnz_", "pairs_", "place_", "stage_", "nzdiff_", "pattern"),
    *("spread_", "outer_", "sampled_"),
)
"""How tables, counts and functions of emitted code are named."""


def kernels() -> frozenset[str]:
    """The names of all kernels."""
    folder = resources.files("nzdiff.codegen.emit.targets.c") / "kernels"
    return frozenset(entry.name.removesuffix(".c") for entry in folder.iterdir())


@dataclass(slots=True)
class Names:
    """Hands out each identifier once."""

    taken: set[str] = field(default_factory=lambda: set(RESERVED | kernels()))

    def keep(self, names: Iterable[str]) -> None:
        """Take names that cannot change: those of the dimensions."""
        for name in names:
            if name in self.taken or name.startswith(PREFIXES) or name.endswith(SUFFIXES):
                raise ValueError(
                    f"{name}: generated code uses this name itself; rename the dimension"
                )
            self.taken.add(name)

    def new(self, wanted: str) -> str:
        """`wanted`, or `wanted_2`, `wanted_3`, … where it is taken."""
        wanted = f"v{wanted}_" if wanted.startswith(PREFIXES) else wanted
        wanted = f"{wanted}_" if wanted.endswith(SUFFIXES) else wanted
        name = fresh(chain((wanted,), numbered(f"{wanted}_", 2)), self.taken)
        self.taken.add(name)
        return name

    def of(self, chain: Chain) -> str:
        """An identifier for a product: ``GtLG`` for Gᵀ L G."""
        parts = [str(atom).replace("ᵀ", "t") for atom in chain]
        plain = all(re.fullmatch(r"[A-Za-z]\w{0,3}", part) for part in parts)
        name = ("" if all(len(part) <= 2 for part in parts) else "_").join(parts)
        return name if plain and len(name) <= LONGEST else "t"
