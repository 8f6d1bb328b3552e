"""The MEX interface of a problem: the numbers of Python in GNU Octave, and what it refuses."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.io import loadmat, savemat
from typer.testing import CliRunner

import nzdiff as nz
from mex.driver import SANITIZED, answers, build, octave, with_octave
from nzdiff.cli import app
from nzdiff.codegen.mex.write import OWN, generate_mex, mex_texts
from nzdiff.demo.coarsening import spectral_coarsening
from nzdiff.demo.mesh import load_spot
from nzdiff.problem_file import ProblemFile, shipped_problem, shipped_problems

HERE = Path(__file__).parent
WITH_LIBRARIES = ("covariance_selection", "laplacian_learning", "structured_lqr", "two_grid")
"""Problems that factorise matrices, which C does not."""
n, m, k = nz.dims("n m k")
A, C, G = nz.dense("A", k, n), nz.dense("C", k, m), nz.sparse("G", n, m)
S, D, T = nz.sparse("S", n, n, symmetric=True), nz.diagonal("D", n), nz.sparse("T", n, n)
FIT = nz.Problem(nz.sumsq(A * G - C), wrt=G, name="fit")
MIXED = nz.Problem(nz.sumsq(D * S - T) + nz.scalar("end") * nz.sumsq(S), wrt=(S, D), name="mixed")
PARTS = nz.Problem(
    nz.sumsq(nz.dense("U", n, 2) * nz.dense("V", 2, m) - nz.mask(nz.dense("R", n, m), G)),
    wrt=(nz.dense("U", n, 2), nz.dense("V", 2, m)),
    name="parts",
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@with_octave
@pytest.mark.slow
def test_octave_finds_the_numbers_of_python_on_a_mesh(tmp_path: Path) -> None:
    entry = shipped_problem("spectral_coarsening")
    data = spectral_coarsening(load_spot(), coarse=60, modes=20)
    pattern = nz.Pattern((data.i, data.j), data.shape)
    model = entry.problem.bind(X=data.X, Y=data.Y, B=data.B, L=data.L, G=pattern)
    g, v = pattern.pack(data.G0), np.sin(np.arange(pattern.size))
    ij = np.column_stack([data.i, data.j]) + 1.0
    given = {"X": data.X, "Y": data.Y, "B": data.B, "L": sparse.csc_matrix(data.L), "ij": ij}
    generate_mex(entry.problem, tmp_path, sizes=entry.sizes)
    savemat(tmp_path / "mesh.mat", {**given, "g": g, "v": v}, oned_as="column")
    build(tmp_path, "spectral_coarsening")
    octave(
        tmp_path,
        "load mesh.mat\n"
        "m = nz_spectral_coarsening(X, Y, B, L, ij);\n"
        "[r.E, r.dE] = m.energy(g); r.Hv = m.hvp(g, v); r.G = m.sparse(g);\n"
        "r.formula = norm(X - diag(Y) * (r.G' * L * r.G) * B, 'fro')^2;\n"
        "save -v7 found.mat r\n",
    )
    found = loadmat(tmp_path / "found.mat", simplify_cells=True)["r"]
    E, dE = model.energy_and_gradient(g)
    Hv = model.hessian(g) @ v
    assert found["E"] == pytest.approx(E, rel=1e-12)
    assert found["formula"] == pytest.approx(E, rel=1e-12)
    assert np.abs(found["dE"] - dE).max() <= 1e-12 * np.abs(dE).max()
    assert np.abs(found["Hv"] - Hv).max() <= 1e-12 * np.abs(Hv).max()
    assert (found["G"] != data.G0).nnz == 0


@with_octave
@pytest.mark.slow
def test_entries_given_twice_add_up(tmp_path: Path, rng: np.random.Generator) -> None:
    generate_mex(FIT, tmp_path)
    build(tmp_path, "fit")
    i, j = [2, 0, 2, 1, 2, 0], [1, 0, 1, 2, 1, 2]
    A, C = rng.standard_normal((3, 3)), rng.standard_normal((3, 3))
    given: dict[str, Any] = {"A": A, "C": C, "G": nz.Pattern((i, j), (3, 3))}
    _compare(*answers(FIT, given, tmp_path))
    matrix = sparse.csc_matrix(([1.0, 1, 1], ([2, 0, 1], [0, 1, 2])), shape=(3, 3))
    given["G"] = nz.Pattern((np.array([2, 0, 1]), np.array([0, 1, 2])), (3, 3))
    _compare(*answers(FIT, given, tmp_path, {"G": matrix, "A": sparse.csc_matrix(A)}))


@with_octave
@pytest.mark.slow
def test_several_unknowns_come_one_after_the_other_and_each_has_its_own_entries(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    H, x = nz.sparse("H", k, m), nz.dense("x", m, 1)
    energy = nz.sumsq(G * H.T - nz.dense("R", n, k)) + nz.sumsq(G * x - nz.dense("b", n, 1))
    problem = nz.Problem(energy, wrt=(H, x, G), name="several")
    generate_mex(problem, tmp_path)
    build(tmp_path, "several")
    given: dict[str, Any] = {"R": rng.standard_normal((4, 3)), "b": rng.standard_normal((4, 1))}
    given |= {"G": nz.Pattern(([3, 0, 3, 1], [1, 0, 1, 1]), (4, 2)), "x": (2, 1)}
    given["H"] = nz.Pattern(([2, 0, 1, 2, 2], [1, 0, 1, 1, 0]), (3, 2))
    _compare(*answers(problem, given, tmp_path, {"m": 2.0}))


@with_octave
@pytest.mark.slow
@pytest.mark.parametrize("triangle", ["both", "lower", "matrix"])
def test_symmetric_and_diagonal_unknowns(
    tmp_path: Path, rng: np.random.Generator, triangle: str
) -> None:
    generate_mex(MIXED, tmp_path)
    build(tmp_path, "mixed")
    chosen = rng.random((6, 6)) < 0.4
    chosen |= chosen.T | np.eye(6, dtype=bool)
    pattern = nz.Pattern(np.nonzero(chosen), (6, 6)).symmetric()
    fields: dict[str, Any] = {"T": np.diag(np.arange(1.0, 7.0))}
    if triangle == "lower":
        fields["S"] = np.column_stack(np.nonzero(np.tril(chosen))) + 1.0
    if triangle == "matrix":  # by columns
        columns, rows = np.nonzero(chosen.T)
        pattern = nz.Pattern((rows, columns), (6, 6)).symmetric()
        fields["S"] = sparse.csc_matrix(chosen)
    given = {"S": pattern, "T": sparse.csr_array(np.diag(np.arange(1.0, 7.0))), "end": 0.3}
    _compare(*answers(MIXED, given, tmp_path, fields))


@with_octave
@pytest.mark.slow
def test_dense_unknowns_and_diagonals_in_three_forms(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    x, b, W = nz.dense("x", m, 1), nz.dense("b", n, 1), nz.diagonal("W", n)
    energy = nz.sumsq(W * (nz.sparse("K", n, m) * x - b)) + nz.scalar("mu") * nz.sumsq(nz.exp(x))
    problem = nz.Problem(energy, wrt=x, name="ridge")
    generate_mex(problem, tmp_path)
    build(tmp_path, "ridge")
    K = sparse.random_array((5, 3), density=0.6, rng=rng)
    weights = rng.random(5)
    given = {"K": K, "b": rng.random((5, 1)), "W": weights, "mu": 0.7, "x": (3, 1)}
    for form in (weights[None, :], np.diag(weights), sparse.csc_matrix(np.diag(weights))):
        _compare(*answers(problem, given, tmp_path, {"W": form, "K": K.toarray()}))


def _compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for what, right in expected.items():
        scale = 1e-12 * (1 + np.abs(right).max(initial=0.0))
        assert np.shape(found[what]) == np.shape(right), what
        assert np.abs(np.asarray(found[what]) - right).max(initial=0.0) <= scale, what


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small interface, built with sanitizers."""
    folder = generate_mex(FIT, tmp_path_factory.mktemp("fit"))
    build(folder, "fit", *SANITIZED)
    return folder


@with_octave
@pytest.mark.slow
def test_what_is_wrong_is_refused_in_words(fit: Path) -> None:
    printed = octave(fit, (HERE / "bad_input.m").read_text(), sanitized=True)
    assert printed.splitlines() == (HERE / "bad_input.txt").read_text().splitlines()


@with_octave
@pytest.mark.slow
def test_whatever_the_gateway_is_called_with_is_computed_or_refused(fit: Path) -> None:
    printed = octave(fit, (HERE / "any_call.m").read_text(), sanitized=True)
    refused, computed, left = map(int, printed.split())
    assert refused > 1000 and computed > 100 and left == 1


@with_octave
@pytest.mark.slow
def test_data_is_replaced_and_nothing_is_kept(fit: Path) -> None:
    printed = octave(
        fit,
        "function once(A, C)\n"
        "  k = nz_fit(A, C, [1 1; 2 2]);\n"
        "  k.energy([1; 2]);\n"
        "end\n"
        "A = magic(3); C = [1 2; 3 4; 5 6];\n"
        "for turn = 1:200, once(A, C), end\n"
        "printf('%d\\n', nz_fit_mex('count'));\n"
        "m = nz_fit(A, C, [1 1; 2 2]);\n"
        "clear all\n"  # the file is locked, and what it holds released at the end
        "A = magic(3); C = [1 2; 3 4; 5 6]; g = [1; 2];\n"
        "m = nz_fit(A, C, [1 1; 2 2]);\n"
        "other = nz_fit(2 * A, C, [1 1; 2 2]);\n"
        "m.set('A', 2 * A);\n"
        "printf('%d %d\\n', m.energy(g) == other.energy(g), nz_fit_mex('count'));\n"
        "try, m.set('C', C'), catch e, printf('%s\\n', e.identifier), end\n"
        "printf('%d\\n', m.energy(g) == other.energy(g));\n",
        sanitized=True,
    )
    assert printed.splitlines() == ["0", "1 2", "nzdiff:bad_size", "1"]


@with_octave
@pytest.mark.slow
def test_sparse_data_is_replaced_where_it_was_stored(tmp_path: Path) -> None:
    problem = nz.Problem(
        nz.sumsq(T * G - nz.dense("C", n, m)) + nz.scalar("mu") * nz.sumsq(G), wrt=G, name="laid"
    )
    generate_mex(problem, tmp_path)
    build(tmp_path, "laid", *SANITIZED)
    printed = octave(
        tmp_path,
        "T = sparse([1 2 3 1], [1 2 3 3], [1 2 3 4]); C = magic(3); g = [1; 2];\n"
        "m = nz_laid(C, T, [1 1; 3 3], 0.5);\n"
        "U = sparse([2 1], [2 3], [5 6], 3, 3); other = nz_laid(C, U, [1 1; 3 3], 0.25);\n"
        "m.set('T', U); m.set('mu', 0.25);\n"
        "printf('%d\\n', m.energy(g) == other.energy(g));\n"
        "try, m.set('T', sparse(2, 1, 1, 3, 3)), catch e, disp(e.message), end\n"
        "try, m.set('T', sparse(2, 2, NaN, 3, 3)), catch e, disp(e.message), end\n"
        "try, m.set('mu', [1 2]), catch e, disp(e.message), end\n"
        "printf('%d\\n', m.energy(g) == other.energy(g));\n",
        sanitized=True,
    )
    assert printed.splitlines() == [
        "1",
        "nz_laid_mex: T: entry (2, 1) was not stored when the instance was made; make another one",
        "nz_laid_mex: T: number 2 is nan",
        "nz_laid_mex: mu: expected one number, got 2",
        "1",
    ]


@with_octave
@pytest.mark.slow
def test_fminunc_and_newton_steps_reach_the_least_squares_solution(fit: Path) -> None:
    printed = octave(
        fit,
        "A = [2 1; 1 3; 0 1]; C = [1 2; 3 4; 5 6]; ij = [1 1; 2 1; 1 2; 2 2];\n"
        "A = [A [0; 0; 1]]; ij = [ij; 3 1; 3 2];\n"
        "m = nz_fit(A, C, ij);\n"
        "options = optimset('GradObj', 'on', 'TolFun', 1e-14, 'TolX', 1e-14);\n"
        "[g, E] = fminunc(@(g) m.energy(g), zeros(6, 1), options);\n"
        "printf('%d\\n', norm(full(m.sparse(g)) - A \\ C) < 1e-6);\n"
        "g = zeros(6, 1);\n"
        "[step, flag] = pcg(@(v) m.hvp(g, v), -m.gradient(g), 1e-13, 20);\n"
        "printf('%d\\n', norm(full(m.sparse(g + step)) - A \\ C) < 1e-8);\n"
        "[E, dE, at] = m.energy(step);\n"
        "printf('%d\\n', isequal(at, step));\n",
        sanitized=True,
    )
    assert printed.splitlines() == ["1", "1", "1"]


@with_octave
@pytest.mark.slow
def test_the_example_runs_and_the_help_is_found(tmp_path: Path) -> None:
    generate_mex(PARTS, tmp_path)
    build(tmp_path, "parts")
    printed = octave(tmp_path, "example_parts\nhelp nz_parts\n")
    assert "by the gradient" in printed
    assert "m = nz_parts(" in printed


@with_octave
@pytest.mark.slow
@pytest.mark.parametrize("entry", shipped_problems(), ids=lambda entry: entry.problem.name)
def test_the_example_of_a_problem_of_the_gallery_runs(entry: ProblemFile, tmp_path: Path) -> None:
    name, sizes = entry.problem.name, entry.sizes
    if name in WITH_LIBRARIES:
        with pytest.raises(NotImplementedError, match="computed by libraries that Python calls"):
            generate_mex(entry.problem, tmp_path, sizes=sizes)
        return
    outputs = entry.outputs and [output for output in entry.outputs if output != "matrices"]
    generate_mex(entry.problem, tmp_path, sizes=sizes, outputs=outputs)
    build(tmp_path, name)
    assert "by the gradient" in octave(tmp_path, f"example_{name}\n")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The files of a small interface."""
    return mex_texts(MIXED, sizes={"n": 20})


def test_the_folder_holds_the_library_a_gateway_a_class_and_how_it_is_built(
    texts: dict[str, str],
) -> None:
    library = {"mixed.h", "mixed.c", "kernels.h", "setup.h", "arguments.h", "nz_mixed_mex.c"}
    library.add("LICENSE")
    assert texts.keys() == {*library, "nz_mixed.m", "build_mixed.m", "example_mixed.m"}
    assert "m = nz_mixed(T, [i j], end_) holds" in texts["nz_mixed.m"]


def test_arguments_come_as_the_formula_has_them_those_of_one_kind_together() -> None:
    entry = shipped_problem("spectral_coarsening")
    found = mex_texts(entry.problem, sizes=entry.sizes)["nz_spectral_coarsening.m"]
    assert "nz_spectral_coarsening(X, Y, B, L, [i j])" in found


def test_sizes_that_no_matrix_has_are_arguments() -> None:
    problem = nz.Problem(nz.sumsq(G) + nz.sumsq(nz.sparse("H", n, m)), wrt=G, name="alone")
    alone = nz.Problem(nz.sumsq(G), wrt=G, name="alone")
    sizes = {"n": 6, "m": 4}
    assert "nz_alone(H, [i j])" in mex_texts(problem, sizes=sizes)["nz_alone.m"]
    assert "nz_alone([i j], m, n)" in mex_texts(alone, sizes=sizes)["nz_alone.m"]


def test_names_that_the_gateway_has_are_refused(texts: dict[str, str]) -> None:
    text = texts["arguments.h"] + texts["nz_mixed_mex.c"]
    defined = re.findall(r"^(?:TAKE|static|typedef)[^(=;{]*?(\w+)(?=\(|;| \{)", text, re.MULTILINE)
    assert {"vectors", "instances", "product", "refuse"} <= set(defined) <= set(OWN.split())
    with pytest.raises(ValueError, match="calls something else 'vectors'"):
        mex_texts(nz.Problem(nz.sumsq(G), wrt=G, name="vectors"), sizes={"n": 6, "m": 4})


def test_names_that_matlab_cuts_off_are_refused() -> None:
    with pytest.raises(ValueError, match="MATLAB reads 55 characters"):
        mex_texts(nz.Problem(nz.sumsq(G), wrt=G, name="a" * 56), sizes={"n": 6, "m": 4})


def test_the_command_writes_a_folder_beside_the_problem_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = 'import nzdiff as nz\nproblem = nz.parse("norm2(A*x - b)^2", wrt="x", name="fit")\n'
    Path("mine.py").write_text(f'{lines}outputs = ["energy", "hvp", "matrices"]\n')
    invoke = CliRunner().invoke
    for _ in range(2):
        done = invoke(app, ["generate", "mine.py", "--mex"])
        assert (done.exit_code, done.output) == (0, "wrote fit_mex\n")
    text = Path("fit_mex/nz_fit.m").read_text()
    assert "m.hvp(g, v)" in text
    assert "m.jvp(g, v)" not in text
    for others in (["mine.py", "--no-solve"], ["mine.py", "--c"], []):
        refused = invoke(app, ["generate", "--mex", *others])
        assert refused.exit_code == 2
        assert "expected" in refused.output.replace("\n", " ")
