"""The blocks of a sum, and what counts once: who has which entries of g, rounds of questions."""

from __future__ import annotations

import os
import platform
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.blockwise.layout import Share, assembled, moved, of_diagonal, share_of, whole
from nzdiff.blockwise.maps import Map, Tasks
from nzdiff.blockwise.pieces import Axes
from nzdiff.blockwise.worker import HELD, About, Key, Spec, Task, What, answers
from nzdiff.codegen.compile import bind
from nzdiff.derive.calculus.problem import Problem
from nzdiff.pattern import Pattern
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]
Vectors = Callable[[Share], Floats]
RESIDUALS = ("residual", "squares", "jvp", "vjp", "gauss_newton")
"""What domains alone have none of."""
LIVE: set[str] = set()
"""The teams of this process that exist."""


class Team:
    """Blocks, each on a worker; `once`: the model, here, of what counts once."""

    def __init__(self, specs: Sequence[Spec], through: Map) -> None:
        self._specs, self._map = tuple(specs), through
        self._home, self._owner = f"{platform.node()} {os.getpid()}", uuid.uuid4().hex
        LIVE.add(self._owner)
        self._let_go = weakref.finalize(self, _let_go, self._home, self._owner, through)
        self.about: tuple[About, ...] = tuple(self._asked("about"))
        self.patterns: tuple[Pattern, ...] = ()
        self.once: Model | None = None
        self._is_domain = False
        self.shares: tuple[Share, ...] = ()
        self.sizes = [about.residual_size for about in self.about]
        self.is_sum_of_squares = all(about.is_sum_of_squares for about in self.about)

    def settle(
        self,
        problem: Problem,
        axes: Axes,
        once: Problem | None,
        shared: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> None:
        """Find where the unknowns of each block are in g, and bind what counts once."""
        found: dict[str, Pattern] = {}
        entries: list[dict[str, Any]] = [{} for _ in self.about]
        for unknown in problem.wrt:
            name = str(unknown.name)
            parts = {b: a.patterns[name] for b, a in enumerate(self.about) if name in a.patterns}
            if name not in axes and parts:
                found[name] = whole(name, parts)
            elif parts:
                pieces = tuple(parts.values())
                if unknown.kind_of == "diagonal":
                    found[name], cut = of_diagonal(pieces)
                else:
                    columns = unknown.kind_of == "dense"
                    found[name], cut = assembled(name, axes[name], pieces, by_columns=columns)
                for b, piece in enumerate(cut):
                    entries[b][name] = piece
        if once is not None:
            known = {**shared, **found}
            names = {str(s.name) for s in (*once.matrices, *once.scalars)}
            self.once = bind(once, {n: known[n] for n in names & set(known)}, **options)
            found |= dict(zip(self.once.spec.unknowns, self.once.patterns, strict=True))
            self._is_domain = once.rest == 0 and not once.residuals
            self.is_sum_of_squares &= self._is_domain or self.once.is_sum_of_squares
            self.sizes.append(self.once.residual_size if self.once.is_sum_of_squares else 0)
        self._share(problem, found, entries)

    def _share(
        self, problem: Problem, found: Mapping[str, Pattern], entries: list[dict[str, Any]]
    ) -> None:
        where: dict[str, slice] = {}
        end = 0
        for unknown in problem.wrt:
            name = str(unknown.name)
            if name not in found:
                raise ValueError(f"wrt: the energy does not contain the unknown {name}")
            where[name] = slice(end, end + found[name].size)
            end += found[name].size
        self.patterns = tuple(found[str(unknown.name)] for unknown in problem.wrt)
        shares = []
        for about, cut in zip(self.about, entries, strict=True):
            places = {n: moved(cut[n], where[n].start) if n in cut else where[n] for n in where}
            shares.append(share_of(tuple(about.patterns), places))
        if self.once is not None:
            shares.append(share_of(self.once.spec.unknowns, where))
        self.shares = tuple(shares)

    @property
    def size(self) -> int:
        """Length of g."""
        return sum(pattern.size for pattern in self.patterns)

    def each(
        self, what: What, g: Floats, v: Vectors | Sequence[Floats] | None = None
    ) -> Iterator[tuple[Share, Any]]:
        """The answers of all blocks, in their order, then of what counts once.

        That is evaluated here while others work: after the first answer all have their questions.
        v: that of each share, or one for each.
        """

        def along(number: int) -> Floats | None:
            return v(self.shares[number]) if callable(v) else None if v is None else v[number]

        found = self._asked(what, g, along)
        pairs = zip(self.shares, found, strict=False)
        yield next(pairs)
        last = list[tuple[Share, Any]]()
        if self.once is not None:
            share = self.shares[-1]
            if self._is_domain and what.partition(" ")[0] in RESIDUALS:
                self.once.energy(share.of(g))  # raises outside
            else:
                last = [(share, answers(self.once, what, share.of(g), along(len(self._specs))))]
        yield from pairs
        yield from last

    def added(self, what: What, g: Floats, v: Vectors | Sequence[Floats] | None = None) -> Floats:
        """The sum of vectors as long as g."""
        total = np.zeros(self.size)
        for share, part in self.each(what, g, v):
            share.add(total, part)
        return total

    def close(self) -> None:
        """Let go of what the workers hold."""
        self._let_go()

    def _asked(
        self,
        what: What,
        g: Floats | None = None,
        v: Callable[[int], Floats | None] = lambda _: None,
    ) -> Iterator[Any]:
        if not self._let_go.alive:
            raise RuntimeError("this sum over blocks was closed; make another one, with nz.blocks")
        live = frozenset(LIVE)

        def task(number: int) -> Task:
            return Task(
                Key(self._home, self._owner, number),
                live,
                what,
                None if g is None else self.shares[number].of(g),
                v(number),
                self._specs[number] if what == "about" else None,
            )

        return self._map.answers(Tasks(task, range(len(self._specs))), self._specs)


def _let_go(home: str, owner: str, through: Map) -> None:
    """What other processes hold they drop when they are asked for another sum."""
    LIVE.discard(owner)
    HELD.drop(home, frozenset(LIVE))
    through.close()
