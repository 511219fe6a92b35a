"""The report for a terminal: violations first, then one line a requirement, then the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from contract.report.summary import by_importance, counts, judged, meaning, reason_of_the_end, remarks
from contract.verdict import NOT_SELECTED, Result, Run

_REASON = 120


def report_lines(run: Run, width: int | None = None) -> Iterator[str]:
    """The whole report; the one line that each requirement has is cut at ``width`` columns."""
    for result in by_importance(run):
        if result.violations:
            yield from violation_lines(result)
            yield ""
    for line in _requirement_lines(run):
        yield line if width is None or len(line) <= width else f"{line[: width - 1]}…"
    yield ""
    yield from verdict_lines(run)


def violation_lines(result: Result, *, advice: bool = False) -> Iterator[str]:
    """What was found about one requirement: its sentence (and the advice) and, where it is broken, how that shows."""
    entry = result.requirement
    source = f"  [{entry.source}]" if entry.source else ""
    yield f"{result.status.upper()} {entry.id} ({entry.level}){source}"
    yield f"  {entry.sentence}"
    if advice and entry.advice:
        yield f"  {entry.advice}"
    if result.reason:
        yield f"  {result.reason}"
    for violation in result.violations:
        yield f"  {violation.message}" + (" (intermittent)" if violation.intermittent else "")
        yield f"    expected  {violation.expected}"
        yield f"    received  {violation.received}"
        for line in violation.curl:
            yield f"    $ {line}"


def _requirement_lines(run: Run) -> Iterator[str]:
    width = max((len(result.requirement.id) for result in run.results), default=0)
    unselected = unreached = 0
    for result in by_importance(run):
        if result.status == "inconclusive" and result.reason == reason_of_the_end(run):
            unreached += 1
            continue
        if result.status == "skipped" and result.reason == NOT_SELECTED:
            unselected += 1
            continue
        note = _cut(result.reason) if result.reason and not result.violations else result.requirement.sentence
        yield f"{result.status:<12} {result.requirement.id:<{width}}  {note}"
    if unreached:
        yield f"{'inconclusive':<12} {unreached} requirements that were not reached"
    if unselected:
        yield f"{'skipped':<12} {unselected} requirements that were not selected"


def _cut(text: str) -> str:
    return text if len(text) <= _REASON else f"{text[: _REASON - 4]} ..."


def verdict_lines(run: Run) -> Iterator[str]:
    """The end of the report: what was judged, and what it amounts to."""
    yield from remarks(run)
    yield f"{run.target}: {judged(run)} requirements, {run.requests} requests, {run.seconds:.1f} s"
    found = ", ".join(f"{number} {status}" for status, number in counts(run).items())
    yield f"{meaning(run)}: {found} (exit code {run.exit_code})"
