"""Plans on disk: found again, never mistaken for another, and never in the way."""

import contextlib
import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.codegen import cache
from nzdiff.codegen import compile as planning
from nzdiff.codegen.compile import checked
from nzdiff.runtime.kernel.cache import CacheWarning
from nzdiff.runtime.model import Model
from problems import PROBLEMS, G, agree, full, m, n, p, random_data, scattered

SIZES = {"n": 9, "m": 6, "p": 5, "k": 4}
SEED = PROBLEMS["seed"]


@pytest.fixture
def plannings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The problems that were planned, not found, in their order."""
    names: list[str] = []
    usual = planning.plan_program

    def counted(derivation: Any, data: Any) -> Any:
        names.append(derivation.problem.name)
        return usual(derivation, data)

    monkeypatch.setattr(planning, "plan_program", counted)
    return names


def given(problem: nz.Problem = SEED, seed: int = 0, **sizes: int) -> dict[str, Any]:
    return random_data(problem, {**SIZES, **sizes}, scattered, np.random.default_rng(seed))


def bound(data: dict[str, Any]) -> Model:
    return SEED.bind(**data, backend="numpy")


def plans(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.plan"))


def test_a_problem_is_planned_once(empty_cache: Path, plannings: list[str]) -> None:
    first = bound(given())
    assert len(plans(empty_cache)) == len(plannings) == 1
    second = bound(given())
    assert len(plans(empty_cache)) == len(plannings) == 1
    g = np.random.default_rng(0).standard_normal(first.size)
    assert second.spec == first.spec
    assert np.array_equal(first.gradient(g), second.gradient(g))


def test_the_factors_of_a_matrix_are_planned_once(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bound(given())
    g = np.ones(first.size)
    blocks = first.gauss_newton(g).blocks("row").tocsr(), first.hessian(g).blocks("row").tocsr()
    assert len(plans(empty_cache)) == 3
    second = bound(given())
    monkeypatch.setattr(planning, "plan_assemblies", lambda *_: pytest.fail("planned"))
    monkeypatch.setattr(planning, "derive", lambda _: pytest.fail("derived"))
    again = second.gauss_newton(g).blocks("row").tocsr(), second.hessian(g).blocks("row").tocsr()
    assert all((x != y).nnz == 0 for x, y in zip(blocks, again, strict=True))


def test_a_plan_does_not_hold_values(empty_cache: Path, plannings: list[str]) -> None:
    data = given()
    g = np.ones(data["G"].size)
    first, second = bound(data), bound({**data, "X": 2 * data["X"], "L": 2 * data["L"]})
    assert len(plannings) == 1
    assert agree(second.energy(g), 4 * first.energy(g))


def test_backends_precisions_and_threads_share_a_plan(
    empty_cache: Path, plannings: list[str]
) -> None:
    for dtype in ("float64", "float32"):
        SEED.bind(**given(), backend="numpy", dtype=dtype, threads=2)
    assert len(plannings) == 1


S, T = nz.sparse("S", n, n), nz.sparse("S", n, n, symmetric=True)
H, OTHER = nz.sparse("H", n, m), nz.sparse("G", p, m)
t = nz.scalar("t")
DIFFERENT: dict[str, tuple[nz.Problem, nz.Problem]] = {
    "kind": (
        nz.Problem(nz.sumsq(G - nz.sparse("N", n, m)), wrt=G),
        nz.Problem(nz.sumsq(G - nz.dense("N", n, m)), wrt=G),
    ),
    "symmetry": (
        nz.Problem(nz.sumsq(G.T * S * G), wrt=G),
        nz.Problem(nz.sumsq(G.T * T * G), wrt=G),
    ),
    "sizes": (
        nz.Problem(nz.sumsq(S * G), wrt=G),
        nz.Problem(nz.sumsq(nz.sparse("S", p, p) * OTHER), wrt=OTHER),
    ),
    "unknowns": (
        nz.Problem(nz.sumsq(G - H), wrt=(G, H)),
        nz.Problem(nz.sumsq(G - H), wrt=(H, G)),
    ),
    "fewer unknowns": (
        nz.Problem(nz.sumsq(G - H), wrt=G),
        nz.Problem(nz.sumsq(G - H), wrt=H),
    ),
    "name": (
        nz.Problem(nz.sumsq(G), wrt=G, name="one"),
        nz.Problem(nz.sumsq(G), wrt=G, name="two"),
    ),
    "determinant": (
        nz.Problem(nz.logdet(T), wrt=T),
        nz.Problem(nz.logdet(T, positive=True), wrt=T),
    ),
    "number": (
        nz.Problem(0.1 * nz.sumsq(G), wrt=G),
        nz.Problem(0.10000000000000002 * nz.sumsq(G), wrt=G),
    ),
    "a scalar called as a variable is printed": (
        nz.Problem(nz.total(nz.entrywise(lambda x: x**2 * t + 1, G)), wrt=G),
        nz.Problem(nz.total(nz.entrywise(lambda x: x * t**2 + 1, G)), wrt=G),
    ),
}


@pytest.mark.parametrize("pair", DIFFERENT)
def test_problems_that_look_alike_have_plans_of_their_own(pair: str) -> None:
    keys = {cache._key(problem, checked(problem, given(problem))) for problem in DIFFERENT[pair]}
    assert len(keys) == 2


def test_another_size_or_pattern_is_another_plan() -> None:
    datas = [given(), given(k=5), given(seed=1)]
    datas.append({**datas[0], "G": full(np.random.default_rng(), (9, 6))})
    keys = [cache._key(SEED, checked(SEED, data)) for data in datas]
    assert len(set(keys)) == len(datas)
    assert cache._key(SEED, checked(SEED, given())) == keys[0]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(3000))


class Evil:
    """What runs where it is unpickled."""

    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('a file of the cache was run')",)


def _pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Evil()))


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _replaced(path: Path, content: bytes) -> None:
    """Put another content under its right digest."""
    key = path.name[:32]
    digest = hashlib.sha256(key.encode() + content).hexdigest()[:32]
    path.unlink()
    (path.parent / f"{key}-{digest}.plan").write_bytes(content)


def _evil(path: Path) -> None:
    _replaced(path, pickle.dumps(Evil()))


def _other(path: Path) -> None:
    _replaced(path, json.dumps({"texts": {}, "spec": "{}"}).encode())


def _deep(path: Path) -> None:
    _replaced(path, b"[" * 100_000)


def _number(path: Path) -> None:
    found = json.loads(path.read_bytes())
    _replaced(path, json.dumps({**found, "texts": {**found["texts"], "more": 5}}).encode())


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOILED = [_empty, _cut, _noise, _flipped, _pickle, _evil, _other, _deep, _number, _folder]


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_cannot_be_read_is_made_anew(
    spoil: Callable[[Path], None], empty_cache: Path, plannings: list[str]
) -> None:
    expected = bound(given()).spec
    (path,) = plans(empty_cache)
    spoil(path)
    warned = pytest.warns(CacheWarning, match="directory")
    with warned if spoil is _folder else contextlib.nullcontext():
        assert bound(given()).spec == expected
    assert bound(given()).spec == expected
    assert len(plannings) == 2
    names = [entry.name for entry in empty_cache.iterdir()]
    assert path.name in names
    assert len(names) == (
        2 if spoil in (_evil, _other, _deep, _number) else 1
    )  # whole, but no plans


def test_changed_sources_make_a_plan_stale(
    empty_cache: Path, plannings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(given())
    monkeypatch.setattr(cache, "_sources", lambda: b"another version")
    bound(given())
    assert len(plannings) == len(plans(empty_cache)) == 2


def test_another_sympy_makes_a_plan_stale(
    empty_cache: Path, plannings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(given())
    monkeypatch.setattr(sp, "__version__", "another version")
    bound(given())
    assert len(plannings) == len(plans(empty_cache)) == 2


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, plannings: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.warns(
        CacheWarning, match=r"file is no folder; .*this process alone.*NZDIFF_CACHE_"
    ):
        bound(given())
    bound(given())  # says nothing again, and finds the plan in the folder of this process
    assert len(plannings) == 1


def test_no_home_is_no_error(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("NZDIFF_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.warns(CacheWarning, match="Could not determine home directory"):
        assert bound(given()).size == given()["G"].size


def test_a_plan_that_cannot_be_written_whole_leaves_nothing(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.warns(CacheWarning, match="No space left on device"):
        bound(given())
    assert list(empty_cache.iterdir()) == []


TWICE = """
import numpy as np
import nzdiff as nz
n, m = nz.dims("n m")
G = nz.sparse("G", n, m)
problem = nz.Problem(nz.sumsq(G.T * G - nz.dense("C", m, m)), wrt=G)
data = {"G": nz.Pattern.full((4, 3)), "C": np.eye(3)}
print(repr(problem.bind(**data, backend="numpy").energy(np.arange(12.0))))
"""


@pytest.mark.slow
def test_two_processes_at_once_agree(empty_cache: Path) -> None:
    environment = {**os.environ, "NZDIFF_CACHE_DIR": str(empty_cache)}
    command = [sys.executable, "-W", "error", "-c", TWICE]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(command, env=environment, text=True, stdout=pipe, stderr=pipe)
        for _ in range(2)
    ]
    outputs = [process.communicate() for process in running]
    assert outputs[0] == outputs[1]
    assert outputs[0][1] == ""
    assert len(list(empty_cache.iterdir())) == 1
