"""Blocks on the processes of MPI, by the executor of mpi4py."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PROGRAM = """
from functools import partial

import numpy as np
from mpi4py.futures import MPIPoolExecutor
from scipy import sparse

import nzdiff as nz


def loaded(number):
    return {"R": sparse.random_array((4 + number, 7), density=0.5, rng=number, format="csr")}


if __name__ == "__main__":
    n, m, r = nz.dims("n m r")
    R, U, V = nz.sparse("R", n, m), nz.dense("U", n, r), nz.dense("V", m, r)
    problem = nz.Problem(nz.sumsq(nz.mask(U * V.T - R, R)) + nz.sumsq(V), wrt=(U, V))
    data = [partial(loaded, number) for number in range(5)]
    alone = nz.blocks(problem, "n", data, V=(7, 2))
    with MPIPoolExecutor(2) as pool:
        model = nz.blocks(problem, "n", data, map=pool, V=(7, 2))
        g = np.random.default_rng(0).standard_normal(model.size)
        found, expected = model.energy_and_gradient(g), alone.energy_and_gradient(g)
        print(found[0] == expected[0], np.array_equal(found[1], expected[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("mpi4py") is None or shutil.which("mpiexec") is None, reason="no mpi4py or mpiexec"
)
def test_processes_of_mpi_give_the_same_bits(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    command = ["mpiexec", "-n", "3", sys.executable, "-m", "mpi4py.futures", "program.py"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "True True\n"
