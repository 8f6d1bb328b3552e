"""Fixtures of all tests."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from nzdiff.runtime.kernel import cache, compiler

# Doctests are looked for in every module, and these import JAX.
collect_ignore_glob = [] if find_spec("jax") else ["fuzzing/jax_*.py"]


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(7)


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty cache of compiled kernels; the user's own stays as it is."""
    folder = tmp_path_factory.mktemp("kernels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NZDIFF_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache that holds no kernel of any other test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(folder))
    monkeypatch.setattr(cache, "_PRIVATE", {})  # what another test put aside
    return folder


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which no C compiler is found."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(compiler, "embedded_compiler", lambda: None)


@pytest.fixture(scope="module")
def quick_compiles() -> Iterator[None]:
    """Few optimisations, for modules in which compiling takes longer than all tests."""
    usual = compiler._flags
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            compiler, "_flags", lambda name: tuple(x.replace("-O3", "-O1") for x in usual(name))
        )
        yield
