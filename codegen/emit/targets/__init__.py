"""The languages that plans are written in: one folder each, and one line here."""

from nzdiff.codegen.emit.target import Target
from nzdiff.codegen.emit.targets.c.emit import C
from nzdiff.codegen.emit.targets.jax.emit import JAX
from nzdiff.codegen.emit.targets.numpy.emit import NUMPY

TARGETS: dict[str, Target] = {target.name: target for target in (C, NUMPY, JAX)}
"""By name of the backend that runs what they write."""
