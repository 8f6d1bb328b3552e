"""The threads of BLAS are found, limited and given back, with threadpoolctl and without."""

import gc
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from nzdiff import pools
from nzdiff.runtime.kernel import blas

FOUND = pools.pools()  # loads them
KNOWN = {pool.filepath: pool for pool in ThreadpoolController().lib_controllers}


def test_openblas_is_found_by_its_file_without_threadpoolctl(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {str(pool.filepath): pool for pool in pools.bundled()}
    if not found:
        pytest.skip("NumPy and SciPy came with another BLAS")
    assert found.keys() <= KNOWN.keys()
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    pools.pools.cache_clear()
    try:
        assert {str(pool.filepath) for pool in pools.pools()} == found.keys()
    finally:
        monkeypatch.undo()
        pools.pools.cache_clear()
    for path, pool in found.items():
        before = KNOWN[path].get_num_threads()
        pool.set_num_threads(before + 1)
        assert KNOWN[path].get_num_threads() == pool.get_num_threads() != before
        pool.set_num_threads(before)


def test_every_thread_may_limit_them() -> None:
    def count() -> list[int]:
        with pools.limited(1):
            return [pool.get_num_threads() for pool in FOUND]

    assert set(count()) == {1}
    with ThreadPoolExecutor(1) as other:
        assert set(other.submit(count).result()) == {1}


def test_threads_are_limited_and_given_back_after_an_error() -> None:
    def counts() -> list[int]:
        return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]

    def fail() -> None:
        with pools.limited(1):
            assert set(counts()) == {1}
            raise KeyError

    before = counts()
    with pytest.raises(KeyError):
        fail()
    assert counts() == before


@pytest.fixture
def two() -> Iterator[list[int]]:
    """Every pool with two threads: how many each has."""
    before = [(pool, pool.get_num_threads()) for pool in pools.pools()]
    for pool, _ in before:
        pool.set_num_threads(2)
    yield [2] * len(before)
    for pool, count in before:
        pool.set_num_threads(count)


def test_two_that_overlap_give_the_threads_back(two: list[int]) -> None:
    first, second = pools.limited(1), pools.limited(1)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert [pool.get_num_threads() for pool in pools.pools()] == two


def test_what_a_library_refers_to_outlives_the_module_that_gave_it() -> None:
    kept = weakref.ref(blas.routines("d"))
    blas.routines.cache_clear()
    gc.collect()
    assert kept() is not None
