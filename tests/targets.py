"""Targets to point the suite at, on free loopback ports, and the command as a user runs it."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h11
import waitress  # type: ignore[import-untyped]
from waitress import wasyncore

from contract.transport import Request
from contract.transport.wsgi import Application, WsgiTarget, load_application

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds for what takes a few."""

COMMANDS = Path(sys.executable).parent
"""The folder of the console scripts of this environment."""


@dataclass(frozen=True)
class Judged:
    """What one run of the command left: exit code, output, and the JSON report, ``None`` where there is none."""

    exit_code: int
    stdout: str
    stderr: str
    report: dict[str, Any] | None

    @property
    def statuses(self) -> dict[str, str]:
        """The status of each requirement by its id."""
        assert self.report is not None, self.stderr
        return {entry["id"]: entry["status"] for entry in self.report["requirements"]}

    @property
    def unmet(self) -> dict[str, str]:
        """Every other status than ``pass``; durability is not judged unless the suite starts the server."""
        return {
            id: status
            for id, status in self.statuses.items()
            if status != "pass" and not (id.startswith("durable.") and status == "skipped")
        }

    def violations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each violation with the id of its requirement."""
        assert self.report is not None, self.stderr
        for entry in self.report["requirements"]:
            for violation in entry["violations"]:
                yield entry["id"], violation


class Running:
    """The command at work."""

    def __init__(self, process: subprocess.Popen[str], report: Path) -> None:
        self.process = process
        self._report = report

    def first_line(self) -> str:
        """What it prints first."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def finish(self, seconds: float = 2 * PATIENCE) -> Judged:
        """Wait for its end, at most so many seconds, and take what it left."""
        out, err = self.process.communicate(timeout=seconds)
        text = self._report.read_text() if self._report.exists() else ""
        return Judged(self.process.returncode, out, err, json.loads(text) if text else None)


@contextmanager
def starting_suite(
    *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[Running]:
    """Run ``task-contract run`` with these arguments and a JSON report, while the block lasts at most."""
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.json"
        with subprocess.Popen(
            [COMMANDS / "task-contract", "run", f"--report-json={report}", *arguments],
            cwd=folder or temporary,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield Running(process, report)
            finally:
                process.kill()


def run_suite(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 4 * PATIENCE,
) -> Judged:
    """Run ``task-contract run`` with these arguments and a JSON report, from its start to its end."""
    with starting_suite(*arguments, environment=environment, folder=folder) as running:
        return running.finish(seconds)


@contextmanager
def serve(application: Application, threads: int = 8, port: int = 0) -> Iterator[str]:
    """The URL of a WSGI application, served by waitress in a thread; port 0 is any free one."""
    sockets: dict[int, Any] = {}
    server = waitress.create_server(
        application, map=sockets, host="127.0.0.1", port=port, threads=threads, clear_untrusted_proxy_headers=True
    )
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            wasyncore.loop(timeout=0.05, map=sockets, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        ended.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)


@contextmanager
def serve_connections(handle: Callable[[socket.socket], None], port: int = 0) -> Iterator[str]:
    """The URL of a server that gives each connection to ``handle``, in a thread of its own, and closes it then."""

    class Server(socketserver.ThreadingTCPServer):
        request_queue_size = 128
        daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError):
                handle(self.request)

    with Server(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serve_process(*command: str) -> Iterator[str]:
    """The URL that a command prints at the end of its first line, as long as the block lasts."""
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()


def dead_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def swallow(connection: socket.socket) -> None:
    """Read to the end, and never answer."""
    while connection.recv(65_536):
        pass


@dataclass(frozen=True)
class Wire:
    """How answers travel: pieces of a chunked body (0: counted), an interim 103, closing, seconds of keep-alive."""

    chunk: int = 0
    early_hints: bool = False
    close: bool = False
    keep_alive: float = 30.0

    def speak(self, application: Application, connection: socket.socket) -> None:
        """Answer the requests on one connection with what the application answers."""
        client = WsgiTarget(application).connect()
        protocol = h11.Connection(h11.SERVER)
        connection.settimeout(self.keep_alive)
        while request := _read(protocol, connection):
            response = client.send(request)
            if self.early_hints:
                hints = h11.InformationalResponse(status_code=103, headers=[("Link", "</style.css>; rel=preload")])
                connection.sendall(protocol.send(hints) or b"")
            head = h11.Response(status_code=response.status, headers=list(self._headers(response.headers)))
            parts = [protocol.send(head), *(protocol.send(data) for data in self._pieces(response.body))]
            connection.sendall(b"".join(filter(None, [*parts, protocol.send(h11.EndOfMessage())])))
            if protocol.our_state is not h11.DONE:
                return
            protocol.start_next_cycle()

    def _headers(self, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        yield from (pair for pair in headers if not (self.chunk and pair[0] == "content-length"))
        if self.close:
            yield "Connection", "close"

    def _pieces(self, body: bytes) -> Iterator[h11.Data]:
        size = self.chunk or len(body) or 1
        yield from (h11.Data(data=body[start : start + size]) for start in range(0, len(body), size))


def _read(protocol: h11.Connection, connection: socket.socket) -> Request | None:
    head, body = None, b""
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            if protocol.they_are_waiting_for_100_continue:
                connection.sendall(protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            protocol.receive_data(connection.recv(65_536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            pairs = ((name.decode(), value.decode("latin-1")) for name, value in head.headers)
            headers = tuple(pair for pair in pairs if pair[0] not in ("content-length", "transfer-encoding"))
            return Request(head.method.decode(), head.target.decode("latin-1"), headers, body)
        else:
            return None


class Late:
    """An application that takes its time for each answer."""

    def __init__(self, application: Application, seconds: float) -> None:
        self._application = application
        self._seconds = seconds

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        time.sleep(self._seconds)
        return self._application(environ, start_response)


class Mortal:
    """An application whose process ends at a request after so many, before it is answered."""

    def __init__(self, application: Application, requests: int) -> None:
        self._application = application
        self._left = iter(range(requests))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if next(self._left, None) is None:
            os._exit(1)
        return self._application(environ, start_response)


def main() -> None:
    """Serve an application until it was asked so many times: python -m tests.targets MODULE:ATTRIBUTE REQUESTS."""
    application, requests = load_application(sys.argv[1]), int(sys.argv[2])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        waitress.serve(Mortal(application, requests), sockets=[listener], _quiet=True)


if __name__ == "__main__":
    main()
