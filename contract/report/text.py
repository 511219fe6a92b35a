"""The report for a terminal: violations first, then one line a requirement, then the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from contract.verdict import Result, Run, Status

_ORDER: tuple[Status, ...] = ("fail", "error", "warn", "known", "inconclusive", "blocked", "pass", "skipped")
_REASON = 120
_MEANINGS = {
    0: "conforming",
    1: "not conforming",
    3: "unreachable",
    4: "incomplete",
    5: "a fault of the suite",
}


def report_lines(run: Run, width: int | None = None) -> Iterator[str]:
    """The whole report; the one line that each requirement has is cut at ``width`` columns."""
    for result in _sorted(run):
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
    for result in _sorted(run):
        if result.status == "inconclusive" and result.reason == (run.unreachable or run.fault or run.stopped):
            unreached += 1
            continue
        if result.status == "skipped" and result.reason == "not selected":
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
    yield from left_over_lines(run)
    reason = run.unreachable or run.fault or run.stopped
    if reason:
        yield reason
    if run.seed:
        yield f"Explored with the seed {run.seed}."
    judged = len(run.results) - run.count("skipped")
    yield f"{run.target}: {judged} requirements, {run.requests} requests, {run.seconds:.1f} s"
    yield _verdict(run, judged)


def left_over_lines(run: Run) -> Iterator[str]:
    """What the run could not remove."""
    if run.leftovers:
        shown = ", ".join(map(str, run.leftovers[:10]))
        yield f"Left on the target: {len(run.leftovers)} tasks that could not be deleted (ids {shown})."


def _verdict(run: Run, judged: int) -> str:
    counts = ", ".join(f"{run.count(status)} {status}" for status in _ORDER if run.count(status))
    meaning = _MEANINGS[run.exit_code]
    if run.exit_code == 0 and run.scope != "full":
        where = "in this process" if run.scope == "in-process" else "of the selection"
        meaning = f"the {judged} requirements judged {where} are met"
    return f"{meaning}: {counts} (exit code {run.exit_code})"


def _sorted(run: Run) -> list[Result]:
    """By status; what blocks most of the others comes first, since mending it tells most."""
    blocked = Counter(result.blocked_by for result in run.results)
    return sorted(run.results, key=lambda r: (_ORDER.index(r.status), -blocked[r.requirement.id]))
