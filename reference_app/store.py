"""Where tasks are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from itertools import count, islice
from typing import NamedTuple, Protocol

from sortedcontainers import SortedDict

from reference_app.domain import PageQuery, Task, TaskInput

Condition = Callable[[Task], bool]


class TaskNotFound(LookupError):
    """No task has this id."""


class PreconditionFailed(Exception):
    """The task is not in the state that the write requires."""


class Page(NamedTuple):
    """Tasks in ascending order of id, and whether more of them match."""

    tasks: list[Task]
    more: bool


class Store(Protocol):
    """What the server needs of a store. Every call is atomic; no id is ever issued twice."""

    def create(self, new: TaskInput) -> Task:
        """Add a task under a new id, greater than all before."""

    def read(self, task_id: int) -> Task:
        """Return a task. Raises TaskNotFound."""

    def replace(self, task_id: int, new: TaskInput, condition: Condition) -> Task:
        """Replace a task. Raises TaskNotFound, or PreconditionFailed if `condition` refuses the present task."""

    def delete(self, task_id: int, condition: Condition) -> None:
        """Delete a task. Raises as `replace` does."""

    def page(self, query: PageQuery) -> Page:
        """Return the tasks that `query` asks for."""


class MemoryStore:
    """Tasks in memory, for any number of threads.

    A page costs O(log n + limit), filtered or not: each value of `done` has an index of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = count(1)
        self._all = SortedDict()
        self._by_done = {True: SortedDict(), False: SortedDict()}

    def create(self, new: TaskInput) -> Task:
        with self._lock:
            return self._put(Task(next(self._ids), **asdict(new)))

    def read(self, task_id: int) -> Task:
        with self._lock:
            return self._get(task_id)

    def replace(self, task_id: int, new: TaskInput, condition: Condition) -> Task:
        with self._lock:
            self._remove(self._checked(task_id, condition))
            return self._put(Task(task_id, **asdict(new)))

    def delete(self, task_id: int, condition: Condition) -> None:
        with self._lock:
            self._remove(self._checked(task_id, condition))

    def page(self, query: PageQuery) -> Page:
        with self._lock:
            index = self._all if query.done is None else self._by_done[query.done]
            ids = islice(index.irange(query.after, inclusive=(False, True)), query.limit + 1)
            tasks = [index[task_id] for task_id in ids]
        return Page(tasks[: query.limit], len(tasks) > query.limit)

    def _get(self, task_id: int) -> Task:
        try:
            return self._all[task_id]
        except KeyError:
            raise TaskNotFound from None

    def _checked(self, task_id: int, condition: Condition) -> Task:
        task = self._get(task_id)
        if not condition(task):
            raise PreconditionFailed
        return task

    def _put(self, task: Task) -> Task:
        self._all[task.id] = self._by_done[task.done][task.id] = task
        return task

    def _remove(self, task: Task) -> None:
        del self._all[task.id], self._by_done[task.done][task.id]
