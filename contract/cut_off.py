"""Requests that are cut off midway, each of which could be read as a whole one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contract.answer import Answer
from contract.api import Api
from contract.demand import CutOff, Demand, Document
from contract.exchange import Evidence, Exchange, created_id
from contract.jsontext import encode
from contract.tasks import COLLECTION, Task, item
from contract.transport import Request, Unanswered
from contract.wire import chunked, http_target


@dataclass(frozen=True)
class CutOffRequest:
    """A request that ends too early: ``missing`` bytes of its ``head``, or all but ``body`` of its body.

    ``title`` is what it would store. ``before`` is the body of a whole POST that comes just before it.
    """

    request: Request
    title: str
    head: bytes
    missing: int = 0
    body: bytes = b""
    before: bytes | None = None

    @property
    def written(self) -> bytes:
        """What is written of it."""
        return self.head[: len(self.head) - self.missing] + self.body

    def evidence(self, answer: Answer, task: Task) -> Evidence:
        """What leads to the answer, and this request just before it."""
        whole = [exchange for exchange in answer.journal.exchanges if exchange.request.body == self.before is not None]
        *before, last = answer.evidence(ids=[task.id, *filter(None, map(created_id, whole))]).whole
        lost = Exchange(self.request, None, Unanswered("closed", "it was cut off"), written=self.written)
        return Evidence.of([*before, lost, last])

    def demand(self, answer: Answer, then: Demand) -> CutOff:
        """That it has no effect which the answer shows."""
        return CutOff(answer.exchange, self.request, self.missing, self.body, then)


def cut_off(api: Api, task: Task) -> Iterator[CutOffRequest]:
    """Requests of each kind, each with a title of its own: creations, replacements and deletions of the task."""
    for method, path in (("POST", COLLECTION), ("PUT", item(task.id))):
        for missing in (1, 10, 60_000):
            title = str(api.sample()["title"])
            body = encode({"title": title})
            length = (("Content-Type", "application/json"), ("Content-Length", str(len(body) + missing)))
            yield _cut(api, Request(method, path, length), title, body=body)
        title = str(api.sample()["title"])
        in_chunks = (("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"))
        pieces = chunked([encode({"title": title})])
        yield _cut(api, Request(method, path, in_chunks), title, body=b"".join(pieces[:-1]))
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


def at_work(cuts: Mapping[str, CutOffRequest], read: Answer) -> list[CutOffRequest]:
    """Those of these requests that could have made the task what is read."""
    shown = str(read.document.get("title")) if isinstance(read.document, dict) else ""
    return [cuts[shown]] if shown in cuts else [cut for cut in cuts.values() if cut.request.method == "DELETE"]


def unharmed(cuts: Mapping[str, CutOffRequest], read: Answer, task: Task) -> list[Demand]:
    """That none of those requests has an effect which could have made the task what is read."""
    return [cut.demand(read, Document(read.exchange, task.representation)) for cut in at_work(cuts, read)]
