"""What `solve` returns: SciPy's result, which notebooks show as a table."""

from __future__ import annotations

import scipy.optimize

from nzdiff.notebook import table_html


class Result(scipy.optimize.OptimizeResult):  # type: ignore[misc]
    """A `scipy.optimize.OptimizeResult` with what `solve` adds to it.

    x, fun, jac: of the best iterate.  history: of all; the last one may have a higher energy where
    the method lets it rise, as NADAM does.
    """

    def _repr_html_(self) -> str:
        """How the run ended, and what it took."""
        slope = float(abs(self.jac).max()) if len(self.jac) else 0.0
        rows = [
            ("ended", self.message),
            ("energy", f"{self.fun:.10g}"),
            ("largest entry of the gradient", f"{slope:.3g}"),
            ("iterations", str(self.nit)),
            ("energies, gradients", f"{self.nfev}, {self.njev}"),
            ("J v, Jᵀ w, H v, matrices", f"{self.njvp}, {self.nvjp}, {self.nhvp}, {self.nhev}"),
            ("seconds", f"{self.seconds:.3g}"),
            ("unknowns", str(len(self.x))),
        ]
        return table_html(f"{self.method}: {'success' if self.success else 'no success'}", rows)
