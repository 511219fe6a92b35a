"""What a task is: its rules, its JSON and its ETag. Knows nothing of HTTP frameworks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 2000
PAGE_LIMIT = 100
MAX_ID = 2**53 - 1

_ID = re.compile(r"[1-9][0-9]{0,15}")
_DIGITS = re.compile(r"[0-9]{1,16}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MEMBERS = ("title", "description", "done")


@dataclass(frozen=True)
class TaskInput:
    """What a client may say about a task."""

    title: str
    description: str = ""
    done: bool = False


@dataclass(frozen=True)
class Task:
    """A stored task."""

    id: int
    title: str
    description: str
    done: bool


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one member of a body or one query parameter."""

    field: str
    message: str


class Invalid(ValueError):
    """Input that breaks the contract: `message` for the whole, `details` for each field at fault."""

    def __init__(self, message: str, details: list[Problem] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or []


class InvalidTask(Invalid):
    """A body that is no TaskInput."""


class InvalidQuery(Invalid):
    """A query parameter outside its range."""


@dataclass(frozen=True)
class PageQuery:
    """Which tasks to list: at most `limit` of those with a greater id than `after`, `done` or not (None: both)."""

    after: int = 0
    limit: int = PAGE_LIMIT
    done: bool | None = None


def parse_task(body: bytes) -> TaskInput:
    """Read a TaskInput from a JSON body.

    Raises InvalidTask, naming every member at fault.
    """
    members = _parse_object(body)
    problems = [
        Problem(name, problem)
        for name in (*_MEMBERS, *(members.keys() - set(_MEMBERS)))
        if (problem := _member_problem(name, members))
    ]
    if problems:
        raise InvalidTask("The task is invalid.", problems)
    return TaskInput(**members)  # type: ignore[arg-type]


def _member_problem(name: str, members: Mapping[str, object]) -> str | None:
    if name not in members:
        return "is required." if name == "title" else None
    match name:
        case "title":
            return title_problem(members[name])
        case "description":
            return description_problem(members[name])
        case "done":
            return done_problem(members[name])
    return "is not a member of a task."


def title_problem(value: object) -> str | None:
    """Return why `value` is no title, or None if it is one."""
    if not isinstance(value, str):
        return "must be a string."
    if not 1 <= len(value) <= TITLE_LENGTH:
        return f"must have 1 to {TITLE_LENGTH} characters, not {len(value)}."
    if _CONTROL.search(value):
        return "must not contain control characters (U+0000 to U+001F, U+007F)."
    return _surrogate_problem(value)


def description_problem(value: object) -> str | None:
    """Return why `value` is no description, or None if it is one."""
    if not isinstance(value, str):
        return "must be a string."
    if len(value) > DESCRIPTION_LENGTH:
        return f"must have at most {DESCRIPTION_LENGTH} characters, not {len(value)}."
    if "\0" in value:
        return "must not contain U+0000."
    return _surrogate_problem(value)


def done_problem(value: object) -> str | None:
    """Return why `value` is no done flag, or None if it is one."""
    return None if isinstance(value, bool) else "must be true or false."


def _surrogate_problem(value: str) -> str | None:
    return "must not contain a lone surrogate." if _SURROGATE.search(value) else None


def _parse_object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body.decode(), object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except InvalidTask:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidTask("The body must be one JSON text in UTF-8.") from error
    if not isinstance(value, dict):
        raise InvalidTask("The body must be a JSON object.")
    return value


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidTask("The members of a JSON object must differ in name.")
    if any(_SURROGATE.search(name) for name in members):
        raise InvalidTask("The name of a member must not contain a lone surrogate.")
    return members


def _refuse_constant(name: str) -> None:
    raise InvalidTask(f"{name} is not JSON.")


def parse_id(text: str) -> int | None:
    """Return the task id that `text` spells, or None if it spells none."""
    if not _ID.fullmatch(text) or int(text) > MAX_ID:
        return None
    return int(text)


def parse_page(parameters: Mapping[str, str]) -> PageQuery:
    """Read the query parameters of a list request; absent ones take their defaults, unknown ones are ignored.

    Raises InvalidQuery.
    """
    return PageQuery(
        after=_parse_number("after", parameters.get("after", "0"), 0, MAX_ID),
        limit=_parse_number("limit", parameters.get("limit", str(PAGE_LIMIT)), 1, PAGE_LIMIT),
        done=_parse_done(parameters.get("done")),
    )


def _parse_number(name: str, text: str, low: int, high: int) -> int:
    if not _DIGITS.fullmatch(text) or not low <= int(text) <= high:
        raise InvalidQuery("The query is invalid.", [Problem(name, f"must be an integer from {low} to {high}.")])
    return int(text)


def _parse_done(text: str | None) -> bool | None:
    if text not in (None, "true", "false"):
        raise InvalidQuery("The query is invalid.", [Problem("done", "must be true or false.")])
    return None if text is None else text == "true"


def to_json(task: Task) -> str:
    """Return the representation of a task; equal tasks have equal ones."""
    return json.dumps(vars(task))


def etag_of(task: Task) -> str:
    """Return the strong entity tag of a task, quotes included (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(to_json(task).encode()).hexdigest()[:32]}"'


def if_match_holds(header: str | None, task: Task) -> bool:
    """Tell whether a write may proceed: no If-Match, `*`, or a list with the tag of `task` (RFC 9110 section 13.1.1)."""
    return header is None or header.strip() == "*" or etag_of(task) in _tags(header)


def if_none_match_holds(header: str | None, task: Task) -> bool:
    """Tell whether a read needs an answer in full; a weak tag matches as well (RFC 9110 section 13.1.2)."""
    if header is None:
        return True
    return header.strip() != "*" and etag_of(task) not in (tag.removeprefix("W/") for tag in _tags(header))


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]
