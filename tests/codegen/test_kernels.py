"""The kernels that no plan of tests/tables/problems.py uses alone, in C and in NumPy."""

import ctypes
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from nzdiff.codegen.emit.targets.c.kernels import KERNELS, kernel_text, with_needs
from nzdiff.codegen.emit.targets.numpy.emit import KERNELS as NUMPY_KERNELS
from nzdiff.codegen.emit.templates import rendered
from nzdiff.runtime.kernel.backends import numpy_kernels
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.kernel.library import compile_cached
from nzdiff.runtime.kernel.linear_solvers import LinearSolvers
from problems import Floats, agree

BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
THREADS = 2
NEW = ("factor", "kron", "kron_left", "kron_right", "multiply", "solve")
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
        "nzdiff.codegen.emit.targets.c", "kernels.h.j2", kernels=exports, uses_blas="blas" in texts
    )


@cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(compile_cached(exported(NEW))))


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


def test_what_a_kernel_needs_stands_before_it() -> None:
    places = {name: place for place, name in enumerate(KERNELS)}
    assert all(places[need] < places[name] for name, needs in KERNELS.items() for need in needs)


def test_what_the_numpy_target_calls_is_there() -> None:
    assert all(callable(getattr(numpy_kernels, name)) for name in NUMPY_KERNELS)
    assert set(KERNELS) >= NUMPY_KERNELS


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
