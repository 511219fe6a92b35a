"""Faults of refusals."""

from __future__ import annotations

import re
import traceback
from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response, Task

HTML = {"Content-Type": "text/html; charset=utf-8"}


class UnknownPathIsHtml(Fault):
    """An unknown path gets the framework's page."""

    breaks = "error.shape"
    also = ("wire.nosniff",)

    def operations(self, request: Request) -> Any:
        try:
            return super().operations(request)
        except Refused:
            self.is_unknown = True
            raise

    def answer(self, request: Request) -> Response:
        self.is_unknown = False
        response = super().answer(request)
        return Response(404, b"<h1>Not Found</h1>", HTML) if self.is_unknown else response


class WrongMethodIsEmpty(Fault):
    """A wrong method is answered without a body."""

    breaks = "error.shape"

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        return Response(405) if status == 405 else super().error(status, message, details)


class TooLongIsPlainText(Fault):
    """A body over the limit is refused in plain text."""

    breaks = "error.shape"

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        if status == 413:
            return Response(413, b"Payload Too Large", {"Content-Type": "text/plain"})
        return super().error(status, message, details)


class DetailsAreText(Fault):
    """The details of a refused task are a list of sentences."""

    breaks = "error.shape"
    also = ("openapi.schema",)

    def error(self, status: int, message: str, details: Any = None) -> Response:
        return super().error(status, message, [entry["message"] for entry in details] if details else None)


class ErrorHasACode(Fault):
    """Every error has the member status beside the member error."""

    breaks = "error.shape"
    also = ("openapi.schema",)

    def json(self, status: int, document: Any) -> Response:
        return super().json(status, {**document, "status": status} if status >= 400 else document)


class MissingIsAProblemDocument(Fault):
    """A missing task is labelled application/problem+json."""

    breaks = "error.shape"
    also = ("openapi.headers",)

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        response = super().error(status, message, details)
        response.headers["Content-Type"] = "application/problem+json" if status == 404 else "application/json"
        return response


class DetailsOfTheParser(Fault):
    """What is not JSON is answered with the traceback of the parser."""

    breaks = "error.no-leak"

    def decode(self, body: bytes) -> Any:
        try:
            return super().decode(body)
        except Refused:
            raise Refused(400, traceback.format_exc()) from None


class StackInTheError(Fault):
    """A body without a title is answered with the place in the code."""

    breaks = "error.no-leak"

    def title_problem(self, value: Any) -> str | None:
        problem = super().title_problem(value)
        return f"{problem} at validate (file:///srv/tasks/src/task.mjs:12:7)" if value is None else problem


class PathOfTheDatabase(Fault):
    """A missing task is answered with the path of the database."""

    breaks = "error.no-leak"

    def find(self, request: Request) -> Task:
        try:
            return super().find(request)
        except Refused:
            raise Refused(404, "Task not found in /var/lib/tasks/tasks.sqlite3") from None


class StatementInTheError(Fault):
    """An id that the database cannot compare is answered with its statement."""

    breaks = "error.no-leak"

    def find(self, request: Request) -> Task:
        text = request.path.rpartition("/")[2]
        if not text.isascii() or len(text) > 18:
            raise Refused(404, f"select `id`, `title` from `tasks` where `id` = '{text}' - out of range")
        return super().find(request)


class StatementInAHeader(Fault):
    """Every answer has the last statement in a header."""

    breaks = "error.no-leak"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        response.headers["X-Debug-Query"] = "SELECT id, title FROM tasks WHERE id = 7"
        return response


class PageForBrowsers(Fault):
    """An unknown path is the page of the framework for who prefers HTML."""

    breaks = "error.no-leak"
    also = ("media.accept",)

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if response.status == 404 and request.headers.get("ACCEPT", "").startswith("text/html"):
            page = b"<!DOCTYPE html><html><title>404</title><p>You see this since <code>DEBUG = True</code>.</html>"
            return Response(404, page, HTML)
        return response


class DriverInTheMessage(Fault):
    """A title that is no string is answered with the name of the database's exception."""

    breaks = "error.no-leak"

    def title_problem(self, value: Any) -> str | None:
        problem = super().title_problem(value)
        is_type = isinstance(value, (list, dict))
        return f"(sqlite3.InterfaceError) Error binding parameter 0: {problem}" if is_type else problem


class CrashesOnNull(Fault):
    """A title of null is a 500."""

    breaks = "error.no-5xx"
    also = ("input.title", "openapi.status")

    def title_problem(self, value: Any) -> str | None:
        if value is None:
            raise TypeError(value)
        return super().title_problem(value)


class CrashesOnDepth(Fault):
    """A deeply nested body is a 500."""

    breaks = "error.no-5xx"
    also = ("json.depth",)

    def decode(self, body: bytes) -> Any:
        if body.count(b"[") > 900:
            raise RecursionError
        return super().decode(body)


class CrashesOnBigIds(Fault):
    """An id that does not fit into 64 bits is a 500."""

    breaks = "error.no-5xx"
    also = ("id.syntax", "openapi.status")

    def id_of(self, text: str) -> int | None:
        if text.isascii() and text.isdigit() and len(text) < 4000 and int(text) >= 2**63:
            raise OverflowError(text)
        return super().id_of(text)


class CrashesOnUnknownCharsets(Fault):
    """A charset that does not exist is a 500."""

    breaks = "error.no-5xx"

    def members(self, request: Request) -> Members:
        charset = re.search(r";\s*charset=([\w-]+)", request.headers.get("CONTENT_TYPE", ""))
        request.body.decode(charset[1] if charset else "utf-8", "replace")
        return super().members(request)


class CrashesOnABadQuery(Fault):
    """A limit that is no number is a 500."""

    breaks = "error.no-5xx"
    also = ("list.limit", "openapi.status")

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        int(request.query.get(name, "0"))
        return super().number(request, name, default, smallest, largest)


class NamesAreFormats(Fault):
    """The name of an unknown member is a format for its refusal, so that one with braces is a 500."""

    breaks = "error.no-5xx"

    def problems(self, document: Members) -> dict[str, str]:
        return {name: f"{name} {why}".format() for name, why in super().problems(document).items()}
