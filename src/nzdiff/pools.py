"""The threads of the BLAS libraries in this process.

threadpoolctl finds all of them.  Where it is not installed, beside a package that stands alone, the
OpenBLAS that the wheels of NumPy and SciPy bring is known by its file; others keep their threads.
OpenBLAS with a pool of its own is asked directly: threadpoolctl takes 3 µs for it, and lets no
thread but the first that ever asked set anything.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol


class Pool(Protocol):
    """One BLAS library.  filepath: of the library."""

    filepath: Any

    def get_num_threads(self) -> int:
        """How many threads it has."""
        ...

    def set_num_threads(self, num_threads: int) -> Any:
        """Give it as many threads."""
        ...


class OpenBLAS:
    """A library of OpenBLAS by its file."""

    def __init__(self, filepath: Path) -> None:
        self.filepath = filepath
        library = ctypes.CDLL(str(filepath))  # the loaded one, where it is
        self._get: Callable[[], int] = self._function(library, "get_num_threads")
        self._set: Callable[[int], Any] = self._function(library, "set_num_threads")

    @property
    def addresses(self) -> tuple[int, int]:
        """Where its two functions are, for C."""
        first, second = (
            ctypes.cast(each, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
            for each in (self._get, self._set)
        )
        return first, second

    def get_num_threads(self) -> int:
        """See `Pool`."""
        return self._get()

    def set_num_threads(self, num_threads: int) -> None:
        """See `Pool`."""
        self._set(num_threads)

    def _function(self, library: ctypes.CDLL, name: str) -> Any:
        """One of OpenBLAS, whatever the build puts before and behind its name."""
        spelled = [f"{a}openblas_{name}{b}" for a in ("scipy_", "") for b in ("64_", "", "_64")]
        found = next((each for each in spelled if hasattr(library, each)), None)
        if found is None:
            raise OSError(f"{self.filepath}: expected the function openblas_{name}")
        return getattr(library, found)


@cache
def pools() -> tuple[Pool, ...]:
    """The libraries; they are looked for once, for that takes as long as a small problem."""
    import_module("scipy.linalg.cython_blas")  # loads that of SciPy
    try:
        controller = import_module("threadpoolctl").ThreadpoolController()
    except ModuleNotFoundError:
        return tuple(bundled())
    return tuple(map(_direct, controller.select(user_api="blas").lib_controllers))


def _direct(found: Any) -> Pool:
    """OpenBLAS with threads of its own by its file; others as threadpoolctl has them."""
    own = found.internal_api == "openblas" and found.threading_layer != "openmp"
    if own:
        with suppress(OSError):
            return OpenBLAS(Path(found.filepath))
    return found  # type: ignore[no-any-return]


def bundled() -> Iterator[OpenBLAS]:
    """The OpenBLAS in the wheels of NumPy and SciPy."""
    for name in ("numpy", "scipy"):
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        home = Path(spec.origin).parent
        for folder in (home.with_name(f"{name}.libs"), home / ".dylibs"):
            for path in sorted(folder.glob("*openblas*")):
                yield OpenBLAS(path)


class limited:  # noqa: N801 - a context manager
    """BLAS with so many threads while entered.

    A class, for a generator would set the traceback of an exception that takes no attributes.
    """

    def __init__(self, threads: int) -> None:
        self.threads, self._before = threads, list[tuple[Pool, int]]()

    def __enter__(self) -> None:
        self._before = [(pool, pool.get_num_threads()) for pool in pools()]
        try:
            for pool, _ in self._before:
                pool.set_num_threads(self.threads)
        except BaseException:
            self._give_back()
            raise

    def __exit__(self, *_: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        for pool, count in self._before:
            if pool.get_num_threads() == self.threads:  # else who left before has given them back
                pool.set_num_threads(count)
