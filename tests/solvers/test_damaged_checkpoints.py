"""A file that is no checkpoint, or not whole, or of something else, is refused by its name."""

import io
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nzdiff.solvers import Checkpoint, load_checkpoint, save_checkpoint, solve
from solver_models import LinearResidual, Logarithms, seed

GOOD: dict[str, Any] = {
    "x": np.ones(3),
    "energy": 1.0,
    "g0": np.zeros(3),
    "method": "l-bfgs",
    "numbers": np.array([[0, 2.0, 1.0, 0, 0, 0, 0.1], [1, 1.0, 0.5, 0, 0, 0, 0.2]]),
    "calls": np.ones((2, 6), dtype=np.int64),
}


def npz(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def npy(array: Any) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def pickled(value: object) -> bytes:
    content = io.BytesIO()
    np.save(content, np.array([value], dtype=object), allow_pickle=True)
    return content.getvalue()


def encrypted() -> bytes:
    whole = bytearray(npz(**GOOD))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.find(signature)
        while at >= 0:
            whole[at + offset] |= 1
            at = whole.find(signature, at + 4)
    return bytes(whole)


def huge() -> bytes:
    """An array whose header promises 8 exabytes."""
    content, header = io.BytesIO(), io.BytesIO()
    promised = {"descr": "<f8", "fortran_order": False, "shape": (2**60,)}
    np.lib.format.write_array_header_1_0(header, promised)
    with zipfile.ZipFile(content, "w") as file:
        for name in GOOD:
            file.writestr(f"{name}.npy", header.getvalue())
    return content.getvalue()


FOREIGN: list[bytes] = [
    b"",
    b"PK",
    b"text\n",
    b"\x93NUMPY",
    npy(np.ones(3)),
    pickle.dumps([1]),
    pickled({"a": 1}),
    encrypted(),
    huge(),
    npz(x=np.ones(3)),
    npz(**{**GOOD, "method": np.array([{"a": 1}], dtype=object)}),
]


def refused(path: Path) -> str:
    with pytest.raises(ValueError, match="expected a checkpoint") as caught:
        load_checkpoint(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


@pytest.mark.parametrize("at", range(len(FOREIGN)))
def test_a_file_that_is_none(at: int, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(FOREIGN[at])
    refused(path)


def test_a_folder_is_none_and_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    refused(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"run\.npz"):
        load_checkpoint(tmp_path / "run.npz")


@pytest.mark.parametrize("path", [5, None, b"run.npz"])
def test_a_path_is_one(path: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="path: expected that of a checkpoint"):
        load_checkpoint(path)
    with pytest.raises(TypeError, match="checkpoint: expected a Checkpoint"):
        save_checkpoint(tmp_path / "run.npz", path)


def test_the_good_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(npz(**GOOD))
    assert load_checkpoint(path).iteration == 1


def test_no_truncated_and_no_damaged_one_is_read_as_another(tmp_path: Path) -> None:
    whole, path = npz(**GOOD), tmp_path / "run.npz"
    path.write_bytes(whole)
    good = load_checkpoint(path)
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        refused(path)
    rng, harmless = np.random.default_rng(0), 0
    for _ in range(600):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            found = load_checkpoint(path)
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017
            continue
        harmless += 1  # a date, say
        np.testing.assert_array_equal(found.x, good.x)
        assert found.records == good.records and found.energy == good.energy
    assert harmless < 300


def changed(name: str, value: Any) -> dict[str, Any]:
    return {**GOOD, name: value}


def at(row: int, column: int, value: float) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = GOOD["numbers"].copy()
    numbers[row, column] = value
    return numbers


@pytest.mark.parametrize(
    "arrays",
    [
        changed("x", np.array([1.0, np.nan, 1.0])),
        changed("x", np.ones((3, 1))),
        changed("x", np.ones(3, complex)),
        changed("x", np.array(["a", "b", "c"])),
        changed("g0", np.array([1.0, np.inf, 1.0])),
        changed("g0", np.ones(2)),
        changed("energy", np.nan),
        changed("energy", np.inf),
        changed("energy", np.ones(3)),
        changed("energy", "1.0"),
        changed("energy", 1j),
        changed("energy", 0.5),
        changed("energy", 1.5),
        changed("method", 3),
        changed("method", np.array(["a", "b"])),
        changed("method", ""),
        changed("method", "l-bfgs\n"),
        changed("method", "x" * 101),
        changed("numbers", np.ones(7)),
        changed("numbers", np.ones((2, 6))),
        changed("numbers", np.ones((2, 7), complex)),
        changed("numbers", np.ones((3, 7))),
        changed("numbers", at(0, 0, 5.0)),
        changed("numbers", at(1, 0, np.nan)),
        changed("numbers", at(0, 1, np.nan)),
        changed("numbers", at(1, 1, np.nan)),
        changed("numbers", at(0, 1, np.inf)),
        changed("numbers", at(0, 2, np.nan)),
        changed("numbers", at(0, 2, -1.0)),
        changed("numbers", at(1, 6, np.nan)),
        changed("numbers", at(1, 6, -1.0)),
        changed("calls", np.ones((2, 5), dtype=np.int64)),
        changed("calls", np.ones((2, 6))),
        {**GOOD, "numbers": np.ones((0, 7)), "calls": np.ones((0, 6), dtype=np.int64)},
    ],
)
def test_one_with_other_contents_is_refused(arrays: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(npz(**arrays))
    refused(path)


def test_one_that_is_made_by_hand_is_checked_too(rng: np.random.Generator, tmp_path: Path) -> None:
    model, _, g0 = seed(rng)
    solve(model, g0, max_iterations=2, checkpoint=tmp_path / "run.npz")
    stored = load_checkpoint(tmp_path / "run.npz")
    makes: list[Callable[[], Checkpoint]] = [
        lambda: replace(stored, energy=np.nan),
        lambda: replace(stored, energy=2.0 * stored.energy),
        lambda: replace(stored, x=np.full_like(g0, np.nan)),
        lambda: replace(stored, g0=g0[1:]),
        lambda: replace(stored, records=()),
        lambda: replace(stored, records=stored.records[::-1]),
    ]
    for make in makes:
        with pytest.raises(ValueError, match=r"^(x|g0|energy|records): "):
            make()
    with pytest.raises(TypeError, match=r"^method: expected the name of a method, got 5"):
        replace(stored, method=5)  # type: ignore[arg-type]


def test_a_false_energy_is_refused_when_the_run_goes_on(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    model, _, g0 = seed(rng)
    solve(model, g0, max_iterations=2, checkpoint=tmp_path / "run.npz")
    stored = load_checkpoint(tmp_path / "run.npz")
    records = (*stored.records[:-1], replace(stored.records[-1], energy=0.9 * stored.energy))
    false = replace(stored, energy=0.9 * stored.energy, records=records)
    with pytest.raises(ValueError, match=r"the energy at x is .* in the checkpoint"):
        solve(model, false)
    records = (replace(stored.records[0], energy=2 * stored.records[0].energy), *stored.records[1:])
    with pytest.raises(ValueError, match=r"the energy at g0 is .* in the checkpoint"):
        solve(model, replace(stored, records=records))
    save_checkpoint(tmp_path / "other.npz", stored)
    assert solve(model, load_checkpoint(tmp_path / "other.npz"), max_iterations=3).nit == 3


def test_one_of_another_problem_is_refused(tmp_path: Path) -> None:
    solve(Logarithms(), np.full(4, 2.0), max_iterations=1, checkpoint=tmp_path / "run.npz")
    model = LinearResidual(np.eye(4), np.ones(4))
    with pytest.raises(ValueError, match="of another problem or other data; start anew from its x"):
        solve(model, load_checkpoint(tmp_path / "run.npz"))


def test_the_name_of_a_method_that_others_wrote_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(npz(**changed("method", "our own")))
    assert load_checkpoint(path).method == "our own"
