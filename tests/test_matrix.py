"""The matrix: every law on every fault, in process where that is possible; ``tox -e matrix`` writes the table.

A fault that trips more than its own law and those that it declares is a finding about blame.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from contract.judge import judge
from contract.order import judging_order
from contract.plugin import GREETING_TIME
from contract.requirement import catalogue, law_of
from contract.session import Session
from contract.tasks import COLLECTION
from contract.transport import Options
from contract.transport.opening import open_target
from contract.transport.wsgi import WsgiTarget
from contract.verdict import Status
from tests.faults import Fault, all_faults
from tests.faults.keeping import Keeping, opened
from tests.faults.serving import served
from tests.test_faults import OVER_HTTP, launched

pytestmark = pytest.mark.matrix


@pytest.mark.parametrize("fault", all_faults(), ids=lambda fault: f"{fault.breaks}-{fault.__name__}")
def test_fault_trips_no_more_than_it_declares(
    fault: type[Fault], record_property: Callable[[str, object], None]
) -> None:
    statuses = statuses_of(fault)
    tripped = [id for id, status in statuses.items() if status in ("fail", "warn")]
    record_property("fault", [fault.breaks, fault.__name__, " ".join((fault.__doc__ or "").split())])
    record_property("tripped", tripped)
    record_property("blocked", [id for id, status in statuses.items() if status == "blocked"])

    assert fault.breaks in tripped
    assert [id for id in tripped if id not in (fault.breaks, *fault.also)] == []
    # What stalls connections leaves races open.
    undecided = ("error",) if fault.breaks == "wire.slow" else ("error", "inconclusive")
    assert [id for id, status in statuses.items() if status in undecided] == []


def statuses_of(fault: type[Fault]) -> dict[str, Status]:
    """The status of every requirement: in process where that is possible, else over HTTP or by a command."""
    with opened(fault()) as server, closing(Session(WsgiTarget(server), max_time=600)) as session:
        statuses = _judged(session, lambda topic: topic not in OVER_HTTP)
    with (
        opened(fault()) as server,
        served(server) as url,
        closing(Session(open_target(url, Options()), max_time=600)) as session,
    ):
        statuses |= _judged(session, lambda topic: topic in OVER_HTTP)
    if issubclass(fault, Keeping):
        with launched(fault.__name__) as session:
            statuses |= _judged(session, lambda topic: topic == "durable")
    return {entry.id: statuses[entry.id] for entry in catalogue()}


def _judged(session: Session, is_wanted: Callable[[str], bool]) -> dict[str, Status]:
    if session.server is None:
        session.greet(COLLECTION, GREETING_TIME)
    return {e.id: judge(e, law_of(e), session).status for e in judging_order(catalogue()) if is_wanted(e.topic)}
