"""Faults of the state: a memory beside the tasks."""

from __future__ import annotations

from tests.faults import Fault
from tests.faults.cache import TagIsOfTheWorker
from tests.faults.healthy import Members, Refused, Request, Response, Task


class WorkerCachesTheTask(Fault):
    """Some of the later connections are served by a worker that goes on showing a task as it saw it first."""

    breaks = "state.stateless"
    also = ("cache.412", "race.linearizable")

    def __init__(self) -> None:
        super().__init__()
        self.connections: list[str] = []
        self.seen: dict[str, Response] = {}

    def read(self, request: Request) -> Response:
        if request.connection not in self.connections:
            self.connections.append(request.connection)
        response = super().read(request)
        number = self.connections.index(request.connection)
        if number > 20 and number % 7 in (2, 5):
            response = self.seen.setdefault(request.path, response)
        return Response(response.status, response.body, dict(response.headers))


class TagDependsOnTheWorker(TagIsOfTheWorker):
    """Half of the connections are served by a worker that computes other entity tags."""

    breaks = "state.stateless"
    also = ("cache.etag",)


class RefusalKeepsTheTransactionOpen(Fault):
    """After a body was refused its connection reads tasks as they were then, until it writes."""

    breaks = "state.stateless"

    def __init__(self) -> None:
        super().__init__()
        self.snapshots: dict[str, dict[int, Task]] = {}

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        if status == 400:
            self.snapshots[self.connection] = {id: dict(task) for id, task in self.tasks.items()}
        return super().error(status, message, details)

    def answer(self, request: Request) -> Response:
        self.connection = request.connection
        if request.method in ("POST", "PUT", "DELETE"):
            self.snapshots.pop(request.connection, None)
        return super().answer(request)

    def read(self, request: Request) -> Response:
        now, self.tasks = self.tasks, self.snapshots.get(request.connection, self.tasks)
        try:
            return super().read(request)
        finally:
            self.tasks = now


class FilterStaysInTheSession(Fault):
    """The filter of a list is kept in a cookie, and used by a later list without one."""

    breaks = "state.stateless"

    def list_tasks(self, request: Request) -> Response:
        for cookie in request.headers.get("COOKIE", "").split("; "):
            if cookie.startswith("filter="):
                request.query.setdefault("done", cookie.partition("=")[2])
        response = super().list_tasks(request)
        if "done" in request.query:
            response.headers["Set-Cookie"] = f"filter={request.query['done']}; Path=/"
        return response


class SessionCookieNeedsAToken(Fault):
    """A write with a session cookie is refused unless it carries a token against forgery."""

    breaks = "state.stateless"

    def members(self, request: Request) -> Members:
        if "sessionid=" in request.headers.get("COOKIE", "") and "X_CSRFTOKEN" not in request.headers:
            raise Refused(403, "The token is missing")
        return super().members(request)


class WriterMustHaveReadTheLatest(Fault):
    """A connection that read a task cannot replace it any more once another connection has."""

    breaks = "state.stateless"
    also = ("update.idempotent", "cache.412")

    def __init__(self) -> None:
        super().__init__()
        self.readers: dict[str, set[str]] = {}
        self.outdated: dict[str, set[str]] = {}

    def read(self, request: Request) -> Response:
        self.readers.setdefault(request.path, set()).add(request.connection)
        self.outdated.setdefault(request.path, set()).discard(request.connection)
        return super().read(request)

    def replace(self, request: Request) -> Response:
        if request.connection in self.outdated.get(request.path, set()):
            raise Refused(409, "Somebody else has replaced the task since")
        response = super().replace(request)
        self.outdated[request.path] = self.readers.pop(request.path, set()) - {request.connection}
        return response


class AcceptStays(Fault):
    """A connection that asked for HTML gets its next refusal as HTML, whatever that asked for."""

    breaks = "state.stateless"
    also = ("media.accept",)

    def __init__(self) -> None:
        super().__init__()
        self.readers_of_html: set[str] = set()

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if request.connection in self.readers_of_html and response.status >= 400:
            self.readers_of_html.discard(request.connection)
            response.body = b"<h1>Error</h1>"
        if request.headers.get("ACCEPT") == "text/html":
            self.readers_of_html.add(request.connection)
        return response


class RoomForAHundred(Fault):
    """The 101st living task pushes the oldest one out."""

    breaks = "state.capacity"

    def add(self, members: Members) -> Task:
        task = super().add(members)
        if len(self.tasks) > 100:
            del self.tasks[min(self.tasks)]
        return task


class FullAtAHundred(Fault):
    """The 101st living task is refused."""

    breaks = "state.capacity"

    def add(self, members: Members) -> Task:
        if len(self.tasks) >= 100:
            raise Refused(507, "The store is full")
        return super().add(members)


class IndexOfAHundred(Fault):
    """Filtering a list looks at its first hundred tasks only."""

    breaks = "state.capacity"
    also = ("list.next",)

    def matching(self, done: bool | None, after: int) -> list[Task]:
        if done is None:
            return super().matching(done, after)
        indexed = set(sorted(self.tasks)[:100])
        return [task for task in super().matching(done, after) if task["id"] in indexed]


class PoolIsExhausted(Fault):
    """Each read takes a connection to the database that only a deletion gives back; without one nothing is replaced."""

    breaks = "state.capacity"

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def read(self, request: Request) -> Response:
        self.taken += 1
        return super().read(request)

    def remove(self, task: Task) -> None:
        self.taken = 0
        super().remove(task)

    def update(self, task: Task, members: Members) -> Task:
        if self.taken > 95:
            raise TimeoutError
        return super().update(task, members)


class CacheOfAHundred(Fault):
    """Replacing a task that a hundred newer ones have pushed out of a cache is answered and forgotten."""

    breaks = "state.capacity"

    def update(self, task: Task, members: Members) -> Task:
        if task["id"] in sorted(self.tasks)[:-100]:
            return {**task, **members}
        return super().update(task, members)


class SomeReadsShowAnother(Fault):
    """Every 47th read of a task by its id, once there are fifty, shows the task that was read before."""

    breaks = "state.capacity"

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.last: Task = {}

    def find(self, request: Request) -> Task:
        task = super().find(request)
        if request.method == "GET" and len(self.tasks) > 50:
            self.reads += 1
            task, self.last = (self.last if self.reads % 47 == 46 else task), task
        return task


class RefusedBodyIsRemembered(Fault):
    """What a refused PUT said of done is used by the next PUT to the task that leaves it out."""

    breaks = "state.model"
    also = ("cache.412", "race.if-match")

    def __init__(self) -> None:
        super().__init__()
        self.pending: dict[str, bool] = {}

    def replace(self, request: Request) -> Response:
        document = self.decode(request.body)
        try:
            return super().replace(request)
        except Refused:
            if isinstance(document, dict) and isinstance(document.get("done"), bool):
                self.pending[request.path] = document["done"]
            raise

    def update(self, task: Task, members: Members) -> Task:
        done = self.pending.pop(f"/tasks/{task['id']}", False)
        return super().update(task, {**members, "done": members["done"] or done})


class FailedPreconditionLocks(Fault):
    """A task that a DELETE with If-Match could not remove is not removed by the next DELETE either."""

    breaks = "state.model"

    def __init__(self) -> None:
        super().__init__()
        self.locked: set[int] = set()

    def delete(self, request: Request) -> Response:
        try:
            return super().delete(request)
        except Refused as refused:
            if refused.status == 412:
                self.locked.add(self.find(request)["id"])
            raise

    def remove(self, task: Task) -> None:
        if task["id"] in self.locked:
            self.locked.remove(task["id"])
        else:
            super().remove(task)


class DeletionWaits(Fault):
    """A DELETE that an If-Match refused is carried out with the next PUT to another task."""

    breaks = "state.model"

    def __init__(self) -> None:
        super().__init__()
        self.waiting: set[int] = set()

    def delete(self, request: Request) -> Response:
        try:
            return super().delete(request)
        except Refused as refused:
            if refused.status == 412:
                self.waiting.add(self.find(request)["id"])
            raise

    def update(self, task: Task, members: Members) -> Task:
        for id in self.waiting - {task["id"]}:
            self.tasks.pop(id, None)
        return super().update(task, members)


class FilteredListIsRemembered(Fault):
    """A filtered list is remembered and shown again until a task is created or deleted."""

    breaks = "state.model"
    also = ("update.replaces",)

    def __init__(self) -> None:
        super().__init__()
        self.remembered: dict[str, Response] = {}

    def add(self, members: Members) -> Task:
        self.remembered.clear()
        return super().add(members)

    def remove(self, task: Task) -> None:
        self.remembered.clear()
        super().remove(task)

    def list_tasks(self, request: Request) -> Response:
        if "done" not in request.query:
            return super().list_tasks(request)
        key = str(sorted(request.query.items()))
        if key not in self.remembered:
            self.remembered[key] = super().list_tasks(request)
        response = self.remembered[key]
        return Response(response.status, response.body, dict(response.headers))
