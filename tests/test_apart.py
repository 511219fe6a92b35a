"""Requirements judged in a process of its own beside the run."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from contract.apart import can_fork
from contract.guest import Guest
from contract.rate import Pace
from contract.session import Session
from contract.transport import Options
from contract.transport.http import HttpTarget
from contract.transport.wsgi import WsgiTarget
from tests.faults.healthy import Healthy
from tests.faults.openapi import UnprocessableContent
from tests.targets import PATIENCE, ROOT, run_suite, serve, starting_suite

LOST = """
import multiprocessing, os, signal, sys
from contract.apart import Apart
from contract.requirement import catalogue, law_of, select
from contract.session import Session
from contract.transport import Options
from contract.transport.opening import open_target

entries = select(catalogue(), ["openapi"])
apart = Apart(Session(open_target(sys.argv[1], Options())), [(entry, law_of(entry)) for entry in entries])
(process,) = multiprocessing.active_children()
os.kill(process.pid, signal.SIGKILL)
print(*(apart.result(entry).status for entry in entries))
apart.close()
"""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this process had no other thread, and were one of Linux."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(sys, "platform", "linux")


def session_at(url: str, pace: Pace | None = None) -> Session:
    return Session(HttpTarget(url, Options()), guest=Guest(pace=pace))


def test_run_judges_everything_and_leaves_nothing() -> None:
    server = Healthy()
    with serve(server, threads=16) as url:
        judged = run_suite(url, "--only=read,openapi,error.no-5xx")

    assert judged.exit_code == 0, judged.stdout
    assert judged.statuses["openapi.status"] == judged.statuses["error.no-5xx"] == "pass"
    assert server.tasks == {}


def test_run_shows_what_the_other_process_found() -> None:
    with serve(UnprocessableContent(), threads=16) as url:
        judged = run_suite(url, "--only=openapi")

    assert judged.statuses["openapi.status"] == "fail"
    assert judged.report is not None
    (entry,) = (entry for entry in judged.report["requirements"] if entry["id"] == "openapi.status")
    assert entry["requests"] > 100
    assert "422" in entry["violations"][0]["received"]
    assert any("curl" in line for line in entry["violations"][0]["curl"])


def test_interrupt_reaches_the_other_process() -> None:
    server = Healthy()
    with serve(server, threads=16) as url, starting_suite(url, "--only=openapi") as running:
        until = time.monotonic() + PATIENCE
        while len(server.tasks) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        running.process.terminate()
        judged = running.finish(PATIENCE)

    assert judged.exit_code == 4
    assert "The run was interrupted." in judged.stdout
    assert server.tasks == {}


def test_process_that_is_lost_is_an_error() -> None:
    with serve(Healthy(), threads=16) as url:
        ended = subprocess.run(
            [sys.executable, "-c", LOST, url], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True
        )

    assert ended.stdout.split() == ["error"] * 5


@pytest.mark.usefixtures("alone")
def test_process_of_one_thread_is_copied() -> None:
    with closing(session_at("http://127.0.0.1:1")) as session:
        assert can_fork(session)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_process_is_copied_on_linux_only(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    with closing(session_at("http://127.0.0.1:1")) as session:
        assert not can_fork(session)


@pytest.mark.usefixtures("alone")
def test_process_with_other_threads_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)

    with closing(session_at("http://127.0.0.1:1")) as session:
        assert not can_fork(session)


@pytest.mark.usefixtures("alone")
def test_one_process_keeps_to_a_rate() -> None:
    with closing(session_at("http://127.0.0.1:1", Pace(5.0))) as session:
        assert not can_fork(session)


@pytest.mark.usefixtures("alone")
def test_application_in_process_is_spoken_to_by_this_process() -> None:
    with closing(Session(WsgiTarget(Healthy()))) as session:
        assert not can_fork(session)
