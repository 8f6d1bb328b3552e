"""Checks of numbers: of a model by itself, and of each backend against the references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
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
HARDLY, SCATTERED = 1e-14, 5
"""Relative change of g, and points, at which noise is measured."""
NOISE = 4.0
"""Two ways to compute a number differ by at most so many times the scatter of one."""
MOST_NOISE = 1e-8
"""Not more is put down to noise."""
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
    """One backend at g against the interpreter of the plan and complex steps of the expression.

    Where numbers disagree by more than `AGREEMENT`, how noisy they are at g is measured, and they
    may disagree by that.
    """
    model = bind(reference.derivation.problem, given, backend=backend, threads=1)
    generator = np.random.default_rng((seed, 2))
    v = generator.standard_normal(model.size)
    w = generator.standard_normal(model.residual_size if _has_residual(model) else 0)
    checks = list(_compared(reference, model, g, v, w, AGREEMENT))
    if not all(check.passed for check in checks):
        most = max(AGREEMENT, _noise(model, g, v, w, seed))
        checks = list(_compared(reference, model, g, v, w, most))
    yield from checks


def _noise(model: Model, g: Floats, v: Floats, w: Floats, seed: int) -> float:
    """What rounding changes in second derivatives: how they scatter where g hardly changes.

    As Moré and Wild measure it (SIAM J. Sci. Comput. 33, 2011).  A wrong formula scatters no more
    than a right one.
    """
    generator = np.random.default_rng((seed, 5))
    found = [0.0]
    with suppress(np.linalg.LinAlgError, NotImplementedError), np.errstate(all="ignore"):
        here = list(_second(model, g, v, w))
        for _ in range(SCATTERED):
            near = g * (1 + HARDLY * generator.uniform(-1.0, 1.0, g.size))
            for value, other in zip(here, _second(model, near, v, w), strict=True):
                size = float(np.linalg.norm(value))
                found.append(float(np.linalg.norm(value - other)) / size if size else 0.0)
    return float(min(NOISE * np.nanmax(found), MOST_NOISE))


def _second(model: Model, g: Floats, v: Floats, w: Floats) -> Iterator[Floats]:
    """The Hessian's products and its diagonal: of all that is computed, they round the most."""
    hessian = model.hessian(g, w) if model.is_function else model.hessian(g)
    yield hessian @ v
    yield hessian.diagonal()


def _compared(
    reference: Reference, model: Model, g: Floats, v: Floats, w: Floats, most: float
) -> Iterator[Check]:
    """A model at g against the references, which may differ by a part `most`."""
    found = reference.interpreted(g, v, w, model.weights)
    forms = reference.kronecker(g, v, w, model.weights)
    slopes = reference.complex_step(g, v, model.weights)
    name = f"{model.backend} backend"
    agree = partial(_agree, name, most=most)
    assembled = partial(_assembled, name, most=most)
    first = model.vjp(g, w) if model.is_function else model.gradient(g)
    size = float(np.linalg.norm(first)) * max(1.0, float(np.linalg.norm(v)))
    if model.is_function:
        hessian = model.hessian(g, w)
    else:
        hessian, energy = model.hessian(g), model.energy(g)
        yield agree("energy = expression", energy, slopes["energy value"], size)
        yield agree("energy = interpreter", energy, found["energy"], size)
        yield agree("gradient = interpreter", first, found["gradient"], abs(energy))
        larger = max(size, abs(energy))
        yield agree("gradient = complex step", first @ v, slopes["energy"], larger)
        yield agree("gradient = Kronecker form", first, forms["gradient"], abs(energy))
    yield agree("Hessian product = interpreter", hessian @ v, found["hvp"], size)
    yield agree("Hessian product = Kronecker form", hessian @ v, forms["hvp"], size)
    yield assembled("Hessian", hessian, size)
    with suppress(NotImplementedError):
        diagonal, entries = hessian.diagonal(), np.diag(_columns(hessian))
        yield agree("Hessian diagonal = of the products", diagonal, entries, size)
    if _has_residual(model):
        yield agree("residual = expression", model.residual(g), slopes["residual value"])
        yield agree("residual = interpreter", model.residual(g), found["residual"])
        yield agree("JVP = interpreter", model.jvp(g, v), found["jvp"])
        yield agree("JVP = complex step", model.jvp(g, v), slopes["residual"])
        yield agree("JVP = Kronecker form", model.jvp(g, v), forms["jvp"])
        yield agree("VJP = interpreter", model.vjp(g, w), found["vjp"])
        yield assembled("J", model.jacobian(g))
    if model.is_sum_of_squares:
        products = model.gauss_newton(g) @ v
        yield agree("Gauss-Newton product = interpreter", products, found["gnvp"])
        yield assembled("Gauss-Newton matrix", model.gauss_newton(g))


def _assembled(kind: str, name: str, operator: Any, size: float = 0.0, *, most: float) -> Check:
    """The matrix of an operator against its products, column by column."""
    what = f"{name}, assembled = products"
    return _agree(kind, what, operator.toarray(), _columns(operator), size, most=most)


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


def _agree(
    kind: str, name: str, left: Any, right: Any, size: float = 0.0, *, most: float = AGREEMENT
) -> Check:
    """Whether two ways to compute one number agree, relative to it.

    size: of the numbers it was made of; what cancels to less than a hundredth of them is compared
    with that.  most: by how much they may differ.
    """
    left, right = np.atleast_1d(left), np.atleast_1d(right)
    norms = float(np.linalg.norm(left)), float(np.linalg.norm(right))
    scale = max(*norms, CANCELLED * size, 1e-300)
    gap = float(np.linalg.norm(left - right)) / scale
    allowed = f" (noise at g: {most:.0e})" if most > AGREEMENT else ""
    return Check(kind, name, gap <= most, f"relative difference {gap:.1e}{allowed}")
