"""Read-only runs: nothing but reading arrives, what reading shows is judged, and nobody is accused of others' work."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import pytest

from contract import expect
from contract.api import Api
from contract.expect import Skipped
from contract.guest import Guest, ReadOnly
from contract.judge import judge
from contract.race import creation, each_at_once
from contract.reading import ReadingApi
from contract.requirement import catalogue, law_of, select
from contract.session import Session
from contract.transport import Options, Request
from contract.transport.http import HttpTarget
from contract.transport.wsgi import Application, WsgiTarget
from contract.wire import connected, json_request
from reference_app import create_app
from tests.faults import Fault, all_faults
from tests.faults.cache import ListIsNotLabelled, NotModifiedHasABody, TagIsWeak
from tests.faults.error import CrashesOnABadQuery, UnknownPathIsHtml
from tests.faults.healthy import Healthy
from tests.faults.id import LeadingDigits
from tests.faults.keeping import Keeping
from tests.faults.list import AfterIsInclusive, FalseIsNoFilter, FullPageHasNext, ListTruncatesDescriptions, NewestFirst
from tests.faults.method import HeadHasNoTag, OptionsHasNoAllow
from tests.faults.read import IdsWrapAround
from tests.hosts import Recorded, wait_for
from tests.targets import run_suite, serve, serve_connections

SAFE = {"GET", "HEAD", "OPTIONS"}
BY_READING = {
    *("list.complete", "list.order", "list.filter", "list.limit", "list.next", "read.missing", "id.syntax"),
    *("media.accept", "method.head", "method.options", "cache.label", "cache.etag", "cache.304"),
    *("openapi.status", "openapi.schema", "openapi.headers", "openapi.rejects", "openapi.accepts"),
    *("error.shape", "error.no-leak", "error.no-5xx", "wire.framing", "wire.nosniff"),
}
WITHOUT_A_SOCKET = sorted(BY_READING - {"wire.framing"})
TASKS = [
    {"title": f"task {number}", "description": "a note " * 20 if number % 4 == 1 else "", "done": number % 3 == 0}
    for number in range(12)
]


def filled(application: Application) -> Application:
    """The application with some tasks in it."""
    client = WsgiTarget(application).connect()
    for task in TASKS:
        body = json.dumps(task).encode()
        assert client.send(Request("POST", "/tasks", (("Content-Type", "application/json"),), body)).status == 201
    return application


SOME = [fault for fault in all_faults() if not issubclass(fault, Keeping)][::10]


def reading_session(application: Application) -> Session:
    """A read-only session with an application in this process."""
    return Session(WsgiTarget(application), guest=Guest(read_only=True))


def session_at(url: str) -> Session:
    """A read-only session with the target at a URL."""
    return Session(HttpTarget(url, Options()), guest=Guest(read_only=True))


def statuses(application: Application, names: Iterable[str]) -> dict[str, str]:
    """What a read-only run says of these requirements."""
    session = reading_session(application)
    return {entry.id: judge(entry, law_of(entry), session).status for entry in select(catalogue(), names)}


def test_healthy_server() -> None:
    recorded = Recorded(filled(create_app()))
    with serve(recorded, threads=16) as url:
        judged = run_suite(url, "--read-only")

    assert judged.exit_code == 0, judged.stdout
    assert {visit.method for visit in recorded.visits} == SAFE
    assert {id for id, status in judged.statuses.items() if status == "pass"} == BY_READING
    assert judged.report is not None
    assert judged.report["scope"] == "selection"
    assert judged.stdout.splitlines()[-1].startswith("the 23 requirements judged of the selection are met: ")
    reasons = {entry["reason"] for entry in judged.report["requirements"] if not entry["id"].startswith("durable.")}
    assert reasons == {"as far as reading shows", "it writes, and the run is read-only"}


def test_broken_server() -> None:
    recorded = Recorded(filled(NewestFirst()))
    with serve(recorded, threads=16) as url:
        judged = run_suite(url, "--read-only")

    assert judged.exit_code == 1
    assert judged.statuses["list.order"] == "fail"
    assert {visit.method for visit in recorded.visits} <= SAFE


def test_empty_list() -> None:
    recorded = Recorded(create_app())
    with serve(recorded) as url:
        judged = run_suite(url, "--read-only")

    assert judged.exit_code == 4
    assert set(judged.statuses.values()) == {"skipped"}
    assert "the list has fewer than 1 tasks, and the run is read-only" in judged.stdout
    assert {visit.method for visit in recorded.visits} <= SAFE


def test_in_process() -> None:
    recorded = Recorded(filled(create_app()))

    assert set(statuses(recorded, WITHOUT_A_SOCKET).values()) == {"pass"}
    assert {visit.method for visit in recorded.visits} == SAFE


@pytest.mark.parametrize(
    "fault",
    [
        *(ListTruncatesDescriptions, NewestFirst, FalseIsNoFilter, AfterIsInclusive, FullPageHasNext),
        *(IdsWrapAround, LeadingDigits, HeadHasNoTag, OptionsHasNoAllow),
        *(ListIsNotLabelled, TagIsWeak, NotModifiedHasABody, UnknownPathIsHtml, CrashesOnABadQuery),
    ],
    ids=lambda fault: fault.__name__,
)
def test_fault_that_reading_shows(fault: type[Fault]) -> None:
    assert statuses(filled(fault()), [fault.breaks]) == {fault.breaks: "fail"}


@pytest.mark.parametrize("fault", SOME, ids=lambda fault: fault.__name__)
def test_nothing_but_reading_arrives_at_a_broken_server(fault: type[Fault]) -> None:
    recorded = Recorded(filled(fault()))

    statuses(recorded, [entry.id for entry in catalogue() if entry.topic != "openapi"])

    assert {visit.method for visit in recorded.visits} <= SAFE


class Restless(Healthy):
    """A conforming server on which somebody changes tasks after each answer."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = super().__call__(environ, start_response)
        number = next(self._numbers)
        for id in sorted(self.tasks)[:8]:
            self.tasks[id]["title"] = f"changed {number}"
        return answer


def test_others_at_work_are_nobodys_fault() -> None:
    found = statuses(filled(Restless()), WITHOUT_A_SOCKET)

    assert set(found.values()) <= {"pass", "inconclusive"}
    assert found["list.complete"] == "inconclusive"


def test_violation_that_shows_once_is_inconclusive() -> None:
    law_runs = itertools.count()

    def law(api: Api) -> None:
        if next(law_runs) == 0:
            expect.status(api.read(1), 404)
        api.end_of_reading()

    result = judge(catalogue()[0], law, reading_session(filled(Healthy())))

    assert result.status == "inconclusive"
    assert result.reason == (
        "this showed only once, and others may be at work: GET /tasks/1 was answered with status 200."
    )


def test_law_that_does_not_say_so_is_not_judged_by_reading() -> None:
    result = judge(catalogue()[0], lambda api: None, reading_session(filled(Healthy())))

    assert (result.status, result.reason) == ("skipped", "it writes, and the run is read-only")


@pytest.mark.parametrize(
    "step",
    [
        lambda api: api.create({"title": "x"}),
        lambda api: api.replace(1, {"title": "x"}),
        lambda api: api.delete(1),
        lambda api: api.removed(1),
        lambda api: api.attempt("PATCH", "/tasks"),
        lambda api: api.require_plain(),
    ],
)
def test_no_step_writes(step: Callable[[Api], object]) -> None:
    recorded = Recorded(filled(Healthy()))

    with pytest.raises(ReadOnly):
        step(ReadingApi(reading_session(recorded)))

    assert {visit.method for visit in recorded.visits} <= SAFE


def test_no_client_of_a_race_writes() -> None:
    recorded = Recorded(filled(Healthy()))
    with serve(recorded) as url, closing(session_at(url)) as session, pytest.raises(ReadOnly):
        each_at_once(ReadingApi(session), [creation({"title": "x"}) for _ in range(4)])

    assert {visit.method for visit in recorded.visits} <= SAFE


@pytest.mark.parametrize("begun", [b"POST /tasks HTTP/1.1\r\n", b"POST", b'{"title":"x"}', b"get / HTTP/1.1\r\n"])
def test_nothing_else_is_written_on_a_connection(begun: bytes) -> None:
    received: list[bytes] = []
    with serve_connections(lambda connection: received.append(connection.recv(100))) as url:
        with connected(ReadingApi(session_at(url))) as connection, pytest.raises(ReadOnly):
            connection.write(begun)
        wait_for(lambda: received)

    assert received == [b""]


def test_no_request_on_a_connection_writes() -> None:
    recorded = Recorded(Healthy())
    with serve(recorded) as url, connected(ReadingApi(session_at(url))) as connection:
        with pytest.raises(ReadOnly):
            connection.ask(json_request("POST", "/tasks", b'{"title":"x"}'))
        answer = connection.ask(Request("GET", "/tasks"))

    assert answer.status == 200
    assert [visit.method for visit in recorded.visits] == ["GET"]


def test_too_few_tasks() -> None:
    api = ReadingApi(reading_session(filled(Healthy())))

    with pytest.raises(Skipped, match=r"^the list has fewer than 13 tasks, and the run is read-only$"):
        api.neighbours(13)


def test_tasks_are_those_that_are_there() -> None:
    api = ReadingApi(reading_session(filled(Healthy())))

    assert [task.representation for task in api.neighbours(2)] == [{"id": 1, **TASKS[0]}, {"id": 2, **TASKS[1]}]
