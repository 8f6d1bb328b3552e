"""Assembled matrices = products = Kronecker forms, their blocks, their sparse storage, in place."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from bound_problems import (
    BACKENDS,
    EVERYTHING,
    Bench,
    data_of,
    kronecker_jacobian,
    planned_for,
    with_selections,
)
from examine import BACKEND_SIZES
from nzdiff import memory
from nzdiff.codegen import compile as planning
from nzdiff.codegen.compile import checked, plan_assemblies
from nzdiff.codegen.lower.assembly import requests_of
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.package.write import generate
from nzdiff.runtime.assembly import blocks as gathered_blocks
from nzdiff.runtime.assembly import compiled_dense, dense, factors, gather, price
from nzdiff.runtime.assembly.assembler import BlockKind
from nzdiff.runtime.assembly.block_diagonal import BlockDiagonal, BlockReduction
from nzdiff.runtime.assembly.compiled_dense import DenseSummand
from nzdiff.runtime.assembly.entries import Entries
from nzdiff.runtime.assembly.gather import CGather, NumpyGather
from nzdiff.runtime.assembly.matrix import GatheredMatrix
from nzdiff.runtime.bind import Kernel, bind_checked
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.kernel import compiler
from nzdiff.runtime.model import Model
from nzdiff.verification.domain import in_domain
from nzdiff.verification.reference import Reference
from problems import (
    CALCULUS,
    CELLS,
    CELLS_OF_CALCULUS,
    PROBLEMS,
    SITUATIONS,
    B,
    C,
    G,
    H,
    L,
    N,
    R,
    S,
    V,
    X,
    Y,
    Z,
    m,
    n,
    random_data,
    scattered,
)
from random_expressions import generate as random_expression
from traced import traced_peak

Floats = NDArray[np.float64]

KINDS: tuple[BlockKind, ...] = ("row", "column")
SHIFT = 0.3
every_backend = pytest.mark.parametrize("backend", BACKENDS)
THOROUGH = ("seed", "two_unknowns_backwards", "approximate_inverse", "sparse_residual")
"""Problems that meet every situation at once; the others leave some to the slow tests."""
COMPILED = ("seed", "approximate_inverse")
"""Problems whose factors are computed in C by the fast tests."""
RESPELLED = ("seed_sparse_first", "seed_dense_first")
LIKE_OTHERS = ("wide", "row_residual", "column_residual")
FIRST = ("shuffled", "tied", "one_row")


def situations(problem: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of the fast and those of the slow tests."""
    every = [where for name, where in CELLS + CELLS_OF_CALCULUS if name == problem]
    usual = FIRST if problem not in RESPELLED else ()
    thorough = problem in (*THOROUGH, *CALCULUS)
    first = [w for w in every if w in usual or (thorough and w not in LIKE_OTHERS)]
    return tuple(first), tuple(where for where in every if where not in first)


CHOSEN = {name: situations(name) for name in EVERYTHING}
every_problem = pytest.mark.parametrize(
    ("problem", "where"),
    [pytest.param(name, first, id=name) for name, (first, _) in CHOSEN.items() if first]
    + [
        pytest.param(name, rest, id=f"{name}, the rest", marks=pytest.mark.slow)
        for name, (_, rest) in CHOSEN.items()
        if rest
    ],
)
needs_compiler = pytest.mark.skipif("c" not in BACKENDS, reason="no C compiler")


@pytest.fixture(autouse=True, scope="module")
def quick_compiles() -> Iterator[None]:
    """Few optimisations of the factors: compiling takes longer than all tests.

    The gathers have the usual flags, with which they write past the cache.
    """
    gather._library.cache_clear()
    if "c" in BACKENDS:
        gather._library()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "_flags", lambda _: ("-std=c11", "-O1", "-fPIC", "-shared"))
        yield


@dataclass(frozen=True)
class Case:
    """One operator of one problem on one data set, and what its products say it is."""

    where: str
    bench: Bench
    name: Any
    operator: Any
    matrix: Floats

    @property
    def close(self) -> float:
        """What is zero beside the entries of the matrix."""
        return 1e-11 * max(float(np.abs(self.matrix).max(initial=0.0)), 1e-3)


@cache
def factors_of(problem: str) -> Kernel:
    """All matrices of a problem in one kernel, as in a generated package; it runs on any data."""
    chosen, found = EVERYTHING[problem], planned_for(EVERYTHING[problem], "scattered")
    data, requests = checked(chosen, data_of(chosen, "scattered")), requests_of(found.derivation)
    program = plan_assemblies(found.derivation, data, requests)
    source = planning._source(planning._emitted(found.derivation, program))
    return Kernel(found.kernel.source, lambda _, *wanted: source if wanted in requests else None)


@cache
def cases(problem: str, situations: tuple[str, ...]) -> tuple[Case, ...]:
    """The operators of a problem in some situations, on the NumPy backend."""
    return tuple(
        Case(where, b, name, operator, products(operator))
        for where in situations
        for b in [bench(problem, where)]
        for name, operator in operators(b.models[0], b.g, b.cotangent).items()
    )


def second_order(problem: str, situations: tuple[str, ...]) -> list[Case]:
    return [case for case in cases(problem, situations) if case.name != "jacobian"]


def bench(problem: str, where: str, backend: str = "numpy") -> Bench:
    """One model of a problem, its reference and a point."""
    chosen, found = EVERYTHING[problem], planned_for(EVERYTHING[problem], "scattered")
    given = checked(chosen, data_of(chosen, where))
    model = bind_checked(factors_of(problem), given, backend=backend, threads=1)
    supports = Supports(given.dims, given.structures)
    supports.add_constants(found.plan.constants)
    reference = Reference(found.derivation, given, supports, found.plan)
    has_residual = model.is_sum_of_squares or model.is_function
    rng = np.random.default_rng(11)
    g, v = rng.standard_normal((2, model.size))
    w = rng.standard_normal(model.residual_size if has_residual else 0)
    return Bench(found.derivation, reference, (model,), g, v, w)


def operators(model: Model, g: Floats, w: Floats | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"hessian": model.hessian(g, w)}
    if model.is_sum_of_squares:
        found["gauss_newton"] = model.gauss_newton(g)
    if model.is_sum_of_squares or model.is_function:
        found["jacobian"] = model.jacobian(g)
    return found


def products(operator: Any) -> Floats:
    """Column by column, without anything assembled."""
    rows, cols = operator.shape
    return np.array([operator.matvec(e) for e in np.eye(cols)]).reshape(cols, rows).T


@contextmanager
def gathered_in_c() -> Iterator[None]:
    """What is assembled next is gathered by the C file, from factors of any backend."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "gather_for", lambda *_: CGather(1))
        yield


def check_close(found: Any, expected: Any, close: float, what: str = "") -> None:
    """Equal up to a number, whatever the size of the entry."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=close, err_msg=what)


def random_model(problem: nz.Problem, sizes: dict[str, int], **options: Any) -> Model:
    data = random_data(problem, sizes, scattered, np.random.default_rng(3))
    given: dict[str, Any] = {"backend": "numpy", **data, **options}
    return problem.bind(**given)


def planned_model(problem: str, sizes: dict[str, int], backend: str, threads: int = 1) -> Model:
    """A model on the kernels of `factors_of`: nothing is planned or compiled for it alone."""
    data = random_data(EVERYTHING[problem], sizes, scattered, np.random.default_rng(3))
    given = checked(EVERYTHING[problem], data)
    return bind_checked(factors_of(problem), given, backend=backend, threads=threads)


def point(model: Model) -> Floats:
    return np.random.default_rng(8).standard_normal(model.size)


# matrices


@every_problem
def test_assembled_matrices_are_their_products(problem: str, where: tuple[str, ...]) -> None:
    for case in cases(problem, where):
        found = case.operator.toarray()
        check_close(found, case.matrix, case.close, case.where)
        if case.name != "jacobian":
            assert np.array_equal(found, found.T), case.where


@needs_compiler
@every_problem
def test_c_gathers_what_numpy_gathers(problem: str, where: tuple[str, ...]) -> None:
    with gathered_in_c():
        for case in cases(problem, where):
            b = case.bench
            model = bench(problem, case.where).models[0]
            operator = operators(model, b.g, b.cotangent)[case.name]
            found = operator.toarray()
            check_close(found, case.matrix, case.close, case.where)
            if case.name != "jacobian":
                assert np.array_equal(found, found.T), case.where


@needs_compiler
@pytest.mark.parametrize(
    ("problem", "where"),
    [
        pytest.param(name, first, marks=() if name in COMPILED else pytest.mark.slow, id=name)
        for name, (first, _) in CHOSEN.items()
    ],
)
def test_c_kernels_compute_the_factors(problem: str, where: tuple[str, ...]) -> None:
    for case in cases(problem, where):
        model = bench(problem, case.where, "c").models[0]
        operator = operators(model, case.bench.g, case.bench.cotangent)[case.name]
        check_close(operator.toarray(), case.matrix, case.close, case.where)
        if case.name != "jacobian" and has_blocks(case, "row"):
            for (i, block), (j, other) in zip(
                operator.blocks("row"), case.operator.blocks("row"), strict=True
            ):
                assert np.array_equal(i, j)
                check_close(block, other, case.close)


@every_problem
def test_assembled_matrices_are_their_kronecker_forms(problem: str, where: tuple[str, ...]) -> None:
    for case in cases(problem, where):
        check_close(case.operator.toarray(), kronecker(case), case.close, case.where)


def kronecker(case: Case) -> Floats:
    """The matrices of the derivation, evaluated with P."""
    b, derivation = case.bench, case.bench.derivation
    if case.name == "jacobian":
        return kronecker_jacobian(b)
    evaluate = with_selections(b)
    matrices = b.reference.cotangents(b.w, b.weights).values()
    for cotangent, matrix in zip(derivation.cotangents, matrices, strict=True):
        evaluate.values[str(cotangent.name)] = matrix
    forms = derivation.hessians if case.name == "hessian" else derivation.gauss_newtons
    unknowns = b.problem.wrt
    return np.block([[evaluate(forms[row, u].kronecker) for u in unknowns] for row in unknowns])


# blocks


def has_blocks(case: Case, kind: Any) -> bool:
    try:
        case.operator.blocks(kind)
    except NotImplementedError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
@every_problem
def test_blocks_are_submatrices(problem: str, where: tuple[str, ...], kind: Any) -> None:
    for case in second_order(problem, where):
        if not has_blocks(case, kind):
            continue
        blocks = case.operator.blocks(kind)
        met = np.zeros(case.matrix.shape[0], dtype=int)
        for members, block in blocks:
            met[members] += 1
            expected = case.matrix[np.ix_(members, members)]
            check_close(block, expected, case.close, case.where)
            assert np.array_equal(block, block.T), case.where
        assert (met == 1).all(), case.where
        check_close(blocks.diagonal(), np.diag(case.matrix), case.close)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("problem", ["seed", "two_unknowns_backwards", "seed_diagonal", "traces"])
def test_a_block_is_what_shares_a_row_or_a_column(problem: str, kind: Any) -> None:
    for where in ("scattered", "shuffled"):
        b = bench(problem, where)
        labels, start = [], 0
        for pattern in b.models[0].patterns:
            labels.append((pattern.rows if kind == "row" else pattern.cols) + start)
            start += 1000
        label = np.concatenate(labels)
        blocks = list(b.models[0].hessian(b.g).blocks(kind))
        assert len(blocks) == np.unique(label).size
        for members, _ in blocks:
            assert (label == label[members[0]]).sum() == members.size
            assert (label[members] == label[members[0]]).all()


@every_problem
def test_block_inverses_are_inverses_and_positive_definite(
    problem: str, where: tuple[str, ...]
) -> None:
    for case in second_order(problem, where):
        for kind in KINDS:
            try:
                inverse = case.operator.block_inverse(kind, SHIFT)
            except NotImplementedError:
                assembler = case.bench.models[0]._assembler
                assert assembler.assemble(assembler.data, case.name, kind) is None
                continue
            size = case.matrix.shape[0]
            found = np.array([inverse(e) for e in np.eye(size)]).reshape(size, size)
            scale = float(np.abs(found).max(initial=0.0))
            np.testing.assert_allclose(found, found.T, atol=1e-9 * scale, err_msg=case.where)
            if size:
                assert np.linalg.eigvalsh(0.5 * (found + found.T)).min() > 0, (case.where, kind)
            if has_blocks(case, kind):
                for members, block in case.operator.blocks(kind):
                    part = found[np.ix_(members, members)]
                    if np.linalg.eigvalsh(block).min() > 0:
                        unit = np.eye(members.size)
                        check_close(part @ (block + SHIFT * unit), unit, 1e-8)


def test_an_indefinite_block_is_replaced_by_its_absolute_value() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    block = turn @ np.diag([3.0, -2.0, 0.0]) @ turn.T
    groups = ((np.array([[2, 1, 0]]), block[None]),)
    apply = BlockDiagonal(groups, 3, NumpyGather()).inverse(0.5)
    expected = (turn @ np.diag(1 / np.array([3.5, 2.5, 0.5])) @ turn.T)[::-1, ::-1]
    check_close([apply(e) for e in np.eye(3)], expected, 1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_inverse_of_a_singular_block_has_its_scale(scale: float) -> None:
    block = np.diag([scale, 0.0])
    apply = BlockDiagonal(((np.array([[0, 1]]), block[None]),), 2, NumpyGather()).inverse(0.0)
    expected = 1.0 / (scale * np.array([1.0, np.finfo(float).eps]))
    np.testing.assert_allclose(apply(np.ones(2)), expected, rtol=1e-12)


@every_backend
def test_blocks_of_every_size_are_applied(backend: str) -> None:
    rng, sizes, groups, first = np.random.default_rng(4), (1, 2, 3, 4, 5, 9, 1100), [], 0
    for size in sizes:
        root = rng.standard_normal((2, size, size))
        members = first + rng.permutation(2 * size).reshape(2, size)
        groups.append((members, root @ root.swapaxes(1, 2) + size * np.eye(size)))
        first += 2 * size
    matrix = BlockDiagonal(tuple(groups), first + 1, gather.gather_for(backend, 1))
    v = rng.standard_normal(first + 1)
    found = matrix.inverse(0.25)(v)
    np.testing.assert_allclose(matrix.tocsr() @ found + 0.25 * found, np.r_[v[:-1], 0.0], atol=1e-9)
    np.testing.assert_array_equal(matrix.diagonal(), matrix.tocsr().diagonal())


@every_backend
def test_blocks_are_reduced_where_each_unknown_meets_one_of_them(backend: str) -> None:
    rng, sizes, groups, parts, first = np.random.default_rng(5), (1, 2, 3, 3, 20), [], [], 0
    for size in sizes:  # of some nothing is left, of others more than they had
        root = rng.standard_normal((9, size, size))
        groups.append((first + np.arange(9 * size).reshape(9, size), root + root.swapaxes(1, 2)))
        lefts = rng.integers(0, size + 2, size=9)
        parts += [sparse.csr_array(rng.standard_normal((size, left))) for left in lefts]
        first += 9 * size
    T = sparse.csr_array(sparse.block_diag(parts, format="csr"))
    T = T[:, rng.permutation(T.shape[1])]
    matrix = BlockDiagonal(tuple(groups), first, gather.gather_for(backend, 1))
    found = BlockReduction.of(tuple(m for m, _ in groups), T)(matrix).tocsr().toarray()
    np.testing.assert_allclose(found, (T.T @ matrix.tocsr() @ T).toarray(), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found, found.T)


@every_backend
def test_a_block_counts_by_its_absolute_value_where_it_is_indefinite(backend: str) -> None:
    rng = np.random.default_rng(6)
    root = rng.standard_normal((21, 4, 4))
    values = root @ root.swapaxes(1, 2) + np.eye(4)
    values[[3, 20]] *= -1.0
    matrix = BlockDiagonal(
        ((np.arange(84).reshape(21, 4), values),), 84, gather.gather_for(backend, 1)
    )
    v = rng.standard_normal((21, 4))
    found = matrix.inverse(0.5)(v.ravel()).reshape(21, 4)
    absolute = np.where((np.arange(21) % 17 == 3)[:, None, None], -values, values)
    expected = np.linalg.solve(absolute + 0.5 * np.eye(4), v[:, :, None])[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_row_sums_keep_rows_apart_and_join_columns() -> None:
    b = bench("seed", "row_sums")
    hessian = b.models[0].hessian(b.g)
    expected = np.diag(hessian.toarray())
    np.testing.assert_allclose(hessian.diagonal(), expected, rtol=1e-10)
    assert len(list(hessian.blocks("row"))) == b.models[0].patterns[0].shape[0]
    with pytest.raises(NotImplementedError, match="join entries of several columns"):
        hessian.blocks("column")


def test_a_preconditioner_under_ties_is_that_of_the_stored_entries() -> None:
    b = bench("seed", "tied")
    model = b.models[0]
    pattern = model.patterns[0]
    T = pattern.matrix.toarray()
    stored = nz.Pattern((np.repeat(np.arange(9), np.diff(pattern.indptr)), pattern.indices), (9, 6))
    data: dict[str, Any] = {**data_of(PROBLEMS["seed"], "tied"), "G": stored}
    plain = PROBLEMS["seed"].bind(**data, backend="numpy").hessian(pattern.expand(b.g))
    D = np.diag(np.sum(T**2, axis=0))
    inner = np.array([plain.block_inverse("row", SHIFT)(e) for e in np.eye(T.shape[0])])
    expected = np.linalg.solve(D, np.linalg.solve(D, T.T @ inner @ T).T)
    apply = model.hessian(b.g).block_inverse("row", SHIFT)
    np.testing.assert_allclose([apply(e) for e in np.eye(model.size)], expected, rtol=1e-9)


# sparse storage


@every_problem
def test_sparse_storage_holds_the_same_matrix(problem: str, where: tuple[str, ...]) -> None:
    for case in cases(problem, where):
        if not case.operator.is_sparse:
            with pytest.raises(TypeError, match=r"dense by its structure|is not recognised"):
                case.operator.tocsc()
            continue
        found = case.operator.tocsc()
        assert isinstance(found, sparse.csc_array)
        assert found.has_canonical_format
        assert np.array_equal(found.toarray(), case.operator.toarray()), case.where


BIG = {"n": 40, "m": 12, "p": 5, "k": 4}


def pairs(model: Model) -> tuple[NDArray[Any], ...]:
    """Row and column of t (upright) and of u (lying)."""
    (pattern,) = model.patterns
    return (*(x[:, None] for x in (pattern.rows, pattern.cols)), pattern.rows, pattern.cols)


def stored(matrix: Any) -> NDArray[Any]:
    return np.asarray(sparse.csr_array(matrix).toarray() != 0)


def at_both(model: Model, *_: Any) -> Any:
    i, j, i_, j_ = pairs(model)
    return (i == i_) & (j == j_)


def one_column(model: Model, *_: Any) -> Any:
    j, j_ = pairs(model)[1::2]
    return j == j_


def of_normal_matrix(model: Model, data: dict[str, Any]) -> Any:
    i, j, i_, j_ = pairs(model)
    A = stored(data["A"]).astype(int)
    return (A.T @ A > 0)[i, i_] & (j == j_)


def of_symmetric(model: Model, data: dict[str, Any]) -> Any:
    i, j, i_, j_ = pairs(model)
    return stored(data["S"])[i, i_] & (j == j_)


STRUCTURES: dict[str, tuple[nz.Problem, Callable[..., Any]]] = {
    "AᵀA ⊗ I": (PROBLEMS["approximate_inverse"], of_normal_matrix),
    "R Rᵀ ⊗ V²": (nz.Problem(nz.sumsq(Z.T - R.T * G * V), wrt=G), one_column),
    "W ∘ dG": (nz.Problem(nz.sumsq(nz.hadamard(N, nz.sin(G))), wrt=G), at_both),
    "I": (PROBLEMS["only_the_unknown"], at_both),
    "S ⊗ I": (nz.Problem(nz.trace(G.T * S * G) + nz.trace(C * G), wrt=G), of_symmetric),
    "f″ ∘ dG": (nz.Problem(nz.total(nz.softplus(nz.hadamard(G, H))), wrt=G), at_both),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_matrix_has_the_entries_that_both_factors_have(name: str) -> None:
    problem, expected = STRUCTURES[name]
    data = random_data(problem, BIG, scattered, np.random.default_rng(3))
    model = problem.bind(**data, backend="numpy")
    g = point(model)
    for operator in (model.hessian(g), *([model.gauss_newton(g)] if squares(problem) else [])):
        assert operator.is_sparse
        found = operator.tocsc()
        allowed = expected(model, data)
        assert found.nnz <= allowed.sum()
        assert not (stored(found) & ~allowed).any()
        assert operator.assembled_bytes >= 12 * found.nnz
        assert f"{found.nnz} entries" in operator.describe() or "Jacobian" in operator.describe()
        np.testing.assert_allclose(found @ g, operator @ g, rtol=1e-10, atol=1e-10)


def squares(problem: nz.Problem) -> bool:
    return problem.is_sum_of_squares


def test_entries_are_stored_where_both_factors_are_and_nowhere_else() -> None:
    problem = PROBLEMS["approximate_inverse"]
    data = random_data(problem, BIG, scattered, np.random.default_rng(3))
    model = problem.bind(**data, backend="numpy")
    expected = of_normal_matrix(model, data)
    assert model.hessian(point(model)).tocsc().nnz == expected.sum()


@every_backend
@pytest.mark.parametrize("beside", [1.0, 0.0])
def test_a_sparse_summand_beside_dense_ones_is_added_where_it_is(
    beside: float, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From some share of entries on it is gathered as the dense ones are."""
    monkeypatch.setattr(dense, "BESIDE", beside)
    model = planned_model("traces", BIG, backend)
    g = point(model)
    matrix: GatheredMatrix = model._assembler.matrix("hessian")  # type: ignore[assignment]
    hessian = model.hessian(g)
    assert not hessian.is_sparse
    found = hessian.toarray()
    assert any(way.sparse for way in matrix._ways) == (beside == 1.0)
    check_close(found, products(hessian), 1e-11 * np.abs(found).max())


# storage


@every_backend
def test_the_lower_triangle_alone_leaves_the_upper_one(backend: str) -> None:
    model = planned_model("seed", BIG, backend)
    g = point(model)
    expected = model.gauss_newton(g).toarray()
    out = np.full(expected.shape, 7.0)
    assert model.gauss_newton(g).toarray(out=out, lower=True) is out
    assert np.array_equal(np.tril(out), np.tril(expected))
    assert (out[np.triu_indices(model.size, 1)] == 7.0).all()


@every_backend
def test_a_matrix_is_written_in_place_at_any_alignment(backend: str) -> None:
    for rows in (7, 8, 10, 11):
        model = planned_model("seed", BIG | {"n": rows}, backend)
        g, size = point(model), model.size
        expected = model.hessian(g).toarray()
        for offset in range(4):
            room = np.full(size * size + offset + 5, np.nan)
            out = room[offset : offset + size * size].reshape(size, size)
            assert model.hessian(g).toarray(out=out) is out
            assert np.array_equal(out, expected)
            assert np.isnan(room[:offset]).all()
            assert np.isnan(room[offset + size * size :]).all()


IN_PLACE = {
    "gathered": PROBLEMS["seed"],
    "sparse": PROBLEMS["approximate_inverse"],
    "of a Jacobian": nz.Problem(nz.sumsq(R - nz.sin(G * B)), wrt=G),
    "by products": EVERYTHING["exponential"],
}


@every_backend
@pytest.mark.parametrize("way", IN_PLACE)
def test_a_given_array_is_the_only_one_of_its_size(way: str, backend: str) -> None:
    model = random_model(IN_PLACE[way], {"n": 60, "m": 24, "p": 5, "k": 3}, backend=backend)
    g = point(model)
    operator = model.gauss_newton(g) if way == "of a Jacobian" else model.hessian(g)
    expected = operator.toarray()
    out = np.empty_like(expected)
    assert traced_peak(lambda: operator.toarray(out=out)) < 0.7 * out.nbytes
    assert np.array_equal(out, expected)


@pytest.mark.parametrize("way", IN_PLACE)
def test_an_array_that_does_not_fit_is_refused(way: str) -> None:
    model = random_model(IN_PLACE[way], BIG)
    hessian, size = model.hessian(point(model)), model.size
    wrong: list[Any] = [
        np.empty((size, size), order="F"),
        np.empty((size, size + 1))[:, :size],
        np.empty((size, size), dtype=np.float32),
        np.empty((size + 1, size)),
    ]
    for out in wrong:
        with pytest.raises(ValueError, match="expected out as a writable C-contiguous array"):
            hessian.toarray(out=out)


# tiles

TILE = 2048
"""Columns of a tile of gather.c."""
KINDS_OF_SUMMANDS = ((False, True, False, True), (True,), (False, False, True), (True, True))


def some_entries(size: int, shape: tuple[int, int], order: str, seed: int) -> Entries:
    """`size` positions row by row, or in any order; "gaps": with rows that are left out."""
    rng = np.random.default_rng(seed)
    i, j = (rng.integers(0, count, size).astype(np.int32) for count in shape)
    if order != "shuffled":
        i = np.sort(i)
    if order == "gaps":
        i[size // 2 :] = np.maximum(i[size // 2 :], shape[0] - 3)
    return Entries(i, j, np.arange(size, dtype=np.int32), shape)


def check_gather(rows: Entries, cols: Entries, crossed: Any, lower: bool, offset: int = 0) -> None:
    """C = NumPy, at the entries asked for and nowhere else."""
    rng = np.random.default_rng(1)
    (a, b), (c, d) = rows.shape, cols.shape
    factors = [
        DenseSummand(
            rng.standard_normal((a, d if x else c)), rng.standard_normal((b, c if x else d)), x
        )
        for x in crossed
    ]
    numbers = [1.5 - k for k in range(len(factors))]
    size = rows.size * cols.size
    expected = np.full((rows.size, cols.size), 7.0)
    NumpyGather().dense(rows, cols, factors, lower=lower)(numbers, expected)
    for threads in (1, 2):
        room = np.full(size + offset + 9, 7.0)
        out = room[offset : offset + size].reshape(expected.shape)
        write = CGather(threads).dense(rows, cols, factors, lower=lower)
        for _ in range(2):
            write(numbers, out)
            check_close(out, expected, 1e-12)
        assert (room[:offset] == 7.0).all() and (room[offset + size :] == 7.0).all()


@needs_compiler
@pytest.mark.parametrize("past", [0, 2**62])
@pytest.mark.parametrize("order", ["rows", "gaps", "shuffled"])
@pytest.mark.parametrize("crossed", KINDS_OF_SUMMANDS)
def test_what_meets_the_borders_of_tiles(
    crossed: tuple[bool, ...], order: str, past: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns a few more or fewer than a tile has; positions of more rows than columns and not."""
    monkeypatch.setattr(compiled_dense, "PAST", past)
    for offset, shape in ((0, (60, 11)), (3, (9, 50)), (5, (2, 3))):
        rows = some_entries(37, shape, order, 2)
        for size in (1, 7, 8, 9, 40, TILE - 1, TILE, TILE + 1, TILE + 9, 2 * TILE + 5):
            check_gather(rows, some_entries(size, shape, order, 3), crossed, False, offset)


@needs_compiler
@pytest.mark.parametrize("past", [0, 2**62])
@pytest.mark.parametrize("shape", [(700, 60), (60, 700), (500, 300)])
def test_lower_triangles_of_several_tiles(
    shape: tuple[int, int], past: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than a tile has columns, and more j than are kept at a time."""
    monkeypatch.setattr(compiled_dense, "PAST", past)
    entries = some_entries(TILE + 157, shape, "rows", 4)
    check_gather(entries, entries, (False, True, False, True), True, 1)


# many summands, many threads, nothing at all


@every_backend
def test_more_summands_than_one_pass_adds(backend: str) -> None:
    residual = X - Y * G.T * L * G * B - Y * G.T * S * G * B - U_GG
    model = random_model(nz.Problem(nz.sumsq(residual), wrt=G), BIG, backend=backend)
    gauss_newton = model.gauss_newton(point(model))
    matrix: GatheredMatrix = model._assembler.matrix("gauss_newton")  # type: ignore[assignment]
    assert len(matrix.summands) > 8
    found = gauss_newton.toarray()
    expected = products(gauss_newton)
    check_close(found, expected, 1e-11 * np.abs(expected).max())


U_GG = nz.dense("P", nz.dims("p")[0], n) * G * B


@needs_compiler
def test_two_threads_give_the_same_bits() -> None:
    for name in ("two_unknowns_backwards", "approximate_inverse"):
        one, two = (planned_model(name, BIG, "c", threads) for threads in (1, 2))
        g = point(one)
        assert np.array_equal(one.hessian(g).toarray(), two.hessian(g).toarray())
        assert np.array_equal(one.jacobian(g).toarray(), two.jacobian(g).toarray())
        for (i, block), (j, other) in zip(
            one.hessian(g).blocks("column"), two.hessian(g).blocks("column"), strict=True
        ):
            assert np.array_equal(i, j)
            assert np.array_equal(block, other)


@every_backend
@pytest.mark.parametrize("zero", ["m", "p", "k"])
def test_a_dimension_may_be_zero(zero: str, backend: str) -> None:
    sizes = {"n": 3, "m": 2, "p": 4, "k": 5, zero: 0}
    data = random_data(
        PROBLEMS["seed"], sizes, lambda _, shape: nz.Pattern.full(shape), np.random.default_rng(0)
    )
    given = checked(PROBLEMS["seed"], data)
    model = bind_checked(factors_of("seed"), given, backend=backend, threads=1)
    g = point(model)
    for operator in operators(model, g).values():
        assert operator.toarray().shape == operator.shape
        assert not operator.toarray().any()
        if operator.shape[0] == operator.shape[1] == model.size:
            assert all(not block.any() for _, block in operator.blocks("row"))
            np.testing.assert_allclose(operator.block_inverse("column", 2.0)(g), g / 2)


def test_operators_keep_their_point() -> None:
    model = random_model(PROBLEMS["seed"], BIG)
    g = point(model)
    hessian, expected = model.hessian(g), model.hessian(g).toarray()
    model.hessian(2 * g).toarray()
    model.energy(3 * g)
    assert np.array_equal(hessian.toarray(), expected)


# no more than is asked for


@pytest.mark.usefixtures("empty_cache")  # plans of matrices are kept on disk
def test_nothing_is_planned_or_allocated_before_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    original = planning.plan_assemblies

    def recorded(derivation: Any, data: Any, requests: Any) -> Any:
        asked.extend(requests)
        return original(derivation, data, requests)

    monkeypatch.setattr(planning, "plan_assemblies", recorded)
    model = random_model(PROBLEMS["seed"], BIG)
    g = point(model)
    hessian, gauss_newton, _ = operators(model, g).values()
    _ = hessian @ g, gauss_newton @ g
    assert asked == []
    assert not model._assembler._matrices
    assert not model._assembler._blocks
    gauss_newton.blocks("column")
    gauss_newton.blocks("column")
    assert asked == [("gauss_newton", "column")]
    model.gauss_newton(2 * g).toarray()
    model.gauss_newton(g).tocsc() if gauss_newton.is_sparse else None
    assert asked == [("gauss_newton", "column"), ("gauss_newton", "matrix")]


def test_blocks_need_less_memory_than_the_matrix() -> None:
    model = random_model(PROBLEMS["seed"], BIG)
    g = point(model)
    model.gauss_newton(g).blocks("column")
    held = model._assembler.blocks("gauss_newton", "column")._factors.bound.memory.arrays
    assert sum(array.nbytes for array in held.values()) < 8 * model.size**2


@pytest.mark.parametrize("way", IN_PLACE)
def test_memory_that_is_not_there_is_not_asked_for(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = random_model(IN_PLACE[way], {"n": 60, "m": 24, "p": 5, "k": 3})
    g = point(model)
    operator = model.gauss_newton(g) if way == "of a Jacobian" else model.hessian(g)
    operator.toarray()  # what it needs beside the matrix is there
    size = 8 * model.size**2
    monkeypatch.setattr(memory, "physical_bytes", lambda: size - 1)

    def refused() -> None:
        with pytest.raises(MemoryError, match=f"{1e-9 * size:.3g} GB.* products") as error:
            operator.toarray()
        assert "@ v" in str(error.value)

    assert traced_peak(refused) < 0.7 * size
    assert operator.toarray(out=np.empty(operator.shape)).any()


def test_blocks_that_do_not_fit_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_model(PROBLEMS["seed"], BIG)
    model._assembler.assemble(model._assembler.data, "hessian", "row")
    monkeypatch.setattr(gathered_blocks, "check_fits", _no_memory)
    with pytest.raises(MemoryError, match="the blocks"):
        model.hessian(point(model)).blocks("row")


def test_factors_that_do_not_fit_leave_products(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_model(PROBLEMS["seed"], BIG)
    g = point(model)
    monkeypatch.setattr(memory, "physical_bytes", lambda: 20_000)
    hessian = model.hessian(g)
    assert not hessian.is_sparse and hessian.assembled_bytes == sys.maxsize
    assert (hessian @ g).any()
    with pytest.raises(MemoryError, match=r"workspace|index table"):
        hessian.toarray()


def _no_memory(what: str, size: int, alternative: str) -> None:
    raise MemoryError(f"{what}: {size} bytes; {alternative}")


# generated packages

RUN = """
import importlib.util, sys
import numpy as np
given = np.load({data!r}, allow_pickle=True)["data"].item()
sys.path.insert(0, {folder!r})
package = __import__({name!r}, fromlist=["bind"])
import nzdiff
found = {{}}
pattern = nzdiff.Pattern(given.pop("entries"), given.pop("shape"))
for backend in {backends!r}:
    model = package.bind(**given, G=pattern, backend=backend)
    g = np.random.default_rng(8).standard_normal(model.size)
    for name in ("hessian", "gauss_newton"):
        operator = getattr(model, name)(g)
        found[backend + name] = operator.toarray()
        for kind in ("row", "column"):
            found[backend + name + kind] = operator.blocks(kind).tocsr().toarray()
    found[backend + "jacobian"] = model.jacobian(g).toarray()
assert "sympy" not in sys.modules and "nzdiff.derive" not in sys.modules
np.savez({out!r}, **found)
"""


def run_without_sympy(folder: Path, package: str, data: dict[str, Any]) -> dict[str, Floats]:
    """Matrices and blocks of a package, computed by a process of its own."""
    pattern = data["G"]
    given = {name: value for name, value in data.items() if name != "G"}
    given |= {"entries": (pattern.rows, pattern.cols), "shape": pattern.shape}
    file, out = folder / "data.npz", folder / "found.npz"
    np.savez(file, data=np.array(given, dtype=object))
    names = {"data": str(file), "out": str(out), "folder": str(folder)}
    text = RUN.format(name=package, backends=BACKENDS, **names)
    subprocess.run([sys.executable, "-W", "error", "-c", text], check=True, env=os.environ)
    with np.load(out) as found:
        return dict(found)


def check_package(problem: nz.Problem, data: dict[str, Any], found: dict[str, Floats]) -> None:
    model = problem.bind(**data, backend="numpy")
    g = point(model)
    for backend in BACKENDS:
        for name, operator in operators(model, g).items():
            expected = products(operator)
            scale = float(np.abs(expected).max())
            check_close(found[backend + name], expected, 1e-11 * scale)
            if name != "jacobian":
                for kind in KINDS:
                    blocks = operator.blocks(kind).tocsr().toarray()
                    kept = found[backend + name + kind]
                    check_close(kept, blocks, 1e-11 * scale)
                    assert np.array_equal(kept != 0, blocks != 0)


@pytest.mark.slow
def test_a_generated_package_assembles_without_sympy_on_other_sizes(tmp_path: Path) -> None:
    problem = nz.Problem(PROBLEMS["seed"].energy, wrt=G, name="whole")
    generate(problem, tmp_path / "whole", sizes={"n": 200, "m": 20, "p": 20, "k": 10})
    data = random_data(problem, SITUATIONS["scattered"].sizes, scattered, np.random.default_rng(2))
    check_package(problem, data, run_without_sympy(tmp_path, "whole", data))


@pytest.mark.slow
def test_the_shipped_package_assembles_without_sympy(tmp_path: Path) -> None:
    from nzdiff.problem_file import shipped_problem

    entry = shipped_problem("spectral_coarsening")
    data = example_data(entry.problem, {"n": 30, "m": 8, "k": 5}, seed=4)
    name = f"nzdiff.generated.{entry.problem.name}"
    check_package(entry.problem, data, run_without_sympy(tmp_path, name, data))


# what was found

T2, Q2 = nz.dense("T", n, n, symmetric=True), nz.dense("Q", n, n)


@every_backend
def test_an_unknown_declared_symmetric_is_reduced_from_both_triangles(backend: str) -> None:
    """Simplified with Tᵀ = T, the matrix of the stored entries is symmetric only once reduced."""
    problem = nz.Problem(nz.sumsq((T2 + 9 * nz.identity(n)).inv() * R) + nz.sumsq(Q2 * T2), wrt=T2)
    model = random_model(problem, {"n": 5, "k": 3}, backend=backend)
    hessian = model.hessian(point(model))
    np.testing.assert_allclose(hessian.toarray(), products(hessian), rtol=1e-10, atol=1e-12)
    apply = hessian.block_inverse("row", SHIFT)
    found = np.array([apply(e) for e in np.eye(model.size)])
    check_close(found, found.T, 1e-12)


@every_backend
def test_a_diagonal_summand_of_a_small_matrix(backend: str) -> None:
    problem = STRUCTURES["W ∘ dG"][0]
    model = problem.bind(G=nz.Pattern.full((1, 1)), N=np.full((1, 1), 2.0), backend=backend)
    for operator in operators(model, np.array([0.3])).values():
        np.testing.assert_allclose(operator.toarray(), products(operator), rtol=1e-12)


@every_backend
def test_a_constant_inverse_is_factorised_before_it_is_used(backend: str) -> None:
    problem = nz.Problem(nz.sumsq(R.T - Z.T * (V * V + Q_m * Q_m.T).inv() * G.T), wrt=G)
    model = random_model(problem, BIG, backend=backend)
    for operator in operators(model, point(model)).values():
        check_close(operator.toarray(), products(operator), 1e-9)


Q_m = nz.dense("Q_m", m, m)


@every_backend
def test_a_dense_jacobian_with_weights_is_gathered_without_index_tables(backend: str) -> None:
    model = random_model(IN_PLACE["of a Jacobian"], BIG, backend=backend)
    jacobian = model.jacobian(point(model))
    check_close(jacobian.toarray(), products(jacobian), 1e-12)
    matrix: GatheredMatrix = model._assembler.matrix("jacobian")  # type: ignore[assignment]
    assert any(summand.scale for summand in matrix.summands)


@every_backend
def test_a_product_of_a_dense_jacobian_is_twice_its_square(backend: str) -> None:
    K, M = nz.dense("K", m, m), nz.dense("M", n, n)
    energy = nz.sumsq(nz.entrywise(sp.sin, M * G * K))
    model = random_model(nz.Problem(energy, wrt=G), BIG, backend=backend)
    operator = model.gauss_newton(point(model))
    check_close(operator.toarray(), products(operator), 1e-9)
    assert "JᵀJ of the assembled Jacobian" in operator.describe()


# random expressions


@pytest.mark.parametrize("start", range(60_000, 60_040, 20))
@pytest.mark.slow
def test_random_expressions_are_assembled(start: int) -> None:
    check_random(range(start, start + 20), depth=2, backend="numpy")


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "count"), [(2, 45), (3, 20), (4, 10)])
def test_many_random_expressions_are_assembled(depth: int, count: int) -> None:
    check_random(range(70_000, 70_000 + count), depth=depth, backend="numpy")


@pytest.mark.slow
@needs_compiler
def test_random_expressions_are_assembled_in_c() -> None:
    check_random(range(80_000, 80_030), depth=2, backend="c")


def check_random(seeds: range, *, depth: int, backend: str) -> None:
    """Assembled = products, wherever they are finite."""
    met = 0
    for seed in seeds:
        problem, expression = random_expression(seed, depth)
        names = [str(size.name) for size in problem.dimensions]
        try:
            data, g = in_domain(problem, dict(zip(names, BACKEND_SIZES, strict=False)), seed)
        except ValueError:
            continue  # no point at which it is regular
        model = problem.bind(**data, backend=backend)
        w = np.ones(model.residual_size) if model.is_function else None
        for name, operator in operators(model, g, w).items():
            expected = products(operator)
            if not np.isfinite(expected).all():
                continue
            close = 1e-10 * max(float(np.abs(expected).max(initial=0.0)), 1e-3)
            what = f"{seed} {name}: {expression}"
            check_close(operator.toarray(), expected, close, what)
            met += 1
            if name == "jacobian":
                continue
            for members, block in blocks_of(operator, KINDS[seed % 2]):
                part = expected[np.ix_(members, members)]
                check_close(block, part, close, what)
    assert met >= len(seeds)


def blocks_of(operator: Any, kind: Any) -> Any:
    try:
        return operator.blocks(kind)
    except NotImplementedError:
        return ()


@pytest.mark.parametrize("problem", ["seed", "approximate_inverse", "traces", "two_unknowns"])
def test_how_large_a_matrix_is_is_counted_and_not_laid_out(
    problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the patterns of its factors, whether a plan has them or the derivation."""
    model = random_model(PROBLEMS[problem], BIG)
    assembler, g = model._assembler, point(model)
    hessian = model.hessian(g)
    counted = hessian.assembled_bytes
    assert hessian.is_sparse in (True, False) and not assembler._matrices
    planned = replace(assembler, outline=_planned_outline(model), _prices={}, _matrices={})
    assert planned.price("hessian") == assembler.price("hessian")
    monkeypatch.setattr(price, "PIECE", 3)
    fresh = Supports(assembler.data.dims, assembler.data.structures)
    in_pieces = replace(assembler, data=replace(assembler.data, supports=fresh), _prices={})
    assert in_pieces.price("hessian") == assembler.price("hessian")
    if hessian.is_sparse:
        assert counted is not None and counted >= 12 * hessian.tocsc().nnz
    else:
        assert counted == 8 * model.size**2


def _planned_outline(model: Model) -> Callable[[Any, Any], Any]:
    def outline(data: Any, operator: Any) -> Any:
        bound = model._assembler.assemble(data, operator, "matrix")
        return None if bound is None else bound.spec.outline(operator)

    return outline
