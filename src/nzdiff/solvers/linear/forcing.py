"""How exactly to solve the linear system of one step (Eisenstat and Walker 1996, choice 2)."""

GAMMA = 0.9
ALPHA = (1.0 + 5.0**0.5) / 2.0
MOST_RATIO = 2.0
"""A ratio of norms from which on η is the largest in any case."""


def forcing_term(norm: float, previous_norm: float, previous: float, *, largest: float) -> float:
    """Return η = γ (‖∇E_k‖ / ‖∇E_{k−1}‖)^α in [1e-10, largest].

    Kept above γ ηᵅ_{k−1} while that exceeds 0.1, so that one lucky step does not tighten it.
    """
    ratio = norm / previous_norm if norm < MOST_RATIO * previous_norm else MOST_RATIO
    eta = GAMMA * ratio**ALPHA
    safeguard = GAMMA * previous**ALPHA
    if safeguard > 0.1:
        eta = max(eta, safeguard)
    return float(min(max(eta, 1e-10), largest))
