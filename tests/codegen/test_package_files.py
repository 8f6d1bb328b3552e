"""The files of a package: whole or refused, whatever happened to them; those of others stay."""

import errno
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.codegen.package import folder as package_folder
from nzdiff.codegen.package.write import differences, generate, package_texts
from nzdiff.demo.run import imported
from nzdiff.runtime.data.files import write_whole

n, m, k = nz.dims("n m k")
B, X, G = nz.dense("B", m, k), nz.dense("X", n, k), nz.sparse("G", n, m)
FIRST = nz.Problem(nz.sumsq(G * B - X), wrt=G, name="pk")
SECOND = nz.Problem(nz.sumsq(nz.hadamard(X, G * B) - X) + nz.sumsq(G), wrt=G, name="pk")
SIZES = {"n": 5, "m": 3, "k": 4}
DATA = {"B": np.ones((3, 4)), "X": np.full((5, 4), 0.5)}
FILES = [
    *("DERIVATION.md", "__init__.py", "kernel.c", "kernel.py", "kernels.h"),
    *("second_order.c", "second_order.py", "spec.json"),
]


@pytest.fixture(scope="module")
def texts() -> tuple[dict[str, str], dict[str, str]]:
    """The files of two packages of one name."""
    return package_texts(FIRST, sizes=SIZES), package_texts(SECOND, sizes=SIZES)


@pytest.fixture
def package(texts: tuple[dict[str, str], dict[str, str]], tmp_path: Path) -> Path:
    """The first package, written."""
    return written(texts[0], tmp_path / "pk")


def written(files: dict[str, str], folder: Path) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    return folder


def energies(module: ModuleType) -> list[float]:
    bound = [
        module.bind(**DATA, G=nz.Pattern.full((5, 3)), backend=backend)
        for backend in ("c", "numpy")
    ]
    return [model.energy(np.arange(15.0)) for model in bound]


def refused(folder: Path, *needles: str) -> None:
    with pytest.raises(ImportError, match="nzdiff generate FILE --out") as caught:
        imported(folder)
    assert all(needle in str(caught.value) for needle in needles), str(caught.value)


def test_a_package_has_the_files_of_this_test(package: Path) -> None:
    assert sorted(path.name for path in package.iterdir()) == sorted(FILES)
    assert energies(imported(package)) == [8765.0, 8765.0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_package_is_refused(
    name: str, package: Path, texts: tuple[dict[str, str], dict[str, str]]
) -> None:
    (package / name).write_text(texts[1][name], encoding="utf-8")
    refused(package)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_or_damaged_is_named(name: str, package: Path) -> None:
    whole = (package / name).read_bytes()
    half, flipped = whole[: len(whole) // 2], bytearray(whole)
    flipped[whole.index(b"Written by")] ^= 1
    for content in (bytes(flipped), half, b"", b"\xff\xfe\x00"):
        (package / name).write_bytes(content)
        if name != "__init__.py" or content == flipped:  # an empty __init__ looks at nothing
            refused(package, name)
    (package / name).unlink()
    if name != "__init__.py":
        refused(package, name)


def test_an_init_without_its_end_is_refused(package: Path) -> None:
    init = package / "__init__.py"
    text = init.read_text(encoding="utf-8")
    for end in ("\n\ndef bind", "    given = {", "    return"):
        init.write_text(text.partition(end)[0] + ("pass" if end == "    given = {" else ""))
        with pytest.raises((ImportError, SyntaxError)) as caught:
            imported(package)
        assert isinstance(caught.value, SyntaxError) or "nzdiff generate" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "3", '{"digest": 1, "files": []}', "[" * 100_000, '{"a": NaN}']
)
def test_a_spec_that_is_none_is_refused(text: str, package: Path) -> None:
    (package / "spec.json").write_text(text)
    refused(package, "spec.json")


def test_names_in_a_manifest_lead_nowhere_else(package: Path) -> None:
    spec = json.loads((package / "spec.json").read_text(encoding="utf-8"))
    spec["files"]["../thesis.tex"] = "0" * 32
    (package / "spec.json").write_text(json.dumps(spec))
    refused(package, "plain names of files")


def test_a_package_of_a_version_without_digests_is_refused(package: Path) -> None:
    init = package / "__init__.py"
    digest = json.loads((package / "spec.json").read_text(encoding="utf-8"))["digest"]
    init.write_text(init.read_text(encoding="utf-8").replace(f', "{digest}"', ""))
    refused(package)
    generate(FIRST, package, sizes=SIZES)
    assert energies(imported(package)) == [8765.0, 8765.0]


def test_a_copy_and_other_line_ends_run(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copied" / "elsewhere"
    copy.mkdir(parents=True)
    for path in package.iterdir():
        (copy / path.name).write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert energies(imported(copy)) == [8765.0, 8765.0]


def test_what_was_imported_runs_on_after_its_files_were_exchanged(package: Path) -> None:
    module = imported(package)
    generate(SECOND, package, sizes=SIZES)
    assert energies(module) == [8765.0, 8765.0]
    assert energies(imported(package)) == [3105.0, 3105.0]


KILLED = """
import os, sys
from pathlib import Path
from test_package_files import FIRST, SECOND, SIZES, package_texts
from nzdiff.codegen.package import folder
old, new = package_texts(FIRST, sizes=SIZES), package_texts(SECOND, sizes=SIZES)
calls, last = -1000, 0
os.fsync = lambda handle: None
def end_at(event, arguments):
    global calls
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
        calls += 1
        if calls == last:
            os._exit(9)
sys.addaudithook(end_at)
for last in range(1, 1000):
    child = os.fork()
    if not child:
        target = Path(sys.argv[1]) / str(last) / "pk"
        folder.exchange(target, old) if "over" in sys.argv else None
        calls = 0
        folder.exchange(target, new)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(last)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.slow
@pytest.mark.parametrize("how", ["over", "anew"])
def test_a_run_that_is_killed_leaves_a_package_whole_or_refused_and_is_no_obstacle(
    how: str,
    tmp_path: Path,
    texts: tuple[dict[str, str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # nobody pulls the plug here
    command = [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path), how]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    last = int(done.stdout)
    assert last > 2 * len(FILES)
    found = set()
    for at in range(1, last):
        target = tmp_path / str(at) / "pk"
        if (target / "__init__.py").exists():
            try:
                found.add(imported(target).SPEC.formula)
            except ImportError as error:
                found.add("refused: nzdiff generate" * ("nzdiff generate" in str(error)))
        if target.parent.exists():
            package_folder.check_folder(target, "pk", FILES, force=False)
        package_folder.exchange(target, texts[0])
        assert sorted(p.name for p in target.iterdir() if p.name != "__pycache__") == sorted(FILES)
        assert imported(target).SPEC.formula == "‖G B − X‖²"
    whole = {"‖G B − X‖²"} if how == "over" else set()
    assert found == {*whole, "refused: nzdiff generate", "‖X ∘ (G B) − X‖² + ‖G‖²"}


@pytest.mark.parametrize("at", range(1, len(FILES) + 1))
def test_a_full_disk_changes_nothing(
    at: int, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in package.iterdir()}
    calls: list[Path] = []

    def full(path: Path, content: bytes, *, durable: bool = False) -> None:
        calls.append(path)
        if len(calls) == at:
            path.write_bytes(content[:10])
            raise OSError(errno.ENOSPC, "no space left on device")
        write_whole(path, content, durable=durable)

    monkeypatch.setattr("nzdiff.codegen.package.folder.write_whole", full)
    with pytest.raises(OSError, match="no space"):
        generate(SECOND, package, sizes=SIZES)
    assert {path.name: path.read_bytes() for path in package.iterdir()} == before


def test_two_that_write_at_once_leave_one_package_whole(
    package: Path, texts: tuple[dict[str, str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(package_folder.exchange, package), texts * 20))
    assert energies(imported(package)) in ([8765.0] * 2, [3105.0] * 2)
    assert not list(package.glob(".*"))


def test_files_of_others_stay_whatever_they_say(package: Path) -> None:
    mine = "# calls the kernels Written by nzdiff, see kernel.c\nX = 1\n"
    header = (package / "kernel.py").read_text(encoding="utf-8")
    (package / "wrapper.py").write_text(mine)
    (package / "copied.py").write_text(header, encoding="utf-8")
    (package / "data").mkdir()
    (package / "data" / "kernel.c").write_text(mine)
    generate(SECOND, package, sizes=SIZES, outputs=["energy"])
    assert (package / "wrapper.py").read_text() == mine
    assert (package / "copied.py").read_text(encoding="utf-8") == header
    assert (package / "data" / "kernel.c").read_text() == mine
    assert differences(SECOND, package, sizes=SIZES, outputs=["energy"]) == ()


def test_files_that_are_no_longer_generated_go_unless_somebody_changed_them(package: Path) -> None:
    changed = "/* my own */\n" + (package / "second_order.c").read_text(encoding="utf-8")
    (package / "second_order.c").write_text(changed, encoding="utf-8")
    states = {d.file.name: d.state for d in differences(FIRST, package, sizes=SIZES, outputs=[])}
    assert states["second_order.py"] == states["second_order.c"] == "not generated"
    generate(FIRST, package, sizes=SIZES, outputs=[])
    assert not (package / "second_order.py").exists()
    assert (package / "second_order.c").read_text(encoding="utf-8") == changed


def test_a_file_of_others_with_a_name_that_is_needed_is_kept(package: Path) -> None:
    generate(FIRST, package, sizes=SIZES, outputs=[])
    (package / "second_order.py").write_text("mine\n")
    with pytest.raises(FileExistsError, match=r"second_order\.py.*--force"):
        generate(FIRST, package, sizes=SIZES)
    generate(FIRST, package, sizes=SIZES, force=True)
    assert energies(imported(package)) == [8765.0, 8765.0]


def test_the_package_of_another_problem_asks_for_force(package: Path) -> None:
    other = nz.Problem(nz.sumsq(G), wrt=G, name="other")
    with pytest.raises(FileExistsError, match=r"package of other, found that of pk;.*force=True"):
        generate(other, package, sizes={"n": 5, "m": 3})
    assert differences(FIRST, package, sizes=SIZES) == ()
    generate(other, package, sizes={"n": 5, "m": 3}, force=True)
    assert imported(package).SPEC.name == "other"


def test_a_package_with_its_spec_lost_is_written_anew(package: Path) -> None:
    (package / "spec.json").unlink()
    with pytest.raises(FileExistsError, match="found that of pk"):
        generate(nz.Problem(nz.sumsq(G), wrt=G, name="other"), package)
    generate(FIRST, package, sizes=SIZES)
    assert energies(imported(package)) == [8765.0, 8765.0]


def test_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    generate(FIRST, tmp_path, sizes=SIZES)  # what is hidden is no reason
    code = tmp_path / "code"
    code.mkdir()
    (code / "__init__.py").write_text("# uses the kernels Written by nzdiff\n")
    with pytest.raises(FileExistsError, match=r"__init__\.py"):
        generate(FIRST, code, sizes=SIZES)
    assert [path.name for path in code.iterdir()] == ["__init__.py"]
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError, match="found a file"):
        generate(FIRST, tmp_path / "file", sizes=SIZES)


@pytest.mark.parametrize("name", ["class", "my-package", "2d", "a b", "None"])
def test_a_folder_that_python_cannot_import_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a package is imported by the name of its folder"):
        generate(FIRST, tmp_path / name, sizes=SIZES)
    assert not (tmp_path / name).exists()


def test_a_stale_file_that_somebody_removed_meanwhile_is_no_obstacle(tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    (staging / "kernel.c").write_text("new")
    (tmp_path / "old.c").write_text("old")
    package_folder._take_places(staging, tmp_path, ["kernel.c"], ["gone.c", "old.c"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kernel.c", "staging"]


@pytest.mark.parametrize("size", [0, -1, 2**63, 1.0, True])
def test_sizes_that_no_array_has_are_named(size: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"sizes: n: expected a whole number > 0 and < 2⁶³, got"):
        generate(FIRST, tmp_path / "pk", sizes={**SIZES, "n": size})  # type: ignore[dict-item]
