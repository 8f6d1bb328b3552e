"""What a problem evaluates to, dense and by other ways than the backends'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.plan import Plan, Value
from nzdiff.codegen.plan.interpret import interpret
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.first_order import Forms
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.runtime.data.check import Data, evaluate_scalar
from nzdiff.runtime.data.spec import OUTPUTS, Output
from nzdiff.runtime.data.supports import Supports

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a problem evaluates to on data, dense: by the plan's interpreter, by complex steps."""

    derivation: Derivation
    data: Data
    supports: Supports
    plan: Plan

    @classmethod
    def of(cls, derivation: Derivation, given: Mapping[str, Any]) -> Reference:
        """The reference on data as `Problem.bind` takes it."""
        data = checked(derivation.problem, given)
        plan = plan_program(derivation, data).plan
        return cls(derivation, data, data.supports, plan)

    def interpreted(
        self, g: Floats, v: Floats, w: Floats, weights: Sequence[float]
    ) -> dict[str, Any]:
        """Every output of the plan; w is empty where the energy is no sum of squares."""
        plan = self.plan
        matrices = {**self.constants(), **self.unknowns(g)}
        symbols = self.derivation.problem.matrices
        given = {
            x.name: matrices[str(m.name)] for m, x in zip(symbols, plan.arguments, strict=True)
        }
        directions = self.unknowns(v, tangent=True)
        for unknown, value in zip(self.derivation.problem.wrt, plan.tangents, strict=True):
            given[value.name] = directions[str(unknown.name)]
        given.update(self.cotangents(w, weights))
        numbers = {c: evaluate_scalar(s, self.data.scalars) for c, s in plan.coefficients}
        values = interpret(plan, self.supports, given, numbers)
        return {output.name: self._gathered(output, values, weights) for output in OUTPUTS}

    def _gathered(self, output: Output, values: Mapping[str, Any], weights: Sequence[float]) -> Any:
        """What a function leaves, as the model gives it; nothing where it is not there."""
        found = self.plan.output(output.name)
        if output.per == "energy":
            return values[found[0].name] if found else np.nan
        if output.per == "residual":
            return self.stacked([values[value.name] for value in found], weights)
        return self.reduced(values, found) if found else np.zeros(0)

    def kronecker(
        self, g: Floats, v: Floats, w: Floats, weights: Sequence[float]
    ) -> dict[str, Any]:
        """Gradient, J v and Hessian · v by the matrices of the Kronecker forms."""
        derivation, problem = self.derivation, self.derivation.problem
        cuts = np.cumsum([pattern.size for pattern in self.data.patterns])[:-1]
        moves = dict(zip(problem.wrt, np.split(v, cuts), strict=True))
        values: dict[str, Any] = {**self.data.scalars, **self.constants(), **self.unknowns(g)}
        sizes = dict(self.data.dims)
        for unknown, pattern, part in zip(
            problem.wrt, self.data.patterns, np.split(g, cuts), strict=True
        ):
            values[str(derivation.selection(unknown).name)] = pattern.T.T.toarray()
            values[str(derivation.parameters(unknown).name)] = part[:, None]
            sizes[f"nnz_{unknown.name}"] = pattern.size
        matrices = self.cotangents(w, weights).values()
        for cotangent, matrix in zip(derivation.cotangents, matrices, strict=True):
            values[str(cotangent.name)] = matrix
        definitions = {str(s.name): expr for s, expr in derivation.definitions.items()}
        evaluate = Evaluator(values, sizes, Doubles(), definitions, self.stored)

        def along(forms: dict[Matrix, Forms]) -> Floats:
            parts = [evaluate(forms[u].kronecker) @ move for u, move in moves.items()]
            return np.asarray(np.sum(parts, axis=0))

        found = {
            r.symbol: along({u: derivation.jacobians[r.symbol, u] for u in moves})
            for r in problem.residuals
        }
        jvps = [
            found[r.symbol].reshape(sizes_of(r.symbol, sizes), order="F") for r in problem.residuals
        ]
        gradients = derivation.gradients.values()
        return {
            "gradient": np.concatenate([evaluate(x.kronecker).ravel() for x in gradients]),
            "jvp": self.stacked(jvps, weights),
            "hvp": np.concatenate(
                [along({u: derivation.hessians[row, u] for u in moves}) for row in moves]
            ),
        }

    @property
    def stored(self) -> dict[str, Any]:
        """Which entries of each sparse matrix are stored."""
        return {name: matrix.toarray() != 0 for name, matrix in self.data.structures.items()}

    def complex_step(self, g: Floats, v: Floats, weights: Sequence[float]) -> dict[str, Any]:
        """Values and Im f(g + i h v) / h of energy and residual, without plan or derivation."""
        problem, step = self.derivation.problem, 1e-30
        directions = self.unknowns(v, tangent=True)
        values: dict[str, Any] = {**self.data.scalars, **self.constants()}
        for name, matrix in self.unknowns(g).items():
            values[name] = matrix + 1j * step * directions[name]
        definitions = {str(r.symbol.name): r.expr for r in problem.residuals}
        evaluate = Evaluator(values, self.data.dims, Doubles(), definitions, self.stored)
        energy = np.nan if problem.is_function else evaluate(problem.energy)
        residuals = [evaluate(r.symbol) for r in problem.residuals]
        return {
            "energy": np.imag(energy) / step,
            "energy value": np.real(energy),
            "residual": self.stacked([np.imag(f) / step for f in residuals], weights),
            "residual value": self.stacked([np.real(f) for f in residuals], weights),
        }

    def constants(self) -> dict[str, Floats]:
        """The bound matrices by name, dense."""
        found = {}
        for matrix in self.derivation.problem.matrices:
            name = str(matrix.name)
            values = self.data.values.get(name)
            if values is None:
                continue
            if matrix.kind_of == "sparse":
                structure = self.data.structures[name].copy()
                structure.data = values.copy()
                found[name] = structure.toarray()
            elif matrix.kind_of == "diagonal":
                found[name] = np.diag(values)
            else:
                found[name] = values.reshape(sizes_of(matrix, self.data.dims))
        return found

    def unknowns(self, g: Floats, *, tangent: bool = False) -> dict[str, Floats]:
        """The unknown matrices (or directions) by name, dense, from T and c."""
        found, start = {}, 0
        for unknown, pattern in zip(self.derivation.problem.wrt, self.data.patterns, strict=True):
            vector = pattern.T @ g[start : start + pattern.size]
            vector = vector if tangent else vector + pattern.c
            found[str(unknown.name)] = vector.reshape(pattern.shape, order="F")
            start += pattern.size
        return found

    def cotangents(self, w: Floats, weights: Sequence[float]) -> dict[str, Floats]:
        """The matrices W of a vector w, as `Model.vjp` reads it; zero where w is empty."""
        found, start = {}, 0
        for value, weight in zip(self.plan.cotangents, weights, strict=True):
            rows, cols = self.supports.size(value.rows), self.supports.size(value.cols)
            matrix = np.zeros((rows, cols))
            if w.size and value.support is not None:
                places = self.supports.matrix(value.support).nonzero()
                matrix[places] = weight * w[start : start + places[0].size]
                start += places[0].size
            elif w.size:
                matrix = weight * w[start : start + rows * cols].reshape(rows, cols, order="F")
                start += rows * cols
            found[value.name] = matrix
        return found

    def stacked(self, matrices: list[Any], weights: Sequence[float]) -> Floats:
        """Residuals as the vector that `Model.residual` gives."""
        parts = [np.zeros(0)]
        for matrix, value, weight in zip(
            matrices, self.plan.output("residual"), weights, strict=True
        ):
            if value.support is None:
                parts.append(weight * matrix.ravel(order="F"))
            else:
                parts.append(weight * matrix[self.supports.matrix(value.support).nonzero()])
        return np.concatenate(parts)

    def reduced(self, values: Mapping[str, Any], outputs: Sequence[Value]) -> Floats:
        """Tᵀ vec(Γ) of one Γ per unknown."""
        parts = [
            pattern.T.T @ values[x.name].ravel(order="F")
            for pattern, x in zip(self.data.patterns, outputs, strict=True)
        ]
        return np.concatenate(parts)
