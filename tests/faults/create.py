"""Faults of creation."""

from __future__ import annotations

from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response, Task


class DescriptionIsLost(Fault):
    """The description of a new task is answered but not stored."""

    breaks = "create.stored"

    def add(self, members: Members) -> Task:
        task = super().add(members)
        shown = dict(task)
        task["description"] = ""
        return shown


class DoneIsAlwaysFalseAtFirst(Fault):
    """A task cannot be created as done."""

    breaks = "create.stored"

    def add(self, members: Members) -> Task:
        return super().add({**members, "done": False})


class NullForAbsentDescription(Fault):
    """An absent description becomes null, not the empty string."""

    breaks = "create.stored"
    also = ("openapi.schema", "update.replaces")

    def filled_in(self, document: Members) -> Members:
        return {**super().filled_in(document), "description": document.get("description")}


class AnswersOk(Fault):
    """A creation is answered with 200."""

    breaks = "create.stored"
    also = ("create.location", "openapi.status")

    def create(self, request: Request) -> Response:
        response = super().create(request)
        response.status = 200
        return response


class VisibleToItsCreatorFirst(Fault):
    """The first read of a new task on another connection than its creator's is 404."""

    breaks = "create.stored"
    also = ("state.stateless", "update.replaces")

    def __init__(self) -> None:
        super().__init__()
        self.creators: dict[int, str] = {}

    def create(self, request: Request) -> Response:
        response = super().create(request)
        self.creators[self.last_id] = request.connection
        return response

    def find(self, request: Request) -> Task:
        task = super().find(request)
        if self.creators.get(task["id"], request.connection) != request.connection:
            del self.creators[task["id"]]
            raise Refused(404, "Task not found")
        return task


class RemembersWhatWasMissing(Fault):
    """An id that was asked for before it was issued stays 404 for as long as the server runs."""

    breaks = "create.stored"

    def __init__(self) -> None:
        super().__init__()
        self.missing: set[str] = set()

    def read(self, request: Request) -> Response:
        if request.path in self.missing:
            return self.error(404, "Task not found")
        return super().read(request)

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if request.method == "GET" and response.status == 404:
            self.missing.add(request.path)
        return response


class LocationOfTheCollection(Fault):
    """Location names the collection."""

    breaks = "create.location"

    def create(self, request: Request) -> Response:
        response = super().create(request)
        response.headers["Location"] = "/tasks"
        return response


class LocationOfTheNextTask(Fault):
    """Location names the id after the one that was issued."""

    breaks = "create.location"

    def create(self, request: Request) -> Response:
        response = super().create(request)
        response.headers["Location"] = f"/tasks/{self.last_id + 1}"
        return response


class NoLocation(Fault):
    """A creation has no Location."""

    breaks = "create.location"
    also = ("openapi.headers",)

    def create(self, request: Request) -> Response:
        response = super().create(request)
        del response.headers["Location"]
        return response


class EqualPostsAreOne(Fault):
    """A POST equal to the one before it answers the task that exists."""

    breaks = "create.once"

    def add(self, members: Members) -> Task:
        for task in self.tasks.values():
            if members == {name: task[name] for name in members}:
                return task
        return super().add(members)


class AddsTwo(Fault):
    """A POST of a task that is done adds a second, hidden copy to the list."""

    breaks = "create.once"

    def add(self, members: Members) -> Task:
        if members["done"]:
            super().add(members)
        return super().add(members)


class TitlesAreUnique(Fault):
    """A new task takes the place of the one with the same title."""

    breaks = "create.bystanders"
    also = ("create.once", "list.complete", "update.bystanders", "delete.bystanders")

    def add(self, members: Members) -> Task:
        for task in list(self.tasks.values()):
            if task["title"] == members["title"]:
                del self.tasks[task["id"]]
        return super().add(members)


class NewestIsSharedState(Fault):
    """A creation without a description clears the description of the task before it."""

    breaks = "create.bystanders"
    also = ("input.atomic", "create.stored", "media.type", "state.capacity")

    def create(self, request: Request) -> Response:
        document: Any = self.decode(request.body)
        if isinstance(document, dict) and "description" not in document and self.last_id in self.tasks:
            self.tasks[self.last_id]["description"] = ""
        return super().create(request)


class LongBodyIsCarriedOutTwice(Fault):
    """A POST with a body over 16 KiB, which is kept on disk, adds two tasks."""

    breaks = "create.once"

    def create(self, request: Request) -> Response:
        if len(request.body) > 16 * 1024:
            super().create(request)
        return super().create(request)
