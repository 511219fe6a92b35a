"""Clients of one API, each with a connection and cookies of its own, and what they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contract.answer import Answer
from contract.api import Api
from contract.demand import Demand, Document, HasMembers, Listed, SameField, Status
from contract.exchange import NO_JSON, SAFE_METHODS, Exchange, created_id
from contract.expect import Blocked, Violation
from contract.jsontext import JsonValue, same, show
from contract.refusal import is_success
from contract.tasks import COLLECTION, Body, Members, id_of, item, with_defaults
from contract.transport import Headers

_SHORT = 50
_NUMBER = -2


@dataclass
class Client:
    """A client that, like a browser, sends back every cookie that it was given.

    It has one connection; one that is ``scattered`` opens another for each request.
    """

    api: Api
    cookies: dict[str, str] = field(default_factory=dict)
    scattered: bool = False

    @classmethod
    def on_a_new_connection(cls, api: Api, cookies: dict[str, str] | None = None) -> Client:
        """A client whose first request opens its connection; the one before it is out of use then."""
        api.session.close_connection(_NUMBER)
        return cls(api.via(_NUMBER), dict(cookies or {}))

    def send(self, method: str, path: str, body: Body = None, headers: Headers = ()) -> Answer:
        """Send a request with the cookies of this client, and keep those of the answer."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if cookie:
            headers = (*headers, ("Cookie", cookie))
        answer = (self.api.fresh() if self.scattered else self.api).send(method, path, body, headers=headers)
        response = answer.exchange.response
        for name, value in response.headers if response else ():
            if name == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self.cookies[key.strip()] = content.strip()
        return answer


@dataclass(frozen=True)
class View:
    """What a client is shown: the answers, and what matters of each."""

    answers: tuple[Answer, ...]
    shown: tuple[JsonValue, ...]

    def require_same(self, other: View, when: str, *before: Answer) -> None:
        """Raise ``Violation`` where ``other`` is another view; ``when`` says what is different about it."""
        for mine, yours, answer in zip(self.shown, other.shown, other.answers, strict=True):
            if not same(mine, yours):
                raise Violation(
                    f"{answer.request_line} is answered otherwise {when}.",
                    expected=show(mine),
                    received=answer.exchange.outcome,
                    evidence=answer.evidence(*before).entire(),
                    demands=[*self._demands(other)],
                )

    def _demands(self, other: View) -> Iterator[Demand]:
        for mine, yours in zip(self.answers, other.answers, strict=True):
            yield Status(yours.exchange, (mine.status,))
        first, later = self.answers[0], other.answers[0]
        if first.status == 200:
            yield Document(later.exchange, first.document)
            yield SameField(later.exchange, "ETag", first.exchange)
        if isinstance(self.answers[1].document, dict):
            yield HasMembers(other.answers[1].exchange, {})
        _, own = self.shown[-1]
        for entry in own:
            yield Listed(other.answers[-1].exchange, id_of(entry), entry)


class Scene:
    """A task to look at, another to write to, the oldest tasks of this run, and one that was deleted."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.task, self.other, deleted = api.neighbours(3)
        self.deleted = deleted.id
        api.removed(deleted.id)
        api.present_state([self.task, self.other])
        # The first page of a long list has none of our tasks, and other clients may push them off a page.
        entries, page = api.entries(api.listing()), api.listing(f"after={self.task.id - 1}&limit=1")
        if entries is None or not api.entries(page):
            raise Blocked("list.complete", page.exchange)
        is_short = len(entries) < _SHORT
        self._query = "" if is_short else f"?after={self.task.id - 1}"
        self._ids = (*api.anchors, self.task.id) if is_short else (self.task.id,)

    def settle(self, client: Client) -> View:
        """What a client is shown; raises ``Blocked`` where that changes, or a write fails, without anything special."""
        first = self.view(client)
        try:
            first.require_same(self.view(client), "the second time")
        except Violation as violation:
            raise Blocked("read.safe", violation.evidence[-1]) from None
        try:
            self.write(client, client, "after all")
        except Violation as violation:
            raise Blocked(_owner_of(violation.evidence), violation.evidence[-1]) from None
        try:
            first.require_same(self.view(client), "after a write")
        except Violation as violation:
            raise Blocked("cache.etag", violation.evidence[-1]) from None
        return first

    def view(self, client: Client) -> View:
        """What the client is shown now: the task, the list, and that the deleted task is none."""
        read = client.send("GET", item(self.task.id))
        missing = client.send("GET", item(self.deleted))
        listed = client.send("GET", COLLECTION + self._query)
        return View(
            (read, missing, listed),
            (
                [read.status, _json(read) if read.status == 200 else None, read.header("etag")],
                [missing.status, isinstance(missing.document, dict)],
                [listed.status, self._own(listed)],
            ),
        )

    def write(self, writer: Client, reader: Client, when: str, *before: Answer) -> None:
        """Let one client replace, create and delete a task, beside others who do, and another client see it.

        The task to write to is another one then.
        """
        id, body = self.other.id, self._api.sample(description="first", done=True)
        act = self._api.replace(id, body)
        listed = writer.send("GET", COLLECTION + self._query)
        for entry in self._entries(listed, id):
            if not same(entry, {"id": id, **body}):
                raise _otherwise(listed, {"id": id, **body}, when, *before, act)
        _answers(writer.send("GET", item(id)), 200, {"id": id, **body}, when, *before, act)
        self._api.replace(id, self._api.sample(description="second", done=True))
        body = self._api.sample(description="", done=False)
        act = writer.send("PUT", item(id), body)
        _answers(act, 200, {"id": id, **body}, when, *before)
        # Workers that take turns must not always be met in the same order.
        for _ in range(5 if reader.scattered else 1):
            _answers(reader.send("GET", item(id)), 200, {"id": id, **body}, when, *before, act)
        act = writer.send("DELETE", item(id))
        if not is_success(act):
            _answers(act, 200, None, when, *before)
        _answers(reader.send("GET", item(id)), 404, None, when, *before, act)
        body = {"title": self._api.sample()["title"]}
        act = writer.send("POST", COLLECTION, body)
        id = created_id(act.exchange) or 0
        _answers(act, 201, {"id": id, **with_defaults(body)}, when, *before)
        _answers(reader.send("GET", item(id)), 200, {"id": id, **with_defaults(body)}, when, *before, act)
        (self.other,) = self._api.neighbours(1)

    def _own(self, page: Answer) -> list[Members]:
        return [entry for id in self._ids for entry in self._entries(page, id)]

    def _entries(self, page: Answer, id: int) -> list[Members]:
        return [entry for entry in self._api.entries(page) or () if id_of(entry) == id]


def _owner_of(evidence: Sequence[Exchange]) -> str:
    if evidence[-1].request.path.partition("?")[0] == COLLECTION and evidence[-1].request.method == "GET":
        return "list.complete"
    writes = [exchange.request.method for exchange in evidence if exchange.request.method not in SAFE_METHODS]
    return {"PUT": "update.replaces", "DELETE": "delete.gone"}.get(writes[-1], "create.stored")


def _json(answer: Answer) -> JsonValue:
    return None if answer.document is NO_JSON else answer.document


def _answers(answer: Answer, status: int, document: JsonValue, when: str, *before: Answer) -> None:
    if answer.status != status or (document is not None and not same(answer.document, document)):
        raise _otherwise(answer, document, when, *before, status=status)


def _otherwise(answer: Answer, document: JsonValue, when: str, *before: Answer, status: int = 200) -> Violation:
    demands: list[Demand] = [Status(answer.exchange, (status,))]
    if document is not None:
        is_page = answer.exchange.request.path.partition("?")[0] == COLLECTION and status != 201
        listed = Listed(answer.exchange, document["id"], document)
        demands.append(listed if is_page else Document(answer.exchange, document))
    return Violation(
        f"{answer.request_line} is answered otherwise {when}.",
        expected=f"{status} {show(document) if document is not None else ''}".strip(),
        received=answer.exchange.outcome,
        evidence=answer.evidence(*before).entire(),
        demands=demands,
    )
