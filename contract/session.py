"""What the laws of one run share: the way to the target, the time that is left, and the tasks that the run created."""

from __future__ import annotations

import copy
import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from contract.exchange import Exchange, likely_id, listed_ids
from contract.expect import Stopped
from contract.explore import Exploration
from contract.guest import Guest, GuestTransport
from contract.launch import LaunchedServer
from contract.rate import UNSETTLED_STATUS
from contract.transport import Request, Response, Target, Transport

DEFAULT_MAX_TIME = 120.0
"""Seconds after which a run ends with what is known."""

CLEAN_UP_TIME = 10.0
"""Seconds that removing what a run created may take beyond its time."""

FIRST_OF_MANY = 100
"""Connections from this number on are those of one law, and closed after it: many idle ones slow a server down."""

_SERIALS = itertools.count(1)
"""Numbers for connections, so that exchanges tell which of them were sent on the same one."""


class Unreachable(Exception):
    """The target never answered."""


@dataclass
class Ledger:
    """The ids that this run was given: how many tasks are alive under each, and those that could not be removed.

    ``issued`` are all that it ever was given, ``births`` the exchanges that created them, in their order. What has the
    id of one of the ``strangers`` cannot be told from it, and is never removed.
    """

    alive: Counter[int] = field(default_factory=Counter)
    leftovers: list[int] = field(default_factory=list)
    issued: set[int] = field(default_factory=set)
    strangers: frozenset[int] = frozenset()
    births: dict[int, Exchange] = field(default_factory=dict)

    def note(self, exchange: Exchange, item_id: int | None) -> None:
        """Learn from an exchange which task exists now, or does not any more; ``item_id`` is the one it names."""
        new = likely_id(exchange)
        if new is not None and new not in self.strangers:
            self.alive[new] += 1
            self.issued.add(new)
            self.births[new] = exchange
        if item_id is None or exchange.response is None or item_id in self.strangers:
            return
        status = exchange.response.status
        if exchange.request.method == "DELETE" and status in (200, 202, 204, 404):
            self.alive[item_id] -= 1
            if status == 404 or self.alive[item_id] <= 0:
                del self.alive[item_id]
        elif exchange.request.method == "PUT" and 200 <= status < 300:
            self.alive[item_id] = max(1, self.alive[item_id])

    @property
    def left_over(self) -> set[int]:
        """The ids of the tasks that are still there, as far as is known."""
        return {*self.leftovers, *self.alive}

    def adopt(self, ids: Iterable[int]) -> None:
        """Take these tasks for ours, so that they are removed in the end."""
        for id in set(ids) - self.strangers:
            self.alive[id] = max(1, self.alive[id])


@dataclass
class _Limits:
    """When a run ends (seconds of the monotonic clock), whether it is to end before, and how much it has sent."""

    end: float
    interrupted: bool = False
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Session:
    """One run against one target; ``server`` is what serves it, where the run may kill that and start it again."""

    def __init__(
        self,
        target: Target,
        *,
        max_time: float = DEFAULT_MAX_TIME,
        intrusive: bool = False,
        server: LaunchedServer | None = None,
        guest: Guest | None = None,
        exploration: Exploration | None = None,
    ) -> None:
        self.target = target
        self.intrusive = intrusive
        self.server = server
        self.guest = guest or Guest()
        self.exploration = exploration or Exploration()
        self.ledger = Ledger()
        self.requests = 0
        self.incidents: list[Exchange] = []
        self.greeting: Exchange | None = None
        self.strangers: frozenset[int] = frozenset()
        self.marker = uuid.uuid4().hex[:8]
        self.memory: dict[str, object] = {}
        self.shrinks = True
        self._numbers = itertools.count(1)
        self.turns = itertools.count(1)
        self._max_time = max_time
        self._limits = _Limits(time.monotonic() + max_time)
        self._transports: dict[int, Transport] = {}
        self._serials: dict[int, int] = {}

    def branch(self) -> Session:
        """A session beside this one: of the same run, with connections, tasks and a memory of its own."""
        other = copy.copy(self)
        other.ledger, other.memory, other.requests = Ledger(strangers=self.strangers), {}, 0
        other._transports, other._serials = {}, {}
        return other

    @property
    def interrupted(self) -> bool:
        """Whether the run is to end as soon as it can."""
        return self._limits.interrupted

    @interrupted.setter
    def interrupted(self, value: bool) -> None:
        self._limits.interrupted = value

    def count(self, requests: int) -> None:
        """Take note of so many requests."""
        with self._limits.lock:
            self.requests += requests
            self._limits.requests += requests

    @property
    def requests_of_the_run(self) -> int:
        """The requests of this session and of those beside it."""
        return self._limits.requests

    def next_number(self) -> int:
        """A number that no other call of this run gets."""
        return next(self._numbers)

    def begin_law(self) -> None:
        """Let the next law create the same tasks as it does alone, whatever was judged before it."""
        self.turns = itertools.count(1)
        for connection in [number for number in self._transports if number >= FIRST_OF_MANY]:
            self.close_connection(connection)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """What is created in this block is there for other laws too, and counts for none of them."""
        turns, self.turns = self.turns, itertools.count(1)
        try:
            yield
        finally:
            self.turns = turns

    def greet(self, path: str, patience: float) -> Exchange:
        """Ask for ``path`` until there is an answer, for ``patience`` seconds; raises ``Unreachable``.

        The items of a list that it shows then are ``strangers``, which belong to somebody else.
        """
        exchange = self.attempt(Request("GET", path), timeout=patience)
        if exchange.failure is not None and exchange.failure.reason == "closed":
            exchange = self.attempt(Request("GET", path), timeout=patience)
        if exchange.failure is not None:
            raise Unreachable(f"{self.target.url} never answered: {exchange.failure}")
        self.greeting, self.strangers = exchange, frozenset(listed_ids(exchange))
        self.ledger.strangers = self.strangers
        return exchange

    def attempt(self, request: Request, connection: int = 0, timeout: float | None = None) -> Exchange:
        """Send a request on the numbered connection; no answer is an outcome too. Raises ``Stopped`` out of time.

        An interrupt waits for the answer under way, so that no task is created that the run does not know of.
        """
        transport = self.transport(connection)
        exchange = Exchange.of(transport, request, timeout, self._serials[connection])
        if exchange.failure is not None and exchange.failure.reason == "timeout" and self.seconds_left() <= 0:
            raise Stopped(self._spent) from exchange.failure
        return exchange

    def transport(self, connection: int) -> Transport:
        """The transport of the numbered connection; raises ``Stopped`` where the time is over."""
        self.require_time()
        if connection not in self._transports:
            self._transports[connection] = GuestTransport(
                self.target.connect(),
                self.guest,
                count=self.count,
                require_time=self.require_time,
                seconds_left=self.seconds_left,
            )
            self._serials[connection] = next(_SERIALS)
        return self._transports[connection]

    def require_time(self) -> None:
        """Raise ``Stopped`` where the time is over, ``KeyboardInterrupt`` where the run is interrupted."""
        if self.interrupted:
            raise KeyboardInterrupt
        if self.seconds_left() <= 0:
            raise Stopped(self._spent)

    def seconds_left(self) -> float:
        """The seconds until the time is over."""
        return self._limits.end - time.monotonic()

    @property
    def _spent(self) -> str:
        return f"The time budget of {self._max_time:g} seconds was spent."

    def has_connection(self, connection: int) -> bool:
        """Whether the numbered connection was used and not closed since."""
        return connection in self._transports

    def close_connection(self, connection: int) -> None:
        """Forget the numbered connection; its next request opens another."""
        if connection in self._transports:
            self._transports.pop(connection).close()

    def grant_clean_up(self, tasks: int = 0) -> None:
        """Set the time for removing so many tasks, whatever was spent before."""
        self._limits.end = time.monotonic() + CLEAN_UP_TIME + tasks * self.guest.pace.gap
        self.interrupted = False

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._transports):
            self.close_connection(connection)


def is_settled(response: Response | None) -> bool:
    """Whether there is an answer that says something about the request itself."""
    return response is not None and response.status not in UNSETTLED_STATUS
