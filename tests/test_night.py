"""Exploring on several processes, with a memory on Redis that is started here: ``tox -e explore``."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

from contract.explore import Exploration, open_memory
from contract.requirement import catalogue
from tests.faults.healthy import Healthy
from tests.hosts import DeletesZAgain, Mortal, Recorded, wait_for
from tests.targets import Late, dead_port, run_suite, serve, serve_connections, starting_suite

pytestmark = pytest.mark.explore

FOUND = "delete.idempotent"
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a signal")


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis that is started for these tests; they are skipped where there is none to start."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server (Debian: apt-get install redis-server)")
    redis = pytest.importorskip("redis", reason="there is no package redis")
    port, folder = dead_port(), tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: _answers(redis, port))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def _answers(redis: object, port: int) -> bool:
    try:
        return bool(redis.Redis(port=port).ping())  # type: ignore[attr-defined]
    except redis.RedisError:  # type: ignore[attr-defined]
        return False


def test_what_two_processes_find_is_replayed_by_a_gate_elsewhere(redis_url: str) -> None:
    with serve(DeletesZAgain()) as url:
        options = (url, "--only=delete,id", f"--examples={redis_url}")
        before = run_suite(*options)
        explored = run_suite(*options, "--explore", "--seed=1", "-n", "2")
        after = run_suite(*options)

    assert before.exit_code == 0, before.stdout
    assert (explored.exit_code, explored.statuses[FOUND]) == (1, "fail"), explored.stdout
    assert (after.exit_code, after.statuses[FOUND]) == (1, "fail"), after.stdout
    assert explored.report is not None
    assert explored.report["seed"] == 1
    assert set(explored.statuses.values()) == {"pass", "fail", "skipped"}


def test_memory_on_redis_is_that_of_a_folder(redis_url: str, tmp_path: Path) -> None:
    for place in (redis_url, str(tmp_path)):
        exploration = Exploration(memory=open_memory(place))
        exploration.keep_seed("openapi", 7)
        exploration.keep_seed("openapi", 8)
        exploration.forget_seed("openapi", 8)

        assert exploration.seeds("openapi") == [7]
    assert isinstance(open_memory(str(tmp_path)), DirectoryBasedExampleDatabase)


def test_results_of_two_processes_are_one_run() -> None:
    server = Healthy()
    recorded = Recorded(server)
    with serve(recorded, threads=16) as url:
        judged = run_suite(url, "--explore", "-n", "2", "--skip=openapi,state,race,wire")

    assert judged.exit_code == 0, judged.stdout
    assert judged.report is not None
    assert [entry["id"] for entry in judged.report["requirements"]] == [entry.id for entry in catalogue()]
    assert judged.report["requests"] >= sum(entry["requests"] for entry in judged.report["requirements"])
    assert judged.report["requests"] <= len(recorded.visits)
    assert judged.report["leftovers"] == []
    assert server.tasks == {}
    assert judged.stderr == ""


def test_rounds_on_two_processes() -> None:
    with serve(Healthy(), threads=16) as url:
        judged = run_suite(url, "--explore", "-n", "2", "--for=15s", "--only=delete,update")

    assert judged.exit_code == 0, judged.stdout
    assert judged.report is not None
    assert 15 <= judged.report["seconds"] < 60


@needs_signals
def test_interrupt_reaches_all_processes() -> None:
    server = Healthy()
    recorded = Recorded(Late(server, 0.01))
    with serve(recorded, threads=16) as url, starting_suite(url, "--explore", "-n", "2") as running:
        wait_for(lambda: len(recorded.visits) > 200)
        running.process.send_signal(signal.SIGINT)
        judged = running.finish()

    assert judged.exit_code == 4
    assert judged.report is not None
    assert judged.report["reason"] == "The run was interrupted."
    assert sorted(server.tasks) == judged.report["leftovers"] == []


def test_target_that_dies_under_two_processes() -> None:
    server = Healthy()
    with serve_connections(Mortal(server, 500).serve_connection) as url:
        judged = run_suite(url, "--explore", "-n", "2", "--only=create,update")

    assert judged.exit_code == 4, judged.stdout
    assert judged.report is not None
    assert judged.report["leftovers"] == sorted(server.tasks)


def test_port_that_is_dead() -> None:
    judged = run_suite(f"http://127.0.0.1:{dead_port()}", "--explore", "-n", "2")

    assert judged.exit_code == 3, judged.stdout
