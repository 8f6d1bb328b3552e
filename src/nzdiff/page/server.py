"""A page on this machine alone: `nzdiff serve`.

The standard library's server is enough for one reader: a table of files that are read once, and
one address that takes questions.  Nothing of a request reaches the disk.  Other sites cannot ask:

- it listens on 127.0.0.1 alone;
- a request for another host is refused, so that a name that is made to point here gets nothing;
- a question comes with the page's own origin and with the token that is written into the page,
  which only the page can read;
- no header allows another origin, and the policy of the page allows no script but its own.
"""

from __future__ import annotations

import errno
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Protocol

from nzdiff.page.children import BusyError

ADDRESS = "127.0.0.1"
LONGEST = 64_000
"""Bytes of a question."""
CONNECTIONS = 64
"""Connections at a time; more are closed."""
TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
PAGE = ("index.html", "page.js", "view.js", "link.js", "page.css", "icon.svg")
"""The files of the page, here and in the browser alone."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def static(name: str) -> str:
    """The text of one file of the page."""
    return files("nzdiff.page").joinpath("static", name).read_text("utf-8")


def page_files(token: str) -> dict[str, tuple[str, bytes]]:
    """What is served, by path: the type and the bytes."""
    texts = {name: static(name) for name in PAGE}
    texts["transport.js"] = static("http.js")
    texts["index.html"] = texts["index.html"].replace(
        'name="token" content=""', f'name="token" content="{token}"'
    )
    found = {
        f"/{name}": (TYPES[name.rpartition(".")[2]], text.encode()) for name, text in texts.items()
    }
    return {**found, "/": found["/index.html"]}


class Work(Protocol):
    """Where questions are answered: `nzdiff.page.children.Children`."""

    def ask(self, question: Any) -> dict[str, Any]:
        """The answer to what came as JSON.  Raises BusyError."""
        ...

    def close(self) -> None:
        """Stop all work."""
        ...


class Server(ThreadingHTTPServer):
    """The page, bound to a port of this machine; port 0 is any that is free.

    work: what makes the place where questions are answered, called once the port is had.

    Raises OSError where it is not to be had.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, work: Callable[[], Work]) -> None:
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            raise OSError(_unbound(port, error)) from error
        self.port = self.server_address[1]
        self.token = secrets.token_urlsafe(24)
        self.files = page_files(self.token)
        self.hosts = {f"{name}:{self.port}" for name in (ADDRESS, "localhost")}
        self.work = work()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.port}/"

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is room for one connection more."""
        return threading.active_count() <= CONNECTIONS

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that has gone is no error to speak of."""

    def run(self) -> None:
        """Serve until Ctrl-C; then close the port and end the processes."""
        try:
            self.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self.server_close()
            self.work.close()


def _unbound(port: int, error: OSError) -> str:
    """What to do where a port cannot be had."""
    if error.errno == errno.EADDRINUSE:
        why = "is in use, perhaps by another nzdiff serve"
    elif error.errno == errno.EACCES:
        why = "is not for ordinary users"
    else:
        why = f"cannot be had ({error.strerror})"
    return f"port {port} {why}; choose another, --port {port + 1}, or --port 0 for any that is free"


@dataclass(frozen=True, slots=True)
class RefusedError(Exception):
    """A request that is not answered, and why."""

    status: HTTPStatus
    why: str


def check_question(headers: Message, hosts: set[str], token: str) -> int:
    """The length of a question that the page itself asks.  Raises RefusedError for any other."""
    origin = headers.get("Origin", "")
    if origin.removeprefix("http://") not in hosts or not origin.startswith("http://"):
        raise RefusedError(HTTPStatus.FORBIDDEN, "a question has to come from the page itself")
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise RefusedError(HTTPStatus.FORBIDDEN, "a question has to come from the page itself")
    if not compare_digest(headers.get("X-Nzdiff-Token", "").encode(), token.encode()):
        raise RefusedError(HTTPStatus.FORBIDDEN, "the page is of an earlier run; load it anew")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
    length = headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "expected a Content-Length")
    if len(length) > 9 or int(length) > LONGEST:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {LONGEST} bytes")
    return int(length)


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
    server_version, sys_version = "nzdiff", ""
    timeout = 10  # seconds for the next bytes of a request

    def do_GET(self) -> None:
        try:
            self._check_host()
            path = self.path.partition("?")[0]
            if path not in self.server.files:
                raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such page")
            self._send(HTTPStatus.OK, *self.server.files[path])
        except RefusedError as refused:
            self._refuse(refused)

    def do_POST(self) -> None:
        try:
            self._check_host()
            if self.path != "/answer":
                raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such page")
            length = check_question(self.headers, self.server.hosts, self.server.token)
            try:
                asked = json.loads(self.rfile.read(length))
            except (ValueError, RecursionError):
                raise RefusedError(HTTPStatus.BAD_REQUEST, "expected JSON") from None
            try:
                found = self.server.work.ask(asked)
            except BusyError as error:
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None
            self._send(HTTPStatus.OK, "application/json", json.dumps(found).encode())
        except RefusedError as refused:
            self._refuse(refused)

    def _check_host(self) -> None:
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            raise RefusedError(HTTPStatus.MISDIRECTED_REQUEST, f"this is {self.server.url}")

    def _refuse(self, refused: RefusedError) -> None:
        body = json.dumps({"error": {"message": refused.why}}).encode()
        self._send(refused.status, "application/json", body)

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, said in {**HEADERS, "Content-Type": kind, "Content-Length": len(body)}.items():
            self.send_header(name, str(said))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library's name
        """Requests are not printed."""
