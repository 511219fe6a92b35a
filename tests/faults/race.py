"""Faults of requests that overlap: between two steps that belong together another request comes in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response, Task

_WINDOW = 0.003


class Interruptible(Fault):
    """Lets other requests in where a subclass says."""

    def let_others_in(self) -> None:
        self.lock.release()
        time.sleep(_WINDOW)
        self.lock.acquire()


class TakesTheNextIdInTwoSteps(Interruptible):
    """POST reads the last id, and stores the next one a moment later."""

    breaks = "race.create"
    also = ("race.list",)

    def new_id(self) -> int:
        id = self.last_id + 1
        self.let_others_in()
        self.last_id = max(id, self.last_id)
        return id


class WritesTheWholeCollectionBack(Interruptible):
    """POST copies all tasks, adds one, and stores the copy in place of whatever is there then."""

    breaks = "race.create"
    also = ("race.list", "race.linearizable")

    def add(self, members: Members) -> Task:
        id = self.new_id()
        copy = dict(self.tasks)
        self.let_others_in()
        copy[id] = {"id": id, **members}
        self.tasks = copy
        return copy[id]


class IsLockedWhileItCreates(Interruptible):
    """A POST while another one is being stored finds the database locked, and is answered with 500."""

    breaks = "race.create"
    also = ("race.list",)

    busy = False

    def add(self, members: Members) -> Task:
        if self.busy:
            raise RuntimeError("database is locked")
        self.busy = True
        self.let_others_in()
        self.busy = False
        return super().add(members)


class TakesEqualTimesForOneRequest(Interruptible):
    """Of two POSTs in the same moment the later one is taken for a repetition, and answered with the same task."""

    breaks = "race.create"
    also = ("race.list",)

    pending: Task | None = None

    def add(self, members: Members) -> Task:
        if self.pending is not None:
            return self.pending
        task = self.pending = super().add(members)
        self.let_others_in()
        self.pending = None
        return task


class WritesMemberByMember(Interruptible):
    """PUT stores the title, and the other members a moment later."""

    breaks = "race.update"
    also = ("race.list", "race.linearizable", "race.if-match")

    def update(self, task: Task, members: Members) -> Task:
        task["title"] = members["title"]
        self.let_others_in()
        task.update(members)
        return task


class ReadsMemberByMember(Interruptible):
    """GET reads the description a moment after the other members."""

    breaks = "race.update"

    def read(self, request: Request) -> Response:
        seen = dict(self.find(request))
        response = super().read(request)
        self.let_others_in()
        now = self.tasks.get(seen["id"], seen)
        mixed = self.task_response(response.status, {**seen, "description": now["description"]})
        mixed.headers = {**response.headers, **mixed.headers}
        return mixed if response.status == 200 else response


class KeepsTheMembersThatDiffer(Interruptible):
    """PUT stores only the members that differ from what it had read a moment before."""

    breaks = "race.update"
    also = ("race.if-match",)

    def update(self, task: Task, members: Members) -> Task:
        changes = {name: value for name, value in members.items() if task[name] != value}
        self.let_others_in()
        task.update(changes)
        return {"id": task["id"], **members}


class ListKeepsAnotherWriter(Interruptible):
    """Of parallel PUTs the task is that of the last, and what the list shows of it that of the first."""

    breaks = "race.update"
    also = ("race.linearizable",)

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, Task] = {}
        self.waiting: list[Task] = []

    def update(self, task: Task, members: Members) -> Task:
        self.tasks[task["id"]] = replaced = {"id": task["id"], **members}
        self.waiting.append(replaced)
        self.let_others_in()
        while self.waiting[-1] is not replaced:
            self.let_others_in()
        self.rows[task["id"]] = self.waiting.pop()
        return replaced

    def listed(self, task: Task) -> Members:
        return self.rows.get(task["id"], task)

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return [task for task in super().matching(None, after) if done in (None, self.listed(task)["done"])]


class ComparesThenStores(Interruptible):
    """PUT compares If-Match with the present tag, and stores the task a moment later."""

    breaks = "race.if-match"
    also = ("race.linearizable",)

    def check_if_match(self, request: Request, task: Task) -> None:
        super().check_if_match(request, task)
        if request.method == "PUT" and "IF_MATCH" in request.headers:
            self.let_others_in()


class TwoWorkersCompareEach(Interruptible):
    """PUT with an If-Match is compared under a lock of its worker process, of which there are two."""

    breaks = "race.if-match"

    def __init__(self) -> None:
        super().__init__()
        self.workers = (threading.Lock(), threading.Lock())

    def replace(self, request: Request) -> Response:
        if "IF_MATCH" not in request.headers:
            return super().replace(request)
        with self.outside(self.workers[self.worker(request)]):
            task = self.find(request)
            self.check_if_match(request, task)
            self.let_others_in()
            return super().replace(Request(**{**vars(request), "headers": without_condition(request)}))

    @contextmanager
    def outside(self, worker: threading.Lock) -> Iterator[None]:
        self.lock.release()
        with worker:
            self.lock.acquire()
            yield


class NobodyWins(Interruptible):
    """A PUT with an If-Match gives up with 412 where another one is under way, and so may all of them."""

    breaks = "race.if-match"
    also = ("race.linearizable",)

    under_way = arrivals = 0

    def check_if_match(self, request: Request, task: Task) -> None:
        super().check_if_match(request, task)
        if request.method != "PUT" or "IF_MATCH" not in request.headers:
            return
        self.arrivals += 1
        mine, others = self.arrivals, self.under_way
        self.under_way += 1
        for _ in range(4):
            self.let_others_in()
        self.under_way -= 1
        if others or self.arrivals != mine:
            raise Refused(412, "Somebody else is at it")


class LooksThenDeletes(Interruptible):
    """DELETE looks whether the task is there, and removes it a moment later."""

    breaks = "race.delete"
    also = ("race.linearizable",)

    def remove(self, task: Task) -> None:
        self.let_others_in()
        self.tasks.pop(task["id"], None)


class PutBringsTheTaskBack(Interruptible):
    """PUT reads the task, and stores it a moment later even where it is gone by then."""

    breaks = "race.delete"
    also = ("race.linearizable", "race.if-match")

    def update(self, task: Task, members: Members) -> Task:
        self.let_others_in()
        self.tasks[task["id"]] = {"id": task["id"], **members}
        return self.tasks[task["id"]]


class SecondDeleteFails(Interruptible):
    """A DELETE whose task another one removes at the same moment is answered with 500."""

    breaks = "race.delete"
    also = ("race.linearizable",)

    def remove(self, task: Task) -> None:
        self.let_others_in()
        super().remove(task)


class ReplacesByRemoving(Interruptible):
    """PUT removes the old task, and adds the new one a moment later."""

    breaks = "race.linearizable"
    also = ("race.update", "race.delete", "race.if-match", "race.list")

    def update(self, task: Task, members: Members) -> Task:
        self.tasks.pop(task["id"], None)
        self.let_others_in()
        self.tasks[task["id"]] = {"id": task["id"], **members}
        return self.tasks[task["id"]]


class ListIsReadInTwoHalves(Interruptible):
    """A list is read in two halves, and a task that is added in between moves the second one by a place."""

    breaks = "race.list"

    def matching(self, done: bool | None, after: int) -> list[Task]:
        first = super().matching(done, after)
        half = len(first) // 2
        self.let_others_in()
        second = super().matching(done, after)
        return first[:half] + second[max(half - (len(second) > len(first)), 0) :]


class ListFailsWhileTasksAreAdded(Interruptible):
    """A list that is read while a task is added or removed is answered with 500."""

    breaks = "race.list"

    def matching(self, done: bool | None, after: int) -> list[Task]:
        count = len(self.tasks)
        self.let_others_in()
        if len(self.tasks) != count:
            raise RuntimeError("dictionary changed size during iteration")
        return super().matching(done, after)


class UpdatedTaskLeavesItsPlace(Interruptible):
    """While a task is replaced, every task that is listed behind it is left out of the list."""

    breaks = "race.list"

    moving: int = 2**53

    def update(self, task: Task, members: Members) -> Task:
        written = dict(super().update(task, members))
        self.moving = task["id"]
        self.let_others_in()
        self.moving = 2**53
        return written

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return [task for task in super().matching(done, after) if task["id"] <= self.moving]


class ReadFillsTheCacheLate(Interruptible):
    """A read that overlapped a write puts the old task into a cache after the write has cleared it."""

    breaks = "race.linearizable"
    also = ("race.update", "race.if-match", "race.delete")

    def __init__(self) -> None:
        super().__init__()
        self.cache: dict[int, Task] = {}

    def read(self, request: Request) -> Response:
        id = self.id_of(request.path.rpartition("/")[2]) or 0
        if id not in self.cache:
            seen = dict(self.find(request))
            self.let_others_in()
            self.cache[id] = seen
        present, self.tasks = self.tasks, {**self.tasks, id: self.cache[id]}
        response = super().read(request)
        self.tasks = present
        return response

    def update(self, task: Task, members: Members) -> Task:
        self.cache.pop(task["id"], None)
        return super().update(task, members)

    def remove(self, task: Task) -> None:
        self.cache.pop(task["id"], None)
        super().remove(task)


class AnswersBeforeItStores(Interruptible):
    """A PUT that comes while another one is stored is answered at once, and stored behind it."""

    breaks = "race.linearizable"
    also = ("race.update", "race.if-match", "race.delete")

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[int, Members]] = []
        self.storing = False

    def update(self, task: Task, members: Members) -> Task:
        if self.storing:
            self.waiting.append((task["id"], members))
            return {"id": task["id"], **members}
        self.storing = True
        for _ in range(3):
            self.let_others_in()
        self.storing = False
        super().update(task, members)
        for id, late in self.waiting:
            if id in self.tasks:
                self.tasks[id].update(late)
        self.waiting.clear()
        return {"id": task["id"], **members}


def without_condition(request: Request) -> dict[str, str]:
    """The headers of a request but If-Match."""
    return {name: value for name, value in request.headers.items() if name != "IF_MATCH"}


class EqualCreationsAreOne(Interruptible):
    """Of equal POSTs that overlap only the first one adds a task, and all are answered with it."""

    breaks = "race.create"

    def __init__(self) -> None:
        super().__init__()
        self.under_way: dict[str, Task] = {}

    def add(self, members: Members) -> Task:
        key = str(sorted(members.items()))
        if key in self.under_way:
            return self.under_way[key]
        self.under_way[key] = dict(super().add(members))
        self.let_others_in()
        return self.under_way.pop(key)


class TagIsTakenLate(Interruptible):
    """GET takes the tag of a task a moment after its members."""

    breaks = "race.update"

    def task_response(self, status: int, task: Task) -> Response:
        seen = dict(task)
        if status == 200:
            self.let_others_in()
        response = super().task_response(status, seen)
        response.headers["ETag"] = self.etag(task)
        return response


class RefusedStateShowsForAMoment(Interruptible):
    """PUT stores the new state first, and takes it back where If-Match does not hold."""

    breaks = "race.update"
    also = ("race.if-match", "race.linearizable")

    def check_if_match(self, request: Request, task: Task) -> None:
        try:
            super().check_if_match(request, task)
        except Refused:
            if request.method == "PUT":
                before = dict(task)
                task.update(self.members(request))
                stored = dict(task)
                self.let_others_in()
                if task == stored:
                    task.update(before)
            raise


class OnlyTheTitleIsComparedAgain(Interruptible):
    """A conditional PUT looks again before it writes, at the title only."""

    breaks = "race.if-match"
    also = ("race.linearizable",)

    def check_if_match(self, request: Request, task: Task) -> None:
        super().check_if_match(request, task)
        title = task["title"]
        if request.method == "PUT" and "IF_MATCH" in request.headers:
            self.let_others_in()
        if self.find(request)["title"] != title:
            raise Refused(412, "The task has changed")


class TasksAreHiddenWhileTheyChange(Interruptible):
    """The list leaves out a task whose PUT is under way."""

    breaks = "race.list"

    def __init__(self) -> None:
        super().__init__()
        self.changing: list[int] = []

    def update(self, task: Task, members: Members) -> Task:
        changed = dict(super().update(task, members))
        self.changing.append(task["id"])
        self.let_others_in()
        self.changing.remove(task["id"])
        return changed

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return [task for task in super().matching(done, after) if task["id"] not in self.changing]


class ListIsKeptUnderALaterVersion(Interruptible):
    """A list is kept a moment after it was read, under the version that the store has by then."""

    breaks = "race.list"
    also = ("race.linearizable", "race.update", "race.delete", "race.create")

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        self.kept: dict[str, tuple[int, Response]] = {}

    def list_tasks(self, request: Request) -> Response:
        key = str(request.query)
        version, response = self.kept.get(key, (-1, Response(200)))
        if version != self.version:
            response = super().list_tasks(request)
            self.let_others_in()
            self.kept[key] = self.version, response
        return Response(response.status, response.body, dict(response.headers))

    def add(self, members: Members) -> Task:
        self.version += 1
        return super().add(members)

    def update(self, task: Task, members: Members) -> Task:
        self.version += 1
        return super().update(task, members)

    def remove(self, task: Task) -> None:
        self.version += 1
        super().remove(task)


class DeletionTrustsAnEarlierTag(Interruptible):
    """A conditional DELETE removes the task a moment after it compared the tag."""

    breaks = "race.linearizable"

    def remove(self, task: Task) -> None:
        self.let_others_in()
        if task["id"] not in self.tasks:
            raise Refused(404, "Task not found")
        super().remove(task)


class FilterLosesWhatIsReplaced(TasksAreHiddenWhileTheyChange):
    """A PUT takes its task out of the index of the filter for a moment, also where it leaves ``done`` as it is."""

    breaks = "race.list"

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return Interruptible.matching(self, done, after) if done is None else super().matching(done, after)
