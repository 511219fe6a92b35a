"""Tasks as the API has them: paths, ids, members and limits.

Only here, in ``contract.operations``, ``contract.api`` and the laws about a member are paths and member names known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contract.jsontext import JsonValue

COLLECTION = "/tasks"
LARGEST_ID = 2**53 - 1
BODY_LIMIT = 65_536
"""Bytes of the longest body that is read."""

TEXT_LIMITS = {"title": 200, "description": 2000}
"""Code points of the longest text of each member."""

Members = dict[str, JsonValue]
Body = Mapping[str, JsonValue] | bytes | None

_ITEM_PATH = re.compile(re.escape(COLLECTION) + r"/([1-9][0-9]{0,15})(?:\?|$)")


@dataclass(frozen=True)
class Task:
    """A task that a law created: its id, and the members as they were sent, defaults filled in."""

    id: int
    members: Members

    @property
    def representation(self) -> Members:
        """What the contract says that every read shows."""
        return {"id": self.id, **self.members}


def id_in(path: str) -> int | None:
    """The id of the task that a path names, ``None`` where it names none."""
    match = _ITEM_PATH.match(path)
    return int(match[1]) if match else None


def item(id: int | str) -> str:
    """The path of a task; text is taken as it is, percent-encoded by the caller."""
    return f"{COLLECTION}/{id}"


def id_of(entry: Members) -> int:
    """The id of a representation, 0 where it has none."""
    id = entry.get("id")
    return id if type(id) is int else 0


def with_defaults(body: Members) -> Members:
    """The members of a valid body, those that it leaves out filled in."""
    return {"description": "", "done": False, **body}
