"""``task-contract run --command``: the suite starts a server itself, and ends it whatever happens."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.targets import PATIENCE, ROOT, Judged, run_suite, starting_suite

PYTHON = shlex.quote(sys.executable)


def command(name: str) -> str:
    """The option that starts a fault, or a healthy server, which keeps its tasks in a file."""
    return f"--command={PYTHON} -m tests.faults {name} --port {{port}} --data {{data}}"


def is_ended(judged: Judged) -> bool:
    """Whether nobody listens on the port of the target any more."""
    assert judged.report is not None
    port = int(judged.report["target"].rpartition(":")[2])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_server_is_started_judged_killed_and_ended() -> None:
    judged = run_suite(command("Keeping"), "--durable", "--only=durable,core", folder=ROOT)

    assert judged.exit_code == 0, judged.stdout
    assert [judged.statuses[id] for id in ("durable.writes", "durable.ids")] == ["pass", "pass"]
    assert is_ended(judged)


def test_durability_is_not_judged_unless_it_is_claimed() -> None:
    judged = run_suite(command("DeletionsAreNotWritten"), "--only=durable,create.once", folder=ROOT)

    assert judged.exit_code == 0
    assert judged.statuses["durable.writes"] == "skipped"
    assert "it kills the server and starts it again, which takes --command and --durable" in judged.stdout


def test_violation_is_found() -> None:
    judged = run_suite(command("DeletionsAreNotWritten"), "--durable", "--only=durable", folder=ROOT)

    assert judged.exit_code == 1
    assert (judged.statuses["durable.writes"], judged.statuses["durable.ids"]) == ("fail", "pass")
    assert is_ended(judged)


def test_what_a_kill_took_away_is_blamed_on_nothing_else() -> None:
    judged = run_suite(command("WritesWaitInABuffer"), "--durable", "--only=durable.writes,create,list", folder=ROOT)

    assert [id for id, status in judged.statuses.items() if status == "fail"] == ["durable.writes"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send.")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_is_ended_with_an_interrupted_run(number: signal.Signals) -> None:
    with starting_suite(command("Keeping"), "--only=core", folder=ROOT) as running:
        assert running.first_line().startswith("pass ")
        running.process.send_signal(number)
        judged = running.finish()

    assert judged.exit_code == 4
    assert is_ended(judged)


def test_server_that_does_not_come_up(tmp_path: Path) -> None:
    judged = run_suite(f"--command={PYTHON} -c 'exit(\"no database\")' {{port}}", folder=tmp_path)

    assert judged.exit_code == 3
    assert "The command ended with exit code 1 before it answered: no database\n" in judged.stdout
    assert set(judged.statuses.values()) == {"inconclusive"}


def test_program_that_is_not_there(tmp_path: Path) -> None:
    judged = run_suite("--command=no-such-program {port}", folder=tmp_path)

    assert judged.exit_code == 3
    assert "'no-such-program' cannot be started: No such file or directory.\n" in judged.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--durable"], "--durable needs --command: what is to be killed must have been started by the run."),
        (["--command=serve"], "'serve' does not say where the port goes; write {port} there."),
        (["--command=serve {port}", "--start-time=0"], "'0'"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    judged = run_suite(*arguments, folder=tmp_path, seconds=PATIENCE)

    assert (judged.exit_code, judged.report, judged.stdout) == (2, None, "")
    assert sentence in judged.stderr
    assert re.fullmatch(r"[^\n]+\n+", judged.stderr)
