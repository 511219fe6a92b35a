"""Faults of reading JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response


class TakesNotANumber(Fault):
    """NaN and Infinity are read, and no done is checked where it is one of them."""

    breaks = "json.malformed"

    def constant(self, name: str) -> Any:
        return True


class IgnoresTrailingText(Fault):
    """What follows the first JSON value is ignored."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        try:
            text = body.decode()
            _, end = json.JSONDecoder().raw_decode(text.lstrip())
        except (ValueError, RecursionError):
            return super().decode(body)
        return super().decode(text.lstrip()[:end].encode())


class TakesControlsInStrings(Fault):
    """Strings may have raw control characters."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        return super().decode(
            re.sub(rb"[\x01-\x1f]", lambda match: b"\\u%04x" % match[0][0], body) if b"\t" in body else body
        )


class DetectsUtf16(Fault):
    """The encoding of a body is detected, so that UTF-16 is read too."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        try:
            return super().decode(body.decode(json.detect_encoding(body)).encode())
        except UnicodeError:
            return super().decode(body)


class ReplacesBadBytes(Fault):
    """Bytes that are no UTF-8 are read as U+FFFD."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        return super().decode(body.decode("utf-8", "replace").encode())


class TakesOverlongForms(Fault):
    """An overlong form of a character is read as that character."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        return super().decode(body.replace(b"\xc0\xaf", b"/"))


class FallsBackToLatin1(Fault):
    """A body that is no UTF-8 is read as Latin-1."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        try:
            body.decode()
        except UnicodeDecodeError:
            body = body.decode("latin-1").encode()
        return super().decode(body)


class TakesTrailingCommas(Fault):
    """A comma before the closing brace is ignored."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        return super().decode(re.sub(rb",\s*}$", b"}", body))


class EmptyPutChangesNothing(Fault):
    """PUT without a body is answered with the task."""

    breaks = "json.malformed"
    also = ("openapi.rejects",)

    def replace(self, request: Request) -> Response:
        return super().replace(request) if request.body.strip() else self.task_response(200, self.find(request))


class TakesAnArrayOfOne(Fault):
    """An array of one task is taken for the task."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        return document[0] if isinstance(document, list) and len(document) == 1 else document


class RefusesWhiteSpace(Fault):
    """A body must begin with its brace."""

    breaks = "json.malformed"

    def decode(self, body: bytes) -> Any:
        if body[:1].isspace():
            raise Refused(400, "The body is not JSON")
        return super().decode(body)


class CrashesOnDeepObjects(Fault):
    """Objects nested more than a thousand deep are a 500."""

    breaks = "json.depth"
    also = ("error.no-5xx",)

    def decode(self, body: bytes) -> Any:
        if body.count(b'{"a":') > 1000 and b"[{" not in body:
            raise RecursionError
        return super().decode(body)


class CrashesOnTheDeepest(Fault):
    """Nesting of more than 20,000 levels is a 500."""

    breaks = "json.depth"
    also = ("error.no-5xx",)

    def decode(self, body: bytes) -> Any:
        if re.search(rb"\[{20000}", body):
            raise RecursionError
        return super().decode(body)


class CrashesWhereItQuotes(Fault):
    """A deeply nested title is a 500, since the refusal quotes it."""

    breaks = "json.depth"
    also = ("error.no-5xx",)

    def members(self, request: Request) -> Members:
        if re.search(rb'"title":[\[{]', request.body) and request.body.count(b"[") > 900:
            raise RecursionError
        return super().members(request)


class DeepIsTooLarge(Fault):
    """Nesting beyond 512 levels is refused with 413."""

    breaks = "json.depth"

    def decode(self, body: bytes) -> Any:
        if body.count(b"[") > 512 and b'"description":"[' not in body:
            raise Refused(413, "The body is too deep")
        return super().decode(body)


class CountsBracketsInStrings(Fault):
    """Brackets inside of strings count as nesting."""

    breaks = "json.depth"

    def decode(self, body: bytes) -> Any:
        if body.count(b"[") > 512:
            raise Refused(400, "The body is too deep")
        return super().decode(body)


class StoresLoneSurrogates(Fault):
    """A description may have a lone surrogate."""

    breaks = "json.unicode"

    def description_problem(self, value: Any) -> str | None:
        return super().description_problem(re.sub("[\ud800-\udfff]", "x", value) if isinstance(value, str) else value)


class ReplacesLoneSurrogates(Fault):
    """A lone surrogate is stored as U+FFFD."""

    breaks = "json.unicode"

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict):
            document = {
                n: re.sub("[\ud800-\udfff]", "\ufffd", v) if isinstance(v, str) else v for n, v in document.items()
            }
        return document


class JoinsReversedPairs(Fault):
    """A low surrogate before a high one is read as a pair."""

    breaks = "json.unicode"

    def decode(self, body: bytes) -> Any:
        return super().decode(re.sub(rb"(?<!\\ud[89ab]..)(\\ud[c-f]..)(\\ud[89ab]..)", rb"\2\1", body))


class LoneSurrogateBreaksTheStore(Fault):
    """A task with a lone surrogate in its title is stored before its answer fails, and the list fails from then on."""

    breaks = "json.unicode"
    also = ("error.no-5xx",)

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(re.sub("[\ud800-\udfff]", "x", value) if isinstance(value, str) else value)

    def json(self, status: int, document: Any) -> Response:
        json.dumps(document, ensure_ascii=False).encode()
        return super().json(status, document)


class CrashesOnSurrogatesInNames(Fault):
    """An unknown member with a lone surrogate in its name is a 500."""

    breaks = "json.unicode"
    also = ("error.no-5xx",)

    def problems(self, document: Members) -> dict[str, str]:
        for name in document:
            name.encode()
        return super().problems(document)


class RefusesTheTextOfAnEscape(Fault):
    """A backslash before ud800, itself escaped, is taken for a surrogate."""

    breaks = "json.unicode"

    def decode(self, body: bytes) -> Any:
        if rb"\\ud800" in body:
            raise Refused(400, "The body has a lone surrogate")
        return super().decode(body)


class CrashesOnInfinity(Fault):
    """A number beyond a double is a 500, since it has no integer."""

    breaks = "json.numbers"
    also = ("error.no-5xx",)

    def done_problem(self, value: Any) -> str | None:
        if isinstance(value, float):
            int(value)
        return super().done_problem(value)


class CrashesOnManyDigits(Fault):
    """An integer of more than 4300 digits is a 500."""

    breaks = "json.numbers"
    also = ("error.no-5xx",)

    def decode(self, body: bytes) -> Any:
        if re.search(rb":-?[0-9]{4301}", body):
            raise OverflowError
        return super().decode(body)


class CrashesOnLongFractions(Fault):
    """A number with a thousand digits after its point is a 500 where it stands for the title."""

    breaks = "json.numbers"

    def decode(self, body: bytes) -> Any:
        if re.search(rb'"title":0\.[0-9]{1000}', body):
            raise OverflowError
        return super().decode(body)


class InfinityIsTrue(Fault):
    """Done is true where it is a number beyond a double."""

    breaks = "json.numbers"

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict) and document.get("done") == float("inf"):
            document["done"] = True
        return document


class LastMemberCounts(Fault):
    """Of a member that comes twice, the last counts."""

    breaks = "json.duplicates"

    def distinct(self, pairs: list[tuple[str, Any]]) -> Members:
        return dict(pairs)


class EqualMembersAreOne(Fault):
    """A member may come twice with the same value."""

    breaks = "json.duplicates"

    def distinct(self, pairs: list[tuple[str, Any]]) -> Members:
        first: Members = {}
        for name, value in pairs:
            if first.setdefault(name, value) != value:
                raise ValueError("duplicate members")
        return first


class EscapedNamesAreOthers(Fault):
    """A duplicate is not seen where one of the two names is escaped."""

    breaks = "json.duplicates"

    def decode(self, body: bytes) -> Any:
        self.is_escaped = b"\\u00" in body
        return super().decode(body)

    def distinct(self, pairs: list[tuple[str, Any]]) -> Members:
        return dict(pairs) if self.is_escaped else super().distinct(pairs)
