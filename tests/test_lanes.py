"""Requirements judged side by side on a target whose answers take long to come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from contract.lanes import SLOW, Lanes, is_slow
from contract.requirement import catalogue, law_of, select
from contract.session import Session
from contract.transport import Options
from contract.transport.http import HttpTarget
from contract.verdict import Result
from tests.faults.delete import DeletesNothingThatIsDone
from tests.faults.healthy import Healthy
from tests.targets import Late, run_suite, serve, serve_connections, swallow

SOME = ["create", "delete", "method.options", "error.shape"]


def session_at(url: str) -> Session:
    """A session with the target at a URL."""
    return Session(HttpTarget(url, Options(timeout=2.0)))


@pytest.fixture
def session() -> Iterator[Session]:
    """A session with a healthy server."""
    with serve(Healthy(), threads=16) as url, closing(session_at(url)) as session:
        yield session


def results_of(session: Session, names: list[str]) -> dict[str, Result | None]:
    """What lanes say of each of these requirements."""
    entries = select(catalogue(), names)
    lanes = Lanes(session, [(entry, law_of(entry)) for entry in entries])
    results = {entry.id: lanes.result(entry) for entry in entries}
    lanes.close()
    for lane in lanes.sessions:
        lane.close()
    return results


def test_quick_target_is_not_slow(session: Session) -> None:
    assert not is_slow(session)


def test_late_target_is_slow() -> None:
    with serve(Late(Healthy(), SLOW)) as url, closing(session_at(url)) as session:
        assert is_slow(session)


def test_target_that_does_not_answer_is_not_called_slow() -> None:
    with serve_connections(swallow) as url, closing(session_at(url)) as session:
        assert not is_slow(session)


def test_results_are_those_of_one_law_after_the_other(session: Session) -> None:
    results = results_of(session, SOME)

    assert {id: result and result.status for id, result in results.items()} == dict.fromkeys(results, "pass")
    assert all(result and result.requirement.id == id for id, result in results.items())


def test_races_the_wire_and_the_last_law_are_left_to_the_caller(session: Session) -> None:
    results = results_of(session, ["race.create", "wire.nosniff", "error.no-5xx", "method.options"])

    assert [id for id, result in results.items() if result is not None] == ["method.options"]


def test_lanes_share_time_and_count_but_no_tasks(session: Session) -> None:
    lane = session.branch()

    session.count(2)
    lane.count(3)
    session.interrupted = True

    assert (session.requests, lane.requests, lane.requests_of_the_run) == (2, 3, 5)
    assert lane.interrupted
    assert lane.ledger is not session.ledger


def test_late_run_judges_everything_and_leaves_nothing() -> None:
    server = Healthy()
    with serve(Late(server, SLOW), threads=32) as url:
        judged = run_suite(url, "--only=create,delete,openapi", "--max-time=300")

    assert set(judged.statuses.values()) == {"pass", "skipped"}
    assert judged.exit_code == 0
    assert server.tasks == {}


def test_late_run_finds_what_is_broken() -> None:
    with serve(Late(DeletesNothingThatIsDone(), SLOW), threads=32) as url:
        judged = run_suite(url, "--only=delete,create")

    assert judged.exit_code == 1
    assert judged.statuses["delete.gone"] == "fail"
    assert judged.statuses["create.once"] == "pass"
