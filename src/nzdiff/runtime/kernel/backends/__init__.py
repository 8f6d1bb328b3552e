"""What runs kernels: one file per language, and one line here."""

from nzdiff.runtime.kernel.backends.backend import Backend, KernelSource
from nzdiff.runtime.kernel.backends.c import CBackend
from nzdiff.runtime.kernel.backends.numpy import NumpyBackend

BACKENDS: dict[str, type[Backend]] = {kind.name: kind for kind in (CBackend, NumpyBackend)}
"""By name of the target whose text they run."""

__all__ = ["BACKENDS", "Backend", "CBackend", "KernelSource", "NumpyBackend"]
