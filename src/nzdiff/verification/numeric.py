"""Checks of numbers: of a model by itself, and of each backend against the references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen.compile import bind
from nzdiff.derive.proof.proof import Check
from nzdiff.runtime.model import Model
from nzdiff.verification.reference import Reference

Floats = NDArray[np.float64]

AGREEMENT = 1e-11
"""Largest relative difference between two ways to compute one number in doubles."""
CANCELLED = 1e-2
ORDER_MARGIN = 0.1
MEASURED = 4
"""Steps from which an order is read."""
FALL = 100.0
"""No remainder of order 2 falls by as much where a step is halved; that of a kink passed does."""


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
    yield _agree("numeric", "∂E/∂g = 2 Jᵀ r", model.gradient(g), twice)
    products = 2 * model.vjp(g, model.jvp(g, v))
    yield _agree(
        "numeric", "Gauss-Newton product in one and in two", model.gauss_newton(g) @ v, products
    )


def zero_checks(model: Model, g: Floats, *, seed: int = 0) -> Iterator[Check]:
    """Whether the gradient is a number where entries of g are 0 and the energy has a slope along v.

    Only what fails is told.  A factor that is 0 beside one that is infinite shows nowhere else.
    """
    generator = np.random.default_rng((seed, 4))
    v = generator.standard_normal(model.size)
    w = generator.standard_normal(model.residual_size if model.is_function else 0)

    def value(x: Floats) -> float:
        return float(w @ model.residual(x)) if model.is_function else model.energy(x)

    for name, kept in (("every second g_t = 0", np.arange(model.size) % 2), ("g = 0", 0)):
        at = np.ascontiguousarray(g * kept)
        with suppress(np.linalg.LinAlgError), np.errstate(all="ignore"):
            if _has_slope(value, at, v):
                gradient = model.vjp(at, w) if model.is_function else model.gradient(at)
                if not np.isfinite(gradient).all():
                    yield Check("numeric", f"gradient, {name}", False, f"it is {gradient}"[:80])


def _has_slope(value: Callable[[Floats], float], at: Floats, v: Floats) -> bool:
    """Whether differences along v tend to the same slope from both sides: no kink, jump or NaN."""
    here, slopes, bends = value(at), [], []
    for t in NEARBY:
        above, below = value(at + t * v), value(at - t * v)
        slopes.append((above - below) / t)
        bends.append(abs((above - here) + (below - here)) / t)
    rounding = 1e-12 * abs(here) / NEARBY[1]
    steady = abs(slopes[0] - slopes[1]) <= ORDER_MARGIN * abs(slopes[1]) + rounding
    return bool(steady and bends[1] <= bends[0] / 2 + rounding)


NEARBY = 1e-3, 1e-4
"""Steps to both sides at which what bends is told from what has a kink."""


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
        yield _agree(
            name, "Gauss-Newton product = interpreter", model.gauss_newton(g) @ v, found["gnvp"]
        )
        yield _assembled(name, "Gauss-Newton matrix", model.gauss_newton(g))


def _assembled(kind: str, name: str, operator: Any, size: float = 0.0) -> Check:
    """The matrix of an operator against its products, column by column."""
    what = f"{name}, assembled = products"
    return _agree(kind, what, operator.toarray(), _columns(operator), size)


def _columns(operator: Any) -> Floats:
    products = [operator.matvec(unit) for unit in np.eye(operator.shape[1])]
    return np.array(products).reshape(operator.shape[::-1]).T


def _has_residual(model: Model) -> bool:
    return model.is_sum_of_squares or model.is_function


def _taylor(name: str, function: Any, g: Floats, v: Floats, slope: Any) -> Check:
    """The order at which |F(g + t v) − F(g) − t F′(g) v| falls as t is halved: 2 where F′ is right.

    Measured at the smallest steps whose remainder stands clear of rounding, and at which F exists.
    Where none does, F is affine as far as doubles can tell, and the remainder itself has to be
    rounding.
    """
    start = function(g)
    steps, gaps = list[float](), list[float]()
    for t in 2.0 ** np.arange(8, -16, -1):
        with suppress(np.linalg.LinAlgError), np.errstate(all="ignore"):
            gaps.append(float(np.linalg.norm(function(g + t * v) - start - t * slope)))
            steps.append(t)
            if not np.isfinite(gaps[-1]):  # F has no value there: what is nearer to g counts
                gaps, steps = [], []
    size = float(np.linalg.norm(start))
    floors = [1e-13 * (size + t * float(np.linalg.norm(slope))) for t in steps]
    clear = [
        i for i, (gap, floor) in enumerate(zip(gaps, floors, strict=True)) if gap > 100 * floor
    ]
    beyond = clear[-1] + 1 if clear else 0
    if 0 < beyond <= len(gaps) - MEASURED and gaps[beyond - 1] > FALL * gaps[beyond]:
        return Check("numeric", name, True, "affine in doubles up to a kink")
    if len(clear) < MEASURED:
        affine = bool(gaps) and all(
            gap <= 1e4 * floor for gap, floor in zip(gaps, floors, strict=True)
        )
        return Check("numeric", name, affine, "remainder at rounding: affine in doubles")
    kept = [(steps[i], gaps[i]) for i in clear]
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
