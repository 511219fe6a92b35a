"""Tasks and their rules: what a client may send, how a task is named and tagged. Knows no framework."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

BODY_LIMIT = 65_536  # bytes
TITLE_LIMIT = 200  # code points
DESCRIPTION_LIMIT = 2000  # code points
PAGE_LIMIT = 100  # tasks
MAX_ID = 2**53 - 1

# Character classes are spelt out: "\d" and str.isdigit() also accept the digits of other scripts.
_ID = re.compile("[1-9][0-9]{0,15}")
_NUMBER = re.compile("[0-9]{1,16}")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class TaskInput:
    """What a client says about a task."""

    title: str
    description: str = ""
    done: bool = False


@dataclass(frozen=True)
class Task:
    """A stored task. Its members, in this order, are its JSON."""

    id: int
    title: str
    description: str
    done: bool


@dataclass(frozen=True)
class PageQuery:
    """Asks for at most `limit` tasks with ids above `after`, all of them or only those (not) done."""

    after: int = 0
    limit: int = PAGE_LIMIT
    done: bool | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with one member of a body, or with one query parameter."""

    field: str
    message: str


class Invalid(Exception):
    """Input breaks the rules; `details` has one entry for each field at fault, where fields are at fault."""

    def __init__(self, message: str, details: list[Problem] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or []


class InvalidTask(Invalid):
    """A body is not a TaskInput."""


class InvalidQuery(Invalid):
    """A query parameter is out of range."""


def parse_task(body: bytes) -> TaskInput:
    """Return the TaskInput that a JSON body holds; raise InvalidTask if it holds none."""
    members = _parse_object(body)
    problems = [Problem(name, why) for name, value in members.items() if (why := _problem(name, value))]
    if "title" not in members:
        problems.append(Problem("title", "is required."))
    if problems:
        raise InvalidTask("The task is invalid.", problems)
    return TaskInput(**members)  # type: ignore[arg-type]


def title_problem(value: object) -> str | None:
    """Say why `value` is not a title; None if it is one."""
    if not isinstance(value, str):
        return "must be a string."
    if not 1 <= len(value) <= TITLE_LIMIT:
        return f"must have 1 to {TITLE_LIMIT} characters, not {len(value)}."
    if _CONTROL.search(value):
        return "must not contain control characters."
    return _surrogate_problem(value)


def description_problem(value: object) -> str | None:
    """Say why `value` is not a description; None if it is one."""
    if not isinstance(value, str):
        return "must be a string."
    if len(value) > DESCRIPTION_LIMIT:
        return f"must have at most {DESCRIPTION_LIMIT} characters, not {len(value)}."
    if "\0" in value:
        return "must not contain U+0000."
    return _surrogate_problem(value)


def done_problem(value: object) -> str | None:
    """Say why `value` does not tell whether a task is done; None if it does."""
    return None if isinstance(value, bool) else "must be true or false."


_RULES: Mapping[str, Callable[[object], str | None]] = {
    "title": title_problem,
    "description": description_problem,
    "done": done_problem,
}


def _problem(name: str, value: object) -> str | None:
    rule = _RULES.get(name)
    return rule(value) if rule else "is not a member of a task."


def _surrogate_problem(text: str) -> str | None:
    return "must not contain a lone surrogate." if _SURROGATE.search(text) else None


def _parse_object(body: bytes) -> dict[str, object]:
    try:
        value = _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidTask("The body must be JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise InvalidTask("The body must be a JSON object.")
    return value


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidTask("A member must not occur twice.")
    if any(_SURROGATE.search(name) for name in members):
        raise InvalidTask("The name of a member must not contain a lone surrogate.")
    return members


def _refuse_constant(name: str) -> None:
    raise InvalidTask(f"{name} is not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_members, parse_constant=_refuse_constant)


def parse_page(parameters: Mapping[str, str]) -> PageQuery:
    """Return the page that query parameters ask for, unknown ones ignored; raise InvalidQuery."""
    return PageQuery(
        after=_parse_number("after", parameters.get("after", "0"), 0, MAX_ID),
        limit=_parse_number("limit", parameters.get("limit", str(PAGE_LIMIT)), 1, PAGE_LIMIT),
        done=_parse_done(parameters.get("done")),
    )


def _parse_number(name: str, text: str, low: int, high: int) -> int:
    if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
        raise _invalid_query(name, f"must be an integer from {low} to {high}.")
    return int(text)


def _parse_done(text: str | None) -> bool | None:
    if text not in (None, "true", "false"):
        raise _invalid_query("done", "must be true or false.")
    return None if text is None else text == "true"


def _invalid_query(name: str, message: str) -> InvalidQuery:
    return InvalidQuery("The query is invalid.", [Problem(name, message)])


def parse_id(text: str) -> int | None:
    """Return the id that `text` spells, None if it spells none."""
    if _ID.fullmatch(text) and int(text) <= MAX_ID:
        return int(text)
    return None


def etag_of(task: Task) -> str:
    """Return the strong entity tag of a task; equal tasks have equal tags (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(json.dumps(vars(task)).encode()).hexdigest()}"'


def may_write(task: Task, if_match: str | None) -> bool:
    """Evaluate If-Match: absent, `*`, or a list with the tag of `task` (RFC 9110 section 13.1.1)."""
    return if_match is None or not {"*", etag_of(task)}.isdisjoint(_tags(if_match))


def is_fresh(task: Task, if_none_match: str | None) -> bool:
    """Evaluate If-None-Match: does the client hold this very state? (RFC 9110 section 13.1.2)."""
    if if_none_match is None:
        return False
    tags = [tag.removeprefix("W/") for tag in _tags(if_none_match)]  # weak comparison
    return "*" in tags or etag_of(task) in tags


def _tags(header: str) -> list[str]:
    # A tag may hold a comma, but no piece of such a tag has quotes at both ends, as ours has.
    return [tag.strip() for tag in header.split(",")]
