"""Random expressions are derived and emitted right; what they once found stays found.

`tests/fuzzing/run.py` makes as many as one likes.
"""

import random
from collections import Counter

import pytest

import nzdiff as nz
from examine import backend_failures, examine
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.proof import exact_checks
from random_expressions import OPERATIONS, UNKNOWNS, Expression, _Writer, generate

SHALLOW = [(seed, 2) for seed in range(270)]
DEEP = [(seed, 3) for seed in range(30)] + [(seed, 5) for seed in range(5)]
BATCH = 61


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(start, marks=[pytest.mark.slow] if start else [])
        for start in range(0, len(SHALLOW + DEEP), BATCH)
    ],
)
def test_random_expressions_pass_the_exact_check(start: int) -> None:
    cases = (SHALLOW + DEEP)[start : start + BATCH]
    outcomes = [examine(seed, depth=depth) for seed, depth in cases]
    assert not [outcome for outcome in outcomes if outcome.failure]


@pytest.mark.slow
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_random_expressions_agree_with_jax(depth: int) -> None:
    pytest.importorskip("jax")
    outcomes = [examine(seed, depth=depth, checks=("jax",)) for seed in range(10_000, 10_150)]
    assert not [outcome for outcome in outcomes if outcome.failure]
    assert sum(bool(outcome.skipped) for outcome in outcomes) < 0.05 * len(outcomes)


@pytest.mark.slow
def test_random_expressions_run_on_numpy() -> None:
    outcomes = [examine(seed, depth=2, checks=("numpy",)) for seed in range(20_000, 20_040)]
    assert not [outcome for outcome in outcomes if outcome.failure]


@pytest.mark.slow
@pytest.mark.parametrize(("check", "count"), [("numpy", 60), ("c", 15)])
def test_random_expressions_run_on_every_backend(check: str, count: int) -> None:
    outcomes = [examine(seed, checks=(check,)) for seed in range(30_000, 30_000 + count)]
    assert not [outcome for outcome in outcomes if outcome.failure]
    assert sum(bool(outcome.skipped) for outcome in outcomes) < 0.05 * len(outcomes)


def test_a_seed_makes_one_expression() -> None:
    first, second = generate(5, 3), generate(5, 3)
    assert first[0] == second[0]
    assert first[1] == second[1]
    assert generate(6, 3)[1].text != first[1].text


def test_every_operation_and_every_kind_of_unknown_is_generated() -> None:
    expressions = [_Writer(random.Random(seed), {}).expression(3) for seed in range(800)]
    operations = sum((expression.operations for expression in expressions), Counter[str]())
    assert set(OPERATIONS) <= set(operations)
    assert {kind for expression in expressions for kind in expression.kinds} == set(UNKNOWNS)


def test_the_mix_decides_which_operations_there_are() -> None:
    mix = dict.fromkeys(OPERATIONS, 0.0) | {"sumsq": 1.0, "multiply": 1.0, "add": 1.0}
    for seed in range(20):
        operations = set(generate(seed, 3, mix)[1].operations)
        assert operations <= {"sumsq", "multiply", "add", "unknown", "data", "number", "kron"}


# what was found, reduced

DECLARED = {
    "G": "dense('G', n, n)",
    "X": "dense('X', n, n, symmetric=True)",
    "S": "sparse('S', n, n)",
}
FOUND = {
    "the softplus of a number": "sumsq(G / softplus(3))",
    "the softplus of a number under a root": "norm(G / softplus(3), 1)",
    "|u| of a function that may be complex": "log(absolute(atanh(sin(total(G)) / 2)) + 0.5)",
    "the sign of a function that may be complex": "trace(G) * sign(log(trace(G)))",
    "|u| of every entry, u maybe complex": "total(absolute(log(hadamard(G, G))))",
    "|u| of numbers of sums of matrices": "sqrt(absolute(norm(G.T - X, 1)) + 0.5)",
    "|u| of a number that SymPy rewrites": "absolute(inner(G, G) - sumsq(X))",
    "|u| of a quotient by an exponential": "absolute(norm(G) / exp(trace(X)))",
    "the sign of numbers of matrices": "trace(G) * sign(norm(G.T - X, 1) - inner(G, G))",
    "a number of matrices in an exponent": "power(2 + sin(trace(G)), sumsq(G + G))",
    "a constant as a function of entries": "total(G * entrywise(lambda x: 3, G.T))",
    "a constant beside numbers of 80 digits": "trace(sin(G) * entrywise(lambda x: 3, G.T).T)",
    "the stored entries of a power": "trace(G * map_nonzeros(lambda x: x + 1, S * S))",
    "a mask that is a power": "G + mask(X, S**3)",
}


def test_random_points_miss_the_kinks_of_signs() -> None:
    problem = Expression("sign(G.T + X)", DECLARED, ("G",)).problem()
    assert all(check.passed for check in exact_checks(problem.derive(), rounds=40))


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_what_was_found_stays_found(found: str) -> None:
    problem = Expression(found, DECLARED, ("G",)).problem()
    checks = exact_checks(problem.derive())
    assert not [check.name for check in checks if not check.passed]


EMITTED = {
    "the modulus of a number of data": "trace(G) / (absolute(sumsq(X)) + 0.5)",
    "the modulus of a number that varies": "trace(G) * absolute(inner(G, X))",
    "the sign of a number that varies": "sumsq(G) * sign(inner(G, X))",
}


@pytest.mark.parametrize("found", EMITTED.values(), ids=EMITTED)
def test_what_was_emitted_wrong_is_emitted_right(found: str) -> None:
    expression = Expression(found, DECLARED, ("G",))
    assert backend_failures(expression, expression.problem().derive(), 0, backend="numpy")[1] == []


def test_a_function_of_entries_with_a_number_of_matrices_is_refused() -> None:
    n = nz.dims("n")[0]
    A = nz.dense("A", n, n)
    with pytest.raises(UnsupportedNodeError, match="a function of entries holds numbers"):
        nz.Problem(nz.total(nz.entrywise(lambda x: x + x**2 * nz.trace(A), A)), wrt=A)


def test_a_product_of_irrational_numbers_is_printed() -> None:
    assert text(nz.sin(1) / 2 / (2 + nz.sin(1))) == "1/2 (2 + sin(1))^(−1) sin(1)"
