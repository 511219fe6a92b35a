"""JSON as RFC 8259 has it: strict decoding, comparison that respects types, and printing that cannot fail."""

from __future__ import annotations

import json
import re
from typing import Any

JsonValue = Any

_MOST_DIGITS = 4000
_BOM = b"\xef\xbb\xbf"
_UNPRINTABLE = re.compile("[^ -~]")


class NotJson(ValueError):
    """A body is not JSON text in UTF-8, or has the same member twice in an object."""


def decode(body: bytes) -> JsonValue:
    """The value of a JSON text in UTF-8, a leading byte order mark ignored (RFC 8259 8.1); raises ``NotJson``.

    NaN, Infinity and duplicate members are refused. An integer of more digits than Python converts becomes a float.
    """
    try:
        text = body.removeprefix(_BOM).decode("utf-8")
        return json.loads(
            text, parse_constant=_refuse_constant, parse_int=_integer, object_pairs_hook=_distinct_members
        )
    except RecursionError:
        raise NotJson("the nesting is too deep to read") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def encode(value: JsonValue) -> bytes:
    """The value as compact JSON text in UTF-8; a lone surrogate is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def same(left: JsonValue, right: JsonValue) -> bool:
    """Whether two values are equal as JSON: ``True`` is not 1, and 1 is not 1.0."""
    pairs = [(left, right)]
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, dict):
            if left.keys() != right.keys():
                return False
            pairs += [(left[key], right[key]) for key in left]
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


class Shown(str):
    """The text of a value for people; ``value`` is all of it."""

    value: JsonValue


def show(value: JsonValue, limit: int = 300) -> Shown:
    """The value as JSON text in ASCII of at most ``limit`` characters, for people to read."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except RecursionError:
        text = "a value that is nested too deeply to print"
    shown = Shown(shorten(text, limit))
    shown.value = value
    return shown


def shorten(text: str, limit: int = 300) -> str:
    """The text, its middle left out where it is longer than ``limit`` characters."""
    if len(text) <= limit:
        return text
    half = (limit - 24) // 2
    return f"{text[:half]} ... {len(text) - 2 * half} more ... {text[-half:]}"


def printable(text: str) -> str:
    """The text in one line of printable ASCII: white space as one space, what is beyond ASCII as escapes."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), " ".join(text.split()))


def _refuse_constant(name: str) -> JsonValue:
    raise NotJson(f"{name} is no JSON value")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")


def _distinct_members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NotJson("an object has the same member twice")
    return members
