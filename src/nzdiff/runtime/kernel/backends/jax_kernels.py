"""The kernels of the JAX target: pure functions with the names that they have in the emitted C.

Arrays are flat, dense ones row-major; numbers of the plan are arrays of one number.  Sizes are
whole numbers of Python, so that all shapes are known when a function is traced.  Everything is
plain `jax.numpy`: it runs wherever XLA does, and JAX transforms it.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from math import isqrt
from operator import add as plus
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve, lu_factor, lu_solve

from nzdiff.runtime.kernel.backends.jax_tables import Pairs, Rows

Array: TypeAlias = Any
"""An array of JAX, or what stands for one while a function is traced."""
Stages: TypeAlias = "Sequence[Callable[[Values], None]]"

STRIP, STRIPS = 16, 32
"""Columns that a strip has at least, as XLA's loops take whole registers; strips at most."""
FACTORS = "_factors_"
"""How a matrix is called among the values, before its number: its determinant and factors."""


class Values:
    """What the functions of a program see: arrays, tables, sizes and coefficients by name.

    Made anew for every trace.  done: the stages that are valid, with the names that they gave.
    domains: of the factorised matrices that must lie in one, by number.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        done: Iterable[int] = (),
        domains: Mapping[int, str] | None = None,
    ) -> None:
        self.__dict__.update(given)
        self.done: dict[int, tuple[str, ...]] = dict.fromkeys(done, ())
        self.domains = dict(domains or {})

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no value {name} here")

    def copy(self) -> Values:
        """Another one, for a branch."""
        found = Values(vars(self))
        found.done, found.domains = dict(self.done), self.domains
        return found


def need(w: Values, stages: Stages, numbers: Iterable[int]) -> None:
    """Compute those of some stages that are not valid yet."""
    for number in numbers:
        if number not in w.done:
            before = frozenset(vars(w))
            stages[number](w)
            w.done[number] = tuple(name for name in vars(w) if name not in before)


def choose(
    w: Values,
    cheap: Array,
    scale: Array,
    least: tuple[float, float],
    compute: Callable[[Values], None],
    name: str,
) -> Array:
    """`cheap` where it is at least least · scale, else the value `name`, which `compute` gives.

    least: in double and in single precision.
    """

    def direct() -> Array:
        inside = w.copy()
        compute(inside)
        return getattr(inside, name)

    limit = least[w.dtype != np.float64]
    return jax.lax.cond((cheap >= limit * scale)[0], lambda: cheap, direct)


def scalar(value: Any) -> Array:
    """A number of the plan: in double precision where JAX has it."""
    return jnp.reshape(jnp.asarray(value, jnp.result_type(float)), 1)


def like(a: Array, values: Any) -> Array:
    """Values of the shape and precision of an array."""
    return jnp.broadcast_to(jnp.asarray(values, a.dtype), a.shape)


def _times(c: Any, a: Array) -> Array:
    """c a in the precision of a."""
    if isinstance(c, float):
        return a if c == 1.0 else c * a
    return c.astype(a.dtype) * a


def _at(a: Array, *places: Array) -> Array:
    """a at places that it has."""
    return a.at[places].get(mode="promise_in_bounds")


def _or_zero(a: Array, places: Array) -> Array:
    """a at places, 0 at `NOWHERE`."""
    return a.at[places].get(mode="fill", fill_value=0)


def _summed(values: Array, owner: Array, count: int) -> Array:
    return jax.ops.segment_sum(values, owner, count, indices_are_sorted=True)


def _each(arrays: tuple[Array, ...], place: int) -> tuple[Array, ...]:
    return tuple(array[place] for array in arrays)


def _product(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def _gemm(d: Any, e: Any, a: Array, b: Array, c: Array | None) -> Array:
    """d a b + e c; without c where there is none."""
    found = _times(d, _product(a, b)).ravel()
    return found if c is None else found + _times(e, c)


def gemm_nn(
    rows: int, cols: int, inner: int, d: Any, e: Any, a: Array, b: Array, c: Array | None = None
) -> Array:
    """d a b + e c."""
    return _gemm(d, e, a.reshape(rows, inner), b.reshape(inner, cols), c)


def gemm_nt(
    rows: int, cols: int, inner: int, d: Any, e: Any, a: Array, b: Array, c: Array | None = None
) -> Array:
    """d a bᵀ + e c."""
    return _gemm(d, e, a.reshape(rows, inner), b.reshape(cols, inner).T, c)


def gemm_tn(
    rows: int, cols: int, inner: int, d: Any, e: Any, a: Array, b: Array, c: Array | None = None
) -> Array:
    """d aᵀ b + e c."""
    return _gemm(d, e, a.reshape(inner, rows).T, b.reshape(inner, cols), c)


def gemm_tt(
    rows: int, cols: int, inner: int, d: Any, e: Any, a: Array, b: Array, c: Array | None = None
) -> Array:
    """d aᵀ bᵀ + e c."""
    return _gemm(d, e, a.reshape(inner, rows).T, b.reshape(cols, inner).T, c)


def trmm_n(rows: int, cols: int, r: Array, b: Array) -> Array:
    """r b with r upper triangular."""
    return _product(r.reshape(rows, rows), b.reshape(rows, cols)).ravel()


def trmm_t(rows: int, cols: int, r: Array, b: Array) -> Array:
    """rᵀ b with r upper triangular."""
    return _product(r.reshape(rows, rows).T, b.reshape(rows, cols)).ravel()


def spmm(
    rows: int, width: int, at: Rows, d: Any, e: Any, a: Array, b: Array, c: Array | None
) -> Array:
    """d a b + e c with a sparse, piece by piece of its rows."""
    if a.size == 0 or width == 0:
        found = jnp.zeros(rows * width, a.dtype)
    else:
        right = b.reshape(-1, width)

        def added(sums: Array, group: tuple[Array, Array]) -> tuple[Array, None]:
            terms = (x[:, None] * _at(right, j) for x, j in zip(*group, strict=True))
            return reduce(plus, terms, sums), None

        groups = _or_zero(_times(d, a), at.piece_places), at.piece_cols
        first, _ = added(jnp.zeros((at.piece_cols.shape[2], width), a.dtype), _each(groups, 0))
        sums, _ = jax.lax.scan(added, jnp.zeros_like(first), groups)
        found = (sums if at.piece_row is None else _summed(sums, at.piece_row, rows)).ravel()
    return found if c is None else found + _times(e, c)


def spmm_transposed(
    rows: int, width: int, at: Rows, d: Any, e: Any, a: Array, b: Array, c: Array | None
) -> Array:
    """d aᵀ b + e c with a sparse; the table is that of aᵀ."""
    return spmm(rows, width, at, d, e, a, b, c)


def sddmm(rows: int, inner: int, at: Rows, a: Array, b: Array) -> Array:
    """a[i, :] · b[j, :] at each stored (i, j), of columns in strips that are added up first."""
    count = at.row.size
    if count == 0 or inner == 0:
        return jnp.zeros(count, a.dtype)
    strips = min(-(-inner // STRIP), STRIPS)
    strip = -(-inner // strips)
    padded = ((0, 0), (0, strips * strip - inner))
    left, right = jnp.pad(a.reshape(rows, inner), padded), jnp.pad(b.reshape(-1, inner), padded)
    starts = range(0, strips * strip, strip)
    terms = (
        _at(left[:, s : s + strip], at.row) * _at(right[:, s : s + strip], at.col) for s in starts
    )
    return _product(reduce(plus, terms), jnp.ones(strip, a.dtype))


def sampled_spmm_whole(
    rows: int, inner: int, cols: int, made: Rows, at: Rows, a: Array, s: Array, b: Array
) -> Array:
    """a[i, :] · (S b)[:, j] at each stored (i, j), with S b in full; `made` describes S."""
    product = spmm(inner, cols, made, 1.0, 0.0, s, b, None).reshape(inner, cols)
    return sddmm(rows, inner, at, a, product.T.ravel())


def sparse_product(count: int, pairs: Pairs, a: Array, b: Array) -> Array:
    """Σ a[left] b[right] over the pairs of each position."""
    if pairs.left.size == 0:
        return jnp.zeros(count, a.dtype)
    return _summed(_at(a, pairs.left) * _at(b, pairs.right), pairs.owner, count)


def scale_rows(rows: int, cols: int, d: Array, a: Array) -> Array:
    """diag(d) a."""
    return (d[:, None] * a.reshape(rows, cols)).ravel()


def scale_cols(rows: int, cols: int, d: Array, a: Array) -> Array:
    """a diag(d)."""
    return (d[None, :] * a.reshape(rows, cols)).ravel()


def sample(rows: int, at: Rows, cols: int, a: Array) -> Array:
    """a[i, j] at each stored (i, j)."""
    return _at(a.reshape(rows, cols), at.row, at.col) if at.row.size else a[:0]


def sample_transposed(rows: int, at: Rows, cols: int, a: Array) -> Array:
    """a[j, i] at each stored (i, j)."""
    return _at(a.reshape(-1, cols), at.col, at.row) if at.row.size else a[:0]


def fill(w: Values, count: int, number: Any) -> Array:
    """A number everywhere."""
    return jnp.full(count, number, w.dtype)


def linear_1(count: int, c: Any, a: Array) -> Array:
    """c a."""
    return _times(c, a)


def linear_2(count: int, c: Any, a: Array, d: Any, b: Array) -> Array:
    """c a + d b."""
    return _times(c, a) + _times(d, b)


def add(count: int, c: Any, a: Array, out: Array) -> Array:
    """out + c a."""
    return out + _times(c, a)


def transpose(rows: int, cols: int, c: Any, a: Array) -> Array:
    """c aᵀ, gathered: XLA would change the layout instead, and read it across its rows later."""
    at = jnp.arange(rows, dtype=jnp.int32)[:, None] + rows * jnp.arange(cols, dtype=jnp.int32)
    return _times(c, _at(a, at.ravel()))


def add_transposed(rows: int, cols: int, c: Any, a: Array, out: Array) -> Array:
    """out + c aᵀ."""
    return out + transpose(rows, cols, c, a)


def embed(count: int, place: Array, c: Any, a: Array) -> Array:
    """c a at its places, 0 where it has none."""
    return _times(c, _or_zero(a, place)) if a.size else jnp.zeros(count, a.dtype)


def add_embedded(count: int, place: Array, c: Any, a: Array, out: Array) -> Array:
    """out + c a at its places."""
    return out + embed(count, place, c, a)


def add_scattered(rows: int, width: int, at: Rows, c: Any, a: Array, out: Array) -> Array:
    """out[i, j] + c a[t] at each stored (i, j)."""
    return _scattered(out.reshape(rows, width), (at.row, at.col), _times(c, a))


def add_scattered_transposed(
    rows: int, width: int, at: Rows, c: Any, a: Array, out: Array
) -> Array:
    """out[j, i] + c a[t] at each stored (i, j)."""
    return _scattered(out.reshape(-1, width), (at.col, at.row), _times(c, a))


def _scattered(out: Array, places: tuple[Array, Array], a: Array) -> Array:
    if a.size == 0:
        return out.ravel()
    return out.at[places].add(a, unique_indices=True, mode="promise_in_bounds").ravel()


def multiply(count: int, a: Array, b: Array) -> Array:
    """a[t] b[t]."""
    return a * b


def kron(a_rows: int, a_cols: int, b_rows: int, b_cols: int, a: Array, b: Array) -> Array:
    """a ⊗ b."""
    return jnp.kron(a.reshape(a_rows, a_cols), b.reshape(b_rows, b_cols)).ravel()


def kron_left(a_rows: int, a_cols: int, b_rows: int, b_cols: int, w: Array, b: Array) -> Array:
    """Σ w[i, k; j, l] b[k, l] over k and l: the adjoint of a in a ⊗ b."""
    return _contracted("ikjl,kl->ij", (a_rows, b_rows, a_cols, b_cols), w, b.reshape(b_rows, -1))


def kron_right(a_rows: int, a_cols: int, b_rows: int, b_cols: int, w: Array, a: Array) -> Array:
    """Σ w[i, k; j, l] a[i, j] over i and j: the adjoint of b in a ⊗ b."""
    return _contracted("ikjl,ij->kl", (a_rows, b_rows, a_cols, b_cols), w, a.reshape(a_rows, -1))


def _contracted(indices: str, shape: tuple[int, ...], w: Array, other: Array) -> Array:
    blocks = w.reshape(shape)
    return jnp.einsum(indices, blocks, other, precision=jax.lax.Precision.HIGHEST).ravel()


def factor(w: Values, which: int, a: Array) -> Array:
    """(log |det a|, its sign) of a dense matrix, whose factors are kept for `solve`.

    (−inf, 0) where it is singular, NaN where it has to be positive definite and is not.
    """
    n = isqrt(a.size)
    matrix = a.reshape(n, n)
    if which in w.domains:
        lower = jnp.linalg.cholesky(matrix.T, upper=False, symmetrize_input=False)
        largest = 2.0 * jnp.log(jnp.diagonal(lower)).sum()
        found = jnp.stack([largest, jnp.where(jnp.isnan(largest), largest, 1.0)])
        setattr(w, f"{FACTORS}{which}", (found, lower))
        return found
    lu, pivots = lu_factor(matrix)
    diagonal = jnp.diagonal(lu)
    swaps = (pivots != jnp.arange(n)).sum() + (diagonal < 0).sum()
    regular = jnp.isfinite(diagonal).all() & (diagonal != 0).all()
    sign = jnp.where(swaps % 2 == 0, 1.0, -1.0)
    largest = jnp.log(jnp.abs(jnp.where(regular, diagonal, 1.0))).sum()
    pair = jnp.where(regular, largest, -jnp.inf), jnp.where(regular, sign, 0.0)
    found = jnp.stack(pair).astype(a.dtype)
    setattr(w, f"{FACTORS}{which}", (found, lu, pivots))
    return found


def solve(w: Values, which: int, transposed: int, width: int, b: Array) -> Array:
    """The inverse of matrix number `which`, or of its transpose, times b; else NaN."""
    (_, sign), *factors = getattr(w, f"{FACTORS}{which}")
    right = jnp.where(sign == 0, jnp.nan, b.reshape(-1, width))
    if len(factors) == 1:
        return cho_solve((factors[0], True), right).ravel()
    return lu_solve(tuple(factors), right, trans=transposed).ravel()


def sum_squares(count: int, a: Array) -> Array:
    """Σ a[t]²."""
    return inner(count, a, a)


def inner(count: int, a: Array, b: Array) -> Array:
    """Σ a[t] b[t], summed in double precision where JAX has it."""
    wide = jnp.result_type(float)
    return scalar(jnp.dot(a.astype(wide), b.astype(wide), precision=jax.lax.Precision.HIGHEST))


def total(count: int, a: Array) -> Array:
    """Σ a[t]."""
    return scalar(jnp.sum(a, dtype=jnp.result_type(float)))


def log_sum_exp(rows: int, cols: int, a: Array) -> Array:
    """log Σ_j exp(a[i, j]) of each row, without overflow."""
    if cols == 0:
        return jnp.full(rows, -jnp.inf, a.dtype)
    return jax.scipy.special.logsumexp(a.reshape(rows, cols), axis=1)


def refused(what: str) -> Array:
    """NotImplementedError: there is no such kernel here."""
    raise NotImplementedError(f'the JAX target has no kernel {what}; use backend="c"')
