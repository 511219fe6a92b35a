"""The first real target: a tutorial's application, the verdicts it gets, and whether its author can act on them."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from contract.requirement import catalogue
from tests.targets import PATIENCE, Judged, run_suite, serve

FOLDER = Path(__file__).parent / "tutorial"
EXPECTED: dict[str, str] = json.loads((FOLDER / "expected.json").read_text())
FAILING = [id for id, status in EXPECTED.items() if status in ("fail", "warn")]
OLD_TASKS = [{"title": "an old task"}, {"title": "another", "done": True}]


def fresh_instance() -> object:
    """The application with a list of its own."""
    return runpy.run_path(str(FOLDER / "app.py"))["app"]


@pytest.fixture(scope="module")
def judged() -> Iterator[Judged]:
    with serve(fresh_instance()) as url:
        yield run_suite(url)


def test_every_requirement_gets_the_expected_verdict(judged: Judged) -> None:
    assert judged.statuses == EXPECTED
    assert judged.exit_code == 1


def test_expectations_cover_the_catalogue() -> None:
    assert list(EXPECTED) == [entry.id for entry in catalogue()]


def test_what_is_blocked_waits_for_something_that_is_broken(judged: Judged) -> None:
    assert judged.report is not None
    blocked = {e["id"]: e["reason"] for e in judged.report["requirements"] if e["status"] == "blocked"}

    for id, reason in blocked.items():
        by = re.match(r"by ([a-z0-9.-]+)", reason)
        assert by, id
        assert EXPECTED[by[1]] == "fail", id


def test_each_violation_is_reported_once(judged: Judged) -> None:
    headings = re.findall(r"^(?:FAIL|WARN) (\S+) ", judged.stdout, re.MULTILINE)

    assert sorted(headings) == sorted(FAILING)
    assert Counter(id for id, _ in judged.violations()) == Counter(FAILING)
    assert [id for id, violation in judged.violations() if violation["intermittent"]] == []


def test_a_violation_says_each_thing_in_one_line(judged: Judged) -> None:
    for id, violation in judged.violations():
        texts = [violation["message"], violation["expected"], violation["received"], *violation["curl"]]
        assert [text for text in texts if not text or not text.isprintable()] == [], id
        assert violation["message"].endswith((".", ". (intermittent)")), id


def test_what_blocks_others_comes_first(judged: Judged) -> None:
    first = re.search(r"^FAIL (\S+) ", judged.stdout, re.MULTILINE)
    blockers = re.findall(r"^blocked +\S+  +by (\S+?):? ", judged.stdout, re.MULTILINE)

    assert first
    assert Counter(blockers).most_common(1)[0][0] == first[1]


@pytest.mark.parametrize("id", FAILING)
def test_command_lines_show_the_violation_on_a_fresh_instance(judged: Judged, id: str) -> None:
    assert judged.report is not None
    violations = [violation for broken, violation in judged.violations() if broken == id]

    assert violations
    for violation in violations:
        with serve(fresh_instance()) as url:
            lines = [line.replace(judged.report["target"], url) for line in violation["curl"]]
            assert all(url in line for line in lines)
            assert len(lines) <= 12
            _shows(violation["received"], _last_output(lines))


def test_command_lines_of_an_id_issued_twice_make_one(judged: Judged) -> None:
    assert judged.report is not None
    (violation,) = (violation for id, violation in judged.violations() if id == "id.unique")
    with serve(fresh_instance()) as url:
        lines = [line.replace(judged.report["target"], url) for line in violation["curl"]]
        issued = re.findall(r'"id": ?(\d+)', _output([*_without_capture(lines), ""]))

    assert len(set(issued)) < len(issued)


def test_tasks_that_were_there_before_are_there_after() -> None:
    with serve(fresh_instance()) as url, requests.Session() as client:
        client.trust_env = False
        for task in OLD_TASKS:
            client.post(f"{url}/tasks", json=task, timeout=PATIENCE).raise_for_status()
        before = client.get(f"{url}/tasks", timeout=PATIENCE).json()
        run_suite(url)
        after = client.get(f"{url}/tasks", timeout=PATIENCE).json()

    assert [task for task in after if task["id"] <= len(OLD_TASKS)] == before


def _without_capture(lines: list[str]) -> list[str]:
    """The lines, each of which prints the answer that it takes an id from."""
    return [re.sub(r"^(\w+)=\$\((.*) \| grep -oE .*? \| grep -oE .*?\)$", r"\1=$(\2 | tee /dev/stderr | grep -oE '[0-9]+' | tail -1)", line) for line in lines]


def _last_output(lines: list[str]) -> str:
    return _output([*lines[:-1], "echo; echo ----", lines[-1]]).rpartition("\n----\n")[2]


def _output(lines: list[str]) -> str:
    shell = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return shell.stdout


def _shows(received: str, output: str) -> None:
    """The output of curl has what a violation says was received: a status, a header, or the lack of a header."""
    status, header, lacking = (re.match(p, received) for p in (r"\d{3}\b", r"([\w-]+): .*", r"no ([A-Z][\w-]+)$"))
    assert re.match(r"HTTP/1\.1 \d{3}", output), output
    if status:
        assert f"HTTP/1.1 {status[0]}" in output
    elif header:
        assert header[0].lower() in output.lower()
    elif lacking:
        assert f"\n{lacking[1].lower()}:" not in output.lower()
