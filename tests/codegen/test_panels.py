"""Sparse products in panels: every form against dense products, alike for any number of threads."""

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.codegen.emit.layout import layout
from nzdiff.codegen.emit.targets.c.kernels import kernel_text, with_needs
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.lower import choose
from nzdiff.codegen.lower.choose import Choice, Origin, _plan, lower, sampled_of
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.runtime.bind import bind_checked
from nzdiff.runtime.data.listing import NumpyLister
from nzdiff.runtime.data.spec import PanelForm, PanelTable
from nzdiff.runtime.data.support import LANES, Grouping, Support, leaf_support
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.kernel.library import compile_cached
from nzdiff.runtime.kernel.workspace import make_table
from problems import PROBLEMS, Floats, G, L, agree, empty, full, m, n, random_data, scattered

Array = NDArray[Any]
Maker = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.bool_]]

FORMS = get_args(PanelForm)
KERNELS = tuple(f"product_{form}" for form in FORMS)
THREADS = (1, 2, 3, 5)
FILLER = -7.0
every_form = pytest.mark.parametrize("form", FORMS)
needs_c = pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")
pytestmark = pytest.mark.usefixtures("quick_compiles")


def some(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.bool_]:
    return rng.random(shape) < 0.3


def nothing(_: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.bool_]:
    return np.zeros(shape, dtype=bool)


def everything(_: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.bool_]:
    return np.ones(shape, dtype=bool)


def alike(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Few kinds of rows, one of them empty, in any order."""
    kinds = rng.random((3, shape[1])) < 0.4
    kinds[0] = False
    return kinds[rng.integers(3, size=shape[0])]


def long_rows(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Almost empty, but for one full row and one full column."""
    found = rng.random(shape) < 0.05
    found[shape[0] // 2], found[:, shape[1] // 2] = True, True
    return found


@dataclass(frozen=True)
class Situation:
    """A B sampled at C: the shape of A, the columns of B, and how the three are stored."""

    rows: int
    inner: int
    cols: int
    left: Maker
    right: Maker
    out: Maker | None = None
    """None for the pattern of the product itself."""


SITUATIONS = {
    "scattered": Situation(23, 11, 13, some, some),
    "sampled": Situation(23, 11, 13, some, some, some),
    "embedded": Situation(9, 11, 40, some, some, everything),
    "alike": Situation(40, 9, 21, alike, alike),
    "alike and sampled": Situation(40, 30, 21, alike, some, alike),
    "all": Situation(5, 17, 9, everything, everything),
    "long rows": Situation(9, 150, 75, long_rows, long_rows),
    "long rows sampled": Situation(9, 150, 75, everything, long_rows, long_rows),
    "many strips": Situation(700, 12, 30, some, some),
    "no left": Situation(6, 7, 8, nothing, some, some),
    "no right": Situation(6, 7, 8, some, nothing, some),
    "no result": Situation(6, 7, 8, some, some, nothing),
    "one row": Situation(1, 12, 20, some, some),
    "one column": Situation(12, 20, 1, everything, some),
    "one inner": Situation(12, 1, 20, some, everything),
    "one of each": Situation(1, 1, 1, everything, everything),
    "no rows": Situation(0, 3, 4, some, some),
    "no columns": Situation(4, 3, 0, some, some),
    "no inner": Situation(4, 0, 5, some, some, everything),
}
every_situation = pytest.mark.parametrize("situation", SITUATIONS)


@cache
def library(real: str) -> ctypes.CDLL:
    """The kernels of all forms, exported, in "double" or "float"."""
    texts = [kernel_text(name) for name in with_needs(KERNELS)]
    exported = [text.replace("KERNEL void product", "EXPORT void product") for text in texts]
    source = rendered(
        "nzdiff.codegen.emit.targets.c",
        "kernels.h.j2",
        kernels=exported,
        uses_blas=False,
        exported=True,
    )
    return ctypes.CDLL(str(compile_cached(source, (f"-DNZDIFF_REAL={real}",))))


@dataclass(frozen=True)
class Product:
    """One product as a kernel takes it, operands stored in the way that its form is for."""

    form: PanelForm
    dtype: Any
    tables: tuple[Array, ...]
    left: Array
    right: Array
    count: int
    expected: Array

    def run(self, threads: int) -> Array:
        """The result; nothing may be written behind its end."""
        out = np.zeros(self.count + LANES, dtype=self.dtype)
        out[self.count :] = FILLER
        kernel = getattr(library("double" if self.dtype is np.float64 else "float"), self.name)
        count = (ctypes.c_int64(self.count),) if self.form == "outer" else ()
        table = np.array([array.ctypes.data for array in self.tables], dtype=np.uint64)
        arrays = (table, self.left, self.right, out)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        kernel(ctypes.c_int(threads), *count, *pointers)
        assert (out[self.count :] == FILLER).all()
        return out[: self.count]

    @property
    def name(self) -> str:
        return f"product_{self.form}"


def product_of(
    form: PanelForm, where: Situation, rng: np.random.Generator, dtype: Any, turned: bool
) -> Product:
    """turned: that operand stored transposed which the form takes either way."""
    shapes = (where.rows, where.inner), (where.inner, where.cols)
    a = _values(where.left(rng, shapes[0]), rng)
    b = _values(where.right(rng, shapes[1]), rng)
    meant = (a != 0).astype(int) @ (b != 0).astype(int) != 0
    places = meant if where.out is None else where.out(rng, meant.shape)
    left_turned = form == "outer" or (form == "spread" and turned)
    right_turned = form == "sampled" and turned
    stored = (
        sparse.csr_array(a.T if left_turned else a),
        sparse.csr_array(b.T if right_turned else b),
    )
    leaves = {"A": stored[0], "B": stored[1], "C": sparse.csr_array(places.astype(float))}
    supports = Supports({}, {name: _pattern(matrix) for name, matrix in leaves.items()})
    left, right, out = (leaf_support(name, *leaves[name].shape) for name in "ABC")
    panels = PanelTable("t", form, left, left_turned, right, right_turned, out)
    return Product(
        form,
        dtype,
        make_table(panels, supports, np.dtype(dtype), NumpyLister()),
        _followed(stored[0].data, dtype),
        _followed(stored[1].data, dtype),
        leaves["C"].nnz,
        (a @ b)[places],
    )


def _values(places: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    return np.where(places, rng.uniform(1, 2, places.shape) * rng.choice([-1, 1], places.shape), 0)


def _pattern(matrix: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), matrix.shape)


def _followed(values: Floats, dtype: Any) -> Array:
    """What kernels read behind the end may be anything."""
    return np.concatenate([values, np.full(LANES - 1, np.nan)]).astype(dtype)


@needs_c
@every_situation
@pytest.mark.parametrize(
    ("form", "turned"),
    [("spread", False), ("spread", True), ("outer", False), ("sampled", False), ("sampled", True)],
)
def test_a_form_is_the_dense_product_for_any_number_of_threads(
    form: PanelForm, situation: str, turned: bool, rng: np.random.Generator
) -> None:
    product = product_of(form, SITUATIONS[situation], rng, np.float64, turned)
    results = [product.run(threads) for threads in THREADS]
    assert agree(results[0], product.expected, 1e-14)
    assert all(np.array_equal(results[0], other) for other in results)


@needs_c
@every_form
@pytest.mark.parametrize("situation", ["scattered", "sampled", "alike", "long rows"])
def test_a_form_computes_in_single_precision(
    form: PanelForm, situation: str, rng: np.random.Generator
) -> None:
    product = product_of(form, SITUATIONS[situation], rng, np.float32, False)
    assert agree(product.run(2), product.expected, 1e-6)


# whole models


@cache
def derivation_of_the_seed() -> Derivation:
    return PROBLEMS["seed"].derive()


def forced(plan: ir.Plan, form: PanelForm) -> ir.Plan:
    """The plan with every sparse product in a form, where its operands are stored for it."""

    def changed(step: ir.Step) -> ir.Step:
        if not isinstance(step, ir.SparseProduct):
            return step
        suitable = {
            "spread": not step.right.transposed,
            "outer": step.left.transposed and not step.right.transposed,
            "sampled": not step.left.transposed,
        }
        return replace(step, form=form if suitable[form] else "pairs")

    return replace(plan, steps=tuple(map(changed, plan.steps)))


@needs_c
@every_form
def test_models_agree_in_every_form_on_patterns_they_were_not_planned_for(
    form: PanelForm, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: max(THREADS))
    problem = PROBLEMS["seed"]
    derivation, wide = derivation_of_the_seed(), {"n": 12, "m": 4, "p": 3, "k": 40}
    planned = checked(problem, random_data(problem, wide, scattered, rng))
    plan = forced(lower(derivation, planned.supports), form)
    assert any(s.form == form for s in plan.steps if isinstance(s, ir.SparseProduct))
    kernel = kernel_of(derivation, layout(plan, Sizes(planned.supports)))
    for makers in (some, nothing, alike, long_rows):

        def pattern(
            rng: np.random.Generator, shape: tuple[int, int], maker: Maker = makers
        ) -> nz.Pattern:
            rows, cols = np.nonzero(maker(rng, shape))
            return nz.Pattern((rows, cols), shape)

        given = random_data(problem, {"n": 70, "m": 19, "p": 5, "k": 7}, pattern, rng)
        expected = bind_checked(kernel, checked(problem, given), backend="numpy", threads=1)
        g, v = rng.standard_normal((2, expected.size))
        first: list[Floats] = []
        for threads in THREADS:
            model = bind_checked(kernel, checked(problem, given), backend="c", threads=threads)
            assert model.threads == threads
            results = [model.gradient(g), model.hessian(g) @ v, model.jvp(g, v)]
            first = first or results
            assert all(np.array_equal(x, y) for x, y in zip(results, first, strict=True))
        assert agree(first[0], expected.gradient(g))
        assert agree(first[1], expected.hessian(g) @ v)
        assert agree(first[2], expected.jvp(g, v))


# patterns of rows that are stored alike


def grouped(rows: Array, within: Array) -> tuple[Array, Array]:
    """The groups of a `Grouping` as a matrix, and the pattern it pads to."""
    leaves = {"A": sparse.csr_array(rows), "B": sparse.csr_array(within)}
    supports = Supports({}, {name: _pattern(matrix) for name, matrix in leaves.items()})
    first, second = (leaf_support(name, *leaves[name].shape) for name in "AB")
    grouping = Grouping("alike", first, second)
    supports.add_groupings([grouping])
    return supports.leaves["alike"].toarray(), supports.matrix(grouping.padded).toarray()


def test_rows_of_a_group_are_stored_alike() -> None:
    rows = np.array([[1, 0], [0, 1], [1, 0], [0, 0]])
    within = np.array([[1, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]])
    groups, padded = grouped(rows, within)
    assert groups.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert padded.tolist() == [[1, 1, 1], [0, 0, 1], [1, 1, 1], [0, 0, 0]]


def test_groups_that_would_take_more_lanes_are_split() -> None:
    within = np.kron(np.eye(3), np.ones((2, LANES)))
    groups, padded = grouped(np.ones((6, 1)), within)
    assert groups.tolist() == np.kron(np.eye(3), np.ones((2, 1))).tolist()
    assert padded.tolist() == within.tolist()


def test_groups_always_store_what_they_are_made_of(rng: np.random.Generator) -> None:
    for maker in (some, everything, nothing, alike, long_rows):
        for shape in ((30, 9), (1, 5), (4, 70)):
            within = maker(rng, shape).astype(float)
            groups, padded = grouped(alike(rng, (shape[0], 4)).astype(float), within)
            assert (groups.sum(axis=1) == 1).all()
            assert (padded >= within).all()


def test_there_may_be_no_row() -> None:
    assert grouped(np.zeros((0, 3)), np.zeros((0, 4)))[1].shape == (0, 4)


def test_every_grouping_of_a_plan_means_the_same_when_it_is_bound(
    rng: np.random.Generator,
) -> None:
    """Candidate plans that were not chosen leave nothing behind."""
    k, q, p = nz.dims("k q p")
    H, M = nz.sparse("H", m, k), nz.sparse("M", m, m)
    Y, B, X = nz.dense("Y", p, m), nz.dense("B", m, q), nz.dense("X", p, q)
    energy = nz.sumsq(X - Y * G.T * L * G * B) + nz.sumsq(X - Y * M * H * H.T * M * B)
    problem = nz.Problem(energy, wrt=(G, H))
    for p_size, q_size in ((30, 2), (2, 30)):
        sizes = {"n": 60, "m": 25, "p": p_size, "k": 12, "q": q_size}
        data = random_data(problem, sizes, scattered, rng)
        planned, fresh = checked(problem, data), checked(problem, data)
        plan = plan_program(problem.derive(), planned).plan
        fresh.supports.add_groupings(plan.groupings)
        for grouping in plan.groupings:
            known, found = (d.supports.leaves[grouping.name] for d in (planned, fresh))
            assert np.array_equal(known.toarray(), found.toarray())


def test_rows_beside_an_unknown_are_stored_alike_in_the_plan(rng: np.random.Generator) -> None:
    data = checked(
        PROBLEMS["seed"],
        random_data(PROBLEMS["seed"], {"n": 60, "m": 12, "p": 30, "k": 40}, scattered, rng),
    )
    derivation = PROBLEMS["seed"].derive()
    source = Origin(derivation, derivation, sampled_of(derivation))
    plan = _plan(source, Sizes(data.supports), Choice())
    padded = {grouping.padded for grouping in plan.groupings}
    made: set[Support] = {s.out.support for s in plan.steps if s.out.support is not None}
    assert padded & made
    assert all(g.rows.rows == str(n) for g in plan.groupings)


def test_generated_code_holds_its_groups_and_runs_at_other_sizes(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = nz.Problem(PROBLEMS["seed"].energy, wrt=G, name="generated_with_groups")
    sizes = {"n": 60, "m": 12, "p": 30, "k": 40}
    data = random_data(problem, sizes, scattered, rng)
    with monkeypatch.context() as only:  # rows are alike by chance here, so that groups do not pay
        only.setattr(choose, "_seconds", lambda plan, sizes: 0.0 if plan.groupings else 1.0)
        nz.generate(problem, tmp_path / problem.name, data=data)
    monkeypatch.syspath_prepend(str(tmp_path))
    package = import_module(problem.name)
    assert package.SPEC.groupings
    for other in ({"n": 1, "m": 1, "p": 1, "k": 1}, {"n": 30, "m": 12, "p": 20, "k": 3}):
        for pattern in (scattered, full, empty):
            data = random_data(problem, other, pattern, rng)
            model, fresh = (f(**data, backend="numpy") for f in (package.bind, problem.bind))
            g, v = rng.standard_normal((2, model.size))
            assert agree(model.energy(g), fresh.energy(g))
            assert agree(model.gradient(g), fresh.gradient(g))
            assert agree(model.hessian(g) @ v, fresh.hessian(g) @ v)


@pytest.mark.parametrize("name", ["seed", "traces", "regularised"])
def test_both_sides_of_an_inner_product_are_stored_alike(
    name: str, rng: np.random.Generator
) -> None:
    """Also where one of them is padded: an inner product reads as many numbers of both."""
    problem = PROBLEMS[name]
    given = random_data(problem, {"n": 9, "m": 6, "p": 5, "k": 4}, full, rng)
    few = sparse.csr_array(([1.0, 2.0], ([1, 4], [1, 4])), shape=(9, 9))  # S G is small beside G
    given.update({key: few for key in ("L", "S") if key in given})
    data, derivation = checked(problem, given), problem.derive()
    source = Origin(derivation, derivation, sampled_of(derivation))
    for choice in (Choice(), Choice(gram=True)):
        for step in _plan(source, Sizes(data.supports), choice).steps:
            if isinstance(step, ir.Inner) and step.right is not None:
                assert step.left.support == step.right.support
