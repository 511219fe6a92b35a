"""Faults of text."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Request, Response, Task


class TextChanges(Fault):
    """A server that changes texts on their way in; ``changed`` says how."""

    def changed(self, text: str) -> str:
        raise NotImplementedError

    def filled_in(self, document: Members) -> Members:
        members = super().filled_in(document)
        return {name: self.changed(v) if isinstance(v, str) else v for name, v in members.items()}


class TrimsTitles(Fault):
    """White space at both ends of a title is cut off."""

    breaks = "text.exact"

    def filled_in(self, document: Members) -> Members:
        members = super().filled_in(document)
        return {**members, "title": members["title"].strip(" \t\r\n")}


class ComposesCharacters(TextChanges):
    """Texts are stored in the normal form NFC."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


class OldNormalFormStays(Fault):
    """PUT with a title that equals the present one in NFKC and without case keeps the present one."""

    breaks = "text.exact"
    also = ("update.replaces",)

    def key(self, text: str) -> str:
        return unicodedata.normalize("NFKC", text).casefold()

    def update(self, task: Task, members: Members) -> Task:
        is_equal = self.key(task["title"]) == self.key(members["title"])
        return super().update(task, {**members, "title": task["title"]} if is_equal else members)


class ListEscapesMarkup(Fault):
    """The list shows markup escaped."""

    breaks = "text.exact"
    also = ("list.complete",)

    def listed(self, task: Task) -> Members:
        return {**task, "title": html.escape(task["title"]), "description": html.escape(task["description"])}


class PutUnifiesLineEnds(Fault):
    """PUT stores every line end as a line feed."""

    breaks = "text.exact"

    def update(self, task: Task, members: Members) -> Task:
        text = re.sub("\r\n?", "\n", members["description"])
        return super().update(task, {**members, "description": text})


class ByteOrderMarkIsDropped(TextChanges):
    """U+FEFF at the start of a text is taken for a byte order mark."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return text.removeprefix("\ufeff")


class NoncharactersAreReplaced(TextChanges):
    """Noncharacters beyond the first plane are stored as U+FFFD."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return re.sub("[\U0001fffe\U0001ffff\U0010fffe\U0010ffff]", "\ufffd", text)


class OnlyTheFirstPlane(TextChanges):
    """Characters beyond U+FFFF are stored as question marks."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return re.sub("[\U00010000-\U0010ffff]", "?", text)


class EscapesAreReadTwice(TextChanges):
    """A backslash before n in a text becomes a line feed."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return text.replace("\\n", "\n")


class PercentIsAFormat(TextChanges):
    """Two percent signs become one."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return text.replace("%%", "%")


class NumbersAreNoText(Fault):
    """A title of digits is read from the store as a number."""

    breaks = "text.exact"
    also = ("openapi.headers", "openapi.schema")

    def read(self, request: Request) -> Response:
        task = self.find(request)
        is_number = re.fullmatch("0|[1-9][0-9]*", task["title"]) is not None
        return self.task_response(200, {**task, "title": int(task["title"])}) if is_number else super().read(request)


class InvisibleIsDropped(TextChanges):
    """Format characters, such as the joiners of an emoji, are left out of what is stored."""

    breaks = "text.exact"

    def changed(self, text: str) -> str:
        return "".join(c for c in text if unicodedata.category(c) != "Cf")


class CountsUtf16Units(Fault):
    """A character beyond U+FFFF counts for two."""

    breaks = "text.length"
    also = ("text.exact",)

    def units(self, value: Any) -> int:
        return len(value.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(value, str) else 0

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(value) or ("is too long" if self.units(value) > 200 else None)

    def description_problem(self, value: Any) -> str | None:
        return super().description_problem(value) or ("is too long" if self.units(value) > 2000 else None)


class DescriptionCountsBytes(Fault):
    """The limit of a description is 4000 bytes, which ASCII text never reaches."""

    breaks = "text.length"
    also = ("text.exact",)

    def description_problem(self, value: Any) -> str | None:
        problem = super().description_problem(value)
        return problem or ("is too long" if len(value.encode()) > 4000 else None)


class CountsWhatIsSeen(Fault):
    """A combining mark does not count."""

    breaks = "text.length"

    def title_problem(self, value: Any) -> str | None:
        seen = "".join(c for c in value if not unicodedata.combining(c)) if isinstance(value, str) else value
        return super().title_problem(seen or value)


class CountsComposedCharacters(Fault):
    """Length is counted after composing letters and marks."""

    breaks = "text.length"

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(unicodedata.normalize("NFC", value) if isinstance(value, str) else value)


class PutHasNoLimit(Fault):
    """PUT accepts a description of any length."""

    breaks = "text.length"
    also = ("openapi.rejects", "openapi.schema")

    def replace(self, request: Request) -> Response:
        self.is_put = True
        try:
            return super().replace(request)
        finally:
            self.is_put = False

    is_put = False

    def description_problem(self, value: Any) -> str | None:
        is_long = self.is_put and isinstance(value, str) and len(value) > 2000
        return None if is_long else super().description_problem(value)


class CutsTitlesAt255Bytes(Fault):
    """A title of more than 255 bytes is cut there without a word."""

    breaks = "text.length"
    also = ("text.exact",)

    def filled_in(self, document: Members) -> Members:
        members = super().filled_in(document)
        return {**members, "title": members["title"].encode()[:255].decode("utf-8", "ignore")}


class CutsInsteadOfRefusing(Fault):
    """A title over the limit is cut to it."""

    breaks = "text.length"
    also = ("openapi.rejects",)

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(value[:200] if isinstance(value, str) else value)

    def filled_in(self, document: Members) -> Members:
        members = super().filled_in(document)
        return {**members, "title": members["title"][:200]}


class FullLengthIsTooLong(Fault):
    """A title of exactly 200 characters is refused."""

    breaks = "text.length"
    also = ("openapi.accepts",)

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(value) or ("is too long" if len(value) == 200 else None)


class TrailingSpacesAreNoChange(Fault):
    """PUT of a title that differs in trailing spaces only keeps the present one, as a padded column compares."""

    breaks = "text.exact"

    def update(self, task: Task, members: Members) -> Task:
        if task["title"].rstrip(" ") == members["title"].rstrip(" "):
            members = {**members, "title": task["title"]}
        return super().update(task, members)
