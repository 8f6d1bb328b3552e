"""A Chromium without a window, and a static host: tests are skipped where no Chromium is."""

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser of Playwright, of the system's Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    driver = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if path is None:
        pytest.skip("no Chromium is installed")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def hosted() -> Callable[[Path], AbstractContextManager[str]]:
    """Serves the files of a folder; its address."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        handler = functools.partial(QuietHandler, directory=str(folder))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            yield f"http://127.0.0.1:{server.server_address[1]}/"
            server.shutdown()
            thread.join()

    return serve


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Prints nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library's name
        return
