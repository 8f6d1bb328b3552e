"""What a document says of costs: the price of functions, beside dense matrices, and the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

import nzdiff as nz
from nzdiff.codegen.package.costs import costs
from nzdiff.derive.show.costs import count, size
from nzdiff.derive.show.html import as_html
from nzdiff.derive.show.latex import as_latex
from nzdiff.derive.show.markdown import as_markdown
from nzdiff.derive.show.text import as_text
from nzdiff.verification.plan import plan_checks
from problems import PROBLEMS

SIZES = {"n": 200, "m": 20, "p": 10, "k": 8}


def test_costs_are_those_of_the_sizes_beside_dense_matrices() -> None:
    found = costs(PROBLEMS["seed"].derive(), SIZES)
    assert dict(found.sizes) == SIZES
    assert found.jacobian_bytes == 8 * (10 * 8) * (200 * 20)
    rows = {row.name: row for row in found.rows}
    assert list(rows) == [
        "energy",
        "energy and gradient",
        "residual",
        "J v",
        "Jᵀ w",
        "Hessian · v",
    ]
    for row in rows.values():
        assert row.dense_flops is not None and row.dense_flops > 4 * row.flops > 0
    larger = costs(PROBLEMS["seed"].derive(), {**SIZES, "n": 400})
    assert larger.rows[1].flops > found.rows[1].flops


def test_a_dense_product_costs_what_one_counts() -> None:
    m, n = nz.dims("m n")
    A, x = nz.dense("A", m, n), nz.dense("x", n)
    found = costs(nz.Problem(A * x, wrt=x).derive(), {"m": 50, "n": 30})
    rows = {row.name: row for row in found.rows}
    assert rows["residual"].flops == 2 * 50 * 30 == rows["residual"].dense_flops
    assert rows["Jᵀ w"].flops == 2 * 50 * 30


def test_what_masks_has_no_dense_price() -> None:
    problem = nz.parse("norm2(mask(U*V' - R, R))^2", wrt="U V", sparse="R")
    found = costs(problem.derive())
    assert {row.dense_flops for row in found.rows} == {None}
    with pytest.raises(ValueError, match="sizes: expected whole numbers for"):
        costs(problem.derive(), {"q": 3})


def test_the_plan_is_compared_with_the_derivation() -> None:
    checks = plan_checks(PROBLEMS["seed"].derive())
    assert len(checks) > 10 and all(check.passed for check in checks)


@pytest.mark.slow
def test_every_form_has_the_costs_and_the_plan() -> None:
    derivation = PROBLEMS["seed"].derive()
    found = replace(costs(derivation, SIZES), checks=(("gradient = interpreter", True),))
    document = replace(derivation.document("short"), costs=found)
    for form in (as_text, as_markdown, as_html, as_latex):
        shown = form(document)
        assert count(found.rows[1].flops) in shown
        assert "every comparison of the plan holds" in shown
        assert "sddmm" in shown
    failed = replace(document, costs=replace(found, checks=(("gradient = interpreter", False),)))
    for form in (as_text, as_markdown, as_html, as_latex):
        assert "does not hold: gradient" in form(failed)


def test_numbers_are_written_short() -> None:
    assert [count(x) for x in (12.0, 8680000.0, 3e12)] == ["12", "8.68 M", "3 T"]
    assert [size(x) for x in (12.0, 8e9)] == ["12 B", "8 GB"]


@pytest.mark.slow
def test_results_can_be_copied_as_programs() -> None:
    derivation = PROBLEMS["seed"].derive()
    document = replace(derivation.document("short"), costs=costs(derivation, SIZES))
    assert document.costs is not None
    kinds = {"gradient", "jacobian", "gauss_newton", "hessian"}
    assert set(document.costs.programs) == {(k, lang) for k in kinds for lang in ("Python", "C")}
    page = as_html(document)
    assert page.count('data-from="nzdiff-gradient-C"') == 2
    assert page.count('<template id="nzdiff-gradient-C">') == 1
    assert "#include" in document.costs.programs["gradient", "C"]
    compile(document.costs.programs["hessian", "Python"], "hessian.py", "exec")
