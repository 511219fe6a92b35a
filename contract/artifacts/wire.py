"""What only the bytes on a connection show, as scripts: curl writes and prints them as they are, with its telnet."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import singledispatch

from contract.artifacts.acts import Acts
from contract.artifacts.checks import check
from contract.artifacts.prelude import flat_lines
from contract.artifacts.words import user_header
from contract.demand import AskedFirst, CutOff, Demand, NotStalled, OnTheWire, StoredAsSent
from contract.jsontext import show
from contract.shell import octal, print_bytes
from contract.transport import Request

_RAW = (OnTheWire, StoredAsSent, AskedFirst, CutOff, NotStalled)
NEEDS = ("case $url in https:*) unable 'it needs a connection without TLS' ;; esac", "needs_telnet")
"""The lines that end a script where bytes cannot be written as they are."""


def is_raw(demands: Sequence[Demand]) -> bool:
    """Whether the demands are about bytes."""
    return any(isinstance(wanted, _RAW) for wanted in demands)


def raw_lines(demands: Sequence[Demand], acts: Acts) -> Iterator[str]:
    """The lines that show whether demands about bytes are met."""
    for wanted in demands:
        if isinstance(wanted, _RAW):
            yield from _lines(wanted, acts)
        else:
            yield from check(wanted, acts)


@singledispatch
def _lines(wanted: Demand, acts: Acts) -> Iterator[str]:
    raise TypeError(f"{type(wanted).__name__} is no demand about bytes.")


@_lines.register
def _(wanted: OnTheWire, acts: Acts) -> Iterator[str]:
    request = wanted.answer.request
    control = Request("GET", "/tasks?limit=1", (("Connection", "close"),))
    yield "{"
    for _ in range(wanted.times):
        yield f"\t{_head(acts, request)}"
        if wanted.is_late:
            yield "\tsleep 1"
        if wanted.sent:
            yield f"\t{print_bytes(wanted.sent)}"
    yield f"\t{_head(acts, control)}"
    yield '} | raw 5 >"$dir/raw"'
    patterns = " ".join(f"'{str(status).replace('x', '?')}'" for status in wanted.allowed)
    statuses = " or ".join(map(str, wanted.allowed))
    what = f"{statuses}, of the length that it announces, and the answer to the next request or the end"
    yield f"is_in_step $? {wanted.times} {request.method} {patterns} || wrong {shlex.quote(what)}"


@_lines.register
def _(wanted: StoredAsSent, acts: Acts) -> Iterator[str]:
    yield from _lines(wanted.written, acts)
    # Its title tells the task from all others.
    (line,) = flat_lines(wanted.values["title"], ".title")
    yield 'ask stored curl "$url/tasks"'
    yield f"while ! flat stored | grep -qF -e {shlex.quote(line)} && follow stored stored; do :; done"
    yield f"place=$(flat stored | sed -n 's/^\\(\\[[0-9]*\\]\\){line}$/\\1/p')"
    for name, value in wanted.values.items():
        (line,) = flat_lines(value, f".{name}")
        what = f"a task with {show({name: value}, 80)}, as it was sent"
        yield f'flat stored | grep -qxF -e "$place"{shlex.quote(line)} || broken stored {shlex.quote(what)}'


@_lines.register
def _(wanted: AskedFirst, acts: Acts) -> Iterator[str]:
    request = wanted.answer.request
    yield "{"
    if wanted.again:
        yield f"\t{_head(acts, request)}"
        yield "\tsleep 1"
        yield f"\t{print_bytes(request.body or b'')}"
        yield "\tsleep 1"
    yield f"\t{_head(acts, request)}"
    yield "\tsleep 3"
    statuses = "grep -ao 'HTTP/1[.][01] [0-9]*' \"$dir/raw\" | cut -d ' ' -f 2"
    behind = " | sed '1,/^[^1]/d'" if wanted.again else ""
    yield f'\t{statuses}{behind} >"$dir/first"'
    yield f"\t{print_bytes(request.body or b'')}"
    yield f'}} | raw {9 if wanted.again else 6} >"$dir/raw"'
    yield "[ -s \"$dir/first\" ] || wrong 'an interim 100 or a final answer, before the body is sent'"
    yield "! head -n 1 \"$dir/first\" | grep -q '^2' || wrong 'an interim 100 or a refusal, before the body is sent'"


@_lines.register
def _(wanted: CutOff, acts: Acts) -> Iterator[str]:
    if wanted.is_reset:
        yield "unable 'curl does not reset a connection'"
    yield "{"
    yield f"\t{_head(acts, wanted.request, cut=wanted.head)}"
    if wanted.body:
        yield f"\t{print_bytes(wanted.body)}"
    yield "} | raw 1 >/dev/null"
    yield "sleep 1"
    if isinstance(wanted.then, _RAW):
        yield from _lines(wanted.then, acts)
        return
    acts.write([wanted.answer])
    yield acts.lines.pop()
    yield from check(wanted.then, acts)


@_lines.register
def _(wanted: NotStalled, acts: Acts) -> Iterator[str]:
    begun, seconds = wanted.begun, round(wanted.seconds) + 6
    yield f"for n in $(seq {wanted.others}); do"
    yield f"\tfor m in $(seq {begun.times if begun.request is not None else 0}); do"
    yield "\t\t:"
    if begun.request is not None:
        yield f"\t\t{_head(acts, begun.request, cut=begun.missing)}"
    if begun.body:
        yield f"\t\t{print_bytes(begun.body)}"
    unread = "" if begun.is_read else f" | sleep {seconds}"
    yield f"\tdone | raw {seconds}{unread} >/dev/null &"
    yield "done"
    yield "sleep 2"
    acts.write([wanted.answer])
    yield acts.lines.pop().replace(" curl ", f" curl -m {wanted.seconds:g} ", 1)
    number = acts.number(wanted.answer)
    yield f"! status_is {number} 000 || broken {number} 'an answer within {wanted.seconds:g} s'"


def _head(acts: Acts, request: Request, cut: int = 0) -> str:
    """A command that prints the head of a request as it is sent, but so many bytes at its end."""
    headers = request.headers
    named = {name.lower() for name, _ in headers}
    if request.body is not None and not named & {"transfer-encoding", "content-length"}:
        headers = (*headers, ("Content-Length", str(len(request.body))))
    own = [pair for pair in acts.target.shown_headers if pair[0].lower() not in named]
    headers = headers if "accept-encoding" in named else (*headers, ("Accept-Encoding", "identity"))
    lines = [_header_line(acts, *pair) for pair in headers]
    text = f"{request.method} \1 HTTP/1.1\r\nHost: \1\r\n" + "\1\r\n" * len(own)
    text += "".join(f"{line or chr(1)}\r\n" for line, _ in lines) + "\r\n"
    words = [f'"$base{acts.path(request.path)}"', '"$authority"', *(user_header(*pair) for pair in own)]
    words += [word for _, word in lines if word]
    return f"printf '{octal(text[: len(text) - cut]).replace(chr(92) + '001', '%s')}' {' '.join(words)}"


def _header_line(acts: Acts, name: str, value: str) -> tuple[str, str]:
    """A header as it stands in a head, or, where a variable of the script is in it, as a word."""
    return ("", acts.header(name, value)) if acts.has_tag(name, value) else (f"{name}: {value}", "")
