"""Strict comparisons: what passes, what is a violation, and how that reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract import expect
from contract.answer import Answer
from contract.api import State
from contract.exchange import Exchange, Journal
from contract.expect import Blocked, Inconclusive, Violation
from contract.tasks import Task, id_in
from contract.transport import Headers, Request, Response, Unanswered

JSON = (("content-type", "application/json"),)
JOURNAL = Journal(id_in)
TASK = Task(7, {"title": "a", "description": "", "done": False})


def answer(
    status: int = 200, body: Any = b"", headers: Headers = JSON, method: str = "GET", path: str = "/tasks/7"
) -> Answer:
    """An answer with this status and body (bytes, or what is written as JSON), the only exchange of its journal."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    journal = Journal(id_in)
    journal.exchanges.append(Exchange(Request(method, path), Response(status, headers, content)))
    return Answer(journal.exchanges[0], journal, "http://localhost")


ACT = answer(method="PUT", path="/tasks/8")


def violation(check: Any, *arguments: Any) -> Violation:
    """What the check raises."""
    with pytest.raises(Violation) as caught:
        check(*arguments)
    return caught.value


def test_status_that_is_allowed() -> None:
    expect.status(answer(204), 200, 204)


def test_status_that_is_not_allowed() -> None:
    received = answer(500, b"oops", method="PUT")

    found = violation(expect.status, received, 200, 204)

    assert found.message == str(found) == "PUT /tasks/7 was answered with status 500."
    assert (found.expected, found.received) == ("200 or 204", "500 oops")
    assert found.evidence == (received.exchange,)


def test_long_path_is_shortened_in_the_message() -> None:
    found = violation(expect.status, answer(500, path="/" + "x" * 5000), 200)

    assert len(found.message) < 150


def test_document_that_is_the_same() -> None:
    expect.document(answer(body={"id": 1, "done": True}), {"done": True, "id": 1})


@pytest.mark.parametrize(
    "body",
    [{"id": True}, {"id": 1.0}, {"id": "1"}, {}, {"id": 1, "x": None}, [], b"", b'{"id":1}{}', b'{"id":1,"id":1}'],
)
def test_document_that_differs(body: Any) -> None:
    found = violation(expect.document, answer(body=body), {"id": 1})

    assert found.message == "The body that answers GET /tasks/7 is another than it must be."
    assert found.expected == '{"id": 1}'
    assert found.received.startswith("200")


def test_document_that_is_not_labelled_as_json() -> None:
    found = violation(expect.document, answer(body={"id": 1}, headers=(("content-type", "text/html"),)), {"id": 1})

    assert found.message == "The body that answers GET /tasks/7 is not labelled as JSON."
    assert (found.expected, found.received) == ("Content-Type: application/json", "Content-Type: text/html")


@pytest.mark.parametrize(
    "value",
    [
        *(
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            'application/json;charset="UTF-8"',
        ),
        *("application/json ; Charset=utf8", "application/json;", "application/json; profile=x; charset=utf-8"),
    ],
)
def test_media_type_of_json(value: str) -> None:
    assert expect.is_json_media_type(value)


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "text/html", "text/json", "application/problem+json", "application/jsonx", "application / json"),
        *("application/json; charset=latin-1", "application/json; charset=utf-16", "application/json, text/html"),
    ],
)
def test_media_type_of_something_else(value: str | None) -> None:
    assert not expect.is_json_media_type(value)


def test_shows_asks_for_200_and_the_representation() -> None:
    expect.shows(answer(body={"id": 7}), {"id": 7})
    assert "status 404" in violation(expect.shows, answer(404, {"id": 7}), {"id": 7}).message
    assert "is another" in violation(expect.shows, answer(body={"id": 8}), {"id": 7}).message


def test_listed_task() -> None:
    expect.listed(TASK, [{"id": 6}, TASK.representation], answer(), ACT)


def test_listed_entry_may_leave_members_out() -> None:
    expect.listed(TASK, [{"id": 7, "title": "a"}], answer(), ACT)


@pytest.mark.parametrize("entry", [{"id": 7, "title": "b"}, {"id": 7, "done": 0}, {"id": 7, "description": None}])
def test_listed_entry_that_is_out_of_date(entry: dict[str, Any]) -> None:
    found = violation(expect.listed, TASK, [entry], answer(), ACT)

    assert found.message == "The list does not show what PUT /tasks/8 left."
    assert (found.expected, found.received) == (json.dumps(TASK.representation), json.dumps(entry))


@pytest.mark.parametrize("entries", [None, [], [{"id": 8}], [{"id": "7"}], [{}]])
def test_task_that_is_not_listed(entries: Any) -> None:
    found = violation(expect.listed, TASK, entries, answer(body=[]), ACT)

    assert found.message == "The list does not have task 7 after PUT /tasks/8."
    assert found.received == "200 []"


@pytest.mark.parametrize("entries", [None, [], [{"id": 8}], [{"id": "7"}]])
def test_task_that_is_rightly_not_listed(entries: Any) -> None:
    expect.not_listed(7, entries, answer(), ACT)


def test_task_that_is_still_listed() -> None:
    found = violation(expect.not_listed, 7, [{"id": 6}, {"id": 7}], answer(), ACT)

    assert found.message == "The list still has task 7 after PUT /tasks/8."
    assert (found.expected, found.received) == ("no entry with id 7", '{"id": 7}')


def state(by_id: dict[int, Any], listed: Any) -> State:
    """A state with an answer for each task."""
    answers = {id: answer(body=shown, path=f"/tasks/{id}") for id, shown in by_id.items()}
    return State(by_id, listed, answers, answer(body=listed, path="/tasks"))


ONE, TWO, THREE = ({"id": id, "title": f"task {id}"} for id in (1, 2, 3))
BEFORE = state({1: ONE, 2: TWO}, [ONE, TWO, THREE])


def test_unchanged_state() -> None:
    expect.unchanged(BEFORE, state({1: ONE, 2: TWO}, [ONE, TWO, THREE]), ACT)


def test_later_state_may_have_more_tasks() -> None:
    expect.unchanged(state({1: ONE}, [ONE]), state({1: ONE, 2: TWO}, [ONE]), ACT)


@pytest.mark.parametrize("shown", [404, {"id": 2, "title": "b"}, {"id": 2}, None])
def test_task_that_changed(shown: Any) -> None:
    found = violation(expect.unchanged, BEFORE, state({1: ONE, 2: shown}, [ONE, TWO, THREE]), ACT)

    assert found.message == "PUT /tasks/8 changed what GET shows of task 2."
    assert found.expected == json.dumps(TWO)


@pytest.mark.parametrize(
    ("listed", "expected", "received"),
    [
        (None, "a list of tasks", "none"),
        ([ONE, TWO], json.dumps(THREE), "no such entry"),
        ([ONE, {"id": 2, "title": "b"}, THREE], json.dumps(TWO), '{"id": 2, "title": "b"}'),
        ([ONE, THREE, TWO], "the ids [1, 2, 3]", "the ids [1, 3, 2]"),
        ([ONE, TWO, TWO, THREE], "the ids [1, 2, 3]", "the ids [1, 2, 2, 3]"),
    ],
    ids=["unreadable", "lost", "changed", "out of order", "twice"],
)
def test_list_that_changed(listed: Any, expected: str, received: str) -> None:
    found = violation(expect.unchanged, BEFORE, state({1: ONE, 2: TWO}, listed), ACT)

    assert found.message == "PUT /tasks/8 changed what the list shows of other tasks."
    assert (found.expected, found.received) == (expected, received)


def test_list_that_could_not_be_read_before_is_not_compared() -> None:
    expect.unchanged(state({}, None), state({}, [ONE]), ACT)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "Task not found"},
        {"error": "é"},
        {"error": "no", "details": [{"field": "title", "message": ""}, {"field": "", "message": "x"}]},
    ],
)
def test_error(body: Any) -> None:
    expect.error(answer(400, body), 400, 404)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<!doctype html>", "the body is not JSON"),
        (b"", "the body is not JSON"),
        ([], "the body is no JSON object"),
        ("no", "the body is no JSON object"),
        (None, "the body is no JSON object"),
        ({}, "its member error is not a non-empty string"),
        ({"error": ""}, "its member error is not a non-empty string"),
        ({"error": {"code": 1}}, "its member error is not a non-empty string"),
        ({"error": None}, "its member error is not a non-empty string"),
        ({"error": "no", "status": 400}, 'it has the member "status"'),
        ({"error": "no", "\ud800": 1}, 'it has the member "\\ud800"'),
        ({"error": "no", "details": []}, "its member details is not a non-empty array"),
        ({"error": "no", "details": None}, "its member details is not a non-empty array"),
        ({"error": "no", "details": "x"}, "its member details is not a non-empty array"),
        ({"error": "no", "details": ["x"]}, "an entry of details has other members than field and message"),
        ({"error": "no", "details": [{"field": "a"}]}, "an entry of details has other members than field and message"),
        (
            {"error": "no", "details": [{"field": "a", "message": "b", "code": 1}]},
            "an entry of details has other members than field and message",
        ),
        ({"error": "no", "details": [{"field": "a", "message": 1}]}, "a member of an entry of details is no string"),
    ],
)
def test_refusal_that_is_no_error(body: Any, problem: str) -> None:
    found = violation(expect.error, answer(400, body), 400)

    assert found.message == f"The refusal of GET /tasks/7 is no Error: {problem}."


def test_error_asks_for_the_status_first() -> None:
    assert "status 500" in violation(expect.error, answer(500, b""), 400).message


def test_error_asks_for_the_label() -> None:
    assert "not labelled" in violation(expect.error, answer(400, {"error": "no"}, headers=()), 400).message


def test_refused_head_has_no_body_to_judge() -> None:
    expect.error(answer(404, b"", headers=(), method="HEAD"), 404)


def test_refused_head_with_a_body() -> None:
    found = violation(expect.error, answer(404, {"error": "no"}, method="HEAD"), 404)

    assert found.message == "HEAD /tasks/7 was answered with a body."


def test_blocked_names_the_requirement_and_why() -> None:
    blocked = Blocked("create.stored", answer(500, b"oops", method="POST", path="/tasks").exchange)

    assert blocked.by == "create.stored"
    assert str(blocked) == "by create.stored, since POST /tasks was answered 500 oops"


def test_blocked_without_an_exchange() -> None:
    assert str(Blocked("create.stored")) == "by create.stored"


def test_inconclusive_says_what_came_back() -> None:
    unanswered = Exchange(Request("GET", "/tasks"), None, Unanswered("timeout", "timed out"))

    assert str(Inconclusive(unanswered)) == "GET /tasks: no answer came in time (timed out)."


def test_reasons_are_short() -> None:
    assert len(str(Blocked("create.stored", answer(500, b"x" * 5000, path="/" + "y" * 5000).exchange))) < 400
