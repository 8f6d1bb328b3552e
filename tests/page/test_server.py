"""The local page: only the page itself may ask, and nothing is served but the page."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nzdiff.page.children import BusyError, Children, Limits
from nzdiff.page.server import LONGEST, Server

Reply = tuple[int, http.client.HTTPMessage, bytes]


class Echo:
    """Answers with the question."""

    def ask(self, question: Any) -> dict[str, Any]:
        if question == "busy":
            raise BusyError("busy")
        return {"asked": question}

    def close(self) -> None:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(0, Echo)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def request(server: Server, method: str, path: str, body: Any = None, **headers: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, said in headers.items():
        if said is not None:
            connection.putheader(name.replace("_", "-"), said)
    connection.endheaders(body)
    response = connection.getresponse()
    reply = response.status, response.msg, response.read()
    connection.close()
    return reply


def post(server: Server, body: bytes, **changed: str | None) -> Reply:
    """A question as the page asks it, but for what is changed; None leaves a header out."""
    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Origin": f"http://127.0.0.1:{server.port}",
        "X_Nzdiff_Token": server.token,
        "Content_Type": "application/json",
        "Content_Length": str(len(body)),
        **changed,
    }
    given = {name: said for name, said in headers.items() if said is not None}
    return request(server, "POST", "/answer", body, **given)


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_the_page_asks_and_is_answered(server: Server) -> None:
    status, _, body = post(server, b'{"energy": "x"}')
    assert (status, json.loads(body)) == (200, {"asked": {"energy": "x"}})
    local = f"localhost:{server.port}"
    assert post(server, b"1", Host=local, Origin=f"http://{local}")[0] == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Host": None}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "https://127.0.0.1"}, 403),
        ({"Origin": None}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"X_Nzdiff_Token": None}, 403),
        ({"X_Nzdiff_Token": "guess"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "٣"}, 411),
        ({"Content_Length": str(LONGEST + 1)}, 413),
        ({"Content_Length": "9" * 5000}, 413),
    ],
)
def test_what_another_site_could_send_is_refused(
    server: Server, changed: dict[str, str | None], status: int
) -> None:
    changed = {name: said and said.encode().decode("latin-1") for name, said in changed.items()}
    found, headers, body = post(server, b'{"energy": "x"}', **changed)
    assert found == status
    assert b"asked" not in body
    assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 60000])
def test_what_is_not_json_is_refused(server: Server, body: bytes) -> None:
    assert post(server, body)[0] == 400


def test_a_server_at_work_says_so(server: Server) -> None:
    assert post(server, b'"busy"')[0] == 503


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/../server.py",
        "/static/page.js",
        "/%2e%2e/server.py",
        "/http.js",
        "/worker.js",
        "/answer",
        "/page.js/",
        "*",
        "http://evil.example/",
    ],
)
def test_nothing_is_served_but_the_page(server: Server, path: str) -> None:
    host = f"127.0.0.1:{server.port}"
    assert request(server, "GET", path, Host=host)[0] == 404
    assert request(server, "POST", path.replace("/answer", "/x"), Host=host)[0] == 404


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "HEAD", "CONNECT", "TRACE"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    status, headers, _ = request(server, method, "/answer", Host=f"127.0.0.1:{server.port}")
    assert status == 501
    assert not [name for name in headers if name.lower().startswith("access-control")]


def test_the_page_allows_no_script_but_its_own(server: Server) -> None:
    status, headers, body = request(server, "GET", "/", Host=f"localhost:{server.port}")
    policy = headers["Content-Security-Policy"]
    assert status == 200
    assert server.token.encode() in body
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script>" not in body
    assert b" style=" not in body


def test_the_token_is_in_no_other_file(server: Server) -> None:
    for path in server.files.keys() - {"/", "/index.html"}:
        assert server.token.encode() not in server.files[path][1]


def test_a_port_in_use_is_said_with_what_to_do(server: Server) -> None:
    with pytest.raises(OSError, match=f"port {server.port} is in use.*--port 0"):
        Server(server.port, Echo)


def test_a_reader_that_goes_does_no_harm(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as gone:
        gone.sendall(b"GET / HT")
    with socket.create_connection(("127.0.0.1", server.port)) as gone:
        gone.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
    assert post(server, b"1")[0] == 200


@pytest.mark.slow
def test_work_that_takes_too_long_or_too_much_memory_is_stopped() -> None:
    work = Children(Limits(seconds=3.0, processes=1))
    usual = {"wanted": "names", "energy": "norm2(x)^2"}
    try:
        assert "names" in work.ask(usual)
        energy = f"norm2({'*'.join(['X', 'A'] * 15)})^2"
        long = {"wanted": "derivation", "energy": energy, "wrt": "X"}
        late = work.ask(long)
        assert "took longer than 3 s" in late["error"]["message"]
        assert "names" in work.ask(usual)
        large = {"wanted": "code", "energy": "tr(X)", "wrt": "X", "sizes": "n=5000"}
        assert {"files", "error"} & work.ask(large).keys()
        assert "names" in work.ask(usual)
    finally:
        work.close()
    assert all(child.process.poll() is not None for child in work._all)


@pytest.mark.slow
def test_work_has_no_more_memory_than_it_is_given() -> None:
    work = Children(Limits(seconds=30.0, memory=700 << 20, processes=1))
    try:
        huge = {
            "wanted": "code",
            "energy": "tr(X*Y*Z)",
            "wrt": "X",
            "sizes": "n=5000 m=5000 k=5000",
        }
        assert "error" in work.ask(huge)
        assert "names" in work.ask({"wanted": "names", "energy": "norm2(x)^2"})
    finally:
        work.close()


def hears_ctrl_c() -> None:
    """A shell has what it starts in the background ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_the_command_serves_until_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nzdiff", "serve", "--port", "0", "--no-open"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        preexec_fn=hears_ctrl_c,  # noqa: PLW1509 - no other threads are at work
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        port = int(line.partition("127.0.0.1:")[2].partition("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/")
        page = connection.getresponse().read().decode()
        token = page.partition('name="token" content="')[2].partition('"')[0]
        body = json.dumps({"wanted": "names", "energy": "norm2(A*x)^2"})
        own = {"Origin": f"http://127.0.0.1:{port}", "X-Nzdiff-Token": token}
        connection.request("POST", "/answer", body, {**own, "Content-Type": "application/json"})
        found = json.loads(connection.getresponse().read())
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        said = line + process.stdout.read()
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()
    assert [name["name"] for name in found["names"]] == ["A", "x"]
    assert "stopped" in said
    assert list(tmp_path.iterdir()) == []
