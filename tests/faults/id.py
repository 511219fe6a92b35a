"""Faults of ids."""

from __future__ import annotations

import re
import unicodedata

from tests.faults import Fault
from tests.faults.healthy import Refused, Request, Task


class CountPlusOne(Fault):
    """A new id is the number of tasks plus one."""

    breaks = "id.unique"
    also = ("create.stored", "create.once", "create.bystanders")

    def new_id(self) -> int:
        return len(self.tasks) + 1


class LargestPlusOne(Fault):
    """A new id is the largest id in the store plus one, so that the newest deleted one comes again."""

    breaks = "id.unique"

    def new_id(self) -> int:
        return max(self.tasks, default=0) + 1


class FillsGaps(Fault):
    """A new id is the smallest that is free."""

    breaks = "id.unique"

    def new_id(self) -> int:
        return next(id for id in range(1, len(self.tasks) + 2) if id not in self.tasks)


class ReusesTheOldest(Fault):
    """The id of a deleted task is issued again once it was the oldest of all."""

    breaks = "id.unique"

    def __init__(self) -> None:
        super().__init__()
        self.free: list[int] = []

    def remove(self, task: Task) -> None:
        self.free += [task["id"]] if task["id"] == min(self.tasks) else []
        super().remove(task)

    def new_id(self) -> int:
        return self.free.pop() if self.free else super().new_id()


class StartsAnewWhereEmpty(Fault):
    """Ids start again at one after the last task was deleted."""

    breaks = "id.unique"

    def remove(self, task: Task) -> None:
        super().remove(task)
        self.last_id = self.last_id if self.tasks else 0


class FreedIdsWaitInALine(Fault):
    """The id of a deleted task is issued again once ten others have been freed after it."""

    breaks = "id.unique"

    def __init__(self) -> None:
        super().__init__()
        self.free: list[int] = []

    def remove(self, task: Task) -> None:
        super().remove(task)
        self.free.append(task["id"])

    def new_id(self) -> int:
        return self.free.pop(0) if len(self.free) > 10 else super().new_id()


class LenientInteger(Fault):
    """Text is an id where the language's integer parser takes it: signs, spaces, underscores, foreign digits."""

    breaks = "id.syntax"

    def id_of(self, text: str) -> int | None:
        try:
            return int(text) if len(text) < 1000 else None
        except ValueError:
            return None


class LeadingDigits(Fault):
    """An id is the digits that a segment begins with."""

    breaks = "id.syntax"

    def id_of(self, text: str) -> int | None:
        match = re.match(r"[1-9][0-9]{0,15}(?![0-9])", text)
        return int(match[0]) if match else None


class ForeignDigits(Fault):
    """Digits of other scripts are read as ASCII ones."""

    breaks = "id.syntax"

    def id_of(self, text: str) -> int | None:
        return super().id_of("".join(str(unicodedata.digit(c, "x")) for c in text))


class MinusOneIsTheNewest(Fault):
    """A negative id counts from the end."""

    breaks = "id.syntax"

    def id_of(self, text: str) -> int | None:
        if re.fullmatch(r"-[1-9]", text) and len(self.tasks) >= int(text[1]):
            return sorted(self.tasks)[int(text)]
        return super().id_of(text)


class BadIdIsBadRequest(Fault):
    """Text that is not an id is answered with 400."""

    breaks = "id.syntax"
    also = ("openapi.status",)

    def find(self, request: Request) -> Task:
        if self.id_of(request.path.rpartition("/")[2]) is None:
            raise Refused(400, "The id is no number")
        return super().find(request)
