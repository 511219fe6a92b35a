"""A violation as a script that stands alone: set-up, acts, and checks that the server does what it must."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from contract.artifacts.acts import Acts
from contract.artifacts.checks import check, unlike
from contract.artifacts.folder import MARK
from contract.artifacts.prelude import functions_for, race_for
from contract.artifacts.selection import depends_on_history, exchanges_of, ids_of, replayed
from contract.artifacts.wire import NEEDS, is_raw, raw_lines
from contract.artifacts.words import user_header
from contract.exchange import Exchange, created_id
from contract.expect import Violation
from contract.jsontext import printable
from contract.requirement import Requirement
from contract.transport import Target
from contract.transport.http import HttpTarget

_WIDTH = 118
_LONG = 600
_TOOLS = "sh, curl (7.68 or later), awk, cmp, grep, od, sed, seq, sort, tr"
_AT_ONCE = ("error", "openapi", "list")
"""Topics whose violations show in the answers to requests that the evidence has."""

_AGAIN = "# In case what went before matters: everything that the suite had sent, on as many connections."


def script(entry: Requirement, violation: Violation, target: Target, births: Mapping[int, Exchange]) -> str:
    """The text of the script for a violation of ``entry``; ``births`` has the creation of each task of the run."""
    if entry.topic == "durable":
        body = "\n".join(_after_a_restart(entry))
    else:
        body = race_for(entry.id) or "\n".join(_replay(entry, violation, target, births))
    text = "\n".join([*_head(entry, violation), "replay() {", body, "}", "", *_rest(body, target), ""])
    headers = " ".join(f"-H {user_header(name, value)}" for name, value in target.shown_headers)
    for place, value in {"@ENTRY@": entry.id, "@HEADERS@": headers, "@TLS@": " ".join(_tls(target))}.items():
        text = text.replace(f" {place}", f" {value}" if value else "")
    return text


def _head(entry: Requirement, violation: Violation) -> Iterator[str]:
    yield "#!/bin/sh"
    yield MARK
    for text in (
        f"{entry.id} ({entry.level}): {entry.sentence}",
        "",
        violation.message,
        f"expected  {violation.expected}",
        f"received  {violation.received}",
        "",
        "Give it the URL of a server. It exits with 1 while the server shows this, with 0 once that is mended, with 2 "
        f"where it cannot be shown. It needs {_TOOLS}.",
    ):
        yield from textwrap.wrap(printable(text), _WIDTH, initial_indent="# ", subsequent_indent="#   ") or ["#"]


def _rest(body: str, target: Target) -> Iterator[str]:
    """What stands behind the acts: where to, the functions that they use, and the start."""
    yield "LC_ALL=C"
    yield "export LC_ALL"
    if isinstance(target, HttpTarget):
        yield f"url={shlex.quote(target.url)}"
        yield "url=${1:-$url}"
    else:
        yield "url=${1:?The URL of a server is missing.}"
    yield "url=${url%/}"
    yield 'authority=${url#*://} authority=${authority%%/*} origin=${url%%://*}://$authority base=${url#"$origin"}'
    yield "dir=$(mktemp -d) || exit 2"
    yield ""
    yield functions_for(body + " tidy").replace("\t@CONFIG@\n", "".join(f"\t{line}\n" for line in _config(target)))
    yield ""
    yield "trap 'tidy; rm -rf \"$dir\"' EXIT"
    yield "trap 'exit 2' HUP INT TERM"
    yield "replay"
    yield 'echo "$(basename "$0"): mended."'


def _config(target: Target) -> Iterator[str]:
    """Lines that write the options of all requests as lines for a curl."""
    yield from (f"quoted header {user_header(name, value)}" for name, value in target.shown_headers)
    for option in _tls(target):
        yield "echo insecure" if option == "-k" else f"quoted {option.removeprefix('--')}"


def _tls(target: Target) -> Iterator[str]:
    tls = target.options.tls
    if tls.insecure:
        yield "-k"
    for option, file in (("--cacert", tls.ca_file), ("--cert", tls.client_cert), ("--key", tls.client_key)):
        if file is not None:
            yield f"{option} {shlex.quote(str(Path(file).absolute()))}"


def _replay(entry: Requirement, violation: Violation, target: Target, births: Mapping[int, Exchange]) -> Iterator[str]:
    evidence = violation.evidence
    if is_raw(violation.demands):
        yield from _raw(violation, target, replayed(violation, births))
        return
    if not evidence.is_entire:
        yield from _part(violation, target, replayed(violation, births), is_entire=False)
        is_longer = len(evidence.whole) < len(evidence.journal) <= _LONG
        if entry.topic in _AT_ONCE or not is_longer or not depends_on_history(violation):
            return
        yield from ("", "tidy", _AGAIN)
    entire = Violation("", expected="", received="", evidence=evidence.entire(), demands=violation.demands)
    yield from _part(entire, target, replayed(entire, births), is_entire=True)


def _after_a_restart(entry: Requirement) -> Iterator[str]:
    """Lines that say why no request shows this."""
    run = f"task-contract run --command '...' --durable --only {entry.id}"
    yield f"echo {shlex.quote(f'Only a restart of the server shows this: {run}')} >&2"
    yield "exit 2"


def _raw(violation: Violation, target: Target, chosen: Sequence[Exchange]) -> Iterator[str]:
    answers = [e for wanted in violation.demands for e in exchanges_of(wanted)]
    before = [e for e in chosen if not any(e is one for one in answers) and e.written is None]
    known = [id for id in map(created_id, before) if id is not None]
    acts = Acts(target, named=frozenset(known), known=known)
    acts.write(before, later=answers)
    yield from (*NEEDS, *acts.lines, "", *raw_lines(violation.demands, acts))


def _part(violation: Violation, target: Target, chosen: Sequence[Exchange], *, is_entire: bool) -> Iterator[str]:
    known = [id for id in map(created_id, chosen) if id is not None]
    acts = Acts(target, named=ids_of(violation.demands), known=known, keeps_connections=is_entire)
    if is_entire:
        yield "port=$((20000 + $$ % 1500 * 20))"
    acts.write(chosen)
    yield from acts.lines
    yield ""
    for wanted in violation.demands:
        yield from check(wanted, acts)
    if not violation.demands:
        yield from unlike(chosen[-1], acts) if chosen else ["unable 'no request shows it'"]
