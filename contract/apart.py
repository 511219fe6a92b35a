"""Requirements judged in a process of its own beside the run: what takes long to generate keeps a whole core busy."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from contract.api import Api
from contract.expect import Stopped
from contract.judge import Law, judge
from contract.requirement import Requirement
from contract.session import CLEAN_UP_TIME, Session
from contract.verdict import Result
from contract.workers import INTERRUPTED, as_data, result_of

_LOOK = 0.1
"""Seconds between two looks whether the run is interrupted."""

_NOTHING: Mapping[str, Any] = {
    "results": (),
    "incidents": (),
    "requests": 0,
    "leftovers": (),
    "stopped": None,
}


def can_fork(session: Session) -> bool:
    """Whether this process may be copied as it is, and what it sends need not be counted in one place.

    Elsewhere than on Linux the libraries of the system may not bear a copy, and a thread that holds a lock may not
    anywhere.
    """
    is_copied_whole = sys.platform == "linux" and threading.active_count() == 1
    return is_copied_whole and not session.target.in_process and session.guest.pace.gap == 0


class Apart:
    """A process that judges requirements from now on, on connections and with tasks of its own.

    It ends by itself when it is done, or the time of the run is over.
    """

    def __init__(self, session: Session, laws: Sequence[tuple[Requirement, Law]]) -> None:
        self._run = session
        self._session = session.branch()
        self._session.marker = uuid.uuid4().hex[:8]
        self._laws = laws
        self._found: Mapping[str, Any] | None = None
        # A connection that both have would stay open until both have closed it.
        session.close()
        sys.stdout.flush()
        context = multiprocessing.get_context("fork")
        self._receiving, sending = context.Pipe(duplex=False)
        self._process = context.Process(target=self._work, args=(sending,), daemon=True)
        self._process.start()
        sending.close()

    @property
    def sessions(self) -> list[Session]:
        """The session that says what this process left behind, once it has ended."""
        return [self._session]

    def result(self, entry: Requirement) -> Result | None:
        """The result, once it is there; ``None`` for what is not judged here, once it may be judged.

        Raises ``Stopped``.
        """
        if all(entry != law[0] for law in self._laws):
            if entry.is_judged_alone:
                self._outcome()
            return None
        found = self._outcome()
        for result in found["results"]:
            if result.requirement == entry:
                assert isinstance(result, Result)
                return result
        if found["stopped"] is not None:
            raise Stopped(found["stopped"])
        return Result(entry, "error", "The process that judged it ended before it could say what it found.")

    def close(self) -> None:
        """End the process, once it has removed what it created."""
        if self._found is None and self._process.is_alive() and self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGINT)
        self._outcome()
        self._process.join(CLEAN_UP_TIME)
        self._process.kill()
        self._receiving.close()

    def _outcome(self) -> Mapping[str, Any]:
        """What the process says in the end."""
        if self._found is None:
            self._found = self._received()
            self._run.incidents += self._found["incidents"]
            self._session.count(self._found["requests"])
            self._session.ledger.leftovers += self._found["leftovers"]
        return self._found

    def _received(self) -> Mapping[str, Any]:
        told = False
        end = float("inf")
        while not self._receiving.poll(_LOOK):
            if self._run.interrupted and not told and self._process.pid is not None:
                os.kill(self._process.pid, signal.SIGINT)
                told = True
            if not told:
                end = time.monotonic() + max(self._run.seconds_left(), 0) + 2 * CLEAN_UP_TIME
            if time.monotonic() > end:
                return _NOTHING
        try:
            found: dict[str, Any] = self._receiving.recv()
        except EOFError:
            return _NOTHING
        entries = {entry.id: entry for entry, _ in self._laws}
        return {**found, "results": [result_of(one, entries) for one in found["results"]]}

    def _work(self, sending: Any) -> None:
        """Judge, clean up, and send what was found: the life of the other process."""
        session = self._session
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        requests, incidents = session.requests, len(session.incidents)
        results: list[Result] = []
        stopped: str | None = None
        try:
            for entry, law in self._laws:
                results.append(judge(entry, law, session))
        except Stopped as reason:
            stopped = str(reason)
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        session.grant_clean_up(session.ledger.alive.total())
        try:
            Api(session).clean_up()
        except (Stopped, KeyboardInterrupt):
            """What is still alive is reported as left over."""
        session.close()
        sending.send(
            {
                "results": [as_data(result) for result in results],
                "incidents": session.incidents[incidents:],
                "requests": session.requests - requests,
                "leftovers": sorted(session.ledger.left_over),
                "stopped": stopped,
            }
        )

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._session.interrupted = True
