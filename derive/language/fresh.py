"""Fresh names: the first of those that one would like and nothing else has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import count


def fresh(
    wanted: Iterable[str],
    taken: Collection[str],
    family: Callable[[str], Iterable[str]] = lambda name: (name,),
) -> str:
    """The first name of those wanted that is free, and with it the family of names it brings."""
    return next(name for name in wanted if not any(other in taken for other in family(name)))


def lengthened(*names: str) -> Iterator[str]:
    """The names, then the last one with more and more underscores."""
    yield from names
    yield from (names[-1] + "_" * length for length in count(1))


def numbered(stem: str, first: int = 1) -> Iterator[str]:
    """stem1, stem2, …."""
    return (f"{stem}{number}" for number in count(first))
