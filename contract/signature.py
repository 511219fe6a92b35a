"""What was violated, in words that stay the same from run to run: how a baseline tells a known failure from another.

Left out is whatever two runs on the same server may tell differently: ids, entity tags, counts, dates, the texts that
a run makes up, the size of a list, the words of an error message. ``ID``, ``N``, ``TAG`` and ``TEXT`` stand for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from contract.exchange import Exchange
from contract.expect import Violation
from contract.jsontext import JsonValue, Shown, printable, same, shorten, show

_LONG = 200
_ENDLESS = 10**7
_GENERATED = "openapi"
"""The topic whose requests are generated; which of them fails first is of no account."""

_UNORDERED = "race"
"""The topic whose violations come about by chance, so that no two are received alike."""

_MARKED = re.compile(r"(?:task|refused) [0-9a-f]{8}[- ]\d+(?: \(\d+\))?")
_NOTED = re.compile(r"\bnote \d+")
_OWN_ID = re.compile(r'("id": )\d+')
_WELL_KNOWN_IDS = frozenset(map(str, (2**31 - 1, 2**31, 10**15, 2**53 - 1)))
_ID = re.compile(r"[1-9][0-9]{0,15}")
_DIGITS = re.compile(r"[\d⁰¹²³⁴-⁹]+")
_OTHER_BASE = re.compile(r"0([xob])[0-9a-f]+")
_CURSOR = "after"
_SPOKEN_QUERY = re.compile(r"[^0-9]{0,16}|[0-9]")
_OPAQUE = re.compile(r"\b(?=\w*\d)\w{8,}\b")
_NUMBER = re.compile(
    r"""(?P<status>^[1-5]\d\d(?=$|\ (?!tasks))
        | (?<=status:\ )[1-5]\d\d\b | (?<=answered\ )[1-5]\d\d\b
        | (?<=:\ )[1-5]\d\d(?=\ (?:TEXT|[\[{])) | (?<=,\ )[1-5]\d\d(?=$|\ [\[{]))
    | (?<![-\w])[1-9][0-9.]*(?!\w)""",
    re.VERBOSE,
)
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT")
_CODES = re.compile(r"[1-5]\d\d(?: or [1-5]\d\d)*")
_STATUS_AND_TEXT = re.compile(r'(^|: |answered )([1-5]\d\d) (?![{\["]|(?:or|tasks)\b)\S.*')
_FAILURE = re.compile(r"(no connection could|no answer came|the connection was closed|what came back is) ([^()]*) \(.*")
_URL = re.compile(r"(?:https?://[^/\s>\"]+)?(/[^\s>;,\"]*)")
_ETAG = re.compile(r'\b(ETag: |another tag than )(W/)?("[^"]*"|[^\s,;]*\d[^\s,;]*)')
_KINDS = {type(None): "null", bool: "boolean", str: "string", list: "array", dict: "object"}
_MESSAGE = re.compile(
    r"""(?P<request>\b[A-Z]{3,10}\ /\S*)
    | (?<=\ with\ )(?P<what>\S.*?)(?=\ was\ answered\ with\ status|\ lost\ its\ connection)
    | (?P<kept>\b(?:status|with|answered|The)\ [1-5]\d\d\b(?!\ tasks) | \([1-5]\d\d\) | limit=\d+)
    | (?P<id>\b(?:[Tt]ask|id)\ \d+)
    | (?P<number>[1-9]\d*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, order=True)
class Signature:
    """What a violation says, but for what differs from run to run; ``request`` is what is special about its request."""

    message: str
    request: str = ""
    expected: str = ""
    received: str = ""

    def __str__(self) -> str:
        names = ("request", "expected", "received")
        return "; ".join([self.message, *(f"{name} {text}" for name in names if (text := getattr(self, name)))])


def signature_of(topic: str, violation: Violation, url: str, hide: Callable[[str], str] = str) -> Signature:
    """The signature of a violation by a law of this topic, on the target at ``url``; ``hide`` keeps out secrets."""
    shown = violation.first or violation
    base = urlsplit(url).path
    expected, received = (hide(printable(text)) for text in (_unshortened(shown.expected), _in_full(shown)))
    told = _expected(expected, base)
    return Signature(
        message=_message(hide(printable(shown.message))),
        expected=told,
        received="" if topic == _UNORDERED else _received(received, expected, told, base),
        request="" if shown is not violation or topic == _GENERATED else _special(_decisive(shown), hide),
    )


def _in_full(violation: Violation) -> str:
    """What was received, a document in full that was shortened for people."""
    for exchange in violation.evidence:
        if exchange.outcome == violation.received and isinstance(exchange.document, dict) and exchange.response:
            return f"{exchange.response.status} {show(exchange.document, _ENDLESS)}"
    return _unshortened(violation.received)


def _unshortened(text: str) -> str:
    return show(text.value, _ENDLESS) if isinstance(text, Shown) and isinstance(text.value, dict) else text


def _message(text: str) -> str:
    return shorten(_MESSAGE.sub(_in_message, _own_text(text)), 2 * _LONG)


def _in_message(found: re.Match[str]) -> str:
    if found["request"]:
        method, path = found["request"].split(" ", 1)
        bare = path.rstrip(".,:;")
        return f"{method} {_path(bare)}{path[len(bare) :]}"
    if found["id"]:
        return f"{found['id'].split()[0]} ID"
    return "N" if found["number"] else shorten(found[0], _LONG)


def _own_text(text: str) -> str:
    """Without the texts that a run makes up."""
    return _OWN_ID.sub(r"\1ID", _NOTED.sub("TEXT", _MARKED.sub("TEXT", text)))


def _path(path: str, base: str = "") -> str:
    plain, _, query = path.removeprefix(base).partition("?")
    segments = "/".join(map(_segment, plain.split("/")))
    told = [pair for pair in map(_parameter, query.split("&")) if pair]
    return shorten(segments + ("?" + "&".join(told) if told else ""), _LONG)


def _segment(segment: str) -> str:
    if _ID.fullmatch(segment):
        return segment if segment in _WELL_KNOWN_IDS else "ID"
    text = printable(_DIGITS.sub("N", _OTHER_BASE.sub(r"N\1N", unquote(segment))))
    return text if text != segment and "N" in text else segment


def _parameter(pair: str) -> str:
    name, _, value = pair.partition("=")
    if name == _CURSOR and value.isdigit():
        return pair if value in _WELL_KNOWN_IDS else ""
    return pair if name in (_CURSOR, "limit") or _SPOKEN_QUERY.fullmatch(value) else f"{name}=TEXT"


def _expected(text: str, base: str) -> str:
    return text if _CODES.fullmatch(text) else _plain(_own_text(_shaped(text, _shape)), base)


def _received(text: str, expected: str, told: str, base: str) -> str:
    failure = _FAILURE.search(text)
    if failure:
        text = text.replace(failure[0], f"{failure[1]} {failure[2]}")
    if _CODES.fullmatch(expected) and _CODES.match(text):
        return text[:3]
    wanted = _first_object(expected)
    shape = _shape if wanted is None else lambda value: _compared(wanted, value)
    text = _ETAG.sub(_tag, text)
    found = _plain(_shaped(_STATUS_AND_TEXT.sub(r"\1\2 TEXT", text), shape, strings=False), base)
    return f"{found} (another)" if found == told else _with_size(found, text, expected)


def _with_size(found: str, text: str, expected: str) -> str:
    """Where both begin with a number that is no status, whether more or less was received."""
    numbers = [re.match(r"(?:[\w-]+: )?(\d+)\b", value) for value in (text, expected)]
    if not all(numbers) or _CODES.match(text):
        return found
    more, wanted = (int(number[1]) for number in numbers if number)
    return f"{found} ({'more' if more > wanted else 'less' if more < wanted else 'as many'})"


def _plain(text: str, base: str) -> str:
    """Without what a server makes up: tags, dates, tokens, numbers that are no status."""
    text = _ETAG.sub(_tag, text)
    text = _DATE.sub("DATE", _URL.sub(lambda found: _path(found[1], base), text))
    text = _OPAQUE.sub("N", text)
    return shorten(_NUMBER.sub(lambda found: found["status"] or "N", text), _LONG)


def _tag(found: re.Match[str]) -> str:
    return found[1] + (found[2] or "") + ("TAG" if found[3].startswith('"') else "TAG unquoted")


def _shaped(text: str, shape: Callable[[JsonValue], str], strings: bool = True) -> str:
    """The text, the JSON in it replaced by its shape; JSON strings stay as they are where ``strings`` is true."""
    parts, position = [], 0
    for found in re.finditer(r'[\[{"]', text):
        if found.start() < position or (found[0] == '"' and strings):
            continue
        try:
            value, end = json.JSONDecoder().raw_decode(text, found.start())
        except (ValueError, RecursionError):
            if not re.match(r'[\[{]["\[{\d]', text[found.start() :]):
                continue
            # A long text whose middle is left out.
            value, end = [] if found[0] == "[" else {}, len(text)
        parts += [text[position : found.start()], "TEXT" if isinstance(value, str) else shape(value)]
        position = end
    return "".join([*parts, text[position:]])


def _shape(value: JsonValue) -> str:
    if isinstance(value, list):
        return "[...]"
    return "{" + shorten(", ".join(sorted(map(printable, value))), _LONG) + "}"


def _compared(wanted: dict[str, JsonValue], value: JsonValue) -> str:
    """The shape of an object, and which of its members are other than those wanted."""
    only = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(only, dict) or not only.keys() & wanted.keys():
        return _shape(value)
    others = [name for name in sorted(wanted.keys() & only.keys()) if not same(wanted[name], only[name])]
    # Which other members differ too, where a task is taken for another, depends on the two tasks.
    marked = [name for name in others if any(_MARKED.search(str(one[name])) for one in (wanted, only))]
    told = [f"another {name}{_kind(only[name], wanted[name])}" for name in marked[-1:] or others]
    return " with ".join(filter(None, [_shape(only), ", ".join(told)]))


def _kind(value: JsonValue, wanted: JsonValue) -> str:
    return "" if type(value) is type(wanted) else f" ({_KINDS.get(type(value), 'number')})"


def _first_object(text: str) -> dict[str, JsonValue] | None:
    first = re.search(r"[\[{]", text)
    try:
        value, _ = json.JSONDecoder().raw_decode(text, first.start()) if first else (None, 0)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _decisive(violation: Violation) -> Exchange | None:
    """The exchange that the message speaks of, else the last one."""
    named = [e for e in violation.evidence if f"{e.request.method} {e.request.path[:90]}" in violation.message]
    return (named or list(violation.evidence) or [None])[-1]  # type: ignore[list-item]


def _special(exchange: Exchange | None, hide: Callable[[str], str]) -> str:
    """The headers of a request that are not the usual ones, and the body of one that broke the server."""
    if exchange is None:
        return ""
    told = [f"{name}: {_value(name, hide(value))}" for name, value in exchange.request.headers]
    told = [line for line in told if line != "Content-Type: application/json"]
    if exchange.request.body is not None and not any(name == "Content-Type" for name, _ in exchange.request.headers):
        told.append("no Content-Type")
    if exchange.request.body and (exchange.response is None or exchange.response.status >= 500):
        body = printable(hide(exchange.request.body.decode("utf-8", "backslashreplace")))
        told += [] if _MARKED.search(body) else [f"body {shorten(body, _LONG // 2)}"]
    return shorten(", ".join(told), 2 * _LONG)


def _value(name: str, value: str) -> str:
    if name in ("Cookie", "Authorization"):
        return "TEXT"
    text = re.sub(r'"[^"]*"', '"TAG"', value) if name.startswith("If-") else value
    return printable(_OPAQUE.sub("N", _DATE.sub("DATE", text))) if name != "Content-Type" else printable(text)
