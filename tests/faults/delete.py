"""Faults of deleting."""

from __future__ import annotations

from tests.faults import Fault
from tests.faults.healthy import Refused, Request, Response, Task


class DeletedIsListed(Fault):
    """A deleted task that was done stays in the list."""

    breaks = "delete.gone"
    also = ("list.complete",)

    def __init__(self) -> None:
        super().__init__()
        self.archive: list[Task] = []

    def remove(self, task: Task) -> None:
        super().remove(task)
        self.archive += [task] if task["done"] else []

    def matching(self, done: bool | None, after: int) -> list[Task]:
        archived = [task for task in self.archive if task["id"] > after and done in (None, True)]
        return sorted([*super().matching(done, after), *archived], key=self.order)


class DeletedIsCached(Fault):
    """A deleted task can still be read on a connection that has read it before."""

    breaks = "delete.gone"
    also = ("read.missing", "update.missing", "delete.idempotent", "state.model")

    def __init__(self) -> None:
        super().__init__()
        self.cache: dict[tuple[str, str], Response] = {}

    def read(self, request: Request) -> Response:
        key = (request.connection, request.path)
        try:
            response = super().read(request)
        except Refused:
            if request.method == "GET" and key in self.cache:
                return self.cache[key]
            raise
        self.cache[key] = response
        return response


class DeletesNothingThatIsDone(Fault):
    """DELETE of a task that is done answers 200 and keeps it."""

    breaks = "delete.gone"
    also = ("delete.idempotent",)

    def remove(self, task: Task) -> None:
        if not task["done"]:
            super().remove(task)


class DeletedIsNoContent(Fault):
    """DELETE is answered with 204 and no body."""

    breaks = "delete.gone"
    also = ("openapi.status",)

    def delete(self, request: Request) -> Response:
        super().delete(request)
        return Response(204)


class DeleteAlwaysSucceeds(Fault):
    """DELETE of an id that was issued once is 200, however often it is repeated."""

    breaks = "delete.idempotent"
    also = ("read.missing",)

    def delete(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        if id is not None and id not in self.tasks and id <= self.last_id:
            return self.json(200, {"message": "Task deleted"})
        return super().delete(request)


class SecondDeleteTakesTheNeighbour(Fault):
    """The second DELETE of an id is 404 and removes the next task."""

    breaks = "delete.idempotent"
    also = ("read.missing", "delete.bystanders")

    def delete(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        if id is not None and id not in self.tasks:
            self.tasks.pop(id + 1, None)
        return super().delete(request)


class SecondDeleteIsGone(Fault):
    """The second DELETE of an id is 410."""

    breaks = "delete.idempotent"
    also = ("read.missing", "openapi.status")

    def delete(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        if id is not None and id not in self.tasks and id <= self.last_id:
            raise Refused(410, "The task is gone")
        return super().delete(request)


class DeletesEqualTitles(Fault):
    """DELETE removes every task with the same title."""

    breaks = "delete.bystanders"

    def remove(self, task: Task) -> None:
        for other in list(self.tasks.values()):
            if other["title"] == task["title"]:
                super().remove(other)


class DeletesByPosition(Fault):
    """DELETE of a task in the middle removes the task before it as well."""

    breaks = "delete.bystanders"
    also = ("delete.idempotent", "state.capacity")

    def remove(self, task: Task) -> None:
        super().remove(task)
        below = [id for id in self.tasks if id < task["id"]]
        if below and any(id > task["id"] for id in self.tasks):
            del self.tasks[max(below)]


class DeletionReopensTheOldest(Fault):
    """DELETE clears the done of the oldest task."""

    breaks = "delete.bystanders"

    def remove(self, task: Task) -> None:
        super().remove(task)
        if self.tasks:
            self.tasks[min(id for id in self.tasks)]["done"] = False


class MissingIdIsDeletedByPrefix(Fault):
    """DELETE of an id that names no task removes those whose ids begin with it."""

    breaks = "delete.bystanders"

    def delete(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        if id is not None and id not in self.tasks:
            for other in [other for other in self.tasks if str(other).startswith(str(id))]:
                del self.tasks[other]
        return super().delete(request)


class OldestIsNotFound(Fault):
    """DELETE of the oldest task of all is 404, since its place 0 is taken for none."""

    breaks = "delete.gone"
    also = ("id.unique",)

    def delete(self, request: Request) -> Response:
        if self.find(request) is min(self.tasks.values(), key=self.order):
            raise Refused(404, "Task not found")
        return super().delete(request)


class HeadIsCachedBeyondDeletion(Fault):
    """HEAD of a task is answered from a cache that a PUT clears and a DELETE does not."""

    breaks = "delete.gone"

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[str, Response] = {}

    def read(self, request: Request) -> Response:
        if request.method != "HEAD" or request.headers.keys() & {"IF_MATCH", "IF_NONE_MATCH"}:
            return super().read(request)
        found = self.heads.get(request.path) or super().read(request)
        self.heads[request.path] = found
        return Response(found.status, found.body, dict(found.headers))

    def replace(self, request: Request) -> Response:
        self.heads.pop(request.path, None)
        return super().replace(request)
