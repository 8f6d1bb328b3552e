"""Random shapes, indices, arrays and matrices, in every form in which NumPy and SciPy hold them.

Each draw says what it is: LEGAL has to be taken and right; EITHER may be refused, but not be taken
for something else; ILLEGAL has to be refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from hostile.verdicts import Strict, Wrong, attempt

LEGAL, EITHER, ILLEGAL = "legal", "either", "illegal"
Generator = np.random.Generator


@dataclass(frozen=True, slots=True)
class Draw:
    """What is handed over, what it means, and what it is."""

    given: Any
    meant: Any
    status: str
    form: str


def worst(*statuses: str) -> str:
    """Of several arguments together."""
    return max(statuses, key=(LEGAL, EITHER, ILLEGAL).index)


def outcome(call: Callable[[], Any], status: str, form: str) -> Any:
    """What a call gives; None where it was refused and that may be."""
    found, error = attempt(call)
    if error is None and status == ILLEGAL:
        raise Wrong(f"{form}: taken, though illegal; gave {found!r:.120}")
    if error is not None and status == LEGAL:
        raise Strict(f"{form}: {type(error).__name__}: {error}")
    return found if error is None else None


def strided(array: Any) -> Any:
    """The same numbers, every other place of a larger array."""
    return np.repeat(array, 2, axis=0)[::2]


def locked(array: Any) -> Any:
    """The same numbers, read-only."""
    array = np.array(array)
    array.flags.writeable = False
    return array


def swapped(array: Any) -> Any:
    """The same numbers in the other order of bytes."""
    array = np.asarray(array)
    return array.astype(array.dtype.newbyteorder())


def holed(array: Any) -> Any:
    """Masked: one number is not there."""
    mask = np.zeros(np.shape(array), dtype=bool)
    mask.flat[0] = True
    return np.ma.array(array, mask=mask)


def far(array: Any) -> Any:
    """Extended precision with a number beyond doubles."""
    array = np.array(array, dtype=np.longdouble)
    array.flat[0] = np.longdouble("1e4000")
    return array


def spoilt(number: Any) -> Callable[[Any], Any]:
    """Another number in the first place."""

    def change(array: Any) -> Any:
        array = np.array(array, dtype=complex if isinstance(number, complex) else float)
        array.flat[0] = number
        return array

    return change


def with_object(value: Any) -> Callable[[Any], Any]:
    """Objects, one of them not a number."""

    def change(array: Any) -> Any:
        array = np.array(array, dtype=object)
        array.flat[0] = value
        return array

    return change


Form = tuple[str, Callable[[Any], Any], str]
INDEX_FORMS: tuple[Form, ...] = (
    ("int64", np.asarray, LEGAL),
    ("int32", lambda x: x.astype(np.int32), LEGAL),
    ("uint8", lambda x: x.astype(np.uint8), LEGAL),
    ("uint64", lambda x: x.astype(np.uint64), LEGAL),
    ("int8", lambda x: x.astype(np.int8), LEGAL),
    ("list", lambda x: x.tolist(), LEGAL),
    ("tuple", lambda x: tuple(x.tolist()), LEGAL),
    ("strided", strided, LEGAL),
    ("reversed view", lambda x: x[::-1].copy()[::-1], LEGAL),
    ("read-only", locked, LEGAL),
    ("big endian", swapped, LEGAL),
    ("whole floats", lambda x: x.astype(float), EITHER),
    ("objects", lambda x: x.astype(object), EITHER),
    ("masked, nothing hidden", np.ma.array, EITHER),
    ("array subclass", lambda x: x.view(np.recarray), EITHER),
    ("masked", holed, ILLEGAL),
    ("column", lambda x: x[:, None], ILLEGAL),
    ("pairs", lambda x: np.stack([x, x], axis=1), ILLEGAL),
    ("fractions", lambda x: x + 0.5, ILLEGAL),
    ("NaN", spoilt(np.nan), ILLEGAL),
    ("complex", spoilt(1j), ILLEGAL),
    ("strings", lambda x: x.astype(str), ILLEGAL),
    ("bytes", lambda x: x.astype(bytes), ILLEGAL),
    ("dates", lambda x: x.astype("datetime64[s]"), ILLEGAL),
    ("None inside", with_object(None), ILLEGAL),
    ("string inside", with_object("1"), ILLEGAL),
    ("negative", lambda x: -1 - x, ILLEGAL),
    ("too large", lambda x: x + 1000, ILLEGAL),
    ("beyond 32 bits", lambda x: x + 2**32, ILLEGAL),
    ("beyond 63 bits", lambda x: x.astype(np.uint64) + np.uint64(2**63), ILLEGAL),
    ("number", lambda _: 3, ILLEGAL),
    ("None", lambda _: None, ILLEGAL),
    ("string", lambda _: "0", ILLEGAL),
    ("one short", lambda x: x[:-1], ILLEGAL),
    ("one more", lambda x: np.append(x, 0), ILLEGAL),
)
FEW_LEGAL = INDEX_FORMS[:11]
VECTOR_FORMS: tuple[Form, ...] = (
    ("float64", np.asarray, LEGAL),
    ("list", lambda x: x.tolist(), LEGAL),
    ("strided", strided, LEGAL),
    ("read-only", locked, LEGAL),
    ("big endian", swapped, LEGAL),
    ("whole numbers", lambda x: np.round(4 * x).astype(np.int16), LEGAL),
    ("longdouble", lambda x: x.astype(np.longdouble), EITHER),
    ("objects", lambda x: x.astype(object), EITHER),
    ("masked, nothing hidden", np.ma.array, EITHER),
    ("bool", lambda x: x > 0, EITHER),
    ("float16", lambda x: x.astype(np.float16), LEGAL),
    ("float32", lambda x: x.astype(np.float32), LEGAL),
    ("masked", holed, ILLEGAL),
    ("beyond double", far, ILLEGAL),
    ("NaN", spoilt(np.nan), ILLEGAL),
    ("infinite", spoilt(-np.inf), ILLEGAL),
    ("complex", spoilt(1j), ILLEGAL),
    ("strings", lambda x: x.astype(str), ILLEGAL),
    ("None inside", with_object(None), ILLEGAL),
    ("column", lambda x: x[:, None], ILLEGAL),
    ("row", lambda x: x[None], ILLEGAL),
    ("one short", lambda x: x[:-1], ILLEGAL),
    ("one more", lambda x: np.append(x, 0.0), ILLEGAL),
    ("None", lambda _: None, ILLEGAL),
    ("string", lambda _: "g", ILLEGAL),
)
DENSE_FORMS: tuple[Form, ...] = (
    *(form for form in VECTOR_FORMS if form[0] not in ("column", "row", "one more")),
    ("Fortran", np.asfortranarray, LEGAL),
    ("transposed view", lambda x: x.T.copy().T, LEGAL),
    ("every other column", lambda x: np.repeat(x, 2, axis=1)[:, ::2], LEGAL),
    ("np.matrix", lambda x: np.array(x).view(np.matrix), EITHER),
    ("flat", np.ravel, ILLEGAL),
    ("three dimensions", lambda x: x[None], ILLEGAL),
    ("sparse", sparse.csr_array, ILLEGAL),
    ("one column more", lambda x: np.hstack([x, x[:, :1]]), ILLEGAL),
)
SPARSE_FORMATS = ("coo", "csr", "csc", "bsr", "dia", "dok", "lil")


def formed(draws: random.Random, meant: Any, forms: tuple[Form, ...], legal: float = 0.6) -> Draw:
    """An array in a random form; the draw is legal in about this share of the draws."""
    chosen = [form for form in forms if form[2] == LEGAL] if draws.random() < legal else forms
    name, change, status = draws.choice(chosen)
    if np.size(meant) == 0 and status != LEGAL:
        name, change, status = forms[0]
    given = change(np.array(meant))
    if status != ILLEGAL and name not in ("objects", "bool"):
        meant = np.array(given, dtype=float if np.asarray(meant).dtype.kind == "f" else int)
    elif name == "bool":
        meant = np.array(given, dtype=float)
    return Draw(given, meant, status, name)


def sparse_matrix(draws: random.Random, rng: Generator, shape: tuple[int, int]) -> Any:
    """A SciPy matrix of any format; COO may hold duplicates, CSR unsorted indices and zeros."""
    count = draws.randint(0, shape[0] * shape[1])
    rows = rng.integers(0, max(shape[0], 1), count if min(shape) else 0)
    cols = rng.integers(0, max(shape[1], 1), rows.size)
    matrix = sparse.coo_array((np.round(rng.normal(size=rows.size), 3), (rows, cols)), shape=shape)
    name = draws.choice(SPARSE_FORMATS)
    if name == "dia" and not min(shape):
        name = "csr"
    found = matrix.asformat(name)
    if draws.random() < 0.3:
        found = getattr(sparse, f"{name}_matrix")(found)
    return found


def damaged(draws: random.Random, matrix: Any) -> Draw:
    """A CSR or CSC whose arrays contradict each other, as SciPy itself never checks them."""
    found = sparse.csr_array(matrix) if draws.random() < 0.7 else sparse.csc_array(matrix)
    found = found.copy()
    inner = found.shape[1] if found.format == "csr" else found.shape[0]
    kinds = ["indptr falls", "indptr too large", "indptr starts late", "negative pointer"]
    if found.nnz:
        kinds += ["index too large", "negative index", "index beyond 31 bits", "data short"]
        kinds += ["indices short"]
    kind = draws.choice(kinds)
    place = draws.randrange(found.nnz) if found.nnz else 0
    if kind == "index too large":
        found.indices[place] = inner + draws.choice((0, 1, 1000))
    elif kind == "negative index":
        found.indices[place] = -1 - draws.randrange(3)
    elif kind == "index beyond 31 bits":
        found.indices[place] = 2**31 - 1
    elif kind == "data short":
        found.data = found.data[:-1]
    elif kind == "indices short":
        found.indices = found.indices[:-1]
    elif kind == "indptr too large":
        found.indptr[-1] = found.nnz + draws.choice((1, 5, 10**6))
    elif kind == "indptr starts late":
        found.indptr[0] = 1
        if found.indptr.size > 1 and found.indptr[1] == 0:
            kind = "indptr falls"
    elif kind == "negative pointer":
        found.indptr[draws.randrange(found.indptr.size)] = -1
    else:
        last = found.indptr.size - 1
        found.indptr[draws.randint(min(1, last), last)] += found.nnz + 1
        found.indptr[-1] = found.nnz if last > 1 else found.nnz + 1
        if last > 1 and (np.diff(found.indptr) >= 0).all():
            found.indptr[1] = found.nnz + 1
    return Draw(found, None, ILLEGAL, f"damaged {found.format}, {kind}")
