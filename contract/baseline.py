"""Known violations: what a baseline accepts, what it does not, and how it is brought up to date.

An entry accepts the violation that it describes and no other. One that is not true any more, or that has expired,
fails the run, so that a baseline never says more than what is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from contract.signature import Signature
from contract.verdict import Accounted, Entry, EntryState, Result, Run

PLACEHOLDER = "to be explained"
"""The reason of an entry that nobody has given one."""

_BY_CHANCE = "race"
"""The topic whose violations are a matter of timing: they may be told otherwise in the next run, or not show."""


class BadBaseline(ValueError):
    """A file is no baseline; the text is one sentence that says why."""


class Baseline:
    """The entries that a run is judged by, all as they stand on one day; without a file there are none."""

    def __init__(self, entries: Mapping[str, Entry], today: date) -> None:
        self._entries = entries
        self._today = today

    def applied(self, result: Result) -> Result:
        """The result, ``known`` where its entry accepts what was found, with a reason where the entry is not true."""
        entry = self._entries.get(result.requirement.id)
        if entry is None:
            return result
        state = self._state(entry, result)
        if state == "known":
            return replace(result, status="known", reason=_known(entry))
        return replace(result, reason=_untrue(entry, state) or result.reason)

    def is_true(self, result: Result) -> bool:
        """Whether the entry of a requirement, if it has one, agrees with what was found about it."""
        entry = self._entries.get(result.requirement.id)
        return entry is None or Accounted(entry, self._state(entry, result)).is_true

    def account(self, results: Iterable[Result]) -> tuple[Accounted, ...]:
        """What became of each entry, in the order of their ids."""
        found = {result.requirement.id: result for result in results}
        return tuple(Accounted(entry, self._state(entry, found[id])) for id, entry in sorted(self._entries.items()))

    def _state(self, entry: Entry, result: Result) -> EntryState:
        if result.status not in ("fail", "warn", "known", "pass"):
            return "unjudged"
        if entry.expires is not None and entry.expires < self._today:
            return "expired"
        if result.status == "pass":
            return "unseen" if entry.intermittent else "stale"
        found, accepted = set(_signatures(result)), set(entry.violations)
        return "known" if found == accepted or (entry.intermittent and found <= accepted) else "changed"


def updated(entries: Mapping[str, Entry], results: Iterable[Result]) -> dict[str, Entry]:
    """The entries as a run leaves them: failures added or described anew, what is gone removed, all else kept.

    A SHOULD that is not met has an entry only where somebody wrote one. Nothing is known of what was not judged.
    """
    kept = dict(entries)
    for result in results:
        id, entry = result.requirement.id, entries.get(result.requirement.id)
        if result.status == "pass" and entry is not None and not entry.intermittent:
            del kept[id]
        elif result.status in ("fail", "known") or (result.status == "warn" and entry is not None):
            kept[id] = _described(entry or _new(result), result)
    return dict(sorted(kept.items()))


def write_updated(file: Path, run: Run) -> str:
    """Bring the file up to date with a run, and say so in a sentence; a run that says too little changes nothing.

    Raises ``BadBaseline`` and ``OSError``.
    """
    from contract.baseline_file import read_baseline, write_baseline  # YAML takes a while to import

    reason = run.unreachable or run.fault or run.stopped or ("The suite itself failed." if run.count("error") else None)
    if reason:
        return f"{file} was not written: {reason}"
    before = read_baseline(file) if file.exists() else {}
    after = updated(before, run.results)
    write_baseline(file, after)
    changes = {
        "new": after.keys() - before.keys(),
        "described anew": {id for id in after.keys() & before.keys() if after[id] != before[id]},
        "removed": before.keys() - after.keys(),
    }
    told = "".join(f"; {what}: {', '.join(sorted(ids))}" for what, ids in changes.items() if ids)
    return f"{file} has {len(after)} entries{told or '; nothing is new'}."


def unexplained(entries: Iterable[Entry]) -> list[str]:
    """The ids of the entries that nobody has given a reason."""
    return [entry.id for entry in entries if entry.reason.strip() == PLACEHOLDER]


def _signatures(result: Result) -> tuple[Signature, ...]:
    return tuple(violation.signature for violation in result.violations if violation.signature is not None)


def _new(result: Result) -> Entry:
    return Entry(result.requirement.id, PLACEHOLDER, (), intermittent=result.requirement.topic == _BY_CHANCE)


def _described(entry: Entry, result: Result) -> Entry:
    intermittent = entry.intermittent or any(violation.intermittent for violation in result.violations)
    known = set(entry.violations) if intermittent else set()
    return replace(entry, violations=tuple(sorted(known | set(_signatures(result)))), intermittent=intermittent)


def _known(entry: Entry) -> str:
    issue = f" ({entry.issue})" if entry.issue else ""
    until = f", until {entry.expires}" if entry.expires else ""
    return f"known: {' '.join(entry.reason.split())}{issue}{until}"


def _untrue(entry: Entry, state: EntryState) -> str | None:
    if state == "changed":
        return f"not what the baseline accepts, which is: {' / '.join(map(str, entry.violations))}"
    if state == "expired":
        return f"its entry in the baseline expired on {entry.expires}"
    return "it does not fail any more; remove its entry from the baseline" if state == "stale" else None
