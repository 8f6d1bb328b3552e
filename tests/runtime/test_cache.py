"""Files of the cache: only ours are read, whole ones alone, and nothing else is removed."""

import ctypes
import os
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from nzdiff.runtime.kernel import cache, left_over
from nzdiff.runtime.kernel.cache import CacheWarning, Stored, cache_folder, entries, find, keep
from nzdiff.runtime.kernel.compiler import find_compiler, suffix
from nzdiff.runtime.kernel.library import compile_cached, load
from nzdiff.runtime.kernel.own_files import write_own

compiles = pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners of POSIX")
root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root gives files away"
)
SMALL = """
#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
int nzdiff_answer(void) { return 42; }
"""
SIGNATURE = {"nzdiff_answer": (ctypes.c_int, ())}
KEY = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2


def kept(content: bytes = b"content", key: str = KEY) -> Stored:
    return keep(key, ".plan", content)


def found(key: str = KEY) -> bytes | None:
    stored = find(key, ".plan")
    return stored.content if stored is not None else None


# damage


@pytest.mark.usefixtures("empty_cache")
def test_what_is_kept_is_found() -> None:
    assert found() is None
    stored = kept()
    assert found() == stored.content == stored.path.read_bytes() == b"content"
    assert found(OTHER) is None


def test_every_cut_and_every_flipped_bit_is_noticed(empty_cache: Path) -> None:
    content = bytes(range(20))
    damaged = [content[:size] for size in range(20)] + [content + b"\n"]
    for place in range(20):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            damaged.append(bytes(flipped))
    for other in damaged:
        kept(content).path.write_bytes(other)
        assert found() is None
        assert list(empty_cache.iterdir()) == []  # it was ours, and is of no use


def test_files_that_changed_places_are_noticed(empty_cache: Path) -> None:
    one, two = kept(b"one"), kept(b"two", OTHER)
    one.path.rename(empty_cache / "aside")
    two.path.rename(one.path)
    (empty_cache / "aside").rename(two.path)
    assert found() is None and found(OTHER) is None
    renamed = kept(b"one").path
    renamed.rename(renamed.with_name(renamed.name.replace(KEY, OTHER)))
    assert found(OTHER) is None  # the digest is that of the key, too


@compiles
@pytest.mark.parametrize("size", [0, 1, 64, 4096, -1])
def test_a_damaged_library_is_made_anew(size: int, empty_cache: Path) -> None:
    path = compile_cached(SMALL)
    whole = path.read_bytes()
    path.unlink()  # it may be loaded
    path.write_bytes(whole[:size])
    again = compile_cached(SMALL)
    assert again.read_bytes()[:4] == whole[:4]
    assert load(SMALL, SIGNATURE).nzdiff_answer() == 42
    assert list(empty_cache.iterdir()) == [again]


@compiles
def test_a_library_that_is_whole_but_does_not_load_is_made_anew(empty_cache: Path) -> None:
    path = compile_cached(SMALL)
    key = path.name[:32]
    path.unlink()
    keep(key, suffix(), b"a library whose OpenMP is gone")
    assert load(SMALL, SIGNATURE).nzdiff_answer() == 42
    assert len(list(empty_cache.iterdir())) == 2


# whose files are read


@posix
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_folders_and_files_are_this_users_alone(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path / "a" / "b"))
    before = os.umask(umask)
    try:
        path = kept().path
    finally:
        os.umask(before)
    for made in (path, tmp_path / "a" / "b", tmp_path / "a"):
        assert made.stat().st_mode & 0o077 == 0


@posix
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(mode: int, empty_cache: Path) -> None:
    planted = kept()
    empty_cache.chmod(mode)
    with pytest.warns(CacheWarning, match=rf"can be written by others \(mode {mode:04o}\)"):
        assert found() is None
    elsewhere = kept(b"mine").path
    assert found() == b"mine"
    assert elsewhere.parent != empty_cache and elsewhere.parent.stat().st_mode & 0o077 == 0
    assert list(empty_cache.iterdir()) == [planted.path]


@root
def test_a_folder_of_another_user_is_not_used(empty_cache: Path) -> None:
    kept()
    os.chown(empty_cache, 12345, -1)
    with pytest.warns(CacheWarning, match=r"belongs to another user \(12345\)"):
        assert found() is None


@root
def test_a_link_of_another_user_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    os.chown(tmp_path / "link", 12345, -1, follow_symlinks=False)
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path / "link"))
    with pytest.warns(CacheWarning, match="belongs to another user"):
        kept()
    assert list((tmp_path / "mine").iterdir()) == []


@posix
@pytest.mark.parametrize("change", ["mode", "owner"])
def test_a_file_that_others_could_have_written_is_not_used(change: str, empty_cache: Path) -> None:
    path = kept().path
    if change == "mode":
        path.chmod(0o666)
    elif os.geteuid() == 0:
        os.chown(path, 12345, -1)
    else:
        pytest.skip("only root gives files away")
    with pytest.warns(CacheWarning, match=r"plan: (can be|belongs).*remove it"):
        assert found() is None
    assert kept().path.parent != empty_cache  # and says nothing again
    assert found() == b"content"  # the file of this process
    assert path.exists()  # it is not ours to remove


@posix
def test_what_is_no_file_is_not_read(empty_cache: Path, tmp_path: Path) -> None:
    path = kept().path
    path.unlink()
    os.mkfifo(path)  # a reader would wait for ever
    assert found() is None
    path.unlink()
    (tmp_path / "aside").write_bytes(b"content")
    path.symlink_to(tmp_path / "aside")
    assert found() is None


def test_the_cache_is_where_the_variables_say_and_they_are_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NZDIFF_CACHE_DIR", "here")
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("NZDIFF_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "no/absolute/path")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "nzdiff"
    monkeypatch.setenv("HOME", "")
    with pytest.raises(RuntimeError, match="HOME"):
        cache_folder()


def test_windows_has_its_own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NZDIFF_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    assert cache_folder() == tmp_path / "Local" / "nzdiff"


# what is removed


def test_only_files_of_ours_are_counted_and_cleared(empty_cache: Path) -> None:
    ours = [kept().path, kept(b"more", OTHER).path]
    earlier = empty_cache / f"{KEY}.plan"
    earlier.write_bytes(b"\x80\x04 nzdiff.codegen.cache")
    mine = {
        f"{OTHER}.plan": "mine, though it is named so",
        "mine-3.plan": "mine",
        "library.so": "mine",
        f"{KEY}-{KEY}.txt": "mine",
        f"{KEY}-{KEY[:-1]}.plan": "mine",
        ".nzdiff-notes": "mine",
    }
    for name, text in mine.items():
        (empty_cache / name).write_text(text)
    (empty_cache / f"{KEY}-{OTHER}.plan").mkdir()
    (empty_cache / "build-material").mkdir()
    assert {entry.path for entry in entries(empty_cache)} == {*ours, earlier}
    assert {entry.path for entry in cache.clear(empty_cache)} == {*ours, earlier}
    left = {path.name for path in empty_cache.iterdir()}
    assert left == {*mine, f"{KEY}-{OTHER}.plan", "build-material"}


def test_the_longest_unused_files_go_first(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NZDIFF_CACHE_MB", "0.0035")
    (empty_cache.parent / "cache").mkdir(mode=0o700)
    (empty_cache / "mine-3.plan").write_bytes(bytes(10_000))
    paths = []
    for place in range(3):
        path = keep(f"{place:032x}", (".plan", ".so")[place % 2], bytes(1000)).path
        used = time.time() - 1e6 + place
        os.utime(path, (used, used))
        paths.append(path)
    assert found(f"{0:032x}") == bytes(1000)  # used again: the second is now the longest unused
    paths.append(keep(f"{3:032x}", ".plan", bytes(1000)).path)
    assert [path.exists() for path in paths] == [True, False, True, True]
    assert (empty_cache / "mine-3.plan").exists()
    assert keep(f"{4:032x}", ".plan", bytes(9000)).path.exists()  # the newest stays
    assert len(entries(empty_cache)) == 1


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("given", ["many", "-1", "nan"])
def test_a_limit_that_is_no_number_is_said(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NZDIFF_CACHE_MB", given)
    with pytest.warns(CacheWarning, match=f"NZDIFF_CACHE_MB: .*'{given}'; 256 are used"):
        assert cache.limit_bytes() == 256e6


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@posix
def test_what_killed_processes_leave_is_removed(empty_cache: Path, tmp_path: Path) -> None:
    empty_cache.mkdir(mode=0o700)
    here, other = left_over.mark().partition("-")[0], "01234567"
    if here == other:
        other = "76543210"
    long_ago, dead, living = time.time() - 1e6, dead_process(), os.getpid()
    gone = [f".nzdiff-{here}-{dead}-{KEY[:16]}", f".nzdiff-{other}-{living}-{KEY[:16]}"]
    stays = [f".nzdiff-{here}-{living}-{KEY[:16]}", f".nzdiff-{other}-{dead}-{KEY[:16]}"]
    for name in (*gone, *stays):
        (empty_cache / name).write_bytes(b"half")
    os.utime(empty_cache / gone[1], (long_ago, long_ago))
    for name in ("build-12345678", "build-material"):
        (empty_cache / name).mkdir()
    (empty_cache / "build-material" / "kernel.c").write_text("mine")
    for name in ("build-12345678", "build-material"):
        os.utime(empty_cache / name, (long_ago, long_ago))
    kept()
    left = {path.name for path in empty_cache.iterdir() if not path.suffix}
    assert left == {*stays, "build-material"}


@posix
@compiles
def test_a_killed_build_leaves_nothing_for_long(
    tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    script = tmp_path / "slow-cc"
    script.write_text("#!/bin/sh\nkill -9 $PPID\n")
    script.chmod(0o755)
    code = (
        "from nzdiff.runtime.kernel import compiler, library\n"
        "compiler._found = lambda _: compiler._Found((), '')\n"
        "library.compile_cached('int x;')\n"
    )
    environment = {**os.environ, "TMPDIR": str(place), "CC": str(script)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == -9
    (left,) = place.iterdir()
    assert re.fullmatch(r"nzdiff-[0-9a-f]{8}-[0-9]+-\w{8}", left.name)
    assert not list(empty_cache.iterdir())
    left_over.sweep(place, "nzdiff-")
    assert list(place.iterdir()) == []


@posix
def test_the_child_of_a_fork_leaves_the_folder_of_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from nzdiff.runtime.kernel.cache import private_folder\n"
        "mine = private_folder()\n"
        "child = os.fork()\n"
        "if not child: assert private_folder() != mine; sys.exit()\n"
        "assert os.waitpid(child, 0)[1] == 0 and mine.is_dir()\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


def test_warnings_are_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path / "file"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(3):
            content = np.random.default_rng(number).bytes(10)
            assert kept(content).path.parent != tmp_path
            assert found() is not None
    (one,) = caught
    assert "file is no folder; what is made is for this process alone" in str(one.message)


@posix
def test_a_living_process_is_asked_and_not_disturbed() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    here = left_over.mark().partition("-")[0]
    try:
        assert not left_over._is_dead(here, process.pid, 1e6)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    finally:
        process.kill()
        process.communicate()
    assert left_over._is_dead(here, process.pid, 0.0)


@posix
def test_private_folders_of_killed_processes_go_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(cache, "_PRIVATE", {})
    here = left_over.mark().partition("-")[0]
    gone, stays = (tmp_path / f"nzdiff-{here}-{pid}-abcdefgh" for pid in (dead_process(), 1))
    for folder in (gone, stays):
        folder.mkdir()
    found = cache.private_folder()
    assert found.parent == tmp_path and cache.private_folder() == found
    assert sorted(tmp_path.iterdir()) == sorted([stays, found])


@posix
def test_what_is_kept_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[str]] = []
    usual = os.fsync

    def noted(number: int) -> None:
        synced.append([path.name for path in tmp_path.iterdir()])
        usual(number)

    monkeypatch.setattr(os, "fsync", noted)
    write_own(tmp_path / "kept", b"content")
    assert len(synced) == 2 and "kept" not in synced[0] and synced[1] == ["kept"]
