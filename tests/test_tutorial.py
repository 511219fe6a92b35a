"""The first real target: a tutorial's application, the verdicts it gets, and whether its author can act on them."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from contract.requirement import catalogue
from tests.targets import PATIENCE, Judged, run_suite, serve

FOLDER = Path(__file__).parent / "tutorial"
EXPECTED: dict[str, str] = json.loads((FOLDER / "expected.json").read_text())
FAILING = [id for id, status in EXPECTED.items() if status in ("fail", "warn")]
OLD_TASKS: list[dict[str, Any]] = [{"title": "an old task"}, {"title": "another", "description": "older", "done": True}]


@dataclass(frozen=True)
class Visit:
    """A run on the application, and all of its tasks before and after."""

    judged: Judged
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]

    @property
    def target(self) -> str:
        """The URL in the report."""
        assert self.judged.report is not None
        return str(self.judged.report["target"])

    def command_lines(self, id: str, url: str) -> list[str]:
        """The commands that show the violation of a requirement, for another instance."""
        (violation,) = (violation for broken, violation in self.judged.violations() if broken == id)
        return [line.replace(self.target, url) for line in violation["curl"]]


def fresh_instance() -> Any:
    """The application with a list of its own."""
    return runpy.run_path(str(FOLDER / "app.py"))["app"]


@pytest.fixture(scope="module")
def visit(client: requests.Session) -> Iterator[Visit]:
    with serve(fresh_instance()) as url:
        for task in OLD_TASKS:
            client.post(f"{url}/tasks", json=task, timeout=PATIENCE).raise_for_status()
        before = _listed(client, url)
        # Which of two requests comes in between the steps of another is up to the threads.
        judged = run_suite(url, "--skip=race")
        yield Visit(judged, before, _listed(client, url))


def test_expectations_cover_the_catalogue() -> None:
    assert EXPECTED.keys() == {entry.id for entry in catalogue()}


def test_every_requirement_gets_the_expected_verdict(visit: Visit) -> None:
    assert visit.judged.statuses == EXPECTED
    assert visit.judged.exit_code == 1


@pytest.mark.parametrize("id", ["create.stored", "update.replaces", "delete.gone", "id.unique", "error.shape"])
def test_a_law_alone_gives_the_same_verdict(id: str) -> None:
    with serve(fresh_instance()) as url:
        judged = run_suite(url, f"--only={id}")

    assert judged.statuses[id] == EXPECTED[id]


def test_old_tasks_are_left_alone(visit: Visit) -> None:
    assert visit.after == visit.before


def test_what_is_blocked_waits_for_something_that_is_broken(visit: Visit) -> None:
    assert visit.judged.report is not None
    for entry in visit.judged.report["requirements"]:
        if entry["status"] == "blocked":
            by = re.match(r"by ([a-z0-9.-]+)", entry["reason"])
            assert by, entry
            assert EXPECTED[by[1]] in ("fail", "blocked"), entry


def test_each_violation_is_reported_once(visit: Visit) -> None:
    headings = re.findall(r"^(?:FAIL|WARN) (\S+) ", visit.judged.stdout, re.MULTILINE)

    assert sorted(headings) == sorted(FAILING)
    assert sorted(id for id, _ in visit.judged.violations()) == sorted(FAILING)
    assert [id for id, violation in visit.judged.violations() if violation["intermittent"]] == []


def test_a_violation_says_each_thing_in_one_line(visit: Visit) -> None:
    for id, violation in visit.judged.violations():
        texts = [violation["message"], violation["expected"], violation["received"], *violation["curl"]]
        assert [text for text in texts if not text or not text.isprintable()] == [], id
        assert violation["message"].endswith("."), id


def test_what_blocks_most_is_reported_first(visit: Visit) -> None:
    first = re.search(r"^FAIL (\S+) ", visit.judged.stdout, re.MULTILINE)
    blockers = re.findall(r"^blocked +\S+ +by ([a-z0-9.-]+)", visit.judged.stdout, re.MULTILINE)

    assert first
    assert first[1] == Counter(blockers).most_common(1)[0][0]


@pytest.mark.parametrize("id", FAILING)
def test_command_lines_show_the_violation_on_a_fresh_instance(visit: Visit, id: str) -> None:
    (violation,) = (violation for broken, violation in visit.judged.violations() if broken == id)
    with serve(fresh_instance()) as url:
        lines = visit.command_lines(id, url)
        assert all(url in line for line in lines)
        output = _run([*lines[:-1], "echo; echo ----", lines[-1]]).rpartition("\n----\n")[2]

    _shows(violation["received"], output)


def test_an_id_that_comes_again_is_told_in_a_dozen_lines_or_fewer(visit: Visit, client: requests.Session) -> None:
    with serve(fresh_instance()) as url:
        lines = visit.command_lines("id.unique", url)
        _run(lines)
        ids = [task["id"] for task in _listed(client, url)]

    assert len(set(ids)) < len(ids)
    assert len(lines) <= 12


def test_a_merge_is_told_in_a_few_lines(visit: Visit) -> None:
    assert len(visit.command_lines("update.replaces", visit.target)) <= 4


def _listed(client: requests.Session, url: str) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = client.get(f"{url}/tasks", timeout=PATIENCE).json()
    return tasks


def _run(lines: list[str]) -> str:
    """What one shell prints that runs these lines."""
    shell = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    return shell.stdout


def _shows(received: str, output: str) -> None:
    """The output of curl has what a violation says was received: a status, a header, the lack of one, or a text."""
    status = re.match(r"\d{3}\b", received)
    header = re.match(r"[A-Z][\w-]+: .*", received)
    lacking = re.fullmatch(r"no ([A-Z][\w-]+)", received)

    assert re.match(r"HTTP/1\.1 \d{3} ", output), output
    if status:
        assert output.startswith(f"HTTP/1.1 {status[0]} ")
    elif header:
        assert header[0].lower() in output.lower()
    elif lacking:
        assert f"\n{lacking[1].lower()}:" not in output.lower()
    elif received.startswith('"'):
        assert json.loads(received)[:40] in output
