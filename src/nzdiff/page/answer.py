"""What the page answers: every answer is a dictionary that JSON can hold.

The same functions run behind `nzdiff serve` and in a reader's browser.  Names and derivations need
no NumPy; proofs, verdicts and code import it when they are asked for.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from nzdiff.derive.calculus.canonical import canonical
from nzdiff.derive.language.nodes import Indicator, MapNonzeros
from nzdiff.derive.language.notation import mathml, text
from nzdiff.derive.language.symbols import Matrix, dense, sizes_of
from nzdiff.derive.show.breaks import parts_of
from nzdiff.derive.show.html import as_fragment
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.parse import ascii_name, names_of, read
from nzdiff.page.question import Question, Wanted, question
from nzdiff.problem import Derivation, Problem, parse

if TYPE_CHECKING:
    from nzdiff.codegen.emit.layout import Program
    from nzdiff.codegen.plan.sizes import Sizes
    from nzdiff.runtime.data.check import Data

Answer = dict[str, Any]
BY_PATTERN = (Indicator, MapNonzeros)
"""Nodes that mean something else of a full matrix."""
LARGEST_DENSE = 25_000_000
"""Entries of the full matrices that are made to compare with."""
LARGEST = 5000
"""The largest size that code is planned for here: data of that size is made for it."""


def answer(given: Any) -> Answer:
    """The answer to what came as JSON; of what went wrong, an ``error`` with its ``message``.

    An error of the formula or the claim has its ``place``, letters from 0, and what it is ``of``.
    Warnings come as ``notes``.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            asked = question(given)
            found = ANSWERS[asked.wanted](asked)
        except (Exception, RecursionError) as error:
            return {"error": _error(given, error)}
    notes = [str(said.message) for said in caught if issubclass(said.category, UserWarning)]
    return {**found, "notes": notes}


def names(asked: Question) -> Answer:
    """How a formula is read: its names with kinds and shapes, before unknowns are chosen."""
    unknowns = names_of(asked.wrt) if asked.wrt.strip() else []
    energy, symbols = read(asked.energy, (), unknowns, **asked.declared)
    typed = {ascii_name(word): word for word in re.findall(r"[^\W\d]\w*", asked.energy)}
    matrices_first = sorted(symbols.items(), key=lambda found: not isinstance(found[1], Matrix))
    return {
        "names": [
            {"name": name, "typed": typed.get(name, name), **_kind(symbol)}
            for name, symbol in matrices_first
        ],
        "read": _formula(canonical(energy)),
    }


def derivation(asked: Question) -> Answer:
    """The whole derivation as HTML; steps are not checked yet."""
    found = _derivation(asked)
    return {**names(asked), "html": as_fragment(found.document(check=False))}


def proof(asked: Question) -> Answer:
    """The derivation with every step checked, and each result proven."""
    from nzdiff.derive.proof.proof import prove

    found = _derivation(asked)
    checks = [
        {"kind": check.kind, "name": check.name, "passed": check.passed, "detail": check.detail}
        for check in prove(found)
    ]
    return {"html": as_fragment(found.document()), "checks": checks}


def code(asked: Question) -> Answer:
    """The C and NumPy text of the energy and its gradient, its steps and what they cost."""
    from nzdiff.codegen.compile import checked, plan_program
    from nzdiff.codegen.emit.heading import heading
    from nzdiff.codegen.emit.targets import TARGETS
    from nzdiff.codegen.package.example import example_data, example_sizes
    from nzdiff.codegen.package.wanted import wanted_outputs, wanted_sizes
    from nzdiff.codegen.plan.sizes import Sizes

    found = _derivation(asked)
    problem = found.problem
    usual = example_sizes(problem)
    sizes = {**usual, **wanted_sizes(problem, _sizes(asked.sizes))}
    outputs = ("residual", "jvp", "vjp") if problem.is_function else ("energy", "gradient")
    wanted = wanted_outputs(problem, outputs)[0]

    def planned(derivation: Derivation) -> tuple[Program, Data]:
        data = checked(derivation.problem, example_data(derivation.problem, sizes))
        return plan_program(derivation, data, wanted), data

    program, data = planned(found)
    as_dense = _as_dense(problem, sizes)
    head = heading(found, program, "the page of nzdiff")
    leaves = data.supports.leaves
    stored = {str(m.name): int(leaves[m.name].nnz) for m in problem.matrices if m.name in leaves}
    return {
        "files": {name: target.text(program, head) for name, target in TARGETS.items()},
        "sizes": sizes,
        "stored": stored,
        "dense": dict(planned(as_dense.derive())[0].flops) if as_dense else {},
        **_cost(program, Sizes(data.supports)),
    }


def verdict(asked: Question) -> Answer:
    """Whether a claimed derivative is right, and if not, what is wrong and what would be right."""
    from nzdiff.derive.claims.claim import check

    if not asked.claim.strip():
        raise ValueError("claim: expected a formula such as 2*A'*(A*x - b)")
    what: Any = asked.what
    found = check(_problem(asked), what, asked.claim)
    return {
        "right": found.right,
        "claim": _formula(found.claim),
        "truth": _formula(found.truth),
        "reasons": list(found.reasons),
        "counterexample": found.counterexample,
    }


def file(asked: Question) -> Answer:
    """The derivation in another form, to be kept."""
    found = _derivation(asked)
    forms: dict[str, tuple[str, Callable[[], str]]] = {
        "html": ("derivation.html", lambda: found.html(check=False)),
        "markdown": ("derivation.md", lambda: found.markdown(check=False)),
        "latex": ("derivation.tex", lambda: found.latex(check=False)),
        "text": ("derivation.txt", found.show),
    }
    if asked.form not in forms:
        raise ValueError(f"form: expected one of {', '.join(forms)}")
    name, written = forms[asked.form]
    return {"name": name, "text": written()}


ANSWERS: dict[Wanted, Callable[[Question], Answer]] = {
    "names": names,
    "derivation": derivation,
    "proof": proof,
    "code": code,
    "verdict": verdict,
    "file": file,
}


def _problem(asked: Question) -> Problem:
    if not asked.wrt.strip():
        raise ValueError("unknowns: choose by which of the names to differentiate")
    return parse(asked.energy, asked.wrt, **asked.declared)


def _derivation(asked: Question) -> Derivation:
    return _problem(asked).derive()


def _formula(expr: Any) -> Answer:
    """An expression as text, and as MathML in parts between which a line may break."""
    return {"text": text(expr), "mathml": parts_of(mathml(expr))}


def _kind(symbol: Any) -> Answer:
    """The kind of a symbol, as the page declares it, and its shape as text."""
    if not isinstance(symbol, Matrix):
        return {"kind": "scalar", "shape": []}
    kind: str = symbol.kind_of
    if kind != "diagonal" and symbol.symmetric:
        kind = "sparse symmetric" if kind == "sparse" else "symmetric"
    elif kind == "dense" and symbol.cols == 1 and symbol.rows != 1:
        kind = "vector"
    return {"kind": kind, "shape": [text(size) for size in symbol.shape]}


def _sizes(said: str) -> dict[str, int]:
    """``n=300, m=30`` as numbers.  Raises ValueError where it says something else."""
    found = dict[str, int]()
    for word in re.findall(r"[^\s,;]+", re.sub(r"\s*=\s*", "=", said)):
        match = re.fullmatch(r"([^\W\d]\w*)=(\d{1,9})", word)
        if match is None:
            raise ValueError(f"sizes: expected words such as n=300, got {word!r}")
        found[match[1]] = int(match[2])
        if found[match[1]] > LARGEST:
            raise ValueError(f"sizes: expected at most {LARGEST} here, got {word}")
    return found


def _as_dense(problem: Problem, sizes: Mapping[str, int]) -> Problem | None:
    """The problem with every sparse matrix full, to compare with.

    None where there is no sparse matrix, where one says by its pattern what is meant (a mask,
    functions of stored entries), or where the full ones would be large.
    """
    full = {
        m: dense(m.name, *m.shape, symmetric=m.symmetric)
        for m in problem.matrices
        if m.kind_of == "sparse"
    }
    entries = sum(prod(int(n) for n in sizes_of(m, dict(sizes))) for m in full)
    if not full or problem.energy.has(*BY_PATTERN) or entries > LARGEST_DENSE:
        return None
    return Problem(problem.energy.xreplace(full), wrt=tuple(full.get(u, u) for u in problem.wrt))


def _cost(program: Program, sizes: Sizes) -> Answer:
    """The steps of a plan, what each costs, and the sums."""
    from nzdiff.codegen.plan import describe
    from nzdiff.codegen.plan.price import memory_formula, peak_bytes, price

    rows = [(step, price(step, sizes)) for step in program.plan.steps]
    return {
        "steps": [
            {
                "step": describe(step),
                "computes": step.out.formula,
                "flops": float(cost.flops),
                "bytes": float(cost.bytes),
            }
            for step, cost in rows
        ],
        "flops": dict(program.flops),
        "workspace": memory_formula(program.plan),
        "peak_bytes": float(peak_bytes(program.plan, sizes)),
    }


def _error(given: Any, error: BaseException) -> Answer:
    """What to say of an error: its message; of a formula that cannot be read, also the place."""
    said = str(error) or type(error).__name__
    if isinstance(error, RecursionError):
        said = "the formula is too deep; write it in smaller parts"
    elif not isinstance(error, (ValueError, TypeError, NotImplementedError, MemoryError)):
        said = f"{type(error).__name__}: {said}"
    found: Answer = {"message": said}
    if isinstance(error, FormulaError):
        of = (name for name in ("claim", "energy") if _begins(given.get(name, ""), error.text))
        found |= {"place": error.place, "of": next(of, "")}
    return found


def _begins(said: str, part: str) -> bool:
    """Whether a part is the formula of a text, which ends before ``where``."""
    return bool(part) and said.startswith(part)
