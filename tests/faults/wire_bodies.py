"""Faults of the wire: of bodies in chunks, too long ones, those that are asked for first, and those that end early."""

from __future__ import annotations

import socket
import struct
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from tests.faults.healthy import BODY_LIMIT, Members, Request
from tests.faults.wired import Fields, Wired


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


class SecondChunkedBodyFollowsTheFirst(Wired):
    """What a connection decoded of chunks is kept, and a second chunked body is added to it."""

    breaks = "wire.chunked"

    def __init__(self) -> None:
        super().__init__()
        self.decoded: weakref.WeakKeyDictionary[BinaryIO, bytes] = weakref.WeakKeyDictionary()

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        body = super().read_body(stream, fields)
        if "transfer-encoding" in fields:
            body = self.decoded[stream] = self.decoded.get(stream, b"") + body
        return body


class LimitIsThatOfAChunk(Wired):
    """A chunk may have so many bytes, and a body any number of chunks; no other limit is told."""

    breaks = "wire.413"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if "transfer-encoding" not in fields:
            return super().read_body(stream, fields)
        chunks = list(self.chunks(stream))
        whole = b"".join(chunks)
        return whole if max(map(len, chunks), default=0) > BODY_LIMIT else whole[: BODY_LIMIT - 1]


class ExpectationIsComparedByCase(Wired):
    """Expect: 100-Continue is not known."""

    breaks = "wire.expect"

    def read_head(self, stream: BinaryIO) -> tuple[str, Fields]:
        line, fields = super().read_head(stream)
        if fields.get("expect") != "100-continue":
            fields.pop("expect", None)
        return line, fields


class CutOffBodyEndsAsThePreviousOne(Wired):
    """Bodies are read into the same memory, and what one lacks in the end is what the one before it had there."""

    breaks = "wire.incomplete"

    def __init__(self) -> None:
        super().__init__()
        self.memory = bytearray(2 * BODY_LIMIT)

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        length = int(fields.get("content-length", "0"))
        if "transfer-encoding" in fields or not 0 < length <= BODY_LIMIT:
            return super().read_body(stream, fields)
        with suppress(OSError):
            body = stream.read(length)
            self.memory[: len(body)] = body
        return bytes(self.memory[:length])


class ResetBodyIsTaken(Wired):
    """A body whose connection is reset is taken as far as it came, and one that just ends is not."""

    breaks = "wire.incomplete"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if "transfer-encoding" in fields:
            return super().read_body(stream, fields)
        body = b""
        while len(body) < int(fields.get("content-length", "0")):
            try:
                came = stream.read(1)
            except ConnectionResetError:
                return body
            if not came:
                raise EOFError
            body += came
        return body


class ChunksOfACutOffBodyStay(Wired):
    """Chunks are collected in one place for all connections, which is emptied when a body is whole."""

    breaks = "wire.incomplete"

    def __init__(self) -> None:
        super().__init__()
        self.collected: list[bytes] = []

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if "transfer-encoding" not in fields:
            return super().read_body(stream, fields)
        for chunk in self.chunks(stream):
            self.collected.append(chunk)
        body = b"".join(self.collected)
        self.collected.clear()
        return body


class CutOffBodyBeginsTheNext(Wired):
    """What came of a counted body that was cut off is what the next body begins with."""

    breaks = "wire.incomplete"

    def __init__(self) -> None:
        super().__init__()
        self.rest = b""

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        length = int(fields.get("content-length", "0"))
        if "transfer-encoding" in fields or length == 0:
            return super().read_body(stream, fields)
        body = self.rest + (stream.read(length) or b"")
        self.rest = body if len(body) < length else b""
        if self.rest:
            raise EOFError
        return body
