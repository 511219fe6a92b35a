"""JSON: bodies that are none, and those on which readers break or disagree."""

from __future__ import annotations

from contract.api import Api
from contract.corpora import json_texts as corpus
from contract.jsontext import encode
from contract.refusal import Refusals
from contract.requirement import requirement
from contract.tasks import BODY_LIMIT, COLLECTION, item

_MEMBERS = {"title": "input.title", "description": "input.description", "done": "input.done", "extra": "input.unknown"}
"""Where a value may stand, and the requirement that refuses any number, array or object there."""

_DEPTHS = (500, 1_000, 10_000, BODY_LIMIT)
_ROOM = 200
"""Bytes that the other members of a body take up at most."""


@requirement("json.malformed", source="RFC 8259")
def test_malformed(api: Api) -> None:
    """A body that is no JSON object in UTF-8 is refused with 400: empty, cut short, followed by text, with NaN, with
    bad UTF-8, or another value.

    Many a parser takes more than JSON by default: comments, NaN, raw control characters, UTF-16.
    """
    writes = Refusals(api)
    for name, template in {**corpus.NO_OBJECT, **corpus.MALFORMED}.items():
        writes.refuse(name, writes.marked(template), 400)
    for name, sequence in corpus.BAD_UTF8.items():
        writes.refuse(name, writes.marked(b'{"title":"MARK","description":"' + sequence + b'"}'), 400)
    writes.refuse("the byte FF in a title", writes.marked(b'{"title":"MARK \xff"}'), 400)
    for encoding in corpus.OTHER_ENCODINGS:
        writes.refuse(f"JSON in {encoding}", encode(writes.body()).decode().encode(encoding), 400)
    for query in (f"title={writes.text().replace(' ', '+')}", "%7B%22title%22:%22x%22%7D"):
        for method, path in (("POST", COLLECTION), ("PUT", item(writes.target))):
            writes.refused("an empty body", api.send(method, f"{path}?{query}", b""), 400)

    for name, template in corpus.WELL_FORMED.items():
        writes.accept(name, writes.marked(template))
    writes.leave_no_trace()


@requirement("json.depth", source="RFC 8259 9")
def test_depth(api: Api) -> None:
    """Nesting of any depth up to the body limit is refused with 400.

    A recursive reader runs out of stack; bound its depth, or catch what it raises.
    """
    writes = Refusals(api)
    writes.require("json.malformed", [b"[]", b"[[]]", b"["], 400)
    writes.require("input.title", [b'{"a":[]}'], 400)
    for depth in _DEPTHS:
        for name, value in corpus.nested(depth, BODY_LIMIT):
            writes.refuse(name, value, 400)
    for opening in (b"[", b'{"a":', b'[{"":'):
        writes.refuse("nesting that never ends", opening * (BODY_LIMIT // len(opening)), 400)
    body = encode(writes.body())
    writes.accept(f"a body of {BODY_LIMIT} bytes", body.ljust(BODY_LIMIT))
    writes.accept("brackets in a string", writes.body(description="[{" * 1000))
    writes.leave_no_trace()

    for position, (member, owner) in enumerate(_MEMBERS.items()):
        writes.require(owner, [writes.body(**{member: []}), writes.body(**{member: {}})], 400)
        for depth in _DEPTHS[1:]:
            name, value = list(corpus.nested(depth, BODY_LIMIT - _ROOM))[position % 3]
            writes.refuse(f"{name} as {member}", _with_raw(writes, member, value), 400)
    writes.leave_no_trace()


@requirement("json.unicode", source="RFC 7493 2.1")
def test_unicode(api: Api) -> None:
    """A lone surrogate, escaped in a title, a description or a name, is refused with 400 and never stored.

    It is no text and has no UTF-8; once stored, it can make the list unreadable for everybody.
    """
    writes = Refusals(api)
    writes.require("input.title", [writes.body(title=None)], 400)
    for name, escapes in corpus.LONE_SURROGATES.items():
        for template in corpus.WITH_ESCAPES:
            writes.refuse(name, writes.marked((template % escapes).encode()), 400)
    for name, escapes in corpus.NO_LONE_SURROGATES.items():
        writes.accept(name, writes.marked(f'{{"title":"{escapes} MARK","description":"MARK{escapes}MARK"}}'.encode()))
    writes.leave_no_trace()

    writes.require("input.unknown", [{"title": writes.text(), "extra": 1}], 400)
    for escape in ("\\ud800", "\\udfff"):
        for template in corpus.WITH_ESCAPES_ELSEWHERE:
            body = writes.marked((template % escape).encode())
            writes.refuse("a lone surrogate where no text belongs", body, 400)
    writes.leave_no_trace()


@requirement("json.numbers", source="RFC 8259 6")
def test_numbers(api: Api) -> None:
    """Numbers beyond a double or of thousands of digits are refused like any other number, and break nothing.

    No member of a task is a number; a reader may fail on such a one before it finds that out.
    """
    writes = Refusals(api)
    for number in corpus.NUMBERS[-2:]:
        writes.accept("digits in a string", writes.body(title=number[:100], description=number[:1000]))
    for member, owner in _MEMBERS.items():
        writes.require(owner, [writes.body(**{member: number}) for number in (0, 1, 1.5)], 400)
        for number in corpus.NUMBERS:
            writes.refuse(f"{_named(number)} as {member}", _with_raw(writes, member, number.encode()))
    writes.require("json.malformed", [b"7"], 400)
    for number in corpus.NUMBERS:
        writes.refuse(f"{_named(number)} alone", number.encode())
    writes.leave_no_trace()


@requirement("json.duplicates", level="SHOULD", source="RFC 7493 2.3")
def test_duplicates(api: Api) -> None:
    """An object with the same member twice is refused with 400.

    Readers disagree about which of the two counts, and what one part of a system checks another may not store.
    """
    writes = Refusals(api)
    writes.require("json.malformed", [b"{"], 400)
    for name, template in corpus.DUPLICATES.items():
        writes.refuse(name, writes.marked(template), 400)
    for name, template in corpus.NO_DUPLICATES.items():
        writes.accept(name, writes.marked(template))
    writes.leave_no_trace()


def _with_raw(writes: Refusals, member: str, value: bytes) -> bytes:
    """A valid body but for the member, whose value is written as it is given."""
    return encode(writes.body(**{member: None})).replace(b"null", value)


def _named(number: str) -> str:
    return number if len(number) <= 30 else f"a number of {len(number)} characters"
