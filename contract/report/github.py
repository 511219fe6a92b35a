"""What GitHub Actions shows as annotations: workflow commands, one line each, printed beside the report as text."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from contract.report.summary import by_importance, counts, meaning, reason_of_the_end, remarks, visible
from contract.verdict import Result, Run, Status

_LEVELS: dict[Status, str] = {
    "fail": "error",
    "error": "error",
    "warn": "warning",
    "known": "notice",
    "inconclusive": "warning",
    "blocked": "warning",
}
"""The level of an annotation; of each level GitHub shows ten a step, so that causes come before what they block."""


def annotation_lines(run: Run) -> Iterator[str]:
    """The verdict, and then each requirement that is not met or not judged, what matters most first."""
    ended = reason_of_the_end(run)
    found = ", ".join(f"{number} {status}" for status, number in counts(run).items())
    level = "error" if run.exit_code else "notice"
    yield _command(level, "task-contract", "\n".join([f"{meaning(run)}: {found}", *remarks(run)]))
    for result in by_importance(run):
        if result.status in _LEVELS and (result.violations or not ended or result.reason != ended):
            yield _command(_LEVELS[result.status], _title(result), "\n".join(_lines(result)))


@contextmanager
def commands_stopped() -> Iterator[None]:
    """Let nothing that is printed in this block be obeyed as a workflow command, whatever a server answers."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", flush=True)


def _title(result: Result) -> str:
    return f"{result.status} {result.requirement.id} ({result.requirement.level})"


def _lines(result: Result) -> Iterator[str]:
    yield result.requirement.sentence
    if result.reason:
        yield result.reason
    for violation in result.violations:
        yield violation.message + (" (intermittent)" if violation.intermittent else "")
        yield f"expected  {violation.expected}"
        yield f"received  {violation.received}"
        yield from (f"$ {line}" for line in violation.curl)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_escaped(title, ':,')}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """The text as the value of a command, or with ``more`` characters escaped as that of a property."""
    for character in "%\n" + more:  # the percent sign first; what else does not print is visible by then
        text = visible(text).replace(character, f"%{ord(character):02X}")
    return text
