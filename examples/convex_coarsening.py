"""A coarse Laplacian S with the low modes of a fine one: a convex problem over a cone.

min ½ ‖X − Y S B‖², S ⪰ 0 and S 1 = 0 on the pattern of the coarse graph, two rings wide, for the
mesh of the cow Spot.  The answer to compare with: without the cone the energy is quadratic, one
step of Newton leads to its minimum, and no S in the cone has less.
"""

from time import perf_counter

import numpy as np
from scipy import sparse

from nzdiff.demo import coarsening, mesh
from nzdiff.generated import convex_coarsening


def problem_of(coarse: int, modes: int):
    """The model, the start K L Kᵀ as its g, and the data it is made of."""
    found = coarsening.spectral_coarsening(mesh.load_spot(), coarse=coarse, modes=modes)
    inverse = 1.0 / found.eigenvalues[1:]  # the constant is in the null space of both
    K = found.G0.T
    ring = K @ abs(found.L).sign() @ K.T
    pattern = convex_coarsening.Pattern.from_scipy(sparse.csr_array(ring @ ring)).laplacian()
    X, B = found.X[:, 1:] * inverse, found.B[:, 1:] * inverse
    model = convex_coarsening.bind(X=X, Y=found.Y, B=B, S=pattern)
    return model, pattern.project(K @ found.L @ K.T), found


def solve(model: convex_coarsening.Model, start: np.ndarray):
    """What `solve` found in the cone."""
    return convex_coarsening.solve(model, start, semidefinite=True)


def without_cone(model: convex_coarsening.Model) -> tuple[float, float]:
    """The least energy of all S by one step of Newton, and the least eigenvalue of that S."""
    zero = np.zeros(model.size)
    step = np.linalg.lstsq(model.hessian(zero).toarray(), -model.gradient(zero), rcond=1e-13)[0]
    return model.energy(step), np.linalg.eigvalsh(model.unpack(step).toarray())[0]


def main() -> None:
    for coarse, modes in ((100, 33), (40, 14)):
        model, start, _ = problem_of(coarse, modes)
        began = perf_counter()
        result = solve(model, start)
        seconds, (least, eigenvalue) = perf_counter() - began, without_cone(model)
        above = result.fun / least - 1
        print(f"E = {result.fun:.8f}, no S has less than {least:.8f}: {above:.1e} above")
        print(f"  without the cone, least eigenvalue {eigenvalue:.1e}; K L Kᵀ has ", end="")
        print(f"{model.energy(start):.0f}; {model.size} unknowns, {seconds:.1f} s, {result.method}")
        smallest = np.linalg.eigvalsh(model.unpack(result.x).toarray())[0]
        assert result.success and smallest > -1e-9 and -1e-9 < above < 1e-2


if __name__ == "__main__":
    main()
