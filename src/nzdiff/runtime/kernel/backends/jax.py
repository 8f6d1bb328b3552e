"""The JAX backend: the emitted module of pure functions, compiled by XLA when they are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.kernel.backends.backend import Array, Floats, Slots
from nzdiff.runtime.kernel.backends.jax_tables import table_of
from nzdiff.runtime.kernel.backends.numpy import NumpyBackend
from nzdiff.runtime.kernel.workspace import Memory

Module = Mapping[str, Any]
"""What an emitted module defines."""


class JaxBackend(NumpyBackend):
    """The functions of a module, each compiled for what is valid when it is run.

    Arrays of the memory are copied to JAX where they changed, and results from it.
    """

    name: ClassVar[str] = "jax"

    def __init__(self, source: Callable[[], Module], memory: Memory) -> None:
        check_kernels(memory.spec)
        self._jax, self._module, self._memory = imported(), source(), memory
        self._tables = {
            table.name: table_of(table, memory.tables[table.name])
            for table in memory.spec.tables
            if memory.tables.get(table.name)
        }
        self.inputs = inputs(memory.spec)
        arrays = {name: memory.arrays[name] for name in self.inputs}
        self._names = {a.ctypes.data: name for name, a in arrays.items() if a.size}
        self._given: dict[str, Any] = {}
        self._stale = {*arrays, *memory.coefficients}
        self._stages: dict[int, dict[str, Any]] = {}
        self._compiled = cache(self._compile)

    @staticmethod
    def of_text(text: str) -> Any:
        """See `Backend`; the text is run when a model is bound."""
        return partial(_module, text, "")

    @staticmethod
    def packaged(files: Mapping[str, str], program: str, package: str) -> Any:
        """See `Backend`; not imported, so that what was compared is what runs."""
        return partial(_module, files[f"{program}_jax.py"], package)

    def run(self, function: str) -> None:
        """Compute what a function needs and is not valid, and its results."""
        spec, done = self._memory.spec, self._memory.done
        needs = self._module["NEEDS"][function]
        valid = frozenset(number for number in needs if done[number])
        with double_precision():
            found, stages, factors = self._compiled(function, valid)(self._now(valid))
        for number, values in stages.items():
            self._stages[number] = values
        for name, values in found.items():
            self._memory.arrays[name][:] = values
        for number in stages:
            done[number] = 1
        if factors:
            _check_factors(spec, factors, found.values())

    def renew(self, name: str) -> None:
        """See `Backend`."""
        self._stale.add(name)

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """See `Backend`."""
        found = super().write(vector, slots, array)
        self._mark(array)
        return found

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """See `Backend`."""
        super().from_vector(vector, scale, matrix)
        self._mark(matrix)

    def _mark(self, array: Array) -> None:
        if array.size:
            self._stale.add(self._names[array.ctypes.data])

    def given(self) -> dict[str, Any]:
        """Arrays, tables and coefficients of JAX by name: what the functions are given."""
        memory, jnp = self._memory, self._jax.numpy
        numbers = memory.coefficients
        for name in self._stale & {*self.inputs, *numbers}:
            self._given[name] = jnp.array(numbers[name] if name in numbers else memory.arrays[name])
        self._stale.clear()
        if not self._given.keys() >= self._tables.keys():
            self._given |= self._jax.tree_util.tree_map(jnp.asarray, self._tables)
        return self._given

    def values(self, given: Mapping[str, Any], valid: frozenset[int] = frozenset()) -> Any:
        """What the functions of the module take."""
        memory = self._memory
        known = {**given, **memory.sizes, "dtype": memory.dtype}
        return self._module["Values"](known, valid, dict(memory.spec.domains))

    def function(self, name: str) -> Callable[[Any], None]:
        """A function of the module, which adds to the values that it takes."""
        return self._module[name]  # type: ignore[no-any-return]

    @property
    def constants(self) -> frozenset[int]:
        """The stages that do not depend on g; valid once `prepare` has run."""
        return frozenset(self._module["NEEDS"]["prepare"])

    def constant_values(self) -> dict[str, Any]:
        """What the functions are given, and the values of `constants`."""
        return self._now(self.constants)

    def _now(self, valid: frozenset[int]) -> dict[str, Any]:
        stages = {name: v for number in valid for name, v in self._stages[number].items()}
        return {**self.given(), **stages}

    def _compile(self, function: str, valid: frozenset[int]) -> Callable[..., Any]:
        results, prefix = _results(self._memory.spec, function), self._module["FACTORS"]
        numbers = range(len(self._memory.spec.factored))

        def run(given: dict[str, Any]) -> Any:
            w = self.values(given, valid)
            self.function(function)(w)
            stages = {n: {k: getattr(w, k) for k in names} for n, names in w.done.items()}
            known = vars(w)
            found = {name: known[name] for name in results if name in known}
            factors = {n: known[f"{prefix}{n}"][0] for n in numbers if f"{prefix}{n}" in known}
            return found, {n: values for n, values in stages.items() if n not in valid}, factors

        return self._jax.jit(run)  # type: ignore[no-any-return]


def is_installed() -> bool:
    """Whether there is a JAX to import."""
    return find_spec("jax") is not None


@cache
def imported() -> Any:
    """JAX; ImportError that names the extra where it is not installed."""
    try:
        return import_module("jax")
    except ImportError as error:
        raise ImportError(
            'backend "jax": JAX is not installed; install it by: pip install "nzdiff[jax]"'
        ) from error


def double_precision() -> Any:
    """A context in which JAX has doubles, whatever the caller has set."""
    jax = imported()
    named = jax if hasattr(jax, "enable_x64") else jax.experimental  # before JAX 0.8
    return named.enable_x64(True)


def check_kernels(spec: KernelSpec) -> None:
    """NotImplementedError for what is computed by libraries that JAX has nothing for."""
    by_number = dict(spec.domains)
    needed = [external.formula for external in spec.externals]
    for which, (formula, _, support) in enumerate(spec.factored):
        other = by_number.get(which, "") not in ("", "positive definite")
        if support is not None or other or which in spec.continued:
            needed.append(formula)
    if needed:
        raise NotImplementedError(
            f"{spec.name}: the JAX target has no kernel for {needed[0]}: it factorises dense "
            'matrices alone, and calls no libraries; use backend="c"'
        )


def inputs(spec: KernelSpec) -> tuple[str, ...]:
    """The arrays of a kernel that no function of it computes."""
    arguments = [array.name for _, array in zip(spec.arguments, spec.arrays, strict=False)]
    made = [name for r in spec.reductions for name in (r.triangle, r.reduced, r.remainder) if name]
    return (*arguments, *spec.tangents, *spec.cotangents, *made)


def _results(spec: KernelSpec, function: str) -> tuple[str, ...]:
    """The arrays that somebody reads after a function."""
    found = dict[str, tuple[str, ...]](spec.outputs).get(function)
    used = next((a.uses for a in spec.assemblies if a.name == function), ())
    computed = {array.name for array in spec.arrays}.difference(inputs(spec))
    return found or tuple(name for name in used if name in computed)


def _check_factors(spec: KernelSpec, factors: Mapping[int, Any], results: Any) -> None:
    """LinAlgError where a matrix is outside of its domain, or has no inverse that is needed."""
    for which, determinant in factors.items():
        formula, sign = spec.factored[which][0], float(determinant[1])
        if np.isnan(sign):
            raise np.linalg.LinAlgError(f"{formula} is not positive definite: there is no energy")
        if sign == 0.0 and any(np.isnan(values).any() for values in results):
            raise np.linalg.LinAlgError(f"{formula} is singular: its inverse does not exist")


def _module(text: str, package: str) -> dict[str, Any]:
    """What a text defines, and what it imports of the kernels."""
    kernels = import_module(f"{__package__}.jax_kernels")
    module = {name: value for name, value in vars(kernels).items() if name[:2] != "__"}
    module["__package__"] = package
    exec(compile(text, "<nzdiff kernel>", "exec"), module)
    return module
