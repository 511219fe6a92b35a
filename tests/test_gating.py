"""The guide to gating in CI: its commands, its script, its workflow and its baseline, word for word.

Run by ``tox -e docs``, since it builds environments.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from contract.baseline_file import read_baseline
from contract.requirement import catalogue
from reference_app import create_app
from tests.action import ACTION
from tests.faults.create import NoLocation
from tests.targets import dead_port, serve
from tests.test_documentation import ROOT, URL, commands, copy, shell

__all__ = ["copy"]

pytestmark = pytest.mark.documentation

GUIDE = "specs/guide/gating-in-ci.md"
COMMANDS = commands(GUIDE)
SERVER = """\
import waitress
from reference_app import create_app

waitress.serve(create_app(), host="127.0.0.1", port={port})
"""


def block(language: str, beginning: str = "") -> str:
    """The only block of the guide in this language that begins so."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / GUIDE).read_text(encoding="utf-8"), re.M | re.S)
    (found,) = [text for text in blocks if text.startswith(beginning)]
    return str(found)


@contextmanager
def sound() -> Iterator[str]:
    """The URL of a conforming server."""
    with serve(create_app()) as url:
        yield url


def test_baseline_makes_a_red_server_green(tmp_path: Path) -> None:
    writing, judging = [line for line in COMMANDS if "baseline" in line]
    with serve(NoLocation(), threads=16) as url:
        red = shell(writing.replace(URL, url), tmp_path)
        green = shell(judging.replace(URL, url), tmp_path)

    assert red.returncode == 1, red.stdout + red.stderr
    assert green.returncode == 0, green.stdout + green.stderr
    assert re.match(r"conforming but for \d known: ", green.stdout.splitlines()[-1])


def test_entry_of_the_guide_is_a_baseline(tmp_path: Path) -> None:
    (tmp_path / "baseline.yaml").write_text(block("yaml", "version:"), encoding="utf-8")
    with serve(NoLocation(), threads=16) as url:
        shell(f"task-contract run {url} --only create --write-baseline new.yaml", tmp_path)

    ids = [entry.id for entry in catalogue()]
    (shown,) = read_baseline(tmp_path / "baseline.yaml", ids).values()
    (written,) = read_baseline(tmp_path / "new.yaml", ids).values()
    assert (shown.id, shown.violations) == (written.id, written.violations)


def test_workflow_gives_the_action_what_it_takes() -> None:
    workflow = yaml.safe_load(block("yaml", "name:"))

    (step,) = [step for step in workflow["jobs"]["contract"]["steps"] if "/task-contract@" in step.get("uses", "")]
    assert set(step["with"]) <= set(ACTION["inputs"])


def test_script_for_any_ci(copy: Path, tmp_path: Path) -> None:
    port = dead_port()
    shutil.copytree(copy, tmp_path / "task-contract")
    (tmp_path / "app.py").write_text(SERVER.format(port=port))
    (tmp_path / "baseline.yaml").write_text("version: 1\nknown: {}\n")

    done = shell(block("sh").replace("8000", str(port)), tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "report.json").stat().st_size > 0


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith(("pipx ", "uvx "))])
def test_suite_without_an_installation(command: str, copy: Path, tmp_path: Path) -> None:
    folders = {name: str(tmp_path / name) for name in ("PIPX_HOME", "UV_CACHE_DIR", "UV_TOOL_DIR")}
    with sound() as url:
        done = shell(command.replace(URL, url), copy, **folders)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_is_run() -> None:
    assert len(COMMANDS) == 4
