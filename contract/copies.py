"""A second copy of the server, on which another process judges a part of the laws at the same time.

Each copy has its own tasks, and one law after the other is judged on it, as on a server that is alone: no law disturbs
another, and each is always judged on the same copy.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import FrameType
from urllib.parse import urlsplit

from contract import workers
from contract.exchange import Exchange
from contract.expect import Stopped
from contract.judge import judge
from contract.lanes import Judged
from contract.order import FIRST
from contract.requirement import Requirement
from contract.session import Session
from contract.verdict import Result

_TOPICS = frozenset({"json", "state", "race", "openapi"})
_LAWS = frozenset({"wire.slow", "error.no-leak"})
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_DIED = "The process that judges on the second copy of the server ended before it said what it found."


def is_judged_there(entry: Requirement) -> bool:
    """Whether a law is judged on the second copy; these take about half of the time of a run."""
    return entry.id in _LAWS or (entry.topic in _TOPICS and entry.id not in FIRST)


@dataclass(frozen=True)
class _End:
    """The last that the other process says: why it stopped, where it did, and what its session knows."""

    stopped: str | None = None
    fault: str | None = None
    requests: int = 0
    leftovers: frozenset[int] = frozenset()
    incidents: tuple[Exchange, ...] = ()


class Copy:
    """Laws that another process judges in ``session``, which nothing else uses from now on, and ends at its end.

    ``ending`` removes what was created in that session. What is found reads as if it were of the server at ``url``.
    """

    def __init__(self, session: Session, laws: Iterable[Judged], url: str, ending: Callable[[Session], None]) -> None:
        there = [(entry, law) for entry, law in laws if is_judged_there(entry)]
        self._entries = {entry.id: entry for entry, _ in there}
        self._results: dict[str, Result] = {}
        self._end: _End | None = None
        # All is imported and collected by now, so that a process which is forked begins with its first request.
        context = multiprocessing.get_context("fork")
        self._messages, sending = context.Pipe(duplex=False)
        self._process = context.Process(target=_judge_all, args=(sending, session, there, url, ending), daemon=True)
        with _signals_held():
            self._process.start()
        sending.close()

    def result(self, entry: Requirement) -> Result | None:
        """The result, once it is there; ``None`` for a law that is not judged there. Raises ``Stopped``."""
        if entry.id not in self._entries:
            return None
        while entry.id not in self._results and self._end is None:
            self._receive()
        if entry.id not in self._results:
            assert self._end is not None
            raise Stopped(self._end.stopped or self._end.fault or "")
        return self._results[entry.id]

    def interrupt(self) -> None:
        """Let it end as soon as it can."""
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGINT)

    def end(self) -> _End:
        """Wait for its end, and tell what it was."""
        while self._end is None:
            self._receive()
        self._process.join()
        return self._end

    def _receive(self) -> None:
        try:
            message = self._messages.recv()
        except EOFError:
            message = _End(fault=_DIED)
        if isinstance(message, _End):
            self._end = message
        else:
            result = workers.result_of(json.loads(message), self._entries)
            self._results[result.requirement.id] = result


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back: one that reached a new process before it is ready for them would be lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _judge_all(
    messages: Connection, session: Session, laws: Sequence[Judged], url: str, ending: Callable[[Session], None]
) -> None:
    def interrupt(number: int, frame: FrameType | None) -> None:
        session.interrupted = True

    for number in _SIGNALS:
        signal.signal(number, interrupt)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    own, other = urlsplit(session.target.url).netloc, urlsplit(url).netloc
    stopped = None
    try:
        for entry, law in laws:
            found = json.dumps(workers.as_data(judge(entry, law, session)))
            messages.send(found.replace(own, other))
    except (Stopped, KeyboardInterrupt) as reason:
        stopped = str(reason) or workers.INTERRUPTED
    session.grant_clean_up(session.ledger.alive.total())
    ending(session)
    messages.send(
        _End(
            stopped=stopped,
            requests=session.requests_of_the_run,
            leftovers=frozenset(session.ledger.left_over),
            incidents=tuple(session.incidents),
        )
    )
