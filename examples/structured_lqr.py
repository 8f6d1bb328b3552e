"""Structured LQR: the feedback u = −K x of least cost tr P(K) among those with zeros prescribed.

(A − B K)ᵀ P + P (A − B K) + Q + Kᵀ R K = 0.  The energy is infinite where A − B K is not stable.
With all of K free this is the Riccati equation's solution, which is the check; with each input
reading the states near it alone, nothing but a search like this one finds the best K.
"""

import numpy as np
from scipy import linalg

import nzdiff as nz

n, m = nz.dims("n m")
A, B = nz.dense("A", n, n), nz.dense("B", n, m)
Q, R = nz.dense("Q", n, n, symmetric=True), nz.dense("R", m, m, symmetric=True)
K = nz.sparse("K", m, n)
problem = nz.Problem(nz.trace(nz.lyap((A - B * K).T, Q + K.T * R * K)), wrt=K)
sizes = {"n": 40, "m": 4}


def chain(states: int, inputs: int) -> dict[str, np.ndarray]:
    """A damped chain of masses, pushed at a few places."""
    masses = states // 2
    spring = 2 * np.eye(masses) - np.eye(masses, k=1) - np.eye(masses, k=-1)
    top = np.hstack([np.zeros((masses, masses)), np.eye(masses)])
    a = np.vstack([top, np.hstack([-spring, -0.2 * np.eye(masses)])])
    b = np.zeros((states, inputs))
    b[masses + np.arange(inputs) * masses // inputs, np.arange(inputs)] = 1.0
    return {"A": a, "B": b, "Q": np.eye(states), "R": np.eye(inputs)}


def near(states: int, inputs: int, reach: int) -> nz.Pattern:
    """Each input reads positions and velocities of the masses within reach of its place."""
    masses = states // 2
    place = np.arange(inputs) * masses // inputs
    mass = np.arange(states) % masses
    return nz.Pattern(np.nonzero(np.abs(mass - place[:, None]) <= reach), (inputs, states))


def main() -> None:
    """Solve for a full K, compare with Riccati's, then with ever fewer entries."""
    states, inputs = sizes["n"], sizes["m"]
    data = chain(states, inputs)
    riccati = np.trace(linalg.solve_continuous_are(data["A"], data["B"], data["Q"], data["R"]))
    for reach in (states, 4, 2, 1):
        model = problem.bind(K=near(states, inputs, reach), **data)
        result = nz.solve(model, np.zeros(model.size))
        print(f"{model.size:4} entries: {result.fun:.8f}, {result.nit} iterations")
        if reach == states:
            assert np.isclose(result.fun, riccati, rtol=1e-9), (result.fun, riccati)
        assert result.success and result.fun > riccati * (1 - 1e-9)


if __name__ == "__main__":
    main()
