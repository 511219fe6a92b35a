"""Requirements judged side by side, where most of the time would go by in waiting for answers.

Each lane has a session of its own: connections, and the tasks that it created. To each other the lanes are what other
clients are, which every law has to bear.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from contract.judge import Law, judge
from contract.requirement import Requirement
from contract.session import Session
from contract.tasks import COLLECTION
from contract.transport import Request
from contract.verdict import Result

SLOW = 0.02
"""Seconds for one answer from which on requirements are judged side by side."""

LANES = 8
"""So many requirements at the same time; more would look like a flood."""

_TRIES = 5
_PATIENCE = 1.0
_TOGETHER = frozenset({"openapi"})
_ALONE = frozenset({"race", "wire", "durable"})

LOOKS_BACK = "error.no-5xx"
"""The requirement whose law looks at what the others met."""

Judged = tuple[Requirement, Law]


def is_slow(session: Session) -> bool:
    """Whether even the quickest of a few answers takes long to come, though all of them come."""
    return all(_is_late(session) for _ in range(_TRIES))


def _is_late(session: Session) -> bool:
    started = time.monotonic()
    exchange = session.attempt(Request("GET", f"{COLLECTION}?limit=1"), timeout=_PATIENCE)
    # Where the rate is bounded each request has waited for its turn.
    late = max(SLOW, 2 * session.guest.pace.gap)
    return exchange.response is not None and time.monotonic() - started >= late


def is_judged_apart(entry: Requirement) -> bool:
    """Whether the law waits for the end of all lanes."""
    return entry.topic in _ALONE or entry.id == LOOKS_BACK


class Lanes:
    """Judges requirements ahead of the moment at which their results are asked for.

    Laws that open many connections themselves, and the one that looks back on all others, are not judged here.
    """

    def __init__(self, session: Session, laws: Sequence[Judged]) -> None:
        if any(entry.topic in _TOGETHER for entry, _ in laws):
            # Threads that import modules which import each other may see one of them half done.
            importlib.import_module("contract.generated").warm_up()
        self.sessions = [session.branch() for _ in range(LANES)]
        self._free: SimpleQueue[Session] = SimpleQueue()
        for lane in self.sessions:
            self._free.put(lane)
        self._pool = ThreadPoolExecutor(LANES)
        self._results: dict[str, Future[list[Result]]] = {}
        # What takes longest begins first; it stands near the end.
        for group in reversed(list(_groups(laws))):
            future = self._pool.submit(self._judge, group)
            self._results |= {entry.id: future for entry, _ in group}

    def result(self, entry: Requirement) -> Result | None:
        """The result, once it is there; ``None``, once all others are there, for what is not judged here.

        Raises what ``judge`` raises.
        """
        if entry.id in self._results:
            return next(result for result in self._results[entry.id].result() if result.requirement == entry)
        for future in self._results.values():
            future.exception()
        return None

    def close(self) -> None:
        """Wait for what is under way, begin nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _judge(self, group: Iterable[Judged]) -> list[Result]:
        session = self._free.get()
        try:
            return [judge(entry, law, session) for entry, law in group]
        finally:
            self._free.put(session)


def _groups(laws: Iterable[Judged]) -> Iterable[list[Judged]]:
    together: dict[str, list[Judged]] = {}
    for entry, law in laws:
        if not is_judged_apart(entry):
            together.setdefault(entry.topic if entry.topic in _TOGETHER else entry.id, []).append((entry, law))
    return together.values()
