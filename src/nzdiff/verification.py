"""Is every derivative right?  Exact, symbolic, numeric, and on every backend; one report.

`verify(problem)` proves the derivation and then checks what was emitted from it, on the user's
own data or on random data.  It raises where anything fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.codegen.compile import bind, checked, plan_program
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.plan import Plan, Value
from nzdiff.codegen.plan.interpret import interpret
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.first_order import Forms
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.errors import VerificationError
from nzdiff.derive.language.nodes import Kronecker
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.proof import Check, prove, small_dims, with_small_sizes
from nzdiff.runtime.data.check import Data, evaluate_scalar
from nzdiff.runtime.data.support import Supports
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]

NUMERIC_SIZES = (9, 6, 5, 4)
KRONECKER_SIZES = (3, 4, 2, 2)
AGREEMENT = 1e-11
"""Largest relative difference between two ways to compute one number in doubles."""
CANCELLED = 1e-2
ORDER_MARGIN = 0.1
MEASURED = 4
"""Steps from which an order is read."""


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one problem."""

    problem: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def __str__(self) -> str:
        lines = [
            f"{'ok  ' if check.passed else 'FAIL'} {check.kind:9s} {check.name}: {check.detail}"
            for check in self.checks
        ]
        return "\n".join([f"{self.problem}: {len(self.checks)} checks", *lines])


def verify(
    problem: Problem,
    data: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    raise_on_failure: bool = True,
) -> Report:
    """Check every derivative of a problem; raises VerificationError, with the report, on failure.

    data: what `Problem.bind` takes; random data of small size where it is not given.  Numeric
    checks on the data itself are Taylor remainders and adjointness; the comparisons with the
    dense interpreter and with complex steps run on small random data.
    """
    derivation = derive(problem)
    numbers = KRONECKER_SIZES if problem.energy.has(Kronecker) else NUMERIC_SIZES
    sizes = small_dims(derivation, numbers)
    small, g = _in_domain(problem, sizes, seed)
    backends = ("numpy", "c") if find_compiler() else ("numpy",)
    checks = list(prove(derive(with_small_sizes(problem)), seed=seed))
    reference = Reference.of(derivation, small)
    for backend in backends:
        checks += backend_checks(reference, small, g, backend, seed=seed)
    chosen = data if data is not None else small
    model = bind(problem, chosen, backend=backends[-1], threads=1)
    checks += numeric_checks(model, _start(model, seed) if data is not None else g, seed=seed)
    report = Report(problem.name, tuple(checks))
    if raise_on_failure and not report.passed:
        raise VerificationError(str(report))
    return report


def numeric_checks(model: Model, g: Floats, *, seed: int = 0) -> Iterator[Check]:
    """Observed orders of Taylor remainders at g, and adjointness, on the data of a model."""
    generator = np.random.default_rng((seed, 1))  # other numbers than those of g
    if model.size == 0:
        return
    v = generator.standard_normal(model.size)
    w = generator.standard_normal(model.residual_size if _has_residual(model) else 0)
    if model.is_function:
        hessian = model.hessian(g, w)
        yield _taylor("VJP, Taylor", lambda x: model.vjp(x, w), g, v, hessian @ v)
    else:
        gradient = model.gradient(g)
        yield _taylor("energy, Taylor", model.energy, g, v, float(gradient @ v))
        yield _taylor("gradient, Taylor", model.gradient, g, v, model.hessian(g) @ v)
    if not _has_residual(model):
        return
    yield _taylor("residual, Taylor", model.residual, g, v, model.jvp(g, v))
    forward, backward = float(model.jvp(g, v) @ w), float(model.vjp(g, w) @ v)
    yield _agree("numeric", "⟨J v, w⟩ = ⟨v, Jᵀ w⟩", forward, backward)
    if model.is_function:
        return
    twice = 2 * model.vjp(g, model.residual(g))
    yield _agree("numeric", "∂E/∂g = 2 Jᵀ r", gradient, twice)
    products = 2 * model.vjp(g, model.jvp(g, v))
    yield _agree("numeric", "2 JᵀJ v in one and in two", model.gauss_newton(g) @ v, products)


def backend_checks(
    reference: Reference, given: Mapping[str, Any], g: Floats, backend: str, *, seed: int = 0
) -> Iterator[Check]:
    """One backend at g against the interpreter of the plan and complex steps of the expression."""
    model = bind(reference.derivation.problem, given, backend=backend, threads=1)
    generator = np.random.default_rng((seed, 2))
    v = generator.standard_normal(model.size)
    w = generator.standard_normal(model.residual_size if _has_residual(model) else 0)
    found = reference.interpreted(g, v, w, model.weights)
    forms = reference.kronecker(g, v, w, model.weights)
    slopes = reference.complex_step(g, v, model.weights)
    name = f"{backend} backend"
    first = model.vjp(g, w) if model.is_function else model.gradient(g)
    size = float(np.linalg.norm(first)) * max(1.0, float(np.linalg.norm(v)))
    if model.is_function:
        hessian = model.hessian(g, w)
    else:
        hessian, energy = model.hessian(g), model.energy(g)
        yield _agree(name, "energy = expression", energy, slopes["energy value"], size)
        yield _agree(name, "energy = interpreter", energy, found["energy"], size)
        yield _agree(name, "gradient = interpreter", first, found["gradient"], abs(energy))
        most = max(size, abs(energy))
        yield _agree(name, "gradient = complex step", first @ v, slopes["energy"], most)
        yield _agree(name, "gradient = Kronecker form", first, forms["gradient"], abs(energy))
    yield _agree(name, "Hessian product = interpreter", hessian @ v, found["hvp"], size)
    yield _agree(name, "Hessian product = Kronecker form", hessian @ v, forms["hvp"], size)
    yield _assembled(name, "Hessian", hessian, size)
    with suppress(NotImplementedError):
        diagonal, entries = hessian.diagonal(), np.diag(_columns(hessian))
        yield _agree(name, "Hessian diagonal = of the products", diagonal, entries, size)
    if _has_residual(model):
        yield _agree(name, "residual = expression", model.residual(g), slopes["residual value"])
        yield _agree(name, "residual = interpreter", model.residual(g), found["residual"])
        yield _agree(name, "JVP = interpreter", model.jvp(g, v), found["jvp"])
        yield _agree(name, "JVP = complex step", model.jvp(g, v), slopes["residual"])
        yield _agree(name, "JVP = Kronecker form", model.jvp(g, v), forms["jvp"])
        yield _agree(name, "VJP = interpreter", model.vjp(g, w), found["vjp"])
        yield _assembled(name, "J", model.jacobian(g))
    if model.is_sum_of_squares:
        yield _agree(name, "2 JᵀJ v = interpreter", model.gauss_newton(g) @ v, found["gnvp"])
        yield _assembled(name, "2 JᵀJ", model.gauss_newton(g))


def _assembled(kind: str, name: str, operator: Any, size: float = 0.0) -> Check:
    """The matrix of an operator against its products, column by column."""
    what = f"{name}, assembled = products"
    return _agree(kind, what, operator.toarray(), _columns(operator), size)


def _columns(operator: Any) -> Floats:
    products = [operator.matvec(unit) for unit in np.eye(operator.shape[1])]
    return np.array(products).reshape(operator.shape[::-1]).T


def _has_residual(model: Model) -> bool:
    return model.is_sum_of_squares or model.is_function


def _in_domain(problem: Problem, sizes: dict[str, int], seed: int) -> tuple[dict[str, Any], Floats]:
    """Random data and a random g at which everything is finite: logarithms need positive numbers.

    Of any sign, positive, small and positive numbers, and unknowns near I are tried, in this order.
    """
    for bounds, shift in DOMAINS:
        data = example_data(problem, sizes, seed=seed)
        data = {name: _between(value, bounds) for name, value in data.items()}
        model = bind(problem, data, backend="numpy", threads=1)
        normal = np.random.default_rng((seed, 3)).standard_normal(model.size)
        g = _between(normal, bounds) + shift * _identities(model)
        if _is_finite(model, g):
            return data, g
    raise ValueError(
        f"{problem.name}: found no random data at which everything is finite; pass your own data"
    )


DOMAINS = ((None, 0.0), ((0.5, 1.5), 0.0), ((0.05, 0.3), 0.0), ((0.0, 0.1), 1.0))
"""Bounds of the random numbers that are tried, and how much of I is added to each unknown."""


def _identities(model: Model) -> Floats:
    """The g of I for each unknown, as far as its pattern holds the diagonal."""
    parts = [pattern.T.T @ np.eye(*pattern.shape).ravel(order="F") for pattern in model.patterns]
    return np.concatenate(parts)


def _between(value: Any, bounds: tuple[float, float] | None) -> Any:
    """The numbers of a value moved between two positive bounds, patterns kept."""
    if bounds is None or not (sparse.issparse(value) or isinstance(value, (np.ndarray, float))):
        return value
    if sparse.issparse(value):
        moved = value.copy()
        moved.data = _between(moved.data, bounds)
        return moved
    low, high = bounds
    return low + (high - low) * np.tanh(np.abs(value))


def _start(model: Model, seed: int) -> Floats:
    """A random g at which a model on the user's data is finite."""
    normal = np.random.default_rng((seed, 3)).standard_normal(model.size)
    for bounds, shift in DOMAINS:
        g = _between(normal, bounds) + shift * _identities(model)
        if _is_finite(model, g):
            return np.asarray(g)
    raise ValueError(
        f"{model.spec.name}: not finite at random g on the data given; check the data, or verify "
        "without data"
    )


def _is_finite(model: Model, g: Floats) -> bool:
    """Whether the energy (or function) and its derivatives exist at g."""
    with np.errstate(all="ignore"):
        try:
            if model.is_function:
                found = [model.residual(g), model.jvp(g, np.ones(model.size))]
            else:
                found = [np.array([model.energy(g)]), model.gradient(g)]
                found.append(model.hessian(g) @ np.ones(model.size))
        except np.linalg.LinAlgError:
            return False
    return all(bool(np.isfinite(array).all()) for array in found)


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
        return {
            "energy": values[plan.energy.name] if plan.energy else np.nan,
            "gradient": self.reduced(values, plan.gradients) if plan.gradients else np.zeros(0),
            "residual": self.stacked([values[x.name] for x in plan.residuals], weights),
            "jvp": self.stacked([values[x.name] for x in plan.jvps], weights),
            "vjp": self.reduced(values, plan.vjps) if plan.vjps else np.zeros(0),
            "gnvp": self.reduced(values, plan.gnvps) if plan.gnvps else np.zeros(0),
            "hvp": self.reduced(values, plan.hvps),
        }

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
        for matrix, value, weight in zip(matrices, self.plan.residuals, weights, strict=True):
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


def _taylor(name: str, function: Any, g: Floats, v: Floats, slope: Any) -> Check:
    """The order at which |F(g + t v) − F(g) − t F′(g) v| falls as t is halved: 2 where F′ is right.

    Measured at the smallest steps whose remainder stands clear of rounding, and at which F exists.
    Where none does, F is affine as far as doubles can tell, and the remainder itself has to be
    rounding.
    """
    start = function(g)
    steps, gaps = [], []
    for t in 2.0 ** np.arange(8, -16, -1):
        with suppress(np.linalg.LinAlgError):
            gaps.append(float(np.linalg.norm(function(g + t * v) - start - t * slope)))
            steps.append(t)
    size = float(np.linalg.norm(start))
    floors = [1e-13 * (size + t * float(np.linalg.norm(slope))) for t in steps]
    kept = [
        (t, gap) for t, gap, floor in zip(steps, gaps, floors, strict=True) if gap > 100 * floor
    ]
    if len(kept) < MEASURED:
        affine = all(gap <= 1e4 * floor for gap, floor in zip(gaps, floors, strict=True))
        return Check("numeric", name, affine, "remainder at rounding: affine in doubles")
    logs = np.log(kept[-MEASURED:])
    order = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
    detail = f"observed order {order:.2f}, expected 2"
    return Check("numeric", name, order > 2 - ORDER_MARGIN, detail)


def _agree(kind: str, name: str, left: Any, right: Any, size: float = 0.0) -> Check:
    """Whether two ways to compute one number agree, relative to it.

    size: of the numbers it was made of; what cancels to less than a hundredth of them is compared
    with that.
    """
    left, right = np.atleast_1d(left), np.atleast_1d(right)
    norms = float(np.linalg.norm(left)), float(np.linalg.norm(right))
    scale = max(*norms, CANCELLED * size, 1e-300)
    gap = float(np.linalg.norm(left - right)) / scale
    return Check(kind, name, gap <= AGREEMENT, f"relative difference {gap:.1e}")
