"""What a read-only run judges: laws work with the tasks that are there, as far as reading them tells anything.

The tasks are somebody's, and may change at any time. So a violation counts only where it shows twice, each time in a
list that is after the law as it was before.
"""

from __future__ import annotations

from contract.answer import Answer
from contract.api import Api
from contract.exchange import SAFE_METHODS
from contract.expect import Blocked, Skipped
from contract.jsontext import JsonValue
from contract.session import Session
from contract.tasks import COLLECTION, LARGEST_ID, Members, Task, id_of

_MEMBERS: dict[str, type] = {"id": int, "title": str, "description": str, "done": bool}
_ENOUGH = 8
"""So many tasks are a crowd, where none can be made."""

_PAGES = 3


class JudgedByReading(Exception):
    """A law has judged what takes no writing, and the run is read-only."""


class ReadingApi(Api):
    """The API as a read-only run speaks to it: the tasks of a law are the first in the list."""

    may_write = False

    def may_send(self, method: str, path: str = "") -> bool:
        return method in SAFE_METHODS

    def _spare_others(self, method: str, path: str) -> None:
        """Nothing is written at all."""

    def end_of_reading(self) -> None:
        raise JudgedByReading

    def arrange(self, *bodies: Members) -> list[Task]:
        """So many tasks that are there, whatever is in them."""
        return self.neighbours(len(bodies))

    def neighbours(self, count: int) -> list[Task]:
        """So many tasks that are there; raises ``Skipped`` where there are fewer."""
        tasks = self._present(self.listing())[:count]
        if len(tasks) < count:
            raise Skipped(f"the list has fewer than {count} tasks, and the run is read-only")
        return tasks

    def missing(self) -> list[int]:
        """Large ids that name no task."""
        (task,) = self.neighbours(1)
        return self.large(task.id)

    def gone(self) -> int:
        """A large id that names no task."""
        return self.missing()[0]

    def crowd(self, count: int) -> list[int]:
        """The ids of as many tasks as the first pages have, up to ``count``."""
        ids: list[int] = []
        for page in self.pages(limit=_PAGES):
            ids += [task.id for task in self._present(page)]
        if len(ids) < _ENOUGH:
            raise Skipped(f"the list has fewer than {_ENOUGH} tasks, and the run is read-only")
        return sorted(ids)[:count]

    def stock(self, count: int) -> list[int]:
        return [task.id for task in self.neighbours(1)]

    def remove_unnamed(self) -> None:
        """Nothing was stored."""

    def _present(self, page: Answer) -> list[Task]:
        entries = self.entries(page)
        if entries is None or not all(map(_is_task, entries)):
            raise Blocked("list.complete", page.exchange)
        tasks = [Task(id_of(entry), {name: entry[name] for name in entry if name != "id"}) for entry in entries]
        return sorted(tasks, key=lambda task: task.id)


def api_of(session: Session) -> Api:
    """The API as the laws of this run speak to it."""
    return ReadingApi(session) if session.guest.read_only else Api(session)


def snapshot(session: Session) -> JsonValue:
    """The first pages of the list, to compare with another snapshot by ``same``."""
    api, query, found = ReadingApi(session), "", []
    for _ in range(_PAGES):
        page = api.attempt("GET", COLLECTION + query)
        entries = api.entries(page)
        found.append([page.status, page.document if entries is not None else None])
        if not entries or page.next_page() is None:
            break
        query = f"?after={id_of(entries[-1])}"
    return found


def _is_task(entry: Members) -> bool:
    shown = {name: type(value) for name, value in entry.items()}
    return shown == _MEMBERS and 1 <= id_of(entry) <= LARGEST_ID
