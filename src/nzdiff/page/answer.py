"""What the page answers: every answer is a dictionary that JSON can hold.

The same functions run behind `nzdiff serve` and in a reader's browser.  Names and derivations need
no NumPy; proofs, verdicts and code import it when they are asked for.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

from nzdiff.derive.calculus.canonical import canonical
from nzdiff.derive.language.notation import mathml, text
from nzdiff.derive.language.symbols import Matrix
from nzdiff.derive.show.breaks import parts_of
from nzdiff.derive.show.document import document, gathers_of, steps_of
from nzdiff.derive.show.html import as_fragment
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.marks import ascii_name
from nzdiff.derive.typed.parse import names_of, read
from nzdiff.page.question import Question, Wanted, question
from nzdiff.problem import Derivation, Problem, parse

Answer = dict[str, Any]
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
    notes = [str(said.message) for said in caught if said.category is UserWarning]
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
    from nzdiff.derive.proof.entries import check_entries
    from nzdiff.derive.proof.proof import prove
    from nzdiff.derive.proof.steps import check_steps

    found = _derivation(asked)
    steps = (step for section in steps_of(found) for step in section.steps)
    holds: dict[Any, bool] = {
        **check_steps(found, steps),
        **check_entries(found, gathers_of(found)),
    }
    checks = [
        {"kind": check.kind, "name": check.name, "passed": check.passed, "detail": check.detail}
        for check in prove(found)
    ]
    return {"html": as_fragment(document(found, "full", holds)), "checks": checks}


def code(asked: Question) -> Answer:
    """The C and NumPy text of the energy and its gradient, its steps, and what all costs."""
    from nzdiff.codegen.compile import checked, plan_program
    from nzdiff.codegen.emit.heading import heading
    from nzdiff.codegen.emit.targets import TARGETS
    from nzdiff.codegen.package.costs import costs
    from nzdiff.codegen.package.example import example_data
    from nzdiff.codegen.package.wanted import wanted_outputs

    found = _derivation(asked)
    problem = found.problem
    paid = costs(found, _sizes(asked.sizes))
    outputs = ("residual", "jvp", "vjp") if problem.is_function else ("energy", "gradient")
    data = checked(problem, example_data(problem, dict(paid.sizes)))
    program = plan_program(found, data, wanted_outputs(problem, outputs)[0])
    head = heading(found, program, "the page of nzdiff")
    return {
        "files": {
            name: target.text(program, head) for name, target in TARGETS.items() if target.packaged
        },
        "sizes": dict(paid.sizes),
        "sentence": paid.sentence,
        "table": [list(row) for row in paid.table],
        "plan": [list(row) for row in paid.plan],
    }


def verdict(asked: Question) -> Answer:
    """Whether a claimed derivative is right, and if not, what is wrong and what would be right."""
    from nzdiff.derive.claims.claim import check

    if not asked.claim.strip():
        raise ValueError("claim: expected a formula such as 2*A'*(A*x - b)")
    what: Any = asked.what
    by = None if what == "differential" else asked.by.strip() or None
    found = check(_problem(asked), what, asked.claim, wrt=by)
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
