"""The results of a run as data, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from contract import CONTRACT_VERSION
from contract.requirement import Requirement
from contract.signature import Signature

Status = Literal["pass", "fail", "warn", "known", "blocked", "skipped", "inconclusive", "error"]
Scope = Literal["full", "selection", "in-process"]
EntryState = Literal["known", "unseen", "changed", "stale", "expired", "unjudged"]
Verdict = Literal["conforming", "violating", "incomplete", "unreachable", "suite-error"]

CONFORMING, VIOLATING, USAGE, UNREACHABLE, INCOMPLETE, SUITE_ERROR = 0, 1, 2, 3, 4, 5
"""The exit codes of a run."""

NOT_SELECTED = "not selected"
"""The reason of a requirement that nobody asked for."""

_VERDICTS: dict[int, Verdict] = {
    CONFORMING: "conforming",
    VIOLATING: "violating",
    UNREACHABLE: "unreachable",
    INCOMPLETE: "incomplete",
    SUITE_ERROR: "suite-error",
}


@dataclass(frozen=True)
class ViolationReport:
    """One violation for people: all text is printable ASCII or harmless, ``curl`` has one command a line.

    ``signature`` says the same without what differs from run to run. ``script`` makes the text of a shell script that
    shows it on a server that was just started.
    """

    message: str
    expected: str
    received: str
    curl: tuple[str, ...]
    intermittent: bool = False
    signature: Signature | None = None
    script: Callable[[], str] = field(default=str, compare=False, repr=False)


@dataclass(frozen=True)
class Result:
    """What was found about one requirement; ``seconds`` and ``requests`` are what it took.

    ``blocking`` shows what the requirement that blocks this one did not do.
    """

    requirement: Requirement
    status: Status
    reason: str | None = None
    requests: int = 0
    seconds: float = 0.0
    violations: tuple[ViolationReport, ...] = ()
    blocked_by: str | None = None
    blocking: ViolationReport | None = None


@dataclass(frozen=True)
class Entry:
    """What a baseline accepts of a requirement, to the day on which it ``expires``.

    Of an ``intermittent`` entry any of the violations may show, or none; of another one all have to.
    """

    id: str
    reason: str
    violations: tuple[Signature, ...]
    issue: str | None = None
    expires: date | None = None
    intermittent: bool = False


@dataclass(frozen=True)
class Accounted:
    """An entry of the baseline, and what a run made of it."""

    entry: Entry
    state: EntryState

    @property
    def is_true(self) -> bool:
        """Whether the run found nothing that the entry does not say."""
        return self.state in ("known", "unseen", "unjudged")


@dataclass
class Run:
    """A whole run.

    ``baseline`` has the entries that it was judged by, ``None`` without a baseline; ``notes`` are lines for people.
    ``stopped`` says why it ended early, ``unreachable`` why it never began, ``fault`` what broke in the suite itself.
    """

    target: str
    scope: Scope
    results: list[Result] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    seed: int = 0
    stopped: str | None = None
    fault: str | None = None
    unreachable: str | None = None
    contract_version: str = CONTRACT_VERSION
    leftovers: tuple[int, ...] = ()
    baseline: tuple[Accounted, ...] | None = None
    notes: tuple[str, ...] = ()

    def count(self, *statuses: Status) -> int:
        """How many requirements have one of these statuses."""
        return sum(result.status in statuses for result in self.results)

    @property
    def exit_code(self) -> int:
        """The code that says most: the first that applies."""
        if self.unreachable:
            return UNREACHABLE
        if self.count("fail") or not all(accounted.is_true for accounted in self.baseline or ()):
            return VIOLATING
        if self.fault or self.count("error"):
            return SUITE_ERROR
        judged = self.count("pass", "warn", "known")
        if self.stopped or not judged or self.count("blocked", "inconclusive"):
            return INCOMPLETE
        return CONFORMING

    @property
    def verdict(self) -> Verdict:
        """The exit code in a word."""
        return _VERDICTS[self.exit_code]


def complete(results: Sequence[Result], entries: Iterable[Requirement], reason: str) -> list[Result]:
    """One result for each of the entries, in their order; those without one are inconclusive for this reason."""
    found = {result.requirement.id: result for result in results}
    return [found.get(entry.id) or Result(entry, "inconclusive", reason) for entry in entries]
