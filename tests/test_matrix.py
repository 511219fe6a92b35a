"""The matrix: every law on every fault, in process; ``tox -e matrix`` runs it and writes the table.

A fault that trips more than its own law and those that it declares is a finding about blame.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.judge import judge
from contract.requirement import catalogue
from contract.session import Session
from contract.transport.wsgi import WsgiTarget
from tests.faults import Fault, all_faults
from tests.test_faults import law_of

pytestmark = pytest.mark.matrix


@pytest.mark.parametrize("fault", all_faults(), ids=lambda fault: f"{fault.breaks}-{fault.__name__}")
def test_fault_trips_no_more_than_it_declares(
    fault: type[Fault], record_property: Callable[[str, object], None]
) -> None:
    session = Session(WsgiTarget(fault()), max_time=600)
    statuses = {entry.id: judge(entry, law_of(entry), session).status for entry in catalogue()}
    tripped = [id for id, status in statuses.items() if status in ("fail", "warn")]
    record_property("fault", [fault.breaks, fault.__name__, " ".join((fault.__doc__ or "").split())])
    record_property("tripped", tripped)
    record_property("blocked", [id for id, status in statuses.items() if status == "blocked"])

    assert fault.breaks in tripped
    assert set(tripped) - {fault.breaks} <= set(fault.also)
    assert not [id for id, status in statuses.items() if status in ("error", "inconclusive")]
