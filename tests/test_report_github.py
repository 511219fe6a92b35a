"""Annotations: one workflow command a line, escaped as the runner reads it."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from contract.report.github import annotation_lines, commands_stopped
from contract.report.summary import visible
from contract.verdict import Result, Run
from tests.example_run import CONTROLS, EXAMPLE, GREEN, HOSTILE, entry, hard_run, run_of

_COMMAND = re.compile(r"::(error|warning|notice) title=([^,:]*)::(.*)")


def annotations_of(run: Run) -> list[tuple[str, str, str]]:
    """Level, title and message of each annotation, as the runner reads them."""
    found = [_COMMAND.fullmatch(line) for line in annotation_lines(run)]
    return [(match[1], unquote(match[2]), unquote(match[3])) for match in found if match]


def test_causes_come_before_what_they_block() -> None:
    assert [(level, title) for level, title, _ in annotations_of(EXAMPLE)] == [
        ("error", "task-contract"),
        ("error", "fail delete.gone (MUST)"),
        ("error", "fail id.unique (MUST)"),
        ("error", "fail text.exact (MUST)"),
        ("error", "error create.once (MUST)"),
        ("warning", "warn input.details (SHOULD)"),
        ("notice", "known media.accept (MUST)"),
        ("warning", "inconclusive cache.304 (MUST)"),
        ("warning", "blocked delete.idempotent (MUST)"),
    ]


def test_verdict_of_a_green_run_is_a_notice() -> None:
    assert annotations_of(GREEN) == [("notice", "task-contract", "conforming: 12 pass")]


def test_reason_of_the_end_is_told_once() -> None:
    reason = "It never answered."
    run = run_of(unreachable=reason)
    run.results = [
        Result(entry("id.unique"), "inconclusive", reason),
        Result(entry("id.syntax"), "inconclusive", reason),
    ]

    assert annotations_of(run) == [("error", "task-contract", f"unreachable: 2 inconclusive\n{reason}")]


def test_message_has_what_is_needed_to_mend_it() -> None:
    message = annotations_of(EXAMPLE)[1][2].split("\n")

    assert message[1:4] == ["GET /tasks/7 still finds the task.", "expected  404", 'received  200 {"id":7,"title":"a"}']
    assert message[-1] == '$ curl -si "http://127.0.0.1:8000/tasks/${id1}"'


def test_whatever_the_text_a_command_is_one_line() -> None:
    lines = list(annotation_lines(hard_run()))

    assert all(line.isprintable() and _COMMAND.fullmatch(line) for line in lines)
    assert visible(CONTROLS) + HOSTILE in annotations_of(hard_run())[1][2]


def test_what_a_title_may_not_have_is_escaped() -> None:
    run = run_of()
    run.results = [Result(entry("a%:,b"), "fail")]

    assert list(annotation_lines(run))[1].startswith("::error title=fail a%25%3A%2Cb (MUST)::")


def test_no_output_is_obeyed_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with commands_stopped():
        print("::set-output name=a::b")

    first, _, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{32}", first)
    assert last == f"::{first.rpartition('::')[2]}::"
