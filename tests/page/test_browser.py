"""The page in a real browser, asking a local server."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nzdiff.page.children import Children, Limits
from nzdiff.page.server import Server

pytestmark = pytest.mark.slow

NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea")]
  .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
  .map((e) => e.outerHTML)"""
WIDER = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(0, lambda: Children(Limits(seconds=60.0, processes=1)))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()
    made.work.close()


class Tab:
    """A tab of the browser, and what it complained of."""

    def __init__(self, chromium: Any, url: str, **options: Any) -> None:
        self.context = chromium.new_context(**options)
        self.page, self.said = self.context.new_page(), list[str]()
        self.page.set_default_timeout(120_000)
        self.page.on("console", lambda said: self.said.append(said.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(url)

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.context.close()
        assert self.said == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_an_energy_is_derived_proven_written_and_checked(
    chromium: Any, server: Server, width: int, scheme: str
) -> None:
    look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with Tab(chromium, server.url, **look) as page:
        page.wait_for_selector("#document h2")
        assert page.locator("#document math").count() > 20
        page.click("#tab-proof")
        page.wait_for_selector("#checks table")
        assert "all passed" in page.inner_text("#checks")
        page.click("#tab-code")
        page.wait_for_selector("#program table")
        assert "FUNCTION(gradient)" in page.text_content("#program")
        page.click("#tab-verdict")
        page.fill("#claim", "-2*(L*G*B*f'*Y + L*G*Y'*f*B')")
        page.click("#check")
        page.wait_for_selector("#outcome ul")
        assert "right only where L is symmetric" in page.inner_text("#outcome")
        assert page.evaluate(NAMELESS) == []
        assert page.evaluate(WIDER) <= 0


def test_a_mistake_is_shown_with_its_place(chromium: Any, server: Server) -> None:
    with Tab(chromium, server.url) as page:
        page.wait_for_selector("#document h2")
        page.fill("#energy", "norm2(A*x - b")
        page.wait_for_selector("#read .error")
        assert page.inner_text("#read").splitlines()[0].startswith("expected )")
        assert page.get_attribute("#energy", "aria-invalid") == "true"
        page.fill("#energy", "norm2(A*x - b)^2")
        page.wait_for_selector("#energy[aria-invalid='false']")
        page.wait_for_selector("#unknown-x")
        assert "choose what" in page.inner_text("#status")


def test_what_is_not_clear_can_be_declared(chromium: Any, server: Server) -> None:
    with Tab(chromium, server.url, viewport={"width": 400, "height": 900}) as page:
        page.wait_for_selector("#document h2")
        page.fill("#energy", "norm2(target_of_the_vertices - weights_of_faces_and_edges'*x)^2")
        page.wait_for_selector("#read .error")
        wider = page.locator("#read .error").evaluate("(e) => e.scrollWidth - e.clientWidth")
        assert wider <= 0
        page.select_option("#kind-weights_of_faces_and_edges", "dense")
        assert page.locator("#unknown-G").count() == 0
        assert page.evaluate(WIDER) <= 0


def test_the_keyboard_is_enough(chromium: Any, server: Server) -> None:
    with Tab(chromium, server.url) as page:
        page.wait_for_selector("#document h2")
        page.focus("#energy")
        page.keyboard.press("Control+a")
        page.keyboard.type("x'*A*x")
        page.keyboard.press("Enter")
        page.wait_for_selector("#unknown-A")
        page.focus("#unknown-A")
        page.keyboard.press("Space")
        page.wait_for_selector("#status:has-text('derived')")
        assert page.evaluate("document.activeElement.id") == "unknown-A"
        page.focus("#tab-derivation")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#checks table")
        page.keyboard.press("End")
        assert page.is_visible("#claim")
        page.focus("#claim")
        page.keyboard.type("x*x'")
        page.keyboard.press("Enter")
        page.wait_for_selector("#outcome .good")


def test_a_link_holds_what_was_typed(chromium: Any, server: Server) -> None:
    with Tab(chromium, server.url) as page:
        page.wait_for_selector("#document h2")
        page.fill("#energy", "norm2(A*x - b)^2 + λ*x'*S*x")
        page.wait_for_selector("#unknown-x")
        page.check("#unknown-x")
        page.select_option("#kind-A", "sparse")
        page.select_option("#kind-S", "sparse symmetric")
        page.fill("#rows-A", "2*q")
        page.press("#rows-A", "Enter")
        page.wait_for_selector("#document >> text=/2 q × m/")
        link, shown = page.url, page.inner_text("#document")
    with Tab(chromium, link) as page:
        page.wait_for_selector("#document h2")
        assert page.input_value("#energy") == "norm2(A*x - b)^2 + λ*x'*S*x"
        assert page.input_value("#kind-S") == "sparse symmetric"
        assert page.input_value("#rows-A") == "2*q"
        assert page.inner_text("#document") == shown


@pytest.mark.parametrize(
    "energy", ["<img src=x onerror=alert(1)>", "\"'><script>alert(1)</script>"]
)
def test_a_link_runs_nothing(chromium: Any, server: Server, energy: str) -> None:
    with Tab(chromium, server.url + "#energy=x") as page:
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        opened = "(said) => { location.hash = new URLSearchParams({energy: said, wrt: said}) }"
        page.evaluate(opened, energy)
        page.wait_for_selector("#read .error")
        assert page.locator("img, script:not([src])").count() == 0


TRIES = """async (url) => {
  const outcome = async (options, path = "answer") => {
    try {
      return (await fetch(url + path, options)).type;
    } catch (error) {
      return error.name;
    }
  };
  const frame = document.createElement("iframe");
  frame.src = url;
  document.body.append(frame);
  await new Promise((done) => frame.addEventListener("load", done));
  const asked = {method: "POST", body: JSON.stringify({wanted: "names", energy: "x"})};
  const headers = {"Content-Type": "application/json", "X-Nzdiff-Token": "x"};
  return [
    await outcome({}, ""),
    await outcome(asked),
    await outcome({...asked, headers}),
    await outcome({...asked, mode: "no-cors"}),
    String(frame.contentDocument),
  ];
}"""


def test_another_site_can_neither_ask_nor_read_nor_frame(
    chromium: Any, server: Server, hosted: Any, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<title>another site</title>")
    with hosted(tmp_path) as url:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(url)
        assert page.evaluate(TRIES, server.url) == [*["TypeError"] * 4, "null"]
        assert not any(frame.url == server.url for frame in page.frames)
        context.close()
