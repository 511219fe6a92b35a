"""The proof: every fault is caught by its own law, and every law is proven by at least two faults."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from contract.judge import judge
from contract.launch import DATA, PORT, LaunchedServer
from contract.requirement import Requirement, catalogue, law_of
from contract.session import Session
from contract.transport import Options
from contract.transport.opening import open_target
from contract.transport.wsgi import WsgiTarget
from contract.verdict import Result
from tests.faults import Fault, all_faults
from tests.faults.healthy import Healthy
from tests.faults.keeping import Keeping
from tests.faults.serving import served

ENTRIES = {entry.id: entry for entry in catalogue()}
FAULTS = all_faults()


OVER_HTTP = ("race", "wire")
"""The topics that an application in process cannot be judged by."""


def run_law(entry: Requirement, server: Healthy) -> Result:
    """Judge a server by one law: in this process where that is possible, else over HTTP, or by a command."""
    if isinstance(server, Keeping):
        with launched(type(server).__name__) as session:
            return judge(entry, law_of(entry), session)
    if entry.topic not in OVER_HTTP:
        return judge(entry, law_of(entry), Session(WsgiTarget(server)))
    return run_law_over_http(entry, server)


def run_law_over_http(entry: Requirement, server: Healthy) -> Result:
    """Judge a server by one law, on a socket."""
    with served(server) as url, closing(Session(open_target(url, Options()))) as session:
        return judge(entry, law_of(entry), session)


@contextmanager
def launched(name: str) -> Iterator[Session]:
    """A run against a durable server, a fault say, that may be killed and started again."""
    command = f"{sys.executable} -m tests.faults {name} --port {PORT} --data {DATA}"
    with closing(LaunchedServer(command)) as server:
        target = open_target(server.url, Options())
        with closing(Session(target, max_time=600, server=server)) as session:
            yield session


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.breaks}-{fault.__name__}")
def test_own_law_catches_the_fault(fault: type[Fault]) -> None:
    entry = ENTRIES[fault.breaks]

    result = run_law(entry, fault())

    assert result.status == ("fail" if entry.level == "MUST" else "warn"), result
    assert result.violations[0].curl


@pytest.fixture(scope="module")
def healthy_run() -> Session:
    """One run against the healthy server."""
    return Session(WsgiTarget(Healthy()))


@pytest.mark.parametrize("id", ENTRIES)
def test_healthy_server_meets_the_requirement(id: str, healthy_run: Session) -> None:
    entry = ENTRIES[id]
    apart: dict[str, type[Healthy]] = {**dict.fromkeys(OVER_HTTP, Healthy), "durable": Keeping}

    result = run_law(entry, apart[entry.topic]()) if entry.topic in apart else judge(entry, law_of(entry), healthy_run)

    assert result.status == "pass", result


def test_every_law_is_proven_by_two_faults() -> None:
    proven = Counter(fault.breaks for fault in FAULTS)

    assert {id: proven[id] for id in ENTRIES if proven[id] < 2} == {}


def test_fault_can_be_named() -> None:
    names = Counter(fault.__name__ for fault in FAULTS)

    assert [name for name, count in names.items() if count > 1] == []


def test_faults_stand_with_their_topic_and_say_what_is_wrong() -> None:
    for fault in FAULTS:
        assert fault.__module__.rpartition(".")[2].partition("_")[0] == fault.breaks.partition(".")[0], fault
        assert fault.__doc__, fault
        assert fault.__doc__.strip().endswith("."), fault
        assert set(fault.also) <= ENTRIES.keys(), fault
