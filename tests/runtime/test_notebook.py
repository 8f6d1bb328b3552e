"""What notebooks show: records as HTML that is well formed, and SymPy's own display of nodes."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import scipy.optimize
import sympy as sp

import nzdiff as nz
from nzdiff.derive.proof.proof import Check
from nzdiff.verification.report import Report

n, m = nz.dims("n m")
G, A, X = nz.sparse("G", n, m), nz.dense("A", n, n), nz.dense("X", n, m)
PROBLEM = nz.Problem(nz.sumsq(A * G - X), wrt=G)
PATTERN = nz.Pattern(([0, 1, 2, 2], [0, 1, 0, 1]), (3, 2))


def model() -> Any:
    generator = np.random.default_rng(0)
    data: dict[str, Any] = {
        "A": generator.standard_normal((3, 3)),
        "X": generator.standard_normal((3, 2)),
    }
    return PROBLEM.bind(**data, G=PATTERN, backend="numpy")


def texts(html: str) -> str:
    """The text of HTML without its style; raises where an element is not closed."""
    body = html.partition("</style>")[2] or html
    return "".join(ET.fromstring(f"<div>{body.replace('<wbr>', '')}</div>").itertext())


def test_a_problem_shows_what_is_given_and_what_it_stands_for() -> None:
    shown = texts(PROBLEM._repr_html_())
    assert "Given" in shown and "Definitions" in shown and "Results" not in shown
    assert r"f &= A G - X" in PROBLEM._repr_latex_()


def test_a_pattern_is_a_picture_of_what_is_stored() -> None:
    shown = PATTERN._repr_html_()
    assert "3 × 2, 4 stored, g of length 4" in texts(shown)
    assert shown.count("<rect") == 5
    assert "under ties" in nz.Pattern.full((2, 2)).symmetric()._repr_html_()


def test_a_model_shows_its_formula_and_unknowns() -> None:
    shown = texts(model()._repr_html_())
    assert "Model of problem" in shown and "unknown G3 × 2, 4 values in g" in shown
    assert "numpy" in shown


def test_a_result_of_solve_shows_how_it_ended_and_is_still_scipys() -> None:
    found = nz.solve(model(), np.zeros(4), verbose=False)
    assert isinstance(found, scipy.optimize.OptimizeResult)
    shown = texts(found._repr_html_())
    assert found.message in shown and f"{found.fun:.10g}" in shown and ": success" in shown
    again = pickle.loads(pickle.dumps(found))
    assert again.fun == found.fun and again._repr_html_() == found._repr_html_()


def test_a_comparison_shows_a_row_for_each_run() -> None:
    runs = [nz.solve(model(), np.zeros(4), method) for method in ("newton", "l-bfgs")]
    shown = nz.compare(runs)._repr_html_()
    assert "2 runs" in texts(shown) and shown.count("<tr>") == 3 and 'scope="col"' in shown
    assert "newton" in texts(shown) and "l-bfgs" in texts(shown)


def test_a_verdict_shows_the_claim_and_what_would_be_right() -> None:
    right = nz.check(PROBLEM, "gradient", "2*A'*f")
    wrong = nz.check(PROBLEM, "gradient", "2*A*f")
    assert "right" in texts(right._repr_html_()) and "should be" not in right._repr_html_()
    assert "It should be" in texts(wrong._repr_html_())
    assert right._repr_latex_() == r"$\displaystyle 2 A^{\top} f$"
    assert r"2 A f \ne 2 A^{\top} f" in wrong._repr_latex_()


def test_a_report_shows_what_failed_first() -> None:
    checks = (Check("exact", "gradient", True, "equal"), Check("exact", "<b>", False, "differs"))
    shown = Report("seed", checks)._repr_html_()
    assert "FAILED" in shown and "&lt;b&gt;" in shown and "<b>" not in shown
    assert shown.index("FAIL</td>") < shown.index("ok</td>")
    assert "all passed" in replace(Report("seed", checks), checks=checks[:1])._repr_html_()


@pytest.mark.parametrize(
    ("expr", "latex", "pretty"),
    [
        (2 * nz.sumsq(X), r"2 \left\|X\right\|_F^2", "2⋅‖X‖²"),
        (nz.sumsq(X) ** 2, r"\left(\left\|X\right\|_F^2\right)^{2}", None),
        (A * nz.hadamard(X, X), r"A \left(X \circ X\right)", "A⋅(X ∘ X)"),
        (nz.kron(A, A) * nz.vec(A), r"\left(A \otimes A\right)", "(A ⊗ A)⋅vec(A)"),
        (nz.exp(X) + X, r"\operatorname{exp}.\!\left(X\right)", "exp.(X)"),
        (nz.logdet(A), r"\log\left|\det\left(A\right)\right|", "log|det(A)|"),
        (nz.domain(A + A.T), r"\delta\left(A + A^{\top} \succ 0\right)", "δ(A + Aᵀ ≻ 0)"),
        (nz.commutation(n, m), "K_{n,m}", "K_nm"),
    ],
)
def test_sympy_shows_our_nodes_as_we_do(expr: Any, latex: str, pretty: str | None) -> None:
    assert latex in sp.latex(expr)
    assert pretty is None or pretty in sp.pretty(expr, use_unicode=True)
