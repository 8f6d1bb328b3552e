"""A program with small data that makes a handle and compares its derivatives."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.codegen.c_interface.names import spoken
from nzdiff.codegen.compile import checked
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import KernelSpec

LARGE = 60
WIDTH = 96


def example(problem: Problem, spec: KernelSpec) -> dict[str, Any]:
    """The lines of an example: its arrays, how they are given, the length of g."""
    known, g = small_data(problem)
    arrays, filling = declarations(spec, known)
    arrays += array_lines("double", "g", g)
    return {"arrays": arrays, "filling": filling, "size": g.size}


def small_data(problem: Problem) -> tuple[Data, Any]:
    """Data of numbers with three digits, and values for g."""
    guessed = example_sizes(problem, large=LARGE)
    sizes = {name: 6 if size == LARGE else 4 for name, size in guessed.items()}
    data = example_data(problem, sizes, fill="diagonal")  # where an energy has log G_ii
    known = checked(problem, {name: _short(value) for name, value in data.items()})
    size = sum(pattern.size for pattern in known.patterns)
    return known, np.random.default_rng(1).uniform(0.5, 1.5, size).round(3)


def _short(value: Any) -> Any:
    """Numbers of three digits; shapes and patterns as they are."""
    if sparse.issparse(value):
        found = value.tocsr(copy=True)
        found.data = found.data.round(3)
        return found
    return np.round(value, 3) if isinstance(value, float | np.ndarray) else value


def declarations(spec: KernelSpec, data: Data) -> tuple[list[str], list[str]]:
    """Arrays of C that hold the data of a problem, and lines that give them to `data`.

    Dense matrices are stored by rows, sparse ones by rows (CSR), unknowns as pairs.
    """
    name, arrays = spec.name, list[str]()
    filling = [f"data.{spoken(dim)} = {data.dims[dim]};" for dim in spec.dims]
    for a in spec.arguments:
        own, bound = spoken(a.name), data.bound[a.name]
        if a.kind == "dense":
            arrays += array_lines("double", f"{own}_values", bound.ravel())
            order = f"{name.upper()}_BY_ROWS"
            filling += [f"data.{own}.values = {own}_values;", f"data.{own}.order = {order};"]
        elif a.kind == "diagonal":
            arrays += array_lines("double", f"{own}_values", bound)
            filling += [f"data.{own} = {own}_values;"]
        elif a.kind == "sparse":
            parts = {"start": bound.indptr, "j": bound.indices}
            filling += _sparse(own, parts, bound.nnz, arrays)
            arrays += array_lines("double", f"{own}_values", bound.data)
            filling += [f"data.{own}.values = {own}_values;"]
        elif a.kind == "unknown":
            filling += _sparse(own, {"i": bound.rows, "j": bound.cols}, bound.rows.size, arrays)
    filling += [f"data.{spoken(x)} = {data.scalars[x]!r};" for x in spec.scalars]
    return arrays, filling


def _sparse(own: str, parts: Mapping[str, Any], count: int, arrays: list[str]) -> list[str]:
    for member, numbers in parts.items():
        arrays += array_lines("int32_t", f"{own}_{member}", numbers)
    lines = [f"data.{own}.{member} = {own}_{member};" for member in parts]
    return [f"data.{own}.count = {count};", *lines]


def array_lines(kind: str, name: str, numbers: Iterable[Any]) -> list[str]:
    """The definition of an array; an empty one holds a number that nobody reads."""
    text = ", ".join(repr(number.item()) for number in numbers) or "0"
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"static const {kind} {name}[] = {{", *(f"    {line}" for line in lines), "};"]
