"""The commands of the documentation, word for word: in a fresh copy of the project where they install something.

Run by ``tox -e docs``, since it builds environments.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from reference_app import create_app
from tests.targets import serve

pytestmark = pytest.mark.documentation

ROOT = Path(__file__).parent.parent
TIME = 900
URL = "http://127.0.0.1:8000"


def commands(document: str) -> list[str]:
    """The lines of the console blocks of a document."""
    blocks = re.findall(r"^```console\n(.*?)^```$", (ROOT / document).read_text(encoding="utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


README = commands("README.md")
INSTALLING, TESTING = README[:2]
GUIDE = ROOT / "specs" / "guide"
BUILDING = "building-a-server.md"
APART = (BUILDING, "gating-in-ci.md")
"""Pages that have tests of their own."""

ON_PORT_8000 = pytest.mark.xdist_group("port 8000")
"""Of these tests only one runs at a time."""

ASKING, SERVING, JUDGING = commands(f"specs/guide/{BUILDING}")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the project, those that git does not ignore, in an empty folder."""
    place = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    return place


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A conforming server with some tasks of its own, at the root and under /api/v1."""
    root = create_app()
    for number in range(4):
        root.test_client().post("/tasks", json={"title": f"somebody's {number}", "done": number % 2 == 0})
    application = DispatcherMiddleware(root, {"/api/v1": create_app()})
    with serve(application) as url:
        yield url


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The finished command, run by a shell in the folder, with the programs of this environment first."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **variables}
    for name in [name for name in environment if name.startswith(("TOX_", "PYTEST_", "VIRTUAL_ENV"))]:
        del environment[name]
    return subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIME
    )


def test_first_command_judges_the_reference_server(copy: Path) -> None:
    done = shell(INSTALLING, copy)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("conforming: ")


def test_second_command_is_the_one_that_ci_runs(copy: Path) -> None:
    found = shell("grep -m 1 -E '^python3 -m venv .* tox && ' README.md", copy)

    assert found.stdout == TESTING + "\n"
    assert "'^python3 -m venv .* tox && '" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [line for line in README if line.startswith("task-contract run ")])
def test_command_of_the_suite(command: str, url: str, tmp_path: Path) -> None:
    done = shell(command.replace(URL, url), tmp_path, TOKEN="secret")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "secret" not in done.stdout


@pytest.mark.parametrize(
    "command", re.findall(r"`(task-contract (?:list|explain)[^`]*)`", (ROOT / "README.md").read_text())
)
def test_command_that_looks_things_up(command: str, tmp_path: Path) -> None:
    done = shell(command, tmp_path)

    assert done.returncode == 0, done.stderr
    assert "update.idempotent" in done.stdout


@contextmanager
def served(command: str, folder: Path) -> Iterator[None]:
    """The server that the command starts, for as long as the block lasts."""
    program = [str(Path(sys.executable).parent / command.split()[0]), *command.split()[1:]]
    process = subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Listening on {URL}\n"
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@ON_PORT_8000
def test_serve_and_curl(tmp_path: Path) -> None:
    (curl,) = [line for line in README if line.startswith("curl ")]
    with served("task-contract serve", tmp_path):
        done = shell(curl, tmp_path)

    assert done.stdout.startswith("HTTP/1.1 201 ")


def test_gate_of_ci(copy: Path, url: str) -> None:
    (command,) = [line for line in README if line.startswith("tox -e contract ")]
    done = shell(command.replace(URL, url), copy)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (copy / "report.json").stat().st_size > 0


def test_suite_in_a_pytest_session_of_ones_own(url: str, tmp_path: Path) -> None:
    (command,) = [line for line in README if line.startswith("pytest ")]
    done = shell(command.replace(URL, url), tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with the server that the guide leads to."""
    shutil.copy2(GUIDE / "tasks.py", tmp_path)
    return tmp_path


def test_guide_asks_for_what_is_next(built: Path) -> None:
    done = shell(ASKING, built)

    assert done.returncode == 0, done.stdout + done.stderr


@ON_PORT_8000
def test_guide_serves_and_judges(built: Path) -> None:
    program = [str(Path(sys.executable).parent / SERVING.split()[0]), *SERVING.split()[1:]]
    with subprocess.Popen(program, cwd=built, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert server.stderr.readline().endswith(f"Serving on {URL}\n")
            done = shell(JUDGING, built)
        finally:
            server.terminate()

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("npx") is None, reason="There is no npx here.")
def test_postman_collection(copy: Path, url: str) -> None:
    (command,) = [line for line in README if line.startswith("npx ")]
    done = shell(command.replace(URL, url), copy)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", sorted(path.name for path in GUIDE.glob("*.md") if path.name not in APART))
def test_commands_of_a_page_of_the_guide(page: str, url: str, tmp_path: Path) -> None:
    for command in commands(f"specs/guide/{page}"):
        done = shell(
            command.replace(URL, url), tmp_path, TOKEN="secret", GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md")
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert "secret" not in done.stdout


def test_every_command_is_run() -> None:
    known = ("task-contract run", "curl ", "npx ", "tox -e contract ", "pytest ")

    assert [line for line in README[2:] if not line.startswith(known)] == []
