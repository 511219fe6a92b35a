"""Requests over HTTP/1.1 on one kept-alive connection, its answers read strictly."""

from __future__ import annotations

import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from functools import cache, cached_property
from urllib.parse import urlsplit

import h11

from contract.transport import Headers, Options, Request, Response, Transport, Unanswered, merged
from contract.transport.plain import plain_head

IDLE_LIMIT = 0.5
"""Seconds after which an idle connection is not trusted any more: some servers close theirs after one second."""

_SMALL = 16 * 1024
_CHUNK = 64 * 1024
_HOST = [("Host", "any")]
_END = h11.EndOfMessage()
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Patience:
    """How long the next bytes of an answer are waited for whose head is there: less once two never came."""

    short_answers: int = 0

    def of(self, timeout: float) -> float:
        """Seconds, where a whole answer has so many."""
        return timeout * (0.3 if self.short_answers < 2 else 0.03)


@dataclass(frozen=True)
class HttpTarget:
    """An API at a URL: scheme, host, port and an optional base path."""

    url: str
    options: Options
    patience: Patience = field(default_factory=Patience, compare=False)

    in_process = False

    @property
    def shown_headers(self) -> Headers:
        return self.options.shown_headers

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    @cached_property
    def base_path(self) -> str:
        """What stands before each path; empty where the API is at the root."""
        return urlsplit(self.url).path

    @cached_property
    def default_headers(self) -> Headers:
        """The headers of each request that does not set them itself."""
        own = (("Host", urlsplit(self.url).netloc), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
        return merged(own, self.options.headers)

    @cached_property
    def _tls(self) -> ssl.SSLContext | None:
        return tls_context(self.options) if urlsplit(self.url).scheme == "https" else None

    def dial(self, timeout: float) -> socket.socket:
        """A new connection, opened within ``timeout`` seconds; raises ``Unanswered``."""
        try:
            raw = socket.create_connection(self.address, timeout=timeout)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._tls.wrap_socket(raw, server_hostname=self.address[0]) if self._tls is not None else raw
        except TimeoutError as error:
            raise Unanswered("timeout", str(error)) from error
        except (OSError, UnicodeError) as error:  # a host name may be beyond IDNA
            raise Unanswered("refused", str(error)) from error

    def head(self, method: str, path: str, headers: Headers, *, rooted: bool = False) -> bytes:
        """The head of a request as bytes, the default headers included; nothing is checked or changed."""
        lines = (f"{name}: {value}\r\n" for name, value in merged(self.default_headers, headers))
        target = path if rooted else self.base_path + path
        return f"{method} {target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")

    def connect(self) -> Transport:
        return HttpTransport(self)


class HttpTransport:
    """One client of an HTTP target, with at most one connection open."""

    def __init__(self, target: HttpTarget) -> None:
        self._target = target
        self._limit = target.options.timeout
        self._socket: socket.socket | None = None
        self._is_kept = False
        self._seen_bytes = False
        self._last_use = 0.0

    def send(self, request: Request, timeout: float | None = None) -> Response:
        self._limit = self._target.options.timeout if timeout is None else timeout
        deadline = time.monotonic() + self._limit
        reused = self._is_reusable()
        try:
            return self._exchange(request, deadline)
        except Unanswered as failure:
            self.close()
            if not (reused and failure.reason == "closed" and request.method in _SAFE):
                raise
        # RFC 9110 9.2.2: a safe request that met the end of an idle connection may be sent again.
        return self._exchange(request, deadline)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _is_reusable(self) -> bool:
        if self._socket is None:
            return False
        if self._is_kept and time.monotonic() - self._last_use < IDLE_LIMIT and not _is_readable(self._socket):
            return True
        self.close()
        return False

    def _exchange(self, request: Request, deadline: float) -> Response:
        if self._socket is None:
            self._socket = self._target.dial(max(deadline - time.monotonic(), 0.001))
        payload = self._render(request)
        self._is_kept = self._seen_bytes = False
        try:
            early = write_while_reading(self._socket, payload, deadline)
            self._seen_bytes = bool(early)
            _acknowledge_at_once(self._socket)
            response = self._read(self._socket, request.method, early, deadline)
        except TimeoutError as error:
            raise Unanswered("timeout", str(error) or "timed out") from error
        except OSError as error:
            raise Unanswered("closed", str(error)) from error
        except h11.RemoteProtocolError as error:
            raise Unanswered("garbled" if self._seen_bytes else "closed", str(error)) from error
        self._last_use = time.monotonic()
        # A server that answers early may leave the rest unread, and one that failed may give up the connection; both
        # then close without a word.
        if len(payload) > _SMALL or response.status >= 500:
            self.close()
        return response

    def _render(self, request: Request) -> bytes:
        headers = request.headers
        if request.body is not None:
            headers = (*headers, ("Content-Length", str(len(request.body))))
        return self._target.head(request.method, request.path, headers, rooted=request.rooted) + (request.body or b"")

    def _read(self, connection: socket.socket, method: str, early: bytes, deadline: float) -> Response:
        data = early or self._receive(connection, deadline)
        plain = plain_head(data, method)
        if plain is None:
            return self._read_strictly(connection, method, data, deadline)
        while len(data) < plain.end:
            more = self._receive_rest(connection, deadline)
            if not more:
                return self._read_strictly(connection, method, data, deadline)
            data += more
        # What follows an answer belongs to none.
        self._is_kept = len(data) == plain.end
        return Response(plain.status, plain.headers, data[plain.start : plain.end])

    def _read_strictly(self, connection: socket.socket, method: str, data: bytes, deadline: float) -> Response:
        """Read an answer of any kind, of which ``data`` has come already; empty ``data`` ends the connection."""
        protocol = reader_of_answers(method)
        protocol.receive_data(data)
        head: h11.Response | None = None
        body = bytearray()
        has_ended = False
        while True:
            try:
                event = protocol.next_event()
            except h11.RemoteProtocolError as error:
                if head is not None and has_ended:
                    raise Unanswered("short", str(error)) from error
                raise
            if event is h11.NEED_DATA:
                receive = self._receive if head is None else self._receive_rest
                more = receive(connection, deadline)
                has_ended = not more
                protocol.receive_data(more)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                self._is_kept = protocol.their_state is h11.DONE and not protocol.trailing_data[0]
                return Response(
                    head.status_code,
                    tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in head.headers),
                    bytes(body),
                )
            elif not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the connection ended before a response.")

    def _receive_rest(self, connection: socket.socket, deadline: float) -> bytes:
        """More of an answer whose head is there; raises ``Unanswered`` where nothing comes for a while."""
        patience = self._target.patience
        try:
            return self._receive(connection, min(deadline, time.monotonic() + patience.of(self._limit)))
        except TimeoutError as error:
            if time.monotonic() >= deadline:
                raise
            patience.short_answers += 1
            raise Unanswered("short", str(error) or "timed out") from error

    def _receive(self, connection: socket.socket, deadline: float) -> bytes:
        connection.settimeout(_left(deadline))
        data = connection.recv(_CHUNK)
        self._seen_bytes = self._seen_bytes or bool(data)
        return data


def reader_of_answers(method: str) -> h11.Connection:
    """What reads the answer to a request with this method, which was written already."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(_request_of(method))
    reader.send(_END)
    return reader


@cache
def _request_of(method: str) -> h11.Request:
    """A request for ``reader_of_answers``; h11 looks through each one that is made."""
    return h11.Request(method=method, target="/", headers=_HOST)


def write_while_reading(connection: socket.socket, payload: bytes, deadline: float) -> bytes:
    """Write what the server takes of the payload; the bytes that came back meanwhile.

    A server may answer early (RFC 9112 9.5), and read no further.
    """
    connection.settimeout(_left(deadline))
    if len(payload) <= _SMALL:
        connection.sendall(payload)
        return b""
    # A TLS connection may be readable and have no data: a session ticket came.
    connection.setblocking(False)
    early = bytearray()
    rest = memoryview(payload)
    while rest and (left := deadline - time.monotonic()) > 0:
        readable, writable, _ = select.select([connection], [connection], [], left)
        try:
            if readable:
                data = connection.recv(_CHUNK)
                if not data:
                    break
                early += data
            elif writable:
                rest = rest[connection.send(rest[:_SMALL]) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            continue
        except OSError:
            break
    return bytes(early)


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Do not delay the acknowledgement of the next segment: a server that sends head and body apart waits for it.

    Linux only, and once for each answer (tcp(7)); elsewhere such a server costs some 40 ms a request (RFC 896).
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _is_readable(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def tls_context(options: Options) -> ssl.SSLContext:
    tls = options.tls
    context = ssl.create_default_context(cafile=tls.ca_file)
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.client_cert:
        context.load_cert_chain(tls.client_cert, tls.client_key)
    return context
