"""What a user holds: a problem that can be derived and bound, and a derivation that can be shown.

The rooms below work on the plain records of derive/calculus; their functions are called here.
Each is imported when it is asked for: deriving needs no NumPy, and a compiler no printer.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from nzdiff.derive.calculus import derivation, problem
from nzdiff.derive.calculus.well_formed import absent

if TYPE_CHECKING:
    from nzdiff.derive.proof.elementwise import Elementwise
    from nzdiff.derive.show.costs import Costs
    from nzdiff.derive.show.document import Document, Level
    from nzdiff.derive.show.example import Example
    from nzdiff.pattern import Pattern
    from nzdiff.runtime.batch import BatchModel
    from nzdiff.runtime.model import Model


@dataclass(frozen=True)
class Problem(problem.Problem):
    """An energy (or a matrix function) and its unknowns: `Problem(sumsq(X - Y*G.T*L*G*B), wrt=G)`.

    energy: a scalar SymPy expression in the operations of docs/reference/language.md; or a matrix
        expression F, a matrix function: it has a differential, a Jacobian, JVP and VJP, and its
        gradient and Hessian are those of ⟨W, F⟩ for a cotangent W.
    wrt: one matrix symbol, or several: sparse ones, of which only the stored values vary, dense
        or diagonal ones; numbers by `scalar`.  One that the energy does not contain has derivatives
        that are 0, and a warning.
    name: an identifier for files and messages.

    Raises UnsupportedNodeError for any other node; ValueError or TypeError for shapes, names and
    unknowns that do not fit.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        for unknown in absent(self.energy, self.wrt):
            what = "the energy does not contain this unknown; its derivatives are 0"
            warnings.warn(f"{unknown.name}: {what}", UserWarning, stacklevel=3)

    def _repr_html_(self) -> str:
        """What a notebook shows: what is given, and what f and E are."""
        from nzdiff.derive.show.document import asked
        from nzdiff.derive.show.html import as_fragment

        return as_fragment(asked(self.derive()))

    def _repr_latex_(self) -> str:
        from nzdiff.derive.show.document import asked
        from nzdiff.derive.show.latex import as_fragment

        return as_fragment(asked(self.derive()))

    def derive(self) -> Derivation:
        """Differentials, gradients and Jacobians in every form, with the steps that led there."""
        found = derivation.derive(self)
        return Derivation(**{field.name: getattr(found, field.name) for field in fields(found)})

    def bind(
        self, *, backend: str = "auto", threads: int = 1, dtype: Any = "float64", **data: Any
    ) -> Model:
        """A model on data: every matrix by its name, each unknown as a `Pattern`.

        Names are those of the symbols, or as they were typed: λ and lambda are lamda.
        Matrices are arrays (dense), SciPy sparse matrices (sparse) or vectors (diagonal); an
        unknown takes a `Pattern` or a SciPy sparse matrix whose stored positions are meant.
        backend: "c", "numpy", "jax" (needs the extra nzdiff[jax]; NotImplementedError where it has
        no kernel), or "auto" (C where a compiler is found, else NumPy).  dtype: what is computed
        in, "float64" or "float32"; numbers in and out are doubles, and sums of squares, inner
        products and assembled matrices are computed in doubles.
        """
        from nzdiff.codegen.compile import bind

        return bind(self, _as_declared(self, data), backend=backend, threads=threads, dtype=dtype)

    def bind_batch(self, *, backend: str = "auto", threads: int = 1, **data: Any) -> BatchModel:
        """A model of N instances of one small problem, evaluated together: g has shape (N, size).

        Data is given as to `bind`, once for all instances, or with a leading axis of length N; of a
        sparse matrix, as a pair (Pattern, values of shape (N, size)).  Sizes are those of every
        instance; patterns that differ are a list of N, of an unknown or of a sparse matrix, and g
        has the positions of their union.  The code is unrolled; where a matrix is factorised, or
        instances are large, models take them one after the other (docs/reference/batch.md).
        """
        from nzdiff.codegen.unroll.batch import bind_batch

        return bind_batch(self, _as_declared(self, data), backend=backend, threads=threads)


def _as_declared(problem: Problem, data: Mapping[str, Any]) -> dict[str, Any]:
    """Data by the names that symbols have: λ and lambda, as a formula may be typed, are lamda."""
    from nzdiff.derive.typed.marks import ascii_name

    found = {name if name in problem.names else ascii_name(name): name for name in data}
    if len(found) < len(data):
        twice = next(name for name in data if name not in found.values())
        raise TypeError(f"bind: {twice}: given twice, as {found[ascii_name(twice)]} too")
    return {name: data[given] for name, given in found.items()}


@dataclass(frozen=True)
class Derivation(derivation.Derivation):
    """The derivatives of a problem, of first and second order, and the steps that led to them."""

    problem: Problem

    def document(
        self,
        level: Level = "full",
        *,
        check: bool = True,
        sizes: Mapping[str, int] | None = None,
        example: Example | None = None,
    ) -> Document:
        """The derivation as one document, for `markdown`, `html` and what reads it.

        level: "full" has every step, of first and second order; "short" definitions and results.
        check: whether every step is checked on its own, at a random point without rounding, and
        what everything costs is worked out and the plan compared; a second or two.
        sizes: what the costs are for, by name of the dimension; usual ones where left out.
        example: what `example` made of a small pattern.
        """
        from nzdiff.derive.show.document import document, gathers_of, steps_of

        _tell_writers()
        if not check or level != "full":
            return document(self, level, example=example)
        from nzdiff.derive.proof.entries import check_entries
        from nzdiff.derive.proof.steps import check_steps

        steps = (step for section in steps_of(self) for step in section.steps)
        holds: dict[Any, bool] = dict(check_steps(self, steps))
        holds |= check_entries(self, gathers_of(self))
        return document(self, level, holds, _costs(self, sizes), example)

    def show(self, level: Level = "full", *, example: Example | None = None) -> str:
        """Everything as text: definitions, steps with the rule of each, results."""
        from nzdiff.derive.show.text import as_text

        return as_text(self.document(level, check=False, example=example))

    def latex(
        self, level: Level = "full", *, check: bool = True, example: Example | None = None
    ) -> str:
        """The document as a LaTeX file that compiles alone; formulas break to fit its page."""
        from nzdiff.derive.show.latex import as_latex

        return as_latex(self.document(level, check=check, example=example))

    def markdown(
        self, level: Level = "full", *, check: bool = True, example: Example | None = None
    ) -> str:
        """The document as Markdown, with formulas in LaTeX between dollar signs."""
        from nzdiff.derive.show.markdown import as_markdown

        return as_markdown(self.document(level, check=check, example=example))

    def html(
        self, level: Level = "full", *, check: bool = True, example: Example | None = None
    ) -> str:
        """The document as one HTML page with native MathML; no network, no script is needed."""
        from nzdiff.derive.show.html import as_html

        return as_html(self.document(level, check=check, example=example))

    def _repr_html_(self) -> str:
        """What a notebook shows: definitions and results."""
        from nzdiff.derive.show.html import as_fragment

        return as_fragment(self.document("short"))

    def _repr_latex_(self) -> str:
        """Definitions and results in one align* environment."""
        from nzdiff.derive.show.latex import as_fragment

        return as_fragment(self.document("short"))

    def elementwise(self, dims: Mapping[str, int], **patterns: Pattern) -> Elementwise:
        """Gradient, Jacobian and Hessian entry by entry, by SymPy, in scalar symbols g1, g2, ….

        dims: a small size for each dimension, by name.  patterns: of the unknowns by name; those
        left out are full.

        Raises ValueError for names that the problem does not have, or sizes that are missing.
        """
        from nzdiff.derive.proof.elementwise import elementwise

        return elementwise(self, *_small("elementwise", self, dims, patterns))

    def example(self, dims: Mapping[str, int], **patterns: Pattern) -> Example:
        """G, g, P, vec(G) and K written out on small patterns, and the Jacobian entry by entry.

        Each entry by scalar calculus stands beside that of the Kronecker form.  Arguments are
        those of `elementwise`; ValueError where a matrix is too large to be written out.
        """
        from nzdiff.derive.proof.example import example

        _tell_writers()
        return example(self, *_small("example", self, dims, patterns))


def _tell_writers() -> None:
    """Tell examples and documents how they are written: forms load their templates when used."""
    from nzdiff.derive.show.example import WRITERS

    WRITERS.update(html=_html, latex=_latex, markdown=_markdown, fragment=_fragment)


def _html(example: Example) -> str:
    from nzdiff.derive.show.html import example_as_html

    return example_as_html(example)


def _latex(example: Example) -> str:
    from nzdiff.derive.show.latex import example_as_latex

    return example_as_latex(example)


def _markdown(example: Example) -> str:
    from nzdiff.derive.show.markdown import example_as_markdown

    return example_as_markdown(example)


def _fragment(document: Document) -> str:
    from nzdiff.derive.show.html import as_fragment

    return as_fragment(document)


def _small(
    name: str, derivation: Derivation, dims: Mapping[str, int], patterns: Mapping[str, Pattern]
) -> tuple[dict[str, Pattern], dict[str, int]]:
    """A pattern for each unknown, and sizes as numbers."""
    from nzdiff.derive.language.symbols import checked_size, sizes_of
    from nzdiff.derive.proof.proof import of_kind
    from nzdiff.pattern import Pattern

    problem = derivation.problem
    known = {str(u.name) for u in problem.wrt}
    wanted = {str(size.name) for size in problem.dimensions}
    if wanted - set(dims) or set(patterns) - known:
        raise ValueError(
            f"{name}: expected sizes of {', '.join(sorted(wanted))} and patterns of "
            f"{', '.join(sorted(known))}, got {', '.join([*map(str, dims), *patterns])}"
        )
    sizes = {size: int(checked_size(size, number)) for size, number in dims.items()}
    chosen = {
        str(u.name): patterns.get(str(u.name)) or of_kind(u, Pattern.full(sizes_of(u, sizes)))
        for u in problem.wrt
    }
    return chosen, sizes


def _costs(derivation: Derivation, sizes: Mapping[str, int] | None) -> Costs | None:
    """What the derivatives cost, the plan compared where a random point is found."""
    try:
        from nzdiff.codegen.package.costs import costs
        from nzdiff.verification.plan import plan_checks
    except ImportError:  # in a browser that has no SciPy
        return None
    try:
        found = costs(derivation, sizes)
    except (MemoryError, NotImplementedError):
        if sizes is not None:
            raise
        return None  # matrices of a declared size that does not fit
    try:
        checks = plan_checks(derivation)
    except ValueError:
        checks = ()
    return replace(found, checks=tuple((check.name, check.passed) for check in checks))


def parse(
    formula: str,
    wrt: str | Iterable[str],
    *,
    sparse: str | Iterable[str] = "",
    dense: str | Iterable[str] = "",
    diagonal: str | Iterable[str] = "",
    scalar: str | Iterable[str] = "",
    vector: str | Iterable[str] = "",
    symmetric: str | Iterable[str] = "",
    symbols: Iterable[Any] = (),
    name: str = "problem",
) -> Problem:
    """A problem from typed text: ``parse("norm2(X - Y*G'*L*G*B)^2", wrt="G", sparse="G L")``.

    formula: an energy, or a matrix function, as matrixcalculus.org and MATLAB write it (``'``,
        ``.*``, ``./``, ``.^``, ``inv``, ``tr``, ``norm2``, ``sum``, …), or as nzdiff prints it
        (``‖X − Y Gᵀ L G B‖²``); docs/reference/typed.md has the whole language.  Lines behind a
        ``where`` declare names: ``G: sparse n×m``.
    wrt: the names of the unknowns.
    sparse, dense, diagonal, scalar, vector, symmetric: names of each kind, with their sizes where
        wanted: ``"G(n, m) L"``.  What is not declared is a dense matrix if its name begins with an
        upper-case letter, a column or a number otherwise, whichever fits; Greek letters are
        numbers.  Sizes that are not given follow from the formula.
    symbols: matrices, scalars and sizes that exist already.

    Raises FormulaError, a ValueError with the line and a caret under the place, for any text that
    cannot be read or that `Problem` refuses; TypeError or ValueError for arguments that are none.
    """
    from nzdiff.derive.typed.parse import chosen, errors_at_their_places, names_of, read

    words = {
        "sparse": sparse,
        "dense": dense,
        "diagonal": diagonal,
        "scalar": scalar,
        "vector": vector,
        "symmetric": symmetric,
    }
    unknowns = names_of(wrt)
    energy, found = read(formula, symbols, unknowns, **words)
    unknown = chosen(unknowns, found)
    with errors_at_their_places(formula):
        return Problem(energy, wrt=unknown, name=name)
