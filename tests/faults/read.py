"""Faults of reading."""

from __future__ import annotations

from tests.faults import Fault
from tests.faults.healthy import LARGEST_ID, Request, Response, Task


class HeadFindsWhatIsGone(Fault):
    """HEAD is 200 for an id that was issued once, also after the task was deleted."""

    breaks = "read.missing"
    also = ("delete.gone", "error.shape", "openapi.headers", "method.head")

    def read(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2])
        if request.method == "HEAD" and id is not None and id <= self.last_id:
            return self.json(200, {})
        return super().read(request)


class IdsWrapAround(Fault):
    """Ids are kept in 32 bits, so that 2^32 + n names task n."""

    breaks = "read.missing"

    def id_of(self, text: str) -> int | None:
        id = super().id_of(text)
        return id and (id % 2**32 or None)


class EmptyTaskForTheLargestId(Fault):
    """The largest id reads as an empty task, not as 404."""

    breaks = "read.missing"
    also = ("openapi.headers",)

    def read(self, request: Request) -> Response:
        if request.path.endswith(str(LARGEST_ID)):
            return self.task_response(200, {"id": LARGEST_ID, "title": "x", "description": "", "done": False})
        return super().read(request)


class CountsReads(Fault):
    """The tenth read of a task marks it as done."""

    breaks = "read.safe"
    also = ("method.override", "cache.412", "state.model", "state.stateless", "update.replaces", "race.update")

    def __init__(self) -> None:
        super().__init__()
        self.reads: dict[int, int] = {}

    def find(self, request: Request) -> Task:
        task = super().find(request)
        if request.method == "GET":
            self.reads[task["id"]] = self.reads.get(task["id"], 0) + 1
            task["done"] = task["done"] or self.reads[task["id"]] == 10
        return task


class ReadsObeyTheQuery(Fault):
    """GET of a task stores the members that its query names."""

    breaks = "read.safe"

    def find(self, request: Request) -> Task:
        task = super().find(request)
        if request.method == "GET" and "title" in request.query:
            task["title"] = request.query["title"]
        return task


class OptionsForgetsTheNewest(Fault):
    """OPTIONS on the collection rolls back the newest task."""

    breaks = "read.safe"
    also = ("method.405",)

    def options(self, request: Request) -> Response:
        if request.path == "/tasks":
            self.tasks.pop(max(self.tasks, default=0), None)
        return super().options(request)


class ReadTakesTheFilterForAValue(Fault):
    """GET of a task with done in its query sets the done of the task."""

    breaks = "read.safe"

    def read(self, request: Request) -> Response:
        if request.query.get("done") in ("true", "false"):
            self.find(request)["done"] = request.query["done"] == "true"
        return super().read(request)
