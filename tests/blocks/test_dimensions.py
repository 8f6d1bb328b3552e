"""What is said of a dimension is true: reduced energies are equal, and blocks add up to them."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from bound_problems import EVERYTHING
from nzdiff.blockwise.triangle import Triangle
from nzdiff.derive.dimensions.report import Dimension
from nzdiff.derive.language.symbols import sizes_of
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator
from problems import agree

n, m, k, r = nz.dims("n m k r")
G, U, V = nz.sparse("G", n, m), nz.dense("U", n, r), nz.dense("V", m, r)
X, B, c = nz.dense("X", n, k), nz.dense("B", m, k), nz.scalar("c")
D, S, x = nz.diagonal("D", k), nz.sparse("S", m, k), nz.dense("x", k)
SIZES = {"n": 4, "m": 3, "p": 5, "k": 40, "r": 2}
F = X - G * B

MORE: dict[str, Any] = {
    "functions between products": nz.total(nz.softplus(F)),
    "weights of columns": nz.sumsq(F * D) + c * nz.sumsq(G),
    "a trace": nz.trace(F.T * F) + nz.trace(X * B.T * G.T),
    "a trace of both": nz.trace(G.T * G + B * X.T * G),
    "sums of columns": c * nz.total(F) + nz.inner(nz.exp(F), X),
    "a mask": nz.sumsq(nz.mask(G.T * X, S)) + nz.sumsq(G),
    "stored values": nz.sumsq(nz.map_nonzeros(sp.exp, S) - G.T * X),
    "columns of softmax": nz.sumsq(nz.softmax(F.T).T - X) + nz.total(nz.logsumexp(F.T)),
    "the diagonal": nz.sumsq(nz.diag_of(F.T * X) - x) + nz.sumsq(nz.diag(x) * F.T),
    "entries on the diagonal": nz.sumsq(nz.hadamard(nz.identity(k), F.T * F)),
    "functions of a diagonal": nz.trace(F * nz.exp(D) * F.T) + nz.logdet(D),
    "ridge": nz.sumsq(F * (nz.identity(k) + D * D).inv()),
    "a Gram matrix": nz.sumsq(F * B.T) + nz.logdet(B * B.T + G.T * G),
    "a root": nz.norm(F) + nz.sumsq(G) * nz.sumsq(F),
    "vec": nz.sumsq(nz.vec(F)),
    "a weighted sum": nz.sumsq(F) * c**2 / 3 + nz.trace(G * G.T) - 5,
}
PROBLEMS = {name: energy for name, energy in EVERYTHING.items() if not energy.is_function}
PROBLEMS |= {name: nz.Problem(energy, wrt=G) for name, energy in MORE.items()}
PROBLEMS["completion"] = nz.Problem(
    nz.sumsq(nz.mask(U * V.T, G) - G) + c * (nz.sumsq(U) + nz.sumsq(V)), wrt=(U, V)
)


def values_of(
    problem: nz.Problem, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Dense values of every symbol, and where sparse ones are stored."""
    values: dict[str, Any] = {str(s.name): rng.uniform(0.5, 2) for s in problem.scalars}
    stored = {}
    for matrix in problem.matrices:
        shape, name = sizes_of(matrix, SIZES), str(matrix.name)
        values[name] = rng.standard_normal(shape)
        if matrix.kind_of == "sparse":
            stored[name] = rng.random(shape) < 0.6
            if matrix.symmetric:
                stored[name] |= stored[name].T
            values[name] *= stored[name]
        if matrix.symmetric and matrix.kind_of != "diagonal":
            values[name] += values[name].T
        if matrix.kind_of == "diagonal":
            values[name] = np.diag(np.diag(values[name]))
    return values, stored


def energy(expr: Any, values: dict[str, Any], stored: dict[str, Any], sizes: dict[str, int]) -> Any:
    return Evaluator(values, sizes, Doubles(), {}, stored)(expr)


def cells(what: str) -> list[Any]:
    """Every dimension for which it holds, of every problem."""
    return [
        pytest.param(problem, dimension, id=f"{name}, {dimension.name}")
        for name, problem in PROBLEMS.items()
        for dimension in nz.dimensions(problem).found
        if getattr(dimension, what)
    ]


@pytest.mark.parametrize(("problem", "dimension"), cells("reduces"))
def test_a_reduced_energy_is_the_same(
    problem: nz.Problem, dimension: Dimension, rng: np.random.Generator
) -> None:
    values, stored = values_of(problem, rng)
    expected = energy(problem.energy, values, stored, SIZES)
    cuts = dimension.reduction.cuts  # type: ignore[union-attr]
    parts = [
        values[str(cut.matrix.name)].T if cut.axis else values[str(cut.matrix.name)] for cut in cuts
    ]
    triangle = Triangle(sum(part.shape[1] for part in parts))
    triangle.add(parts)
    R, start = triangle.factor(), 0
    assert R.shape == (min(SIZES[dimension.name], R.shape[1]), R.shape[1])
    for cut, part in zip(cuts, parts, strict=True):
        small = R[:, start : start + part.shape[1]]
        values[str(cut.matrix.name)] = small.T if cut.axis else small
        start += part.shape[1]
    found = energy(problem.energy, values, stored, SIZES | {dimension.name: len(R)})
    assert agree(found, expected, 1e-10)


@pytest.mark.parametrize(("problem", "dimension"), cells("separates"))
def test_blocks_add_up(problem: nz.Problem, dimension: Dimension, rng: np.random.Generator) -> None:
    values, stored = values_of(problem, rng)
    expected = energy(problem.energy, values, stored, SIZES)
    separation = dimension.separation
    assert not isinstance(separation, str)
    found = energy(separation.once, values, stored, SIZES)
    for start, stop in pairwise((0, 1, 3, SIZES[dimension.name])):
        part, kept = dict(values), dict(stored)
        for cut in separation.cuts:
            name = str(cut.matrix.name)
            key = [slice(None), slice(None)]
            key[cut.axis] = slice(start, stop)
            if cut.matrix.kind_of == "diagonal":
                key[1] = slice(start, stop)
            part[name] = values[name][tuple(key)]
            if name in stored:
                kept[name] = stored[name][tuple(key)]
        sizes = SIZES | {dimension.name: stop - start}
        found = found + energy(separation.block, part, kept, sizes)
    assert agree(found, expected, 1e-10)


REASONS = {
    "functions between products": ("k", "softplus", None),
    "a mask": ("k", "S, with k columns, is sparse", None),
    "a Gram matrix": ("k", None, "B Bᵀ + Gᵀ G mixes the blocks of k: B Bᵀ is summed over k first"),
    "a root": ("k", None, "is summed over k first"),
    "columns of softmax": ("m", "the unknown G has m columns", "mixes the blocks of m"),
    "entries on the diagonal": ("k", "is another one when k is turned", None),
    "completion": ("r", "the unknown U has r columns", "(U Vᵀ) is summed over r first"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_does_not_hold_has_a_reason(name: str) -> None:
    size, reduces, separates = REASONS[name]
    found = nz.dimensions(PROBLEMS[name])[size]
    assert found.reduces == (reduces is None) and found.separates == (separates is None)
    assert str(reduces or "") in str(found.reduction)
    assert str(separates or "") in str(found.separation)


def test_a_number_and_odd_shapes_are_neither() -> None:
    mean = nz.dimensions(nz.Problem(nz.sumsq(F) / k, wrt=G))["k"]
    assert mean.verdict == "neither" and mean.reasons == (str(mean.reduction),)
    assert "the number k stands in the energy itself" in str(mean.reduction)
    wide = nz.Problem(nz.sumsq(G * nz.dense("W", m, 2 * k)), wrt=G)
    assert "W has 2 k columns" in str(nz.dimensions(wide)["k"].separation)
    function = nz.dimensions(nz.Problem(F, wrt=G))["k"]
    assert "a matrix function" in str(function.reduction)


def test_it_is_printed() -> None:
    found = nz.dimensions(nz.Problem(nz.sumsq(F) + nz.sumsq(G), wrt=G))
    assert str(found).splitlines() == [
        "k  reduces, separates  reduces: an orthogonal matrix along k (columns of B, X) changes "
        "nothing: m + n are left",
        "                       separates: a sum over blocks of the columns of B, X; once: ‖G‖²",
        "m  neither             does not reduce: the unknown G has m columns",
        "                       does not separate: X − G B mixes the blocks of m: −G B is summed "
        "over m first",
        "n  separates           does not reduce: the unknown G has n rows",
        "                       separates: a sum over blocks of the rows of G, X",
    ]
    A = nz.sparse("A", 3, 3)
    assert str(nz.dimensions(nz.Problem(nz.sumsq(A), wrt=A))) == (
        "the problem has no symbolic dimensions"
    )
    with pytest.raises(KeyError, match="expected a dimension of the problem"):
        _ = found["z"]
    with pytest.raises(TypeError, match="expected a nzdiff"):
        nz.dimensions("X")  # type: ignore[arg-type]
