"""Hosts that keep an eye on their guest: what it sent, when, and how much of that they bear."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from contract.transport.wsgi import Application
from tests.faults.healthy import Healthy, Request, Response, Task
from tests.targets import PATIENCE, Wire

StartResponse = Callable[..., Any]


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until the condition comes true; fails where that takes too long."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "What was waited for did not come."
        time.sleep(0.01)


@dataclass(frozen=True)
class Visit:
    """A request that came in: its method, its path, and the moment in seconds."""

    method: str
    path: str
    moment: float


@dataclass
class Recorded:
    """An application whose requests are written down before they are carried out."""

    application: Application
    visits: list[Visit] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self.visits.append(Visit(environ["REQUEST_METHOD"], environ["PATH_INFO"], time.monotonic()))
        return self.application(environ, start_response)

    def most_within(self, seconds: float) -> int:
        """The most requests that came within so many seconds."""
        moments = sorted(visit.moment for visit in self.visits)
        return max(sum(0 <= later - first < seconds for later in moments) for first in moments)


class Died(BaseException):
    """The server is dead."""


class Mortal:
    """An application that dies at a request after so many, before it is carried out, and leaves its tasks behind."""

    def __init__(self, application: Application, requests: int) -> None:
        self._application = application
        self._left = requests

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self._left -= 1
        if self._left < 0:
            raise Died
        return self._application(environ, start_response)

    def serve_connection(self, connection: socket.socket) -> None:
        """Answer the requests on a connection while there is life."""
        with suppress(Died):
            Wire().speak(self, connection)


class DeletesZAgain(Healthy):
    """A task with a z in its title can be deleted again and again, which the cases of a gate do not show."""

    def __init__(self) -> None:
        super().__init__()
        self._deleted: dict[int | None, str] = {}

    def remove(self, task: Task) -> None:
        self._deleted[task["id"]] = task["title"]
        super().remove(task)

    def delete(self, request: Request) -> Response:
        if "z" in self._deleted.get(self.id_of(request.path.rpartition("/")[2]), ""):
            return self.json(200, {"message": "Task deleted"})
        return super().delete(request)


class Limited:
    """An application that answers so many requests a second, and refuses what comes beyond that."""

    def __init__(self, application: Application, most: int, *headers: tuple[str, str], status: str = "429 Too Many"):
        self._application = application
        self._most = most
        self._headers = headers
        self._status = status
        self._lock = threading.Lock()
        self._began, self._count = 0.0, 0
        self.refused = 0

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if self._is_too_much():
            self.refused += 1
            start_response(self._status, [("Content-Type", "application/json"), *self._headers])
            return [b'{"error": "Too many requests"}']
        return self._application(environ, start_response)

    def _is_too_much(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._began >= 1:
                self._began, self._count = now, 0
            self._count += 1
            return self._count > self._most
