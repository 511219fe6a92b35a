"""Where tasks are kept: the interface, and a store in memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, islice
from threading import Lock
from typing import NamedTuple, Protocol

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from reference_app.domain import PageQuery, Task, TaskInput

Condition = Callable[[Task], bool]


class TaskNotFound(LookupError):
    """No task has the id."""


class PreconditionFailed(Exception):
    """The present task does not meet the condition of a write."""


class UnusableStore(Exception):
    """There is no store where one was asked for; the message is the reason."""


class Page(NamedTuple):
    """Tasks by ascending id, and whether more of them match."""

    tasks: list[Task]
    more: bool


class Store(Protocol):
    """What the server asks of a store. Every call is atomic, and no id is ever issued again."""

    def create(self, new: TaskInput) -> Task:
        """Add a task with a new id."""

    def read(self, task_id: int) -> Task:
        """Return a task, or raise TaskNotFound."""

    def replace(self, task_id: int, new: TaskInput, condition: Condition) -> Task:
        """Replace a task and return the new one, or raise TaskNotFound or PreconditionFailed."""

    def delete(self, task_id: int, condition: Condition) -> None:
        """Remove a task, or raise TaskNotFound or PreconditionFailed."""

    def page(self, query: PageQuery) -> Page:
        """Return the page that `query` asks for."""


class MemoryStore:
    """A Store that forgets everything at the end of the process.

    A page costs O(log n + limit), filtered or not: every filter has an index of its own.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._new_ids = count(1)
        self._tasks: dict[int, Task] = {}
        self._ids = {done: SortedList() for done in (None, True, False)}

    def create(self, new: TaskInput) -> Task:
        with self._lock:
            return self._add(Task(next(self._new_ids), **vars(new)))

    def read(self, task_id: int) -> Task:
        with self._lock:
            return self._find(task_id)

    def replace(self, task_id: int, new: TaskInput, condition: Condition) -> Task:
        with self._lock:
            self._remove(self._find(task_id, condition))
            return self._add(Task(task_id, **vars(new)))

    def delete(self, task_id: int, condition: Condition) -> None:
        with self._lock:
            self._remove(self._find(task_id, condition))

    def page(self, query: PageQuery) -> Page:
        with self._lock:
            ids = self._ids[query.done].irange(query.after, inclusive=(False, True))
            tasks = [self._tasks[task_id] for task_id in islice(ids, query.limit + 1)]
        return Page(tasks[: query.limit], len(tasks) > query.limit)

    def _find(self, task_id: int, condition: Condition = lambda task: True) -> Task:
        task = self._tasks.get(task_id)
        if task is None:
            raise TaskNotFound
        if not condition(task):
            raise PreconditionFailed
        return task

    def _add(self, task: Task) -> Task:
        self._tasks[task.id] = task
        self._ids[None].add(task.id)
        self._ids[task.done].add(task.id)
        return task

    def _remove(self, task: Task) -> None:
        del self._tasks[task.id]
        self._ids[None].remove(task.id)
        self._ids[task.done].remove(task.id)
