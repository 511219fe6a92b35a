"""Connections that stall: each begins a request, or reads an answer, and does not go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from contract.api import Api
from contract.demand import Begun
from contract.tasks import BODY_LIMIT, COLLECTION, Task
from contract.transport import Request
from contract.wire import chunked, connected

STALLED = 16
_UNREAD = 1
"""So many connections do not read: the server has to keep for each what it answers."""

_UNREAD_BYTES = 6 * 2**20
"""More than the system takes of an answer that nobody reads: Linux takes 4 MiB (tcp_wmem in tcp(7))."""

_MOST_UNREAD = 100
"""So many answers at most, however short they are."""

_LONG = "\U0001f600" * 2000
_LONG_TASKS = 12
_JSON = ("Content-Type", "application/json")
_CREATION = Request("POST", COLLECTION, (_JSON, ("Content-Length", "99")))
_TOO_LONG = Request("POST", COLLECTION, (_JSON, ("Content-Length", str(BODY_LIMIT + 1))))
_ASKING = Request("POST", COLLECTION, (*_CREATION.headers, ("Expect", "100-continue")))
_IN_CHUNKS = Request("POST", COLLECTION, (_JSON, ("Transfer-Encoding", "chunked")))

BEGINNINGS = (
    Begun(None),
    Begun(_CREATION, missing=40),
    Begun(_CREATION, body=b'{"title":'),
    Begun(_TOO_LONG, body=b'{"title":'),
    Begun(_ASKING),
    Begun(_IN_CHUNKS, body=chunked([b'{"title":'])[0][:-4]),
)
"""What the 16 connections of a round have sent."""


def unread(api: Api) -> tuple[Begun, list[Task]]:
    """Requests for more than the system keeps for one who does not read, and the tasks that are so long."""
    tasks = api.arrange(*(api.sample(description=_LONG) for _ in range(_LONG_TASKS)))
    request = Request("GET", f"{COLLECTION}?after={tasks[0].id - 1}")
    page = api.send(request.method, request.path)
    times = min(1 + _UNREAD_BYTES // max(len(page.body), 1), _MOST_UNREAD)
    return Begun(request, times=times, is_read=False), tasks


def still_answered(begun: Begun) -> list[Request]:
    """What others ask for meanwhile: as much as those who do not read, so that these have had their share by then."""
    return [] if begun.is_read or begun.request is None else [begun.request] * begun.times


@contextmanager
def stalled(api: Api, begun: Begun) -> Iterator[int]:
    """So many connections, all of which have begun in this way, for as long as the block lasts."""
    count = STALLED if begun.is_read else _UNREAD
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connected(api))
            if begun.request is not None:
                head = connection.head(begun.request.method, begun.request.path, begun.request.headers)
                connection.write((head[: len(head) - begun.missing] + begun.body) * begun.times)
        yield count
