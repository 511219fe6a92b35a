"""A small HTTP/1.1 server for ``Served`` variants: threads, kept connections, requests read strictly by h11."""

from __future__ import annotations

import io
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any
from urllib.parse import unquote_to_bytes

import h11

from tests.harmless.base import Environ, Headers, Served

_BODILESS = (204, 304)
_LONGEST_HEAD = 64 * 1024


@dataclass
class _Received:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    is_last: bool
    rest: bytes

    @property
    def is_chunked(self) -> bool:
        return any(name == "transfer-encoding" for name, _ in self.headers)


@dataclass
class _Answer:
    status: str
    headers: Headers
    body: bytes

    @property
    def has_body(self) -> bool:
        return int(self.status[:3]) not in _BODILESS


@contextmanager
def serve(server: Served) -> Iterator[str]:
    """The URL of a variant, served on a free port as long as the block lasts."""
    with _Listener(server) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            host = server.name or (f"[{server.host}]" if ":" in server.host else server.host)
            yield f"http://{host}:{listener.server_address[1]}{server.base_path}"
        finally:
            listener.shutdown()
            thread.join()
            listener.end_connections()


class _Listener(socketserver.ThreadingTCPServer):
    request_queue_size = 128

    def __init__(self, server: Served) -> None:
        self.address_family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        self.application = server
        self._open: set[Any] = set()
        super().__init__((server.host, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Wake the threads that wait for a request, so that they end."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(socketserver.BaseRequestHandler):
    request: socket.socket
    server: _Listener

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(self.server.application.keep_alive)
        with suppress(OSError):
            _speak(self.server.application, self.request, str(self.client_address[1]))


def _speak(server: Served, connection: socket.socket, port: str) -> None:
    """Answer the requests on one connection until either side has enough."""
    rest = b""
    for number in count(1):
        try:
            received = _read(connection, rest)
        except h11.RemoteProtocolError as error:
            _refuse(connection, error.error_status_hint)
            return
        if received is None:
            return
        rest = received.rest
        is_last = received.is_last or server.until_close or number == server.closes_after
        answer = _ask(server, received, port)
        if server.latency:
            time.sleep(server.latency)
        _send(server, connection, _head_and_body(server, received.method, answer, is_last))
        if is_last:
            return


def _read(connection: socket.socket, rest: bytes) -> _Received | None:
    """The next request, ``None`` at the end of the connection; raises h11's error for what is no request."""
    protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
    if rest:
        protocol.receive_data(rest)
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            if protocol.they_are_waiting_for_100_continue:
                connection.sendall(protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            protocol.receive_data(connection.recv(64 * 1024))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers]
            target, is_last = head.target.decode("latin-1"), protocol.their_state is h11.MUST_CLOSE
            return _Received(
                head.method.decode(), target, headers, bytes(body), is_last, bytes(protocol.trailing_data[0])
            )
        else:
            return None


def _refuse(connection: socket.socket, status: int) -> None:
    connection.sendall(f"HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(64 * 1024):
        """What the client still writes is read, so that it can read the answer (RFC 9112 9.6)."""


def _ask(server: Served, received: _Received, port: str) -> _Answer:
    if received.is_chunked and not server.reads_chunks:
        response = server.error(411, "A body needs a Content-Length.")
        return _Answer("411 Length Required", [*response.headers.items(), _length(response.body)], response.body)
    answer = _Answer("", [], b"")

    def start_response(status: str, headers: Headers) -> None:
        answer.status, answer.headers = status, headers

    answer.body = b"".join(server(_environ(server, received, port), start_response))
    return answer


def _length(body: bytes) -> tuple[str, str]:
    return "Content-Length", str(len(body))


def _environ(server: Served, received: _Received, port: str) -> Environ:
    path, _, query = received.target.partition("?")
    inside = path[len(server.base_path) :] if path.startswith(f"{server.base_path}/") else f"/outside{path}"
    environ: Environ = {
        "REQUEST_METHOD": received.method,
        "SCRIPT_NAME": server.base_path,
        "PATH_INFO": unquote_to_bytes(inside).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": server.host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_PORT": port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(received.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in received.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    return environ


def _head_and_body(server: Served, method: str, answer: _Answer, is_last: bool) -> bytes:
    headers = answer.headers + ([("Connection", "close")] if is_last else [])
    body = answer.body
    if answer.has_body and (server.chunk or server.until_close):
        headers = [pair for pair in headers if pair[0].lower() != "content-length"]
        if not server.until_close:
            headers.append(("Transfer-Encoding", "chunked"))
            body = _chunked(server, body) if method != "HEAD" else b""
    lines = [f"{name}{server.colon}{value}{server.line_end}" for name, value in headers]
    interim = "".join(f"HTTP/1.1 {head}\r\n\r\n" for head in server.interim)
    return f"{interim}HTTP/1.1 {answer.status}\r\n{_joined(lines)}\r\n".encode("latin-1") + body


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def _chunked(server: Served, body: bytes) -> bytes:
    pieces = [body[start : start + server.chunk] for start in range(0, len(body), server.chunk)]
    extension = server.chunk_extension.encode()
    chunks = [b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces]
    return b"".join(chunks) + b"0%b\r\n%b\r\n" % (extension, server.trailer.encode())


def _send(server: Served, connection: socket.socket, data: bytes) -> None:
    rest = memoryview(data)
    for size in cycle(server.segments or (len(data),)):
        if not rest:
            return
        connection.sendall(rest[:size])
        rest = rest[size:]
