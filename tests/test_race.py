"""Clients at the same time: what they send, what is kept of it, and what ends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest

from contract.api import Api
from contract.expect import Blocked, Inconclusive, Skipped, Violation
from contract.race import (
    at_once,
    creation,
    deletion,
    each_at_once,
    needs_connections,
    only_at_once,
    reading,
    replacement,
)
from contract.session import Session
from contract.transport import Options, Request, Response
from contract.transport.http import HttpTarget
from contract.transport.wsgi import WsgiTarget
from tests.faults.healthy import Healthy
from tests.faults.healthy import Request as Received
from tests.targets import serve


class Meeting(Healthy):
    """Answers no GET of a task before three of them are there."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(3, timeout=10)

    def read(self, request: Received) -> object:  # type: ignore[override]
        self.lock.release()
        try:
            self.barrier.wait()
        finally:
            self.lock.acquire()
        return super().read(request)


@pytest.fixture
def api() -> Iterator[Api]:
    """The API of a healthy server."""
    with serve(Healthy(), threads=16) as url, closing(Session(HttpTarget(url, Options()))) as session:
        yield Api(session)


def test_requests_are_under_way_at_the_same_time() -> None:
    with serve(Meeting(), threads=16) as url, closing(Session(HttpTarget(url, Options()))) as session:
        api = Api(session)
        (task,) = api.neighbours(1)

        answers = each_at_once(api, [reading(task.id)] * 3)

    assert [answer.status for answer in answers] == [200] * 3


def test_answers_are_in_the_order_of_the_scripts(api: Api) -> None:
    (task,) = api.neighbours(1)
    script = [reading(task.id), replacement(task.id, {"title": "new"}), deletion(task.id)]

    logs = at_once(api, script, [creation({"title": "another"})])

    assert [[timed.answer.exchange.request.method for timed in log] for log in logs] == [
        ["GET", "PUT", "DELETE"],
        ["POST"],
    ]
    assert all(timed.start <= timed.end for log in logs for timed in log)
    assert [timed.start for timed in logs[0]] == sorted(timed.start for timed in logs[0])


def test_what_was_created_is_removed_in_the_end(api: Api) -> None:
    each_at_once(api, [creation({"title": f"task {number}"}) for number in range(5)])

    api.clean_up()

    assert api.listing().document == []


def test_each_request_is_counted(api: Api) -> None:
    before = api.session.requests

    at_once(api, [reading(1)] * 3, [reading(2)])

    assert api.session.requests - before == 4 + 2  # and one to open each connection


def test_unsettled_answer_ends_the_law() -> None:
    class Busy(Healthy):
        """Has no time for a task."""

        def read(self, request: Received) -> object:  # type: ignore[override]
            return self.error(503, "Busy")

    with (
        serve(Busy(), threads=16) as url,
        closing(Session(HttpTarget(url, Options()))) as session,
        pytest.raises(Inconclusive),
    ):
        each_at_once(Api(session), [reading(1)])


def test_fault_of_the_suite_comes_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(request: Request, timeout: float | None = None) -> Response:
        raise ValueError("a fault of the suite")

    monkeypatch.setattr(api.session.transport(100), "send", send)

    with pytest.raises(ValueError, match="a fault of the suite"):
        each_at_once(api, [reading(1)])


def test_application_in_process_is_not_raced() -> None:
    with closing(Session(WsgiTarget(Healthy()))) as session, pytest.raises(Skipped, match="in process"):
        needs_connections(Api(session))


def broken(answered: str) -> Violation:
    """A violation that says what was answered."""
    return Violation("It is broken.", expected="another order", received=answered, evidence=[])


def test_what_is_broken_at_once_only_is_a_race(api: Api) -> None:
    tries: list[int] = []

    @only_at_once
    def law(api: Api) -> None:
        tries.append(len(at_once(api, [Request("GET", "/tasks")])))
        if len(tries) == 1:
            raise broken("once")

    with pytest.raises(Violation, match=r"It is broken\."):
        law(api)
    assert tries == [1, 1]


def test_what_is_broken_in_turn_too_is_no_race(api: Api) -> None:
    @only_at_once
    def law(api: Api) -> None:
        raise broken(api.listing().exchange.outcome)

    with pytest.raises(Blocked, match=r"state\.model"):
        law(api)


def test_clients_that_take_turns_do_not_meet(api: Api) -> None:
    (task,) = api.neighbours(1)
    seen: list[list[str]] = []

    @only_at_once
    def law(api: Api) -> None:
        logs = at_once(api, [reading(task.id)] * 2, [deletion(task.id)], watching=[[Request("GET", "/tasks")]])
        happened = sorted((timed for log in logs for timed in log), key=lambda timed: timed.start)
        if seen:
            assert all(before.end <= after.start for before, after in pairwise(happened))
        seen.append([timed.answer.exchange.request.method for timed in happened])
        raise broken("always")

    with pytest.raises(Blocked):
        law(api)
    assert seen[1] == ["GET", "GET", "DELETE", "GET", "GET", "GET"]
