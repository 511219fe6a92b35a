"""A server that keeps its tasks: each write is a line in a file before it is answered; all are read at the start."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tests.faults import Fault
from tests.faults.healthy import Healthy, Members, Task


class Keeping(Fault):
    """Conforms, and is durable: what the operating system was given survives a kill of the process."""

    file: BinaryIO

    def open(self, folder: Path) -> None:
        """Take up the tasks that are kept in a folder."""
        path = folder / "tasks.jsonl"
        text = path.read_bytes() if path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self.replay(json.loads(line))
        path.write_bytes(whole)
        self.file = path.open("ab", buffering=0)
        self.opened()

    def opened(self) -> None:
        """Called once, when the tasks are there."""

    def replay(self, change: dict[str, Any]) -> None:
        """Do again what a line says."""
        id = change.pop("id")
        self.last_id = max(self.last_id, id)
        if change:
            self.tasks[id] = {"id": id, **change}
        else:
            self.tasks.pop(id, None)

    def write(self, change: dict[str, Any]) -> None:
        """Write a line."""
        self.file.write(json.dumps(change).encode() + b"\n")

    def add(self, members: Members) -> Task:
        task = super().add(members)
        self.write(task)
        return task

    def update(self, task: Task, members: Members) -> Task:
        self.write({"id": task["id"], **members})
        return super().update(task, members)

    def remove(self, task: Task) -> None:
        self.write({"id": task["id"]})
        super().remove(task)

    def close(self) -> None:
        """Called when the server is asked to end."""


@contextmanager
def opened(server: Healthy) -> Iterator[Healthy]:
    """The server, which has a folder of its own for as long as the block lasts, where it keeps something."""
    if not isinstance(server, Keeping):
        yield server
        return
    with tempfile.TemporaryDirectory() as folder:
        server.open(Path(folder))
        with server.file:
            yield server
