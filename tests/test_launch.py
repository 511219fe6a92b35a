"""A server of a command: started, killed with all that it started, started again on the same data, and ended."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from contract.launch import BadCommand, LaunchedServer, NotStarted

PYTHON = shlex.quote(sys.executable)
SERVER = f"{PYTHON} -m tests.faults Keeping --port {{port}} --data {{data}}"
PARENT = f"{PYTHON} -c 'import subprocess, sys; subprocess.run(sys.argv[1:])' {SERVER}"


def answers(server: LaunchedServer) -> bool:
    """Whether the server answers with a list."""
    with suppress(OSError):
        build_opener(ProxyHandler({})).open(f"{server.url}/tasks", timeout=60).close()
        return True
    return False


def listens(server: LaunchedServer) -> bool:
    """Whether somebody accepts connections on its port."""
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=60).close()
        return True
    return False


@pytest.fixture(params=[SERVER, PARENT], ids=["itself", "a process that it starts"])
def server(request: pytest.FixtureRequest) -> Iterator[LaunchedServer]:
    """A server that answers."""
    with closing(LaunchedServer(request.param)) as server:
        server.start()
        server.wait_for(lambda: answers(server))
        yield server


def test_starting_what_runs_changes_nothing(server: LaunchedServer) -> None:
    server.start()

    assert answers(server)


@pytest.mark.parametrize("end", [LaunchedServer.kill, LaunchedServer.stop, LaunchedServer.close])
def test_every_process_is_ended(server: LaunchedServer, end: object) -> None:
    assert callable(end)
    end(server)

    assert not listens(server)


def test_port_and_data_stay_the_same() -> None:
    command = (
        f"""{PYTHON} -c 'import sys; open(sys.argv[2] + "/ports", "a").write(sys.argv[1] + "\\n")' {{port}} {{data}}"""
    )
    with closing(LaunchedServer(command)) as server:
        for _ in range(2):
            server.start()
            with pytest.raises(NotStarted):
                server.wait_for(lambda: False)
        (folder,) = {Path(word) for word in server.words if word.endswith("data")}

        assert [*folder.iterdir()] == [folder / "ports"]
        assert (folder / "ports").read_text() == f"{server.port}\n" * 2
    assert not folder.exists()


def test_target_names_the_base_path() -> None:
    with closing(LaunchedServer("serve {port}", "http://localhost:{port}/api/v1")) as server:
        assert server.url == f"http://localhost:{server.port}/api/v1"


def test_command_that_ends_is_shown_with_what_it_printed() -> None:
    with closing(LaunchedServer(f"{PYTHON} -c 'import sys; sys.exit(\"no database\")' {{port}}")) as server:
        server.start()

        with pytest.raises(NotStarted, match=r"^The command ended with exit code 1 before it answered: no database$"):
            server.wait_for(lambda: answers(server))


def test_command_that_never_answers() -> None:
    with closing(LaunchedServer(f"{PYTHON} -c 'import time; time.sleep(60)' {{port}}", patience=0.01)) as server:
        server.start()

        with pytest.raises(
            NotStarted, match=r"^The command did not answer within 0\.01 seconds; it printed nothing\.$"
        ):
            server.wait_for(lambda: False)


def test_program_that_is_not_there() -> None:
    message = r"^'no-such-program' cannot be started: No such file or directory\.$"
    with closing(LaunchedServer("no-such-program {port}")) as server, pytest.raises(NotStarted, match=message):
        server.start()


@pytest.mark.parametrize(
    ("command", "target", "message"),
    [
        ("", None, "'' is no command; write a program and its arguments."),
        ("serve 'it", None, '"serve \'it" is no command: no closing quotation.'),
        ("serve", None, "'serve' does not say where the port goes; write {port} there."),
        ("serve", "http://127.0.0.1:{port}", "'serve' does not say where the port goes; write {port} there."),
        (
            "serve {port}",
            "wsgi:app:app",
            "'wsgi:app:app' runs in process; a command starts a server with a URL.",
        ),
    ],
)
def test_wrong_commands(command: str, target: str | None, message: str) -> None:
    with pytest.raises(BadCommand) as refused:
        LaunchedServer(command, target)

    assert str(refused.value) == message


def test_command_with_a_port_of_its_own() -> None:
    with closing(LaunchedServer("serve", "http://127.0.0.1:8000")) as server:
        assert server.url == "http://127.0.0.1:8000"
