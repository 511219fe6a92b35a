"""Faults of replacing."""

from __future__ import annotations

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response, Task


class DoneCannotBeCleared(Fault):
    """PUT cannot set done back to false."""

    breaks = "update.replaces"

    def update(self, task: Task, members: Members) -> Task:
        return super().update(task, {**members, "done": task["done"] or members["done"]})


class EmptyDescriptionIsNoValue(Fault):
    """PUT with an empty description keeps the old one."""

    breaks = "update.replaces"
    also = ("media.accept",)

    def update(self, task: Task, members: Members) -> Task:
        return super().update(task, {**members, "description": members["description"] or task["description"]})


class Merges(Fault):
    """PUT keeps done where the body leaves it out."""

    breaks = "update.replaces"

    def replace(self, request: Request) -> Response:
        document = self.decode(request.body) if request.body else None
        self.is_left_out = isinstance(document, dict) and "done" not in document
        return super().replace(request)

    def update(self, task: Task, members: Members) -> Task:
        return super().update(task, {**members, "done": task["done"]} if self.is_left_out else members)


class AnswersTheOldTask(Fault):
    """PUT answers the task as it was before."""

    breaks = "update.replaces"
    also = ("update.idempotent", "openapi.status")

    def replace(self, request: Request) -> Response:
        before = dict(self.find(request))
        response = super().replace(request)
        return response if response.status != 200 else self.task_response(200, before)


class UpdateShowsLateElsewhere(Fault):
    """The first read on another connection after a PUT shows the state before it."""

    breaks = "update.replaces"
    also = (
        "state.stateless",
        "text.exact",
        "text.length",
        "cache.412",
        "delete.gone",
        "race.delete",
        "race.if-match",
        "race.linearizable",
        "wire.chunked",
        "wire.expect",
    )

    def __init__(self) -> None:
        super().__init__()
        self.stale: dict[str, tuple[str, Task]] = {}

    def replace(self, request: Request) -> Response:
        before = dict(self.find(request))
        response = super().replace(request)
        self.stale[request.path] = (request.connection, before)
        return response

    def read(self, request: Request) -> Response:
        writer, before = self.stale.pop(request.path, (request.connection, {}))
        return super().read(request) if writer == request.connection else self.task_response(200, before)


class ThirdPutDiffers(Fault):
    """The third equal PUT in a row sets done."""

    breaks = "update.idempotent"
    also = ("state.model",)

    def __init__(self) -> None:
        super().__init__()
        self.last: list[bytes] = []

    def replace(self, request: Request) -> Response:
        self.last = [*self.last[-2:], request.path.encode() + request.body]
        return super().replace(request)

    def update(self, task: Task, members: Members) -> Task:
        equal = len(self.last) == 3 and len(set(self.last)) == 1
        return super().update(task, {**members, "done": True} if equal else members)


class CountsRevisions(Fault):
    """PUT that repeats the present title appends a revision mark to the description."""

    breaks = "update.idempotent"
    also = ("update.replaces", "update.bystanders", "openapi.schema", "cache.412")

    def update(self, task: Task, members: Members) -> Task:
        mark = "*" if members["title"] == task["title"] else ""
        return super().update(task, {**members, "description": members["description"] + mark})


class RefusesWhatChangesNothing(Fault):
    """PUT that changes nothing is answered with 304."""

    breaks = "update.idempotent"
    also = ("update.replaces", "update.bystanders", "openapi.status", "cache.412")

    def replace(self, request: Request) -> Response:
        task = self.find(request)
        before = dict(task)
        response = super().replace(request)
        return response if task != before else Response(304)


class RepeatedPutTouchesTheNeighbour(Fault):
    """A PUT that changes nothing clears the description of the next task."""

    breaks = "update.idempotent"
    also = ("update.bystanders",)

    def update(self, task: Task, members: Members) -> Task:
        if members.items() <= task.items() and task["id"] + 1 in self.tasks:
            self.tasks[task["id"] + 1]["description"] = ""
        return super().update(task, members)


class PutCreates(Fault):
    """PUT to an id that was deleted brings the task back."""

    breaks = "update.missing"
    also = ("read.missing", "openapi.status", "race.delete", "race.linearizable")

    def replace(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        if id is not None and id not in self.tasks and id <= self.last_id:
            self.tasks[id] = {"id": id, **self.members(request)}
        return super().replace(request)


class MissingIsFoundAfterPut(Fault):
    """PUT to a missing id is 404 and creates the task all the same."""

    breaks = "update.missing"
    also = ("delete.gone", "read.missing", "race.delete")

    def replace(self, request: Request) -> Response:
        try:
            return super().replace(request)
        except Refused:
            id = self.id_of(request.path.rpartition("/")[2])
            if id is not None and id not in self.tasks:
                self.tasks[id] = {"id": id, **self.members(request)}
            raise


class MissingIsNoContent(Fault):
    """PUT to a large missing id is answered with 204."""

    breaks = "update.missing"
    also = ("read.missing", "openapi.status", "openapi.rejects")

    def replace(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        return Response(204) if id is not None and id > 2**40 else super().replace(request)


class UpdatesByTitle(Fault):
    """PUT changes every task with the same title."""

    breaks = "update.bystanders"
    also = ("update.idempotent",)

    def update(self, task: Task, members: Members) -> Task:
        for other in self.tasks.values():
            if other is not task and other["title"] == task["title"]:
                other.update(members)
        return super().update(task, members)


class UpdatesByPrefix(Fault):
    """PUT changes every task whose id begins with the one that it names."""

    breaks = "update.bystanders"

    def update(self, task: Task, members: Members) -> Task:
        for other in self.tasks.values():
            if str(other["id"]).startswith(str(task["id"])):
                other.update(members)
        return super().update(task, members)


class UpdatesByPosition(Fault):
    """PUT changes the task at the position that the id had before anything was deleted."""

    breaks = "update.bystanders"
    also = (
        "update.replaces",
        "update.idempotent",
        "race.update",
        "race.if-match",
        "race.linearizable",
        "wire.chunked",
        "wire.expect",
    )

    def update(self, task: Task, members: Members) -> Task:
        position = min(task["id"], len(self.tasks)) - 1
        super().update(list(self.tasks.values())[position], members)
        return {**task, **members}


class UpdatedComesLast(Fault):
    """An updated task moves to the end of the list."""

    breaks = "update.bystanders"
    also = ("list.order", "update.idempotent", "race.list")

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[int] = []

    def order(self, task: Task) -> tuple[int, int]:
        return (self.moved.index(task["id"]) + 1 if task["id"] in self.moved else 0, task["id"])

    def update(self, task: Task, members: Members) -> Task:
        self.moved = [id for id in self.moved if id != task["id"]] + [task["id"]]
        return super().update(task, members)
