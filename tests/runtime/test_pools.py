"""The threads of BLAS are found, limited and given back, with threadpoolctl and without."""

import sys

import pytest
from threadpoolctl import threadpool_info

from nzdiff import pools

KNOWN = {pool.filepath: pool for pool in pools.pools()}


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
