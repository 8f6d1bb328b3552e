"""The kernels of the NumPy backend, with the names that they have in the emitted C.

Arrays are flat doubles, dense ones row-major; an index table is the tuple of its arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.factors.callbacks import Factors

Floats = NDArray[np.float64]
Table = tuple[NDArray[Any], ...]
"""The index arrays of a table, in order."""

Workspace = SimpleNamespace
"""Arrays, tables, sizes and coefficients by name, and the flags `done`, one per stage."""

BLOCK = 1 << 20
"""Numbers gathered at a time where a kernel would need a temporary of size nnz × width."""


def gemm_nn(
    rows: int,
    cols: int,
    inner: int,
    d: float,
    e: float,
    a: Floats,
    b: Floats,
    c: Floats,
) -> None:
    """c = d a b + e c."""
    _into(c.reshape(rows, cols), a.reshape(rows, inner), b.reshape(inner, cols), d, e)


def gemm_nt(
    rows: int,
    cols: int,
    inner: int,
    d: float,
    e: float,
    a: Floats,
    b: Floats,
    c: Floats,
) -> None:
    """c = d a bᵀ + e c."""
    _into(c.reshape(rows, cols), a.reshape(rows, inner), b.reshape(cols, inner).T, d, e)


def gemm_tn(
    rows: int,
    cols: int,
    inner: int,
    d: float,
    e: float,
    a: Floats,
    b: Floats,
    c: Floats,
) -> None:
    """c = d aᵀ b + e c."""
    _into(c.reshape(rows, cols), a.reshape(inner, rows).T, b.reshape(inner, cols), d, e)


def gemm_tt(
    rows: int,
    cols: int,
    inner: int,
    d: float,
    e: float,
    a: Floats,
    b: Floats,
    c: Floats,
) -> None:
    """c = d aᵀ bᵀ + e c."""
    _into(c.reshape(rows, cols), a.reshape(inner, rows).T, b.reshape(cols, inner).T, d, e)


def trmm_n(rows: int, cols: int, r: Floats, b: Floats, c: Floats) -> None:
    """c = r b with r upper triangular."""
    np.matmul(r.reshape(rows, rows), b.reshape(rows, cols), out=c.reshape(rows, cols))


def trmm_t(rows: int, cols: int, r: Floats, b: Floats, c: Floats) -> None:
    """c = rᵀ b with r upper triangular."""
    np.matmul(r.reshape(rows, rows).T, b.reshape(rows, cols), out=c.reshape(rows, cols))


def _into(c: Floats, a: Floats, b: Floats, d: float, e: float) -> None:
    """c = d a b + e c; as it is where d is 1 and e is 0."""
    if e == 0.0:
        np.matmul(a, b, out=c)
        if d != 1.0:
            c *= d
    else:
        c *= e
        c += d * (a @ b)


def spmm(
    rows: int,
    width: int,
    at: Table,
    d: float,
    e: float,
    a: Floats,
    b: Floats,
    plus: Floats,
    out: Floats,
) -> None:
    """out = d a b + e plus with a sparse."""
    start, cols = at
    inner = b.size // width if width else 0
    matrix = sparse.csr_array((a if d == 1.0 else d * a, cols, start), shape=(rows, inner))
    result = matrix @ b.reshape(inner, width)
    if e != 0.0:
        result += e * plus.reshape(rows, width)
    np.copyto(out.reshape(rows, width), result)


def spmm_transposed(
    rows: int,
    width: int,
    at: Table,
    d: float,
    e: float,
    a: Floats,
    b: Floats,
    plus: Floats,
    out: Floats,
) -> None:
    """out = d aᵀ b + e plus with a sparse; the tables describe aᵀ."""
    start, cols, position = at
    spmm(rows, width, (start, cols), d, e, a[position], b, plus, out)


def sddmm(
    rows: int,
    inner: int,
    at: Table,
    a: Floats,
    b: Floats,
    out: Floats,
) -> None:
    """out[t] = a[i, :] · b[j, :] at each stored (i, j), in blocks of bounded memory."""
    start, cols = at
    left, right = a.reshape(rows, inner), b.reshape(-1, inner) if inner else b.reshape(0, 0)
    if inner == 0:
        out[:] = 0.0
        return
    owner = np.repeat(np.arange(rows), np.diff(start))
    step = max(1, BLOCK // inner)
    for first in range(0, out.size, step):
        part = slice(first, first + step)
        np.einsum("tk,tk->t", left[owner[part]], right[cols[part]], out=out[part])


def sampled_spmm_whole(
    rows: int,
    inner: int,
    cols: int,
    made: Table,
    at: Table,
    a: Floats,
    s: Floats,
    b: Floats,
    out: Floats,
) -> None:
    """out[t] = a[i, :] · (S b)[:, j] at each stored (i, j), S b in full; `made` describes S."""
    start, columns, *position = made
    product = np.empty((inner, cols), dtype=b.dtype)
    values = s[position[0]] if position else s
    spmm(inner, cols, (start, columns), 1.0, 0.0, values, b, product, product)
    sddmm(rows, inner, at, a, product.T.ravel(), out)


def sparse_product(
    count: int,
    pairs: Table,
    a: Floats,
    b: Floats,
    out: Floats,
) -> None:
    """out[t] = Σ a[left] b[right] over the pairs of position t."""
    start, left, right = pairs
    np.copyto(out, sparse.csr_array((a[left], right, start), shape=(count, b.size)) @ b)


def scale_rows(rows: int, cols: int, d: Floats, a: Floats, out: Floats) -> None:
    """out = diag(d) a."""
    np.multiply(d[:, None], a.reshape(rows, cols), out=out.reshape(rows, cols))


def scale_cols(rows: int, cols: int, d: Floats, a: Floats, out: Floats) -> None:
    """out = a diag(d)."""
    np.multiply(d[None, :], a.reshape(rows, cols), out=out.reshape(rows, cols))


def sample(rows: int, at: Table, cols_a: int, a: Floats, out: Floats) -> None:
    """out[t] = a[i, j] at each stored (i, j)."""
    start, cols = at
    owner = np.repeat(np.arange(rows), np.diff(start))
    np.copyto(out, a[owner * cols_a + cols])


def sample_transposed(rows: int, at: Table, cols_a: int, a: Floats, out: Floats) -> None:
    """out[t] = a[j, i] at each stored (i, j)."""
    start, cols = at
    owner = np.repeat(np.arange(rows), np.diff(start))
    np.copyto(out, a[cols.astype(np.int64) * cols_a + owner])


def fill(count: int, number: float, out: Floats) -> None:
    """out[t] = number."""
    out.fill(number)


def linear_1(count: int, c: float, a: Floats, out: Floats) -> None:
    """out = c a."""
    np.multiply(c, a, out=out)


def linear_2(count: int, c: float, a: Floats, d: float, b: Floats, out: Floats) -> None:
    """out = c a + d b."""
    np.multiply(c, a, out=out)
    out += d * b


def add(count: int, c: float, a: Floats, out: Floats) -> None:
    """out += c a."""
    out += c * a


def add_transposed(rows: int, cols: int, c: float, a: Floats, out: Floats) -> None:
    """out += c aᵀ."""
    target = out.reshape(rows, cols)
    target += c * a.reshape(cols, rows).T


def embed(count: int, in_: Table, c: float, a: Floats, out: Floats) -> None:
    """out[t] = c a[place[t]] where place[t] ≥ 0, else 0."""
    out.fill(0.0)
    add_embedded(count, in_, c, a, out)


def transpose(rows: int, cols: int, c: float, a: Floats, out: Floats) -> None:
    """out = c aᵀ."""
    np.multiply(c, a.reshape(cols, rows).T, out=out.reshape(rows, cols))


def add_embedded(count: int, in_: Table, c: float, a: Floats, out: Floats) -> None:
    """out[t] += c a[place[t]] where place[t] ≥ 0."""
    (place,) = in_
    stored = place >= 0
    out[stored] += c * a[place[stored]]


def add_scattered(
    rows: int,
    width: int,
    at: Table,
    c: float,
    a: Floats,
    out: Floats,
) -> None:
    """out[i, j] += c a[t] at each stored (i, j)."""
    start, cols = at
    owner = np.repeat(np.arange(rows), np.diff(start))
    out[owner * width + cols] += c * a


def add_scattered_transposed(
    rows: int,
    width: int,
    at: Table,
    c: float,
    a: Floats,
    out: Floats,
) -> None:
    """out[j, i] += c a[t] at each stored (i, j)."""
    start, cols = at
    owner = np.repeat(np.arange(rows), np.diff(start))
    out[cols.astype(np.int64) * width + owner] += c * a


def multiply(count: int, a: Floats, b: Floats, out: Floats) -> None:
    """out[t] = a[t] b[t]."""
    np.multiply(a, b, out=out)


def kron(
    a_rows: int,
    a_cols: int,
    b_rows: int,
    b_cols: int,
    a: Floats,
    b: Floats,
    out: Floats,
) -> None:
    """out = a ⊗ b."""
    left, right = a.reshape(a_rows, 1, a_cols, 1), b.reshape(1, b_rows, 1, b_cols)
    np.multiply(left, right, out=out.reshape(a_rows, b_rows, a_cols, b_cols))


def kron_left(
    a_rows: int,
    a_cols: int,
    b_rows: int,
    b_cols: int,
    w: Floats,
    b: Floats,
    out: Floats,
) -> None:
    """out[i, j] = Σ w[i, k; j, l] b[k, l] over k and l: the adjoint of a in a ⊗ b."""
    blocks, right = w.reshape(a_rows, b_rows, a_cols, b_cols), b.reshape(b_rows, b_cols)
    np.einsum("ikjl,kl->ij", blocks, right, out=out.reshape(a_rows, a_cols))


def kron_right(
    a_rows: int,
    a_cols: int,
    b_rows: int,
    b_cols: int,
    w: Floats,
    a: Floats,
    out: Floats,
) -> None:
    """out[k, l] = Σ w[i, k; j, l] a[i, j] over i and j: the adjoint of b in a ⊗ b."""
    blocks, left = w.reshape(a_rows, b_rows, a_cols, b_cols), a.reshape(a_rows, a_cols)
    np.einsum("ikjl,ij->kl", blocks, left, out=out.reshape(b_rows, b_cols))


def factor(solvers: Factors, which: int, a: Floats, out: Floats) -> None:
    """Factorise matrix number `which`; out[0] = log |det a|, out[1] = its sign, or −inf and 0."""
    solvers.factor(which, a, out)


def solve(
    solvers: Factors, which: int, transposed: int, width: int, b: Floats, out: Floats
) -> None:
    """out = the inverse of matrix number `which`, or of its transpose, times b."""
    solvers.solve(which, transposed, width, b, out)


def select_entries(solvers: Factors, number: int, middles: Sequence[Floats], out: Floats) -> None:
    """out = entries of a product of inverses with these matrices between them."""
    solvers.select(number, middles, out)


def external(solvers: Factors, which: int, operands: Sequence[Floats], out: Floats) -> None:
    """out = operation number `which` of the operands."""
    solvers.external(which, operands, out)


def sum_squares(count: int, a: Floats, out: Floats) -> None:
    """out[0] = Σ a[t]²."""
    out[0] = np.dot(a, a)


def inner(count: int, a: Floats, b: Floats, out: Floats) -> None:
    """out[0] = Σ a[t] b[t]."""
    out[0] = np.dot(a, b)


def log_sum_exp(rows: int, cols: int, a: Floats, out: Floats) -> None:
    """out[i] = log Σ_j exp(a[i, j]), without overflow."""
    matrix = a.reshape(rows, cols)
    largest = matrix.max(axis=1, initial=-np.inf)
    with np.errstate(all="ignore"):
        sums = np.log(np.exp(matrix - largest[:, None]).sum(axis=1))
        out[:] = np.where(np.isfinite(largest), largest + sums, largest)


def total(count: int, a: Floats, out: Floats) -> None:
    """out[0] = Σ a[t]."""
    out[0] = a.sum()


def choose(
    w: Workspace,
    cheap: Floats,
    scale: Floats,
    least: tuple[float, float],
    compute: Callable[[Workspace], None],
    direct: Floats,
    out: Floats,
) -> None:
    """out = cheap where it is at least least · scale, else `direct`, which `compute` fills.

    least: in double and in single precision.
    """
    out[0] = cheap[0]
    if not out[0] >= least[w.dtype != np.float64] * scale[0]:
        compute(w)
        out[0] = direct[0]


def need(w: Workspace, stages: tuple[Callable[[Workspace], None], ...], *numbers: int) -> None:
    """Run those of some stages that are not valid at the present g."""
    for number in numbers:
        if not w.done[number]:
            stages[number](w)
            w.done[number] = 1
