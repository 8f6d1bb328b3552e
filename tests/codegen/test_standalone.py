"""Packages that stand alone: they run where nzdiff is not, beside each other and beside nzdiff."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.codegen.package import standalone
from nzdiff.codegen.package.folder import STAGING, check_folder, exchange
from nzdiff.codegen.package.write import differences, generate, package_texts
from nzdiff.demo.run import imported
from nzdiff.runtime.data.files import write_whole
from test_package_files import DATA, FIRST, SECOND, SIZES

ROOT = Path(__file__).resolve().parents[2]
Texts = dict[str, str]
S = nz.sparse("S", *nz.dims("n n"))
ABSENT = (
    *("jinja2", "lark", "markupsafe", "matplotlib", "mpmath", "nzdiff", "pydantic", "rich"),
    *("sympy", "threadpoolctl", "typer"),
)
"""What no package that stands alone may need."""
BLOCKED = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
"""
NUMBERS = """
import json
import numpy as np
def numbers(package):
    found = []
    for backend in ("c", "numpy"):
        data = {"B": np.ones((3, 4)), "X": np.full((5, 4), 0.5)}
        model = package.bind(**data, G=package.Pattern.full((5, 3)), backend=backend)
        g, v = np.linspace(0.1, 1.0, 15), np.linspace(-1.0, 1.0, 15)
        result = package.solve(model, g)
        found.append([model.energy(g), *model.gradient(g), *(model.hessian(g) @ v)])
        found.append([result.fun, *result.x, result.nit, model.backend])
    return found
"""


@pytest.fixture(scope="module")
def texts() -> tuple[Texts, Texts]:
    """The files of two packages."""
    first, second = (package_texts(p, sizes=SIZES, standalone=True) for p in (FIRST, SECOND))
    return first, second


@pytest.fixture(scope="module")
def plain() -> Texts:
    """The files of the first one as it is where nzdiff is installed."""
    return package_texts(FIRST, sizes=SIZES)


@pytest.fixture(scope="module")
def folder(
    texts: tuple[Texts, Texts], plain: Texts, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the packages pk_first and pk_second, and pk_plain, which needs nzdiff."""
    home = tmp_path_factory.mktemp("alone")
    for name, files in zip(("pk_first", "pk_second"), texts, strict=True):
        put(files, home / name)
    put(plain, home / "pk_plain")
    return home


def put(files: Texts, target: Path) -> None:
    for name, text in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(text.encode())


def python(code: str, cwd: Path, executable: str = sys.executable) -> Any:
    """What code prints as JSON, in a new interpreter, where a warning is an error."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [executable, "-W", "error", "-c", code]
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def numbers(package: ModuleType) -> Any:
    names: dict[str, Any] = {}
    exec(NUMBERS, names)
    return names["numbers"](package)


@pytest.fixture
def modules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """The three packages, imported."""
    monkeypatch.syspath_prepend(folder)
    names = ("pk_first", "pk_second", "pk_plain")
    yield [import_module(name) for name in names]
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]


def statements(texts: Texts) -> Iterator[tuple[str, ast.stmt]]:
    """Every import of the modules of a package."""
    for name, text in texts.items():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield name, node


@pytest.fixture(scope="module")
def unsolved() -> Texts:
    """The files of the first one without `solve`."""
    return package_texts(FIRST, sizes=SIZES, standalone=True, solve=False)


@pytest.mark.parametrize("solve", [True, False])
def test_every_import_is_of_python_numpy_scipy_or_of_a_file_in_the_package(
    texts: tuple[Texts, Texts], unsolved: Texts, solve: bool
) -> None:
    package = texts[0] if solve else unsolved
    files, others = {Path(name) for name in package}, set()
    for name, node in statements(package):
        if isinstance(node, ast.Import):
            others |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            others.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            home = Path(name).parents[node.level - 1].joinpath(*(node.module or "").split("."))
            for alias in node.names:
                found = (home / f"{alias.name}.py", home.with_suffix(".py"), home / "__init__.py")
                assert files & set(found), f"{name}: {ast.unparse(node)}"
    assert others - sys.stdlib_module_names == {"numpy", "scipy"}


def test_no_text_that_is_run_names_a_module_of_nzdiff(texts: tuple[Texts, Texts]) -> None:
    """Texts are not followed, nor made relative: `resources.files("nzdiff.runtime")` would fail."""
    for name, text in texts[0].items():
        if name.endswith(".py"):
            tree = ast.parse(text)
            said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    words = node.value.strip()
                    assert id(node) in said or not words.startswith("nzdiff.") or " " in words, name


def test_every_c_source_of_the_runtime_that_is_read_lies_in_the_package(
    texts: tuple[Texts, Texts],
) -> None:
    held = {name for name in texts[0] if name.endswith(".c") and name.startswith("_nzdiff/")}
    assert {Path(name).name for name in held} >= {"transfer.c", "tables.c", "gather.c", "loop.c"}
    for name in held:
        home = name.removeprefix("_nzdiff/")
        assert texts[0][name] == (ROOT / "src/nzdiff" / home).read_text(encoding="utf-8")


ENERGIES = [(nz.sumsq(S), False), (nz.logdet(S), True), (nz.trace(nz.expm(S)), True)]


@pytest.mark.slow
@pytest.mark.parametrize(("energy", "factorises"), ENERGIES, ids=["norm", "logdet", "expm"])
def test_what_factorises_is_there_where_a_kernel_calls_it(
    energy: Any, factorises: bool, tmp_path: Path
) -> None:
    problem = nz.Problem(energy, wrt=S, name="pk")
    files = package_texts(problem, sizes={"n": 4}, standalone=True)
    for path in ("kernel/linear_solvers.py", "kernel/fronts.c", "external/call.py"):
        assert (f"_nzdiff/runtime/{path}" in files) is factorises
    put(files, tmp_path / "pk")
    pattern, g = nz.Pattern.full((3, 3)), np.arange(9.0) + 9.0 * np.eye(3).ravel()
    for backend in ("c", "numpy"):
        model = imported(tmp_path / "pk").bind(S=pattern, backend=backend)
        known = problem.bind(S=pattern, backend=backend)
        assert np.allclose(model.gradient(g), known.gradient(g), rtol=1e-13)
        assert np.allclose(model.hessian(g).toarray(), known.hessian(g).toarray(), rtol=1e-12)


@pytest.mark.parametrize(
    ("inside", "module", "expected"),
    [
        ((), "nzdiff.solvers", "._nzdiff.solvers"),
        (("_nzdiff",), "nzdiff.pattern", ".pattern"),
        (("_nzdiff", "runtime"), "nzdiff.runtime.data.spec", ".data.spec"),
        (("_nzdiff", "runtime"), "nzdiff.runtime", "."),
        (("_nzdiff", "runtime", "kernel"), "nzdiff.pattern", "...pattern"),
        (("_nzdiff", "solvers", "run"), "nzdiff.runtime.data", "...runtime.data"),
        (("_nzdiff", "runtime", "kernel"), "nzdiff", "..."),
    ],
)
def test_imports_become_relative(inside: tuple[str, ...], module: str, expected: str) -> None:
    source = f'"""from {module} import x"""\nif 1:\n    from {module} import (\n  a as b, c)\n'
    wanted = f'"""from {module} import x"""\nif 1:\n    from {expected} import (\n  a as b, c)\n'
    assert standalone.relative(source, inside) == wanted


@pytest.mark.parametrize(
    "source",
    ["import nzdiff.pattern", "import numpy, nzdiff", "from nzdiff.x import y"],
)
def test_an_import_that_cannot_become_relative_or_leads_nowhere_is_named(source: str) -> None:
    with pytest.raises(ValueError, match=r"import nzdiff|nzdiff\.x: expected a module"):
        standalone.closure(standalone.imports_of(source))


def test_nzdiff_itself_is_no_part_of_it() -> None:
    with pytest.raises(ValueError, match=r"nzdiff\.Problem: expected a module"):
        standalone.closure(standalone.imports_of("from nzdiff import Problem"))


def test_it_requires_what_nzdiff_requires(texts: tuple[Texts, Texts]) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        ours = tomllib.load(file)["project"]
    table = tomllib.loads(texts[0]["pyproject.toml"])
    project = table["project"]
    known = [d for d in ours["dependencies"] if d.startswith(("numpy", "scipy"))]
    assert project["dependencies"] == known == sorted(standalone.LIBRARIES.values())
    assert project["requires-python"] == ours["requires-python"]
    assert (project["name"], project["version"]) == ("pk", nz.__version__)
    assert texts[0]["LICENSE"] == (ROOT / "LICENSE").read_text(encoding="utf-8")
    folders = {Path(name).parent.parts for name in texts[0] if name.endswith(".py")}
    packages = table["tool"]["setuptools"]["packages"]
    assert packages == sorted(".".join(("pk", *parts)) for parts in folders)


def test_without_nzdiff_it_gives_the_same_numbers(
    folder: Path, modules: list[ModuleType], tmp_path: Path
) -> None:
    shutil.copytree(folder / "pk_first", tmp_path / "renamed")
    code = f"{BLOCKED}\nimport renamed\n{NUMBERS}\nprint(json.dumps(numbers(renamed)))"
    assert python(code, tmp_path) == numbers(modules[2])


@pytest.mark.slow
def test_without_solve_it_holds_no_methods_and_gives_the_same_numbers(
    unsolved: Texts, texts: tuple[Texts, Texts], modules: list[ModuleType], tmp_path: Path
) -> None:
    put(unsolved, tmp_path / "pk")
    assert not [name for name in unsolved if "solvers/" in name]
    bytes_of = [sum(map(len, files.values())) for files in (unsolved, texts[0])]
    assert bytes_of[0] < 0.65 * bytes_of[1]
    package = imported(tmp_path / "pk")
    assert package.__all__ == ["SPEC", "Model", "Pattern", "bind"]
    given = {**DATA, "G": nz.Pattern.full((5, 3))}
    g, v = np.linspace(0.1, 1.0, 15), np.linspace(-1.0, 1.0, 15)
    found, known = package.bind(**given), modules[0].bind(**given)
    assert (found.energy(g), *(found.hessian(g) @ v)) == (known.energy(g), *(known.hessian(g) @ v))
    assert np.array_equal(found.hessian(g).toarray(), known.hessian(g).toarray())
    assert differences(FIRST, tmp_path / "pk", sizes=SIZES, standalone=True, solve=False) == ()


def test_two_of_them_and_nzdiff_share_a_program(modules: list[ModuleType]) -> None:
    first, second, plain = modules
    alone = numbers(plain)
    models = [package.bind(**DATA, G=nz.Pattern.full((5, 3))) for package in modules]
    assert [m.energy(np.arange(15.0)) for m in models] == [8765.0, 3105.0, 8765.0]
    assert numbers(second) != numbers(first) == alone
    assert first.Pattern is not second.Pattern is not nz.Pattern
    mixed = second.bind(**DATA, G=first.Pattern.full((5, 3)).lower())
    assert type(mixed.patterns[0]) is second.Pattern
    assert nz.solve(models[0], np.ones(15)).fun == first.solve(models[2], np.ones(15)).fun


def test_it_is_compared_file_by_file(tmp_path: Path, texts: tuple[Texts, Texts]) -> None:
    target = tmp_path / "pk"
    exchange(target, texts[0])
    assert differences(FIRST, target, sizes=SIZES, standalone=True) == ()
    (target / "_nzdiff/pattern.py").write_text("changed\n")
    (target / "_nzdiff/runtime/bind.py").unlink()
    found = differences(FIRST, target, sizes=SIZES, standalone=True)
    states = {each.file.relative_to(target).as_posix(): each.state for each in found}
    assert states == {"_nzdiff/pattern.py": "changed", "_nzdiff/runtime/bind.py": "missing"}


def test_it_becomes_a_plain_package_by_force_and_files_of_others_stay(
    tmp_path: Path, texts: tuple[Texts, Texts], plain: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    target = tmp_path / "pk"
    exchange(target, texts[0])
    (target / "_nzdiff/solvers/mine.py").write_text("mine\n")
    (target / "_nzdiff/pattern.py").write_text("changed\n")
    for write in (differences, generate):
        with pytest.raises(FileExistsError, match="found one that stands alone; add --standalone"):
            write(FIRST, target, sizes=SIZES)
    generate(FIRST, target, sizes=SIZES, force=True)
    left = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    assert left == {*plain, *LEFT}
    assert imported(target).SPEC.name == "pk"


LEFT = {"_nzdiff/solvers/mine.py", "_nzdiff/pattern.py"}


@pytest.mark.parametrize("path", ["_nzdiff/pattern.py", "pyproject.toml"])
@pytest.mark.parametrize("there", ["nothing", "a plain package"])
def test_files_of_others_in_its_place_are_refused(
    path: str, there: str, tmp_path: Path, texts: tuple[Texts, Texts], plain: Texts
) -> None:
    target = tmp_path / "pk"
    put({path: "mine"} | (plain if there != "nothing" else {}), target)
    with pytest.raises(FileExistsError, match=r"other files .*write .*_nzdiff/.* with --force"):
        check_folder(target, "pk", texts[0], force=False)


def test_a_full_disk_changes_nothing(
    tmp_path: Path, texts: tuple[Texts, Texts], plain: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, calls = tmp_path / "pk", 0
    put(plain, target)

    def full(path: Path, content: bytes, *, durable: bool = False) -> None:
        nonlocal calls
        calls += 1
        if calls == 100:
            raise OSError(28, "no space left on device")
        write_whole(path, content)

    monkeypatch.setattr("nzdiff.codegen.package.folder.write_whole", full)
    with pytest.raises(OSError, match="no space"):
        exchange(target, texts[0])
    assert sorted(p.name for p in target.rglob("*")) == sorted(plain)


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 100, -1])
def test_what_is_ended_between_the_renames_is_refused_until_it_is_written_anew(
    at: int, tmp_path: Path, texts: tuple[Texts, Texts], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    target, rename, renamed = tmp_path / "pk", Path.replace, list[Path]()
    last = at % len(texts[1])
    put(texts[0], target)

    def ended(path: Path, to: Path) -> Path:
        if STAGING not in str(to):
            renamed.append(to)
            if len(renamed) > last:
                raise KeyboardInterrupt
        return rename(path, to)

    monkeypatch.setattr(Path, "replace", ended)
    with pytest.raises(KeyboardInterrupt):
        exchange(target, texts[1])
    monkeypatch.setattr(Path, "replace", rename)
    assert (renamed[0].name, renamed[-1].name == "spec.json") == ("__init__.py", at == -1)
    with pytest.raises(ImportError, match=r"not a whole package .*--standalone"):
        imported(target)
    exchange(target, texts[1])
    assert imported(target).SPEC.name == "pk"
    assert not list(target.glob(".*"))


@pytest.mark.parametrize("path", ["_nzdiff", "_nzdiff/runtime", "_nzdiff/pattern.py", "spec.json"])
def test_what_cannot_be_replaced_is_named_before_anything_is_written(
    path: str, tmp_path: Path, texts: tuple[Texts, Texts]
) -> None:
    target, is_file = tmp_path / "pk", not path.endswith((".py", ".json"))
    put({path if is_file else f"{path}/mine": "mine"}, target)
    with pytest.raises(FileExistsError, match=rf"{path}: expected a .*move it away"):
        check_folder(target, "pk", texts[0], force=True)


def test_half_of_another_one_is_refused(tmp_path: Path, texts: tuple[Texts, Texts]) -> None:
    target = tmp_path / "pk"
    put(texts[0], target)
    (target / "spec.json").write_text(texts[1]["spec.json"], encoding="utf-8")
    with pytest.raises(ImportError, match=r"anew by: nzdiff generate FILE .*--standalone"):
        imported(target)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment of its own, with NumPy and SciPy and nothing else."""
    home = tmp_path_factory.mktemp("empty")
    venv.create(home / "env", with_pip=False)
    (site,) = (home / "env").glob("lib/python*/site-packages")
    for name in ("numpy", "scipy"):
        found = Path(str(import_module(name).__file__)).parent
        for path in (found, found.with_name(f"{name}.libs")):
            if path.exists():
                (site / path.name).symlink_to(path)
    return str(home / "env/bin/python")


@pytest.mark.slow
def test_in_an_empty_environment_it_gives_the_same_numbers(
    empty: str, folder: Path, modules: list[ModuleType], tmp_path: Path
) -> None:
    shutil.copytree(folder / "pk_first", tmp_path / "pk_first")
    code = f"import pk_first, sys\n{NUMBERS}\nprint(json.dumps(numbers(pk_first)))"
    assert python(code, tmp_path, empty) == numbers(modules[2])
    known = "import json, importlib.util as u; print(json.dumps([n for n in %r if u.find_spec(n)]))"
    assert python(known % (ABSENT,), tmp_path, empty) == []


@pytest.mark.slow
def test_it_is_installed_as_a_wheel_of_its_own(
    empty: str,
    folder: Path,
    modules: list[ModuleType],
    texts: tuple[Texts, Texts],
    tmp_path: Path,
) -> None:
    shutil.copytree(folder / "pk_first", tmp_path / "tree")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "tree"]
    subprocess.run([sys.executable, *build], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("pk-*.whl")
    site = tmp_path / "site"
    install = ["-m", "pip", "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    held = {p.relative_to(site / "pk") for p in (site / "pk").rglob("*") if p.suffix != ".pyc"}
    left_out = {Path("pyproject.toml")}
    there = {Path(name) for name in texts[0]}
    assert {path for path in held if (site / "pk" / path).is_file()} == there - left_out
    code = f"import pk\n{NUMBERS}\nprint(json.dumps(numbers(pk)))"
    assert python(code, site, empty) == numbers(modules[2])
    assert list(site.glob("pk-*.dist-info/licenses/LICENSE"))


STRICT = """
[mypy]
strict = true
[mypy-scipy.*]
ignore_missing_imports = true
"""


@pytest.mark.slow
def test_it_and_what_uses_it_are_clean_under_strict_mypy(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    shutil.copytree(folder / "pk_first", tmp_path / "pk_first")
    lines = ["from pk_first import Model, Pattern, bind, solve"]
    lines += ["model: Model = bind(B=1, X=2, G=Pattern.full((5, 3)))"]
    lines += ["solve(model, model.gradient([0.0] * model.size)).status.success"]
    (tmp_path / "use.py").write_text("\n".join(lines))
    (tmp_path / "mypy.ini").write_text(STRICT)
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "pk_first", "use.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.partition(" found")[0]) == (0, "Success: no issues")
    (tmp_path / "use.py").write_text("\n".join([*lines, "model.grad(1)"]))
    wrong = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert '"Model" has no attribute "grad"' in wrong.stdout
