"""Foreign tasks already there, ten thousand of them too, and other clients writing during the run."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from contract import transport
from contract.transport import Target
from tests.harmless.base import Harmless, Request, Response, Served

_ODD_TEXTS = ("a", " ", "Übung 北京", "😀" * 200, "x" * 200, "e\u0301 \u202e", "NULL", "<b>&amp;</b>", "\ufffe")


class _OldTasks(Harmless):
    about = "old tasks"
    count = 0

    def __init__(self) -> None:
        super().__init__()
        for number in range(self.count):
            title = _ODD_TEXTS[number % len(_ODD_TEXTS)]
            self.add({"title": title, "description": "old\n" * (number % 3), "done": number % 2 == 0})


class AFewOldTasks(_OldTasks):
    """A few foreign tasks with odd texts are there already."""

    count = 9


class OldTasksOnTwoPages(_OldTasks):
    """A hundred and fifty foreign tasks are there already."""

    count = 150


class TenThousandOldTasks(_OldTasks):
    """Ten thousand foreign tasks are there already."""

    count = 10_000


class OldTasksThatAreAllDone(_OldTasks):
    """A hundred foreign tasks are there already, all of them alike and done."""

    def __init__(self) -> None:
        super().__init__()
        for _ in range(100):
            self.add({"title": "nothing else", "description": "", "done": True})


class _OthersWrite(Harmless):
    about = "other clients"
    every = 1
    at_most = 5

    def __init__(self) -> None:
        super().__init__()
        self._others: list[int] = []
        self._requests = 0
        self._acts = cycle((self._create, self._replace, self._create, self._delete_oldest, self._create, self._delete))

    def answer(self, request: Request) -> Response:
        self._requests += 1
        if self._requests % self.every == 0:
            next(self._acts)()
        return super().answer(request)

    def _create(self) -> None:
        done = self._requests % 2 == 0
        self._others.append(self.add({"title": "somebody else's", "description": "", "done": done})["id"])
        if len(self._others) > self.at_most:
            self._delete_oldest()

    def _replace(self) -> None:
        task = self.tasks[self._others[0]]
        self.update(task, {"title": "nothing else", "description": "changed", "done": not task["done"]})

    def _delete_oldest(self) -> None:
        self.remove(self.tasks[self._others.pop(0)])

    def _delete(self) -> None:
        self.remove(self.tasks[self._others.pop()])


class OthersWriteAllTheTime(_OthersWrite):
    """Other clients create, change or delete a task of theirs before each request of the run."""


class OthersWriteNowAndThen(_OthersWrite):
    """Other clients create, change or delete a task of theirs before every seventh request of the run."""

    every = 7


class OthersCreate(_OthersWrite):
    """Other clients create tasks during the run and delete none of them for long."""

    every = 10
    at_most = 10_000

    def _delete_oldest(self) -> None:
        self._replace()


class AnotherClientAtWork(Served):
    """Another client creates, changes and deletes tasks of its own during the run, on a connection of its own."""

    about = "other clients"

    @contextmanager
    def beside(self, target: Target) -> Iterator[None]:
        ended = threading.Event()
        client = threading.Thread(target=_work, args=(target, ended))
        client.start()
        try:
            yield
        finally:
            ended.set()
            client.join()


def _work(target: Target, ended: threading.Event) -> None:
    connection = target.connect()
    media = (("Content-Type", "application/json"),)
    while not ended.wait(0.005):
        created = connection.send(transport.Request("POST", "/tasks", media, b'{"title": "somebody else\'s"}'))
        path = f"/tasks/{json.loads(created.body)['id']}"
        connection.send(transport.Request("PUT", path, media, b'{"title": "nothing else", "done": true}'))
        connection.send(transport.Request("GET", "/tasks?limit=100"))
        connection.send(transport.Request("DELETE", path))
    connection.close()
