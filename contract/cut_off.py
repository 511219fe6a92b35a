"""Requests that are cut off midway, each of which could be read as a whole one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from contract.answer import Answer
from contract.api import Api
from contract.demand import CutOff, Demand, Document, StoredAsSent
from contract.exchange import Evidence, Exchange, created_id
from contract.expect import Inconclusive, Violation
from contract.in_step import in_step
from contract.jsontext import encode, same, show
from contract.rate import UNSETTLED_STATUS
from contract.refusal import is_success
from contract.tasks import COLLECTION, Members, Task, item
from contract.transport import Request, Unanswered
from contract.wire import Connection, chunked, connected, http_target, in_chunks, is_chunked, json_request


@dataclass(frozen=True)
class CutOffRequest:
    """A request that ends too early: ``missing`` bytes of its ``head``, or all but ``body`` of its body.

    ``title`` is what it would store. ``before`` is the body of a whole POST that comes just before it, and ``end`` ends
    the connection.
    """

    request: Request
    title: str
    head: bytes
    missing: int = 0
    body: bytes = b""
    before: bytes | None = None
    end: Callable[[Connection], None] = Connection.close

    @property
    def written(self) -> bytes:
        """What is written of it."""
        return self.head[: len(self.head) - self.missing] + self.body

    def send(self, connection: Connection) -> None:
        """Write it, and end the connection."""
        if self.end is Connection.reset:
            # A server that has not accepted a connection when it is reset may never see what was written on it.
            connection.ask(Request("GET", f"{COLLECTION}?limit=1"))
        connection.write(self.written)
        self.end(connection)

    @property
    def lost(self) -> Exchange:
        """It as an exchange."""
        return Exchange(self.request, None, Unanswered("closed", "it was cut off"), written=self.written)

    def evidence(self, answer: Answer, task: Task) -> Evidence:
        """What leads to the answer, and this request just before it."""
        whole = [exchange for exchange in answer.journal.exchanges if exchange.request.body == self.before is not None]
        *before, last = answer.evidence(ids=[task.id, *filter(None, map(created_id, whole))]).whole
        return Evidence.of([*before, self.lost, last])

    def demand(self, answer: Answer, then: Demand) -> CutOff:
        """That it has no effect which the answer shows."""
        is_reset = self.end is Connection.reset
        return CutOff(answer.exchange, self.request, self.missing, self.body, then, is_reset)


def cut_off(api: Api, task: Task) -> Iterator[CutOffRequest]:
    """Requests of each kind that end in each way, each with a title of its own: creations, replacements and deletions
    of the task.
    """
    for end in (Connection.finish, Connection.close, Connection.reset):
        for cut in _cuts(api, task):
            yield replace(cut, end=end)


def _cuts(api: Api, task: Task) -> Iterator[CutOffRequest]:
    for method, path in (("POST", COLLECTION), ("PUT", item(task.id))):
        for missing in (1, 10, 60_000):
            title = str(api.sample()["title"])
            body = encode({"title": title})
            length = (("Content-Type", "application/json"), ("Content-Length", str(len(body) + missing)))
            yield _cut(api, Request(method, path, length), title, body=body)
        title = str(api.sample()["title"])
        content = encode({"title": title})
        pieces = chunked([content])
        request = replace(in_chunks(json_request(method, path, content)), body=None)
        yield _cut(api, request, title, body=b"".join(pieces[:-1]))
    titles = [str(api.sample()["title"]).ljust(40, ".") for _ in range(2)]
    whole, same_length = (encode({"title": title}) for title in titles)
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(same_length))))
    cut = _cut(api, Request("POST", COLLECTION, headers), titles[1], body=same_length[:-2])
    yield replace(cut, before=whole)
    for missing in (2, 9):
        yield _cut(api, Request("DELETE", item(task.id)), str(api.sample()["title"]), missing)


def _cut(api: Api, request: Request, title: str, missing: int = 0, body: bytes = b"") -> CutOffRequest:
    head = http_target(api).head(request.method, request.path, request.headers)
    return CutOffRequest(request, title, head, missing, body)


def is_forgotten(api: Api, cut: CutOffRequest) -> None:
    """The next POST with a body, framed as that of the POST which was cut off, is carried out as it was sent."""
    body, answer = _post(api, by_chunks=is_chunked(cut.request))
    if answer.exchange.response is None or answer.status in UNSETTLED_STATUS:
        raise Inconclusive(answer.exchange)
    then: Demand = in_step(answer, "2xx")
    if is_success(answer):
        read = api.observer.read(created_id(answer.exchange) or 0)
        shown = read.document if isinstance(read.document, dict) else {}
        if same({name: shown.get(name) for name in body}, body):
            return
        answer, then = read, StoredAsSent(read.exchange, body, in_step(answer, "2xx"))
    raise Violation(
        "A POST that was cut off midway shows in the next one.",
        expected=f"a task with {show(body)}",
        received=answer.exchange.outcome,
        evidence=Evidence.of([cut.lost, *answer.evidence().whole]),
        demands=[cut.demand(answer, then)],
    )


def posts_are_stored(api: Api, *, by_chunks: bool) -> bool:
    """Whether a POST whose body is framed so is carried out as it was sent."""
    body, answer = _post(api, by_chunks=by_chunks)
    shown = answer.document if is_success(answer) and isinstance(answer.document, dict) else {}
    return same({name: shown.get(name) for name in body}, body)


def _post(api: Api, *, by_chunks: bool) -> tuple[Members, Answer]:
    """The members that were sent, and the answer."""
    body = api.sample()
    request = json_request("POST", COLLECTION, encode(body))
    with connected(api) as connection:
        if not by_chunks:
            return body, connection.ask(request)
        return body, connection.ask(in_chunks(request), pieces=chunked([request.body or b""]))


def at_work(cuts: Mapping[str, CutOffRequest], read: Answer) -> list[CutOffRequest]:
    """Those of these requests that could have made the task what is read."""
    shown = str(read.document.get("title")) if isinstance(read.document, dict) else ""
    if shown in cuts:
        return [cuts[shown]]
    return [cut for cut in cuts.values() if cut.request.method == "DELETE" and cut.end is Connection.close]


def unharmed(cuts: Mapping[str, CutOffRequest], read: Answer, task: Task) -> list[Demand]:
    """That none of those requests has an effect which could have made the task what is read."""
    return [cut.demand(read, Document(read.exchange, task.representation)) for cut in at_work(cuts, read)]
