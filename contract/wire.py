"""A connection as bytes: what a law about framing writes, and what comes back, read strictly by h11."""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import h11

from contract.answer import Answer
from contract.api import Api
from contract.exchange import Exchange
from contract.expect import Inconclusive, Skipped
from contract.tasks import COLLECTION
from contract.transport import Headers, Request, Response, Unanswered
from contract.transport.http import HttpTarget, reader_of_answers, write_while_reading

PATIENCE = 2.0
"""Seconds without a byte after which a message that has begun is taken to be cut short."""

EXPECTATION = "100-continue"

_CHUNK = 64 * 1024
_NO_LINGER = struct.pack("ii", 1, 0)
_JSON = (("Content-Type", "application/json"),)


class Connection:
    """A new connection to the target; requests on it are written as they are, and never sent again."""

    def __init__(self, api: Api, timeout: float | None = None) -> None:
        self._api = api
        self._target = http_target(api)
        self._timeout = self._target.options.timeout if timeout is None else timeout
        self._waited: list[float] = []
        self._open()

    def _open(self) -> None:
        self._api.session.require_time()
        try:
            self._socket = self._target.dial(self._timeout)
        except Unanswered as failure:
            raise Inconclusive(Exchange(Request("GET", COLLECTION), None, failure)) from failure
        self._rest = b""
        self._seen_bytes = False
        self.is_open = True

    def head(self, method: str, path: str, headers: Headers = ()) -> bytes:
        """The bytes of a request's head, the usual headers included."""
        return self._target.head(method, path, headers)

    def ask(self, request: Request, *, pieces: Sequence[bytes] | None = None, nudge: bytes = b"") -> Answer:
        """Send a request and read its answer; no answer is an outcome too.

        The body is counted, or sent as it stands in ``pieces``. ``nudge`` is sent where the answer stops midway.
        """
        headers, body = request.headers, request.body
        if pieces is None and body is not None:
            headers = (*headers, ("Content-Length", str(len(body))))
        while True:
            self.write(self.head(request.method, request.path, headers) + b"".join(pieces or (body or b"",)))
            answer = self.answer(request, nudge=nudge)
            if not self.is_put_off(answer):
                return answer

    def ask_late(self, request: Request, seconds: float) -> Answer:
        """Send a request whose body follows once it is told to go on, or is answered, or after so many seconds."""
        while True:
            self.begin(request)
            self.is_told_to_continue(seconds)
            self.write_body(request)
            answer = self.answer(request)
            if not self.is_put_off(answer):
                return answer

    def begin(self, request: Request) -> None:
        """Write the head of a request; its body is to follow."""
        length = () if is_chunked(request) else (("Content-Length", str(len(request.body or b""))),)
        self.write(self.head(request.method, request.path, (*request.headers, *length)))

    def write_body(self, request: Request) -> None:
        """Write the body of a request that has begun, in one chunk where it is chunked."""
        body = request.body or b""
        self.write(b"".join(chunked([body])) if is_chunked(request) else body)

    def is_put_off(self, answer: Answer) -> bool:
        """Whether the request is to be sent again, as its answer says; the connection is a new one then."""
        response, session = answer.exchange.response, self._api.session
        seconds = session.guest.puts_off(response, self._waited, session.seconds_left()) if response else None
        if seconds is None:
            self._waited.clear()
            return False
        self._waited.append(seconds)
        self.close()
        self._open()
        return True

    def write(self, data: bytes) -> None:
        """Write what the server takes, reading what it answers meanwhile; an end of the connection shows later.

        What begins a request may be refused, as by a transport.
        """
        session = self._api.session
        session.guest.admit(data.partition(b" ")[0].decode("latin-1"), session.require_time)
        with suppress(OSError):
            self._rest += write_while_reading(self._socket, data, time.monotonic() + self._timeout)

    def answer(self, request: Request, *, timeout: float | None = None, nudge: bytes = b"") -> Answer:
        """Read the answer to a request that was written; one that does not come is an outcome too."""
        self._api.session.count(1)
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        try:
            exchange = Exchange(request, self._read(request.method, deadline, nudge))
        except Unanswered as failure:
            self.is_open = False
            exchange = Exchange(request, None, failure)
        return self._api.take_note(exchange)

    def is_told_to_continue(self, timeout: float) -> bool | None:
        """Whether an interim 100 comes before a final answer; ``None`` where neither comes in time (seconds)."""
        end = time.monotonic() + timeout
        while True:
            head, blank, rest = self._rest.partition(b"\r\n\r\n")
            if blank and not re.match(rb"HTTP/1\.1 1\d\d", head):
                return False
            if blank:
                self._rest = rest
            if blank and head.startswith(b"HTTP/1.1 100"):
                return True
            if not blank and not self._take_in(end):
                return None

    def _take_in(self, end: float) -> bool:
        """Whether more bytes came before the end."""
        try:
            data = self._receive(end)
        except OSError:
            return False
        self._rest += data
        return bool(data)

    def finish(self) -> None:
        """Send no more, and read until the server has closed its side, for a short while at most."""
        end = time.monotonic() + PATIENCE
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while time.monotonic() < end and self._receive(end):
                """What comes is of no interest."""

    def reset(self) -> None:
        """End it as a client does that dies: with a reset (RFC 9293 3.10.7)."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._socket.close()

    def surplus(self) -> bytes:
        """What follows the last answer on a connection that the server closes."""
        end = time.monotonic() + PATIENCE
        with suppress(OSError):
            while time.monotonic() < end and (data := self._receive(end)):
                self._rest += data
        return self._rest

    def close(self) -> None:
        """Close it at once."""
        self._socket.close()

    def _read(self, method: str, deadline: float, nudge: bytes) -> Response:
        protocol = reader_of_answers(method)
        if self._rest:
            protocol.receive_data(self._rest)
        self._seen_bytes = bool(self._rest)
        head: h11.Response | None = None
        body = bytearray()
        while True:
            event = self._next(protocol, deadline, nudge) if head is not None else self._event(protocol, deadline)
            nudge = b"" if event is None else nudge
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                self._rest = bytes(protocol.trailing_data[0])
                self.is_open = protocol.their_state is h11.DONE
                return Response(head.status_code, _decoded(head.headers), bytes(body))

    def _next(self, protocol: h11.Connection, deadline: float, nudge: bytes) -> object:
        """The next event of a message whose head is there, ``None`` where it stopped and was nudged.

        Raises ``Unanswered`` where no more of it comes for a while.
        """
        patience = http_target(self._api).patience
        try:
            seconds = PATIENCE if nudge else patience.of(self._timeout)
            return self._event(protocol, min(deadline, time.monotonic() + seconds))
        except Unanswered as failure:
            if failure.reason != "timeout" or time.monotonic() >= deadline:
                raise
            if not nudge:
                patience.short_answers += 1
                raise Unanswered("short", str(failure)) from failure
            self._rest = b""
            self.write(nudge)
            if self._rest:
                protocol.receive_data(self._rest)
            return None

    def _event(self, protocol: h11.Connection, deadline: float) -> object:
        try:
            event = protocol.next_event()
            if event is h11.NEED_DATA:
                protocol.receive_data(self._receive(deadline))
            return event
        except TimeoutError as error:
            raise Unanswered("timeout", str(error)) from error
        except OSError as error:
            raise Unanswered("closed", str(error)) from error
        except h11.RemoteProtocolError as error:
            raise Unanswered("garbled" if self._seen_bytes else "closed", str(error)) from error

    def _receive(self, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left)
        data = self._socket.recv(_CHUNK)
        self._seen_bytes = self._seen_bytes or bool(data)
        return data


@contextmanager
def connected(api: Api, timeout: float | None = None) -> Iterator[Connection]:
    """A connection of its own as long as the block lasts."""
    connection = Connection(api, timeout)
    try:
        yield connection
    finally:
        connection.close()


def http_target(api: Api) -> HttpTarget:
    """The target; raises ``Skipped`` where it is an application in process, which has no connections."""
    target = api.session.target
    if not isinstance(target, HttpTarget):
        raise Skipped("it needs a connection, and an application in process has none")
    return target


def may_be_stalled(api: Api) -> None:
    """Raise ``Skipped`` where stalled connections could harm somebody: a target that is not on this machine."""
    host = urlsplit(http_target(api).url).hostname or ""
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost" and not api.session.intrusive:
        raise Skipped("it stalls connections, which a target elsewhere must be willing to bear: --intrusive")


def json_request(method: str, path: str, body: bytes) -> Request:
    """A request with a JSON body."""
    return Request(method, path, _JSON, body)


def in_chunks(request: Request, coding: str = "chunked") -> Request:
    """The same request with a body in chunks, which goes as ``pieces``; the name of the coding has no case."""
    return replace(request, headers=(*request.headers, ("Transfer-Encoding", coding)))


def asking_first(request: Request, value: str = EXPECTATION) -> Request:
    """The same request, which waits to be told to go on with its body (RFC 9110 10.1.1)."""
    return replace(request, headers=(*request.headers, ("Expect", value)))


def is_chunked(request: Request) -> bool:
    """Whether the body goes in chunks."""
    return any(name == "Transfer-Encoding" for name, _ in request.headers)


def chunked(
    pieces: Iterable[bytes], extension: str = "", trailer: str = "", size: str = "x", last: str = "0"
) -> list[bytes]:
    """The pieces as chunks, and the last chunk (RFC 9112 7.1); ``size`` is the format of a size, ``last`` the last."""
    chunks = [f"{len(piece):{size}}{extension}\r\n".encode() + piece + b"\r\n" for piece in pieces if piece]
    return [*chunks, f"{last}\r\n{trailer}\r\n".encode()]


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
