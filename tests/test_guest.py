"""A run as a guest: it changes no task but its own, names what it leaves, and keeps to what its host bears."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from contextlib import closing

import pytest

from contract.api import Api
from contract.judge import judge
from contract.race import creation, each_at_once
from contract.requirement import Requirement, catalogue, law_of
from contract.session import Session
from contract.transport import Options
from contract.transport.http import HttpTarget
from contract.transport.wsgi import Application, WsgiTarget
from contract.verdict import Result
from tests.faults.healthy import Healthy, Members, Refused, Response, Task
from tests.faults.healthy import Request as Received
from tests.faults.id import ForeignDigits, LeadingDigits, LenientInteger
from tests.hosts import Limited, Mortal, Recorded, wait_for
from tests.targets import PATIENCE, Judged, Late, run_suite, serve, serve_connections, starting_suite

ENTRIES = {entry.id: entry for entry in catalogue()}
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a signal")
FOREIGN = {
    id: {"id": id, "title": f"somebody's {id}", "description": "", "done": id % 2 == 0} for id in (1, 2, 3, 5, 8, 9)
}


def inhabited(server: Healthy) -> Healthy:
    """The server with somebody's tasks in it."""
    server.tasks |= {id: dict(task) for id, task in FOREIGN.items()}
    server.last_id = max(FOREIGN)
    return server


def own_tasks(server: Healthy) -> list[int]:
    """The ids of the tasks of the run that are still there."""
    return sorted(set(server.tasks) - set(FOREIGN))


def strangers(server: Healthy) -> dict[int, Task]:
    """Somebody's tasks as they are now."""
    return {id: task for id, task in server.tasks.items() if id in FOREIGN}


def spared(recorded: Recorded) -> bool:
    """Whether no request that writes named one of somebody's tasks."""
    paths = {f"/tasks/{id}" for id in FOREIGN}
    return not any(visit.path in paths for visit in recorded.visits if visit.method not in ("GET", "HEAD", "OPTIONS"))


def session_at(url: str) -> Session:
    """A session with the target at a URL."""
    return Session(HttpTarget(url, Options()))


def judged_by(id: str, server: Application) -> Result:
    """What the law says of a server, in this process, as in a run."""
    session = Session(WsgiTarget(server))
    session.greet("/tasks", PATIENCE)
    return judge(ENTRIES[id], law_of(ENTRIES[id]), session)


def leftovers(judged: Judged) -> list[int]:
    """The ids of the report, which the output has too."""
    assert judged.report is not None
    ids: list[int] = judged.report["leftovers"]
    counted = re.search(r"^Left on the target: (\d+) tasks? ", judged.stdout, re.MULTILINE)
    assert (int(counted[1]) if counted else 0) == len(ids)
    return ids


def test_run_touches_nobodys_tasks() -> None:
    server = inhabited(Healthy())
    recorded = Recorded(server)
    with serve(recorded, threads=16) as url:
        judged = run_suite(url, "--only=core,method,openapi,error")

    assert judged.exit_code == 0, judged.stdout
    assert own_tasks(server) == []
    assert strangers(server) == FOREIGN
    assert spared(recorded)
    assert leftovers(judged) == []


@needs_signals
@pytest.mark.parametrize("seconds", [0.01, 0.03], ids=["one by one", "in lanes"])
def test_interrupted_run_touches_nobodys_tasks(seconds: float) -> None:
    server = inhabited(Healthy())
    recorded = Recorded(Late(server, seconds))
    with serve(recorded, threads=16) as url, starting_suite(url) as running:
        wait_for(lambda: len(recorded.visits) > 300)
        running.process.send_signal(signal.SIGINT)
        judged = running.finish()

    assert judged.exit_code == 4
    assert own_tasks(server) == leftovers(judged) == []
    assert strangers(server) == FOREIGN
    assert spared(recorded)


@needs_signals
def test_run_that_is_interrupted_again_names_what_it_leaves() -> None:
    server = inhabited(Healthy())
    recorded = Recorded(Late(server, 0.05))
    with serve(recorded, threads=16) as url, starting_suite(url, "--only=list.limit") as running:
        wait_for(lambda: len(own_tasks(server)) > 60)
        running.process.send_signal(signal.SIGINT)
        wait_for(lambda: any(visit.method == "DELETE" for visit in recorded.visits))
        running.process.send_signal(signal.SIGINT)
        judged = running.finish()

    assert judged.exit_code == 4
    assert own_tasks(server)
    assert leftovers(judged) == own_tasks(server)
    assert strangers(server) == FOREIGN
    assert judged.stderr == ""


@pytest.mark.parametrize("requests", [30, 300, 1500])
def test_target_that_dies(requests: int) -> None:
    server = inhabited(Healthy())
    with serve_connections(Mortal(server, requests).serve_connection) as url:
        judged = run_suite(url)

    assert judged.exit_code == 4
    assert own_tasks(server)
    assert leftovers(judged) == own_tasks(server)
    assert strangers(server) == FOREIGN


def test_time_that_is_over() -> None:
    server = inhabited(Healthy())
    recorded = Recorded(Late(server, 0.01))
    with serve(recorded, threads=16) as url:
        judged = run_suite(url, "--max-time=2")

    assert judged.exit_code == 4
    assert judged.report is not None
    assert judged.report["verdict"] == "incomplete"
    assert own_tasks(server) == leftovers(judged) == []
    assert strangers(server) == FOREIGN
    assert spared(recorded)


class KeepsEverything(Healthy):
    """It deletes nothing of the run's later tasks, and says so."""

    def remove(self, task: Task) -> None:
        if task["id"] > max(FOREIGN) + 3:
            raise Refused(403, "Nothing is deleted here")
        super().remove(task)


def test_tasks_that_cannot_be_deleted_are_counted_and_named() -> None:
    server = inhabited(KeepsEverything())
    with serve(server) as url:
        judged = run_suite(url, "--only=create,read")

    assert len(own_tasks(server)) > 10
    assert leftovers(judged) == own_tasks(server)
    assert strangers(server) == FOREIGN


class IsInterrupted(Healthy):
    """The run is interrupted while one of its requests is put off and two were carried out."""

    session: Session

    def create(self, request: Received) -> Response:
        if b"put off" in request.body:
            self.session.interrupted = len(own_tasks(self)) == 2
            return Response(429, headers={"Retry-After": "1"})
        return super().create(request)


def test_race_that_is_interrupted_forgets_no_task() -> None:
    server = IsInterrupted()
    session = server.session = Session(WsgiTarget(inhabited(server)))
    bodies = [{"title": "one"}, {"title": "two"}, {"title": "put off"}]

    with pytest.raises(KeyboardInterrupt):
        each_at_once(Api(session), [creation(body) for body in bodies])

    assert len(own_tasks(server)) == 2
    assert sorted(session.ledger.left_over) == own_tasks(server)


class AnswersAStrangersId(Healthy):
    """A new task gets the id of a task that is there."""

    def add(self, members: Members) -> Task:
        return {"id": 5, **members}


@pytest.mark.parametrize(
    "entry", [entry for entry in catalogue() if entry.topic not in ("race", "wire")], ids=lambda entry: entry.id
)
def test_id_of_a_stranger_is_no_reason_to_touch_its_task(entry: Requirement) -> None:
    server = inhabited(AnswersAStrangersId())
    recorded = Recorded(server)

    result = judged_by(entry.id, recorded)

    assert result.status != "error"
    assert spared(recorded)
    assert own_tasks(server) == []
    assert strangers(server) == FOREIGN


def test_id_of_a_stranger_is_a_violation() -> None:
    result = judged_by("id.unique", inhabited(AnswersAStrangersId()))

    assert result.status == "fail"
    assert result.violations[0].message == "The id 5 was issued, and another task had it already."


class ParsesIntegers(Healthy):
    """An id is what a number at the beginning of a segment says, as JavaScript reads it."""

    def id_of(self, text: str) -> int | None:
        found = re.match(r"\s*-?([0-9]+)", text)
        return int(found[1]) % 2**32 if found and len(found[1]) < 1000 else None


@pytest.mark.parametrize("server", [ParsesIntegers, LenientInteger, LeadingDigits, ForeignDigits])
@pytest.mark.parametrize("id", ["id.syntax", "read.missing", "update.missing", "error.shape", "error.no-5xx"])
def test_server_that_misreads_ids_harms_nobody(server: type[Healthy], id: str) -> None:
    host = inhabited(server())

    judged_by(id, host)

    assert strangers(host) == FOREIGN


class DeletesAll(Healthy):
    """DELETE of the list deletes every task."""

    def operations(self, request: Received) -> dict[str, Callable[[Received], Response]]:
        found = super().operations(request)
        return {**found, "DELETE": self.delete_all} if request.path == "/tasks" else found

    def delete_all(self, request: Received) -> Response:
        self.tasks.clear()
        return Response(204)


@pytest.mark.parametrize("entry", [entry for entry in catalogue() if entry.topic != "race"], ids=lambda entry: entry.id)
def test_what_is_offered_for_the_whole_list_is_not_tried(entry: Requirement) -> None:
    server = inhabited(DeletesAll())
    with serve(server) as url, closing(session_at(url)) as session:
        session.greet("/tasks", PATIENCE)
        result = judge(entry, law_of(entry), session)

    assert result.status != "error"
    assert strangers(server) == FOREIGN


def test_what_is_offered_for_the_whole_list_is_a_violation() -> None:
    assert judged_by("method.options", inhabited(DeletesAll())).status == "fail"
    assert judged_by("state.model", inhabited(DeletesAll())).blocked_by == "method.options"


def test_rate_is_kept_over_all_connections() -> None:
    recorded = Recorded(Late(Healthy(), 0.05))
    with serve(recorded, threads=16) as url:
        judged = run_suite(url, "--rate=50", "--only=create.once,wire.framing,race.create", "--max-time=100")

    assert judged.exit_code == 0, judged.stdout
    assert judged.statuses["race.create"] == "skipped"
    assert "the rate of requests is bounded" in judged.stdout
    assert judged.report is not None
    assert judged.report["scope"] == "selection"
    assert recorded.most_within(1.0) <= 55
    assert len(recorded.visits) > 100


def test_time_that_is_over_before_the_next_turn() -> None:
    server = inhabited(Healthy())
    with serve(server) as url:
        judged = run_suite(url, "--rate=0.7", "--max-time=4")

    assert judged.exit_code == 4
    assert judged.report is not None
    assert judged.report["reason"] == "The time budget of 4 seconds was spent."
    assert own_tasks(server) == leftovers(judged) == []
    assert strangers(server) == FOREIGN


@needs_signals
def test_run_that_waits_can_be_interrupted() -> None:
    server = inhabited(Healthy())
    recorded = Recorded(Limited(server, 20, ("Retry-After", "50")))
    with serve(recorded) as url, starting_suite(url) as running:
        wait_for(lambda: len(recorded.visits) > 20)
        running.process.send_signal(signal.SIGINT)
        judged = running.finish(seconds=20)

    assert judged.exit_code == 4
    assert judged.report is not None
    assert judged.report["reason"] == "The run was interrupted."
    assert leftovers(judged) == own_tasks(server)
    assert strangers(server) == FOREIGN


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_host_that_bears_so_many_requests_a_second(status: str) -> None:
    limited = Limited(inhabited(Healthy()), 50, ("Retry-After", "1"), status=status)
    with serve(limited, threads=16) as url:
        judged = run_suite(url, "--only=create.once,wire.413,wire.expect,race.delete", "--max-time=300")

    assert judged.exit_code == 0, judged.stdout
    assert limited.refused > 0


def test_host_that_does_not_say_when_to_come_again() -> None:
    with serve(Limited(Healthy(), 50), threads=16) as url:
        judged = run_suite(url, "--only=create,update", "--max-time=60")

    assert judged.exit_code == 4
    assert "inconclusive" in judged.statuses.values()
    assert "fail" not in judged.statuses.values()


def test_host_that_is_never_ready() -> None:
    with serve(Limited(Healthy(), 0, ("Retry-After", "1"))) as url:
        judged = run_suite(url, "--only=create,error.no-5xx", "--max-time=60")

    assert judged.exit_code == 4
    assert set(judged.statuses.values()) == {"inconclusive", "skipped"}


@pytest.mark.parametrize("only", ["create.stored", "create.location,create.once"])
def test_law_that_the_time_does_not_suffice_for_is_never_green(only: str) -> None:
    with serve(Late(Healthy(), 0.1)) as url:
        judged = run_suite(url, "--max-time=1.5", f"--only={only}")

    assert judged.exit_code == 4
    assert judged.report is not None
    assert judged.report["reason"] == "The time budget of 1.5 seconds was spent."
    assert "inconclusive" in judged.statuses.values()
