"""Covariance selection: the inverse covariance Θ of most likelihood among those of a graph.

E(Θ) = tr(S Θ) − log det Θ, Θ symmetric positive definite with zeros where the graph has no edge;
S is the sample covariance, of which tr(S Θ) needs the entries on the graph alone: sparse.  At the
minimum Θ⁻¹ agrees with S on the graph.

Source: A. P. Dempster, "Covariance Selection", Biometrics 28(1), 1972.
"""

import nzdiff as nz

(p,) = nz.dims("p")
S, Theta = nz.sparse("S", p, p, symmetric=True), nz.sparse("Theta", p, p, symmetric=True)

energy = nz.trace(S @ Theta) - nz.logdet(Theta, positive=True)
problem = nz.Problem(energy, wrt=Theta, name="covariance_selection")

sizes = {"p": 1000}
