"""A violation as a script that stands alone: set-up, acts, and checks that the server does what it must."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from contract.artifacts.acts import Acts, ids_in, tag_in, tags_in, user_header
from contract.artifacts.checks import check, unlike
from contract.artifacts.prelude import functions_for
from contract.artifacts.races import RACES
from contract.artifacts.wire import wire_lines
from contract.demand import AskedFirst, CutOff, Demand, Listed, ListedAs, LeadsTo, NotListed, NotStalled, OnTheWire, Visited
from contract.exchange import SAFE_METHODS, Evidence, Exchange, created_id
from contract.expect import Violation
from contract.jsontext import printable
from contract.requirement import Requirement
from contract.shell import escaped
from contract.transport import Target
from contract.transport.http import HttpTarget

MARK = "# Written by task-contract; a later run writes it anew."
"""The second line of each file that a run writes into the folder."""

_WIDTH = 118
_TOOLS = ("awk", "cmp", "cp", "grep", "head", "od", "sed", "seq", "sleep", "sort", "tr", "wc")
_OF_TASKS = (Listed, ListedAs, LeadsTo, NotListed, Visited)
_ROUNDS = 3


def script(entry: Requirement, violation: Violation, target: Target, births: Mapping[int, Exchange]) -> str:
    """The text of the script for a violation of ``entry``; ``births`` has the creation of each task of the run."""
    if entry.id in RACES:
        body = RACES[entry.id]
    elif any(isinstance(wanted, _RAW) for wanted in violation.demands):
        body = "\n".join(_replay(violation, target, births))
    else:
        body = "\n".join(_replay(violation, target, births))
    return "\n".join([*_head(entry, violation, target, body), *_prelude(body, target), body, *_END]) + "\n"


_RAW = (OnTheWire, AskedFirst, CutOff, NotStalled)
_END = ("", "echo \"$(basename \"$0\"): mended.\"")


def _head(entry: Requirement, violation: Violation, target: Target, body: str) -> Iterator[str]:
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
    headers = " ".join(f"-H {user_header(name, value)}" for name, value in target.shown_headers)
    options = " ".join([*_tls(target), "-H 'Accept-Encoding: identity'", "-H 'Expect:'", headers]).strip()
    functions = "\n".join(functions_for(body + " tidy")).replace("HEADERS", options)
    yield ""
    yield functions
    yield ""
    yield "trap 'tidy; rm -rf \"$dir\"' EXIT"
    yield "trap 'exit 2' HUP INT TERM"
    yield ""


def _tls(target: Target) -> Iterator[str]:
    tls = target.options.tls
    if tls.insecure:
        yield "-k"
    for option, file in (("--cacert", tls.ca_file), ("--cert", tls.client_cert), ("--key", tls.client_key)):
        if file is not None:
            yield f'{option} "{escaped(file)}"'


def _replay(violation: Violation, target: Target, births: Mapping[int, Exchange]) -> Iterator[str]:
    chosen = replayed(violation, births)
    known = [id for id in map(created_id, chosen) if id is not None]
    acts = Acts(target, _named(violation.demands), known, is_entire=violation.evidence.is_entire)
    acts.write(chosen)
    yield from acts.lines
    yield ""
    if violation.demands:
        for wanted in violation.demands:
            yield from check(wanted, acts)
    else:
        yield from unlike(chosen[-1], acts)


def _named(demands: Sequence[Demand]) -> frozenset[int]:
    """The ids that demands speak of."""
    return frozenset(wanted.id for wanted in demands if isinstance(wanted, _OF_TASKS))


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
        spoken = {number for e in chosen.values() for number in ids_in(e.request, known)} | _named(violation.demands)
        missing = [number for number in spoken - born if number in first_births]
        new = [first_births[number] for number in missing]
        new += [e for e in journal if _changes(e, missing, known)]
        new += _sources(chosen.values(), journal, places)
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


def _exchanges_of(wanted: Demand) -> Iterator[Exchange]:
    for value in vars(wanted).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Exchange):
                yield one
