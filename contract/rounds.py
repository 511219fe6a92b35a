"""Rounds of an exploration: what is drawn or left to chance is judged again and again, until the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace

import pytest

from contract.expect import Stopped
from contract.judge import judge
from contract.requirement import Requirement, law_of
from contract.session import Session
from contract.verdict import Result, Status
from contract.workers import is_controller

_DRAWN = frozenset({"openapi", "race"})
_WORSE: tuple[Status, ...] = ("fail", "warn", "error", "inconclusive", "blocked", "skipped", "pass")
_FINAL = ("fail", "warn", "skipped")


def is_drawn(entry: Requirement) -> bool:
    """Whether another round may show what the first one did not."""
    return entry.topic in _DRAWN or hasattr(law_of(entry), "draws")


class Rounds:
    """A plugin of pytest that goes on, after the first round, for so many ``seconds`` in all.

    ``results`` are those of the first round, and hold what is known in the end.
    """

    def __init__(self, seconds: float, session: Session, results: list[Result], stop: Callable[[str], None]) -> None:
        self._end = time.monotonic() + seconds
        self._session = session
        self._results = results
        self._stop = stop

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        outcome = yield
        try:
            while not is_controller(session.config) and self._go_round():
                """Each round has a seed of its own."""
        except Stopped as stopped:
            self._stop(str(stopped))
        return outcome

    def _go_round(self) -> bool:
        """Judge again what may show more; whether there was something to judge, and there is time for more."""
        open_ = [n for n, one in enumerate(self._results) if is_drawn(one.requirement) and one.status not in _FINAL]
        self._session.exploration.round += 1
        for position in open_:
            if time.monotonic() >= self._end:
                return False
            entry = self._results[position].requirement
            self._results[position] = both(self._results[position], judge(entry, law_of(entry), self._session))
        return bool(open_)


def both(earlier: Result, later: Result) -> Result:
    """The worse of two results of the same requirement, with what both took."""
    worse = min(earlier, later, key=lambda result: _WORSE.index(result.status))
    seconds = round(earlier.seconds + later.seconds, 4)
    return replace(worse, requests=earlier.requests + later.requests, seconds=seconds)
