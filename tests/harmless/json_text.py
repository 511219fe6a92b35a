"""Member order, pretty printing, escapes or raw UTF-8."""

from __future__ import annotations

import random
import re
from typing import Any

from tests.harmless.base import Harmless, Response

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]")
_SHORT = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b", "\\f": "\f", '\\"': '"', "\\\\": "\\", "\\/": "/"}


def _rearranged(document: Any, order: Any) -> Any:
    if isinstance(document, list):
        return [_rearranged(entry, order) for entry in document]
    if isinstance(document, dict):
        return {name: _rearranged(document[name], order) for name in order(list(document))}
    return document


class MembersReversed(Harmless):
    """The members of each object stand in the reverse order."""

    about = "member order"

    def json(self, status: int, document: Any) -> Response:
        return super().json(status, _rearranged(document, lambda names: names[::-1]))


class MembersShuffled(Harmless):
    """The members of each object stand in another order each time."""

    about = "member order"

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(1)

    def json(self, status: int, document: Any) -> Response:
        return super().json(status, _rearranged(document, lambda names: self._random.sample(names, len(names))))


class PrettyPrinted(Harmless):
    """JSON is written on many lines, indented by four spaces."""

    about = "white space in JSON"
    indent = 4


class IndentedByTabs(Harmless):
    """JSON is written on many lines that begin with tabs and end in CRLF, the first and the last of them empty."""

    about = "white space in JSON"
    indent = "\t"

    def written(self, document: Any) -> str:
        lines = super().written(document).split("\n")
        return "\r\n" + "\r\n".join(lines) + "\r\n"


class Compact(Harmless):
    """JSON is written without a space."""

    about = "white space in JSON"
    separators = (",", ":")


class RawUtf8(Harmless):
    """Text beyond ASCII is written in UTF-8, without escapes."""

    about = "escapes"
    raw = True


class EverythingEscaped(Harmless):
    r"""Each character of each string, the names of members included, is written as \u and four digits in upper case."""

    about = "escapes"

    def written(self, document: Any) -> str:
        return _STRING.sub(lambda string: f'"{_CHARACTER.sub(_escape, string[0][1:-1])}"', super().written(document))


class SlashesEscaped(Harmless):
    r"""A slash is written as \/, and what HTML gives a meaning is escaped."""

    about = "escapes"

    def written(self, document: Any) -> str:
        text = super().written(document).replace("/", "\\/")
        return re.sub("[<>&']", lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(character: re.Match[str]) -> str:
    text = character[0]
    if text.startswith("\\u"):
        return "\\u" + text[2:].upper()
    return f"\\u{ord(_SHORT.get(text, text)):04X}"
