"""Clients that are at work at the same time: each has a thread, a connection, and a script of requests.

What happened is kept with its time on one monotonic clock, so that a law can tell what came after what.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contract.api import COLLECTION, Answer, Api, Body, item
from contract.exchange import Exchange
from contract.expect import Inconclusive, Skipped
from contract.jsontext import encode
from contract.session import is_settled
from contract.transport import Request, Transport

MOST_CLIENTS = 16
"""Clients at the same time; more would be a flood to a small server."""

_RACES = itertools.count(1)
_FIRST_CONNECTION = 100
_STARTED = 30.0
_OPEN = "connections of races"
_A_MOMENT = 0.2


@dataclass(frozen=True)
class Timed:
    """An answer with the moments, in seconds on one clock, between which its request was carried out."""

    answer: Answer
    start: float
    end: float


class _Client(threading.Thread):
    """Sends the requests of a script one after the other, as soon as all clients are ready."""

    def __init__(
        self, transport: Transport, script: Sequence[Request], ready: threading.Barrier, together: int, *, opens: bool
    ) -> None:
        super().__init__(daemon=True)
        self._transport = transport
        self._script = script
        self._opens = opens
        self._together = together
        self._ready = ready
        self.log: list[tuple[Exchange, float, float]] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._carry_out()
        except threading.BrokenBarrierError:
            """Another client gave up before all were ready."""
        except Exception as error:
            self.error = error

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


def needs_connections(api: Api) -> None:
    """Raise ``Skipped`` where the target is an application in process: what overlaps is up to the server in front."""
    if api.session.target.in_process:
        raise Skipped("it needs connections, and an application in process has none")


def creation(body: Body) -> Request:
    """The request that creates a task."""
    return _write("POST", COLLECTION, body)


def replacement(id: int, body: Body, *headers: tuple[str, str]) -> Request:
    """The request that replaces a task."""
    return _write("PUT", item(id), body, *headers)


def deletion(id: int) -> Request:
    """The request that deletes a task."""
    return Request("DELETE", item(id))


def reading(id: int) -> Request:
    """The request that reads a task."""
    return Request("GET", item(id))


def _write(method: str, path: str, body: Body, *headers: tuple[str, str]) -> Request:
    content = body if body is None or isinstance(body, bytes) else encode(body)
    return Request(method, path, (("Content-Type", "application/json"), *headers), content)


def at_once(api: Api, *scripts: Sequence[Request]) -> list[list[Timed]]:
    """Carry out the scripts at the same time; the answers of each, in its order.

    Raises ``Inconclusive`` where a request is not answered, or with 429 or 503.
    """
    ready = threading.Barrier(len(scripts), timeout=_STARTED)
    transports = [api.session.transport(_FIRST_CONNECTION + number) for number in range(len(scripts))]
    opens = not _are_open(api, len(scripts))
    together = next(_RACES)
    pairs = zip(transports, scripts, strict=True)
    clients = [_Client(transport, script, ready, together, opens=opens) for transport, script in pairs]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    for error in [client.error for client in clients if client.error is not None]:
        raise error
    api.session.memory[_OPEN] = (time.monotonic(), len(scripts))
    api.session.count(sum(opens + len(client.log) for client in clients))
    happened = sorted((entry for client in clients for entry in client.log), key=lambda entry: entry[2])
    answers = {id(exchange): api.take_note(exchange) for exchange, _, _ in happened}
    logs = [[Timed(answers[id(exchange)], start, end) for exchange, start, end in client.log] for client in clients]
    for exchange, _, _ in happened:
        if not is_settled(exchange.response):
            raise Inconclusive(exchange)
    return logs


def _are_open(api: Api, count: int) -> bool:
    """Whether so many connections were in use a moment ago."""
    found = api.session.memory.get(_OPEN)
    return isinstance(found, tuple) and time.monotonic() - found[0] < _A_MOMENT and count <= found[1]


def each_at_once(api: Api, requests: Sequence[Request]) -> list[Answer]:
    """Send each of the requests by a client of its own, all at the same time; the answers in the same order."""
    return [timed.answer for log in at_once(api, *([request] for request in requests)) for timed in log]
