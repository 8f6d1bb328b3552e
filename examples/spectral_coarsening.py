"""Spectral coarsening: min ‖X − Y Gᵀ L G B‖² over the values of G, its rows constrained.

The 2930 vertices of a mesh, the cow Spot, become 300; the coarse operator Gᵀ L G is to act on 100
low modes as L does.  To compare with: the energy that the published method reaches, and one that no
G falls below: that of the best symmetric S in place of Gᵀ L G, a convex problem.
"""

from time import perf_counter

from scipy import sparse

from nzdiff.demo import coarsening, mesh, published
from nzdiff.generated import convex_coarsening, spectral_coarsening


def data(coarse: int, modes: int) -> coarsening.CoarseningData:
    """X, Y, B, L, the places of G, and the clusters to start from."""
    return coarsening.spectral_coarsening(mesh.load_spot(), coarse=coarse, modes=modes)


def bound(found: coarsening.CoarseningData, pattern: spectral_coarsening.Pattern):
    """The model of a pattern of G."""
    return spectral_coarsening.bind(X=found.X, Y=found.Y, B=found.B, L=found.L, G=pattern)


def solve(found: coarsening.CoarseningData, steps: int):
    """The model, and what `solve` found from the clusters within so many steps."""
    pattern = spectral_coarsening.Pattern((found.i, found.j), found.shape)
    model = bound(found, pattern.with_row_sums(found.constraint_weights, found.constraint_values))
    return model, spectral_coarsening.solve(model, model.pack(found.G0), max_iterations=steps)


def as_published(found: coarsening.CoarseningData) -> float:
    """What NADAM with its published settings reaches, on gradients of the same package."""
    model = bound(found, spectral_coarsening.Pattern((found.i, found.j), found.shape))
    return published.published(model, found).lowest


def lower_bound(found: coarsening.CoarseningData) -> float:
    """min ‖X − Y S B‖², S symmetric on the pattern of Gᵀ L G and S 1 = 0."""
    G = sparse.csr_array((found.i >= 0, (found.i, found.j)), shape=found.shape)
    stored = sparse.csr_array(G.T @ abs(found.L).sign() @ G)
    pattern = convex_coarsening.Pattern.from_scipy(stored).laplacian()
    model = convex_coarsening.bind(X=found.X, Y=found.Y, B=found.B, S=pattern)
    result = convex_coarsening.solve(model, pattern.project(found.G0.T @ found.L @ found.G0))
    return 2.0 * (result.fun - result.promised)


def main() -> None:
    found, began = data(300, 100), perf_counter()
    model, result = solve(found, steps=1000)  # the energy falls on, ever more slowly
    seconds, least, other = perf_counter() - began, lower_bound(found), as_published(found)
    print(f"E = {result.fun:.3f}, published method {other:.3f}, lower bound {least:.3f}")
    print(f"{model.size} unknowns, {seconds:.1f} s, {result.nit} steps, {result.method}")
    assert least < result.fun < min(other, 1.1 * least)


if __name__ == "__main__":
    main()
