"""Requests over HTTP: what goes out byte for byte, what is read, and how it is told that nothing came."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from contract.transport import Headers, Options, Request, Response, Tls, Transport, Unanswered
from contract.transport import http as http_module
from contract.transport.http import Patience
from contract.transport.opening import open_target
from tests.targets import PATIENCE, dead_port, serve_connections, swallow

Handler = Callable[[socket.socket], None]

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GET = Request("GET", "/tasks")
POST = Request("POST", "/tasks", (), b"{}")
LARGE = Request("POST", "/tasks", (), b"x" * 1_000_000)
ENDLESS = Request("POST", "/tasks", (), b"x" * 16_000_000)
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n{}"


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of the next request and what came with it, empty where the client closed the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def read_request(connection: socket.socket) -> bytes:
    """The next request, its body counted, empty where the client closed the connection."""
    head, body = read_head(connection)
    length = sum(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body if head else b""


class Script:
    """A server that answers with these texts in turn and keeps what it was asked, by connection.

    ``None`` in place of an answer closes the connection, ``closes`` closes it after each answer.
    """

    def __init__(self, *answers: bytes | None, segment: int = 65_536, closes: bool = False) -> None:
        self._answers = iter(answers)
        self._segment = segment
        self._closes = closes
        self.connections: list[list[bytes]] = []
        self.has_closed = threading.Event()

    @property
    def requests(self) -> list[bytes]:
        """Everything that it was asked."""
        return [request for connection in self.connections for request in connection]

    def __call__(self, connection: socket.socket) -> None:
        received: list[bytes] = []
        self.connections.append(received)
        while request := read_request(connection):
            received.append(request)
            answer = next(self._answers)
            for start in range(0, len(answer or b""), self._segment):
                connection.sendall((answer or b"")[start : start + self._segment])
            if answer is None or self._closes:
                connection.shutdown(socket.SHUT_RDWR)
                self.has_closed.set()
                return


@contextmanager
def connected(handle: Handler, base: str = "", headers: Headers = ()) -> Iterator[Transport]:
    """A client of a server that gives each connection to ``handle``."""
    with serve_connections(handle) as url:
        client = open_target(url + base, Options(headers=headers, timeout=PATIENCE)).connect()
        try:
            yield client
        finally:
            client.close()


def answer_to(answer: bytes, request: Request = GET) -> Response:
    """What the client makes of these bytes."""
    with connected(Script(answer)) as client:
        return client.send(request)


def sent(request: Request, base: str = "", headers: Headers = ()) -> bytes:
    """What a server receives when the client sends the request."""
    script = Script(EMPTY)
    with connected(script, base, headers) as client:
        client.send(request)
    return script.requests[0]


def lines_of(request: bytes) -> list[str]:
    """The lines of the head of a request."""
    return request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")


def failure_of(handle: Handler, timeout: float = PATIENCE) -> Unanswered:
    """How a GET fails on this server."""
    with connected(handle) as client, pytest.raises(Unanswered) as caught:
        client.send(GET, timeout)
    return caught.value


def test_interim_responses_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"

    response = answer_to(interim + b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")

    assert response == Response(201, (("content-length", "2"),), b"ok")


@pytest.mark.parametrize("segment", [1, 7, 65_536])
@pytest.mark.parametrize(
    ("framed", "closes"),
    [
        (b"Content-Length: 11\r\n\r\nhello world", False),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: z\r\n\r\n", False),
        (b"Content-Length: 11\r\nConnection: close\r\n\r\nhello world", True),
        (b"\r\nhello world", True),
    ],
    ids=["counted", "chunked", "counted and closed", "ended by closing"],
)
def test_body_is_read_in_every_framing_and_in_any_pieces(framed: bytes, closes: bool, segment: int) -> None:
    with connected(Script(b"HTTP/1.1 200 OK\r\n" + framed, segment=segment, closes=closes)) as client:
        response = client.send(GET)

    assert response.body == b"hello world"


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
    ],
)
def test_no_body_is_awaited_where_there_is_none(method: str, head: bytes) -> None:
    script = Script(head, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
    with connected(script) as client:
        first, second = client.send(Request(method, "/tasks/1")), client.send(GET)

    assert (first.body, second.body) == (b"", b"next")
    assert len(script.connections) == 1


def test_duplicate_headers_are_joined_and_values_are_latin_1() -> None:
    response = answer_to(b"HTTP/1.1 200 OK\r\nVary: a\r\nX-Name: \xe9\r\nvary: b\r\nContent-Length: 0\r\n\r\n")

    assert (response.header("Vary"), response.header("x-name"), response.header("x-none")) == ("a, b", "é", None)


def test_redirect_is_not_followed() -> None:
    script = Script(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
    with connected(script) as client:
        response = client.send(GET)

    assert (response.status, response.header("location"), len(script.requests)) == (302, "/elsewhere", 1)


@pytest.mark.parametrize(
    "path",
    ["/tasks/%2F", "/tasks/%2f..%2F", "/tasks/../..", "//tasks//1", "/tasks?a=%zz&&=", "/a%00b", "/tasks/%C2%B2?#"],
)
@pytest.mark.parametrize("base", ["", "/api/v1"])
def test_path_is_sent_byte_for_byte_below_the_base_path(path: str, base: str) -> None:
    request = sent(Request("GET", path), base)

    assert lines_of(request)[0] == f"GET {base}{path} HTTP/1.1"


def test_header_values_are_sent_as_latin_1() -> None:
    request = sent(Request("GET", "/tasks", (("X-Name", "é"), ("X-Empty", ""))))

    assert b"\r\nX-Name: \xe9\r\n" in request
    assert b"\r\nX-Empty: \r\n" in request


def test_headers_of_the_user_are_sent_with_each_request() -> None:
    request = sent(GET, headers=(("Authorization", "Bearer x"),))

    assert "Authorization: Bearer x" in lines_of(request)


@pytest.mark.parametrize("name", ["Host", "host", "Accept", "Accept-Encoding"])
def test_headers_of_the_user_replace_those_of_the_client(name: str) -> None:
    lines = lines_of(sent(GET, headers=((name, "mine"),)))

    assert [line for line in lines if line.lower().startswith(f"{name.lower()}:")] == [f"{name}: mine"]


def test_headers_of_the_request_replace_all_others() -> None:
    request = sent(Request("GET", "/tasks", (("accept", "text/html"), ("x-key", "b"))), headers=(("X-Key", "a"),))

    assert [line for line in lines_of(request) if line.lower().startswith(("accept:", "x-key:"))] == [
        "accept: text/html",
        "x-key: b",
    ]


def test_empty_body_is_counted_and_no_body_is_not() -> None:
    assert b"Content-Length: 0\r\n" in sent(Request("POST", "/tasks", (), b""))
    assert b"Content-Length" not in sent(Request("POST", "/tasks"))


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{dead_port()}")

    assert lines_of(sent(GET))[0] == "GET /tasks HTTP/1.1"


def has_ipv6() -> bool:
    """Whether this machine has a loopback address of IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_address_of_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        listener.settimeout(PATIENCE)
        port = listener.getsockname()[1]
        received: list[bytes] = []

        def serve_one() -> None:
            connection, _ = listener.accept()
            with connection:
                received.append(read_request(connection))
                connection.sendall(EMPTY)

        server = threading.Thread(target=serve_one)
        server.start()
        client = open_target(f"http://[::1]:{port}", Options(timeout=PATIENCE)).connect()
        client.send(GET)
        client.close()
        server.join()

    assert f"Host: [::1]:{port}" in lines_of(received[0])


def test_connection_is_kept_between_requests() -> None:
    script = Script(EMPTY, EMPTY, EMPTY)
    with connected(script) as client:
        for request in (GET, POST, GET):
            client.send(request)

    assert [len(requests) for requests in script.connections] == [3]


def test_each_transport_has_a_connection_of_its_own() -> None:
    script = Script(EMPTY, EMPTY)
    with serve_connections(script) as url:
        clients = [open_target(url, Options(timeout=PATIENCE)).connect() for _ in range(2)]
        for client in clients:
            client.send(GET)
        for client in clients:
            client.close()

    assert [len(requests) for requests in script.connections] == [1, 1]


def test_closed_transport_opens_another_connection() -> None:
    script = Script(EMPTY, EMPTY)
    with connected(script) as client:
        client.send(GET)
        client.close()
        client.send(GET)

    assert [len(requests) for requests in script.connections] == [1, 1]


def test_connection_is_not_used_after_connection_close() -> None:
    script = Script(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", EMPTY)
    with connected(script) as client:
        client.send(POST)
        client.send(POST)

    assert [len(requests) for requests in script.connections] == [1, 1]


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
def test_connection_that_the_server_closed_while_idle_is_opened_again(request_: Request) -> None:
    script = Script(EMPTY, EMPTY, closes=True)
    with connected(script) as client:
        client.send(GET)
        assert script.has_closed.wait(PATIENCE)
        response = client.send(request_)

    assert response.status == 200
    assert [len(requests) for requests in script.connections] == [1, 1]


def test_connection_that_brought_more_than_its_answer_is_not_used_again() -> None:
    script = Script(EMPTY + b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", EMPTY)
    with connected(script) as client:
        client.send(GET)
        response = client.send(POST)

    assert (response.status, len(script.connections)) == (200, 2)


def test_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "IDLE_LIMIT", 0)
    script = Script(EMPTY, EMPTY)
    with connected(script) as client:
        client.send(POST)
        client.send(POST)

    assert [len(requests) for requests in script.connections] == [1, 1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_request_that_met_the_end_of_a_kept_connection_is_sent_once_more(method: str) -> None:
    script = Script(EMPTY, None, EMPTY)
    with connected(script) as client:
        client.send(GET)
        response = client.send(Request(method, "/tasks"))

    assert response.status == 200
    assert [len(requests) for requests in script.connections] == [2, 1]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_request_that_changes_something_is_never_sent_twice(method: str) -> None:
    script = Script(EMPTY, None)
    with connected(script) as client:
        client.send(GET)
        with pytest.raises(Unanswered) as caught:
            client.send(Request(method, "/tasks/1", (), b"{}"))

    assert caught.value.reason == "closed"
    assert [len(requests) for requests in script.connections] == [2]


def test_request_on_a_new_connection_is_sent_once() -> None:
    script = Script(None)

    assert failure_of(script).reason == "closed"
    assert len(script.requests) == 1


def test_refused() -> None:
    client = open_target(f"http://127.0.0.1:{dead_port()}", Options()).connect()

    with pytest.raises(Unanswered, match=r"^no connection could be made \(.*[Rr]efused.*\)\.$") as caught:
        client.send(GET)

    assert caught.value.reason == "refused"


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".invalid"])
def test_host_that_is_no_name(host: str) -> None:
    client = open_target(f"http://{host}", Options()).connect()

    with pytest.raises(Unanswered, match=r"^no connection could be made \(.+\)\.$"):
        client.send(GET)


def test_host_that_cannot_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(*arguments: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    client = open_target("http://nowhere.invalid", Options()).connect()

    with pytest.raises(Unanswered, match=r"^no connection could be made \(.*Name or service not known\)\.$"):
        client.send(GET)


@pytest.mark.parametrize(
    "answer",
    [
        b"220 ready\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"\x00\xff\xfe",
    ],
)
def test_garbled(answer: bytes) -> None:
    failure = failure_of(Script(answer, closes=True))

    assert failure.reason == "garbled"
    assert str(failure).startswith("what came back is not HTTP/1.1 (")


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ],
)
def test_answer_that_is_cut_short(answer: bytes, closes: bool) -> None:
    failure = failure_of(Script(answer, closes=closes), timeout=0.5)

    assert failure.reason == "short"
    assert str(failure).startswith("the rest of the answer did not come (")


def test_less_patience_where_two_answers_were_cut_short() -> None:
    patience = Patience()

    assert [patience.of(10), Patience(1).of(10), Patience(2).of(10)] == [3, 3, 0.3]


def test_silence_is_a_timeout() -> None:
    assert failure_of(swallow, timeout=0.1).reason == "timeout"


@pytest.mark.parametrize(
    "drop", [b"x", b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\n"], ids=["body", "interim", "head"]
)
def test_drops_that_never_end_are_a_timeout(drop: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        read_request(connection)
        if drop == b"x":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        pause = threading.Event()
        while not pause.wait(0.05):
            connection.sendall(drop if drop != b"HTTP/1.1 200 OK\r\n" else b"H")

    started = time.monotonic()
    failure = failure_of(drip, timeout=0.4)
    seconds = time.monotonic() - started

    assert failure.reason == "timeout"
    assert seconds < 5


@contextmanager
def stalled(handle: Handler) -> Iterator[Transport]:
    """A client of a server that does with each connection what ``handle`` does, and then neither reads nor closes."""
    end = threading.Event()

    def handle_and_wait(connection: socket.socket) -> None:
        handle(connection)
        end.wait(PATIENCE)

    with connected(handle_and_wait) as client:
        try:
            yield client
        finally:
            end.set()


def test_server_that_never_reads_is_a_timeout() -> None:
    with stalled(lambda connection: None) as client, pytest.raises(Unanswered) as caught:
        client.send(ENDLESS, timeout=0.3)

    assert caught.value.reason == "timeout"


def refuse_and_close(connection: socket.socket) -> None:
    """Answer as soon as the head was read, and close with the body unread, which resets the connection."""
    read_head(connection)
    connection.sendall(TOO_LARGE)


def refuse_and_linger(connection: socket.socket) -> None:
    """Answer as soon as the head was read, close the way out, and read to the end (RFC 9112 9.6)."""
    read_head(connection)
    connection.sendall(TOO_LARGE)
    connection.shutdown(socket.SHUT_WR)
    swallow(connection)


@pytest.mark.parametrize("refuse", [refuse_and_close, refuse_and_linger])
def test_early_answer_is_seen_each_time(refuse: Handler) -> None:
    statuses = []
    with connected(refuse) as client:
        for _ in range(50):
            statuses.append(client.send(LARGE).status)

    assert statuses == [413] * 50


def test_early_answer_is_seen_where_the_server_reads_no_further() -> None:
    with stalled(refuse_and_close) as client:
        response = client.send(ENDLESS, timeout=0.3)

    assert response.status == 413


def test_connection_with_a_body_half_sent_is_not_used_again() -> None:
    heads = []

    def refuse(connection: socket.socket) -> None:
        heads.append(read_head(connection)[0])
        connection.sendall(TOO_LARGE)

    with stalled(refuse) as client:
        client.send(ENDLESS, timeout=0.3)
        client.send(GET)

    assert [head.split()[0] for head in heads] == [b"POST", b"GET"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def secure(certificate: ssl.SSLContext, handle: Handler) -> Handler:
    """The same server behind TLS."""

    def handle_securely(connection: socket.socket) -> None:
        with certificate.wrap_socket(connection, server_side=True) as wrapped:
            handle(wrapped)

    return handle_securely


@contextmanager
def connected_securely(certificate: ssl.SSLContext, handle: Handler) -> Iterator[Transport]:
    with serve_connections(secure(certificate, handle)) as url:
        options = Options(timeout=PATIENCE, tls=Tls(insecure=True))
        client = open_target(url.replace("http:", "https:"), options).connect()
        try:
            yield client
        finally:
            client.close()


@pytest.mark.parametrize("attempt", range(5))
def test_long_body_over_a_new_tls_connection_arrives_whole(certificate: ssl.SSLContext, attempt: int) -> None:
    script = Script(EMPTY)
    with connected_securely(certificate, script) as client:
        client.send(LARGE)

    assert script.requests[0].endswith(b"\r\n\r\n" + (LARGE.body or b""))


def test_early_answer_is_seen_over_tls(certificate: ssl.SSLContext) -> None:
    statuses = []
    with connected_securely(certificate, refuse_and_linger) as client:
        for _ in range(10):
            statuses.append(client.send(LARGE).status)

    assert statuses == [413] * 10
