"""Kernels of the problem structured_lqr.

E = tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines structured_lqr
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace
)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""

STAGES = ()
