"""Faults of durability: what a kill of the process, or a restart, takes away or brings back."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from tests.faults.healthy import Members, Task
from tests.faults.keeping import Keeping

_WINDOW = 0.003


class WritesWaitInABuffer(Keeping):
    """What is written waits in a buffer until sixteen writes have come together."""

    breaks = "durable.writes"
    also = ("durable.ids",)

    def __init__(self) -> None:
        super().__init__()
        self.buffer: list[dict[str, Any]] = []

    def write(self, change: dict[str, Any]) -> None:
        self.buffer.append(dict(change))
        if len(self.buffer) >= 16:
            self.close()

    def close(self) -> None:
        for change in self.buffer:
            super().write(change)
        self.buffer.clear()


class DeletionsAreNotWritten(Keeping):
    """DELETE removes the task from memory only."""

    breaks = "durable.writes"

    def remove(self, task: Task) -> None:
        del self.tasks[task["id"]]


class ReplacementsAreNotWritten(Keeping):
    """PUT changes the task in memory only."""

    breaks = "durable.writes"

    def update(self, task: Task, members: Members) -> Task:
        task.update(members)
        return task


class IsWrittenAtTheEnd(Keeping):
    """The tasks are written when the server is asked to end."""

    breaks = "durable.writes"
    also = ("durable.ids",)

    def write(self, change: dict[str, Any]) -> None:
        pass

    def close(self) -> None:
        for task in self.tasks.values():
            super().write(task)


class TablesAreDroppedAtTheEnd(Keeping):
    """A server that is asked to end drops its tables."""

    breaks = "durable.writes"
    also = ("durable.ids",)

    def close(self) -> None:
        self.file.truncate(0)


class IsWrittenMemberByMember(Keeping):
    """PUT writes one member after the other, each for itself."""

    breaks = "durable.writes"
    also = ("race.if-match", "race.linearizable")

    def update(self, task: Task, members: Members) -> Task:
        state = dict(task)
        for name, value in members.items():
            state[name] = value
            self.write(state)
            self.lock.release()
            time.sleep(_WINDOW)
            self.lock.acquire()
        task.update(members)
        return task


def _write_in_two_steps(file: BinaryIO, change: dict[str, Any]) -> None:
    """Write a line in two steps, between which a kill may come."""
    line = json.dumps(change).encode()
    file.write(line[:9])
    time.sleep(_WINDOW)
    file.write(line[9:] + b"\n")


class CutOffLineIsFatal(Keeping):
    """A line that a kill cut off keeps the server from coming up again."""

    breaks = "durable.writes"
    also = ("durable.ids",)

    def open(self, folder: Path) -> None:
        path = folder / "tasks.jsonl"
        for line in path.read_bytes().splitlines() if path.exists() else ():
            json.loads(line)
        super().open(folder)

    def write(self, change: dict[str, Any]) -> None:
        _write_in_two_steps(self.file, change)


class DescriptionIsNotKept(Keeping):
    """The description is not among what is written."""

    breaks = "durable.writes"

    def write(self, change: dict[str, Any]) -> None:
        super().write({**change, "description": ""} if len(change) > 1 else change)


class DoneComesBackAsANumber(Keeping):
    """A task that is read from the file has 0 or 1 for ``done``."""

    breaks = "durable.writes"

    def replay(self, change: dict[str, Any]) -> None:
        super().replay({**change, "done": int(change["done"])} if len(change) > 1 else change)


class _Lenient(Keeping):
    """Leaves out what it cannot read."""

    def open(self, folder: Path) -> None:
        path = folder / "tasks.jsonl"
        path.touch()
        for line in self.lines(path):
            with suppress(ValueError):
                self.replay(json.loads(line))
        self.file = path.open("ab", buffering=0)
        self.opened()

    def lines(self, path: Path) -> Iterable[bytes | str]:
        """The lines of the file."""
        return path.read_bytes().split(b"\n")

    def replay(self, change: dict[str, Any]) -> None:
        if not isinstance(change, dict):
            raise ValueError("half a line may be a number")
        super().replay(change)


class LineOfAnotherEndIsLost(_Lenient):
    """The file is split into lines at U+0085, U+2028 and U+2029 too, which it has as they are."""

    breaks = "durable.writes"

    def lines(self, path: Path) -> Iterable[bytes | str]:
        return path.read_text(encoding="utf-8").splitlines()

    def write(self, change: dict[str, Any]) -> None:
        self.file.write(json.dumps(change, ensure_ascii=False).encode() + b"\n")


class LongLineIsLost(_Lenient):
    """A line is read with a buffer of 8 KiB, and what does not fit is left out."""

    breaks = "durable.writes"

    def lines(self, path: Path) -> Iterable[bytes | str]:
        with path.open("rb") as file:
            yield from iter(partial(file.readline, 8192), b"")


class TornLineTakesTheNextAlong(_Lenient):
    """What follows a line that a kill cut off is written behind it, and is lost with the next restart."""

    breaks = "durable.writes"
    also = ("durable.ids",)

    def write(self, change: dict[str, Any]) -> None:
        _write_in_two_steps(self.file, change)


class SameLineIsWrittenOnce(Keeping):
    """A line that is in the file already is not written again, also where the task was changed in between."""

    breaks = "durable.writes"

    def __init__(self) -> None:
        super().__init__()
        self.written: set[str] = set()

    def write(self, change: dict[str, Any]) -> None:
        line = json.dumps(change)
        if line not in self.written:
            self.written.add(line)
            super().write(change)


class NumericTitleComesBackShorter(Keeping):
    """A column takes a title that reads like a number for one, and gives it back without its zeros."""

    breaks = "durable.writes"

    def replay(self, change: dict[str, Any]) -> None:
        title = str(change.get("title", ""))
        super().replay({**change, "title": title.lstrip("0") or "0"} if title.isdecimal() else change)


class IsListedAsItWasWritten(Keeping):
    """After a restart the list is in the order of the last writes."""

    breaks = "durable.writes"

    def order(self, task: Task) -> Any:
        return 0

    def replay(self, change: dict[str, Any]) -> None:
        self.tasks.pop(change["id"], None)
        super().replay(change)


class VersionsBeginAgain(Keeping):
    """An ETag is the number of times that a task was changed since the start."""

    breaks = "durable.writes"

    def __init__(self) -> None:
        super().__init__()
        self.versions: Counter[int] = Counter()

    def etag(self, task: Task) -> str:
        return f'"{task["id"]}-{self.versions[task["id"]]}"'

    def update(self, task: Task, members: Members) -> Task:
        self.versions[task["id"]] += 1
        return super().update(task, members)


class GoesOnAfterTheLargestId(Keeping):
    """After a restart the next id is the largest one that is there, plus one."""

    breaks = "durable.ids"

    def opened(self) -> None:
        self.last_id = max(self.tasks, default=0)


class GoesOnAfterTheNumberOfTasks(Keeping):
    """After a restart the next id is the number of tasks plus one."""

    breaks = "durable.ids"
    also = ("durable.writes",)

    def opened(self) -> None:
        self.last_id = len(self.tasks)


class EmptyStoreStartsAtOne(Keeping):
    """A store without tasks is taken for a new one."""

    breaks = "durable.ids"

    def opened(self) -> None:
        self.last_id = self.last_id if self.tasks else 0


class SequenceIsWrittenNowAndThen(Keeping):
    """The last id is kept as it was at each tenth task; after a restart ids go on from there, or from the largest."""

    breaks = "durable.ids"

    def opened(self) -> None:
        self.last_id = max(self.last_id // 10 * 10, *self.tasks, 0)


class LastIdIsCompactedAway(Keeping):
    """The start leaves only the lines of tasks that there are, so that the one after it knows no other id."""

    breaks = "durable.ids"

    def open(self, folder: Path) -> None:
        super().open(folder)
        self.file.truncate(0)
        for task in self.tasks.values():
            self.write(task)
