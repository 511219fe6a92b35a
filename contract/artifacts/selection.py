"""Which exchanges a script repeats: those that show the violation, and how all came about that they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from contract.artifacts.mentions import ids_in
from contract.demand import (
    Allows,
    AtMost,
    Demand,
    Field,
    IfRefused,
    IsError,
    Lacks,
    LeadsTo,
    Listed,
    ListedAs,
    NotListed,
    Visited,
)
from contract.exchange import SAFE_METHODS, Exchange, created_id, next_reference
from contract.expect import Violation
from contract.tags import tag_in, tags_in

_OF_TASKS = (Listed, ListedAs, LeadsTo, NotListed, Visited)
_IMMEDIATE = (Field, IsError, AtMost, Lacks, Allows)


def depends_on_history(violation: Violation) -> bool:
    """Whether what a server remembers may be what is wrong: it is about what a safe or conditional request shows."""
    requests = [wanted.answer.request for wanted in violation.demands if not isinstance(wanted, _IMMEDIATE)]
    if any(isinstance(wanted, IfRefused) for wanted in violation.demands):
        return True
    return any(request.method in SAFE_METHODS or any(tags_in(request.headers)) for request in requests)


def ids_of(demands: Sequence[Demand]) -> frozenset[int]:
    """The ids that demands speak of."""
    values = [vars(wanted).get(name) for wanted in demands for name in ("value", "values")]
    ids = {value["id"] for value in values if isinstance(value, Mapping) and type(value.get("id")) is int}
    return frozenset(ids | {wanted.id for wanted in demands if isinstance(wanted, _OF_TASKS)})


def replayed(violation: Violation, births: Mapping[int, Exchange]) -> list[Exchange]:
    """The exchanges that a script repeats: the evidence, and how all came about that it and the demands speak of."""
    evidence = violation.evidence
    journal = list(evidence.journal)
    places = {id(exchange): place for place, exchange in enumerate(journal)}
    first_births = {**births, **{new: e for e in reversed(journal) if (new := created_id(e)) is not None}}
    known = list(first_births)
    chosen = {id(e): e for e in (journal if evidence.is_entire else evidence.whole)}
    for wanted in violation.demands:
        chosen |= {id(e): e for e in exchanges_of(wanted)}
    if evidence.is_populated:
        chosen |= {id(e): e for e in journal if _comes_or_goes(e)}
    while True:
        born = {new for e in chosen.values() if (new := created_id(e)) is not None}
        spoken = {number for e in chosen.values() for number in ids_in(e.request, known)}
        spoken |= ids_of(violation.demands) | evidence.ids
        missing = [number for number in spoken - born if number in first_births]
        more = [first_births[number] for number in missing]
        more += [e for e in journal if _changes(e, missing, known)]
        more += _sources(list(chosen.values()), journal, places)
        more += [e for e in map(partial(_page_before, journal, places), chosen.values()) if e and id(e) not in chosen]
        if not more:
            break
        chosen |= {id(e): e for e in more}
    order = {id(e): place for place, e in enumerate(births.values())}
    return sorted(chosen.values(), key=lambda e: (id(e) in places, places.get(id(e), order.get(id(e), -1))))


def _comes_or_goes(exchange: Exchange) -> bool:
    status = exchange.response.status if exchange.response is not None else 0
    return created_id(exchange) is not None or (exchange.request.method == "DELETE" and 200 <= status < 300)


def _changes(exchange: Exchange, ids: Sequence[int], known: Sequence[int]) -> bool:
    is_write = exchange.request.method in ("PUT", "DELETE")
    return bool(ids) and is_write and any(number in ids for number in ids_in(exchange.request, known))


def _sources(chosen: Sequence[Exchange], journal: Sequence[Exchange], places: Mapping[int, int]) -> list[Exchange]:
    """The last answers that had the tags which conditions name, where none of those chosen has them."""
    shown = {tag_in(e) for e in chosen}
    found = []
    for exchange in chosen:
        for tag in tags_in(exchange.request.headers):
            if tag in shown:
                continue
            before = journal[: places.get(id(exchange), 0)]
            source = next((e for e in reversed(before) if tag_in(e) == tag), None)
            if source is not None:
                shown.add(tag)
                found.append(source)
    return found


def _page_before(journal: Sequence[Exchange], places: Mapping[int, int], page: Exchange) -> Exchange | None:
    """The page whose link led to this one."""
    if not page.request.followed:
        return None
    before = journal[: places.get(id(page), 0)]
    return next((e for e in reversed(before) if next_reference(e) is not None), None)


def exchanges_of(wanted: Demand) -> Iterator[Exchange]:
    """The exchanges that a demand speaks of."""
    for value in vars(wanted).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Exchange):
                yield one
            elif isinstance(one, Demand):
                yield from exchanges_of(one)
