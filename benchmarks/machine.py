"""What the numbers were measured on."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import scipy
from threadpoolctl import threadpool_info


def machine() -> dict[str, str]:
    """Processor, interpreter, libraries and BLAS, by name."""
    return {
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": ", ".join(
            sorted({_library(entry) for entry in threadpool_info() if entry["user_api"] == "blas"})
        ),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _library(entry: dict[str, object]) -> str:
    kind = f" ({entry['architecture']})" if "architecture" in entry else ""
    return f"{entry['internal_api']} {entry['version'] or ''}".strip() + kind
