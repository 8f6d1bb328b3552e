"""The kernels that no plan of tests/tables/problems.py uses alone, in C and in NumPy."""

import ctypes
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen.emit.targets.c.kernels import KERNELS, kernel_text, with_needs
from nzdiff.codegen.emit.targets.numpy.emit import KERNELS as NUMPY_KERNELS
from nzdiff.codegen.emit.templates import rendered
from nzdiff.runtime.data.spec import PairTable, PlaceTable, RowTable
from nzdiff.runtime.kernel.backends import numpy_kernels
from nzdiff.runtime.kernel.backends.c import PANEL_WORDS, TABLE_WORDS
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.kernel.library import compile_cached
from nzdiff.runtime.kernel.linear_solvers import LinearSolvers
from problems import Floats, agree

BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
THREADS = 2
BY_BLAS = ("gemm", "trmm")
ALONE = tuple(name for name in KERNELS if not name.startswith((*BY_BLAS, "product_", "blas")))
SHAPES = [(2, 3, 4, 5), (5, 1, 1, 3), (1, 4, 3, 1), (1, 1, 1, 1)]
SHAPES += [(0, 2, 3, 2), (2, 0, 2, 2), (2, 3, 0, 2), (2, 3, 2, 0)]
every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)

Kernel = Callable[..., None]


def exported(names: Iterable[str]) -> str:
    """Some kernels with what they need as one C file, which exports them."""
    texts = {name: kernel_text(name) for name in with_needs(names)}
    exports = [text.replace("KERNEL void", "EXPORT void") for text in texts.values()]
    return rendered(
        "nzdiff.codegen.emit.targets.c",
        "kernels.h.j2",
        kernels=exports,
        uses_blas="blas" in texts,
        exported=True,
    )


@cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(compile_cached(exported(ALONE))))


def kernel(backend: str, name: str) -> Kernel:
    """A kernel by name, called alike on both backends: flat arrays, numbers."""
    if backend == "numpy":
        found: Kernel = getattr(numpy_kernels, name)
        return found

    def call(*args: Any) -> None:
        assert all(arg.flags.c_contiguous for arg in args if isinstance(arg, np.ndarray))
        if isinstance(args[0], LinearSolvers):
            struct, numbers = args[0].c_struct(), [ctypes.c_int(n) for n in args[1:-2]]
            if name == "solve":
                numbers[-1] = ctypes.c_int64(args[3])  # type: ignore[call-overload]
            getattr(library(), name)(ctypes.byref(struct), *numbers, *map(pointer, args[-2:]))
        else:
            getattr(library(), name)(ctypes.c_int(THREADS), *map(pointer, args))

    return call


def pointer(value: Any) -> Any:
    if isinstance(value, Table):
        return value.struct()
    if isinstance(value, float):
        return ctypes.c_double(value)
    if isinstance(value, np.ndarray):
        return ctypes.c_void_p(value.ctypes.data)
    return ctypes.c_int64(value)


def unset(*shape: int) -> Floats:
    """What a kernel must write over."""
    return np.full(shape, np.nan)


def test_every_kernel_has_its_file_and_every_file_its_kernel() -> None:
    folders = resources.files("nzdiff.codegen.emit.targets.c") / "kernels"
    files = [entry.name for folder in folders.iterdir() for entry in folder.iterdir()]
    assert sorted(files) == sorted(f"{name}.c" for name in KERNELS)
    assert all(need in KERNELS for needs in KERNELS.values() for need in needs)


def test_the_runtime_fills_every_member_of_a_table() -> None:
    tables = {"row": RowTable, "pair": PairTable, "place": PlaceTable}
    words = {name: TABLE_WORDS[kind] for name, kind in tables.items()}
    words |= {str(form): count for form, count in PANEL_WORDS.items()}
    for name, count in words.items():
        body = kernel_text(f"{name}_table").partition("typedef struct {")[2]
        assert body.count("*") == count, name


def test_what_a_kernel_needs_stands_before_it() -> None:
    places = {name: place for place, name in enumerate(KERNELS)}
    assert all(places[need] < places[name] for name, needs in KERNELS.items() for need in needs)


def test_what_the_numpy_target_calls_is_there() -> None:
    assert all(callable(getattr(numpy_kernels, name)) for name in NUMPY_KERNELS)
    assert {*KERNELS, "sampled_spmm_whole"} >= NUMPY_KERNELS  # C makes no whole product there


@pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")
@pytest.mark.parametrize("openmp", [(), ("-fopenmp",)], ids=["serial", "openmp"])
def test_they_compile_without_warnings(openmp: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "kernel.c").write_text(exported(KERNELS), encoding="utf-8")
    flags = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", *openmp)
    command = [*(find_compiler() or ()), *flags, "-c", "kernel.c", "-o", "kernel.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@every_backend
@pytest.mark.parametrize("count", [0, 1, 7])
def test_multiply_is_entrywise(backend: str, count: int, rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((2, count))
    out = unset(count)
    kernel(backend, "multiply")(count, a, b, out)
    assert np.array_equal(out, a * b)


@every_backend
@every_shape
def test_kron_is_the_kronecker_product(
    backend: str, shape: tuple[int, int, int, int], rng: np.random.Generator
) -> None:
    a_rows, a_cols, b_rows, b_cols = shape
    a, b = rng.standard_normal((a_rows, a_cols)), rng.standard_normal((b_rows, b_cols))
    out = unset(a_rows * b_rows, a_cols * b_cols)
    kernel(backend, "kron")(*shape, a.ravel(), b.ravel(), out.ravel())
    assert np.array_equal(out, np.kron(a, b))


@every_backend
@every_shape
def test_its_two_adjoints_are_adjoint(
    backend: str, shape: tuple[int, int, int, int], rng: np.random.Generator
) -> None:
    a_rows, a_cols, b_rows, b_cols = shape
    a, b = rng.standard_normal((a_rows, a_cols)), rng.standard_normal((b_rows, b_cols))
    w = rng.standard_normal((a_rows * b_rows, a_cols * b_cols))
    blocks = w.reshape(a_rows, b_rows, a_cols, b_cols)
    left, right = unset(a_rows, a_cols), unset(b_rows, b_cols)
    kernel(backend, "kron_left")(*shape, w.ravel(), b.ravel(), left.ravel())
    kernel(backend, "kron_right")(*shape, w.ravel(), a.ravel(), right.ravel())
    assert agree(left, np.einsum("ikjl,kl->ij", blocks, b))
    assert agree(right, np.einsum("ikjl,ij->kl", blocks, a))
    assert agree(np.sum(left * a), np.sum(w * np.kron(a, b)))
    assert agree(np.sum(right * b), np.sum(w * np.kron(a, b)))


class Table(tuple[Any, ...]):
    """Index arrays: as they are for NumPy, a struct of pointers for C."""

    def struct(self) -> ctypes.Array[ctypes.c_void_p]:
        return (ctypes.c_void_p * 3)(*(array.ctypes.data for array in self))


ENTRYWISE: dict[str, Callable[..., Any]] = {
    "add": lambda c, a, out: out + c * a,
    "linear_1": lambda c, a, out: c * a,
    "linear_2": lambda c, a, d, b, out: c * a + d * b,
    "fill": lambda c, out: 0 * out + c,
}
ARGUMENTS = {"add": "ca", "linear_1": "ca", "linear_2": "cada", "fill": "c"}


@every_backend
@pytest.mark.parametrize("count", [0, 1, 19])
@pytest.mark.parametrize("name", ENTRYWISE)
def test_entries_are_computed_one_by_one(
    backend: str, name: str, count: int, rng: np.random.Generator
) -> None:
    given = [
        rng.standard_normal(count) if kind == "a" else float(rng.standard_normal())
        for kind in ARGUMENTS[name]
    ]
    out = rng.standard_normal(count)
    expected = ENTRYWISE[name](*given, out.copy())
    kernel(backend, name)(count, *given, out)
    np.testing.assert_allclose(out, expected, rtol=1e-14)


@every_backend
@pytest.mark.parametrize("count", [0, 1, 19])
def test_sums_are_over_all_entries(backend: str, count: int, rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((2, count))
    for name, given, expected in (
        ("total", (a,), a.sum()),
        ("inner", (a, b), a @ b),
        ("sum_squares", (a,), a @ a),
    ):
        out = unset(1)
        kernel(backend, name)(count, *given, out)
        assert out[0] == pytest.approx(expected, rel=1e-13)


@every_backend
@pytest.mark.parametrize("shape", [(3, 5), (1, 4), (4, 1), (0, 3)], ids=str)
def test_rows_and_columns_are_where_they_should_be(
    backend: str, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    a, before = rng.standard_normal(shape), rng.standard_normal(shape)
    r, c = rng.standard_normal(shape[0]), rng.standard_normal(shape[1])
    for name, given, expected in (
        ("scale_rows", (r, a.ravel()), r[:, None] * a),
        ("scale_cols", (c, a.ravel()), a * c),
        ("transpose", (2.5, a.T.ravel()), 2.5 * a),
        ("add_transposed", (2.5, a.T.ravel()), before + 2.5 * a),
    ):
        out = before.ravel().copy()
        kernel(backend, name)(*shape, *given, out)
        np.testing.assert_allclose(out.reshape(shape), expected, rtol=1e-14)


@every_backend
@pytest.mark.parametrize("density", [0.0, 0.4, 1.0])
def test_numbers_are_taken_from_and_put_at_stored_places(
    backend: str, density: float, rng: np.random.Generator
) -> None:
    i, j = np.nonzero(rng.random((6, 7)) < density)
    start = np.searchsorted(i, np.arange(7)).astype(np.int64)
    at = Table((start, j.astype(np.int32)))
    a, t = rng.standard_normal((6, 7)), rng.standard_normal(i.size)
    out = unset(i.size)
    kernel(backend, "sample")(6, at, 7, a.ravel(), out)
    assert np.array_equal(out, a[i, j])
    kernel(backend, "sample_transposed")(6, at, 6, a.T.ravel(), out)
    assert np.array_equal(out, a[i, j])
    for name, width, turn in (("add_scattered", 7, False), ("add_scattered_transposed", 6, True)):
        expected = a.copy()
        expected[i, j] += 2.5 * t
        dense = (a.T if turn else a).ravel().copy()
        kernel(backend, name)(6, width, at, 2.5, t, dense)
        np.testing.assert_allclose(dense, (expected.T if turn else expected).ravel())
    place = rng.integers(-1, 3, 9).astype(np.int32)
    place[:2] = -1, 0
    values, before = rng.standard_normal(3), rng.standard_normal(9)
    chosen = np.where(place >= 0, 2.5 * values[place], 0.0)
    for name, expected in (("embed", chosen), ("add_embedded", before + chosen)):
        out = before.copy()
        kernel(backend, name)(9, Table((place,)), 2.5, values, out)
        np.testing.assert_allclose(out, expected)


@every_backend
@pytest.mark.parametrize("inner", [0, 1, 7, 8, 21])
def test_products_with_stored_places_are_the_dense_ones(
    backend: str, inner: int, rng: np.random.Generator
) -> None:
    """Rows of 0 to 9 places, so that some are done in fours and some are left over."""
    counts, cols = [*range(10), 7], 9
    rows = len(counts)
    i = np.repeat(np.arange(rows), counts)
    j = np.concatenate([rng.permutation(cols)[:count] for count in counts])
    start = np.searchsorted(i, np.arange(rows + 1)).astype(np.int64)
    a, b = rng.standard_normal((rows, inner)), rng.standard_normal((cols, inner))
    whole = unset(i.size + 4)  # what lies behind stays as it is
    places = np.concatenate([j, [0] * 4]).astype(np.int32)[: j.size]
    kernel(backend, "sddmm")(
        rows, inner, Table((start, places)), a.ravel(), b.ravel(), whole[: i.size]
    )
    np.testing.assert_allclose(whole[: i.size], (a @ b.T)[i, j], rtol=1e-13, atol=1e-13)
    assert np.isnan(whole[i.size :]).all()


@every_backend
@pytest.mark.parametrize("width", [1, 7, 8, 9, 40, 111])
@pytest.mark.parametrize("e", [0.0, 1.0, -1.5])
def test_a_sparse_matrix_by_a_dense_one(
    backend: str, width: int, e: float, rng: np.random.Generator
) -> None:
    matrix = sparse.random_array((6, 5), density=0.5, rng=rng, format="csr")
    b, plus = rng.standard_normal((5, width)), rng.standard_normal((6, width))
    expected = 2.5 * (matrix @ b) + e * plus
    if e == 0.0:
        plus[:] = np.nan  # is not read
    start, cols = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    given = 2.5, e
    out = unset(6, width)
    kernel(backend, "spmm")(
        6, width, Table((start, cols)), *given, matrix.data, b.ravel(), plus.ravel(), out.ravel()
    )
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-13)
    order = rng.permutation(matrix.nnz)
    stored = matrix.data[order]
    position = np.argsort(order).astype(np.int32)
    out = unset(6, width)
    at = Table((start, cols, position))
    kernel(backend, "spmm_transposed")(
        6, width, at, *given, stored, b.ravel(), plus.ravel(), out.ravel()
    )
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-13)


@every_backend
@pytest.mark.parametrize("cols", [1, 7, 8, 31, 32, 41, 75])
@pytest.mark.parametrize("inner", [0, 5, 8, 127, 130, 259])
@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_is_sampled_by_strips_of_its_columns(
    backend: str, cols: int, inner: int, transposed: bool, rng: np.random.Generator
) -> None:
    rows, others = 6, 11
    made = sparse.random_array((inner, others), density=0.3, rng=rng, format="csr")
    at = sparse.random_array((rows, cols), density=0.5, rng=rng, format="csr")
    a, b = rng.standard_normal((rows, inner)), rng.standard_normal((others, cols))
    i, j = at.nonzero()
    expected = (a @ (made @ b))[i, j]
    tables: tuple[Any, ...] = made.indptr.astype(np.int64), made.indices.astype(np.int32)
    stored = made.data
    if transposed:
        order = rng.permutation(made.nnz)
        stored = made.data[order]
        tables = (*tables, np.argsort(order).astype(np.int32))
    out = unset(at.nnz)
    if backend != "c":
        by_rows = Table((at.indptr.astype(np.int64), at.indices.astype(np.int32)))
        given = by_rows, a.ravel(), stored, b.ravel(), out
        kernel(backend, "sampled_spmm_whole")(rows, inner, cols, Table(tables), *given)
    else:
        numbered = sparse.csr_array((np.arange(at.nnz), at.indices, at.indptr), at.shape).tocsc()
        numbered.sort_indices()
        start, places = numbered.indptr.astype(np.int64), numbered.indices.astype(np.int32)
        by_columns = Table((start, places, numbered.data.astype(np.int32)))
        strips = unset(b.size)
        kernel(backend, "strips")(others, cols, b.ravel(), strips)
        assert sorted(strips) == sorted(b.ravel())
        given = by_columns, a.ravel(), stored, strips, out
        kernel(backend, "sampled_spmm")(cols, inner, others, Table(tables), *given)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)


@every_backend
def test_pairs_add_up_to_each_position(backend: str, rng: np.random.Generator) -> None:
    start = np.array([0, 2, 2, 5, 6])
    left, right = rng.integers(0, 4, (2, 6)).astype(np.int32)
    a, b, out = *rng.standard_normal((2, 4)), unset(4)
    kernel(backend, "sparse_product")(4, Table((start, left, right)), a, b, out)
    products = a[left] * b[right]
    expected = [products[:2].sum(), 0.0, products[2:5].sum(), products[5]]
    np.testing.assert_allclose(out, expected, rtol=1e-14)


@every_backend
@pytest.mark.parametrize("stored", ["dense", "sparse"])
@pytest.mark.parametrize("size", [0, 1, 6])
def test_factor_and_solve(backend: str, stored: str, size: int, rng: np.random.Generator) -> None:
    a = rng.standard_normal((size, size))
    structure = size if stored == "dense" else sparse.csr_array(np.ones((size, size)))
    solvers = LinearSolvers((1, structure), ("B", "A"))
    det = unset(2)
    kernel(backend, "factor")(solvers, 1, a.ravel(), det)
    assert agree(det[0], np.linalg.slogdet(a)[1])
    assert det[1] == np.linalg.slogdet(a)[0]
    for width in (0, 1, 3):
        b = rng.standard_normal((size, width))
        for transposed, matrix in enumerate((a, a.T)):
            x = unset(size, width)
            kernel(backend, "solve")(solvers, 1, transposed, width, b.ravel(), x.ravel())
            assert agree(x, np.linalg.solve(matrix, b))
    solvers.raise_pending()


@pytest.mark.parametrize(("d", "e"), [(1.0, 0.0), (-2.0, 0.0), (3.0, 1.0), (0.5, -2.0)])
def test_products_of_numpy_are_scaled_and_added(d: float, e: float) -> None:
    rng = np.random.default_rng(0)
    a, b, c = rng.standard_normal((2, 3)), rng.standard_normal((3, 4)), rng.standard_normal((2, 4))
    given = {"nn": (a, b), "tn": (a.T.copy(), b), "nt": (a, b.T.copy())}
    for kind, (left, right) in given.items():
        out = c.copy() if e else unset(2, 4)
        getattr(numpy_kernels, f"gemm_{kind}")(2, 4, 3, d, e, left.ravel(), right.ravel(), out)
        assert agree(out, d * (a @ b) + (e * c if e else 0.0))


@pytest.mark.parametrize(("dtype", "place"), [(np.float64, 0), (np.float32, 1)])
def test_what_is_cheap_is_taken_where_it_is_large_enough(dtype: Any, place: int) -> None:
    least, calls = (1e-9, 1e-3), list[Any]()
    work: Any = SimpleNamespace(dtype=np.dtype(dtype))
    out, direct = np.zeros(1), np.array([7.0])
    for cheap, expected in ((least[place] * 2.5, None), (least[place] * 1.5, 7.0), (np.nan, 7.0)):
        given, scale = np.array([cheap]), np.array([2.0])
        numpy_kernels.choose(work, given, scale, least, calls.append, direct, out)
        assert out[0] == (cheap if expected is None else expected)
    assert calls == [work] * 2


@every_backend
def test_a_product_over_nothing_is_zero(backend: str, capfd: pytest.CaptureFixture[str]) -> None:
    D = nz.dense("D", *nz.dims("n m"))
    P, Q = nz.dense("P", *nz.dims("n k")), nz.dense("Q", *nz.dims("m k"))
    energy = nz.sumsq(D - P * Q.T) + nz.sumsq(D * Q - P)
    data = {"D": (3, 4), "P": np.zeros((3, 0)), "Q": np.zeros((4, 0))}
    model = nz.Problem(energy, wrt=D).bind(**data, backend=backend)  # type: ignore[arg-type]
    g = np.arange(12.0)
    assert model.energy(g) == g @ g and model.gradient(g).tolist() == (2 * g).tolist()
    function = nz.Problem(D - P * Q.T, wrt=D).bind(**data, backend=backend)  # type: ignore[arg-type]
    assert sorted(function.residual(g)) == g.tolist()
    assert capfd.readouterr() == ("", "")  # BLAS prints what it does not take
