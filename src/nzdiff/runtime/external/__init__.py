"""Operations that libraries compute and kernels call back: the registry of their values."""

from nzdiff.runtime.external.equations import EQUATIONS
from nzdiff.runtime.external.exponential import EXPONENTIALS
from nzdiff.runtime.external.operation import Operation
from nzdiff.runtime.external.spectra import SPECTRA

OPERATIONS: dict[str, Operation] = {**EQUATIONS, **EXPONENTIALS, **SPECTRA}
"""Every operation by its name in plans and specs."""
