"""One step after the other, for somebody who is building a server: the first requirement that is not met yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from contract.judge import judge
from contract.report.summary import leftovers
from contract.report.text import violation_lines
from contract.requirement import Requirement, law_of
from contract.session import Session
from contract.verdict import Result, Run

ENDED = "The run ended at the first requirement that is not met."

_UNMET = ("fail", "error", "blocked", "inconclusive")


def rungs(entries: Iterable[Requirement]) -> list[Requirement]:
    """The entries in the order in which they are best met: the five operations first."""
    return sorted(entries, key=lambda entry: not entry.is_core)


def is_unmet(result: Result) -> bool:
    """Whether this is what has to be done next."""
    return result.requirement.level == "MUST" and result.status in _UNMET


def causes(result: Result, entries: Sequence[Requirement], known: Iterable[Result], session: Session) -> list[Result]:
    """What stands behind a blocked requirement: the results of those that block it, and each other, the root last."""
    seen = {one.requirement.id for one in known}
    found: list[Result] = []
    while result.blocked_by is not None and result.blocked_by not in seen:
        blocker = next(entry for entry in entries if entry.id == result.blocked_by)
        result = judge(blocker, law_of(blocker), session)
        seen.add(blocker.id)
        found.append(result)
    return found


def next_lines(run: Run) -> Iterator[str]:
    """The requirement to meet next, how it is broken, and how many are met so far."""
    unmet = _next(run)
    if unmet is not None:
        yield from violation_lines(unmet, advice=True)
        yield ""
    reason = run.unreachable or run.fault or (run.stopped if run.stopped != ENDED else None)
    yield from filter(None, (leftovers(run), reason))
    judgeable = len(run.results) - run.count("skipped")
    yield f"{run.target}: {run.count('pass')} of {judgeable} requirements are met{_so_far(run, unmet)}"


def _next(run: Run) -> Result | None:
    """What stands in the way, the root of it first; what the end of the run left out does not."""
    ends = (run.unreachable, run.fault, run.stopped)
    found = [result for result in run.results if is_unmet(result) and (result.violations or result.reason not in ends)]
    return min(found, key=lambda result: _UNMET.index(result.status), default=None)


def _so_far(run: Run, unmet: Result | None) -> str:
    step = f", next is {unmet.requirement.id}" if unmet is not None else ""
    return f"{step} (exit code {run.exit_code})"
