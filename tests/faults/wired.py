"""A conforming server with a wire of its own, whose every decision about bytes is a method."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from tests.faults import Fault
from tests.faults.healthy import Environ, Response

Fields = dict[str, str]


class Wired(Fault):
    """HTTP/1.1 on kept connections, each request read in full before it is answered."""

    def serve_connection(self, connection: socket.socket) -> None:
        """Answer the requests on a connection until it ends."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = str(connection.getpeername()[1])
        with connection.makefile("rb") as stream, suppress(EOFError):
            while self.turn(connection, stream, port):
                """The next request on the same connection."""

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        """Read a request and answer it; whether the connection stays."""
        line, fields = self.read_head(stream)
        if fields.get("expect", "").lower() == "100-continue":
            self.tell_to_continue(connection)
        body = self.read_body(stream, fields)
        response = self.respond(line, fields, body, port)
        self.send(connection, self.written(line.split(" ")[0], response))
        return fields.get("connection", "").lower() != "close"

    def send(self, connection: socket.socket, data: bytes) -> None:
        """Send an answer."""
        connection.sendall(data)

    def read_head(self, stream: BinaryIO) -> tuple[str, Fields]:
        lines = list(self.head_lines(stream))
        fields: Fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            fields[key] = f"{fields[key]}, {value.strip()}" if key in fields else value.strip()
        return lines[0], fields

    def head_lines(self, stream: BinaryIO) -> Iterator[str]:
        while True:
            line = stream.readline(65_536)
            if not line.endswith(b"\n"):
                raise EOFError
            if line.strip() == b"":
                return
            yield line.decode("latin-1").rstrip("\r\n")

    def tell_to_continue(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if fields.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self.chunks(stream))
        length = int(fields.get("content-length", "0"))
        body = stream.read(length)
        if len(body) < length:
            raise EOFError
        return body

    def chunks(self, stream: BinaryIO) -> Iterator[bytes]:
        while True:
            line = stream.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            size = int(line.split(b";")[0], 16)
            if size == 0:
                list(self.head_lines(stream))
                return
            data = stream.read(size + 2)
            if len(data) < size + 2:
                raise EOFError
            yield data[:-2]

    def respond(self, line: str, fields: Fields, body: bytes, port: str) -> Response:
        request = self.read_request(self.environ(line, fields, body, port))
        with self.lock:
            return self.answer(request)

    def environ(self, line: str, fields: Fields, body: bytes, port: str) -> Environ:
        method, target, _ = line.split(" ", 2)
        path, _, query = target.partition("?")
        environ: Environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REMOTE_PORT": port,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        for name, value in fields.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE",) else f"HTTP_{key}"] = value
        return environ

    def written(self, method: str, response: Response) -> bytes:
        """The bytes of an answer."""
        head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        if response.status not in (204, 304):
            head += f"Content-Length: {self.length(method, response)}\r\n"
        return f"{head}\r\n".encode("latin-1") + self.body(method, response)

    def length(self, method: str, response: Response) -> int:
        return len(response.body)

    def body(self, method: str, response: Response) -> bytes:
        return b"" if method == "HEAD" or response.status in (204, 304) else response.body
