"""The certificate of a minimum: λ²/2 = ½ ∇Eᵀ H⁺ ∇E, what the quadratic model of E promises.

λ²/2 against the decrease so far does not change when E becomes a E + b, or g is scaled. Within
bounds it speaks of the unknowns that no bound holds; those held promise |∂E| times the way to their
bound. Few unknowns: by the eigenvalues of H. A matrix that the method has assembled anyway: by its
factors. Else by conjugate gradients: products with H alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nzdiff.solvers.certificate.krylov import Estimate, Inverse, by_cg
from nzdiff.solvers.certificate.products import EXACT, Products, hessian_products
from nzdiff.solvers.linear.curvature import hessian
from nzdiff.solvers.linear.diagonal import probed_diagonal
from nzdiff.solvers.linear.factorise import LEAST_SHIFT, Matrix, factorised, sizes
from nzdiff.solvers.linear.linear_system import FEW
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import LinearMap, Vector

Places = NDArray[np.intp]
LEAST_PRODUCTS, MOST_PRODUCTS, PROBES = 100, 1000, 8
WEAK = 1e-12
"""An eigenvalue, relative to the largest, that may be mostly rounding."""
SOFT = 1e-8
"""One whose direction the step may do without, where it does not help."""
NOISE = 4.0
"""Rounding errors of ∂E below which a gradient says nothing."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of a point.

    decrement: an upper estimate of λ²/2, infinite where products did not suffice for one.
    step: one that promises about as much.  firm: makes the same without directions of next to no
    curvature, or nothing: an energy that no factor of g changes has H g = −∂E/∂g, so that Newton's
    step leads to 2 g.  bend: a direction v of negative curvature, or None; bent: vᵀ H v.
    is_noise: whether ∂E is no larger than what rounding makes of it.
    newton: the step at another point, with the same H; where it promises more than a number, one
    that does will do.  flat: the projection on what has no
    curvature at all.  weak: rows that are directions whose curvature is not known to be right;
    metric: m with H ≤ diag(m²), about, where there are such.
    """

    decrement: float
    step: Vector
    firm: Callable[[], Vector | None]
    bend: Vector | None
    bent: float
    is_noise: bool
    newton: Callable[[Point, float], Vector]
    flat: LinearMap
    weak: Vector
    metric: Vector

    def holds(self, threshold: float) -> bool:
        """Tell whether no more than `threshold` is promised and no curvature is negative."""
        return self.bend is None and self.decrement <= threshold


def certify(objective: Objective, point: Point, threshold: float) -> Certificate:
    """Return the certificate of a point; CG ends as soon as it is at most `threshold`."""
    products = hessian_products(objective, point)
    size = point.g.size
    if size <= FEW:
        matrix = products.matrix(size)
        diagonal = np.abs(matrix.diagonal())
    else:
        matrix, diagonal = None, np.abs(curvatures(products, size))
    free, held = _free(objective, point, diagonal)
    b = -point.gradient[free]
    if not b.size or not np.isfinite(diagonal).all():
        found = Estimate(0.0 if not b.size else math.inf, np.zeros_like(b), None)
    elif matrix is not None:
        noise = rounding(objective, point)[free]
        found = _by_eigenvalues(matrix[np.ix_(free, free)], b, noise, products.error)
    else:
        found = _of_many(objective, point, products, b, free, diagonal[free], threshold - held)
    step = _widened(found.step, free, size)
    bend = None if found.bend is None else _widened(found.bend, free, size)
    decrement = found.decrement + held
    # what is promised by unknowns that only go to their bounds is no noise
    is_noise = decrement > threshold >= held and _is_noise(b, rounding(objective, point)[free])
    bent = 0.0 if bend is None else float(bend @ products.product(bend))
    if not bent < 0.0:
        bend = None

    def newton(at: Point, enough: float) -> Vector:
        return _widened(found.inverse(-at.gradient[free], enough), free, size)

    def flat(v: Vector) -> Vector:
        return _widened(found.flat(v[free]), free, size)

    def firm() -> Vector | None:
        return None if found.firm is None else _widened(found.firm(), free, size)

    weak, metric = np.zeros((0, size)), np.zeros(size)
    if found.weak is not None and found.metric is not None:
        weak = np.zeros((len(found.weak), size))
        weak[:, free], metric[free] = found.weak, found.metric
    return Certificate(decrement, step, firm, bend, bent, is_noise, newton, flat, weak, metric)


def _free(objective: Objective, point: Point, diagonal: Vector) -> tuple[Places, float]:
    """Return the unknowns that no bound holds, and what the others promise.

    Held is one that a step −∂E/∂g / H_ii would take to its bound.
    """
    bounds, g, gradient = objective.bounds, point.g, point.gradient
    if bounds is None:
        return np.arange(g.size), 0.0
    room = np.where(gradient > 0.0, g - bounds.lower, bounds.upper - g)
    held = (gradient != 0.0) & (np.abs(gradient) >= diagonal * room) | (
        bounds.lower == bounds.upper
    )
    promised = float(np.sum(np.abs(gradient[held]) * room[held], where=room[held] > 0.0))
    return np.flatnonzero(~held), promised


def curvatures(products: Products, size: int) -> Vector:
    """Return the diagonal of H, of many unknowns as probes estimate it."""
    if size <= FEW:
        return np.asarray(products.matrix(size).diagonal())
    return probed_diagonal(products.product, size, PROBES, seed=0)


def _by_eigenvalues(H: Vector, b: Vector, noise: Vector, error: float) -> Estimate:
    """Return ½ Σ (vᵀb)² / w over eigenpairs of H, scaled by its sizes.

    An eigenvalue that is zero up to rounding promises nothing where the slope along it is noise.
    """
    if not np.isfinite(H).all():
        return Estimate(math.inf, np.zeros_like(b), None)
    scale = 1.0 / np.sqrt(sizes(H))
    w, V = np.linalg.eigh(scale[:, None] * H * scale)
    slopes, noises = V.T @ (scale * b), np.sqrt((V**2).T @ (scale * noise) ** 2)
    cut = max(error, len(b) * np.finfo(np.float64).eps) * float(np.abs(w).max())
    flat = np.abs(w) <= cut
    counts = ~flat | (np.abs(slopes) > NOISE * noises)
    if cut == 0.0 and counts.any():  # no curvature at all, and a slope: no minimum
        return Estimate(math.inf, scale * (V @ slopes), None)
    size = np.maximum(np.abs(w), cut if cut > 0.0 else 1.0)
    parts = np.where(counts, slopes / size, 0.0)
    bend = scale * V[:, 0] if w[0] < -10.0 * cut else None
    damped = parts * size / (size + 2.0 * max(-float(w[0]), 0.0))

    def inverse(b: Vector, _: float) -> Vector:
        return np.asarray(scale * (V @ np.where(counts, V.T @ (scale * b) / size, 0.0)))

    def without_curvature(v: Vector) -> Vector:
        U = V[:, flat]
        return np.asarray(scale * (U @ (U.T @ (v / scale))))

    step = scale * (V @ damped)
    is_weak = np.abs(w) <= WEAK * np.abs(w).max()

    def firm() -> Vector:
        is_firm = np.abs(w) > SOFT * np.abs(w).max()
        return np.asarray(scale * (V @ np.where(is_firm, damped, 0.0)))

    weak = (scale[:, None] * V[:, is_weak]).T
    metric = np.sqrt(np.abs(w).max()) / scale
    promised = 0.5 * float(parts @ slopes)
    return Estimate(promised, step, bend, inverse, without_curvature, weak, metric, firm)


def _of_many(
    objective: Objective,
    point: Point,
    products: Products,
    b: Vector,
    free: Places,
    diagonal: Vector,
    threshold: float,
) -> Estimate:
    if objective.counts.assemblies and products.error == EXACT:
        H = hessian(objective, point.g)
        found = None if H.assembled_bytes is None else _by_factors(H.matrix(), b, free)
        if found is not None:
            return found

    def product(v: Vector) -> Vector:
        return np.asarray(products.product(_widened(v, free, point.g.size))[free])

    most = min(max(LEAST_PRODUCTS, objective.counts.total // 2), MOST_PRODUCTS)
    return by_cg(product, b, diagonal, threshold, most, products.error)


def _by_factors(matrix: Matrix, b: Vector, free: Places) -> Estimate | None:
    """Return ½ bᵀ H⁻¹ b; None where H is indefinite, which CG then looks into."""
    H = matrix[free][:, free]

    def firm() -> Vector:
        soft = factorised(H, SOFT * sizes(H))
        return np.zeros_like(b) if soft is None else soft(b)

    for shift in (0.0, LEAST_SHIFT * sizes(H)):
        inverse = factorised(H, shift)
        if inverse is not None:
            x = inverse(b)
            return Estimate(0.5 * float(b @ x), x, None, _regardless(inverse), firm=firm)
    return None


def _regardless(inverse: LinearMap) -> Inverse:
    return lambda b, _: inverse(b)


def rounding(objective: Objective, point: Point) -> Vector:
    """Return how much ∂E changes when g moves by a unit in the last place, at random."""
    signs = np.random.default_rng(0)
    noise = np.zeros_like(point.g)
    for _ in range(2):
        w = signs.choice((-1.0, 1.0), point.g.size)
        moved = objective.gradient(point.g + np.spacing(np.abs(point.g)) * w)
        noise = np.fmax(noise, np.abs(moved - point.gradient))
    return noise


def _is_noise(b: Vector, noise: Vector) -> bool:
    return float(np.linalg.norm(b)) <= NOISE * float(np.linalg.norm(noise))


def _widened(v: Vector, free: Places, size: int) -> Vector:
    full = np.zeros(size)
    full[free] = v
    return full
