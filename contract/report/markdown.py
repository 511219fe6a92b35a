"""The report as GitHub Flavored Markdown, for the summary of a job: the verdict, what is broken, the rest folded."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from contract.report.summary import (
    blocked_by,
    by_importance,
    counts,
    meaning,
    remarks,
    visible,
)
from contract.verdict import Result, Run, ViolationReport

LIMIT = 1_000_000
"""Bytes of the longest report: GitHub shows no summary of more than a mebibyte."""

_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$#@]|:(?=\S)|^[-+=]")
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)])")


def render(run: Run) -> str:
    """The run as Markdown of at most ``LIMIT`` bytes; details that do not fit are counted."""
    head, table = "".join(_head(run)), "".join(_table(run))
    room = LIMIT - len(head.encode()) - len(table.encode()) - 200
    shown, omitted = "", 0
    for position, result in enumerate(result for result in by_importance(run) if result.violations):
        text = "".join(_broken(result, blocked_by(run)[result.requirement.id], is_open=position == 0))
        room -= len(text.encode("utf-8", "backslashreplace"))
        shown, omitted = (shown + text, omitted) if room > 0 else (shown, omitted + 1)
    note = f"The details of {omitted} more do not fit here; the other reports have them.\n\n" if omitted else ""
    title = "### What is broken, first what blocks most\n\n" if shown or omitted else ""
    return f"{head}{title}{shown}{note}{table}"


def _head(run: Run) -> Iterator[str]:
    yield f"## {_escaped(_sentence_case(meaning(run)))}\n\n"
    yield f"{_code(run.target)}, scope {run.scope}, {_escaped(f'contract {run.contract_version}')}: "
    yield f"{run.requests} requests, {run.seconds:.1f} s, exit code {run.exit_code}\n\n"
    yield f"|{'|'.join(f' {status} ' for status in counts(run))}|\n"
    yield f"|{'---:|' * len(counts(run))}\n"
    yield f"|{'|'.join(f' {number} ' for number in counts(run).values())}|\n\n"
    for note in remarks(run):
        yield f"{_escaped(note)}\n\n"


def _broken(result: Result, blocks: int, is_open: bool) -> Iterator[str]:
    entry = result.requirement
    note = f", which blocks {blocks} more" if blocks else ""
    yield f"<details{' open' if is_open else ''}>\n"
    yield f"<summary>{result.status} <code>{html.escape(visible(entry.id))}</code> ({entry.level}){note}</summary>\n\n"
    yield f"{_escaped(entry.sentence)}\n\n"
    if entry.source:
        yield f"Source: {_escaped(entry.source)}\n\n"
    if result.reason:
        yield f"{_escaped(result.reason)}\n\n"
    for violation in result.violations:
        yield from _violation(violation)
    if entry.advice:
        yield f"{_escaped(entry.advice)}\n\n"
    yield "</details>\n\n"


def _violation(violation: ViolationReport) -> Iterator[str]:
    yield f"**{_escaped(violation.message)}**{' (intermittent)' if violation.intermittent else ''}\n\n"
    yield f"Expected:\n\n{_fenced(violation.expected, 'text')}"
    yield f"Received:\n\n{_fenced(violation.received, 'text')}"
    if violation.curl:
        lines = "\n".join(violation.curl)
        yield f"To see it:\n\n{_fenced(lines, 'sh')}"


def _table(run: Run) -> Iterator[str]:
    if not run.results:
        return
    yield f"<details>\n<summary>All {len(run.results)} requirements</summary>\n\n"
    yield "| status | requirement | |\n|---|---|---|\n"
    for result in by_importance(run):
        note = result.reason if result.reason and not result.violations else result.requirement.sentence
        yield f"| {result.status} | {_escaped(result.requirement.id)} | {_escaped(note)} |\n"
    yield "\n</details>\n"


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _escaped(text: str) -> str:
    """The text in one line that shows as it is wherever text may stand, in a table too."""
    return _NUMBERED.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", _one_line(text)))


def _code(text: str) -> str:
    """The text as a code span, which none of its backticks ends."""
    line = _one_line(text)
    ticks = "`" * (_longest_run(line) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{padding}{line}{padding}{ticks}"


def _fenced(text: str, language: str) -> str:
    """The text as a fenced block, which none of its lines ends."""
    text = visible(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}\n\n"


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
