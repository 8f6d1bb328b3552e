"""Committed generated code equals what is generated today, and runs on its own."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.package.write import differences, generate, package_texts
from nzdiff.generated import spectral_coarsening
from nzdiff.problem_file import (
    ProblemFile,
    load_problem,
    shipped_folder,
    shipped_problem,
    shipped_problems,
)

SHIPPED = shipped_problems()
COARSENING = shipped_problem("spectral_coarsening")


@pytest.mark.parametrize("entry", [COARSENING], ids=lambda entry: entry.problem.name)
def test_the_committed_package_is_what_is_generated_today(entry: ProblemFile) -> None:
    folder = shipped_folder(entry.problem.name)
    assert differences(entry.problem, folder, sizes=entry.sizes) == ()


def test_every_generated_package_has_its_problem() -> None:
    folders = {path.parent.name for path in shipped_folder("").glob("*/__init__.py")}
    assert folders == {entry.problem.name for entry in SHIPPED}


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_the_package_computes_the_energy_and_its_derivatives(
    rng: np.random.Generator, backend: str
) -> None:
    data = example_data(COARSENING.problem, {"n": 30, "m": 8, "k": 5}, seed=4)
    model = spectral_coarsening.bind(**data, backend=backend)
    g, v = rng.standard_normal(model.size), rng.standard_normal(model.size)
    matrix = model.unpack(g).toarray()
    f = data["X"] - data["Y"][:, None] * (matrix.T @ data["L"] @ matrix @ data["B"])
    energy, gradient = model.energy_and_gradient(g)
    assert energy == pytest.approx(np.sum(f**2), rel=1e-12)
    slope = (model.energy(g + 1e-6 * v) - model.energy(g - 1e-6 * v)) / 2e-6
    assert gradient @ v == pytest.approx(slope, rel=1e-6)


def test_the_package_solves(rng: np.random.Generator) -> None:
    data = example_data(COARSENING.problem, {"n": 40, "m": 8, "k": 5}, seed=4)
    model = spectral_coarsening.bind(**data)
    start = rng.standard_normal(model.size)
    result = spectral_coarsening.solve(model, start, max_iterations=200)
    assert result.fun < 0.5 * model.energy(start)


def test_generating_twice_changes_nothing(tmp_path: Path) -> None:
    folder = generate(COARSENING.problem, tmp_path / "package", sizes=COARSENING.sizes)
    generate(COARSENING.problem, folder, sizes=COARSENING.sizes)
    assert differences(COARSENING.problem, folder, sizes=COARSENING.sizes) == ()
    (folder / "kernel.c").write_text("changed\n")
    (folder / "spec.json").unlink()
    states = {
        d.file.name: d.state
        for d in differences(COARSENING.problem, folder, sizes=COARSENING.sizes)
    }
    assert states == {"kernel.c": "changed", "spec.json": "missing"}


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work\n")
    with pytest.raises(FileExistsError, match="expected an empty or generated folder"):
        generate(COARSENING.problem, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_generated_text_has_no_date_no_path_and_says_what_it_is() -> None:
    for name, text in package_texts(COARSENING.problem, sizes=COARSENING.sizes).items():
        assert "do not edit" in text, name
        assert not re.search(r"\b20\d\d-\d\d|(?<![\w<])/(home|usr|tmp|opt)/", text), name
        first = name.startswith(("__init__", "kernel."))
        assert not first or "E = ‖X − Y Gᵀ L G B‖²" in text, name


def test_a_problem_file_takes_its_name_and_must_define_a_problem(tmp_path: Path) -> None:
    good = tmp_path / "smoothing.py"
    good.write_text(
        "import nzdiff as nz\n"
        "n, = nz.dims('n')\n"
        "A = nz.sparse('A', n, n)\n"
        "problem = nz.Problem(nz.sumsq(A), wrt=A)\n"
    )
    assert load_problem(good).problem.name == "smoothing"
    bad = tmp_path / "empty.py"
    bad.write_text("x = 1\n")
    with pytest.raises(ValueError, match="problem is not defined"):
        load_problem(bad)


def test_scalars_and_several_unknowns_survive_generation(tmp_path: Path) -> None:
    n, m = nz.dims("n m")
    G, H, mu = nz.sparse("G", n, m), nz.sparse("H", n, m), nz.scalar("mu")
    C = nz.dense("C", m, m)
    problem = nz.Problem(nz.sumsq(G - H * C) + mu**2 * nz.sumsq(H), wrt=(H, G), name="pair")
    folder = generate(problem, tmp_path / "pair", sizes={"n": 12, "m": 5})
    from nzdiff.demo.run import imported

    data = example_data(problem, {"n": 7, "m": 4}, seed=1)
    for backend in ("numpy", "c"):
        model = imported(folder).bind(**data, backend=backend)
        reference = problem.bind(**data, backend="numpy")
        g = np.random.default_rng(0).standard_normal(model.size)
        assert model.energy(g) == pytest.approx(reference.energy(g), rel=1e-12)
        np.testing.assert_allclose(model.gradient(g), reference.gradient(g), rtol=1e-12)
        H_matrix, G_matrix = model.unpack(g)
        assert sparse.issparse(H_matrix)
        assert G_matrix.shape == (7, 4)
