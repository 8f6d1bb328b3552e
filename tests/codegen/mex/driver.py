"""MEX files in GNU Octave: built, asked for everything, and compared with a model in Python."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.io import loadmat, savemat

import nzdiff as nz
from nzdiff.codegen.mex.arguments import said
from nzdiff.runtime.model import Model

OCTAVE, MKOCTFILE = shutil.which("octave-cli"), shutil.which("mkoctfile")
with_octave = pytest.mark.skipif(
    not (OCTAVE and MKOCTFILE), reason="no GNU Octave (Debian: octave, octave-dev)"
)
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-g")
ASK = """
load given.mat
m = nz_NAME(s);
[r.energy, r.gradient] = m.energy(g);
r.alone = m.energy(g.');
r.gradient_alone = m.gradient(g);
r.count = m.count;
if !isempty(w)
  r.residual = m.residual(g);
  r.jvp = m.jvp(g, v);
  r.vjp = m.vjp(g, w);
  r.gnvp = m.gnvp(g, v);
end
r.hvp = m.hvp(g, v);
r.hvps = m.hvp(g, [v, g]);
m.set_hessian_pattern(row, column);
r.values = m.hessian_values(g);
r.hessian = m.hessian(g);
r.matrices = cell(1, unknowns);
[r.matrices{:}] = m.sparse(g);
again = m;
r.energy_again = again.energy(0 * g);
clear m again
r.instances = nz_NAME_mex('count');
save -v7 found.mat r
"""


def octave(folder: Path, program: str, *, sanitized: bool = False) -> str:
    """What a program prints that runs in a folder; an AssertionError where it fails."""
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    if sanitized:
        libraries = ("libasan.so", "libubsan.so", "libstdc++.so.6")
        found = [_printed("gcc", f"-print-file-name={name}") for name in libraries]
        environment["LD_PRELOAD"] = " ".join(found)
    (folder / "program.m").write_text(f"1;\n{program}")
    command = [str(OCTAVE), "--no-history", "--norc", "--quiet", "program.m"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def build(folder: Path, name: str, *flags: str) -> None:
    """Compile the MEX file of a folder, with warnings as errors."""
    wanted = ("-Wall", "-Wextra", "-Werror", *flags)
    octave(folder, f"build_{name}({', '.join(repr(flag) for flag in wanted)});")


def instance(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that nz_NAME takes, from what `bind` takes."""
    fields = dict[str, Any]()
    for a in model.spec.arguments:
        value: Any = given.get(a.name)
        if a.kind == "unknown":
            i, j = value.rows, value.cols
            fields[said(a.name)] = np.column_stack([i, j]) + 1.0
        elif a.kind in ("dense", "sparse", "diagonal"):
            fields[said(a.name)] = sparse.csc_matrix(value) if a.kind == "sparse" else value
    fields |= {said(name): float(given[name]) for name in model.spec.scalars}
    return fields


def answers(
    problem: nz.Problem, given: Mapping[str, Any], folder: Path, fields: Mapping[str, Any] = {}
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Octave finds, and what the model in Python says, by function.

    fields: what is given to Octave in another form than to Python.
    """
    model = problem.bind(**given)
    rng = np.random.default_rng(7)
    g, v = rng.standard_normal(model.size), rng.standard_normal(model.size)
    squares = model.spec.only_squares and model.is_sum_of_squares
    w = rng.standard_normal(model.residual_size) if squares else np.zeros(0)
    H = model.hessian(g).toarray()
    row, column = np.nonzero(np.tril(np.abs(H) > 1e-14 * np.abs(H).max(initial=0.0)))
    order = rng.permutation(row.size)
    vectors = {"g": g, "v": v, "w": w, "row": row[order] + 1.0, "column": column[order] + 1.0}
    asked = {"s": {**instance(model, given), **fields}, "unknowns": float(len(problem.wrt))}
    savemat(folder / "given.mat", {**asked, **vectors}, oned_as="column")
    octave(folder, ASK.replace("NAME", problem.name))
    record = loadmat(folder / "found.mat", simplify_cells=True)["r"]
    energy, gradient = model.energy_and_gradient(g)
    matrices = model.unpack(g)
    expected = {"energy": energy, "gradient": gradient, "alone": energy, "count": model.size}
    expected |= {"gradient_alone": gradient, "energy_again": model.energy(0 * g), "instances": 0}
    if squares:
        expected |= {"residual": model.residual(g), "jvp": model.jvp(g, v)}
        expected |= {"vjp": model.vjp(g, w), "gnvp": model.gauss_newton(g) @ v}
    expected |= {"hvp": H @ v, "hvps": H @ np.column_stack([v, g]), "hessian": H}
    expected |= {"values": H[row, column][order]}
    parts = matrices if isinstance(matrices, tuple) else (matrices,)
    expected["matrices"] = np.concatenate([_dense(part).ravel() for part in parts])
    found = {name: _dense(value) for name, value in record.items() if name != "matrices"}
    stored = np.atleast_1d(record["matrices"]) if len(parts) > 1 else [record["matrices"]]
    found["matrices"] = np.concatenate([_dense(part).ravel() for part in stored])
    return found, expected


def _dense(value: Any) -> Any:
    return value.toarray() if sparse.issparse(value) else np.asarray(value)
