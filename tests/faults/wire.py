"""Faults of the wire: of lengths, of bodies left unread, of requests that end early, of clients that stall."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import BinaryIO

from tests.faults import Fault
from tests.faults.healthy import BODY_LIMIT, Request, Response
from tests.faults.wired import Fields, Wired


class LengthCountsCharacters(Wired):
    """The length of an answer counts its characters, not its bytes, where it is written without escapes."""

    breaks = "wire.framing"
    also = ("method.head",)

    def body(self, method: str, response: Response) -> bytes:
        body = super().body(method, response)
        return body.replace(b"Task not found", "T\u00e4sk nicht gefunden".encode()) if response.status == 404 else body

    def length(self, method: str, response: Response) -> int:
        return len(self.body("GET", response).decode())


class LengthIsOfAnotherBody(Wired):
    """The length of a refusal is that of the body before it was shortened."""

    breaks = "wire.framing"

    def length(self, method: str, response: Response) -> int:
        return len(response.body) + (5 if response.status == 400 else 0)


class HeadHasABody(Wired):
    """HEAD of something missing is answered with the body of the error."""

    breaks = "wire.framing"

    def body(self, method: str, response: Response) -> bytes:
        return response.body if method == "HEAD" and response.status == 404 else super().body(method, response)


class BytesFollowNotModified(Wired):
    """A 304 is followed by two bytes of JSON."""

    breaks = "wire.framing"

    def body(self, method: str, response: Response) -> bytes:
        return b"{}" if response.status == 304 else super().body(method, response)


class OptionsEndsInALine(Wired):
    """The 204 of an OPTIONS is followed by an empty line."""

    breaks = "wire.framing"

    def body(self, method: str, response: Response) -> bytes:
        return b"\r\nok" if response.status == 204 else super().body(method, response)


class BodyOfAWrongMethodStays(Wired):
    """The body of a request whose method is refused stays on the connection, and is taken for the next request."""

    breaks = "wire.framing"
    also: tuple[str, ...] = ("method.405", "method.override")

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        method = line.split(" ")[0]
        if method != "PATCH":
            return self.carry_on(connection, stream, port, line, fields)
        connection.sendall(self.written(method, self.respond(line, fields, b"", port)))
        return True

    def carry_on(self, connection: socket.socket, stream: BinaryIO, port: str, line: str, fields: Fields) -> bool:
        if fields.get("expect", "").lower() == "100-continue":
            self.tell_to_continue(connection)
        response = self.respond(line, fields, self.read_body(stream, fields), port)
        connection.sendall(self.written(line.split(" ")[0], response))
        return True


class BodyOfAnotherTypeStays(BodyOfAWrongMethodStays):
    """The body of another media type is refused unread, and stays on the connection."""

    breaks = "wire.framing"
    also = ("media.type",)

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        if fields.get("content-type", "application/json") != "text/plain":
            return self.carry_on(connection, stream, port, line, fields)
        connection.sendall(self.written(line.split(" ")[0], self.respond(line, fields, b"", port)))
        return True


class ChunksAreNoBody(Wired):
    """A chunked body is read and taken for an empty one, since it has no length."""

    breaks = "wire.chunked"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        body = super().read_body(stream, fields)
        return b"" if "transfer-encoding" in fields else body


class OnlyTheFirstChunkCounts(Wired):
    """Of a chunked body only the first chunk is taken."""

    breaks = "wire.chunked"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if "transfer-encoding" not in fields:
            return super().read_body(stream, fields)
        return next(iter(list(self.chunks(stream))), b"")


class ExtensionsOfChunksAreUnknown(Wired):
    """A chunk with an extension is taken for a malformed one, and the connection is left."""

    breaks = "wire.chunked"

    def chunks(self, stream: BinaryIO) -> list[bytes]:  # type: ignore[override]
        line = stream.readline()
        if b";" in line:
            raise EOFError
        found = []
        while size := int(line, 16):
            found.append(stream.read(size + 2)[:-2])
            line = stream.readline()
        list(self.head_lines(stream))
        return found


class LongBodyIsReset(Wired):
    """A body that is too long is answered unread, and the connection reset while the client still writes."""

    breaks = "wire.413"
    also = ("wire.framing", "error.shape", "input.atomic", "error.no-5xx")

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if int(fields.get("content-length", "0")) > BODY_LIMIT:
            raise ConnectionResetError
        return super().read_body(stream, fields)

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        try:
            return super().turn(connection, stream, port)
        except ConnectionResetError:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False


class LongBodyIsBad(Wired):
    """A body that is too long is cut at the limit, and refused with 400 since it is no JSON."""

    breaks = "wire.413"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        body = super().read_body(stream, fields)
        return body if len(body) <= BODY_LIMIT else body[: BODY_LIMIT - 1] + b"x"


class LimitIsAMegabyte(Wired):
    """A body of up to a megabyte is read."""

    breaks = "wire.413"
    also = ("input.atomic",)

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        body = super().read_body(stream, fields)
        return body.strip() if len(body) <= 2**20 else body


class LimitIsOneLess(Wired):
    """A body of 65,536 bytes is too long."""

    breaks = "wire.413"
    also = ("json.depth",)

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        body = super().read_body(stream, fields)
        return body + b" " if len(body) == BODY_LIMIT else body


class NobodyIsToldToContinue(Wired):
    """Expect is ignored, and the body waited for."""

    breaks = "wire.expect"

    def tell_to_continue(self, connection: socket.socket) -> None:
        pass


class ExpectingIsEnough(Wired):
    """A request with Expect is answered as if its body were empty, with 201 and a task without a title."""

    breaks = "wire.expect"

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        if "expect" not in fields:
            response = self.respond(line, fields, self.read_body(stream, fields), port)
            connection.sendall(self.written(line.split(" ")[0], response))
            return True
        connection.sendall(self.written("POST", self.respond(line, fields, b'{"title":"expected"}', port)))
        return False


class WhatCameIsTaken(Wired):
    """A body that ends before its announced length is taken as far as it came."""

    breaks = "wire.incomplete"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        with suppress(EOFError):
            return super().read_body(stream, fields)
        return b""

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        if fields.get("expect", "").lower() == "100-continue":
            self.tell_to_continue(connection)
        body = stream.read(int(fields["content-length"])) if "content-length" in fields else None
        response = self.respond(line, fields, self.read_body(stream, fields) if body is None else body, port)
        connection.sendall(self.written(line.split(" ")[0], response))
        return True


class LastChunkIsNotAwaited(Wired):
    """A chunked body is taken as far as it came where the connection ends before the last chunk."""

    breaks = "wire.incomplete"

    def chunks(self, stream: BinaryIO) -> list[bytes]:  # type: ignore[override]
        found: list[bytes] = []
        with suppress(EOFError, ValueError):
            for chunk in super().chunks(stream):
                found.append(chunk)
        return found


class HeadWithoutItsEndIsObeyed(Wired):
    """A DELETE is obeyed where the connection ends before the empty line behind its head."""

    breaks = "wire.incomplete"

    def read_head(self, stream: BinaryIO) -> tuple[str, Fields]:
        first = stream.readline().decode("latin-1").rstrip("\r\n")
        if not first:
            raise EOFError
        fields: Fields = {}
        while (line := stream.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.strip().lower()] = value.strip()
        if not line and not first.startswith("DELETE"):
            raise EOFError
        return first, fields


class ThreeConnections(Wired):
    """Three connections are served at a time, each to its end."""

    breaks = "wire.slow"
    also = ("wire.expect",)

    def __init__(self) -> None:
        super().__init__()
        self.turns = threading.BoundedSemaphore(3)

    def serve_connection(self, connection: socket.socket) -> None:
        with self.turns:
            super().serve_connection(connection)


class EightThreads(Wired):
    """Eight threads serve requests, and each waits for the rest of its request."""

    breaks = "wire.slow"

    def __init__(self) -> None:
        super().__init__()
        self.threads = threading.BoundedSemaphore(8)

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        connection.recv(1, socket.MSG_PEEK)
        with self.threads:
            return super().turn(connection, stream, port)


class LockIsHeldWhileReading(Wired):
    """The lock around the tasks is taken before the body is read."""

    breaks = "wire.slow"
    also = ("wire.incomplete", "wire.expect")

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        with self.lock:
            return super().read_body(stream, fields)


class NothingForbidsSniffing(Fault):
    """No answer has X-Content-Type-Options."""

    breaks = "wire.nosniff"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        response.headers.pop("X-Content-Type-Options", None)
        return response


class ErrorsMayBeSniffed(Fault):
    """Refusals have no X-Content-Type-Options."""

    breaks = "wire.nosniff"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if response.status >= 400:
            response.headers.pop("X-Content-Type-Options", None)
        return response
