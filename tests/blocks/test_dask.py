"""Blocks on the workers of a Dask cluster of several processes, one of which is killed."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of distributed, about a worker that is gone
]

n, m, r = nz.dims("n m r")
R, U, V, c = nz.sparse("R", n, m), nz.dense("U", n, r), nz.dense("V", m, r), nz.scalar("c")
PROBLEM = nz.Problem(
    nz.sumsq(nz.mask(U * V.T - R, R)) + c * (nz.sumsq(U) + nz.sumsq(V)), wrt=(U, V), name="known"
)
SHARED: dict[str, Any] = {"V": (9, 2), "c": 0.2}


def loaded(folder: str, number: int) -> dict[str, Any]:
    """Rows of R; a line in a file says who loaded them."""
    with (Path(folder) / "loaded").open("a") as file:
        file.write(f"{number} {os.getpid()}\n")
    return {"R": sparse.random_array((5 + number, 9), density=0.6, rng=number, format="csr")}


def failing(number: int) -> dict[str, Any]:
    raise OSError(f"no file {number}")


@pytest.fixture
def client() -> Iterator[Any]:
    """A cluster of its own: what one test kills is no matter of the next."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def loads(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "loaded").read_text().splitlines()]


def test_data_stay_where_they_are(client: Any, tmp_path: Path, rng: np.random.Generator) -> None:
    data = [partial(loaded, str(tmp_path), number) for number in range(6)]
    found = nz.blocks(PROBLEM, "n", data, map=client, **SHARED)
    assert {pid for _, pid in loads(tmp_path)}.isdisjoint({str(os.getpid())})
    assert sorted(number for number, _ in loads(tmp_path)) == list("012345")
    g, v = rng.standard_normal((2, found.size))
    for _ in range(3):
        found.energy_and_gradient(g * rng.random())
    assert len(loads(tmp_path)) == 6
    serial = nz.blocks(PROBLEM, "n", data, **SHARED)
    energy, gradient = found.energy_and_gradient(g)
    expected = serial.energy_and_gradient(g)
    assert energy == expected[0] and np.array_equal(gradient, expected[1])
    assert np.array_equal(found.hessian(g) @ v, serial.hessian(g) @ v)
    assert nz.solve(found, g, "l-bfgs").fun == nz.solve(serial, g, "l-bfgs").fun


def wide(number: int) -> dict[str, Any]:
    """Rows whose part of g takes more than a megabyte."""
    return {"R": sparse.random_array((70_000, 9), density=0.3, rng=number, format="csr")}


@pytest.mark.parametrize("count", [1, 2])
def test_workers_are_killed_while_they_work(client: Any, count: int) -> None:
    found = nz.blocks(PROBLEM, "n", [partial(wide, i) for i in range(4)], map=client, **SHARED)
    g = np.linspace(-1.0, 1.0, found.size)
    expected = [found.energy(g * k) for k in range(1, 9)]
    victims = list(client.run(os.getpid).values())[:count]

    def kill() -> None:
        time.sleep(0.3)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    assert [found.energy(g * k) for k in range(1, 9)] == expected
    killer.join()
    assert found.energy(2 * g) == expected[1]


def test_a_client_that_was_restarted_binds_blocks_again(client: Any, tmp_path: Path) -> None:
    data = [partial(loaded, str(tmp_path), number) for number in range(2)]
    found = nz.blocks(PROBLEM, "n", data, map=client, **SHARED)
    g = np.linspace(-1.0, 1.0, found.size)
    expected = found.energy(g)
    client.restart()
    assert found.energy(2 * g) != expected and found.energy(g) == expected


def test_errors_of_a_worker_name_the_block(client: Any, tmp_path: Path) -> None:
    data = [partial(loaded, str(tmp_path), 0), partial(failing, 1)]
    with pytest.raises(OSError, match="block 1: no file 1"):
        nz.blocks(PROBLEM, "n", data, map=client, **SHARED)


def test_the_work_of_a_killed_worker_is_done_elsewhere(
    client: Any, tmp_path: Path, rng: np.random.Generator
) -> None:
    data = [partial(loaded, str(tmp_path), number) for number in range(6)]
    found = nz.blocks(PROBLEM, "n", data, map=client, **SHARED)
    serial = nz.blocks(PROBLEM, "n", data, **SHARED)
    g = rng.standard_normal(found.size)
    killed = []

    def kill(record: Any, x: Any) -> None:
        if record.iteration == 3:
            workers = client.run(os.getpid)
            killed.append(next(iter(workers.values())))
            os.kill(killed[0], signal.SIGKILL)

    result = nz.solve(found, g, "l-bfgs", callback=kill)
    expected = nz.solve(serial, g, "l-bfgs")
    assert killed and result.success
    assert result.fun == expected.fun and np.array_equal(result.x, expected.x)
    by = [int(pid) for _, pid in loads(tmp_path)]
    assert killed[0] in by and len(by) > 6 + 6  # those of the other sum, and some once more
