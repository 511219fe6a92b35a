"""Faults of the wire: of lengths, of bodies left unread, of requests that end early, of clients that stall."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import weakref
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import BinaryIO

from tests.faults import Fault
from tests.faults.healthy import BODY_LIMIT, Members, Request, Response
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


class LengthOfARefusalCountsCharacters(Wired):
    """A refusal repeats the name of an unknown member, and its length counts characters."""

    breaks = "wire.framing"

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        response = super().error(status, message, details)
        response.body = json.dumps(json.loads(response.body), ensure_ascii=False).encode()
        return response

    def length(self, method: str, response: Response) -> int:
        return len(response.body.decode()) if response.status >= 400 else len(response.body)


class ChunksOfAnotherTypeStay(Wired):
    """A body in chunks that is no JSON is refused before it is read, and stays on the connection."""

    breaks = "wire.framing"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        is_left = "transfer-encoding" in fields and "json" not in fields.get("content-type", "")
        return b"" if is_left else super().read_body(stream, fields)

    def respond(self, line: str, fields: Fields, body: bytes, port: str) -> Response:
        if line.count(" ") != 2:
            return self.error(400, "This is no request line")
        return super().respond(line, fields, body, port)


class LengthIsThatBeforeCompression(Wired):
    """What is longer than a kilobyte is compressed for those who accept that, with the length it had before."""

    breaks = "wire.framing"

    def __init__(self) -> None:
        super().__init__()
        self.plain: dict[bytes, int] = {}

    def respond(self, line: str, fields: Fields, body: bytes, port: str) -> Response:
        response = super().respond(line, fields, body, port)
        if "gzip" in fields.get("accept-encoding", "") and len(response.body) > 1024:
            size, response.body = len(response.body), gzip.compress(response.body)
            self.plain[response.body] = size
            response.headers["Content-Encoding"] = "gzip"
        return response

    def length(self, method: str, response: Response) -> int:
        return self.plain.get(response.body, len(response.body))


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


class Choosy(Wired):
    """Refuses a body in chunks whose lines of sizes it does not understand; not a fault itself."""

    def understands(self, size: bytes) -> bool:
        return True

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        try:
            return super().turn(connection, stream, port)
        except ValueError:
            response = self.error(400, "This is no chunk")
            connection.sendall(self.written("POST", response))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                """What the client still writes is read, so that it can read the answer."""
            return False

    def chunks(self, stream: BinaryIO) -> Iterator[bytes]:
        size = stream.peek(32).partition(b"\r")[0]  # type: ignore[attr-defined]
        if not self.understands(size.partition(b";")[0]):
            raise ValueError(size)
        return super().chunks(stream)


class SizesHaveSmallDigits(Choosy):
    """The size of a chunk is not understood where it has capital digits."""

    breaks = "wire.chunked"

    def understands(self, size: bytes) -> bool:
        return size == size.lower()


class SizesHaveFourDigits(Choosy):
    """The size of a chunk is not understood where it has five digits."""

    breaks = "wire.chunked"
    also = ("wire.413",)

    def understands(self, size: bytes) -> bool:
        return len(size) <= 4


class CodingHasOneSpelling(Choosy):
    """The name of the transfer coding is not understood with a capital letter."""

    breaks = "wire.chunked"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if fields.get("transfer-encoding", "chunked") != "chunked":
            raise ValueError(fields["transfer-encoding"])
        return super().read_body(stream, fields)


class LimitIsThatOfTheAnnouncedLength(Wired):
    """A body in chunks announces no length, and may be as long as it likes."""

    breaks = "wire.413"

    def members(self, request: Request) -> Members:
        if "CONTENT_LENGTH" not in request.headers:
            request.body = request.body.rstrip(b" ")
        return super().members(request)


class LimitCountsCharacters(Wired):
    """The limit of the body counts characters."""

    breaks = "wire.413"

    def members(self, request: Request) -> Members:
        if len(request.body.decode("utf-8", "replace")) <= BODY_LIMIT:
            request.body = request.body.rstrip(b" ")
        return super().members(request)


class LongBodyInChunksIsDropped(Wired):
    """A body in chunks that grows too long ends the connection without an answer."""

    breaks = "wire.413"

    def chunks(self, stream: BinaryIO) -> Iterator[bytes]:
        length = 0
        for chunk in super().chunks(stream):
            length += len(chunk)
            if length > BODY_LIMIT:
                raise EOFError
            yield chunk


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


class ToldOnceAConnection(Wired):
    """Only the first request on a connection is told to go on with its body."""

    breaks = "wire.expect"

    def __init__(self) -> None:
        super().__init__()
        self.told: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def tell_to_continue(self, connection: socket.socket) -> None:
        if connection not in self.told:
            self.told.add(connection)
            super().tell_to_continue(connection)


class ChunksAreNotToldToContinue(Wired):
    """A request with a body in chunks is not told to go on with it."""

    breaks = "wire.expect"

    def read_head(self, stream: BinaryIO) -> tuple[str, Fields]:
        line, fields = super().read_head(stream)
        if "transfer-encoding" in fields:
            fields.pop("expect", None)
        return line, fields


class RefusalWaitsForTheBody(Wired):
    """A request that its head refuses is not told to go on, and has its refusal once its body has come."""

    breaks = "wire.expect"

    def read_head(self, stream: BinaryIO) -> tuple[str, Fields]:
        line, fields = super().read_head(stream)
        if int(fields.get("content-length", "0")) > BODY_LIMIT or "json" not in fields.get("content-type", "json"):
            fields.pop("expect", None)
        return line, fields


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


class LockIsHeldFromTheContinue(Wired):
    """The lock is taken where a client is told to go on, and held until its body has come."""

    breaks = "wire.slow"

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        with self.lock if "expect" in fields else nullcontext():
            if "expect" in fields:
                self.tell_to_continue(connection)
            body = self.read_body(stream, fields)
        connection.sendall(self.written(line.split(" ")[0], self.respond(line, fields, body, port)))
        return fields.get("connection", "").lower() != "close"


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


class RefusedBodiesMayBeSniffed(Fault):
    """Answers to bodies that are too long lack X-Content-Type-Options."""

    breaks = "wire.nosniff"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if response.status == 413:
            del response.headers["X-Content-Type-Options"]
        return response
