"""Targets: a third one is a folder and a line; every one writes every statement."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.heading import heading
from nzdiff.codegen.emit.statements import Call, names_of
from nzdiff.codegen.emit.target import table_names
from nzdiff.codegen.emit.targets import TARGETS
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.package.write import package_texts
from nzdiff.problem_file import load_problem, shipped_problem
from nzdiff.runtime.data.spec import OUTPUTS, PairTable
from nzdiff.runtime.data.spec_file import dumps, loads
from nzdiff.runtime.kernel.backends import BACKENDS
from plain_target import PLAIN
from problems import CALCULUS, PROBLEMS, SITUATIONS, random_data

EVERYTHING = {**PROBLEMS, **CALCULUS}
every_problem = pytest.mark.parametrize("name", EVERYTHING)


@pytest.fixture
def with_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line of registry."""
    monkeypatch.setitem(TARGETS, PLAIN.name, PLAIN)


def test_every_backend_has_a_target() -> None:
    assert set(BACKENDS) <= set(TARGETS)


def test_a_third_target_is_written_into_packages(with_plain: None) -> None:
    entry = shipped_problem("spectral_coarsening")
    texts = package_texts(entry.problem, sizes=entry.sizes)
    text = texts["kernel.txt"]
    for output in OUTPUTS:
        assert f"\n{output.name}: {output.meaning}" in text
    assert "= sparse_product of" in text
    assert "product_" not in text.replace("sparse_product", "")
    file = loads(texts["spec.json"])
    assert file.targets == ("c", "numpy", "plain")
    by_pairs = [t for t in file.programs["kernel"].tables if t.targets == ("numpy", "plain")]
    assert by_pairs
    assert all(isinstance(table, PairTable) for table in by_pairs)


def test_models_are_bound_as_ever_beside_a_third_target(
    with_plain: None, rng: np.random.Generator
) -> None:
    where = SITUATIONS["scattered"]
    data = random_data(PROBLEMS["traces"], where.sizes, where.pattern, rng)
    model = PROBLEMS["traces"].bind(**data)
    assert np.isfinite(model.gradient(rng.standard_normal(model.size))).all()


@every_problem
def test_every_target_writes_every_statement(name: str) -> None:
    problem = EVERYTHING[name]
    derivation = problem.derive()
    where = SITUATIONS["scattered"]
    data = random_data(problem, where.sizes, where.pattern, np.random.default_rng(0))
    program = plan_program(derivation, checked(problem, data))
    known = {v.name for v in program.plan.values} | {t.name for t in program.tables}
    known |= {n for n, _ in (*program.counts, *program.sizes, *program.plan.coefficients)}
    for routine in program.routines:
        for statement in routine.statements:
            assert names_of(statement) <= known
            if isinstance(statement, Call) and not statement.own:
                assert any(target.has(statement.kernel) for target in TARGETS.values())
    for target in (*TARGETS.values(), PLAIN):
        text = target.text(program, heading(derivation, program, "a test"))
        assert all(table in text for table in table_names(target, program))


@every_problem
def test_a_spec_survives_its_file(name: str) -> None:
    problem = EVERYTHING[name]
    sizes = {str(size): 7 for size in problem.dimensions}
    text = package_texts(problem, data=example_data(problem, sizes))["spec.json"]
    assert dumps(loads(text)) == text


def test_a_damaged_spec_is_named() -> None:
    with pytest.raises(ValueError, match=r"spec\.json"):
        loads('{"about": "", "targets": [], "patterns": [], "shared": {"dims": 3}, "kernel": {}}')


def test_a_problem_file_says_which_functions_it_wants(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "few_outputs.py"
    file.write_text(
        "import nzdiff as nz\n"
        "n, m = nz.dims('n m')\n"
        "A, B, C = nz.dense('A', n, m), nz.sparse('B', n, n), nz.dense('C', n, m)\n"
        "problem = nz.Problem(nz.sumsq(A - B * C), wrt=B)\n"
        "sizes = {'n': 30, 'm': 4}\n"
        "outputs = ['energy', 'gradient', 'jvp']\n"
    )
    entry = load_problem(file)
    nz.generate(
        entry.problem, tmp_path / "few_outputs_package", sizes=entry.sizes, outputs=entry.outputs
    )
    files = {path.name for path in (tmp_path / "few_outputs_package").iterdir()}
    assert files.isdisjoint({"second_order.c", "second_order.py"})
    monkeypatch.syspath_prepend(str(tmp_path))
    data = example_data(entry.problem, {"n": 12, "m": 3})
    model = import_module("few_outputs_package").bind(**data)
    whole = entry.problem.bind(**data)
    g = rng.standard_normal(model.size)
    np.testing.assert_allclose(model.gradient(g), whole.gradient(g), rtol=1e-12)
    np.testing.assert_allclose(model.jvp(g, g), whole.jvp(g, g), rtol=1e-12)
    assert model.residual_size == whole.residual_size
    with pytest.raises(NotImplementedError, match="few_outputs was generated without it"):
        model.vjp(g, whole.residual(g))
    with pytest.raises(NotImplementedError, match="few_outputs was generated without it"):
        _ = model.hessian(g) @ g
    with pytest.raises(NotImplementedError, match='was generated without them; name "matrices"'):
        model.hessian(g).diagonal()
    assert nz.solve(model, g, max_iterations=3).success


@pytest.mark.parametrize("output", [output.name for output in OUTPUTS])
def test_a_package_with_any_one_output_is_solved(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    n, m = nz.dims("n m")
    A, B, C = nz.dense("A", n, m), nz.sparse("B", n, n), nz.dense("C", n, m)
    problem = nz.Problem(nz.sumsq(A - B * C), wrt=B)
    name = f"package_with_{output}"
    nz.generate(problem, tmp_path / name, sizes={"n": 9, "m": 4}, outputs=[output])
    monkeypatch.syspath_prepend(str(tmp_path))
    module = import_module(name)
    model = module.bind(**example_data(problem, {"n": 9, "m": 4}), backend="numpy")
    result = module.solve(model, rng.standard_normal(model.size), max_iterations=2)
    assert result.success or result.nit == 2


@pytest.mark.parametrize("outputs", [["energies"], "gradient", ["jvp", "J"]])
def test_an_output_that_is_none_is_named(outputs: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outputs: expected names among energy, residual"):
        nz.generate(PROBLEMS["seed"], tmp_path / "x", outputs=outputs)  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()


def test_a_numpy_program_imports_what_its_only_function_names() -> None:
    (n,) = nz.dims("n")
    G, D = nz.sparse("G", n, n), nz.dense("D", n, n)
    problem = nz.Problem(nz.total(nz.softplus(D)) * nz.total(G), wrt=G)
    model = problem.bind(G=nz.Pattern(([0, 1], [0, 0]), (2, 2)), D=np.eye(2), backend="numpy")
    assert model.energy(np.ones(2)) == pytest.approx(2 * np.logaddexp(0, np.eye(2)).sum())
