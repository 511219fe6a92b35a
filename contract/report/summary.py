"""What every report says of a run: how its statuses rank, what was selected, and the verdict in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from contract.baseline import unexplained
from contract.requirement import of_version
from contract.verdict import NOT_SELECTED, EntryState, Result, Run, Status

ORDER: tuple[Status, ...] = ("fail", "error", "warn", "known", "inconclusive", "blocked", "pass", "skipped")
"""The statuses, what needs attention first."""

_MEANINGS = {
    0: "conforming",
    1: "not conforming",
    3: "unreachable",
    4: "incomplete",
    5: "a fault of the suite",
}

_UNTRUE: dict[EntryState, str] = {
    "changed": "something else fails",
    "stale": "nothing fails any more, so remove them",
    "expired": "nothing is accepted any more",
}


def counts(run: Run) -> dict[Status, int]:
    """How many requirements have each status, those that none has left out."""
    return {status: run.count(status) for status in ORDER if run.count(status)}


def judged(run: Run) -> int:
    """How many requirements were looked at."""
    return len(run.results) - run.count("skipped")


def meaning(run: Run) -> str:
    """The verdict in words; only a run of the full scope calls the server conforming."""
    words = _MEANINGS[run.exit_code]
    if run.exit_code == 1 and not run.count("fail"):
        words = "the baseline is not true"
    if run.exit_code == 0 and run.scope != "full":
        where = "in this process" if run.scope == "in-process" else "of the selection"
        words = f"the {judged(run)} requirements judged {where} are met"
    if run.exit_code == 0 and run.count("known"):
        words += f" but for {run.count('known')} known"
    return words


def reason_of_the_end(run: Run) -> str | None:
    """Why the run ended early or never began."""
    return run.unreachable or run.fault or run.stopped


def leftovers(run: Run) -> str | None:
    """What the run left on the target, in a sentence."""
    if not run.leftovers:
        return None
    shown = ", ".join(map(str, run.leftovers[:10]))
    return f"Left on the target: {len(run.leftovers)} tasks that could not be deleted (ids {shown})."


def remarks(run: Run) -> list[str]:
    """What else there is to say of the run, in sentences: what it left, why it ended, and what the baseline says."""
    explored = f"Explored with the seed {run.seed}." if run.seed else None
    said = filter(None, (leftovers(run), reason_of_the_end(run), explored))
    return [*said, *_of_the_baseline(run), *run.notes]


def _of_the_baseline(run: Run) -> Iterator[str]:
    for state, what in _UNTRUE.items():
        ids = [accounted.entry.id for accounted in run.baseline or () if accounted.state == state]
        if ids:
            yield f"Entries of the baseline that are {state} ({what}): {', '.join(ids)}"
    ids = unexplained(accounted.entry for accounted in run.baseline or ())
    if ids:
        yield f"Entries of the baseline without a reason: {', '.join(ids)}"


def by_importance(run: Run) -> list[Result]:
    """The results by status; what blocks most of the others comes first, since mending it tells most."""
    blocked = blocked_by(run)
    return sorted(run.results, key=lambda r: (ORDER.index(r.status), -blocked[r.requirement.id]))


def blocked_by(run: Run) -> Counter[str]:
    """How many requirements each id blocks."""
    return Counter(result.blocked_by for result in run.results if result.blocked_by)


def selected(run: Run) -> list[Result]:
    """The results of the requirements that the run was asked for, also of those that it could not judge."""
    pinned = {entry.id for entry in of_version([r.requirement for r in run.results], run.contract_version)}
    return [r for r in run.results if r.requirement.id in pinned and r.reason != NOT_SELECTED]


def selection_name(run: Run) -> str:
    """What was selected, in a word: ``full``, ``core`` or ``selection``."""
    if not any(result.reason == NOT_SELECTED for result in run.results):
        return "full"
    chosen = {result.requirement.id for result in selected(run)}
    core = {result.requirement.id for result in run.results if result.requirement.is_core}
    return "core" if chosen == core else "selection"


def visible(text: str) -> str:
    """The text with everything that does not print as an escape: control characters, surrogates, marks of direction."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode()
