"""Connections as bytes: what is written, how answers are read, and what is told apart."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import pytest

from contract.answer import Answer
from contract.api import Api
from contract.expect import Skipped
from contract.session import Session
from contract.transport import Options, Request
from contract.transport.http import HttpTarget
from contract.transport.wsgi import WsgiTarget
from contract.wire import Connection, chunked, connected, http_target, may_be_stalled
from tests.faults.healthy import Healthy
from tests.targets import serve_connections

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
GET = Request("GET", "/tasks")


def api_at(url: str, *, intrusive: bool = False) -> Api:
    """The API at a URL, where an answer may take a second."""
    return Api(Session(HttpTarget(url, Options(timeout=1.0)), intrusive=intrusive))


def answering(*parts: bytes) -> Callable[[socket.socket], None]:
    """A server that sends one of these parts for each request, and then closes."""

    def handle(connection: socket.socket) -> None:
        for part in parts:
            if not connection.recv(65_536):
                return
            connection.sendall(part)

    return handle


def ask(*parts: bytes, request: Request = GET, nudge: bytes = b"") -> tuple[Answer, Connection]:
    """The answer that is read where a server sends these parts."""
    with serve_connections(answering(*parts)) as url, connected(api_at(url)) as connection:
        return connection.ask(request, nudge=nudge), connection


def failure(answer: Answer) -> str:
    """Why there is no response."""
    assert answer.exchange.failure is not None
    return answer.exchange.failure.reason


def test_counted_answer_leaves_the_connection_open() -> None:
    answer, connection = ask(OK)

    assert (answer.status, answer.body) == (200, b"{}")
    assert connection.is_open


def test_answer_that_says_so_ends_the_connection() -> None:
    answer, connection = ask(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert answer.status == 200
    assert not connection.is_open


def test_interim_answers_are_passed_over() -> None:
    answer, _ = ask(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b"", "closed"),
        (b"<html>", "garbled"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "garbled"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "garbled"),
    ],
)
def test_what_is_no_answer(part: bytes, reason: str) -> None:
    answer, connection = ask(part)

    assert failure(answer) == reason
    assert not connection.is_open


def test_body_of_a_head_is_found_by_the_next_request() -> None:
    with serve_connections(answering(OK, OK)) as url, connected(api_at(url)) as connection:
        first = connection.ask(Request("HEAD", "/tasks"))
        second = connection.ask(GET)

    assert first.status == 200
    assert failure(second) == "garbled"


def test_answer_that_stops_midway_is_nudged() -> None:
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{}"

    with serve_connections(answering(short, OK)) as url, connected(api_at(url, intrusive=False)) as connection:
        answer = connection.ask(GET, nudge=connection.head("GET", "/tasks"))

    assert failure(answer) in ("garbled", "timeout")


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n", True),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", True),
        (b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", False),
        (b"", None),
    ],
)
def test_whether_to_continue(part: bytes, told: bool | None) -> None:
    with serve_connections(answering(part)) as url, connected(api_at(url)) as connection:
        connection.write(connection.head("POST", "/tasks"))

        assert connection.is_told_to_continue(0.5) is told


def test_chunks() -> None:
    assert (
        b"".join(chunked([b"ab", b"", b"c"], ";x=1", "T: v\r\n")) == b"2;x=1\r\nab\r\n1;x=1\r\nc\r\n0\r\nT: v\r\n\r\n"
    )


def test_head_is_below_the_base_path_and_has_the_headers_of_the_target() -> None:
    target = HttpTarget("http://host.example:81/api", Options(headers=(("Authorization", "Bearer x"),)))

    head = target.head("PUT", "/tasks/1", (("accept", "text/html"),)).decode()

    assert head.startswith("PUT /api/tasks/1 HTTP/1.1\r\n")
    assert "Host: host.example:81\r\n" in head
    assert "Authorization: Bearer x\r\n" in head
    assert "accept: text/html\r\n" in head
    assert "Accept: */*" not in head
    assert head.endswith("\r\n\r\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.1"])
def test_target_on_this_machine_may_be_stalled(host: str) -> None:
    may_be_stalled(api_at(f"http://{host}:8000"))


def test_target_elsewhere_must_be_willing() -> None:
    with pytest.raises(Skipped, match="--intrusive"):
        may_be_stalled(api_at("http://192.0.2.1"))
    may_be_stalled(api_at("http://192.0.2.1", intrusive=True))


def test_application_in_process_has_no_connection() -> None:
    with closing(Session(WsgiTarget(Healthy()))) as session, pytest.raises(Skipped, match="in process"):
        http_target(Api(session))
