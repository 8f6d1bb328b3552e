"""The sanitizers find what is planted, in libraries that a process of Python loads as usual."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from run_sanitizers import FLAGS, OPTIONS, TEAM, loaded_first

SOURCE = """
#include <stdint.h>
void right(int threads, double *out);
void wrong(int threads, double *out);
void right(int threads, double *out)
{
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t t = 0; t < 1000; t++)
        out[t] = (double)t;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t t = 0; t < 1000; t++)
        out[999 - t] += (double)t;
}
void wrong(int threads, double *out)
{
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t t = 0; t < 1001; t++)
        out[t / 600 * WRONG] = (double)t;
}
"""
CALL = """
import ctypes, sys, numpy
out = numpy.zeros(1000)
getattr(ctypes.CDLL(sys.argv[1]), sys.argv[2])(int(sys.argv[3]), ctypes.c_void_p(out.ctypes.data))
"""
PLANTED = {"address": ("1000", 1, "heap-buffer-overflow"), "threads": ("1", 2, "data race")}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gcc") is None, reason="the sanitizers are gcc's")
@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(kind: str, tmp_path: Path) -> None:
    where, threads, said = PLANTED[kind]
    code, library = tmp_path / "planted.c", tmp_path / "planted.so"
    code.write_text(SOURCE.replace("WRONG", where))
    build = ["gcc", *FLAGS[kind].split(), "-fPIC", "-shared", "-fopenmp", str(code), str(TEAM)]
    subprocess.run([*build, "-D_GNU_SOURCE", "-lpthread", "-o", str(library)], check=True)
    environment = {**os.environ, **OPTIONS, "LD_PRELOAD": loaded_first(kind)}

    def run(function: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", CALL, str(library), function, str(threads)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    right, wrong = run("right"), run("wrong")
    assert right.returncode == 0, right.stderr
    assert wrong.returncode != 0
    assert said in wrong.stderr
