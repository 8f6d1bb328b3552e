"""What is installed: the list of packages, the archives built from it, and what an import costs."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import nzdiff as nz

ROOT = Path(__file__).resolve().parents[2]
MAPPED = ("codegen", "derive", "generated")
NOT_PACKAGED = shutil.ignore_patterns(
    ".git",
    ".venv*",
    ".*_cache",
    ".hypothesis",
    ".nox",
    "*.egg-info",
    "*.py[cod]",
    "__pycache__",
    "build",
    "dist",
)
LEAVES_OUT_SYMPY = (
    "nzdiff",
    "nzdiff.runtime",
    "nzdiff.solvers",
    "nzdiff.generated.spectral_coarsening",
)


def setuptools_table() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["tool"]["setuptools"]
    return table


def files_of_the_packages() -> dict[str, Path]:
    """The tree as the wheel must hold it: `nzdiff/derive/rules.py` -> the path of that file."""
    found: dict[str, Path] = {}
    for package, folder in setuptools_table()["package-dir"].items():
        for directory, subfolders, names in os.walk(ROOT / folder):  # does not follow the links
            subfolders[:] = [name for name in subfolders if name != "__pycache__"]
            for path in (Path(directory, name) for name in names if not name.endswith(".pyc")):
                inner = path.relative_to(ROOT / folder).as_posix()
                found[f"{package.replace('.', '/')}/{inner}"] = path
    return found


def run_python(
    *arguments: str | Path, cwd: Path, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a new interpreter with `path` first on sys.path, whatever PYTHONPATH says."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def output_of(code: str, *, cwd: Path, path: Path | None = None) -> str:
    """What `code` prints; it must succeed, and without a warning."""
    done = run_python("-W", "error", "-c", code, cwd=cwd, path=path)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_listed_packages_are_the_folders_that_hold_python_files() -> None:
    folders = {Path(name).parent for name in files_of_the_packages() if name.endswith(".py")}
    packages = sorted(".".join(folder.parts) for folder in folders)
    assert sorted(setuptools_table()["packages"]) == packages


def test_each_package_has_an_init_file() -> None:
    names = files_of_the_packages().keys()
    packages = setuptools_table()["packages"]
    missing = [p for p in packages if f"{p.replace('.', '/')}/__init__.py" not in names]
    assert missing == []


@pytest.mark.parametrize("name", MAPPED)
def test_the_links_of_the_type_checkers_are_relative(name: str) -> None:
    link = ROOT / "src/nzdiff" / name
    assert link.is_symlink()
    assert link.readlink() == Path("../..", name)


@pytest.mark.parametrize("name", MAPPED)
def test_a_bare_import_from_the_root_is_refused(name: str) -> None:
    done = run_python("-W", "error", "-c", f"import {name}", cwd=ROOT)
    assert done.returncode != 0
    assert f"ImportError: import nzdiff.{name}, not {name}" in done.stderr
    assert "Warning" not in done.stderr


DERIVES = """
import sys, nzdiff as nz
n, m = nz.dims("n m")
G = nz.sparse("G", n, m)
derivation = nz.Problem(nz.sumsq(G.T * G), wrt=G).derive()
assert derivation.show() and derivation.latex(check=False)
print({"jinja2", "numpy", "scipy"} & sys.modules.keys())

from nzdiff.page.answer import answer  # what a browser runs
for wanted in ("names", "derivation", "file"):
    assert "error" not in answer({"wanted": wanted, "energy": "norm2(A*x - b)^2", "wrt": "x"})
print({"numpy", "scipy", "typer", "rich", "threadpoolctl"} & sys.modules.keys())
"""


def test_deriving_and_showing_load_neither_numpy_nor_scipy(tmp_path: Path) -> None:
    assert output_of(DERIVES, cwd=tmp_path) == "set()\n" * 2


@pytest.mark.parametrize("module", LEAVES_OUT_SYMPY)
def test_importing_what_solves_imports_neither_sympy_nor_jinja2(
    module: str, tmp_path: Path
) -> None:
    code = f"import sys, {module}; print({{'sympy', 'jinja2'}} & sys.modules.keys())"
    assert output_of(code, cwd=tmp_path) == "set()\n"


PACKAGE = """
import sys, nzdiff.generated.approximate_inverse as package
heavy = {"numpy", "scipy", "sympy", "jinja2", "nzdiff.runtime.bind", "nzdiff.solvers"}
print(heavy & sys.modules.keys(), set(package.__all__) - set(dir(package)), package.SPEC.name)
from nzdiff.generated.approximate_inverse import Model, Pattern, bind
from scipy import sparse
print({"scipy.linalg", "scipy.sparse.csgraph", "nzdiff.solvers"} & sys.modules.keys())
model = bind(A=sparse.eye_array(3, format="csr"), M=Pattern.diagonal(3), backend="numpy")
heavy = {"sympy", "scipy.linalg", "scipy.optimize", "nzdiff.runtime.operators", "nzdiff.solvers"}
print(heavy & sys.modules.keys(), isinstance(model, Model))
from nzdiff.generated.approximate_inverse import *
from nzdiff import solvers
print(solve is solvers.solve, hasattr(package, "no_such_name"))
"""


def test_a_package_imports_what_it_needs_when_it_is_used(tmp_path: Path) -> None:
    found = output_of(PACKAGE, cwd=tmp_path).splitlines()
    assert found == ["set() set() approximate_inverse", "set()", "set() True", "True False"]


BINDS = """
import sys
import nzdiff as nz
G = nz.sparse("G", *nz.dims("n m"))
problem, pattern = nz.Problem(nz.sumsq(G), wrt=G), nz.Pattern.diagonal(3)
for _ in range(2):
    problem.bind(G=pattern)
heavy = {"jinja2", "scipy.linalg", "nzdiff.codegen.plan", "nzdiff.runtime.kernel.linear_solvers"}
print(heavy & sys.modules.keys())
"""


def test_a_bind_whose_plan_is_kept_imports_nothing_that_plans(
    empty_cache: Path, tmp_path: Path
) -> None:
    assert "jinja2" in output_of(BINDS, cwd=tmp_path)
    assert output_of(BINDS, cwd=tmp_path) == "set()\n"


def test_the_linters_of_pre_commit_are_those_of_the_dev_extra() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        dev = tomllib.load(file)["project"]["optional-dependencies"]["dev"]
    (ruff,) = (requirement for requirement in dev if requirement.startswith("ruff"))
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert hooks.count("ruff==") == hooks.count(f"[{ruff}]") > 0


def test_the_version_is_written_once_and_told_without_what_is_heavy(tmp_path: Path) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table = tomllib.load(file)
    assert "version" in table["project"]["dynamic"] and "version" not in table["project"]
    assert table["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "nzdiff.__version__"}
    heavy = ("sympy", "jinja2", "matplotlib", "scipy.optimize")
    code = f"""
import sys
from nzdiff.cli import app
try:
    app(["--version"])
except SystemExit as end:
    print(end.code, [name for name in {heavy} if name in sys.modules])
"""
    assert output_of(code, cwd=tmp_path) == f"nzdiff {nz.__version__}\n0 []\n"


@dataclass(frozen=True, slots=True)
class Archives:
    """An sdist, and the wheel that was built from it."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Build in a copy: the checkout's egg-info or build folder could hide a missing file."""
    folder = tmp_path_factory.mktemp("archives")
    shutil.copytree(ROOT, folder / "tree", symlinks=True, ignore=NOT_PACKAGED)
    arguments = ("--no-isolation", "--outdir", folder / "dist", folder / "tree")
    done = run_python("-m", "build", *arguments, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    return Archives(sdist, wheel)


@pytest.fixture(scope="session")
def installed(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel alone; the dependencies come from the running environment."""
    target = tmp_path_factory.mktemp("installed")
    arguments = ("--no-deps", "--no-index", "--target", target, archives.wheel)
    done = run_python("-m", "pip", "install", *arguments, cwd=target)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages_and_no_other(archives: Archives) -> None:
    with zipfile.ZipFile(archives.wheel) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files_of_the_packages().keys()
    assert {"nzdiff/py.typed", "nzdiff/demo/spot.obj"} <= held
    assert archives.wheel.name.startswith(f"nzdiff-{nz.__version__}-")
    assert {Path(name).suffix for name in held} >= {".c", ".j2"}


@pytest.mark.slow
def test_the_wheel_carries_the_license_and_the_command(archives: Archives) -> None:
    with zipfile.ZipFile(archives.wheel) as wheel:
        (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        assert "nzdiff = nzdiff.cli:app" in wheel.read(entry_points).decode()
        assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


@pytest.mark.slow
def test_the_sdist_holds_the_tests_and_no_folder_twice(archives: Archives) -> None:
    with tarfile.open(archives.sdist) as sdist:
        held = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"LICENSE", "README.md", "derive/__init__.py", "tests/project/test_packaging.py"} <= held
    assert {"benchmarks/__main__.py", "benchmarks/peers/by_hand/expert.c"} <= held
    links = tuple(f"src/nzdiff/{name}/" for name in MAPPED)
    assert [name for name in held if name.startswith(links)] == []


@pytest.mark.slow
def test_every_module_of_the_wheel_imports_without_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    names = sorted(
        name for name in files_of_the_packages() if name.endswith(".py") and "__main__" not in name
    )
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in names
    ]
    optional = {"jax", "torch"}
    code = "\n".join(
        [
            "import importlib, sys",
            f"for name in {modules}:",
            "    try:",
            "        importlib.import_module(name)",
            "    except ModuleNotFoundError as error:",
            f"        assert error.name.partition('.')[0] in {optional}, error",
            "for name, module in sorted(sys.modules.items()):",
            "    if name.split('.')[0] == 'nzdiff': print(module.__file__)",
        ]
    )
    files = output_of(code, cwd=tmp_path, path=installed).splitlines()
    absent = {str(installed / name) for name in names} - set(files)
    assert set(files) <= {str(installed / name) for name in names}
    assert all("jax" in Path(name).name or "torch" in Path(name).name for name in absent)


@pytest.mark.slow
def test_the_generated_package_of_the_wheel_stands_on_its_own(
    installed: Path, tmp_path: Path
) -> None:
    code = "from nzdiff.generated.spectral_coarsening import bind, solve; print(bind.__module__)"
    assert output_of(code, cwd=tmp_path, path=installed).startswith("nzdiff.")


@pytest.mark.slow
def test_the_command_of_the_wheel_explains_itself(installed: Path, tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['nzdiff', '--help']; import nzdiff.cli; nzdiff.cli.app()"
    text = output_of(code, cwd=tmp_path, path=installed)
    assert "demo" in text
    assert "generate" in text
