"""Clients that are at work at the same time: each has a thread, a connection, and a script of requests.

What happened is kept with its time on one monotonic clock, so that a law can tell what came after what.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from itertools import zip_longest

from contract.answer import Answer
from contract.api import Api
from contract.exchange import Exchange
from contract.expect import Blocked, Inconclusive, Skipped, Violation
from contract.jsontext import encode
from contract.operations import settled
from contract.session import FIRST_OF_MANY, Session
from contract.tasks import COLLECTION, Body, item
from contract.transport import Request, Transport

MOST_CLIENTS = 16
"""Clients at the same time; more would be a flood to a small server."""

_RACES = itertools.count(1)
_STARTED = 30.0
_OPEN = "connections of races"
_A_MOMENT = 0.2
_MOST_READINGS = 40
_IN_TURN = "clients take turns"


@dataclass(frozen=True)
class Timed:
    """An answer with the moments, in seconds on one clock, between which its request was carried out."""

    answer: Answer
    start: float
    end: float


class _Client(threading.Thread):
    """Sends the requests of a script one after the other, as soon as all clients are ready."""

    def __init__(
        self, transport: Transport, script: Iterable[Request], ready: threading.Barrier, together: int, *, opens: bool
    ) -> None:
        super().__init__(daemon=True)
        self._transport = transport
        self._script = script
        self._opens = opens
        self._together = together
        self._ready = ready
        self.is_done = False
        self.log: list[tuple[Exchange, float, float]] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._carry_out()
        except threading.BrokenBarrierError:
            """Another client gave up before all were ready."""
        except BaseException as error:
            self.error = error
        finally:
            self.is_done = True

    def _carry_out(self) -> None:
        """Carry out the script, to the first request that is not answered."""
        if self._opens and not self._is_answered(Request("GET", f"{COLLECTION}?limit=1")):
            self._ready.abort()
            return
        self.log.clear()
        self._ready.wait()
        for request in self._script:
            if not self._is_answered(request):
                return

    def _is_answered(self, request: Request) -> bool:
        start = time.monotonic()
        exchange = replace(Exchange.of(self._transport, request), together=self._together)
        self.log.append((exchange, start, time.monotonic()))
        return exchange.response is not None


def only_at_once(law: Callable[[Api], None]) -> Callable[[Api], None]:
    """Make a law of races one of nothing else: what clients see that take turns is left to ``state.model``."""

    @wraps(law)
    def judged(api: Api) -> None:
        try:
            law(api)
        except Violation:
            _require_turns(api.session, law)
            raise

    return judged


def _require_turns(session: Session, law: Callable[[Api], None]) -> None:
    """Raise ``Blocked`` where the law is broken by clients that take turns, too."""
    session.memory[_IN_TURN] = True
    try:
        law(Api(session))
    except Violation:
        raise Blocked("state.model") from None
    except Inconclusive:
        """Nothing more is known, and what was seen was seen."""
    finally:
        del session.memory[_IN_TURN]


def takes_turns(api: Api) -> bool:
    """Whether clients take turns, so that the law finds out what is broken without any race."""
    return bool(api.session.memory.get(_IN_TURN))


def needs_connections(api: Api) -> None:
    """Raise ``Skipped`` where requests cannot overlap, or where that is up to something in front of the target."""
    if api.session.guest.pace.gap:
        raise Skipped("it needs many requests at the same time, and the rate of requests is bounded")
    if api.session.target.in_process:
        raise Skipped("it needs connections, and an application in process has none")


def creation(body: Body) -> Request:
    """The request that creates a task."""
    return _write("POST", COLLECTION, body)


def replacement(id: int, body: Body, *headers: tuple[str, str]) -> Request:
    """The request that replaces a task."""
    return _write("PUT", item(id), body, *headers)


def deletion(id: int, *headers: tuple[str, str]) -> Request:
    """The request that deletes a task."""
    return Request("DELETE", item(id), headers)


def reading(id: int) -> Request:
    """The request that reads a task."""
    return Request("GET", item(id))


def _write(method: str, path: str, body: Body, *headers: tuple[str, str]) -> Request:
    content = body if body is None or isinstance(body, bytes) else encode(body)
    return Request(method, path, (("Content-Type", "application/json"), *headers), content)


def at_once(api: Api, *scripts: Sequence[Request], watching: Sequence[Sequence[Request]] = ()) -> list[list[Timed]]:
    """Carry out the scripts at the same time; the answers of each, in its order.

    The scripts of those who are ``watching`` come last. Each is repeated for as long as others are at work, so that
    what they do is seen however the threads are scheduled.

    Raises ``Inconclusive`` where a request is not answered, or with 429 or 503.
    """
    count = len(scripts) + len(watching)
    if takes_turns(api):
        return _in_turn(api, scripts, watching)
    ready = threading.Barrier(count, timeout=_STARTED)
    transports = [api.session.transport(FIRST_OF_MANY + number) for number in range(count)]
    begin = partial(_Client, ready=ready, together=next(_RACES), opens=not _are_open(api, count))
    actors = [begin(transport, script) for transport, script in zip(transports, scripts, strict=False)]
    repeated = [_while_at_work(script, actors) for script in watching]
    watchers = [
        begin(transport, script) for transport, script in zip(transports[len(scripts) :], repeated, strict=True)
    ]
    clients = [*actors, *watchers]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    api.session.memory[_OPEN] = (time.monotonic(), count)
    happened = sorted((entry for client in clients for entry in client.log), key=lambda entry: entry[2])
    answers = {id(exchange): api.take_note(exchange) for exchange, _, _ in happened}
    logs = [[Timed(answers[id(exchange)], start, end) for exchange, start, end in client.log] for client in clients]
    for error in [client.error for client in clients if client.error is not None]:
        raise error
    for answer in answers.values():
        settled(answer)
    return logs


def _in_turn(
    api: Api, scripts: Sequence[Sequence[Request]], watching: Sequence[Sequence[Request]]
) -> list[list[Timed]]:
    """Carry out the scripts one request after the other, each client on its connection; all watch after each one."""
    logs: list[list[Timed]] = [[] for _ in (*scripts, *watching)]
    watched = [(len(scripts) + number, request) for number, script in enumerate(watching) for request in script]
    for turn in zip_longest(*scripts):
        for act in ((number, request) for number, request in enumerate(turn) if request is not None):
            for number, request in (act, *watched):
                start = time.monotonic()
                answer = api.take_note(Exchange.of(api.session.transport(FIRST_OF_MANY + number), request))
                logs[number].append(Timed(settled(answer), start, time.monotonic()))
    return logs


def _while_at_work(script: Sequence[Request], actors: Sequence[_Client]) -> Iterator[Request]:
    """The requests of a script over and over, until each of the actors is done, and once more."""
    for request in itertools.islice(itertools.cycle(script), _MOST_READINGS):
        is_last = all(actor.is_done for actor in actors)
        yield request
        if is_last:
            return


def _are_open(api: Api, count: int) -> bool:
    """Whether so many connections were in use a moment ago."""
    found = api.session.memory.get(_OPEN)
    if not isinstance(found, tuple) or not api.session.has_connection(FIRST_OF_MANY):
        return False
    last_use, used = found
    return bool(time.monotonic() - last_use < _A_MOMENT and count <= used)


def each_at_once(api: Api, requests: Sequence[Request]) -> list[Answer]:
    """Send each of the requests by a client of its own, all at the same time; the answers in the same order."""
    return [timed.answer for log in at_once(api, *([request] for request in requests)) for timed in log]
