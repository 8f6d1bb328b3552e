"""Any name works in every language that programs are written in, or is refused at once."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen.lower.names import Names, Reserved
from nzdiff.runtime.data.members import member

KEYWORDS = ("lambda", "in", "None", "int", "double", "if", "register", "restrict", "self", "bool")
MACROS = ("NAN", "INFINITY", "HUGE_VAL", "M_PI", "FP_ZERO", "EXPORT", "KERNEL", "NULL", "I", "N")
OWN = (
    "real",
    "w",
    "threads",
    "done",
    "solvers",
    "size_0",
    "nnz_A",
    "map_0",
    "math",
    "numpy",
    "pattern1",
    "spmm",
)
OTHERS = ("λ", "größe", "ﬁ", "_", "__debug__", "n_1", "name_n", "name_name_n", "Ω2", "行")


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("names", [KEYWORDS, MACROS, OWN, OTHERS], ids=lambda names: names[0])
def test_any_identifier_is_a_dimension(names: tuple[str, ...], backend: str) -> None:
    G, sizes = nz.sparse("G", 2, 2), nz.dims(" ".join(names))
    energy, data = nz.logdet(9 * nz.identity(2) + G), dict[str, Any]()
    for place, n in enumerate(sizes):
        A, B = nz.sparse(f"A{place}", n, n), nz.dense(f"B{place}", n, n)
        energy += nz.sumsq(A * B) / n + nz.total(nz.vec(B * A))
        data |= {f"A{place}": sparse.csr_array(np.ones((2, 2))), f"B{place}": np.ones((2, 2))}
    full = nz.Pattern.full((2, 2))
    problem = nz.Problem(energy, wrt=(G, nz.sparse("A0", sizes[0], sizes[0])))
    model = problem.bind(**{**data, "G": full, "A0": full}, backend=backend)
    assert model.energy(np.ones(8)) == pytest.approx(16.0 * len(names) + np.log(99.0))


@pytest.mark.parametrize(
    "name", [*(k for k in KEYWORDS if not k.islower()), *MACROS, "bool", "int"]
)
@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=pytest.mark.slow)])
def test_data_and_scalars_have_any_name_of_python(name: str, backend: str) -> None:
    for lam, X in (
        (nz.scalar(name), nz.dense("X", 2, 2)),
        (nz.scalar("lam"), nz.dense(name, 2, 2)),
    ):
        try:
            problem = nz.Problem(nz.trace(X) ** lam / lam + nz.sumsq(X * X), wrt=X)
        except ValueError as error:
            assert "take another" in str(error)  # noqa: PT017
            continue
        scalar, unknown = str(lam.name), str(X.name)
        model = problem.bind(**{scalar: 2.0, unknown: (2, 2)}, backend=backend)  # type: ignore[arg-type]
        assert model.energy(np.array([1.0, 0.0, 0.0, 1.0])) == pytest.approx(4.0)


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_data_may_be_named_as_programs_name_what_is_theirs(backend: str) -> None:
    names = ("nnz_G", "size_0", "map_0", "at_G", "place_G", "pattern1", "pairs_G", "stage_0")
    G, each = nz.sparse("G", 2, 3), [nz.dense(name, 2, 3) for name in names]
    n = nz.dims("n")[0]
    A = nz.sparse("A", n, n)
    energy = nz.total(nz.map_nonzeros(sp.exp, G)) + nz.sumsq(A * A)
    for X in each:
        energy += nz.sumsq(nz.map_nonzeros(sp.sin, G) - X)
    data: dict[str, Any] = {name: np.full((2, 3), float(k)) for k, name in enumerate(names)}
    data["A"] = sparse.csr_array(np.eye(4))
    model = nz.Problem(energy, wrt=G).bind(**data, G=nz.Pattern.full((2, 3)), backend=backend)
    g = np.linspace(-1.0, 1.0, 6)
    expected = np.exp(g).sum() + 4.0 + sum(((np.sin(g) - k) ** 2).sum() for k in range(len(names)))
    assert model.energy(g) == pytest.approx(expected)


def test_no_name_begins_as_those_of_tables_and_macros_do() -> None:
    names = Names(Reserved(prefixes=("M_",)))
    for wanted in ("nnz_G", "at_G", "M_G"):
        assert not names.new(wanted).startswith(("nnz_", "at_", "M_"))
    assert names.new("G") == "G" and names.new("G") == "G_2"


@pytest.mark.parametrize("name", ["__kernel", "__debug__", "λ", "ﬁ", "a b", "1", "", "a-b", "a;b"])
def test_names_that_no_package_can_have_are_refused_at_once(name: str) -> None:
    for declare in (
        nz.scalar,
        lambda name: nz.dense(name, 2, 2),
        lambda name: nz.sparse(name, 2, 2),
    ):
        with pytest.raises(ValueError, match="letters of ASCII"):
            declare(name)


@pytest.mark.parametrize("name", ["self", "math", "backend", "lambda", "abs", "max", "threads"])
def test_names_that_bind_uses_are_refused_by_the_problem(name: str) -> None:
    X, scalar = nz.dense("X", 2, 2), nz.scalar(name)
    with pytest.raises(ValueError, match=f"{name}: Python or nzdiff's bind uses this name"):
        nz.Problem(scalar * nz.sumsq(X), wrt=X)


def test_a_package_has_any_of_these_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n, m = nz.dims("λ int")
    names = (
        "bind_kernel",
        "given",
        "solve",
        "Model",
        "Any",
        "SPEC",
        "dict",
        "NAN",
        "bind",
        "str",
        "_KERNEL",
    )
    A = [nz.dense(name, n, m) for name in names]
    bind, lam = nz.dense("G", n, m), nz.scalar("packaged")
    energy = lam * nz.sumsq(bind) / m + sum(nz.inner(a, bind) for a in A)
    nz.generate(nz.Problem(energy, wrt=bind, name="odd"), tmp_path / "odd_names")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = import_module("odd_names")
    data = {name: np.ones((3, 2)) for name in names}
    for backend in ("numpy", "c"):
        model = package.bind(**data, packaged=2.0, backend=backend)
        assert model.energy(np.ones(6)) == 6.0 + 66.0


def test_members_are_one_for_each_name_and_ascii() -> None:
    names = [
        "n",
        "n1",
        "na",
        "n_1",
        "λ",
        "_λ",
        "_u3bb_",
        "u3bb",
        "_",
        "__",
        "name_n",
        "NAN",
        "ﬁ",
        "fi",
    ]
    found = [member(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in found)


@pytest.mark.parametrize("names", ["", "n-1", "3", "n m;k", 5, None, ("n", "m"), "a*/b"])
def test_dims_takes_words(names: object) -> None:
    with pytest.raises(ValueError, match="names: expected words"):
        nz.dims(names)  # type: ignore[arg-type]
