"""Strict comparisons; each raises ``Violation``, the only thing that means that a server broke a requirement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from contract.demand import (
    Demand,
    Document,
    Field,
    IfRefused,
    InOrder,
    IsError,
    IsList,
    Listed,
    NoBody,
    NoneTitled,
    NotListed,
    Status,
)
from contract.exchange import NO_JSON, Evidence, Exchange
from contract.jsontext import JsonValue, same, show

if TYPE_CHECKING:
    from contract.answer import Answer
    from contract.api import State
    from contract.tasks import Members, Task


class Violation(AssertionError):
    """A server broke the requirement that a law judges.

    ``message`` says what happened, ``expected`` and ``received`` are for people, ``evidence`` are the exchanges that
    show it, oldest first. ``demands`` say of them what holds once the server is mended; without any, that the last one
    is answered otherwise. ``first`` is the violation that this one is a smaller example of.
    """

    first: Violation | None = None

    def __init__(
        self,
        message: str,
        *,
        expected: str,
        received: str,
        evidence: Sequence[Exchange] = (),
        demands: Sequence[Demand] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.received = received
        self.evidence = evidence if isinstance(evidence, Evidence) else Evidence.of(evidence)
        self.demands = tuple(demands)


class Unjudged(Exception):
    """A law could not come to a judgement; the requirement is neither met nor broken."""


class Blocked(Unjudged):
    """A step that the law builds on did not happen; ``by`` is the requirement that owns the step."""

    def __init__(self, by: str, exchange: Exchange | None = None) -> None:
        received = f", since {_line(exchange)}" if exchange is not None else ""
        super().__init__(f"by {by}{received}")
        self.by = by
        self.exchange = exchange


class Inconclusive(Unjudged):
    """A request was not answered, or with 429 or 503, so nothing is known."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(_line(exchange))
        self.exchange = exchange


class Skipped(Unjudged):
    """The requirement cannot be judged on this kind of target, or not with these options; the text says why."""


class Stopped(Exception):
    """The run has to end before its laws are judged: its time is over, or the target has gone."""


def status(answer: Answer, *allowed: int) -> None:
    """The answer has one of the ``allowed`` status codes."""
    if answer.status not in allowed:
        raise Violation(
            f"{answer.request_line} was answered with status {answer.status}.",
            expected=" or ".join(map(str, allowed)),
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[Status(answer.exchange, allowed)],
        )


def document(answer: Answer, expected: JsonValue) -> None:
    """The body is JSON, labelled as JSON, and equals ``expected`` in value and type."""
    media_type(answer)
    if not same(answer.document, expected):
        raise Violation(
            f"The body that answers {answer.request_line} is another than it must be.",
            expected=show(expected),
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[Document(answer.exchange, expected)],
        )


def media_type(answer: Answer) -> None:
    """The ``Content-Type`` is ``application/json``, with or without a UTF-8 charset parameter."""
    if not is_json_media_type(answer.header("content-type")):
        raise Violation(
            f"The body that answers {answer.request_line} is not labelled as JSON.",
            expected="Content-Type: application/json",
            received=answer.field("Content-Type"),
            evidence=answer.evidence(),
            demands=[Field(answer.exchange, "Content-Type", JSON_LABEL)],
        )


JSON_LABEL = "^[Aa][Pp][Pp][Ll][Ii][Cc][Aa][Tt][Ii][Oo][Nn]/[Jj][Ss][Oo][Nn] *(;|$)"
"""What the value of a Content-Type matches that says JSON, as a POSIX extended regular expression."""


def is_json_media_type(value: str | None) -> bool:
    """Whether a ``Content-Type`` value says JSON in UTF-8 (RFC 9110 8.3.1: names are compared case-insensitively)."""
    name, *parameters = (part.strip().lower() for part in (value or "").split(";"))
    pairs = (parameter.partition("=") for parameter in parameters if parameter)
    return name == "application/json" and all(
        value.strip('"') in ("utf-8", "utf8") for key, _, value in pairs if key == "charset"
    )


def shows(answer: Answer, representation: JsonValue) -> None:
    """The answer is 200 with this representation."""
    status(answer, 200)
    document(answer, representation)


def listed(task: Task, entries: list[Members] | None, answer: Answer, act: Answer) -> None:
    """After ``act`` the list has an entry for the task, and what the entry says of it is up to date."""
    for entry in entries or ():
        if same(entry.get("id"), task.id):
            told = {name: entry.get(name, value) for name, value in task.representation.items()}
            if not same(told, task.representation):
                raise Violation(
                    f"The list does not show what {act.request_line} left.",
                    expected=show(task.representation),
                    received=show(entry),
                    evidence=answer.evidence(act, ids=[task.id]),
                    demands=[Listed(answer.exchange, task.id, task.representation)],
                )
            return
    raise Violation(
        f"The list does not have task {task.id} after {act.request_line}.",
        expected=f"an entry {show(task.representation)}",
        received=answer.exchange.outcome,
        evidence=answer.evidence(act, ids=[task.id]),
        demands=[Listed(answer.exchange, task.id, task.representation)],
    )


def not_listed(id: int, entries: list[Members] | None, answer: Answer, act: Answer) -> None:
    """After ``act`` the list has no entry for this id."""
    for entry in entries or ():
        if same(entry.get("id"), id):
            raise Violation(
                f"The list still has task {id} after {act.request_line}.",
                expected=f"no entry with id {id}",
                received=show(entry),
                evidence=answer.evidence(act, ids=[id]),
                demands=[NotListed(answer.exchange, id)],
            )


def unchanged(before: State, after: State, act: Answer) -> None:
    """``act`` left these tasks as they were, each by its id and all of them in the list."""
    for id, representation in before.by_id.items():
        if not same(representation, after.by_id[id]):
            raise Violation(
                f"{act.request_line} changed what GET shows of task {id}.",
                expected=show(representation),
                received=after.answers[id].exchange.outcome,
                evidence=after.answers[id].evidence(act, ids=[id]).populated(),
                demands=[_as_before(after.answers[id].exchange, representation)],
            )
    unchanged_list(before, after.listed, after.list_answer, act)


def unchanged_list(before: State, listed: list[Members] | None, answer: Answer, act: Answer) -> None:
    """``act`` left what the list shows of these tasks, and their order, as it was."""
    if before.listed is not None and not same(before.listed, listed):
        expected, received, ids, demands = _list_difference(before.listed, listed, answer.exchange)
        raise Violation(
            f"{act.request_line} changed what the list shows of other tasks.",
            expected=expected,
            received=received,
            evidence=answer.evidence(act, ids=ids).populated(),
            demands=demands,
        )


def _as_before(exchange: Exchange, shown: JsonValue) -> Demand:
    """A demand for what ``State`` keeps of a task: the representation, or the status where there was none."""
    return Status(exchange, (shown,)) if isinstance(shown, int) else Document(exchange, shown)


def _list_difference(
    before: list[Members], after: list[Members] | None, page: Exchange
) -> tuple[str, str, list[int], list[Demand]]:
    """What was there, what is there, the ids of the tasks concerned, and the demand, for the first difference."""
    if after is None:
        return "a list of tasks", "none", [], [IsList(page)]
    ids = [entry["id"] for entry in before]
    for entry in before:
        found = [other for other in after if same(other["id"], entry["id"])]
        if not found or not same(found[0], entry):
            received = show(found[0]) if found else "no such entry"
            return show(entry), received, [entry["id"]], [Listed(page, entry["id"], entry)]
    now = [entry["id"] for entry in after]
    demands: list[Demand] = [NotListed(page, id) for id in now if id not in ids]
    return f"the ids {show(ids)}", f"the ids {show(now)}", ids, demands or [InOrder(page)]


def not_stored(refused: Mapping[str, Answer], entries: list[Members], page: Answer) -> None:
    """None of the entries has the title that a refused request had; ``refused`` has the answers by title."""
    for entry in entries:
        answer = refused[entry["title"]]
        raise Violation(
            f"{answer.request_line} was answered with status {answer.status}, and the task was stored all the same.",
            expected="no task with that title",
            received=show(entry),
            evidence=page.evidence(answer),
            demands=[IfRefused(answer.exchange, NoneTitled(page.exchange, entry["title"]))],
        )


def error(answer: Answer, *allowed: int) -> None:
    """The answer refuses with one of the ``allowed`` codes, in the shape of an Error (HEAD: without a body)."""
    status(answer, *allowed)
    if answer.exchange.request.method == "HEAD":
        if answer.exchange.response is not None and answer.exchange.response.body:
            raise Violation(
                f"{answer.request_line} was answered with a body.",
                expected="no body",
                received=answer.exchange.outcome,
                evidence=answer.evidence(),
                demands=[NoBody(answer.exchange)],
            )
        return
    media_type(answer)
    problem = error_problem(answer.document)
    if problem:
        raise Violation(
            f"The refusal of {answer.request_line} is no Error: {problem}.",
            expected='{"error": non-empty string} with optional "details"',
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[IsError(answer.exchange)],
        )


def error_problem(body: JsonValue) -> str | None:
    """What keeps a decoded body from being an Error, ``None`` where it is one."""
    if not isinstance(body, dict):
        return "the body is no JSON object" if body is not NO_JSON else "the body is not JSON"
    extra = sorted(body.keys() - {"error", "details"})
    if extra:
        return f"it has the member {show(extra[0])}"
    if not isinstance(body.get("error"), str) or not body["error"]:
        return "its member error is not a non-empty string"
    return _details_problem(body["details"]) if "details" in body else None


def _details_problem(details: JsonValue) -> str | None:
    if not isinstance(details, list) or not details:
        return "its member details is not a non-empty array"
    for entry in details:
        if not isinstance(entry, dict) or entry.keys() != {"field", "message"}:
            return "an entry of details has other members than field and message"
        if not all(isinstance(value, str) for value in entry.values()):
            return "a member of an entry of details is no string"
    return None


def _line(exchange: Exchange) -> str:
    verb = " was answered" if exchange.response is not None else ":"
    return f"{exchange.request.method} {exchange.request.path[:80]}{verb} {exchange.outcome[:200]}"
