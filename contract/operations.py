"""The operations of the API, sent on one connection: they return whatever came back, and judge nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from contract.answer import Answer
from contract.exchange import SAFE_METHODS, Exchange, Journal
from contract.expect import Blocked, Inconclusive
from contract.jsontext import encode
from contract.session import Session, is_settled
from contract.tasks import COLLECTION, Body, Members, id_in, item
from contract.transport import Headers, Request

if TYPE_CHECKING:
    from typing_extensions import Self


class Operations:
    """The operations on one connection; ``via`` sends them on another and shares everything else."""

    may_write = True

    def __init__(self, session: Session, connection: int = 0, journal: Journal | None = None) -> None:
        self.session = session
        self.connection = connection
        self.journal = journal or Journal(id_in)

    def via(self, connection: int) -> Self:
        """The same API on the numbered connection."""
        return type(self)(self.session, connection, self.journal)

    def may_send(self, method: str, path: str = "") -> bool:
        """Whether this run sends such a request: none that writes to all tasks at once, where OPTIONS offers that."""
        is_for_all = path.partition("?")[0] == COLLECTION and method not in (*SAFE_METHODS, "POST")
        return not is_for_all or method not in self._offered()

    def _offered(self) -> frozenset[str]:
        """The methods that OPTIONS offers for the list."""
        found = self.session.memory.get("offered")
        if not isinstance(found, frozenset):
            with self.aside():
                allowed = self.attempt("OPTIONS", COLLECTION).header("allow") or ""
            found = self.session.memory["offered"] = frozenset(name.strip().upper() for name in allowed.split(","))
        return found

    def _spare_others(self, method: str, path: str) -> None:
        """Raise ``Blocked`` where a request would write to tasks that this run did not create."""
        if method not in SAFE_METHODS and id_in(path) in self.session.strangers:
            raise Blocked("id.unique", self.session.greeting)
        if not self.may_send(method, path):
            raise Blocked("method.options")

    def end_of_reading(self) -> None:
        """What a law has judged so far took no writing: a read-only run ends it here, and counts it as met."""

    @property
    def observer(self) -> Self:
        """The same API on a second connection."""
        return self.via(self.connection + 1)

    def fresh(self) -> Self:
        """The same API on a connection that is opened by its next request."""
        self.session.close_connection(-1)
        return self.via(-1)

    def everywhere(self) -> list[Self]:
        """The same API on this connection, on two more that are kept, and on a new one."""
        return [self, self.observer, self.via(self.connection + 2), self.fresh()]

    def create(self, body: Body, *, media: str | None = "application/json", headers: Headers = ()) -> Answer:
        return self.send("POST", COLLECTION, body, media=media, headers=headers)

    def read(self, id: int | str, *, headers: Headers = ()) -> Answer:
        return self.send("GET", item(id), headers=headers)

    def head(self, id: int | str, *, headers: Headers = ()) -> Answer:
        return self.send("HEAD", item(id), headers=headers)

    def replace(
        self, id: int | str, body: Body, *, media: str | None = "application/json", headers: Headers = ()
    ) -> Answer:
        return self.send("PUT", item(id), body, media=media, headers=headers)

    def delete(self, id: int | str, *, headers: Headers = ()) -> Answer:
        return self.send("DELETE", item(id), headers=headers)

    def listing(self, query: str = "", *, headers: Headers = ()) -> Answer:
        return self.send("GET", COLLECTION + (f"?{query}" if query else ""), headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        media: str | None = "application/json",
        headers: Headers = (),
    ) -> Answer:
        """Send any request; raises ``Inconclusive`` where nothing can be learnt from what came back."""
        return settled(self.attempt(method, path, body, media=media, headers=headers))

    def attempt(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        media: str | None = "application/json",
        headers: Headers = (),
        timeout: float | None = None,
    ) -> Answer:
        """Send any request; no answer, 429 and 503 are outcomes too.

        Raises ``Blocked`` where it would write to tasks that this run did not create.
        """
        self._spare_others(method, path)
        if body is not None and media is not None:
            headers = (("Content-Type", media), *headers)
        content = body if body is None or isinstance(body, bytes) else encode(body)
        exchange = self.session.attempt(Request(method, path, headers, content), self.connection, timeout)
        return self.take_note(exchange)

    def take_note(self, exchange: Exchange) -> Answer:
        """Enter an exchange into the journal and what it created or removed into the ledger; its answer."""
        self.journal.exchanges.append(exchange)
        self.session.ledger.note(exchange, id_in(exchange.request.path))
        return Answer(exchange, self.journal, self.session.target.url)

    def entries(self, answer: Answer) -> list[Members] | None:
        """The entries of a page, ``None`` where the answer is no list of objects."""
        page = answer.document
        if answer.status != 200 or not isinstance(page, list):
            return None
        return page if all(isinstance(entry, dict) for entry in page) else None

    def pages(self, query: str = "", limit: int = 1000) -> Iterable[Answer]:
        """The pages of the list from the first to the last, as ``next`` leads on; at most ``limit``."""
        answer = self.listing(query)
        yield answer
        seen: set[str] = set()
        while (path := answer.next_page()) and path not in seen and len(seen) < limit:
            seen.add(path)
            answer = self.follow(path)
            yield answer

    def follow(self, path: str) -> Answer:
        """Read the page that a link leads to, whose path begins at the root of the server."""
        base_path = urlsplit(self.session.target.url).path
        is_below = path.startswith(f"{base_path}/")
        request = Request("GET", path[len(base_path) :] if is_below else path, rooted=not is_below, followed=True)
        return settled(self.take_note(self.session.attempt(request, self.connection)))

    def begin(self) -> None:
        """Start a law, or an example of one: an empty journal."""
        self.journal.begin()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave what is sent in this block out of the evidence of later violations: it does not explain them."""
        start = len(self.journal.exchanges)
        yield
        self.journal.put_aside(start)


def whole(answer: Answer) -> Answer:
    """The answer, or that there is none; raises ``Blocked`` where it began and a part of it never came."""
    failure = answer.exchange.failure
    if failure is not None and failure.reason == "short":
        raise Blocked("wire.framing", answer.exchange)
    return answer


def settled(answer: Answer) -> Answer:
    """The whole answer; raises ``Inconclusive`` where it tells nothing, and as ``whole`` does."""
    if not is_settled(whole(answer).exchange.response):
        raise Inconclusive(answer.exchange)
    return answer
