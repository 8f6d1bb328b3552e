"""Problems bound to data on every backend, with what they are compared with."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nzdiff as nz
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.codegen.plan import Plan
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.problem import Derivation
from nzdiff.runtime.bind import Kernel, bind_checked
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.model import Model
from nzdiff.verification.reference import Reference
from problems import (
    CALCULUS,
    PROBLEMS,
    SITUATIONS,
    random_data,
)

Floats = NDArray[np.float64]


BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)


EVERYTHING = {**PROBLEMS, **CALCULUS}


@dataclass(frozen=True)
class Bench:
    """One problem on one data set: its models, its references and a point to compare at."""

    derivation: Derivation
    reference: Reference
    models: tuple[Model, ...]
    g: Floats
    v: Floats
    w: Floats

    @property
    def problem(self) -> nz.Problem:
        return self.derivation.problem

    @property
    def has_energy(self) -> bool:
        return not self.problem.is_function

    @property
    def has_residual(self) -> bool:
        return self.models[0].is_sum_of_squares or self.problem.is_function

    @property
    def cotangent(self) -> Floats | None:
        """What `Model.hessian` takes of a matrix function."""
        return None if self.has_energy else self.w

    @property
    def weights(self) -> tuple[float, ...]:
        return self.models[0].weights


@dataclass(frozen=True)
class Planned:
    """A kernel planned for one data set, which runs on any other."""

    derivation: Derivation
    plan: Plan
    kernel: Kernel


@cache
def planned_for(problem: nz.Problem, situation: str) -> Planned:
    """Few plans and much data: planning and compiling take longer than everything else here."""
    derivation, data = problem.derive(), checked(problem, data_of(problem, situation))
    program = plan_program(derivation, data)
    kernel = kernel_of(derivation, program)
    return Planned(derivation, program.plan, kernel)


@cache
def data_of(problem: nz.Problem, situation: str) -> dict[str, Any]:
    where = SITUATIONS[situation]
    rng = np.random.default_rng([len(str(problem.energy)), len(situation)])
    return random_data(problem, where.sizes, where.pattern, rng)


def bench_on(problem: nz.Problem, data: dict[str, Any], planned: str = "scattered") -> Bench:
    """`Problem.bind` itself, which plans for its data, is in test_model.py."""
    found, given = planned_for(problem, planned), checked(problem, data)
    models = tuple(bind_checked(found.kernel, given, backend=name, threads=1) for name in BACKENDS)
    rng = np.random.default_rng(11)
    g, v = rng.standard_normal((2, models[0].size))
    has_residual = models[0].is_sum_of_squares or problem.is_function
    w = rng.standard_normal(models[0].residual_size if has_residual else 0)
    supports = Supports(given.dims, given.structures)
    supports.add_constants(found.plan.constants)
    reference = Reference(found.derivation, given, supports, found.plan)
    return Bench(found.derivation, reference, models, g, v, w)


def with_selections(b: Bench) -> Evaluator:
    """The evaluator of Kronecker forms: P = Tᵀ and g by their names."""
    values, sizes, start = {}, {}, 0
    for unknown, pattern in zip(b.problem.wrt, b.models[0].patterns, strict=True):
        parameters = b.derivation.parameters(unknown)
        values[str(b.derivation.selection(unknown).name)] = pattern.T.T.toarray()
        values[str(parameters.name)] = b.g[start : start + pattern.size].reshape(-1, 1)
        sizes[str(parameters.rows)] = pattern.size
        start += pattern.size
    evaluate = evaluator(b, **values)
    evaluate.dims.update(sizes)
    return evaluate


def kronecker_jacobian(b: Bench) -> Floats:
    """The whole Jacobian from `derivation.jacobians`, rows as `Model.residual` orders them."""
    evaluate = with_selections(b)
    blocks = []
    pairs = zip(b.problem.residuals, b.reference.plan.output("residual"), b.weights, strict=True)
    for residual, value, weight in pairs:
        parts = [
            evaluate(b.derivation.jacobians[residual.symbol, unknown].kronecker)
            for unknown in b.problem.wrt
        ]
        block = weight * np.concatenate(parts, axis=1)
        if value.support is not None:
            places = b.reference.supports.matrix(value.support).nonzero()
            stored = places[0] + places[1] * b.reference.supports.size(value.rows)
            assert not np.delete(block, stored, axis=0).any()
            block = block[stored]
        blocks.append(block)
    return np.concatenate(blocks)


def evaluator(b: Bench, **values: Any) -> Evaluator:
    """The expressions of a problem at g, without any derivation or plan."""
    reference = b.reference
    matrices = {**reference.constants(), **reference.unknowns(b.g)}
    known = {**reference.data.dims, **reference.data.scalars, **matrices, **values}
    definitions = {str(r.symbol.name): r.expr for r in b.problem.residuals}
    structures = reference.data.structures
    stored = {name: matrix.toarray() != 0 for name, matrix in structures.items()}
    return Evaluator(known, dict(reference.data.dims), Doubles(), definitions, stored)
