"""Faults of conditional requests that overlap: between the comparison and what follows another request comes in."""

from __future__ import annotations

from tests.faults.healthy import Members, Refused, Request, Response, Task
from tests.faults.race import Interruptible

_LONG = 1024


class ListOfTagsIsComparedAlone(Interruptible):
    """An If-Match with several tags is compared a moment before PUT takes the task."""

    breaks = "race.if-match"

    def check_if_match(self, request: Request, task: Task) -> None:
        super().check_if_match(request, task)
        if request.method == "PUT" and len(self.tags(request.headers.get("IF_MATCH", ""))) > 1:
            self.let_others_in()


class LongStateIsReadAfterTheComparison(Interruptible):
    """A PUT compares the tag before it reads its body, which takes a moment from a kilobyte on."""

    breaks = "race.if-match"

    def members(self, request: Request) -> Members:
        if request.method == "PUT" and "IF_MATCH" in request.headers and len(request.body) > _LONG:
            self.let_others_in()
        return super().members(request)


class ConditionalDeletionsAllSucceed(Interruptible):
    """A conditional DELETE looks for the task once, and is 200 also where another one has removed it meanwhile."""

    breaks = "race.delete"

    def delete(self, request: Request) -> Response:
        if "IF_MATCH" not in request.headers:
            return super().delete(request)
        task = self.find(request)
        self.check_if_match(request, task)
        self.let_others_in()
        if task["id"] in self.tasks:
            self.check_if_match(request, task)
            self.remove(task)
        return self.json(200, {"message": "Task deleted"})


class RefusedDeletionShowsForAMoment(Interruptible):
    """DELETE removes the task, and brings it back where If-Match does not hold."""

    breaks = "race.linearizable"

    def delete(self, request: Request) -> Response:
        task = self.find(request)
        try:
            self.check_if_match(request, task)
        except Refused:
            del self.tasks[task["id"]]
            self.let_others_in()
            self.tasks.setdefault(task["id"], task)
            raise
        return super().delete(request)


class ListIsReadInBatches(Interruptible):
    """The list is read twenty tasks at a time, each time from as far on as the tasks read so far."""

    breaks = "race.list"

    def matching(self, done: bool | None, after: int) -> list[Task]:
        read: list[Task] = []
        while batch := super().matching(done, after)[len(read) : len(read) + 20]:
            read += batch
            if len(batch) == 20:
                self.let_others_in()
        return read
