"""The contract as a small model in memory: what a request may be answered, and what a sequence of requests leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contract.jsontext import JsonValue, NotJson, decode
from contract.tasks import Body, Members, with_defaults

_LONGEST_TITLE = 200
_LONGEST_DESCRIPTION = 2000
_NO_TITLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NO_DESCRIPTION = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Expected:
    """What may answer a request: any of the ``statuses``, and with success this ``document`` (``None``: any)."""

    statuses: tuple[int, ...]
    document: JsonValue = None


class Model:
    """The tasks that there are, and those that were deleted, by id, each as every read shows it.

    ``holds`` says of a conditional request whether the condition holds while the task exists; ``None`` is a request
    without one. Where a request breaks several rules, any of their status codes is right.
    """

    def __init__(self, tasks: Mapping[int, Members] | None = None) -> None:
        self.tasks: dict[int, Members] = dict(tasks or {})
        self.deleted: dict[int, Members] = {}

    def create(self, body: Body, id: int | None = None) -> Expected:
        """POST; ``id`` is the one that the answer gave to the new task, if it was answered with success."""
        if not is_task_input(body):
            return Expected((400,))
        document = task_of(body)
        if id is not None:
            self.tasks[id] = {"id": id, **document}
        return Expected((201,), document)

    def replace(self, id: int, body: Body, holds: bool | None = None) -> Expected:
        """PUT, with or without an ``If-Match``."""
        refusals = self._refusals(id, holds) + (() if is_task_input(body) else (400,))
        if refusals:
            return Expected(refusals)
        self.tasks[id] = {"id": id, **task_of(body)}
        return Expected((200,), self.tasks[id])

    def delete(self, id: int, holds: bool | None = None) -> Expected:
        """DELETE, with or without an ``If-Match``."""
        refusals = self._refusals(id, holds)
        if refusals:
            return Expected(refusals)
        self.deleted[id] = self.tasks.pop(id)
        return Expected((200,), {"message": "Task deleted"})

    def read(self, id: int, matches: bool | None = None) -> Expected:
        """GET, with or without an ``If-None-Match`` that matches the task as it is."""
        if id not in self.tasks:
            return Expected((404,))
        return Expected((304,)) if matches else Expected((200,), self.tasks[id])

    def listed(self, done: bool | None = None, after: int = 0, up_to: float = float("inf")) -> list[Members]:
        """The entries of the list with this filter, of tasks with ids greater than ``after`` and at most ``up_to``."""
        return [
            self.tasks[id]
            for id in sorted(self.tasks)
            if after < id <= up_to and done in (None, self.tasks[id]["done"])
        ]

    def _refusals(self, id: int, holds: bool | None) -> tuple[int, ...]:
        if id not in self.tasks:
            return (404,) if holds is None else (404, 412)
        return (412,) if holds is False else ()


def is_task_input(body: Body) -> bool:
    """Whether a body is a TaskInput."""
    document = _document(body)
    if not isinstance(document, Mapping) or not document.keys() <= {"title", "description", "done"}:
        return False
    title, description = document.get("title"), document.get("description", "")
    return (
        isinstance(title, str)
        and 1 <= len(title) <= _LONGEST_TITLE
        and not _NO_TITLE.search(title)
        and isinstance(description, str)
        and len(description) <= _LONGEST_DESCRIPTION
        and not _NO_DESCRIPTION.search(description)
        and isinstance(document.get("done", False), bool)
    )


def task_of(body: Body) -> Members:
    """The members of the task that a valid body describes, without an id."""
    return with_defaults(_document(body))


def _document(body: Body) -> JsonValue:
    if not isinstance(body, bytes):
        return body
    try:
        return decode(body)
    except NotJson:
        return None
