"""Sums over blocks are the model of all data, whoever evaluates the blocks."""

import gc
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from bound_problems import EVERYTHING, data_of
from nzdiff.blockwise.sources import Mapped, Slices, sliced
from nzdiff.blockwise.worker import HELD, Key, _Held
from problems import agree

n, m, k, r = nz.dims("n m k r")
L, G, c = nz.sparse("L", n, n), nz.sparse("G", n, m), nz.scalar("c")
X, B = nz.dense("X", m, k), nz.dense("B", m, k)
R, U, V = nz.sparse("R", n, m), nz.dense("U", n, r), nz.dense("V", m, r)
COARSE = nz.Problem(nz.sumsq(X - G.T * L * G * B) + c * nz.sumsq(G), wrt=G, name="coarse")
ROBUST = nz.Problem(nz.total(nz.softplus(X - G.T * L * G * B)) + c * nz.sumsq(G) - 5, wrt=G)
COMPLETION = nz.Problem(
    nz.sumsq(nz.mask(U * V.T - R, R)) + c * (nz.sumsq(U) + nz.sumsq(V)), wrt=(U, V), name="known"
)
SLOWER = (
    "auto",
    "newton",
    "trust-region",
    "gauss-newton",
    "levenberg-marquardt",
    "conjugate-gradient",
)
WIDTHS: dict[str, Any] = {"V": (7, 2), "c": 0.2}
NUMPY: dict[str, Any] = {"backend": "numpy"}


def coarse(seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Long matrices, and the others."""
    rng = np.random.default_rng(seed)
    long = {"X": rng.standard_normal((4, 23)), "B": rng.standard_normal((4, 23))}
    lattice = sparse.csr_array(sparse.diags_array([2.0, -1.0], offsets=[0, 1], shape=(9, 9)))
    pattern = nz.Pattern(np.nonzero(rng.random((9, 4)) < 0.6), (9, 4))
    return long, {"L": lattice, "G": pattern, "c": 0.3}


def ratings(rows: int = 12, seed: int = 0) -> sparse.csr_array:
    return sparse.random_array((rows, 7), density=0.5, rng=seed, format="csr")


def in_blocks(long: dict[str, Any], axis: int, *ends: int) -> Iterator[dict[str, Any]]:
    for start, stop in pairwise((0, *ends)):
        yield {name: sliced(matrix, axis, start, stop) for name, matrix in long.items()}


def loaded(number: int) -> dict[str, Any]:
    """What a worker calls."""
    return {"R": ratings(4 + number, seed=number)}


def check_same(found: nz.BlockSum, whole: nz.Model, rng: np.random.Generator) -> None:
    """Everything that both have."""
    g, v = rng.standard_normal((2, whole.size))
    assert found.size == whole.size
    assert agree(found.energy(g), whole.energy(g)) and agree(found.gradient(g), whole.gradient(g))
    energy, gradient = found.energy_and_gradient(g + v)
    assert agree(energy, whole.energy(g + v)) and agree(gradient, whole.gradient(g + v))
    assert agree(found.hessian(g) @ v, whole.hessian(g) @ v, 1e-11)
    assert agree(found.hessp(g, v), whole.hessian(g) @ v, 1e-11)
    assert agree(found.hessian(g).toarray(), whole.hessian(g).toarray(), 1e-11)
    assert found.is_sum_of_squares == whole.is_sum_of_squares
    if not whole.is_sum_of_squares:
        with pytest.raises(TypeError, match="residual: the energy is no sum of squares"):
            found.residual(g)
        return
    assert agree(found.gauss_newton(g) @ v, whole.gauss_newton(g) @ v, 1e-11)
    residual = found.residual(g)
    assert residual.shape == (found.residual_size,) == (whole.residual_size,)
    assert agree(residual @ residual, whole.energy(g))
    along = found.jvp(g, v)
    assert agree(along @ along, np.sum(whole.jvp(g, v) ** 2))
    assert agree(found.jvp_square(g, v), along @ along, 1e-11)
    assert agree(2.0 * found.vjp(g, residual), whole.gradient(g), 1e-11)
    squares = [norm**2 for norm in found.residual_norms(g).values()]
    assert agree(sum(squares), whole.energy(g))


@pytest.mark.parametrize("problem", [COARSE, pytest.param(ROBUST, marks=pytest.mark.slow)])
def test_a_sum_over_columns_is_the_model(problem: nz.Problem, rng: np.random.Generator) -> None:
    long, shared = coarse()
    whole = problem.bind(**long, **shared, **NUMPY)
    for data, options in (
        (long, {"size": 5}),
        (list(in_blocks(long, 1, 1, 20, 23)), {}),
        ([partial(dict, **block) for block in in_blocks(long, 1, 9, 23)], {"map": map}),
    ):
        check_same(nz.blocks(problem, "k", data, **options, **shared, **NUMPY), whole, rng)


@pytest.mark.slow
def test_unknowns_are_cut_with_the_rows_of_a_mask(rng: np.random.Generator) -> None:
    known, shared = ratings(), WIDTHS
    whole = COMPLETION.bind(R=known, U=(12, 2), **shared, **NUMPY)
    for data in ({"R": known}, list(in_blocks({"R": known}, 0, 3, 4, 12))):
        check_same(nz.blocks(COMPLETION, "n", data, size=5, **shared, **NUMPY), whole, rng)
    by_columns = nz.blocks(COMPLETION, "m", {"R": known}, U=(12, 2), c=0.2, size=3, **NUMPY)
    check_same(by_columns, whole, rng)
    g = rng.standard_normal(whole.size)
    assert all(map(np.array_equal, by_columns.unpack(g), whole.unpack(g)))
    assert np.array_equal(by_columns.pack(*by_columns.unpack(g)), g)


@pytest.mark.slow
def test_sparse_unknowns_bring_their_pattern(rng: np.random.Generator) -> None:
    pattern = nz.Pattern(np.nonzero(rng.random((9, 4)) < 0.6), (9, 4))
    fitted = nz.Problem(nz.sumsq(L * 0 + G * B * nz.dense("C", k, n)) + nz.sumsq(G), wrt=G)
    assert not nz.dimensions(fitted)["n"].separates
    rows = nz.Problem(nz.sumsq(nz.dense("Z", n, k) - G * B) + c * nz.sumsq(G), wrt=G)
    Z, B0 = rng.standard_normal((9, 5)), rng.standard_normal((4, 5))
    found = nz.blocks(rows, "n", {"Z": Z, "G": pattern}, B=B0, c=0.1, size=4, **NUMPY)
    (assembled,) = found.patterns
    check_same(found, rows.bind(Z=Z, G=assembled, B=B0, c=0.1, **NUMPY), rng)
    matrix = pattern.to_csr(rng.standard_normal(pattern.size))
    assert (found.unpack(found.pack(matrix)) != matrix).nnz == 0
    tied = pattern.tied([0] * pattern.size)
    with pytest.raises(ValueError, match="block 0: a pattern with duplicates, ties"):
        nz.blocks(rows, "n", {"Z": Z, "G": tied}, B=B0, c=0.1, **NUMPY)
    with pytest.raises(ValueError, match="block 0: G: a pattern with duplicates, ties"):
        nz.blocks(rows, "n", [{"Z": Z, "G": tied}], B=B0, c=0.1, **NUMPY)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, p in EVERYTHING.items() if not p.is_function])
def test_every_problem_along_every_dimension(name: str, rng: np.random.Generator) -> None:
    problem, data = EVERYTHING[name], data_of(EVERYTHING[name], "scattered")
    whole = problem.bind(**data, **NUMPY)
    for dimension in nz.dimensions(problem).found:
        if not dimension.separates:
            continue
        cuts = {str(cut.matrix.name): cut.axis for cut in dimension.separation.cuts}  # type: ignore[union-attr]
        optional = {str(u.name) for u in problem.wrt if u.kind_of != "sparse"}
        long = {name: data[name] for name in cuts if name not in optional}
        if not long:
            continue
        shared = {name: value for name, value in data.items() if name not in cuts}
        found = nz.blocks(problem, dimension.name, long, size=2, **shared, **NUMPY)
        names = [str(u.name) for u in problem.wrt]
        patterns = dict(zip(names, found.patterns, strict=True))
        check_same(found, problem.bind(**(data | patterns), **NUMPY), rng)
        assert found.size == whole.size


def test_bits_do_not_depend_on_who_computes(rng: np.random.Generator) -> None:
    long, shared = coarse()
    serial = nz.blocks(COARSE, "k", long, size=4, **shared, **NUMPY)
    g, v = rng.standard_normal((2, serial.size))
    expected = serial.energy_and_gradient(g)
    with ThreadPoolExecutor(3) as pool:
        for through in (pool, pool.map, "threads", [pool, pool]):
            found = nz.blocks(COARSE, "k", long, map=through, size=4, **shared, **NUMPY)
            energy, gradient = found.energy_and_gradient(g)
            assert energy == expected[0] and np.array_equal(gradient, expected[1])
            assert np.array_equal(found.hessian(g) @ v, serial.hessian(g) @ v)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_keep_their_blocks(rng: np.random.Generator) -> None:
    data, shared = [partial(loaded, number) for number in range(5)], WIDTHS
    serial = nz.blocks(COMPLETION, "n", data, **shared)
    g, v = rng.standard_normal((2, serial.size))
    expected = serial.energy_and_gradient(g)
    with ProcessPoolExecutor(2) as pool, ProcessPoolExecutor(1) as a, ProcessPoolExecutor(1) as b:
        for through in (pool, [a, b]):
            found = nz.blocks(COMPLETION, "n", data, map=through, **shared)
            energy, gradient = found.energy_and_gradient(g)
            assert energy == expected[0] and np.array_equal(gradient, expected[1])
            assert np.array_equal(found.hessian(g) @ v, serial.hessian(g) @ v)
            result = nz.solve(found, g, "l-bfgs")
            assert result.success and result.fun == nz.solve(serial, g, "l-bfgs").fun


@pytest.mark.parametrize(
    "method",
    ["l-bfgs", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOWER)],
)
def test_solvers_run_on_top(method: str) -> None:
    long, shared = coarse()
    whole = COARSE.bind(**long, **shared, **NUMPY)
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    g = 0.5 + np.random.default_rng(1).random(whole.size)
    result = nz.solve(found, g, method)
    assert result.success
    assert result.fun == pytest.approx(whole.energy(result.x), rel=1e-12)
    assert np.linalg.norm(whole.gradient(result.x)) <= 1e-3 * np.linalg.norm(whole.gradient(g))


def test_a_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    long, shared = coarse()
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    path = tmp_path / "run.npz"
    first = nz.solve(found, np.ones(found.size), "l-bfgs", max_iterations=5, checkpoint=path)
    again = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    second = nz.solve(again, nz.solvers.load_checkpoint(path), "l-bfgs")
    assert second.success and second.fun < first.fun and len(second.history) > 6


def test_what_was_computed_at_one_g_is_kept() -> None:
    long, shared = coarse()
    calls = []

    def counted(function: Any, tasks: Any) -> Iterator[Any]:
        calls.append(tasks[0].what)
        return map(function, tasks)

    found = nz.blocks(COARSE, "k", long, map=counted, size=8, **shared, **NUMPY)
    g = np.ones(found.size)
    for function in (found.energy, found.energy, found.gradient, found.energy_and_gradient):
        function(g)
    assert calls == ["about", "energy", "gradient"]
    gradient = found.gradient(g)
    gradient[:] = 0.0
    assert found.gradient(g).any()


def test_workers_forget_sums_that_are_gone() -> None:
    def held(owner: str) -> int:
        return sum(key.owner == owner for key in HELD._blocks)

    long, shared = coarse()
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    owner = found._team._owner
    assert held(owner) == 3
    del found
    gc.collect()
    assert held(owner) == 0
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    found.close()
    assert held(found._team._owner) == 0
    with pytest.raises(RuntimeError, match="this sum over blocks was closed"):
        found.energy(np.ones(found.size))


def test_blocks_are_bound_again_where_they_are_lost(rng: np.random.Generator) -> None:
    long, shared = coarse()
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    g = rng.standard_normal(found.size)
    expected = found.energy(g)
    for key in list(HELD._blocks):
        if key.number != 1:
            del HELD._blocks[key]
    assert found.energy(2 * g) != expected
    assert found.energy(g) == expected


def test_slices_travel_alone_and_memory_maps_by_their_file(tmp_path: Path) -> None:
    long, _ = coarse()
    part = Slices(long, {"X": 1, "B": 1}, 3, 7)
    travelled = pickle.loads(pickle.dumps(part))
    assert np.array_equal(travelled()["X"], long["X"][:, 3:7])
    wide = Slices({"X": np.zeros((4, 10_000))}, {"X": 1}, 0, 2)
    assert len(pickle.dumps(wide)) < 1_000
    for order in (np.ascontiguousarray, np.asfortranarray):
        np.save(tmp_path / "X.npy", order(long["X"]))
        mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
        stored = pickle.dumps(Slices({"X": mapped}, {"X": 1}, 3, 7))
        assert b"X.npy" in stored
        assert np.array_equal(pickle.loads(stored)()["X"], long["X"][:, 3:7])
    assert Mapped.of(mapped[:, 1:]) is None


LONG, SHARED = coarse()
BLOCK = {"X": LONG["X"], "B": LONG["B"]}


def broken() -> dict[str, Any]:
    raise OSError("the file is gone")


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], ValueError, "expected at least one block of k, got none"),
        (7, TypeError, "data: expected blocks, each a dict of matrices or a function"),
        ([7], TypeError, "block 0: expected a dict of matrices, or a function"),
        ([BLOCK, {"X": LONG["X"]}], TypeError, "block 1: expected B, X: missing B"),
        ([BLOCK | {"L": 1}], TypeError, "block 0: expected B, X: L is not cut into blocks"),
        ([BLOCK, BLOCK | {"X": LONG["X"][:, 1:]}], ValueError, "block 1: .*expected 2[23] columns"),
        ([BLOCK, BLOCK | {"X": LONG["X"][1:]}], ValueError, "block 1: .*expected"),
        ([BLOCK, broken], OSError, "block 1: the file is gone"),
        ([BLOCK, int], TypeError, "block 1: expected a dict of matrices, got int"),
        ({"X": LONG["X"], "B": LONG["B"][:, 1:]}, ValueError, "data: B: expected 23 columns"),
        ({"X": 1}, TypeError, "data: X: expected a matrix with a shape"),
        ({"Q": 1}, TypeError, "data: expected matrices among B, X; Q is not cut"),
        ({}, TypeError, "data: expected matrices among B, X; got none"),
    ],
)  # fmt: skip
def test_bad_blocks_are_named(data: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nz.blocks(COARSE, "k", data, **SHARED, **NUMPY)


@pytest.mark.parametrize(
    ("over", "changes", "error", "message"),
    [
        ("m", {}, ValueError, "over: m does not separate: .* mixes the blocks of m"),
        ("q", {}, ValueError, "over: expected a dimension of the problem coarse"),
        ("k", {"c": None}, TypeError, "blocks: expected G, L, c: missing c"),
        ("k", {"B": 1}, TypeError, "B is cut into blocks, and goes into data"),
        ("k", {"Q": 1}, TypeError, "not known Q"),
        ("k", {"size": 0}, ValueError, "size: expected a whole number"),
        ("k", {"map": 7}, TypeError, "map: expected None"),
        ("k", {"map": [map]}, TypeError, "map: expected None"),
        ("k", {"threads": 0}, ValueError, "threads: expected"),
    ],
)
def test_bad_arguments_are_refused(
    over: str, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    given = {name: value for name, value in (SHARED | changes).items() if value is not None}
    with pytest.raises(error, match=message):
        nz.blocks(COARSE, over, LONG, **given, **NUMPY)


def test_what_reduces_but_does_not_separate_says_so() -> None:
    gram = nz.Problem(nz.sumsq(G * B * B.T), wrt=G)
    with pytest.raises(ValueError, match=r"it reduces: nz\.reduce_dimension"):
        nz.blocks(gram, "k", {"B": LONG["B"]}, G=SHARED["G"])
    with pytest.raises(TypeError, match=r"blocks: expected a nzdiff\.Problem"):
        nz.blocks("X", "k", LONG)


def test_errors_while_evaluating_name_the_block() -> None:
    D, x = nz.sparse("D", n, n), nz.dense("x", n, k)
    problem = nz.Problem(nz.sumsq(D.inv() * x), wrt=D)
    data = {"x": np.ones((3, 4))}
    found = nz.blocks(problem, "k", data, size=2, D=nz.Pattern.diagonal(3), **NUMPY)
    with pytest.raises(np.linalg.LinAlgError, match="block 0: "):
        found.energy(np.zeros(3))
    assert "2 blocks" in repr(found)
    with pytest.raises(AttributeError, match=r"make another sum, with nz\.blocks"):
        found.size = 3


def too_few(function: Any, tasks: Any) -> Any:
    return list(map(function, tasks))[: 3 if tasks[0].what == "about" else 2]


def too_many(function: Any, tasks: Any) -> Any:
    return [*map(function, tasks), function(tasks[0])][tasks[0].what == "about" :]


def backwards(function: Any, tasks: Any) -> Any:
    found = list(map(function, tasks))
    return found if tasks[0].what == "about" else found[::-1]


@pytest.mark.parametrize(
    ("mapped", "message"),
    [
        (too_few, "for each of 3 tasks, got 2 answers"),
        (too_many, "got that of block 1 in place of block 0"),
        (backwards, "got that of block 2 in place of block 0"),
        (lambda function, tasks: [*map(function, tasks), 7], "one for each task, got more"),
        (lambda function, tasks: [7, 8, 9], "got int"),
    ],
)
def test_a_map_that_is_none_is_found_out(mapped: Any, message: str) -> None:
    long, shared = coarse()

    def energy() -> float:
        found = nz.blocks(COARSE, "k", long, size=8, map=mapped, **shared, **NUMPY)
        return found.energy(np.ones(found.size))

    with pytest.raises(RuntimeError, match=message):
        energy()


def test_masked_arrays_and_unknown_chunks_are_refused() -> None:
    long, shared = coarse()
    masked = {**long, "X": np.ma.masked_greater(long["X"], 0.5)}
    for data in (masked, [masked]):
        with pytest.raises(TypeError, match="block 0: X: expected an array without a mask"):
            nz.blocks(COARSE, "k", data, **shared, **NUMPY)
    array = pytest.importorskip("dask.array")
    unknown = array.from_array(long["X"].T, chunks=(5, 4))
    unknown = unknown[unknown[:, 0] > 0].T
    with pytest.raises(ValueError, match=r"data: X: .* after compute_chunk_sizes\(\)"):
        nz.blocks(COARSE, "k", {**long, "X": unknown}, **shared, **NUMPY)


def test_what_was_written_to_a_private_memory_map_travels(tmp_path: Path) -> None:
    long, _ = coarse()
    np.save(tmp_path / "X.npy", long["X"])
    private = np.load(tmp_path / "X.npy", mmap_mode="c")
    private *= 2.0
    part = pickle.loads(pickle.dumps(Slices({"X": private}, {"X": 1}, 3, 7)))
    assert np.array_equal(part()["X"], 2 * long["X"][:, 3:7])


def test_threads_share_a_sum(rng: np.random.Generator) -> None:
    long, shared = coarse()
    found = nz.blocks(COARSE, "k", long, size=8, map="threads", **shared, **NUMPY)
    points = rng.standard_normal((4, found.size))
    expected = [(found.energy(g), found.gradient(g)) for g in points]

    def work(i: int) -> bool:
        return all(
            found.energy(points[i]) == expected[i][0]
            and np.array_equal(found.gradient(points[i]), expected[i][1])
            for _ in range(20)
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def test_a_sum_is_not_pickled() -> None:
    long, shared = coarse()
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    with pytest.raises(TypeError, match=r"make another one where it is needed, with nz\.blocks"):
        pickle.dumps(found)


def test_a_direction_that_is_not_finite_is_named_by_its_place() -> None:
    long, shared = coarse()
    found = nz.blocks(COARSE, "k", long, size=8, **shared, **NUMPY)
    v = np.ones(found.size)
    v[5] = np.nan
    with pytest.raises(ValueError, match=r"^v: expected finite numbers, got nan at position 5"):
        _ = found.hessian(np.ones(found.size)) @ v


class _Falling:
    """Another sum becomes garbage while a block is let go."""

    def __init__(self, fall: Any) -> None:
        self.fall = fall

    def __del__(self) -> None:
        self.fall()


def test_a_sum_that_is_collected_while_blocks_are_let_go_does_not_wait_for_itself() -> None:
    held = _Held()
    keys = [Key("here", owner, 0) for owner in ("first", "second")]
    held._turns = {key: threading.Lock() for key in keys}
    held._blocks[keys[0]] = _Falling(lambda: held.drop("here", frozenset()))  # type: ignore[assignment]
    work = threading.Thread(target=held.drop, args=("here", frozenset(["second"])), daemon=True)
    work.start()
    work.join(20.0)
    assert not work.is_alive() and not held._turns and not held._blocks
