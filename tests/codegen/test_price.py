"""One price: planning takes a product for what its steps cost, and forms are the cheapest."""

import os
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked
from nzdiff.codegen.lower.build import Matrices
from nzdiff.codegen.lower.chains.planner import ChainPlanner
from nzdiff.codegen.lower.chains.structure import chain_of, structure_of
from nzdiff.codegen.lower.choose import lower
from nzdiff.codegen.lower.names import Names
from nzdiff.codegen.plan.forms import factors_of, form_seconds, specialised
from nzdiff.codegen.plan.price import price
from nzdiff.codegen.plan.sizes import LOOKED_AT, Sizes
from nzdiff.runtime.data.spec import PanelForm
from nzdiff.runtime.data.support import leaf_support
from nzdiff.runtime.data.supports import Supports
from plans import EVERY, FILE, PLANS, assembly_line, line, planned
from problems import (
    PROBLEMS,
    B,
    C,
    G,
    L,
    Q,
    R,
    V,
    X,
    Y,
    n,
    random_data,
    scattered,
)

ORIENTATION = 0.02
"""Planning does not know which way round an intermediate product will be stored."""
PATTERN = {"n": 40, "m": 12, "p": 9, "k": 7}
KEPT = FILE.read_text(encoding="utf-8").splitlines()


def test_every_plan_is_kept() -> None:
    names = [" ".join(plan) for plan in PLANS] + [f"{name} assembled" for name in PROBLEMS]
    assert [line.partition(":")[0] for line in KEPT] == names


@pytest.mark.parametrize("plan", PLANS, ids=" ".join)
def test_a_plan_takes_the_steps_and_costs_what_it_did(plan: tuple[str, str]) -> None:
    assert line(*plan) in KEPT, "if it is meant: python tests/tables/plans.py"


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_plan_of_assembled_matrices_takes_the_steps_it_did(name: str) -> None:
    assert assembly_line(name) in KEPT, "if it is meant: python tests/tables/plans.py"


@pytest.mark.parametrize("name", EVERY)
def test_every_step_has_a_price(name: str) -> None:
    plan, sizes = planned(name)
    for step in plan.steps:
        seconds = price(step, sizes).seconds
        assert np.isfinite(seconds), ir.describe(step)
        assert seconds > 0, ir.describe(step)


@pytest.mark.parametrize("name", PROBLEMS)
def test_forms_are_the_cheapest_by_price(name: str) -> None:
    plan, sizes = planned(name)
    for step in plan.steps:
        if isinstance(step, ir.SparseProduct) and step.out.inputs:
            factors = factors_of(step, sizes)
            diagonal = sizes.is_diagonal(factors.left) or sizes.is_diagonal(factors.right)
            seconds: dict[ir.ProductForm, float] = {"pairs": form_seconds(factors, "pairs", sizes)}
            for form in () if diagonal else get_args(PanelForm):
                if _runs(step, form):
                    seconds[form] = form_seconds(factors, form, sizes)
            least = min(seconds.values())
            assert seconds[step.form] == least or seconds["pairs"] < 5e-7


def _runs(step: ir.SparseProduct, form: str) -> bool:
    """Whether the operands are stored for a form."""
    left, right = step.left.transposed, step.right.transposed
    return {"spread": not right, "outer": left and not right, "sampled": not left}[form]


PRODUCTS = {
    "dense": X * B.T * Y.T,
    "sparse and dense": L * G * B,
    "dense and sparse": Y * G.T * L,
    "sparse": G.T * L * G,
    "sparse, deep": L * G * G.T * L * G,
    "diagonal": G * V * B,
    "with dense ones between": G.T * R * B.T,
    "triangular route": C * L * G * B,
    "square": Q * L * G,
}


def builder() -> Matrices:
    problem = nz.Problem(
        nz.sumsq(X - Y * G.T * L * G * B) + nz.sumsq(G * V * C * Q) + nz.sumsq(R * B.T * V), wrt=G
    )
    given = random_data(problem, PATTERN, scattered, np.random.default_rng(1))
    data = checked(problem, given)
    structure = structure_of(problem.derive(), data.supports)
    made = Matrices(structure, Sizes(data.supports), {}, 1.0, False, Names())
    for matrix in problem.matrices:
        made.argument(matrix)
    return made


@pytest.mark.parametrize("name", PRODUCTS)
def test_planning_takes_a_product_for_what_its_steps_cost(name: str) -> None:
    made = builder()
    chain = chain_of(PRODUCTS[name])[1]
    taken_for = made.full_seconds(chain)
    made.full(chain)
    assert taken_for == pytest.approx(_cost(made), rel=ORIENTATION)


@pytest.mark.parametrize("name", ["sparse", "sparse, deep", "sparse and dense", "square"])
def test_planning_takes_a_sample_for_what_its_steps_cost(name: str) -> None:
    made = builder()
    chain = chain_of(PRODUCTS[name])[1]
    rows, cols = chain[0].rows, chain[-1].cols
    pattern = made.sizes.supports.leaves["L" if rows == cols == "n" else "G"]
    if (rows, cols) not in (("n", "m"), ("n", "n")):
        shape = made.sizes.dim(rows), made.sizes.dim(cols)
        pattern = sparse.csr_array(np.eye(*shape))
        made.sizes.supports.leaves["at"] = pattern
    at = leaf_support("at", rows, cols)
    made.sizes.supports.leaves["at"] = pattern
    taken_for = made.sampled_seconds(chain, at)
    made.sampled(chain, at)
    assert taken_for == pytest.approx(_cost(made))


def _cost(made: Matrices) -> float:
    """What the steps cost in the forms they run in; those without an unknown hardly anything."""
    steps = specialised(made.steps, made.sizes)
    weights = [1.0 if step.out.inputs else 1e-3 for step in steps]
    return sum(w * price(s, made.sizes).seconds for w, s in zip(weights, steps, strict=True))


@pytest.mark.slow
def test_a_high_power_is_planned_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found for one term of ∂²‖S¹⁰‖² holds in all others: 37,000 entries without that."""
    planners: list[ChainPlanner] = []
    usual = ChainPlanner.__post_init__

    def counted(self: ChainPlanner) -> None:
        usual(self)
        planners.append(self)

    monkeypatch.setattr(ChainPlanner, "__post_init__", counted)
    S = nz.sparse("S", n, n)
    problem = nz.Problem(nz.sumsq(S**10), wrt=S)
    pattern = nz.Pattern(([0, 1, 2, 3, 4, 0, 2], [1, 2, 3, 4, 0, 3, 0]), (5, 5))
    data = checked(problem, {"S": pattern})
    lower(problem.derive(), data.supports)
    assert sum(planner.entries for planner in planners) < 12_000


def test_patterns_are_told_apart_by_their_positions() -> None:
    rng = np.random.default_rng(0)
    full, some = np.ones((6, 6)), rng.random((6, 6)) < 0.4
    supports = Supports(
        {"n": 6}, {"A": sparse.csr_array(full), "B": sparse.csr_array(some.astype(float))}
    )
    sizes = Sizes(supports)
    A, B = leaf_support("A", "n", "n"), leaf_support("B", "n", "n")
    assert sizes.number(A) == sizes.number(A @ A) == sizes.number(A.T)
    assert sizes.number(B) != sizes.number(A)
    product = sizes.product(sizes.number(B), sizes.number(B))
    assert product == sizes.number(B @ B)
    assert sizes.transposed(product) == sizes.number((B @ B).T)
    assert sizes.multiplications(sizes.number(B), sizes.number(B), product)[0] == pytest.approx(
        float((some.astype(float) @ some.astype(float)).sum())
    )


def test_multiplications_are_estimated_from_some_of_many_rows() -> None:
    rows = 5 * LOOKED_AT
    path = sparse.diags_array([1.0, 1.0], offsets=[0, 1], shape=(rows, rows), format="csr")
    sizes = Sizes(Supports({"n": rows}, {"A": path}))
    A = leaf_support("A", "n", "n")
    number = sizes.number(A)
    found, _ = sizes.multiplications(number, number, sizes.product(number, number))
    assert found == pytest.approx(4.0 * rows, rel=0.05)


@pytest.mark.parametrize("name", ["diagonals", "dense_and_sparse"])
def test_a_plan_has_no_step_that_nothing_needs(name: str) -> None:
    """Of two residuals one has a Gram form, which is then not used."""
    plan, _ = planned(name)
    alive = ir.needed(plan, plan.results)
    assert [ir.describe(step) for step in plan.steps if step.out not in alive] == []


@pytest.mark.slow
def test_a_plan_is_the_same_whatever_the_order_of_sets() -> None:
    program = "from plans import line; print(line('diagonals', 'scattered'))"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "5")
    }
    assert len(found) == 1
