"""Which tests execute a line, fastest first: from a recorded run of all tests.

The record is made by `pytest --cov --cov-context=test --junitxml=.coverage-times.xml`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from mutation.python_faults import Fault

TIMES = ".coverage-times.xml"
RECORD = ("--cov", "--cov-context=test", "--cov-report=", f"--junitxml={TIMES}")
CONCERNED = {
    "codegen/emit/targets/c/kernels/sparse/": (
        "codegen/test_panels",
        "codegen/test_kernels",
        "codegen/test_backends",
    ),
    "codegen/emit/targets/c/kernels/": ("codegen/test_kernels", "codegen/test_backends"),
    "codegen/emit/targets/c/": (
        "codegen/test_scalars",
        "codegen/test_generated",
        "codegen/test_backends",
        "codegen/test_kernels",
    ),
    "codegen/c_interface/": ("codegen/c_interface/test_c_interface",),
    "codegen/unroll/": ("codegen/test_batch",),
    "codegen/emit/targets/": (
        "codegen/test_generated",
        "codegen/test_backends",
        "codegen/test_targets",
    ),
    "codegen/package/": ("codegen/test_generated",),
    "src/nzdiff/runtime/assembly/": ("runtime/test_assembly", "solvers/test_covariance"),
    "src/nzdiff/runtime/kernel/tables": ("runtime/test_listing",),
    "src/nzdiff/runtime/kernel/backends/": ("runtime/test_model", "codegen/test_backends"),
    "src/nzdiff/solvers/methods/lbfgs/": ("solvers/test_lbfgs_loop", "solvers/test_solve"),
}
"""The files of tests whose C and templates these are: no record says which of their lines ran."""
KEPT = {
    "codegen/": ("codegen/test_price", "codegen/test_generated"),
    "src/nzdiff/solvers/methods/": ("solvers/test_trajectories",),
}
"""The tests against tables, by layer: they notice what a cache hides from the record."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test by its node id, and the seconds that it took."""

    name: str
    seconds: float

    @property
    def file(self) -> str:
        """The file in which it stands."""
        return self.name.partition("::")[0]


class Record:
    """What a recorded run knows of some files; read before any fork: a fork empties the record."""

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        """Read the record in a folder; a sentence on how to make it where there is none."""
        from coverage import CoverageData

        data = CoverageData(str(root / ".coverage"))
        if not (root / TIMES).is_file() or not Path(data.data_filename()).is_file():
            raise SystemExit(f"no record of the tests: run `pytest {' '.join(RECORD)}` before")
        data.read()
        measured = {name: str(Path(name).resolve()) for name in data.measured_files()}
        self._tests: dict[str, Test] = {}
        for times in sorted(root.glob(TIMES.replace(".xml", "*.xml"))):
            self._tests |= _timed(times)
        self._lines: dict[str, dict[int, list[str]]] = {}
        for file in set(files):
            lines = self._lines[file] = defaultdict[int, list[str]](list)
            for name in (name for name, path in measured.items() if path.endswith(f"/{file}")):
                for line, contexts in data.contexts_by_lineno(name).items():
                    lines[line] += contexts
        data.close()

    def tests(self, fault: Fault) -> list[Test]:
        """The tests that execute the line of a fault, fastest first; none where none does."""
        if not fault.file.endswith(".py"):
            return self._concerned(fault)
        lines = self._lines[fault.file]
        found = {name for n in range(fault.line, fault.last + 1) for name in lines.get(n, ())}
        if (
            "" in found or fault.function == "module"
        ):  # it runs when the module is imported: whoever runs anything of it
            found = {name for names in lines.values() for name in names}
        known = {name.rpartition("|")[0] for name in found} & self._tests.keys()
        return sorted((self._tests[name] for name in known), key=lambda t: (t.seconds, t.name))

    def kept(self, fault: Fault) -> list[Test]:
        """The tests of its layer that compare with a table, fastest first."""
        files = next((KEPT[part] for part in KEPT if fault.file.startswith(part)), ())
        names = [f"tests/{file}.py" for file in files]
        found = (test for test in self._tests.values() if test.file in names)
        return sorted(found, key=lambda test: (test.seconds, test.name))

    def _concerned(self, fault: Fault) -> list[Test]:
        files = next((CONCERNED[part] for part in CONCERNED if fault.file.startswith(part)), ())
        names = [f"tests/{file}.py" for file in files]
        chosen = [test for test in self._tests.values() if test.file in names]
        named = [test for test in chosen if Path(fault.file).stem in test.name]
        return sorted(chosen, key=lambda t: (t not in named, names.index(t.file), t.seconds))


def _timed(file: Path) -> dict[str, Test]:
    """The tests that passed, by node id."""
    found = {}
    for case in ET.parse(file).iter("testcase"):
        if (
            case.find("failure") is None
            and case.find("error") is None
            and case.find("skipped") is None
        ):
            *folders, name = case.get("classname", "").split("."), case.get("name", "")
            path = f"{'/'.join(folders[0])}.py::{name}"
            found[path] = Test(path, float(case.get("time", 0.0)))
    return found
