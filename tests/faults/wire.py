"""Faults of the wire: of clients that stall, and of the label against sniffing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import BinaryIO

from tests.faults import Fault
from tests.faults.healthy import BODY_LIMIT, Request, Response
from tests.faults.wired import Fields, Wired


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


class LongBodyIsAwaitedUnderTheLock(Wired):
    """A body whose length is too long is read, to be refused, with the lock around the tasks taken."""

    breaks = "wire.slow"

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        with self.lock if int(fields.get("content-length", "0")) > BODY_LIMIT else nullcontext():
            return super().read_body(stream, fields)


class NewConnectionsAreSniffedInTurn(Wired):
    """A new connection has half a second for its first byte, which tells the protocol, and others wait for it."""

    breaks = "wire.slow"

    def __init__(self) -> None:
        super().__init__()
        self.door = threading.Lock()

    def serve_connection(self, connection: socket.socket) -> None:
        with self.door, suppress(TimeoutError):
            connection.settimeout(0.5)
            connection.recv(1, socket.MSG_PEEK)
        connection.settimeout(None)
        super().serve_connection(connection)


class SixteenBodies(Wired):
    """Sixteen bodies are received at the same time, and the next one waits."""

    breaks = "wire.slow"

    def __init__(self) -> None:
        super().__init__()
        self.places = threading.Semaphore(16)

    def read_body(self, stream: BinaryIO, fields: Fields) -> bytes:
        if "transfer-encoding" not in fields and fields.get("content-length", "0") == "0":
            return b""
        with self.places:
            return super().read_body(stream, fields)


class ChunksAreDecodedUnderTheLock(Wired):
    """The lock of the tasks is held while the chunks of a body are read."""

    breaks = "wire.slow"

    def chunks(self, stream: BinaryIO) -> Iterator[bytes]:
        with self.lock:
            yield from super().chunks(stream)


class AnswersAreSentUnderTheLock(Wired):
    """The lock of the tasks is held while an answer is sent, also to who does not read it."""

    breaks = "wire.slow"

    def send(self, connection: socket.socket, data: bytes) -> None:
        with self.lock:
            super().send(connection, data)


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


class LabelIsSpentOnTheContinue(Wired):
    """The label is in the first head that is written: where a 100 is, in no other."""

    breaks = "wire.nosniff"

    def tell_to_continue(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\nX-Content-Type-Options: nosniff\r\n\r\n")

    def respond(self, line: str, fields: Fields, body: bytes, port: str) -> Response:
        response = super().respond(line, fields, body, port)
        if fields.get("expect", "").lower() == "100-continue":
            del response.headers["X-Content-Type-Options"]
        return response


class ChangedTaskMayBeSniffed(Fault):
    """A task that is sent since its tag is not that of If-None-Match lacks the label."""

    breaks = "wire.nosniff"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if response.status == 200 and "IF_NONE_MATCH" in request.headers:
            del response.headers["X-Content-Type-Options"]
        return response


class PageMayBeSniffed(Fault):
    """A page of the list that has a next one says no-sniff, which is no value of the header."""

    breaks = "wire.nosniff"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if "Link" in response.headers:
            response.headers["X-Content-Type-Options"] = "no-sniff"
        return response
