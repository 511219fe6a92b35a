"""Faults of the list."""

from __future__ import annotations

from tests.faults import Fault
from tests.faults.healthy import Members, Request, Response, Task


class ListIsASummary(Fault):
    """The list leaves the description out."""

    breaks = "list.complete"
    also = ("openapi.schema",)

    def listed(self, task: Task) -> Members:
        return {name: value for name, value in task.items() if name != "description"}


class ListSkipsTheNewest(Fault):
    """The list has no room for the newest task."""

    breaks = "list.complete"
    also = ("create.stored", "create.once", "update.replaces", "delete.gone")

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return super().matching(done, after)[:-1]


class EqualTasksAreListedOnce(Fault):
    """Of tasks with equal members only the first is listed."""

    breaks = "list.complete"
    also = ("create.once",)

    def matching(self, done: bool | None, after: int) -> list[Task]:
        seen: list[Members] = []
        kept = []
        for task in super().matching(done, after):
            members = {name: value for name, value in task.items() if name != "id"}
            if members not in seen:
                kept.append(task)
            seen.append(members)
        return kept


class ListTruncatesDescriptions(Fault):
    """The list shows the first ten characters of a description."""

    breaks = "list.complete"
    also = ("update.replaces", "create.stored")

    def listed(self, task: Task) -> Members:
        return {**task, "description": task["description"][:5]}


class OrderedByText(Fault):
    """The list is ordered by the text of the ids."""

    breaks = "list.order"

    def order(self, task: Task) -> str:
        return str(task["id"])


class NewestFirst(Fault):
    """The list begins with the newest task."""

    breaks = "list.order"

    def order(self, task: Task) -> int:
        return -int(task["id"])


class DoneComesLast(Fault):
    """The list has open tasks first."""

    breaks = "list.order"
    also = ("update.bystanders", "update.idempotent")

    def order(self, task: Task) -> tuple[bool, int]:
        return task["done"], task["id"]


class ListAnswersAnObject(Fault):
    """The list is wrapped into an object."""

    breaks = "list.complete"
    also = ("openapi.schema", "create.stored", "update.replaces", "list.order", "create.once")

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        response.body = b'{"tasks": ' + response.body + b"}"
        return response
