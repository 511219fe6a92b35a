"""Exchanges, and which of them a journal takes for evidence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from contract.exchange import NO_JSON, Exchange, Journal, created_id, likely_id
from contract.transport import Request, Response, Unanswered


def exchange(method: str, path: str, status: int = 200, body: Any = None) -> Exchange:
    """A request that was answered."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(Request(method, path), Response(status, (), content))


def created(id: Any, status: int = 201) -> Exchange:
    """A POST that was answered with this id."""
    return exchange("POST", "/things", status, {"id": id})


def put(id: int, status: int = 200) -> Exchange:
    """A PUT on the thing with this id."""
    return exchange("PUT", f"/things/{id}", status)


def named(path: str) -> int | None:
    """The id of the thing that a path names."""
    number = path.removeprefix("/things/")
    return int(number) if number.isdigit() else None


def get(id: int) -> Exchange:
    """A GET of the thing with this id."""
    return exchange("GET", f"/things/{id}")


def deleted(id: int) -> Exchange:
    """A DELETE of the thing with this id."""
    return exchange("DELETE", f"/things/{id}")


def evidence(*exchanges: Exchange, shown: Exchange | None = None, ids: frozenset[int] = frozenset()) -> list[int]:
    """The positions of the evidence for the last exchange (or the one ``shown``) in a journal of all of them."""
    journal = Journal(named)
    journal.exchanges.extend(exchanges)
    found = journal.evidence(shown or exchanges[-1], ids=ids)
    return [position for position, one in enumerate(exchanges) if any(one is other for other in found)]


@pytest.mark.parametrize(
    ("body", "document"),
    [(b'{"id": 1}', {"id": 1}), (b"null", None), (b"", NO_JSON), (b"{}{}", NO_JSON), (b"NaN", NO_JSON)],
)
def test_document(body: bytes, document: Any) -> None:
    assert exchange("GET", "/things", body=body).document == document


def test_exchange_without_an_answer_has_no_document() -> None:
    assert Exchange(Request("GET", "/things"), None, Unanswered("closed", "reset")).document is NO_JSON


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"id":1}', '200 {"id":1}'),
        (204, b"", "204"),
        (500, b"two\r\n  lines\n", "500 two lines"),
        (200, "é".encode(), "200 \\xe9"),
        (200, b"\xff\x1b[2J", "200 \\xff\\x1b[2J"),
        (200, b'"\\ud800"', '200 "\\ud800"'),
    ],
)
def test_outcome(status: int, body: bytes, outcome: str) -> None:
    assert exchange("GET", "/things", status, body).outcome == outcome


def test_long_outcome_loses_its_middle() -> None:
    outcome = exchange("GET", "/things", 200, b"9" * 4301).outcome

    assert re.fullmatch(r"200 9+ \.\.\. \d+ more \.\.\. 9+", outcome)
    assert len(outcome) <= 304


def test_outcome_without_an_answer_is_the_reason() -> None:
    unanswered = Exchange(Request("GET", "/things"), None, Unanswered("garbled", "illegal line: é\n" + "x" * 5000))

    assert unanswered.outcome.startswith("what came back is not HTTP/1.1 (illegal line: \\xe9 xxx")
    assert len(unanswered.outcome) < 300


@pytest.mark.parametrize(("id", "status"), [(1, 201), (2**53 - 1, 200), (0, 201), (10**30, 299)])
def test_created_id(id: int, status: int) -> None:
    assert created_id(created(id, status)) == id


@pytest.mark.parametrize(
    "nothing",
    [
        *(created(id) for id in (-1, True, 1.0, "1", None, [1])),
        *(created(1, status) for status in (199, 300, 400, 500)),
        exchange("PUT", "/things/1", 201, {"id": 1}),
        exchange("POST", "/things", 201, [1]),
        exchange("POST", "/things", 201, {"name": "a"}),
        exchange("POST", "/things", 201, b"{"),
        Exchange(Request("POST", "/things"), None, Unanswered("closed", "reset")),
    ],
    ids=lambda exchange: exchange.outcome,
)
def test_nothing_was_created(nothing: Exchange) -> None:
    assert created_id(nothing) is None


def test_evidence_tells_how_the_thing_came_about_and_changed() -> None:
    assert evidence(created(1), created(2), get(1), put(1), put(2), get(2), deleted(1), get(1)) == [0, 3, 6, 7]


def test_evidence_of_a_creation_is_that_creation() -> None:
    assert evidence(created(1), put(1), created(2)) == [2]


def test_evidence_of_a_list_has_the_things_that_are_named() -> None:
    page = exchange("GET", "/things")

    assert evidence(created(1), created(2), created(3), put(3), page, ids=frozenset({1, 3})) == [0, 2, 3, 4]


def test_refused_changes_are_evidence_too() -> None:
    assert evidence(created(1), put(1, status=400), get(1)) == [0, 1, 2]


def test_evidence_begins_with_the_latest_birth_of_an_id() -> None:
    assert evidence(created(1), put(1), deleted(1), created(1), put(1), get(1)) == [3, 4, 5]


def test_changes_before_the_first_birth_of_an_id_are_no_evidence() -> None:
    assert evidence(put(1, status=404), created(1), get(1)) == [1, 2]


def test_thing_that_was_never_created_here_is_told_by_its_changes() -> None:
    assert evidence(put(7), get(7), deleted(7), get(7)) == [0, 2, 3]


def test_what_is_shown_is_told_apart_by_identity() -> None:
    first, second = get(1), get(1)

    assert evidence(created(1), first, second, shown=first) == [0, 1]


def test_evidence_is_a_dozen_at_most_with_the_beginning_and_the_end() -> None:
    exchanges = [created(1), *(put(1) for _ in range(30)), get(1)]

    assert evidence(*exchanges) == [0, 1, 2, 3, 4, 5, 26, 27, 28, 29, 30, 31]


def test_exactly_a_dozen_is_kept_whole() -> None:
    exchanges = [created(1), *(put(1) for _ in range(10)), get(1)]

    assert evidence(*exchanges) == list(range(12))


@pytest.mark.parametrize(
    ("status", "body", "id"),
    [
        (201, b'{"id": 7, "title": NaN}', 7),
        (201, b'{"id": 7, "title": "x"}', 7),
        (200, b'{"title": "\\ud800", "id":12', 12),
        (201, b'{"id": 7.5, "title": NaN}', None),
        (201, b"created", None),
        (400, b'{"id": 7, "title": NaN}', None),
    ],
)
def test_id_of_what_is_no_json_is_found_for_removal(status: int, body: bytes, id: int | None) -> None:
    exchange = Exchange(Request("POST", "/tasks", (), b"{}"), Response(status, (), body))

    assert likely_id(exchange) == id
