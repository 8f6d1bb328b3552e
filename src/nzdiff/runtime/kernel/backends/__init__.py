"""What runs kernels: one file per language, and one line here."""

from nzdiff.runtime.kernel.backends.backend import Backend, KernelSource
from nzdiff.runtime.kernel.backends.c import CBackend
from nzdiff.runtime.kernel.backends.jax import JaxBackend
from nzdiff.runtime.kernel.backends.numpy import NumpyBackend

KINDS: tuple[type[Backend], ...] = (CBackend, NumpyBackend, JaxBackend)
BACKENDS = {kind.name: kind for kind in KINDS}
"""By name of the target whose text they run."""

__all__ = ["BACKENDS", "Backend", "CBackend", "JaxBackend", "KernelSource", "NumpyBackend"]
