"""The answer to a request, as laws look at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from contract.exchange import SAFE_METHODS, Evidence, Exchange, Journal, next_reference
from contract.jsontext import JsonValue


@dataclass(frozen=True)
class Answer:
    """The answer to one request, and the journal that it stands in."""

    exchange: Exchange
    journal: Journal
    base_url: str

    @property
    def status(self) -> int:
        """The status code, 0 where nothing came back."""
        return self.exchange.response.status if self.exchange.response else 0

    @property
    def document(self) -> JsonValue:
        """The decoded body; ``NO_JSON`` where it is not JSON."""
        return self.exchange.document

    @property
    def body(self) -> bytes:
        """The bytes of the body."""
        return self.exchange.response.body if self.exchange.response else b""

    @property
    def request_line(self) -> str:
        """Method and path, shortened for messages."""
        path = self.exchange.request.path
        return f"{self.exchange.request.method} {path if len(path) <= 100 else path[:97] + '...'}"

    def header(self, name: str) -> str | None:
        """The value of a header, ``None`` where it is absent."""
        return self.exchange.response.header(name) if self.exchange.response else None

    def field(self, name: str) -> str:
        """A header as a line for people, ``no …`` where it is absent."""
        value = self.header(name)
        return f"no {name}" if value is None else f"{name}: {value}"

    def resolve(self, reference: str) -> str:
        """The path and query that a URI reference in this answer leads to (RFC 3986 5)."""
        parts = urlsplit(urljoin(self.base_url + self.exchange.request.path, reference))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def next_page(self) -> str | None:
        """The path, from the root on, that ``Link: <…>; rel="next"`` leads to (RFC 8288), ``None`` without one."""
        reference = next_reference(self.exchange)
        return None if reference is None else self.resolve(reference)

    def since(self, first: Answer) -> Evidence:
        """The exchanges that changed something from ``first`` to this answer, and those that led to them."""
        exchanges = self.journal.exchanges
        start = next((i for i, exchange in enumerate(exchanges) if exchange is first.exchange), 0)
        writes = [exchange for exchange in exchanges[start:] if exchange.request.method not in SAFE_METHODS]
        return self.journal.evidence(*writes, self.exchange)

    def evidence(self, *others: Answer, ids: Iterable[int] = ()) -> Evidence:
        """The exchanges that lead to this answer and to ``others``, and to the tasks ``ids``."""
        shown = (*(other.exchange for other in others), self.exchange)
        return self.journal.evidence(*shown, ids=frozenset(ids))
