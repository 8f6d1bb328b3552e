"""Index tables hold to the last number of 32 bits, and files are whole, durable, of usual mode."""

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from nzdiff.indices import repeated
from nzdiff.runtime.data import index_maps, panels
from nzdiff.runtime.data.files import write_whole
from nzdiff.runtime.data.index_maps import embedding, positions, product_map
from nzdiff.runtime.data.listing import ranges
from nzdiff.runtime.data.support import Support, leaf_support


def structure(rng: np.random.Generator, shape: tuple[int, int], density: float) -> Any:
    return sparse.csr_array((rng.random(shape) < density).astype(float))


@pytest.mark.parametrize("densities", [(0.2, 0.9), (0.9, 0.2), (0.5, 0.5)], ids=str)
@pytest.mark.parametrize("stored", [0.1, 0.6, 1.0])
def test_a_product_by_its_table_is_the_product_where_it_is_stored(
    densities: tuple[float, float], stored: float, rng: np.random.Generator
) -> None:
    A, B = structure(rng, (7, 5), densities[0]), structure(rng, (5, 8), densities[1])
    out = structure(rng, (7, 8), stored)
    A.data, B.data = rng.standard_normal(A.nnz), rng.standard_normal(B.nnz)
    left, right = positions(A, transposed=False), positions(B, transposed=False)
    start, a, b = product_map(left, right, out)
    sums = np.add.reduceat(np.r_[A.data[a] * B.data[b], 0.0], start[:-1]) * (np.diff(start) > 0)
    np.testing.assert_allclose(sums, (A @ B).toarray()[out.nonzero()], atol=1e-13)


def test_a_pattern_stands_in_another_where_both_store(rng: np.random.Generator) -> None:
    A, out = structure(rng, (6, 9), 0.4), structure(rng, (6, 9), 0.5)
    for transposed in (False, True):
        source = positions(A.T.tocsr() if transposed else A, transposed=transposed)
        expected = np.full((6, 9), -1)
        if transposed:
            i, j = A.T.tocsr().nonzero()
            expected[j, i] = np.arange(A.nnz)
        else:
            expected[A.nonzero()] = np.arange(A.nnz)
        assert embedding(source, out).tolist() == expected[out.nonzero()].tolist()


def test_ranges_are_counted_from_each_start() -> None:
    assert ranges([5, 0, 7], np.array([2, 0, 3])).tolist() == [5, 6, 7, 8, 9]


def test_a_table_may_have_exactly_as_many_entries_as_32_bits_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = positions(sparse.csr_array(np.ones((3, 4))), transposed=False)
    out = sparse.csr_array(np.ones((3, 3)))
    other = positions(sparse.csr_array(np.ones((3, 4))), transposed=True)
    monkeypatch.setattr(index_maps, "INDEX_LIMIT", 36)
    assert product_map(full, other, out)[1].size == 36
    monkeypatch.setattr(index_maps, "INDEX_LIMIT", 35)
    with pytest.raises(OverflowError, match="product of 36 multiplications exceeds 32-bit maps"):
        product_map(full, other, out)


def test_a_position_may_be_the_last_of_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    last = np.array([0, 2**31 - 1])
    assert panels._small(last).tolist() == [0, 2**31 - 1]
    assert panels._small(last[:0]).size == 0
    with pytest.raises(OverflowError, match=r"positions exceed 32-bit maps \(2147483648\)"):
        panels._small(last + 1)
    monkeypatch.setattr(panels, "INDEX_LIMIT", 2**31 - 2)
    with pytest.raises(OverflowError, match="positions exceed"):
        panels._small(last)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_has_the_mode_that_the_umask_leaves(umask: int, mode: int, tmp_path: Path) -> None:
    path, before = tmp_path / "file", os.umask(umask)
    try:
        write_whole(path, b"one")
        write_whole(path, b"two", durable=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"two" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_on_the_disk_before_the_old_one_is_given_up(
    durable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "file", []
    path.write_bytes(b"old")

    def look(descriptor: int) -> None:
        beside = set(tmp_path.iterdir()) - {path}
        seen.append((path.read_bytes(), [file.read_bytes() for file in beside]))

    monkeypatch.setattr(os, "fsync", look)
    write_whole(path, b"new", durable=durable)
    assert seen[:1] == ([(b"old", [b"new"])] if durable else [])
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(self: Path, target: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_file_is_written_under_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, own, seen = tmp_path / "file", tmp_path / "own", list[str]()
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(f.name for f in tmp_path.iterdir()))
    write_whole(path, b"new")
    assert seen == []  # nobody asked for it to be durable
    path.unlink()
    write_whole(path, b"new", durable=True, beside=own)
    assert seen[0] == "own" and list(tmp_path.iterdir()) == [path]


def test_what_is_wrong_is_told_where_no_file_could_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> int:
        raise PermissionError("not yours")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(PermissionError, match="not yours"):
            write_whole(tmp_path / "file", b"new")


def test_recipes_of_patterns_are_shown_as_mathematics() -> None:
    A, B = leaf_support("A", "n", "n"), leaf_support("B", "n", "n")
    assert [str(shown) for shown in (A, A @ B.T, A.T @ A | B)] == ["A", "A·Bᵀ", "Aᵀ·A ∪ B"]
    assert str(Support("n", "n", ((),))) == "I" and str(Support("n", "n", ())) == "∅"


def test_values_are_repeated_by_counts_of_any_width() -> None:
    for width in (np.int8, np.int32, np.int64, np.uint32):
        found = repeated(np.array([3.0, 4.0, 5.0]), np.array([2, 0, 1], dtype=width))
        assert found.tolist() == [3.0, 3.0, 5.0]
