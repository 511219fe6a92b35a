"""No requirement accuses a conforming server, whatever it does otherwise; ``tox -e fairness`` judges many more."""

from __future__ import annotations

import socket
from itertools import chain
from urllib.parse import urlsplit

import pytest

from tests.harmless import all_variants, mixtures, parts
from tests.harmless.base import Harmless, Served
from tests.harmless.http_server import serve
from tests.harmless.run import judged
from tests.harmless.wire import ManyChunks

FEW = 8
SOME = (
    *("create.stored", "create.location", "read.missing", "list.complete", "list.next", "update.missing"),
    *("delete.gone", "media.accept", "method", "cache", "wire", "error.shape"),
)
"""What the choices of a server on the wire may touch; ``tox -e fairness`` judges everything there too."""


@pytest.mark.parametrize("variant", all_variants(), ids=lambda variant: variant.__name__)
def test_variant_is_not_accused(variant: type[Harmless]) -> None:
    only = SOME if issubclass(variant, Served) else ()

    assert judged(variant, only, skip=("openapi",)).accusations == {}


@pytest.mark.parametrize("mixture", mixtures(FEW), ids=lambda mixture: mixture.__name__)
def test_mixture_is_not_accused(mixture: type[Harmless]) -> None:
    assert judged(mixture, SOME).accusations == {}


def test_variants_say_what_differs() -> None:
    for variant in all_variants():
        assert variant.__doc__, variant
        assert variant.__doc__.strip().endswith("."), variant
        assert "\n" not in variant.__doc__, variant


def test_mixtures_differ_and_make_one_choice_of_each_kind() -> None:
    drawn = [parts(mixture) for mixture in mixtures(6000)]

    assert len({frozenset(kinds) for kinds in drawn}) == len(drawn) == 6000
    assert set(chain(*drawn)) == {variant for variant in all_variants() if variant.combines}
    for kinds in drawn:
        topics = [kind.about or kind.__name__ for kind in kinds]
        assert len(set(topics)) == len(topics)


def _exchange(server: Served, request: bytes) -> bytes:
    """Everything that the server answers on one connection."""
    with serve(server) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_server_reads_requests_in_a_row_and_chunked_ones() -> None:
    create = b"POST /tasks HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b'5\r\n{"tit\r\n9\r\nle": "a"}\r\n0\r\n\r\n'

    answers = _exchange(Served(), create + body + b"HEAD /tasks/1 HTTP/1.1\r\nHost: a\r\n\r\n")

    first, _, second = answers.partition(b"\r\n\r\n")[2].partition(b"HTTP/1.1 ")
    assert answers.startswith(b"HTTP/1.1 201 Created\r\n")
    assert first == b'{"id": 1, "title": "a", "description": "", "done": false}'
    assert second.startswith(b"200 OK\r\nContent-Length: 57\r\n")
    assert second.endswith(b"\r\n\r\n")


def test_server_sends_no_body_where_there_is_none() -> None:
    answers = _exchange(
        ManyChunks(), b"OPTIONS /tasks HTTP/1.1\r\nHost: a\r\n\r\nHEAD /tasks HTTP/1.1\r\nHost: a\r\n\r\n"
    )

    heads = answers.split(b"\r\n\r\n")
    assert [head.partition(b"\r\n")[0] for head in heads] == [b"HTTP/1.1 204 No Content", b"HTTP/1.1 200 OK", b""]
    assert b"Transfer-Encoding" not in heads[0]
    assert b"Transfer-Encoding: chunked" in heads[1]


def test_server_asks_for_a_body_that_waits_to_be_asked_for() -> None:
    head = b"POST /tasks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"

    with serve(Served()) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(head)
            interim = connection.recv(65_536)
            connection.sendall(b"{}")
            final = connection.recv(65_536)

    assert interim.startswith(b"HTTP/1.1 100 ")
    assert final.startswith(b"HTTP/1.1 415 ")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET /tasks HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", b"400"),
        (b"GET /tasks HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000, b"431"),
    ],
    ids=["no request line", "two lengths", "a long head"],
)
def test_server_refuses_what_is_no_request(request_: bytes, status: bytes) -> None:
    answer = _exchange(Served(), request_)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in answer


def test_request_cut_off_midway_has_no_effect() -> None:
    server = Served()

    _exchange(server, b"POST /tasks HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{")

    assert server.tasks == {}
