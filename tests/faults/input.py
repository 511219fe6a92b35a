"""Faults of what a body may say."""

from __future__ import annotations

import re
from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response, Task


class NumbersBecomeTitles(Fault):
    """A title that is a number is stored as its digits."""

    breaks = "input.title"
    also = ("openapi.rejects",)

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict) and type(document.get("title")) in (int, float):
            document["title"] = str(document["title"])
        return document


class PutNeedsNoTitle(Fault):
    """PUT without a title keeps the present one."""

    breaks = "input.title"
    also = ("openapi.rejects",)

    present: str | None = None

    def replace(self, request: Request) -> Response:
        self.present = self.find(request)["title"]
        try:
            return super().replace(request)
        finally:
            self.present = None

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        return {"title": self.present, **document} if self.present and isinstance(document, dict) else document


class DeleteIsNoControl(Fault):
    """A title may have U+007F."""

    breaks = "input.title"
    also = ("openapi.rejects", "openapi.schema")

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(value.replace("\x7f", "x") if isinstance(value, str) else value)


class DollarMatchesBeforeALineFeed(Fault):
    """A title may end in a line feed, which the end of a regular expression hides."""

    breaks = "input.title"

    def title_problem(self, value: Any) -> str | None:
        is_text = isinstance(value, str) and re.match(r"[^\x00-\x1f\x7f]{1,200}$", value)
        return self.text_problem(value) if is_text else "is no title"


class TrimsBeforeItJudges(Fault):
    """White space at both ends of a title is cut off before the title is judged."""

    breaks = "input.title"
    also = ("text.exact", "text.length")

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict) and isinstance(document.get("title"), str):
            document["title"] = document["title"].strip()
        return document


class BlankIsEmpty(Fault):
    """A title of nothing but white space is refused."""

    breaks = "input.title"
    also = ("text.exact",)

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(value) or (None if value.strip() else "is blank")


class MoreControls(Fault):
    """A title with a control character from U+0080 to U+009F is refused."""

    breaks = "input.title"
    also = ("text.exact",)

    def title_problem(self, value: Any) -> str | None:
        return super().title_problem(value) or ("has a control character" if re.search("[\x80-\x9f]", value) else None)


class NullIsNoDescription(Fault):
    """A description of null is taken for none."""

    breaks = "input.description"
    also = ("openapi.rejects",)

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict) and document.get("description", "") is None:
            del document["description"]
        return document


class ListsBecomeLines(Fault):
    """A description that is an array of strings is stored as lines."""

    breaks = "input.description"
    also = ("openapi.rejects",)

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        lines = document.get("description") if isinstance(document, dict) else None
        if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            document["description"] = "\n".join(lines)
        return document


class NulEndsADescription(Fault):
    """A description ends at its first U+0000."""

    breaks = "input.description"
    also = ("openapi.rejects",)

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict) and isinstance(document.get("description"), str):
            document["description"] = document["description"].partition("\0")[0]
        return document


class DescriptionIsOneLine(Fault):
    """A description with a line feed is refused."""

    breaks = "input.description"
    also = ("text.exact", "json.malformed", "openapi.accepts")

    def description_problem(self, value: Any) -> str | None:
        return super().description_problem(value) or ("has a line feed" if "\n" in value else None)


class NumbersAreBooleans(Fault):
    """0 and 1, also with a point, are taken for false and true."""

    breaks = "input.done"
    also = ("openapi.rejects", "openapi.schema")

    def done_problem(self, value: Any) -> str | None:
        return None if value in (0, 1) else "is true or false"


class WordsAreBooleans(Fault):
    """PUT takes the strings true and false for the values."""

    breaks = "input.done"

    def replace(self, request: Request) -> Response:
        request.body = re.sub(rb'"done": ?"(true|false)"', rb'"done":\1', request.body)
        return super().replace(request)


class NullIsNotDone(Fault):
    """Done of null is taken for false."""

    breaks = "input.done"
    also = ("openapi.rejects",)

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if isinstance(document, dict) and document.get("done", 0) is None:
            document["done"] = False
        return document


class OwnIdIsAllowed(Fault):
    """PUT ignores an id that is the task's own."""

    breaks = "input.unknown"
    own: int | None = None

    def replace(self, request: Request) -> Response:
        self.own = self.find(request)["id"]
        try:
            return super().replace(request)
        finally:
            self.own = None

    def problems(self, document: Members) -> dict[str, str]:
        if self.own is not None and document.get("id") == self.own:
            document = {name: value for name, value in document.items() if name != "id"}
        return super().problems(document)


class UnknownNullIsIgnored(Fault):
    """An unknown member is ignored where it is null."""

    breaks = "input.unknown"

    def problems(self, document: Members) -> dict[str, str]:
        known = ("title", "description", "done")
        return super().problems({name: v for name, v in document.items() if name in known or v is not None})


class NamesInAnyCase(Fault):
    """The names of members are taken in any case."""

    breaks = "input.unknown"

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        return {name.lower(): v for name, v in document.items()} if isinstance(document, dict) else document


class NamesInAnotherCaseStandIn(Fault):
    """The name of a member in another case is taken for it, where the body has that member only once."""

    breaks = "input.unknown"

    def decode(self, body: bytes) -> Any:
        document = super().decode(body)
        if not isinstance(document, dict):
            return document
        lowered = {name.lower(): value for name, value in document.items()}
        return lowered if len(lowered) == len(document) else document


class DunderNamesAreInvisible(Fault):
    """Members that begin with two underscores are not seen by the check."""

    breaks = "input.unknown"

    def problems(self, document: Members) -> dict[str, str]:
        return super().problems({name: v for name, v in document.items() if not name.startswith("__")})


class EmptyNameIsIgnored(Fault):
    """A member with an empty name is ignored."""

    breaks = "input.unknown"

    def problems(self, document: Members) -> dict[str, str]:
        return super().problems({name: value for name, value in document.items() if name})


class StoresMemberByMember(Fault):
    """PUT stores each member as soon as it is found valid, in the order of the body."""

    breaks = "input.atomic"

    def replace(self, request: Request) -> Response:
        task = self.find(request)
        try:
            return super().replace(request)
        except Refused as refused:
            if refused.details:
                self.store_up_to_a_problem(task, self.decode(request.body))
            raise

    def store_up_to_a_problem(self, task: Task, document: Members) -> None:
        problems = self.problems(document)
        for name, value in document.items():
            if name in problems:
                return
            task[name] = value


class DoneIsStoredFirst(Fault):
    """PUT stores a valid done although it refuses the title."""

    breaks = "input.atomic"

    def replace(self, request: Request) -> Response:
        task = self.find(request)
        try:
            return super().replace(request)
        except Refused as refused:
            document = self.decode(request.body) if refused.details else {}
            if "title" in self.problems(document) and isinstance(document.get("done"), bool):
                task["done"] = document["done"]
            raise


class CreatesBeforeItChecks(Fault):
    """POST with a bad description is refused, and the task is there without one."""

    breaks = "input.atomic"

    def create(self, request: Request) -> Response:
        try:
            return super().create(request)
        except Refused as refused:
            if refused.details and [entry["field"] for entry in refused.details] == ["description"]:
                document = self.decode(request.body)
                self.add({"title": document["title"], "description": "", "done": document.get("done", False)})
            raise


class RefusedTasksWait(Fault):
    """A refused POST leaves its task pending, and the next successful write stores it."""

    breaks = "input.atomic"

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[Members] = []

    def create(self, request: Request) -> Response:
        try:
            response = super().create(request)
        except Refused as refused:
            if refused.details and all(entry["message"] == "is unknown" for entry in refused.details):
                self.pending.append(self.filled_in(self.decode(request.body)))
            raise
        while self.pending:
            self.add(self.pending.pop())
        return response


class TooLongIsStored(Fault):
    """A body over the limit is refused after its task was replaced."""

    breaks = "input.atomic"

    def replace(self, request: Request) -> Response:
        if len(request.body) > 65_536:
            self.update(self.find(request), self.filled_in(self.decode(request.body)))
        return super().replace(request)


class NoDetails(Fault):
    """A refusal never has details."""

    breaks = "input.details"

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        return super().error(status, message)


class FieldIsTheBody(Fault):
    """The field of an unknown member is body."""

    breaks = "input.details"

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        known = ("title", "description", "done")
        shown = [{**entry, "field": entry["field"] if entry["field"] in known else "body"} for entry in details or ()]
        return super().error(status, message, shown)


class MissingTitleHasNoName(Fault):
    """The refusal of a task without a title has no details."""

    breaks = "input.details"

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        return super().error(status, message, None if self.is_missing else details)

    is_missing = False

    def problems(self, document: Members) -> dict[str, str]:
        self.is_missing = "title" not in document
        return super().problems(document)


class NamesEveryMember(Fault):
    """The details of a refusal have an entry for every member of the body."""

    breaks = "input.details"

    def problems(self, document: Members) -> dict[str, str]:
        problems = super().problems(document)
        return {**dict.fromkeys(document, "see above"), **problems} if problems else {}


class ProblemsStick(Fault):
    """A problem of done is told once more of the next body without done."""

    breaks = "input.done"
    also = ("json.unicode",)

    def __init__(self) -> None:
        super().__init__()
        self.problem: str | None = None

    def problems(self, document: Members) -> dict[str, str]:
        found = super().problems(document)
        if "done" in document:
            self.problem = found.get("done")
        elif self.problem is not None:
            found["done"], self.problem = self.problem, None
        return found
