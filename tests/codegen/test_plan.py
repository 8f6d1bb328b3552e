"""The plan: what runs is the cost model's choice, never the spelling's, and never dense n × m."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.heading import heading
from nzdiff.codegen.emit.layout import Program, layout
from nzdiff.codegen.emit.statements import Call
from nzdiff.codegen.emit.targets import TARGETS
from nzdiff.codegen.lower.assembly import requests_of
from nzdiff.codegen.lower.choose import lower
from nzdiff.codegen.lower.factoring import factored
from nzdiff.codegen.lower.fusion import fused
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.codegen.plan import describe
from nzdiff.codegen.plan.price import FREE, Cost, memory_formula, peak_bytes, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.problem import Problem
from nzdiff.runtime.data import supports as patterns
from nzdiff.runtime.data.support import leaf_support
from nzdiff.runtime.data.supports import Supports

n, m, p, k = nz.dims("n m p k")
X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
SEED = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G)
SIZES = {"n": 2000, "m": 100, "p": 90, "k": 50}


def planned(problem: Problem, sizes: dict[str, int], seed: int = 0) -> tuple[Program, Sizes]:
    data = checked(problem, example_data(problem, sizes, seed=seed))
    supports = Supports(data.dims, data.structures)
    return layout(lower(problem.derive(), supports), Sizes(supports)), Sizes(supports)


@pytest.mark.parametrize(
    "product",
    [Y * ((G.T * L * G) * B), Y * (G.T * (L * (G * B))), ((Y * G.T) * L) * (G * B)],
    ids=["(G'LG)B", "G'(L(GB))", "(YG')L(GB)"],
)
def test_the_spelling_makes_no_difference_to_what_runs(product: object) -> None:
    spelled, _ = planned(nz.Problem(nz.sumsq(X - product), wrt=G), SIZES)
    plain, _ = planned(SEED, SIZES)
    assert spelled.plan == plain.plan


@pytest.mark.parametrize("sizes", [SIZES, {"n": 40, "m": 30, "p": 3, "k": 2}])
def test_no_dense_value_has_the_shape_of_the_unknown(sizes: dict[str, int]) -> None:
    program, _ = planned(SEED, sizes)
    shapes = {
        frozenset((value.rows, value.cols))
        for value in program.plan.values
        if value.support is None and not value.scalar
    }
    assert frozenset(("n", "m")) not in shapes


def test_a_sparse_unknown_goes_through_the_sparse_product() -> None:
    program, sizes = planned(SEED, {"n": 80_000, "m": 1000, "p": 1000, "k": 100})
    dense_of_n = [
        value
        for value in program.plan.values
        if value.support is None and "n" in (value.rows, value.cols)
    ]
    assert dense_of_n == []
    sampled = [step for step in program.plan.steps if isinstance(step, ir.Sddmm)]
    stored = sizes.count(next(v for v in program.plan.arguments if v.name == "G"))
    assert all(sizes.count(step.out) < stored / 4 for step in sampled)


def test_a_full_unknown_goes_through_dense_products() -> None:
    data = example_data(SEED, {"n": 300, "m": 200, "p": 5, "k": 2})
    data["G"] = nz.Pattern.full((300, 200))
    data["L"] = sparse.csr_array(np.random.default_rng(0).standard_normal((300, 300)))
    program = plan_program(SEED.derive(), checked(SEED, data))
    assert not any(isinstance(step, ir.SparseProduct) for step in program.plan.steps)
    assert any(
        isinstance(step, ir.Sddmm) and str(step.out.support) == "G" for step in program.plan.steps
    )


def test_energy_and_gradient_cost_little_more_than_two_energies() -> None:
    program, _ = planned(SEED, {"n": 5000, "m": 500, "p": 500, "k": 100})
    flops = dict(program.flops)
    union = _union_flops(program, SEED, {"n": 5000, "m": 500, "p": 500, "k": 100})
    assert union <= 2.2 * flops["energy"]


def test_every_value_is_computed_once() -> None:
    program, _ = planned(SEED, SIZES)
    matrices = [step.out for step in program.plan.steps if not step.out.scalar]
    formulas = [(value.formula, value.support) for value in matrices]
    products = [entry for entry in formulas if not entry[0].startswith(("−", "("))]
    assert len(products) == len(set(products))


def test_what_does_not_depend_on_g_is_hoisted() -> None:
    C = nz.dense("C", k, k)
    program, _ = planned(nz.Problem(nz.sumsq(X * C - Y * G.T * L * G * B * C), wrt=G), SIZES)
    routines = program.stages[program.moving :]
    statements = [statement for routine in routines for statement in routine.statements]
    hoisted = {s.kernel for s in statements if isinstance(s, Call)}
    assert "gemm_nn" in hoisted
    constant = {step.out.formula for step in program.plan.steps if not step.out.inputs}
    assert constant & {"X C", "B C"}


def test_steps_are_in_an_order_of_dependencies() -> None:
    program, _ = planned(SEED, SIZES)
    plan = program.plan
    known = {*plan.arguments, *plan.tangents, *plan.cotangents}
    for step in plan.steps:
        assert set(ir.reads(step)) <= known
        known.add(step.out)


def test_costs_are_counted_in_closed_form() -> None:
    program, sizes = planned(SEED, SIZES)
    gemm = next(step for step in program.plan.steps if isinstance(step, ir.Gemm))
    assert price(gemm, sizes).flops == 2 * 90 * 100 * 50
    assert peak_bytes(program.plan, sizes) == 8 * sum(
        sizes.count(step.out) for step in program.plan.steps
    )
    assert memory_formula(program.plan).startswith("8 (")
    assert all(describe(step) for step in program.plan.steps)


def test_memory_of_a_bound_model_is_what_the_plan_states() -> None:
    data = example_data(SEED, SIZES)
    model = SEED.bind(**data, backend="numpy")
    program = plan_program(SEED.derive(), checked(SEED, data))
    supports = Supports(model_dims(data), checked(SEED, data).structures)
    supports.add_groupings(program.plan.groupings)
    stated = peak_bytes(program.plan, Sizes(supports))
    given = {*(x.name for x in program.plan.arguments)} - {"G"}
    held = sum(a.nbytes for name, a in model._bound.memory.arrays.items() if name not in given)
    inputs = [*program.plan.tangents, *program.plan.cotangents]
    moving = 8 * sum(Sizes(supports).count(value) for value in inputs)
    assert held == stated + moving + 8 * model.size


def model_dims(data: dict[str, object]) -> dict[str, int]:
    return checked(SEED, data).dims


def test_the_emitted_source_does_not_grow_with_the_pattern() -> None:
    small, _ = planned(SEED, SIZES, seed=1)
    large, _ = planned(SEED, {"n": 40_000, "m": 2000, "p": 90, "k": 50}, seed=2)
    first, second = texts(small)["c"], texts(large)["c"]
    assert len(first) < 60_000
    assert len(second) < len(first) + 2000  # the plan may be a shorter one


def texts(program: Program) -> dict[str, str]:
    head = heading(SEED.derive(), program, "a test")
    return {name: target.text(program, head) for name, target in TARGETS.items()}


def test_the_same_problem_gives_the_same_text() -> None:
    first, second = (texts(planned(SEED, SIZES)[0]) for _ in range(2))
    assert first == second


def test_example_sizes_cover_every_dimension() -> None:
    assert set(example_sizes(SEED)) == {"n", "m", "p", "k"}
    with pytest.raises(ValueError, match="missing k"):
        example_data(SEED, {"n": 3, "m": 3, "p": 3})


def _union_flops(program: Program, problem: Problem, sizes: dict[str, int]) -> float:
    _, at = planned(problem, sizes)
    plan = program.plan
    wanted = ir.needed(plan, (*plan.output("energy"), *plan.output("gradient")))
    return sum(price(s, at).flops for s in plan.steps if s.out in wanted and s.out.inputs)


def test_a_pattern_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    star = sparse.csr_array(np.ones((400, 1)))
    supports = Supports({"n": 400, "m": 1}, {"G": star})
    at = leaf_support("G", "n", "m")
    assert supports.nnz(at @ at.T) == 400 * 400
    monkeypatch.setattr(patterns, "physical_bytes", lambda: 1_000_000)
    with pytest.raises(MemoryError, match=r"1\.6e\+05 stored positions"):
        Supports({"n": 400, "m": 1}, {"G": star}).nnz(at @ at.T)


# the seed energy at a medium size, counted


MEDIUM = {"n": 5000, "m": 500, "p": 500, "k": 100}
S = nz.sparse("L", n, n, symmetric=True)
SEEDS = {"plain": SEED, "symmetric": nz.Problem(nz.sumsq(X - Y * G.T * S * G * B), wrt=G)}
DENSE_PRODUCT = 2 * MEDIUM["p"] * MEDIUM["m"] * MEDIUM["k"]
every_seed = pytest.mark.parametrize("seed", SEEDS)


@cache
def medium(seed: str) -> tuple[Program, Sizes]:
    return planned(SEEDS[seed], MEDIUM)


def steps_of(seed: str, *outputs: str, moved_by: str = "") -> list[ir.Step]:
    """The steps behind outputs; moved_by: those alone that depend on a tangent, or a cotangent."""
    plan = medium(seed)[0].plan
    values = {**_outputs(plan), "energy": plan.output("energy")}
    wanted = ir.needed(plan, tuple(value for name in outputs for value in values[name]))
    return [
        step
        for step in plan.steps
        if step.out in wanted and any(name.startswith(moved_by) for name in step.out.inputs)
    ]


def _outputs(plan: ir.Plan) -> dict[str, tuple[ir.Value, ...]]:
    return {
        "gradient": plan.output("gradient"),
        "jvp": plan.output("jvp"),
        "vjp": plan.output("vjp"),
        "gnvp": plan.output("gnvp"),
    }


def total(seed: str, steps: list[ir.Step]) -> Cost:
    return sum((price(step, medium(seed)[1]) for step in steps), start=FREE)


@every_seed
def test_a_gradient_costs_as_much_as_the_energy_again(seed: str) -> None:
    energy = total(seed, steps_of(seed, "energy"))
    both = total(seed, steps_of(seed, "energy", "gradient"))
    assert both.flops <= 2.2 * energy.flops
    assert both.bytes <= 2.2 * energy.bytes
    assert both.seconds <= 2.2 * energy.seconds


@every_seed
@pytest.mark.parametrize(("output", "moved_by"), [("jvp", "dG"), ("vjp", "W_"), ("gnvp", "dG")])
def test_a_direction_costs_one_dense_product_and_little_else(
    seed: str, output: str, moved_by: str
) -> None:
    flops = total(seed, steps_of(seed, output, moved_by=moved_by)).flops
    assert flops <= 1.15 * DENSE_PRODUCT


@every_seed
def test_an_energy_costs_less_than_one_dense_product(seed: str) -> None:
    """Half of one where Y is made triangular, and nothing of the size of n × p or n × k."""
    assert total(seed, steps_of(seed, "energy")).flops <= 0.6 * DENSE_PRODUCT
    largest = max(medium(seed)[1].count(step.out) for step in steps_of(seed, "energy"))
    assert largest <= MEDIUM["m"] * max(MEDIUM["p"], MEDIUM["k"])


def test_a_symmetric_matrix_saves_sparse_products() -> None:
    counts = {
        seed: sum(
            isinstance(step, ir.SparseProduct) for step in steps_of(seed, "energy", "gradient")
        )
        for seed in SEEDS
    }
    assert counts["symmetric"] < counts["plain"]
    costs = {seed: total(seed, steps_of(seed, "energy", "gradient")) for seed in SEEDS}
    assert costs["symmetric"].bytes < costs["plain"].bytes


# sums that take products in


def _value(name: str, *inputs: str) -> ir.Value:
    return ir.Value(name, name, "m", "k", None, frozenset(inputs))


def _sum(out: ir.Value, *terms: ir.Value) -> ir.Combine:
    return ir.Combine(out, tuple((1.0, ir.Operand(term)) for term in terms))


def _product(out: ir.Value) -> ir.Gemm:
    return ir.Gemm(out, ir.Operand(_value("A")), ir.Operand(_value("B")))


def test_a_product_is_added_where_it_is_used_once() -> None:
    x, v, f = _value("X"), _value("V", "G"), _value("f", "G")
    (step,) = fused((_product(v), _sum(f, x, v)), str)
    assert step == replace(_product(f), plus=(1.0, x))


def test_a_product_that_is_read_elsewhere_stays() -> None:
    x, v, f = _value("X"), _value("V", "G"), _value("f", "G")
    steps = _product(v), _sum(f, x, v)
    assert fused(steps, str, outputs=(v,)) == steps
    twice = (*steps, _sum(_value("h", "G"), v, x))
    assert fused(twice, str) == twice


def test_a_product_that_moves_less_than_the_sum_is_computed_once() -> None:
    """Else A B would be multiplied at every g, or V(g) for every direction."""
    x, f = _value("X", "G"), _value("f", "G", "dG")
    for v in (_value("V"), _value("V", "G")):
        steps = _product(v), _sum(f, v, x)
        assert fused(steps, str) == steps


def _sampled(dense: ir.Value) -> tuple[ir.Spmm, ir.Combine, ir.Sddmm]:
    """W = (S B)ᵀ and [A Wᵀ] at the pattern of S."""
    pattern = leaf_support("S", "n", "n")
    s = ir.Value("S", "S", "n", "n", pattern, frozenset({"G"}))
    made, turned, out = (_value(name, "G") for name in ("V", "W", "T"))
    turn = ir.Combine(turned, ((1.0, ir.Operand(made, transposed=True)),))
    product = ir.Spmm(made, ir.Operand(s), dense)
    return product, turn, ir.Sddmm(replace(out, support=pattern), _value("A"), turned)


def test_a_product_whose_columns_are_sampled_is_never_whole() -> None:
    dense = _value("B")
    product, turn, sampled = steps = _sampled(dense)
    strips, whole = fused(steps, lambda name: f"{name}_2")
    laid = replace(dense, name="B_strips_2", formula="the columns of B in strips")
    assert strips == ir.Strips(laid, dense)
    assert whole == ir.SampledSpmm(sampled.out, sampled.left, product.left, laid)
    twice = (*steps, ir.Sddmm(replace(sampled.out, name="U"), _value("C"), turn.out))
    assert fused(twice, str) == twice
    assert fused(steps, str, outputs=(product.out,)) == steps
    moving = _sampled(_value("B", "G"))
    assert fused(moving, str) == moving, "it would be laid out in strips each time"


def test_a_gradient_that_another_one_uses_is_there() -> None:
    A, C, W = nz.dense("A", n, m), nz.dense("C", n, k), nz.dense("W", m, k)
    U, V = nz.dense("U", n, k), nz.dense("V", n, k)
    energy = nz.trace(U.T * A * W) + nz.trace(V.T * A * W) + nz.trace(V.T * C)
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {"A": rng.standard_normal((4, 3)), "C": rng.standard_normal((4, 2))}
    model = nz.Problem(energy, wrt=(U, V, W)).bind(**data, backend="numpy")
    g = rng.standard_normal(model.size)
    u, v, w = model.unpack(g)
    expected = model.pack(data["A"] @ w, data["A"] @ w + data["C"], data["A"].T @ (u + v))
    assert np.allclose(model.gradient(g), expected, rtol=1e-13, atol=1e-13)


def test_a_product_of_data_is_not_computed_at_every_point() -> None:
    for name in ("A", "Z"):  # whichever of the two products comes first
        constant = nz.dense(name, p, p) * nz.dense("F", p, k)
        problem = nz.Problem(nz.sumsq(constant + Y * G.T * L * G * B), wrt=G)
        program, _ = planned(problem, SIZES)
        made = {s.out.formula: s for s in program.plan.steps if isinstance(s, ir.Gemm)}
        assert made[f"{name} F"].out.inputs == frozenset()


def test_a_sum_is_written_as_a_product_with_what_its_terms_share() -> None:
    P, Q, R, S = (nz.dense(name, n, n) for name in "PQRS")
    assert factored(S * P + S * Q) == S * (P + Q)
    assert factored(2 * P * S * R - Q * S * R) == (2 * P - Q) * S * R
    for expr in (S * P, S * P + Q * S, (S * P + S * Q) * R, P * (S * Q + S * R)):
        assert factored(expr) == expr


def test_a_product_of_entries_is_named_by_its_factors() -> None:
    H, N = nz.sparse("H", n, m), nz.sparse("N", n, m)
    program, _ = planned(nz.Problem(nz.sumsq(nz.hadamard(G, H, N) * B), wrt=G), SIZES)
    named = [step.out.formula for step in program.plan.steps if isinstance(step, ir.Multiply)]
    assert {"G ∘ H", "G ∘ H ∘ N"} <= set(named)


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_linear_energy_has_a_hessian_of_zeros(backend: str) -> None:
    problem = nz.Problem(nz.total(L * G), wrt=G)
    ones = sparse.csr_array(np.ones((3, 3)))
    model = problem.bind(L=ones, G=nz.Pattern.full((3, 3)), backend=backend)
    assert (model.hessian(np.ones(9)) @ np.ones(9)).tolist() == [0.0] * 9


def test_a_function_has_no_gauss_newton_matrix() -> None:
    function = nz.Problem(G.T * L, wrt=G)
    assert {operator for operator, _ in requests_of(function.derive())} <= {"hessian", "jacobian"}
    squares = requests_of(SEED.derive())
    assert {operator for operator, _ in squares} == {"hessian", "jacobian", "gauss_newton"}


def test_a_call_says_whether_it_reads_what_it_fills() -> None:
    K, C = nz.dense("K", n, n), nz.dense("C", n, n)
    energy = nz.sumsq(K + K.T + L + L.T) + nz.sumsq(L * L + L + L.T) + nz.sumsq(C - K * C)
    program, _ = planned(nz.Problem(energy, wrt=K), {"n": 9})
    routines = (*program.stages, *program.functions)
    calls = [s for routine in routines for s in routine.statements if isinstance(s, Call)]
    reads = {call.kernel for call in calls if call.updates}
    assert reads >= {"add", "add_embedded", "add_transposed", "add_scattered"}
    fills = {call.kernel for call in calls if not call.updates}
    assert not {name for name in fills if name.startswith("add")} and "gemm_nn" in reads | fills
