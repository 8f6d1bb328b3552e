"""Typed formulas: `read_energy` makes the expression and the unknowns of a problem of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import sympy as sp

from nzdiff.derive.language.notation import text as written
from nzdiff.derive.typed import grammar
from nzdiff.derive.typed.attempt import Attempt
from nzdiff.derive.typed.declarations import Declaration, declared
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.marks import GREEK, NUMBERS, ascii_name
from nzdiff.derive.typed.sizes import UnequalError
from nzdiff.derive.typed.statements import parted
from nzdiff.derive.typed.value import REFUSED, MeaningError

TOO_LONG = "expected a formula of fewer operations one after the other"


def read_formula(
    formula: str,
    symbols: Iterable[Any],
    names: Mapping[str, Any],
    shape: tuple[Any, Any] | None = None,
) -> Any:
    """The expression of a formula in symbols that exist; no other name is known.

    names: what else a name may stand for.  shape: of the formula, where its own does not follow,
    as of 2*I.  Raises FormulaError.
    """
    tree = grammar.tree(formula)
    attempt = Attempt({str(s.name): s for s in symbols} | dict(names), {}, set(), closed=True)
    with errors_at_their_places(formula):
        attempt.read(tree)
        if shape is not None:
            attempt.suppose(shape)
        return attempt.expression()


def read(
    text: str, symbols: Iterable[Any] = (), first: Iterable[str] = (), **words: Any
) -> tuple[Any, dict[str, Any]]:
    """The expression of a formula, and its symbols by their names in the text.

    symbols: matrices, scalars and sizes that exist.  first: names whose open sizes are called n,
    m, … before those of others.  words: names by kind, as `nzdiff.parse` has.
    """
    if not isinstance(text, str):
        raise TypeError(f"formula: expected text such as 'norm2(A*x - b)^2', got {text!r}")
    parts = parted(text)
    said = declared(words, parts.clause, text)
    known = {str(symbol.name): symbol for symbol in symbols}
    twice = sorted(known.keys() & said.keys()) or sorted(
        parts.definitions.keys() & (known.keys() | said.keys())
    )
    if twice:
        raise ValueError(f"{twice[0]}: declared twice, by its name and as a symbol or a definition")
    tree = grammar.tree(parts.formula, text)
    defined = {name: grammar.tree(part, text) for name, part in parts.definitions.items()}
    with errors_at_their_places(text):
        attempt = _best(tree, known, said, defined)
        return attempt.expression(first), attempt.symbols


@contextmanager
def errors_at_their_places(text: str) -> Iterator[None]:
    """What goes wrong inside, as a FormulaError that shows the place in the text."""
    try:
        yield
    except RecursionError:
        raise FormulaError(text, 0, TOO_LONG) from None
    except UnequalError as error:
        raise _unequal(text, error) from None
    except MeaningError as error:
        raise grammar.at(text, error) from None
    except REFUSED as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError(text, 0, str(error) or TOO_LONG) from error


def _best(
    tree: Any,
    known: Mapping[str, Any],
    said: Mapping[str, Declaration],
    defined: Mapping[str, Any],
) -> Attempt:
    """The reading of least cost; an error where there is none, or several are as good."""
    wrong: Exception | None = None
    best, names, least = list[Attempt](), list[set[str]](), (0, 0, False)
    for numbers in _guesses([tree, *defined.values()], {*known, *defined}, said):
        if best and (best[0].cost == 0 and len(names[0]) < len(numbers)):
            break
        attempt = Attempt(known, said, numbers, defined)
        try:
            attempt.read(tree)
        except (MeaningError, UnequalError, *REFUSED) as error:
            wrong = wrong or error
            continue
        rank = attempt.cost, len(numbers), not attempt.value.is_single(attempt.sizes)
        if not best or rank < least:
            best, names, least = [attempt], [numbers], rank
        elif rank == least:
            best, names = [*best, attempt], [*names, numbers]
    if len(best) > 1:
        either = " or ".join(sorted(", ".join(sorted(each)) for each in names))
        raise MeaningError(f"{either} may be numbers; declare which, as in scalar='…'", None)
    if best:
        return best[0]
    raise wrong or RecursionError


def chosen(wrt: Iterable[str], symbols: Mapping[str, Any]) -> tuple[Any, ...]:
    """The unknowns of a problem by their names.  Raises ValueError for one that is not there."""
    for name in wrt:
        if name not in symbols:
            there = f"there are {', '.join(sorted(symbols))}" if symbols else "it holds no names"
            raise ValueError(f"wrt: {name} does not occur in the formula; {there}")
    return tuple(symbols[name] for name in wrt)


def names_of(wrt: Any) -> list[str]:
    """The names of unknowns: ``"G H"`` or ``["G", "H"]``.  ValueError for anything else."""
    try:
        names = wrt.replace(",", " ").split() if isinstance(wrt, str) else list(wrt)
    except TypeError:
        names = []
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f'wrt: expected names of unknowns such as "G", got {wrt!r}')
    return [ascii_name(name) for name in names]


def _guesses(
    trees: Iterable[Any], known: Iterable[str], said: Mapping[str, Declaration]
) -> Iterable[set[str]]:
    """Which lower-case names that nothing is said of are numbers: none, else as few as do."""
    tokens = {
        str(token) for tree in trees for token in tree.scan_values(lambda t: t.type == "NAME")
    }
    open_names = sorted(
        name
        for name in tokens
        if name[0].islower()
        and name not in known
        and GREEK.get(name, name) not in NUMBERS
        and (name not in said or (said[name].kind is None and said[name].rows is None))
    )
    for count in range(min(len(open_names), 5) + 1):
        yield from (set(chosen) for chosen in combinations(open_names[:8], count))


def _unequal(formula: str, error: UnequalError) -> FormulaError:
    place = getattr(getattr(error.place, "meta", None), "start_pos", 0)
    if (error.left - error.right).has(sp.Dummy):
        return FormulaError(
            formula,
            place,
            'sizes do not follow from the formula; declare them, as in dense="A(n, m)"',
        )
    left, right = map(written, (error.left, error.right))
    return FormulaError(
        formula, place, f"sizes do not fit: {left} and {right} would have to be equal"
    )
