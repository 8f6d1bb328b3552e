"""Answers of the page: what is asked is text, what comes back is JSON, and nothing is run."""

import json
from typing import Any

import pytest

from nzdiff.page.answer import answer
from nzdiff.page.question import LONGEST, question

SEED = {"energy": "norm2(X - Y*G'*L*G*B)^2", "wrt": "G", "sparse": "G L"}
GRADIENT = "-2*(L*G*B*f'*Y + L'*G*Y'*f*B')"


def asked(wanted: str, **more: str) -> dict[str, Any]:
    found = answer({**SEED, "wanted": wanted, **more})
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def test_names_come_with_kinds_and_shapes_before_unknowns_are_chosen() -> None:
    found = answer({"wanted": "names", "energy": "norm2(A*x - b)^2 + lambda*sum(x)"})
    assert [(n["name"], n["kind"], n["shape"]) for n in found["names"]] == [
        ("A", "dense", ["n", "m"]),
        ("x", "vector", ["m", "1"]),
        ("b", "vector", ["n", "1"]),
        ("lamda", "scalar", []),
    ]


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ({"sparse": "A"}, "sparse"),
        ({"symmetric": "A"}, "symmetric"),
        ({"sparse": "A", "symmetric": "A"}, "sparse symmetric"),
        ({"diagonal": "A(n)"}, "diagonal"),
    ],
)
def test_a_kind_that_is_declared_comes_back_as_the_page_declares_it(
    declared: dict[str, str], kind: str
) -> None:
    found = answer({"wanted": "names", "energy": "x'*A*x", **declared})
    assert {n["name"]: n["kind"] for n in found["names"]}["A"] == kind


def test_a_derivation_is_html_with_its_steps() -> None:
    found = asked("derivation")
    assert "<math" in found["html"]
    assert "<script" not in found["html"]
    assert found["read"]["text"] == "‖X − Y Gᵀ L G B‖²"


def test_a_proof_checks_steps_and_results() -> None:
    found = answer({"wanted": "proof", "energy": "norm2(A*x - b)^2", "wrt": "x"})
    assert found["checks"]
    assert all(check["passed"] for check in found["checks"])
    assert "does not hold" not in found["html"]


def test_code_is_planned_for_the_sizes_that_are_asked_for() -> None:
    found = asked("code", sizes="n=40, m = 6")
    assert (found["sizes"]["n"], found["sizes"]["m"]) == (40, 6)
    assert "n = 40" in found["sentence"]
    assert "def gradient" in found["files"]["numpy"]
    assert "FUNCTION(gradient)" in found["files"]["c"]
    assert {row[0] for row in found["table"]} >= {"energy", "energy and gradient"}
    assert found["plan"][0] == ["step", "computes", "operations", "bytes"]
    assert "Gᵀ L G" in {row[1] for row in found["plan"]}


def test_code_of_a_matrix_function_has_its_products() -> None:
    found = answer({"wanted": "code", "energy": "A*X*A'", "wrt": "A", "sizes": "n=9 m=8"})
    assert "FUNCTION(jvp)" in found["files"]["c"]
    assert "FUNCTION(vjp)" in found["files"]["c"]


def test_a_verdict_says_right_or_what_would_be() -> None:
    assert asked("verdict", claim=GRADIENT)["right"]
    wrong = asked("verdict", claim=GRADIENT.replace("L'*", "L*"))
    assert not wrong["right"]
    assert wrong["reasons"][0] == "right only where L is symmetric"
    assert wrong["truth"]["text"] == "−2 (L G B fᵀ Y + Lᵀ G Yᵀ f Bᵀ)"


def test_a_verdict_on_several_unknowns_says_by_which() -> None:
    factored = {"wanted": "verdict", "energy": "norm2(A - U*V')^2", "wrt": "U V"}
    assert answer({**factored, "by": "V", "claim": "-2*f'*U"})["right"]
    both = {**factored, "by": "V", "what": "differential", "claim": "-dU*V' - U*dV'"}
    assert answer(both)["right"]
    said = answer({**factored, "claim": "-2*f'*U"})["error"]["message"]
    assert "which of the several unknowns is meant, 'U' or 'V'" in said


@pytest.mark.parametrize("form", ["html", "markdown", "latex", "text"])
def test_a_derivation_can_be_kept(form: str) -> None:
    found = answer({"wanted": "file", "energy": "norm2(A*x)^2", "wrt": "x", "form": form})
    assert found["name"].startswith("derivation.")
    assert found["text"]


def test_warnings_come_as_notes() -> None:
    found = answer({"wanted": "derivation", "energy": "0*sum(x) + norm2(y)^2", "wrt": "x y"})
    assert found["notes"] or "error" in found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "question: expected wanted, energy"),
        ([1], "question: expected wanted, energy"),
        ({"wanted": "names"}, "question: expected wanted, energy"),
        ({"wanted": "names", "energy": "x", "file": "/etc/passwd"}, "question: expected"),
        ({"wanted": "names", "energy": 1}, "energy: expected text, got int"),
        ({"wanted": "names", "energy": None}, "energy: expected text, got NoneType"),
        ({"wanted": "__class__", "energy": "x"}, "wanted: expected one of"),
        ({"wanted": "names", "energy": "x" * (LONGEST + 1)}, "energy: expected at most"),
        ({"wanted": "names", "energy": "x", "wrt": "x " * 501}, "wrt: expected at most"),
        ({"wanted": "derivation", "energy": "sum(x)"}, "unknowns: choose"),
        ({"wanted": "verdict", "energy": "sum(x)", "wrt": "x"}, "claim: expected a formula"),
        ({"wanted": "file", "energy": "sum(x)", "wrt": "x", "form": "exe"}, "form: expected"),
        ({**SEED, "wanted": "code", "sizes": "n=1e9"}, "sizes: expected words such as"),
        ({**SEED, "wanted": "code", "sizes": "n=9999"}, "sizes: expected at most 5000"),
        ({**SEED, "wanted": "code", "sizes": "q=9"}, "sizes: expected whole numbers for"),
        ({**SEED, "wanted": "verdict", "claim": "2*Q"}, "Q: not a symbol of the problem"),
    ],
)
def test_what_is_no_question_is_answered_by_what_was_expected(given: Any, said: str) -> None:
    found = answer(given)
    assert set(found) == {"error"}
    assert found["error"]["message"].startswith(said)


@pytest.mark.parametrize(
    "energy",
    [
        "__import__('os').system('id')",
        "open('/etc/passwd').read()",
        "(lambda: 1)()",
        "x.__class__.__mro__",
        "exec(x)",
        "eval(x)",
        "norm2(x)^2 where x: dense __import__('os')×1",
        "{{ 7*7 }}",
        "<script>alert(1)</script>",
        "(" * 3000,
        "((((x" * 500,
        "x" + "'" * 3000,
        "-" * 3999 + "x",
        "\x00",
        "",
    ],
)
def test_no_formula_runs_anything(energy: str) -> None:
    found = answer({"wanted": "derivation", "energy": energy, "wrt": "x"})
    assert "error" in found or energy.endswith(("'", "x"))
    said = json.dumps(found)
    assert "uid=" not in said
    assert "root:" not in said
    assert "Traceback" not in said


def test_names_in_a_derivation_are_escaped() -> None:
    found = answer({"wanted": "names", "energy": "x", "dense": "<img src=x onerror=alert(1)>"})
    assert "error" in found


@pytest.mark.parametrize(
    ("given", "place", "of"),
    [
        ({"wanted": "names", "energy": "norm2(A*x - b"}, 13, "energy"),
        ({**SEED, "wanted": "verdict", "claim": "-2*(L*"}, 6, "claim"),
        ({"wanted": "names", "energy": "x", "dense": "x(("}, None, ""),
    ],
)
def test_an_error_has_the_place_of_what_is_wrong(
    given: dict[str, str], place: int | None, of: str
) -> None:
    error = answer(given)["error"]
    if place is not None:
        assert (error["place"], error["of"]) == (place, of)
    else:
        assert error.get("of", "") == ""


def test_a_question_holds_what_was_declared() -> None:
    found = question({"wanted": "names", "energy": "x", "sparse": "G L", "scalar": "c"})
    assert found.declared == {"sparse": "G L", "scalar": "c"}
