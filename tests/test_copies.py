"""Two copies of a server, judged at the same time by two processes."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest

from contract import settings
from contract.api import Api
from contract.copies import Copy, is_judged_there
from contract.exchange import NO_JSON, Exchange
from contract.expect import Stopped, Violation
from contract.judge import Law
from contract.launch import BadCommand, can_judge_two
from contract.order import FIRST
from contract.requirement import Requirement, catalogue, law_of, select
from contract.session import Session
from contract.transport import Options, Request, Unanswered
from contract.transport.http import HttpTarget
from tests.faults.healthy import Healthy
from tests.targets import ROOT, run_suite, serve, starting_suite

PYTHON = shlex.quote(sys.executable)
URL = "http://tasks.example:8000"

needs_two = pytest.mark.skipif(not can_judge_two(), reason="the system cannot fork, or has one processor")
(JSON,) = select(catalogue(), ["json.duplicates"])


def command(name: str) -> str:
    """The option that has the suite start a fault, or a healthy server."""
    return f"--command={PYTHON} -m tests.faults {name} --port {{port}} --data {{data}}"


def laws_of(names: Iterable[str]) -> list[tuple[Requirement, Law]]:
    """The laws of these requirements."""
    return [(entry, law_of(entry)) for entry in select(catalogue(), [*names])]


def clean_up(session: Session) -> None:
    """Remove what was created in a session, and end it."""
    Api(session).clean_up()
    session.close()


@contextmanager
def copied(laws: list[tuple[Requirement, Law]], max_time: float = 60.0) -> Iterator[Copy]:
    """A healthy server on which another process judges these laws."""
    with serve(Healthy()) as url, closing(Session(HttpTarget(url, Options()), max_time=max_time)) as session:
        copy = Copy(session, laws, URL, clean_up)
        try:
            yield copy
        finally:
            copy.end()


def test_each_law_has_its_place() -> None:
    there = {entry.id for entry in catalogue() if is_judged_there(entry)}

    assert there.isdisjoint(FIRST)
    assert {"openapi.status", "race.linearizable", "state.model", "json.depth"} <= there
    assert there.isdisjoint({"error.no-5xx", "durable.writes", "create.once", "race.if-match"})


@needs_two
def test_results_come_from_there() -> None:
    laws = laws_of(["json.duplicates", "error.no-leak", "create.once"])
    with copied(laws) as copy:
        results = {entry.id: copy.result(entry) for entry, _ in laws}
        end = copy.end()

    assert {id: result and result.status for id, result in results.items()} == {
        "json.duplicates": "pass",
        "error.no-leak": "pass",
        "create.once": None,
    }
    assert end.requests >= sum(result.requests for result in results.values() if result is not None) > 0
    assert (end.stopped, end.fault, end.leftovers) == (None, None, frozenset())


@needs_two
def test_violation_reads_as_if_it_were_of_the_first_copy() -> None:
    def law(api: Api) -> None:
        answer = api.send("GET", "/tasks")
        raise Violation(f"Seen at {answer.base_url}.", expected="nothing", received="", evidence=answer.evidence())

    with copied([(JSON, law)]) as copy:
        result = copy.result(JSON)

    assert result is not None
    (violation,) = result.violations
    assert violation.message == f"Seen at {URL}."
    assert URL in violation.curl[0]
    assert "127.0.0.1" not in violation.script()


@needs_two
def test_process_that_dies_is_a_fault_of_the_suite() -> None:
    with copied([(JSON, lambda api: os._exit(1))]) as copy:
        with pytest.raises(Stopped, match="ended before it said what it found"):
            copy.result(JSON)
        end = copy.end()

    assert end.fault == "The process that judges on the second copy of the server ended before it said what it found."


@needs_two
def test_time_that_is_over_there() -> None:
    def law(api: Api) -> None:
        while True:
            api.send("GET", "/tasks")

    with copied([(JSON, law)], max_time=0.5) as copy, pytest.raises(Stopped, match="time"):
        copy.result(JSON)


@needs_two
def test_interrupt_reaches_it() -> None:
    def law(api: Api) -> None:
        while True:
            api.send("GET", "/tasks")

    with copied([(JSON, law)]) as copy:
        copy.interrupt()
        end = copy.end()

    assert end.stopped == "The run was interrupted."


@needs_two
def test_what_the_last_law_looks_back_on_comes_back() -> None:
    failure = Unanswered("timeout", "10 s")

    def law(api: Api) -> None:
        api.session.incidents.append(Exchange(Request("GET", "/tasks"), None, failure))

    with copied([(JSON, law)]) as copy:
        (incident,) = copy.end().incidents

    assert str(incident.failure) == str(failure)
    assert incident.document is NO_JSON


@needs_two
def test_conforming_server_is_called_so() -> None:
    judged = run_suite(command("Healthy"), "--copies=2", folder=ROOT)

    assert judged.unmet == {}, judged.stdout
    assert judged.exit_code == 0
    assert judged.report is not None
    assert judged.report["scope"] == "full"
    assert len({entry["id"] for entry in judged.report["requirements"]}) == len(catalogue())


@needs_two
@pytest.mark.parametrize(
    ("name", "id"), [("DetectsUtf16", "json.malformed"), ("DeletedIsListed", "delete.gone")], ids=["there", "here"]
)
def test_broken_server_is_blamed_as_alone(name: str, id: str) -> None:
    only = "--only=create,json,delete,error"
    alone = run_suite(command(name), only, folder=ROOT)
    twice = run_suite(command(name), only, "--copies=2", folder=ROOT)

    assert alone.statuses[id] == "fail"
    assert twice.statuses == alone.statuses
    assert twice.exit_code == 1


DROPPING = """
import sys, threading
from tests.faults.serving import served
from tests.faults.wired import Wired

class Dropping(Wired):
    def respond(self, line, fields, body, port):
        if body.count(b'"done"') > 1:
            raise EOFError
        return super().respond(line, fields, body, port)

with served(Dropping(), int(sys.argv[1])):
    threading.Event().wait()
"""
"""A server that ends the connection where a member is there twice."""


@needs_two
def test_last_law_looks_back_on_what_only_the_other_copy_met(tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(DROPPING)
    serving = f"--command=env PYTHONPATH={shlex.quote(str(ROOT))} {PYTHON} {shlex.quote(str(script))} {{port}}"

    alone = run_suite(serving, "--only=error.no-5xx", "--copies=2", folder=ROOT)
    both = run_suite(serving, "--only=error.no-5xx,json.duplicates", "--copies=2", folder=ROOT)

    assert alone.statuses["error.no-5xx"] == "pass"
    assert both.statuses["json.duplicates"] == "inconclusive"
    assert both.statuses["error.no-5xx"] == "fail"


def is_listening(url: str) -> bool:
    """Whether somebody accepts connections at a URL."""
    with suppress(OSError):
        socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 80), timeout=60).close()
        return True
    return False


@needs_two
def test_interrupted_run_ends_both_copies(tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(
        "import os, sys; from pathlib import Path; port, ports = sys.argv[1:]\n"
        "(Path(ports) / port).touch()\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'tests.faults', 'Healthy', '--port', port])\n"
    )
    ports = tmp_path / "ports"
    ports.mkdir()
    serving = f"--command={PYTHON} {shlex.quote(str(script))} {{port}} {shlex.quote(str(ports))}"
    with starting_suite(serving, "--copies=2", folder=ROOT) as running:
        assert running.first_line().startswith("pass")
        running.process.send_signal(signal.SIGINT)
        judged = running.finish()

    assert judged.exit_code == 4
    assert "The run was interrupted." in judged.stdout
    assert judged.report is not None
    assert "leftovers" not in judged.stdout
    assert len([*ports.iterdir()]) == 2
    assert not any(is_listening(f"http://127.0.0.1:{port.name}") for port in ports.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["http://127.0.0.1:1", "--copies=2"],
            "task-contract: --copies needs --command: what is to be there twice must have been started by the run.",
        ),
        (["--copies=2", "--next"], "task-contract: --copies is for a gate, without --next and --explore."),
        (["--copies=3"], "task-contract run: argument --copies: invalid choice: 3 (choose from 1, 2); see --help."),
    ],
)
def test_copies_that_cannot_be(arguments: list[str], sentence: str) -> None:
    judged = run_suite(*arguments)

    assert judged.exit_code == 2
    assert judged.stderr == f"{sentence}\n"


def test_second_copy_takes_a_system_that_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "can_judge_two", lambda: False)
    config = Mock(pytest.Config, getoption={"contract_copy": URL}.get)

    with pytest.raises(BadCommand, match="A second copy takes a system that can fork, and two processors"):
        settings.copied_session(config, None)
