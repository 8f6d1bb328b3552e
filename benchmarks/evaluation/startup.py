"""What it takes until the first number: importing a generated package, binding cold and warm.

Every number is the median of fresh processes, or of calls in one of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evaluation.pool import environment

PROCESSES, BINDING_PROCESSES = 5, 3

IMPORT = """
import time
began = time.perf_counter()
import nzdiff.generated.spectral_coarsening
print(time.perf_counter() - began)
"""

BIND = """
import json, sys, time
from benchmarks.evaluation.seed import INSTANCES, make_seed
from benchmarks.peers.nzdiff import bind
seed = make_seed(INSTANCES["small"])
seconds = []
for _ in range(4):
    began = time.perf_counter()
    bind(seed).energy_and_gradient(seed.g[0])
    seconds.append(time.perf_counter() - began)
print(json.dumps(seconds))
"""


GENERATED = """
import json, time
from nzdiff import Pattern
from nzdiff.generated.spectral_coarsening import bind
from benchmarks.evaluation.seed import INSTANCES, make_seed
seed = make_seed(INSTANCES["small-diagonal"])
G = Pattern((seed.rows, seed.cols), (seed.n, seed.m))
seconds = []
for _ in range(4):
    began = time.perf_counter()
    model = bind(X=seed.X, Y=seed.Y, B=seed.B, L=seed.L, G=G, backend="c")
    model.energy_and_gradient(seed.g[0])
    seconds.append(time.perf_counter() - began)
print(json.dumps(seconds))
"""


@dataclass(frozen=True, slots=True)
class Startup:
    """Seconds; a bind includes the derivation and the first energy and gradient, small instance.

    cold: nothing compiled; cached: compiled by an earlier process; again: in the same process.
    generated_*: the same for the shipped package, which is derived already.
    """

    generated_import: float
    cold_bind: float
    cached_bind: float
    bind_again: float
    generated_cold_bind: float
    generated_cached_bind: float
    generated_bind_again: float


def startup(folder: Path) -> Startup:
    """Measure in fresh processes, with a cache of compiled kernels of their own."""
    env = environment(1, folder)
    run(IMPORT, env)  # the files are read once
    imports = [float(run(IMPORT, env)) for _ in range(PROCESSES)]
    return Startup(statistics.median(imports), *binds(BIND, folder), *binds(GENERATED, folder))


def binds(code: str, folder: Path) -> tuple[float, float, float]:
    """Cold, with the cache of an earlier process, and again in the same process."""
    cold, cached, again = [], [], []
    for process in range(BINDING_PROCESSES):
        cache = folder / f"cache-{hash(code)}-{process}"
        env = {**environment(1, folder), "NZDIFF_CACHE_DIR": str(cache)}
        cold.append(json.loads(run(code, env))[0])
        warm = json.loads(run(code, env))
        cached.append(warm[0])
        again += warm[1:]
    return statistics.median(cold), statistics.median(cached), statistics.median(again)


def run(code: str, env: dict[str, str]) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"a fresh process failed: {done.stderr.strip()[-400:]}")
    return done.stdout
