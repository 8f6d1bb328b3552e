"""Typed formulas: `read_energy` makes the expression and the unknowns of a problem of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import sympy as sp

from nzdiff.derive.language.notation import text as written
from nzdiff.derive.language.symbols import dense, diagonal, dims, scalar, sparse
from nzdiff.derive.typed import grammar
from nzdiff.derive.typed.declarations import Declaration, declared
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.reader import Reader
from nzdiff.derive.typed.sizes import Sizes, UnequalError, letters
from nzdiff.derive.typed.value import MeaningError, Value

SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi omicron pi rho sigma"
)
LAST = "tau upsilon phi chi psi omega"
LARGE = "Gamma Delta Theta Lamda Xi Pi Sigma Upsilon Phi Psi Omega"
NUMBERS = frozenset(f"{SMALL} {LAST} lam".split())
"""Names that are scalars where nothing is declared."""
GREEK = dict(
    zip("αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", f"{SMALL} {LAST} {LARGE}".split(), strict=True)
)
"""Greek letters as SymPy names them; names are ASCII."""
TOO_LONG = "expected a formula of fewer operations one after the other"
RESERVED = {"lambda": "lamda"}
"""Names that Python keeps for itself, and what SymPy calls them."""
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def read_formula(formula: str, symbols: Iterable[Any], names: Mapping[str, Any]) -> Any:
    """The expression of a formula in symbols that exist; no other name is known.

    names: what else a name may stand for.  Raises FormulaError.
    """
    tree = grammar.tree(formula)
    attempt = _Attempt({str(s.name): s for s in symbols} | dict(names), {}, set(), closed=True)
    try:
        attempt.read(tree)
        return attempt.expression()
    except RecursionError:
        raise FormulaError(formula, 0, TOO_LONG) from None
    except UnequalError as error:
        raise _unequal(formula, error) from None
    except MeaningError as error:
        raise grammar.at(formula, error) from None


def read(
    text: str, symbols: Iterable[Any] = (), first: Iterable[str] = (), **words: Any
) -> tuple[Any, dict[str, Any]]:
    """The expression of a formula, and its symbols by their names in the text.

    symbols: matrices, scalars and sizes that exist.  first: names whose open sizes are called n,
    m, … before those of others.  words: names by kind, as `nzdiff.parse` has.
    """
    if not isinstance(text, str):
        raise TypeError(f"formula: expected text such as 'norm2(A*x - b)^2', got {text!r}")
    formula, clause, *_ = [*re.split(r"\bwhere\b", text, maxsplit=1), ""]
    said = declared(words, clause)
    tree = grammar.tree(formula)
    known = {str(symbol.name): symbol for symbol in symbols}
    both = sorted(known.keys() & said.keys())
    if both:
        raise ValueError(f"{both[0]}: declared twice, as a symbol and by its name")
    try:
        attempt = _best(tree, known, said, formula)
        return attempt.expression(first), attempt.symbols
    except RecursionError:
        raise FormulaError(formula, 0, TOO_LONG) from None
    except MeaningError as error:
        raise grammar.at(formula, error) from None


def _best(
    tree: Any, known: Mapping[str, Any], said: Mapping[str, Declaration], formula: str
) -> _Attempt:
    """The reading of least cost; FormulaError where there is none, or several are as good."""
    wrong: Exception | None = None
    best, names, least = list[_Attempt](), list[set[str]](), (0, 0, False)
    for numbers in _guesses(tree, known, said):
        if best and (best[0].cost == 0 and len(names[0]) < len(numbers)):
            break
        attempt = _Attempt(known, said, numbers)
        try:
            attempt.read(tree)
        except (MeaningError, UnequalError) as error:
            wrong = wrong or error
            continue
        rank = attempt.cost, len(numbers), not attempt.value.is_single(attempt.sizes)
        if not best or rank < least:
            best, names, least = [attempt], [numbers], rank
        elif rank == least:
            best, names = [*best, attempt], [*names, numbers]
    if len(best) > 1:
        either = " or ".join(sorted(", ".join(sorted(each)) for each in names))
        raise FormulaError(formula, 0, f"{either} may be numbers; declare which, as in scalar='…'")
    if best:
        return best[0]
    if isinstance(wrong, UnequalError):
        raise _unequal(formula, wrong) from None
    if isinstance(wrong, MeaningError):
        raise grammar.at(formula, wrong) from None
    raise FormulaError(formula, 0, TOO_LONG)


def chosen(wrt: Iterable[str], symbols: Mapping[str, Any]) -> tuple[Any, ...]:
    """The unknowns of a problem by their names.  Raises ValueError for one that is not there."""
    for name in wrt:
        if name not in symbols:
            there = ", ".join(sorted(symbols))
            raise ValueError(f"wrt: {name} does not occur in the formula; there are {there}")
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


def ascii_name(name: str) -> str:
    """The name of a symbol as it is declared: λ₁ is lamda1."""
    plain = name.translate(SUBSCRIPTS)
    return RESERVED.get(plain) or "".join(GREEK.get(letter, letter) for letter in plain)


def _guesses(
    tree: Any, known: Mapping[str, Any], said: Mapping[str, Declaration]
) -> Iterable[set[str]]:
    """Which lower-case names that nothing is said of are numbers: none, else as few as do."""
    tokens = {str(token) for token in tree.scan_values(lambda t: t.type == "NAME")}
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


class _Attempt:
    """One reading of a formula, with a guess of what is a number."""

    def __init__(
        self,
        known: Mapping[str, Any],
        said: Mapping[str, Declaration],
        numbers: set[str],
        *,
        closed: bool = False,
    ) -> None:
        """numbers: undeclared names that are scalars; closed: no name is new."""
        self.sizes, self.said, self.numbers, self.closed = Sizes(), said, numbers, closed
        self.cost = 0
        """How unlikely the reading is: matrices of one row or column, numbers that are spread."""
        self.symbols = dict[str, Any](known)
        self.shapes = dict[str, tuple[Any, Any]]()
        self.made = dict[str, Value]()
        self.names = {name: _of_symbol(symbol) for name, symbol in known.items()}
        rigid = {
            s
            for d in said.values()
            for size in (d.rows, d.cols)
            if size is not None
            for s in size.free_symbols
        }
        self.names |= {str(s): _of_symbol(s) for s in rigid if str(s) not in said}
        self.rigid = {str(s) for s in rigid} | {
            str(s) for symbol in known.values() for s in symbol.free_symbols
        }

    def read(self, tree: Any) -> None:
        """Find kinds and sizes.  Raises MeaningError and UnequalError."""
        reader = Reader(self.names, self.name, self.sizes)
        self.value = reader.read(tree)
        self.sizes.settle()
        for name, shape in self.shapes.items():
            is_single = all(self.sizes(size) == 1 for size in shape)
            if name not in self.said and name[0].islower() and is_single:
                raise MeaningError(
                    f"{name}: the formula makes it 1 × 1; declare it a scalar, or with its size",
                    tree,
                )
            if name not in self.said and name[0].isupper():
                self.cost += sum(self.sizes(size) == 1 for size in shape)
        self.cost += self.sizes.spreads

    def expression(self, first: Iterable[str] = ()) -> Any:
        """The expression, once it was read."""
        value = self.value
        self.close(first)
        try:
            return value.number() if value.is_single(self.sizes) else value.build()
        except MeaningError:
            raise
        except (TypeError, ValueError, NotImplementedError, IndexError) as error:
            raise MeaningError(str(error), value.place) from error

    def name(self, name: str, place: Any) -> Value:
        """The value of a name that nothing was read of yet."""
        plain = ascii_name(name)
        if plain in self.names:
            return self.names[plain].at(place)
        if self.closed:
            known = ", ".join(sorted(self.names))
            raise MeaningError(f"{name}: not a symbol of the problem; known are {known}", place)
        if plain not in self.made:
            self.made[plain] = self._declared(
                plain, self.said.get(name, self.said.get(plain, Declaration())), name, place
            )
        return self.made[plain].at(place)

    def _declared(self, name: str, said: Declaration, as_written: str, place: Any) -> Value:
        kind = said.kind
        if kind is None and said.rows is None and (name in NUMBERS or as_written in self.numbers):
            kind = "scalar"
        try:
            scalar(name)
        except ValueError as error:
            raise MeaningError(str(error), place) from None
        if kind == "scalar":
            self.symbols[name] = scalar(name)
            return Value(None, lambda: self.symbols[name], place)
        one = sp.Integer(1)
        rows = said.rows if said.rows is not None else self.sizes.open(place)
        if kind == "diagonal" or said.symmetric:
            cols = rows
        elif kind == "vector" or (kind is None and name[0].islower()):
            cols = one if said.cols is None else said.cols
        else:
            cols = said.cols if said.cols is not None else self.sizes.open(place)
        if kind == "row":
            rows, cols = one, (cols if said.cols is not None else self.sizes.open(place))
        self.shapes[name] = rows, cols

        def build() -> Any:
            if name not in self.symbols:
                height, width = (self.sizes(size) for size in self.shapes[name])
                made = sparse if kind == "sparse" else dense
                self.symbols[name] = (
                    diagonal(name, height)
                    if kind == "diagonal"
                    else made(name, height, width, symmetric=said.symmetric)
                )
            return self.symbols[name]

        return Value((rows, cols), build, place)

    def close(self, first: Iterable[str]) -> None:
        """Name the sizes that stayed open: n, m, k, … in the order in which they come."""
        free = letters({*self.symbols, *self.shapes, *self.rigid})
        ordered = [self.shapes[name] for name in first if name in self.shapes]
        for shape in (*ordered, *self.shapes.values()):
            for size in shape:
                for dummy in sorted(self.sizes(size).atoms(sp.Dummy), key=str):
                    (self.sizes.found[dummy],) = dims(next(free))
        for dummy, place in self.sizes.opened.items():
            if self.sizes(dummy).has(sp.Dummy):
                raise MeaningError(
                    "the size of this does not follow from the formula; write eye(n), ones(n), "
                    "zeros(n, m), unit(i, j, n, m)",
                    place,
                )


def _of_symbol(symbol: Any) -> Value:
    shape = symbol.shape if isinstance(symbol, sp.MatrixSymbol) else None
    return Value(shape, lambda: symbol, None)


def _unequal(formula: str, error: UnequalError) -> FormulaError:
    place = getattr(getattr(error.place, "meta", None), "start_pos", 0)
    left, right = (
        written(size) if not size.has(sp.Dummy) else "a size of its own"
        for size in (error.left, error.right)
    )
    return FormulaError(
        formula, place, f"sizes do not fit: {left} and {right} would have to be equal"
    )
