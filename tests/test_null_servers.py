"""On servers that are no task API, nothing passes, and the run ends soon and in plain words."""

from __future__ import annotations

import time

import pytest

from contract.plugin import GREETING_TIME
from contract.requirement import catalogue
from contract.session import DEFAULT_MAX_TIME
from contract.transport import Options
from tests.null_servers import NULL_SERVERS, NullServer
from tests.targets import run_suite

LIMIT = 60.0
"""Seconds that a whole run on such a server may take."""


@pytest.mark.parametrize("server", NULL_SERVERS, ids=lambda server: server.name)
def test_nothing_passes(server: NullServer) -> None:
    started = time.monotonic()
    with server.serve() as url:
        judged = run_suite(url, *server.options)
    seconds = time.monotonic() - started

    assert judged.exit_code == server.exit_code
    assert seconds < LIMIT
    assert judged.stderr == ""
    assert "Traceback" not in judged.stdout
    assert judged.report is not None
    assert list(judged.statuses) == [entry.id for entry in catalogue()]
    assert "pass" not in judged.statuses.values()
    assert judged.report["scope"] == "full"


def test_no_answer_is_awaited_for_long_by_default() -> None:
    assert 2 * GREETING_TIME < LIMIT
    assert Options.timeout < GREETING_TIME
    assert DEFAULT_MAX_TIME <= 120
