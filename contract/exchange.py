"""What happened on the wire, as data: exchanges, and the journal that knows which of them show a violation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from contract.jsontext import JsonValue, NotJson, decode, printable, shorten
from contract.transport import Request, Response, Transport, Unanswered

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_MOST_SHOWN = 12
_NEXT_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w*!-]+(?:\s*=\s*(?:\"[^\"]*\"|[^\",;\s]*))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\",;\s]*))", re.IGNORECASE)
_ID_IN_TEXT = re.compile(rb'"id"\s*:\s*([1-9][0-9]{0,15})(?![0-9.eE])')


class _NoJson:
    """Stands for the document of a body that is not JSON; equal to nothing but itself."""

    def __repr__(self) -> str:
        return "no JSON"

    def __reduce__(self) -> str:
        return "NO_JSON"


NO_JSON = _NoJson()


@dataclass(frozen=True)
class Exchange:
    """A request and what came back: a response, or the reason why there is none.

    ``connection`` differs where the connections did. ``together`` is the same, and not 0, where requests were sent at
    the same moment. ``written`` is what was written where that is no whole request.
    """

    request: Request
    response: Response | None
    failure: Unanswered | None = None
    connection: int = 0
    together: int = 0
    written: bytes | None = None

    @classmethod
    def of(cls, transport: Transport, request: Request, timeout: float | None = None, connection: int = 0) -> Exchange:
        """Send the request within ``timeout`` seconds; no answer is an outcome too."""
        try:
            return cls(request, transport.send(request, timeout), connection=connection)
        except Unanswered as failure:
            return cls(request, None, failure, connection)

    @cached_property
    def document(self) -> JsonValue:
        """The decoded body, ``NO_JSON`` where there is none or it is not JSON."""
        if self.response is None:
            return NO_JSON
        try:
            return decode(self.response.body)
        except NotJson:
            return NO_JSON

    @property
    def outcome(self) -> str:
        """The status and the body, or why there is none, in one line of ASCII."""
        if self.response is None:
            return printable(str(self.failure))
        body = self.response.body.decode("utf-8", "backslashreplace")
        return f"{self.response.status} {printable(shorten(body))}".strip()


class Evidence(tuple[Exchange, ...]):
    """The exchanges that show a violation, oldest first, the most telling dozen of them.

    ``whole`` are all of them, ``journal`` is everything that was sent up to the last one, and ``ids`` name resources
    that have to be there. ``is_populated`` says that it matters which others came and went, ``is_entire`` that all of
    the journal does, and which of it was sent on the same connection.
    """

    whole: tuple[Exchange, ...]
    journal: tuple[Exchange, ...]
    ids: frozenset[int]
    is_populated: bool = False
    is_entire: bool = False

    @classmethod
    def of(
        cls, whole: Iterable[Exchange], journal: Iterable[Exchange] = (), ids: frozenset[int] = frozenset()
    ) -> Evidence:
        """Evidence of these exchanges."""
        chosen = tuple(whole)
        evidence = cls(chosen[: _MOST_SHOWN // 2] + chosen[_MOST_SHOWN // 2 :][-_MOST_SHOWN // 2 :])
        evidence.whole, evidence.journal, evidence.ids = chosen, tuple(journal) or chosen, ids
        return evidence

    def only(self, is_wanted: Callable[[Exchange], bool]) -> Evidence:
        """The same without the exchanges that are not wanted."""
        return self._with(filter(is_wanted, self.whole), self.journal)

    def with_last(self, *exchanges: Exchange) -> Evidence:
        """The same and these exchanges."""
        return self._with((*self.whole, *exchanges), (*self.journal, *exchanges))

    def populated(self) -> Evidence:
        """The same, but that it matters which other resources came and went."""
        evidence = self._with(self.whole, self.journal)
        evidence.is_populated = True
        return evidence

    def entire(self) -> Evidence:
        """The same, but that everything in the journal matters, and the connections too."""
        evidence = self._with(self.whole, self.journal)
        evidence.is_entire = True
        return evidence

    def after(self, births: Mapping[int, Exchange]) -> tuple[Exchange, ...]:
        """The exchanges, and before them those that created what has to be there, where they are missing."""
        born = {created_id(exchange) for exchange in self.whole}
        return (*(births[id] for id in sorted(self.ids - born) if id in births), *self.whole)

    def _with(self, whole: Iterable[Exchange], journal: Iterable[Exchange]) -> Evidence:
        evidence = Evidence.of(whole, journal, self.ids)
        evidence.is_populated, evidence.is_entire = self.is_populated, self.is_entire
        return evidence


class Journal:
    """The exchanges of one law (or of one generated example), oldest first.

    ``id_in`` tells the id of the resource that a path names, ``None`` where it names none.
    """

    def __init__(self, id_in: Callable[[str], int | None]) -> None:
        self._id_in = id_in
        self.exchanges: list[Exchange] = []
        self._kept: dict[int, Exchange] = {}

    def begin(self) -> None:
        """Forget everything."""
        self.exchanges.clear()
        self._kept.clear()

    def put_aside(self, start: int) -> None:
        """Leave out what was sent from ``start`` on, but for the last replacement of each resource."""
        left_out = self.exchanges[start:]
        del self.exchanges[start:]
        for exchange in left_out:
            id = self._names(exchange)
            status = exchange.response.status if exchange.response is not None else 0
            if exchange.request.method == "PUT" and 200 <= status < 300 and id is not None:
                plain = _without_conditions(exchange)
                former, self._kept[id] = self._kept.get(id), plain
                self.exchanges[:] = [*(one for one in self.exchanges if one is not former), plain]

    def evidence(self, *shown: Exchange, ids: frozenset[int] = frozenset()) -> Evidence:
        """The exchanges that lead to those ``shown``: how the resources they name, or ``ids``, came about and changed,
        in the order in which they happened.
        """
        named = ids | {id for exchange in shown for id in (self._names(exchange), created_id(exchange)) if id}
        births = {created_id(exchange): position for position, exchange in enumerate(self.exchanges)}
        chosen = [
            exchange
            for position, exchange in enumerate(self.exchanges)
            if any(exchange is one for one in shown)
            or (created_id(exchange) in named and births[created_id(exchange)] == position)
            or (self._changes_one_of(named, exchange) and position > births.get(self._names(exchange), -1))
        ]
        return Evidence.of(chosen, self.exchanges, ids)

    def _changes_one_of(self, ids: frozenset[int], exchange: Exchange) -> bool:
        return exchange.request.method not in SAFE_METHODS and self._names(exchange) in ids

    def _names(self, exchange: Exchange) -> int | None:
        return self._id_in(exchange.request.path)


def _without_conditions(exchange: Exchange) -> Exchange:
    headers = tuple(pair for pair in exchange.request.headers if not pair[0].lower().startswith("if-"))
    return replace(exchange, request=replace(exchange.request, headers=headers))


def next_reference(exchange: Exchange) -> str | None:
    """The reference of ``Link: <…>; rel="next"`` as it stands there (RFC 8288), ``None`` without one."""
    link = exchange.response.header("link") if exchange.response is not None else None
    for reference, parameters in _NEXT_LINK.findall(link or ""):
        relations = _REL.search(parameters)
        if relations and "next" in (relations[1] or relations[2] or "").lower().split():
            return str(reference)
    return None


def created_id(exchange: Exchange) -> int | None:
    """The id of the resource that an exchange created, ``None`` where it created none that can be named."""
    if exchange.request.method != "POST" or exchange.response is None:
        return None
    if not 200 <= exchange.response.status < 300 or not isinstance(exchange.document, dict):
        return None
    id = exchange.document.get("id")
    return id if type(id) is int and id >= 0 else None


def likely_id(exchange: Exchange) -> int | None:
    """The same, read with indulgence: a body that is no JSON, one with NaN in it say, may name an id all the same."""
    id = created_id(exchange)
    if id is not None or exchange.request.method != "POST" or exchange.response is None:
        return id
    found = _ID_IN_TEXT.search(exchange.response.body) if 200 <= exchange.response.status < 300 else None
    return int(found[1]) if found else None


def listed_ids(exchange: Exchange) -> set[int]:
    """The ids in the list that an exchange shows; none where it shows no list."""
    entries = exchange.document if isinstance(exchange.document, list) else []
    ids = (entry.get("id") for entry in entries if isinstance(entry, dict))
    return {id for id in ids if type(id) is int}
