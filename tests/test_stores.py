"""The reference server on databases: four processes behind one address conform as one server in memory does.

Run by ``tox -e stores``, since it starts a PostgreSQL server.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.balancer import balanced
from tests.databases import DATABASES, empty_database
from tests.targets import ROOT, run_suite

pytestmark = pytest.mark.stores

PROCESSES = 4


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with empty_database(request, tmp_path) as url:
        yield url


@contextmanager
def servers(store: str, log: Path) -> Iterator[list[str]]:
    """The URLs of processes that start at the same moment on one store, for the block; they log to one file."""
    command = [sys.executable, "-m", "reference_app", "--port", "0", "--store", store]
    with ExitStack() as stack:
        errors = stack.enter_context(log.open("w"))
        processes = []
        for _ in range(PROCESSES):
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
            processes.append(stack.enter_context(process))
            stack.callback(process.kill)
        yield [process.stdout.readline().split()[-1] for process in processes if process.stdout]


def test_four_processes_conform_as_one(database: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with servers(database, log) as urls, balanced(urls) as url:
        judged = run_suite(url)

    assert judged.unmet == {}, judged.stdout
    assert judged.exit_code == 0
    assert log.read_text() == ""


def test_several_memories_are_no_store(tmp_path: Path) -> None:
    """Processes that share nothing are accused, so the address does lead to all of them."""
    with ExitStack() as stack:
        files = [f"sqlite:///{tmp_path / f'{number}.db'}" for number in range(2)]
        urls = [stack.enter_context(servers(file, tmp_path / "log"))[0] for file in files]
        url = stack.enter_context(balanced(urls))
        judged = run_suite(url, "--only", "create,state")

    assert judged.exit_code == 1
    assert judged.statuses["create.stored"] == "fail"
