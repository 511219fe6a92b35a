"""Answers that are read at once: the same as h11 reads, or left to it."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.transport import Response
from contract.transport.http import reader_of_answers
from contract.transport.plain import plain_head

OURS = settings(derandomize=True, database=None, deadline=None, max_examples=400)
TASK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nETag: "1"\r\n\r\n{"id":1}'

BEGINNINGS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 404\r\n", b"HTTP/1.1 204 No Content\r\n"),
        *(b"HTTP/1.1 304 Not Modified\r\n", b"HTTP/1.1 100 Continue\r\n", b"HTTP/1.1 101 Switching\r\n"),
        *(b"HTTP/1.1 600 \xe9\r\n", b"HTTP/1.1 2000 OK\r\n", b"HTTP/1.1  200 OK\r\n", b"http/1.1 200 OK\r\n"),
    ]
)
FIELDS = st.sampled_from(
    [
        *(b"Content-Length: 2\r\n", b"content-length:2\r\n", b"Content-Length: 2, 2\r\n", b"Content-Length: 0\r\n"),
        *(b"Content-Length: +2\r\n", b"Content-Length: 02\r\n", b"Content-Length : 2\r\n", b"Content-Length: 9\r\n"),
        *(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n"),
        *(b"Connection: Keep-Alive, close\r\n", b"Upgrade: websocket\r\n", b'ETag: "1"\t \r\n', b"A: \x00\r\n"),
        *(b"A: b\n", b" folded\r\n", b"A: \x0b\r\n", b"A: caf\xe9 \x01\r\n", b"A:\r\n", b": b\r\n", b"A b: c\r\n"),
    ]
)
ENDS = st.sampled_from([b"\r\n", b"\n", b""])
BODIES = st.sampled_from([b"{}", b"", b"{", b"2\r\n{}\r\n0\r\n\r\n", b"{}HTTP/1.1 200 OK\r\n\r\n", b"123456789"])
ANSWERS = st.builds(
    lambda beginning, length, fields, end, body: b"".join([beginning, length, *fields, end, body]),
    BEGINNINGS,
    st.sampled_from([b"Content-Length: 2\r\n", b""]),
    st.lists(FIELDS, max_size=3),
    ENDS,
    BODIES,
)


def with_field(field: bytes) -> bytes:
    """The common answer with one more header."""
    return TASK.replace(b"ETag", field + b"\r\nETag")


def read_by_h11(data: bytes, method: str) -> tuple[Response, bool] | None:
    """The answer, and whether the connection may be used again; ``None`` where it is not whole or not right."""
    reader = reader_of_answers(method)
    reader.receive_data(data)
    head, body = None, b""
    while True:
        try:
            event = reader.next_event()
        except h11.RemoteProtocolError:
            return None
        if isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
            is_kept = reader.their_state is h11.DONE and not reader.trailing_data[0]
            return Response(head.status_code, headers, body), is_kept
        elif not isinstance(event, h11.InformationalResponse):
            return None


def assert_read_as_by_h11(data: bytes, method: str) -> None:
    """What is read at once, if it is, h11 reads in the same way."""
    plain = plain_head(data, method)
    if plain is not None and len(data) >= plain.end:
        response = Response(plain.status, plain.headers, data[plain.start : plain.end])
        assert read_by_h11(data, method) == (response, len(data) == plain.end)


@OURS
@given(ANSWERS, st.sampled_from(["GET", "HEAD", "POST"]))
@example(TASK, "GET")
@example(with_field(b"Connection: keep-alive"), "GET")
@example(with_field(b"Connection: close"), "GET")
@example(with_field(b"Transfer-Encoding: chunked"), "GET")
def test_what_is_read_at_once_is_what_h11_reads(data: bytes, method: str) -> None:
    assert_read_as_by_h11(data, method)


@OURS
@given(st.binary(max_size=3), st.integers(0, len(TASK)), st.integers(0, 3))
def test_what_is_read_at_once_is_what_h11_reads_of_a_broken_answer(inserted: bytes, start: int, cut: int) -> None:
    assert_read_as_by_h11(TASK[:start] + inserted + TASK[start + cut :], "GET")


@pytest.mark.parametrize(("method", "length"), [("GET", 8), ("HEAD", 0)])
def test_common_answer_is_read_at_once(method: str, length: int) -> None:
    plain = plain_head(TASK, method)

    assert plain is not None
    assert plain.status == 200
    assert plain.headers == (("content-type", "application/json"), ("content-length", "8"), ("etag", '"1"'))
    assert plain.end - plain.start == length


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_status_without_a_body_has_none(status: bytes) -> None:
    plain = plain_head(TASK.replace(b"200 OK", status), "GET")

    assert plain is not None
    assert plain.end == plain.start
