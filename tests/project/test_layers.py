"""Layers: data walks one way, derive → codegen → generated → runtime → solvers, without circles."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

Graph = Mapping[str, set[str]]
ROOT = Path(__file__).parents[2]
FOLDERS = {"derive": "nzdiff.derive", "codegen": "nzdiff.codegen", "generated": "nzdiff.generated"}
FOLDERS |= {"src/nzdiff": "nzdiff", "benchmarks": "benchmarks"}
MOST = 15
"""Files of one folder, beside its __init__.py, among which one finds what one looks for."""

ROOMS = {
    "derive.language": "",
    "derive.typed": "derive.language",
    "derive.calculus": "derive.language derive.calculus.identities",
    "derive.calculus.identities": "derive.language derive.calculus",
    "derive.dimensions": "derive.language derive.calculus",
    "spy": "",
    "notebook": "",
    "derive.show": "spy derive.language derive.calculus derive.calculus.identities",
    "derive.proof": "derive.language derive.calculus derive.calculus.identities derive.show "
    "pattern",
    "derive.claims": "derive.language derive.typed derive.calculus derive.proof pattern",
    "codegen.arguments": "derive.language runtime.data",
    "codegen.plan": "derive.language derive.proof runtime.data runtime.external",
    "codegen.lower": "codegen.arguments derive.language derive.calculus codegen.plan runtime.data",
    "codegen.emit": "codegen.arguments derive.language derive.calculus codegen.plan codegen.lower "
    "runtime.data",
    "codegen.emit.targets": "derive.language codegen.plan codegen.lower codegen.emit runtime.data",
    "codegen": "codegen.arguments derive.language derive.calculus codegen.plan codegen.lower "
    "codegen.emit codegen.emit.targets pattern runtime runtime.data runtime.factors runtime.kernel",
    "codegen.unroll": "codegen.arguments derive.language derive.calculus codegen codegen.plan "
    "codegen.lower codegen.emit codegen.emit.targets pattern runtime runtime.data runtime.kernel",
    "codegen.package": "memory derive.language derive.calculus derive.show codegen codegen.plan "
    "codegen.lower codegen.emit codegen.emit.targets pattern runtime runtime.data runtime.factors",
    "codegen.c_interface": "derive.calculus codegen codegen.plan codegen.emit "
    "codegen.emit.targets codegen.package runtime.data",
    "codegen.jax_package": "derive.calculus codegen codegen.emit codegen.emit.targets "
    "codegen.package runtime runtime.data runtime.factors runtime.kernel",
    "codegen.mex": "derive.language derive.calculus codegen.emit codegen.package "
    "codegen.c_interface runtime.data",
    "generated": "pattern runtime runtime.data runtime.kernel solvers",
    "indices": "",
    "memory": "",
    "beside": "",
    "pools": "",
    "arrays": "indices",
    "storage": "indices arrays memory",
    "constraints": "memory",
    "pattern": "spy indices arrays storage memory constraints",
    "runtime.data": "pattern indices arrays storage memory",
    "runtime.external": "runtime.data",
    "runtime.factors": "indices runtime.data",
    "runtime.kernel": "pattern indices arrays memory beside pools runtime.data runtime.external "
    "runtime.factors",
    "runtime.assembly": "pattern indices memory runtime.data runtime.kernel "
    "runtime.assembly.chains",
    "runtime.assembly.chains": "pattern indices memory runtime.data runtime.kernel "
    "runtime.assembly",
    "runtime": "notebook pattern arrays memory runtime.data runtime.factors runtime.kernel "
    "runtime.assembly",
    "solvers.run": "arrays beside runtime.data",
    "solvers.cones": "solvers.linear solvers.run constraints",
    "solvers.linear": "solvers.run memory beside runtime.data runtime.kernel",
    "solvers.certificate": "solvers.linear solvers.run",
    "solvers.methods": "solvers.certificate solvers.linear solvers.run memory beside runtime.data "
    "runtime.kernel",
    "solvers.report": "solvers.run notebook",
    "solvers": "pools solvers.cones solvers.methods solvers.certificate solvers.linear "
    "solvers.report solvers.run",
    "layers": "runtime",
    "verification": "notebook derive.language derive.calculus derive.proof codegen codegen.plan "
    "codegen.package runtime runtime.data runtime.kernel",
    "problem": "derive.language derive.typed derive.calculus derive.proof derive.show codegen "
    "codegen.unroll codegen.package pattern runtime verification",
    "blockwise": "arrays memory pools pattern derive.calculus derive.dimensions codegen runtime",
    "nzdiff": "problem blockwise derive.language derive.typed derive.dimensions derive.claims "
    "layers codegen.package codegen.c_interface codegen.jax_package codegen.mex pattern runtime "
    "solvers verification",
    "page": "problem derive.language derive.typed derive.calculus derive.show derive.proof "
    "derive.claims codegen codegen.plan codegen.emit codegen.emit.targets codegen.package "
    "runtime.data",
    "problem_file": "problem",
    "gallery": "nzdiff",
    "terminal": "",
    "template": "runtime.data",
    "demo.formats": "",
    "demo": "demo.formats nzdiff problem problem_file terminal verification derive.language "
    "codegen.package pattern runtime runtime.data runtime.kernel solvers",
    "commands": "problem problem_file terminal verification derive.dimensions derive.show "
    "derive.claims demo page template runtime.kernel codegen.package codegen.c_interface "
    "codegen.jax_package codegen.mex",
    "cli": "nzdiff commands terminal",
    "__main__": "cli",
    "benchmarks": "*",
}
"""The rooms that each room may import.  A longer name is a room of its own."""
LIBRARIES = {
    "sympy": "derive codegen benchmarks",
    "mpmath": "derive",
    "lark": "derive.typed",
    "numpy": "derive.proof derive.claims codegen generated memory indices arrays storage "
    "constraints pattern pools runtime layers solvers blockwise verification demo benchmarks",
    "jax": "layers runtime",
    "torch": "layers benchmarks",
    "jinja2": "codegen.emit derive.show",
    "markupsafe": "derive.show",
    "typer": "commands cli benchmarks",
    "rich": "commands demo terminal benchmarks",
    "threadpoolctl": "pools commands benchmarks",
}
"""Where each library may be imported: SciPy where NumPy is."""


def test_a_file_imports_what_its_room_may(graph: Graph) -> None:
    assert {(a, b) for a, others in graph.items() for b in others if not allowed(a, b)} == set()


def test_imports_form_no_circle(graph: Graph) -> None:
    assert circle(graph) == []


def test_arrows_against_the_direction_and_circles_are_seen() -> None:
    source = "def f():\n    from nzdiff.derive import proof"
    (other,) = imported("nzdiff.derive.calculus.problem", source, {"nzdiff.derive.proof": None})
    assert not allowed("nzdiff.derive.calculus.problem", other)
    assert list(imported("nzdiff.pattern", "import_module('nzdiff.cli')", {})) == ["nzdiff.cli"]
    assert not allowed("nzdiff.derive.language.nodes", "scipy.sparse")
    assert not allowed("nzdiff.runtime.model", "sympy")
    assert allowed(other, "nzdiff.derive.calculus.problem")
    assert sorted(set(circle({"a": {"b"}, "b": {"c", "d"}, "c": {"a"}}))) == ["a", "b", "c"]


def test_no_folder_holds_too_many_files() -> None:
    files = [path for base in FOLDERS for path in (ROOT / base).rglob("*.*") if path.is_file()]
    counts = Counter(
        str(path.parent.relative_to(ROOT))
        for path in files
        if path.suffix != ".pyc" and path.name != "__init__.py"
    )
    assert counts
    assert {name: count for name, count in counts.items() if count > MOST} == {}


@pytest.fixture(scope="module")
def graph() -> Graph:
    """What each file imports."""
    files = {module(path): path for base in FOLDERS for path in (ROOT / base).rglob("*.py")}
    return {
        name: set(imported(name, path.read_text(encoding="utf-8"), files)) - {name}
        for name, path in files.items()
    }


def module(path: Path) -> str:
    """derive/show/text.py is nzdiff.derive.show.text."""
    base = next(base for base in FOLDERS if path.is_relative_to(ROOT / base))
    parts = [*FOLDERS[base].split("."), *path.relative_to(ROOT / base).with_suffix("").parts]
    return ".".join(part for part in parts if part != "__init__")


def imported(name: str, source: str, modules: Mapping[str, object]) -> Iterator[str]:
    """What a file imports, also within functions, for type checkers alone, or by its name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = ".".join(part for part in (name * bool(node.level), node.module) if part)
            members = (f"{home}.{alias.name}" for alias in node.names)
            yield from (member if member in modules else home for member in members)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            names = (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))
            ours = ("nzdiff", "benchmarks", *LIBRARIES)  # others are optional, and asked for so
            yield from (other for other in names if other.partition(".")[0] in ours)


def allowed(name: str, other: str) -> bool:
    """Whether the tables let one module import the other."""
    library = other.partition(".")[0].replace("scipy", "numpy")
    if library in ("nzdiff", "benchmarks"):
        mine, theirs = room(name), room(other)
        return mine == theirs or ROOMS[mine] == "*" or theirs in ROOMS[mine].split()
    homes = LIBRARIES.get(library, "").split()
    return library in sys.stdlib_module_names or any(is_in(name, home) for home in homes)


def room(name: str) -> str:
    """The room of a module: the longest name that it begins with."""
    return max((room for room in ROOMS if is_in(name, room)), key=len, default=name)


def is_in(name: str, room: str) -> bool:
    return f"{name.removeprefix('nzdiff.')}.".startswith(f"{room}.")


def circle(graph: Graph) -> list[str]:
    """The files of one circle of imports; none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
