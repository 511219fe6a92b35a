"""Clients that write while the server is killed, and what it has to show of their tasks once it was started again."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contract.answer import Answer
from contract.api import Api
from contract.exchange import Exchange, created_id
from contract.expect import Blocked, Inconclusive, Skipped
from contract.launch import LaunchedServer
from contract.race import creation, deletion, replacement
from contract.tasks import COLLECTION, Members, id_in, with_defaults
from contract.transport import Request, Transport

WRITERS = 8

_FIRST_CONNECTION = 200
_MOST_WRITES = 400
_PATIENCE = 20.0
_TURNS = ("create", "replace", "create", "replace", "delete", "replace", "replace")

Shown = Members | None
"""The members of a task, ``None`` where it is gone."""


@dataclass(frozen=True)
class Moment:
    """When the server ends: so many seconds after so many writes were acknowledged; gently, where it is asked to."""

    acknowledged: int
    delay: float = 0.0
    gently: bool = False


@dataclass
class Record:
    """What one client was told of its tasks: how each was left, and by which answer.

    Of the write that got no answer, or a refusal, ``perhaps`` is what it would have left.
    """

    states: dict[int, Shown] = field(default_factory=dict)
    told: dict[int, Exchange] = field(default_factory=dict)
    unanswered: Exchange | None = None
    perhaps: Shown = None

    @property
    def alive(self) -> list[int]:
        """The ids of the tasks that it has."""
        return [id for id, members in self.states.items() if members is not None]

    def learn(self, exchange: Exchange, members: Shown) -> None:
        """Take note of what became of a write that was to leave these members."""
        id = created_id(exchange) or id_in(exchange.request.path)
        if id is None or exchange.response is None or not 200 <= exchange.response.status < 300:
            self.unanswered, self.perhaps = exchange, members
        else:
            self.states[id], self.told[id] = members, exchange

    def allows(self, id: int) -> list[Shown]:
        """How a task may be: as it was left, or as the write without an answer would have left it."""
        states = [self.states[id]]
        if self.unanswered is not None and id_in(self.unanswered.request.path) == id:
            states.append(self.perhaps)
        return states

    @property
    def unanswered_creation(self) -> Members | None:
        """What a creation without an answer would have stored, ``None`` where there is no such creation."""
        is_creation = self.unanswered is not None and self.unanswered.request.method == "POST"
        return self.perhaps if is_creation else None


class _Writer(threading.Thread):
    """Creates, replaces and deletes tasks of its own, one after the other, until there is no answer."""

    def __init__(self, api: Api, transport: Transport, tally: _Tally) -> None:
        super().__init__(daemon=True)
        self._api = api
        self._transport = transport
        self._tally = tally
        self.log: list[Exchange] = []
        self.record = Record()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._write()
        except BaseException as error:
            self.error = error
        finally:
            self._tally.end_one()

    def _write(self) -> None:
        for turn in itertools.islice(itertools.cycle(_TURNS), _MOST_WRITES):
            request, members = self._next(turn)
            exchange = Exchange.of(self._transport, request)
            self.log.append(exchange)
            self.record.learn(exchange, members)
            if self.record.unanswered is not None:
                return
            self._tally.add_one()

    def _next(self, turn: str) -> tuple[Request, Shown]:
        """The request of a turn, and what it leaves of the task."""
        alive = self.record.alive
        if turn == "delete" and alive:
            return deletion(alive[-1]), None
        body = self._api.sample()
        if turn == "replace" and alive:
            return replacement(alive[0], body), with_defaults(body)
        return creation(body), with_defaults(body)


class _Tally:
    """Counts what was acknowledged to all of the writers."""

    def __init__(self, writers: int) -> None:
        self._changed = threading.Condition()
        self._acknowledged = 0
        self._at_work = writers

    def add_one(self) -> None:
        with self._changed:
            self._acknowledged += 1
            self._changed.notify_all()

    def end_one(self) -> None:
        with self._changed:
            self._at_work -= 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many were acknowledged, or nobody is at work any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._acknowledged >= count or not self._at_work, _PATIENCE)


def needs_restarts(api: Api) -> LaunchedServer:
    """The server that may be killed; raises ``Skipped`` where there is none, or writes may not come in a rush."""
    if api.session.guest.pace.gap:
        raise Skipped("it needs many writes at the same time, and the rate of requests is bounded")
    server = api.session.server
    if server is None:
        raise Skipped("it kills the server and starts it again, which takes --command and --durable")
    return server


def end_under_load(api: Api, server: LaunchedServer, moment: Moment) -> list[Record]:
    """End the server at a moment while clients write; what each of them was told.

    Raises ``Inconclusive`` where a write is refused.
    """
    session = api.session
    session.close()
    tally = _Tally(WRITERS)
    transports = [session.transport(_FIRST_CONNECTION + number) for number in range(WRITERS)]
    writers = [_Writer(api, transport, tally) for transport in transports]
    for writer in writers:
        writer.start()
    tally.wait_for(moment.acknowledged)
    time.sleep(moment.delay)  # so that it ends at any step of a write, not only between two of them
    end(server, gently=moment.gently)
    for writer in writers:
        writer.join()
    for exchange in itertools.chain.from_iterable(writer.log for writer in writers):
        api.take_note(exchange)
    for error in [writer.error for writer in writers if writer.error is not None]:
        raise error
    session.close()
    # A server that is asked to end may refuse what comes after that.
    for ended in [writer.record.unanswered for writer in writers if writer.record.unanswered and not moment.gently]:
        if ended.response is not None:
            raise Inconclusive(ended)
    return [writer.record for writer in writers]


def creation_of_one(api: Api) -> Record:
    """Create one task, which nothing changes any more; where it was the first write after a restart, the next shows it.

    Raises ``Blocked`` where it is not created.
    """
    body, record = api.sample(), Record()
    answer = api.create(body)
    record.learn(answer.exchange, with_defaults(body))
    if not record.told:
        raise Blocked("create.stored", answer.exchange)
    return record


def end(server: LaunchedServer, *, gently: bool) -> None:
    """End the server: ask it to, or kill it."""
    if gently:
        server.stop()
    else:
        server.kill()


def start_again(api: Api, server: LaunchedServer) -> None:
    """Start the server and wait for its first answer on new connections; raises ``NotStarted``."""
    api.session.close()
    server.start()
    server.wait_for(lambda: answers(api))


def answers(api: Api) -> bool:
    """Whether the server answers at all."""
    return api.attempt("GET", f"{COLLECTION}?limit=1").exchange.response is not None


def listed(api: Api, records: Sequence[Record]) -> tuple[dict[int, Members], Answer]:
    """The entries of the list from the first task of the records on, by id, and the last page read.

    What creations without an answer left among them is removed in the end.
    """
    first = min((id for record in records for id in record.states), default=1)
    entries: dict[int, Members] = {}
    for page in api.pages(f"after={first - 1}"):
        entries |= _by_id(api.entries(page) or ())
    titles = [record.unanswered_creation["title"] for record in records if record.unanswered_creation]
    api.session.ledger.adopt(id for id, entry in entries.items() if entry.get("title") in titles)
    return entries, page


def _by_id(entries: Sequence[Members]) -> Iterator[tuple[int, Members]]:
    return ((id, entry) for entry in entries if type(id := entry.get("id")) is int)
