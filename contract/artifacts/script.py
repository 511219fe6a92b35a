"""A violation as a script that stands alone: set-up, acts, and checks that the server does what it must."""

from __future__ import annotations

import textwrap
from functools import partial
from collections.abc import Iterator, Mapping, Sequence

from contract.artifacts.acts import Acts, ids_in, tag_in, tags_in, user_header
from contract.artifacts.checks import check, unlike
from contract.artifacts.prelude import functions_for
from contract.artifacts.races import RACES
from contract.artifacts.wire import is_raw, raw_lines
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
from contract.jsontext import printable
from contract.requirement import Requirement
from contract.shell import escaped
from contract.transport import Target
from contract.transport.http import HttpTarget

MARK = "# Written by task-contract; a later run writes it anew."
"""The second line of each file that a run writes into the folder."""

_WIDTH = 118
_LONG = 600
_TOOLS = ("awk", "cmp", "cp", "grep", "head", "od", "sed", "seq", "sleep", "sort", "tr", "wc")
_OF_TASKS = (Listed, ListedAs, LeadsTo, NotListed, Visited)
_IMMEDIATE = (Field, IsError, AtMost, Lacks, Allows)
_AT_ONCE = ("error", "openapi", "list")
"""Topics whose violations show in the answers to requests that the evidence has."""

_USUAL = "-s -m 30 --http1.1 --noproxy '*'"
_AGAIN = "# In case what went before matters: everything that the suite had sent, on as many connections."


def script(entry: Requirement, violation: Violation, target: Target, births: Mapping[int, Exchange]) -> str:
    """The text of the script for a violation of ``entry``; ``births`` has the creation of each task of the run."""
    body = RACES[entry.id] if entry.id in RACES else "\n".join(_replay(entry, violation, target, births))
    lines = [*_head(entry, violation), *_prelude(body, target), body, "", 'echo "$(basename "$0"): mended."']
    return "\n".join(lines).replace("@OPTIONS@", _options(target, _USUAL)).replace("@HEADERS@", _options(target)).replace("ENTRY", entry.id) + "\n"


def _head(entry: Requirement, violation: Violation) -> Iterator[str]:
    yield "#!/bin/sh"
    yield MARK
    texts = [f"{entry.id} ({entry.level}): {entry.sentence}", "", violation.message]
    texts += [f"expected  {violation.expected}", f"received  {violation.received}", ""]
    texts += ["Run it with the URL of a server. It exits with 1 while the server shows the violation, with 0 once that is"]
    texts[-1] += " mended, and with 2 where the steps before it fail. Needs sh, curl, awk, cmp, grep, od, sed, seq, sort, tr."
    for text in texts:
        yield from textwrap.wrap(printable(text), _WIDTH, initial_indent="# ", subsequent_indent="#   ") or ["#"]


def _prelude(body: str, target: Target) -> Iterator[str]:
    url = f"${{1:-{target.url}}}" if isinstance(target, HttpTarget) else "${1:?the URL of the server is missing}"
    yield "LC_ALL=C"
    yield "export LC_ALL"
    yield f"url={url}"
    yield "url=${url%/}"
    yield 'authority=${url#*://} authority=${authority%%/*} origin=${url%%://*}://$authority base=${url#"$origin"}'
    yield "dir=$(mktemp -d) || exit 2"
    config = "\n\t".join(f"printf 'header = \"%s\"\\n' {user_header(*pair)}" for pair in target.shown_headers) or ":"
    yield ""
    yield "\n".join(functions_for(body + " tidy")).replace("@CONFIG@", config)
    yield ""
    yield "trap 'tidy; rm -rf \"$dir\"' EXIT"
    yield "trap 'exit 2' HUP INT TERM"
    yield ""


def _options(target: Target, *first: str) -> str:
    """Options of curl that say how to reach the target, and what it sends beside the request."""
    headers = (f"-H {user_header(name, value)}" for name, value in target.shown_headers)
    return " ".join([*first, *_tls(target), "-H 'Accept-Encoding: identity'", "-H 'Expect:'", *headers])


def _tls(target: Target) -> Iterator[str]:
    tls = target.options.tls
    if tls.insecure:
        yield "-k"
    for option, file in (("--cacert", tls.ca_file), ("--cert", tls.client_cert), ("--key", tls.client_key)):
        if file is not None:
            yield f'{option} "{escaped(file)}"'


def _replay(
    entry: Requirement, violation: Violation, target: Target, births: Mapping[int, Exchange]
) -> Iterator[str]:
    evidence = violation.evidence
    if is_raw(violation.demands):
        answers = {id(wanted.answer) for wanted in violation.demands}
        chosen = [e for e in replayed(violation, births) if id(e) not in answers]
        known = [new for new in map(created_id, chosen) if new is not None]
        acts = Acts(target, frozenset(known), known)
        acts.write(chosen)
        yield from [*acts.lines, "", *raw_lines(violation.demands, acts)]
        return
    if not evidence.is_entire:
        yield from _part(violation, target, replayed(violation, births), is_entire=False)
    is_longer = len(evidence.whole) < len(evidence.journal) <= _LONG
    if evidence.is_entire or (is_longer and entry.topic not in _AT_ONCE and _depends_on_history(violation)):
        if not evidence.is_entire:
            yield from ("", "tidy", _AGAIN, "")
        entire = Violation("", expected="", received="", evidence=evidence.entire(), demands=violation.demands)
        yield from _part(entire, target, replayed(entire, births), is_entire=True)


def _part(violation: Violation, target: Target, chosen: Sequence[Exchange], *, is_entire: bool) -> Iterator[str]:
    known = [id for id in map(created_id, chosen) if id is not None]
    acts = Acts(target, _named(violation.demands), known, keeps_connections=is_entire)
    if is_entire:
        yield "port=$((20000 + $$ % 1500 * 20))"
    acts.write(chosen)
    yield from acts.lines
    yield ""
    for wanted in violation.demands:
        yield from check(wanted, acts)
    if not violation.demands:
        yield from unlike(chosen[-1], acts)


def _depends_on_history(violation: Violation) -> bool:
    """Whether what a server remembers may be what is wrong: it is about what a safe or conditional request shows."""
    requests = [wanted.answer.request for wanted in violation.demands if not isinstance(wanted, _IMMEDIATE)]
    if any(isinstance(wanted, IfRefused) for wanted in violation.demands):
        return True
    return any(request.method in SAFE_METHODS or any(tags_in(request.headers)) for request in requests)


def _named(demands: Sequence[Demand]) -> frozenset[int]:
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
        chosen |= {id(e): e for e in _exchanges_of(wanted)}
    while True:
        born = {new for e in chosen.values() if (new := created_id(e)) is not None}
        spoken = {number for e in chosen.values() for number in ids_in(e.request, known)}
        spoken |= _named(violation.demands) | evidence.neighbours
        missing = [number for number in spoken - born if number in first_births]
        new = [first_births[number] for number in missing]
        new += [e for e in journal if _changes(e, missing, known)]
        new += _sources(chosen.values(), journal, places)
        new += [e for e in map(partial(_page_before, journal, places), chosen.values()) if e and id(e) not in chosen]
        if not new:
            break
        chosen |= {id(e): e for e in new}
    order = {id(e): place for place, e in enumerate(births.values())}
    return sorted(chosen.values(), key=lambda e: (id(e) in places, places.get(id(e), order.get(id(e), -1))))


def _changes(exchange: Exchange, ids: Sequence[int], known: Sequence[int]) -> bool:
    is_write = exchange.request.method in ("PUT", "DELETE")
    return bool(ids) and is_write and any(number in ids for number in ids_in(exchange.request, known))


def _sources(chosen: object, journal: Sequence[Exchange], places: Mapping[int, int]) -> list[Exchange]:
    """The last answers that had the tags which conditions name, where none of those chosen has them."""
    exchanges = list(chosen)  # type: ignore[call-overload]
    shown = {tag_in(e) for e in exchanges}
    found = []
    for exchange in exchanges:
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


def _exchanges_of(wanted: Demand) -> Iterator[Exchange]:
    for value in vars(wanted).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Exchange):
                yield one
            elif isinstance(one, Demand):
                yield from _exchanges_of(one)
