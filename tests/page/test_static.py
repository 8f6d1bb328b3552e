"""The page as files, with nzdiff in the browser.  npm has no NumPy: proofs are not tried here."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.page.build import build
from docs.page.modules import members
from nzdiff.page.answer import answer

QUESTIONS = [
    {"energy": "norm2(X - Y*G'*L*G*B)^2", "wrt": "G", "sparse": "G L"},
    {"energy": "sum(log(1 + exp(-y.*(A*w)))) + mu*norm2(w)^2/2", "wrt": "w"},
    {"energy": "tr(S*Q) - logdet(Q)", "wrt": "Q", "sparse": "Q", "symmetric": "Q S"},
    {"energy": "sum(max(A*x, 0)) + norm1(x) + huber(x, 2)", "wrt": "x"},
    {"energy": "tr(expm(A)*B) + tr(lyap(A, Q))", "wrt": "A"},
    {"energy": "norm2(vec(kron(A, B)*X))^2", "wrt": "A B"},
    {"energy": "(A*X + X'*A')*[b, c; d, e]", "wrt": "X"},
    {"energy": "det(A)^2/norm2(A)", "wrt": "A"},
    {"energy": "norm2(A*x - ", "wrt": "x"},
]
LARGEST = 18_000_000
OURS_LEFT_OUT = ("/cli.py", "/server.py", "/child.py", "/solve.py")


@pytest.mark.slow
def test_the_archive_holds_what_a_derivation_imports_and_no_tests() -> None:
    names = members()
    assert {"nzdiff/page/answer.py", "sympy/core/add.py", "nzdiff/derive/show/style.css"} <= set(
        names
    )
    assert {"nzdiff/codegen/compile.py", "nzdiff/derive/proof/proof.py", "threadpoolctl.py"} <= set(
        names
    )
    assert not [name for name in names if "/tests/" in name or name.endswith(OURS_LEFT_OUT)]


@pytest.mark.parametrize(
    ("lay", "said"),
    [("other.txt", "expected an empty folder"), (None, "lacks pyodide.mjs")],
)
def test_a_folder_that_does_not_fit_is_refused(tmp_path: Path, lay: str | None, said: str) -> None:
    out, empty = tmp_path / "out", tmp_path / "empty"
    out.mkdir()
    empty.mkdir()
    if lay:
        (out / lay).write_text("mine")
    with pytest.raises(OSError, match=said):
        build(out, pyodide=empty)
    assert not lay or (out / lay).read_text() == "mine"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for program in ("npm", "node"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    out: Path = tmp_path_factory.mktemp("page") / "site"
    try:
        build(out)
    except RuntimeError as error:
        if "npm failed" not in str(error):
            raise
        pytest.skip(f"Pyodide cannot be fetched: {error}")
    return out


@pytest.fixture(scope="module")
def url(folder: Path, hosted: Any) -> Iterator[str]:
    with hosted(folder) as address:
        yield address


@pytest.fixture(scope="module")
def page(chromium: Any, url: str) -> Iterator[Any]:
    """The page, loaded, with no network but its own host."""
    context = chromium.new_context(viewport={"width": 400, "height": 900})
    context.route("https://**", lambda route: route.abort())
    opened = context.new_page()
    opened.set_default_timeout(180_000)
    opened.goto(url)
    opened.wait_for_selector("#document h2")
    yield opened
    context.close()


@pytest.mark.slow
def test_the_folder_is_small_and_compiled(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= LARGEST
    with zipfile.ZipFile(folder / "nzdiff.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".py")]
    offline = (folder / "offline.js").read_text().splitlines()
    kept = json.loads(offline[1].removeprefix("const FILES = ").removesuffix(";"))
    names = {path.relative_to(folder).as_posix() for path in files}
    assert set(kept) == names - {"offline.js"}


@pytest.mark.slow
@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["energy"])
@pytest.mark.parametrize("wanted", ["names", "derivation", "file"])
def test_a_browser_answers_as_this_machine_does(
    page: Any, asked: dict[str, str], wanted: str
) -> None:
    asked = {**asked, "wanted": wanted}
    found = page.evaluate("async (asked) => (await import('./transport.js')).ask(asked)", asked)
    assert found == answer(asked)


@pytest.mark.slow
def test_what_is_typed_is_derived(page: Any) -> None:
    page.fill("#energy", "norm2(A*x - b)^2")
    page.wait_for_selector("#unknown-x")
    page.check("#unknown-x")
    page.wait_for_selector("#status:has-text('derived')")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.click("#tab-verdict")
    page.fill("#claim", "2*A'*(A*x - b)")
    page.click("#check")
    page.wait_for_selector("#outcome .error")
    assert "numpy and scipy cannot be loaded from https://" in page.inner_text("#outcome")
    page.click("#tab-derivation")


@pytest.mark.slow
def test_work_that_takes_too_long_is_stopped_and_the_next_is_done(
    chromium: Any, url: str, folder: Path
) -> None:
    transport = (folder / "transport.js").read_text()
    context = chromium.new_context(service_workers="block")
    hasty = transport.replace("const SECONDS = 60", "const SECONDS = 3")
    assert hasty != transport
    script = {"body": hasty, "content_type": "text/javascript"}
    context.route("**/transport.js", lambda route: route.fulfill(**script))
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(url)
    page.wait_for_selector("#document h2")
    energy = f"norm2({'*'.join(['X', 'A'] * 15)})^2"
    long = {"wanted": "derivation", "energy": energy, "wrt": "X"}
    ask = "async (asked) => (await import('./transport.js')).ask(asked)"
    assert "took longer than 3 s" in page.evaluate(ask, long)["error"]["message"]
    assert "names" in page.evaluate(ask, {"wanted": "names", "energy": "x'*x"})
    context.close()


@pytest.mark.slow
def test_once_loaded_it_works_without_a_network(chromium: Any, url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(url)
    page.wait_for_selector("#document h2")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    page.goto(f"{url}#energy=norm2(A*x)^2&wrt=x")
    page.reload()
    page.wait_for_selector("#document h2")
    assert page.input_value("#energy") == "norm2(A*x)^2"
    context.close()
