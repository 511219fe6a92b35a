"""Faults of the wire: of lengths, and of what stays on a connection."""

from __future__ import annotations

import gzip
import json
import re
import socket
from contextlib import suppress
from typing import BinaryIO

from tests.faults.healthy import Request, Response
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


class LateBodyOfAWrongMethodStays(BodyOfAWrongMethodStays):
    """A wrong method is refused by its head; what has come of its body is thrown away, and what comes later stays."""

    breaks = "wire.framing"
    also = ()

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        if not line.startswith("PATCH"):
            return self.carry_on(connection, stream, port, line, fields)
        self.send(connection, self.written("PATCH", self.respond(line, fields, b"", port)))
        connection.setblocking(False)
        with suppress(OSError):
            stream.read1()  # type: ignore[attr-defined]
        connection.setblocking(True)
        return True


class BodyOfARefusedExpectationStays(BodyOfAWrongMethodStays):
    """A client that waits to be told to go on with text is refused, and its body, if it sends it, not expected."""

    breaks = "wire.framing"
    also = ()

    def turn(self, connection: socket.socket, stream: BinaryIO, port: str) -> bool:
        line, fields = self.read_head(stream)
        if "expect" not in fields or "json" in fields.get("content-type", "json"):
            return self.carry_on(connection, stream, port, line, fields)
        self.send(connection, self.written(line.split(" ")[0], self.respond(line, fields, b"", port)))
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


class LengthCountsSurrogates(Wired):
    """Characters are written as they are, and one beyond U+FFFF counts for two surrogates of three bytes each."""

    breaks = "wire.framing"
    also = ("method.head",)

    def json(self, status: int, document: object) -> Response:
        response = super().json(status, document)
        response.body = json.dumps(json.loads(response.body), ensure_ascii=False).encode()
        return response

    def length(self, method: str, response: Response) -> int:
        return sum(6 if character > "\uffff" else len(character.encode()) for character in response.body.decode())


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


class PageWithoutTasksEndsEarly(Wired):
    """The list is sent in chunks, and that of a page without tasks is empty, which ends the body."""

    breaks = "wire.framing"
    also = ("list.complete", "list.filter", "openapi.schema")

    def written(self, method: str, response: Response) -> bytes:
        whole = super().written(method, response)
        if response.body.strip() != b"[]":
            return whole
        head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", whole.partition(b"\r\n\r\n")[0])
        return head + b"\r\n\r\n" + (b"" if method == "HEAD" else b"1\r\n[\r\n0\r\n\r\n1\r\n]\r\n0\r\n\r\n")


class LengthIsThatOfTheLastHead(Wired):
    """The length that HEAD of a task told is told by GET too, also after a PUT."""

    breaks = "wire.framing"
    also = ("cache.etag", "method.head", "method.override")

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, int] = {}

    def respond(self, line: str, fields: Fields, body: bytes, port: str) -> Response:
        response = super().respond(line, fields, body, port)
        method, target, _ = line.split(" ", 2)
        if response.status == 200 and method == "HEAD" and target.startswith("/tasks/"):
            self.told[target] = len(response.body)
        if response.status == 200 and method == "GET":
            vars(response)["told"] = self.told.get(target)
        return response

    def length(self, method: str, response: Response) -> int:
        return int(vars(response).get("told") or len(response.body))


class OneOfSeveralTagsBringsABody(Wired):
    """A 304 is followed by the task where If-None-Match has several tags."""

    breaks = "wire.framing"
    also = ("cache.304",)

    def read(self, request: Request) -> Response:
        response = super().read(request)
        if response.status == 304 and "," in request.headers["IF_NONE_MATCH"]:
            response.body = json.dumps(self.find(request)).encode()
        return response

    def body(self, method: str, response: Response) -> bytes:
        return response.body if response.status == 304 and method == "GET" else super().body(method, response)


class NothingIsCompressed(Wired):
    """The compression makes twenty bytes of the nothing of a 204."""

    breaks = "wire.framing"

    def respond(self, line: str, fields: Fields, body: bytes, port: str) -> Response:
        response = super().respond(line, fields, body, port)
        if response.status == 204 and "gzip" in fields.get("accept-encoding", ""):
            response.body = gzip.compress(b"", mtime=0)
            response.headers["Content-Encoding"] = "gzip"
        return response

    def body(self, method: str, response: Response) -> bytes:
        return response.body if response.status == 204 else super().body(method, response)


class HeadOfABadQueryHasABody(Wired):
    """HEAD with an invalid query is answered with the body of the error."""

    breaks = "wire.framing"

    def body(self, method: str, response: Response) -> bytes:
        return response.body if response.status == 400 else super().body(method, response)
