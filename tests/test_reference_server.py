"""The reference application as it is served: `python -m reference_app` and `flask run`."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from threading import Barrier, Timer
from urllib.parse import urlsplit

import pytest
import requests

from reference_app.__main__ import main

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("FLASK_", "PYTHONUNB"))}
PATIENCE = 20  # seconds for what takes a fraction of one
TASK = b'{"title": "a"}'


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `python -m reference_app --port 0`; give the process and the line that it prints first."""
    command = [sys.executable, "-m", "reference_app", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        watchdog = Timer(PATIENCE, process.kill)
        try:
            watchdog.start()
            line = process.stdout.readline()
            watchdog.cancel()
            yield process, line
        finally:
            process.kill()


def url_of(line: str) -> str:
    match = re.fullmatch(r"Listening on (http://\S+:[1-9][0-9]*)\n", line)
    assert match
    return match[1]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as (_, line):
        yield url_of(line)


def connect(url: str, timeout: float = PATIENCE) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout)


def receive(connection: socket.socket, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    response = HTTPResponse(connection, method=method)
    response.begin()
    with closing(response):
        return response, response.read()


def head(method: str, path: str, *fields: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *fields, "", ""]).encode()


def post(*fields: str) -> bytes:
    return head("POST", "/tasks", "Content-Type: application/json", *fields)


def chunked(body: bytes, size: int = 8000) -> bytes:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])


def titles(url: str) -> list[str]:
    with session() as client:
        return [task["title"] for task in client.get(f"{url}/tasks", timeout=PATIENCE).json()]


def switches(pid: int) -> int:
    """How often the threads of a process began to wait."""
    states = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/status")]
    counts = (re.search(r"^voluntary_ctxt_switches:\s*(\d+)", state, re.M) for state in states)
    return sum(int(count[1]) for count in counts if count)


@contextmanager
def session() -> Iterator[requests.Session]:
    with requests.Session() as client:
        client.trust_env = False
        yield client


def test_clients_of_the_tutorial() -> None:
    with serving() as (_, line), session() as client:
        tasks = f"{url_of(line)}/tasks"

        created = client.post(tasks, json={"title": "Buy milk", "description": "2 litres"})
        task = created.json()
        updated = client.put(f"{tasks}/{task['id']}", json={"title": "Buy milk", "done": True})
        listed = client.get(tasks)
        deleted = client.delete(f"{tasks}/{task['id']}")
        missing = client.get(f"{tasks}/{task['id']}")

    assert (created.status_code, task["done"]) == (201, False)
    assert (updated.status_code, updated.json()["description"]) == (200, "")
    assert listed.json() == [updated.json()]
    assert (deleted.status_code, deleted.json()) == (200, {"message": "Task deleted"})
    assert (missing.status_code, missing.json()) == (404, {"error": "Task not found"})


def test_flask_run() -> None:
    command = [sys.executable, "-m", "flask", "--app", "reference_app", "run", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        watchdog = Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            match = next(filter(None, (re.search(r"Running on (http://\S+)", line) for line in process.stdout)))
            with session() as client:
                created = client.post(f"{match[1]}/tasks", json={"title": "a"})
                too_long = client.post(
                    f"{match[1]}/tasks",
                    data=iter([TASK.ljust(65_536), b" "]),
                    headers={"Content-Type": "application/json"},
                )
        finally:
            watchdog.cancel()
            process.kill()

    assert created.status_code == 201
    assert too_long.status_code == 413


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a signal")
def test_signals_end_the_server_cleanly(number: signal.Signals) -> None:
    with serving() as (process, line), connect(url_of(line)) as idle, connect(url_of(line)) as stalled:
        idle.sendall(head("GET", "/tasks"))
        receive(idle)
        stalled.sendall(post()[:-2])
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out, err) == (0, "", "")


def test_port_in_use(url: str) -> None:
    port = str(urlsplit(url).port)

    result = subprocess.run(
        [sys.executable, "-m", "reference_app", "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert result.returncode == 2
    assert result.stdout == ""
    assert re.fullmatch(rf"Cannot listen on 127\.0\.0\.1 port {port}: .+\.\n", result.stderr)


@pytest.mark.parametrize("options", [["--port", "65536"], ["--port", "-1"], ["--port", "x"], ["--port", "\u00b2"], []])
def test_wrong_options(options: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "reference_app", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert result.returncode == 2
    assert "usage:" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("host", ["a" * 70, "203.0.113.1"])
def test_addresses_of_others(host: str) -> None:
    with serving("--host", host) as (process, line):
        _, err = process.communicate(timeout=PATIENCE)

    assert (line, process.returncode, err.count("\n")) == ("", 2, 1)


def test_a_store_outlives_a_killed_server(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'tasks.db'}"
    for number in (1, 2):
        with serving("--store", store) as (_, line), session() as client:
            created = client.post(f"{url_of(line)}/tasks", json={"title": f"{number}"}, timeout=PATIENCE)

            assert (created.status_code, created.json()["id"]) == (201, number)
            assert titles(url_of(line)) == ["1", "2"][:number]


@pytest.mark.parametrize(
    ("store", "shown", "reason"),
    [
        ("tasks.db", "tasks.db", "a store is sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"),
        ("mysql://u:secret@a/b?c=d", "mysql://***@a/b", "a store is sqlite:///FILE or postgresql+psycopg://"),
        ("sqlite://", "sqlite://", "SQLite cannot share it"),
        (f"sqlite:///{ROOT}", f"sqlite:///{ROOT}", "unable to open database file"),
    ],
)
def test_stores_that_cannot_be_had(store: str, shown: str, reason: str) -> None:
    with serving("--store", store) as (process, line):
        _, err = process.communicate(timeout=PATIENCE)

    assert (line, process.returncode) == ("", 2)
    assert re.fullmatch(rf"Cannot use the store '{re.escape(shown)}': {re.escape(reason)}.*\.\n", err)


@pytest.mark.parametrize(
    ("store", "missing", "extra"),
    [("sqlite://", "sqlalchemy", "sql"), ("postgresql+psycopg://a/b", "psycopg", "postgresql")],
)
def test_stores_need_an_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: str, missing: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "reference_app.sql_store", raising=False)

    assert main(["--port", "0", "--store", store]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"Cannot use the store '{re.escape(store)}': .*; task-contract\[{extra}\] has it\.\n", err)


def test_the_extra_is_imported_only_when_asked_for() -> None:
    program = "import sys, reference_app.__main__; sys.exit('sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=PATIENCE).returncode == 0


def test_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving("--host", "::1") as (_, line):
        assert line.startswith("Listening on http://[::1]:")
        assert titles(url_of(line)) == []


def test_chunked_bodies_are_read(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(post("Transfer-Encoding: chunked") + chunked(TASK, 5))

        assert receive(connection)[0].status == 201


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("path", ["/tasks", "/tasks/0"])
def test_connections_stay_in_step(url: str, method: str, path: str) -> None:
    with connect(url) as connection:
        for _ in range(2):
            connection.sendall(head(method, path))
            response, body = receive(connection, method)

            assert response.status in {200, 404}
            assert (body == b"") is (method == "HEAD")


def test_a_refused_body_is_not_the_next_request(url: str) -> None:
    with connect(url) as connection:
        smuggled = head("DELETE", "/tasks/1")
        connection.sendall(head("POST", "/tasks", "Content-Type: text/plain", f"Content-Length: {len(smuggled)}"))
        connection.sendall(smuggled)
        refused = receive(connection)[0].status
        connection.sendall(head("GET", "/tasks"))

        assert (refused, receive(connection)[0].status) == (415, 200)


@pytest.mark.parametrize("size", [65_537, 131_072, 1_000_000, 20_000_000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_client_that_writes_first_sees_its_413(url: str, size: int, is_chunked: bool) -> None:
    body = TASK.ljust(size)
    request = (
        post("Transfer-Encoding: chunked") + chunked(body) if is_chunked else post(f"Content-Length: {size}") + body
    )
    for _ in range(max(1, 2_000_000 // size)):
        with connect(url) as connection:
            connection.sendall(request)
            response, answer = receive(connection)

            assert response.status == 413
            assert answer.startswith(b'{"error"')


@pytest.mark.parametrize(("size", "status"), [(65_536, 201), (65_537, 413)])
def test_expect_continue(url: str, size: int, status: int) -> None:
    with connect(url) as connection:
        connection.sendall(post(f"Content-Length: {size}", "Expect: 100-continue"))
        interim = connection.recv(1000)
        connection.sendall(TASK.ljust(size))

        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert receive(connection)[0].status == status


@pytest.mark.parametrize("request_", [post("Content-Length: 12") + b'{"title":"x', post("Content-Length: 12")[:-1]])
def test_a_request_cut_off_has_no_effect(url: str, request_: bytes) -> None:
    before = titles(url)

    with connect(url) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
    assert titles(url) == before


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs the counters of Linux")
def test_two_clients_do_not_make_its_threads_wait_for_each_other() -> None:
    with serving() as (process, line), closing(connect(url_of(line))) as one, closing(connect(url_of(line))) as other:

        def ask(connection: socket.socket) -> None:
            for _ in range(200):
                connection.sendall(head("GET", "/tasks"))
                receive(connection)

        with ThreadPoolExecutor(2) as clients:
            before = switches(process.pid)
            list(clients.map(ask, (one, other)))
            after = switches(process.pid)

    assert after - before < 20 * 400  # some 4 for a request; some 40 where the loop asks for a lock again and again


def test_stalled_clients_hold_up_nobody(url: str) -> None:
    beginnings = [
        b"G",
        post()[:-2],
        post("Content-Length: 99") + TASK,
        post("Transfer-Encoding: chunked") + b"5\r\n{",
    ]
    stalled = [connect(url) for _ in range(64)]
    barrier = Barrier(16)

    def be_busy(number: int) -> list[int]:
        statuses = []
        with connect(url, timeout=2) as connection:
            barrier.wait()
            for _ in range(5):
                connection.sendall(post(f"Content-Length: {len(TASK)}") + TASK)
                statuses.append(receive(connection)[0].status)
        return statuses

    try:
        for number, connection in enumerate(stalled):
            connection.sendall(beginnings[number % len(beginnings)])
        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(be_busy, range(16)))
    finally:
        for connection in stalled:
            connection.close()

    assert statuses == [[201] * 5] * 16


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /tasks/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /tasks?done=\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        head("GET", "/tasks/1%00%2F..%2F"),
        head("GET", "/tasks", "Content-Length: x"),
        head("GET", "/tasks", "X: \0"),
        post("Transfer-Encoding: chunked") + b"zz\r\n",
        post(f"Content-Length: {65_536}") + b"[" * 65_536,
    ],
)
def test_odd_requests_are_the_clients_fault(url: str, request_: bytes) -> None:
    with connect(url) as connection:
        connection.sendall(request_)

        assert 400 <= receive(connection)[0].status < 500
