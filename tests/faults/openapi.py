"""Faults that the document's promises show."""

from __future__ import annotations

from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Request, Response


class UnprocessableContent(Fault):
    """An invalid task is answered with 422."""

    breaks = "openapi.status"
    also = ("input.title", "input.description", "input.done", "input.unknown")

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        return super().error(422 if details else status, message, details)


class OptionsIsAccepted(Fault):
    """OPTIONS is answered with 202."""

    breaks = "openapi.status"
    also = ("method.options",)

    def options(self, request: Request) -> Response:
        response = super().options(request)
        response.status = 202
        return response


class ListedDoneIsAWord(Fault):
    """The list shows done as yes or no."""

    breaks = "openapi.schema"
    also = ("list.complete", "create.stored", "update.replaces")

    def listed(self, task: Members) -> Members:
        return {**task, "done": "yes" if task["done"] else "no"}


class ErrorsHaveACode(Fault):
    """The error of a refused task has the member code."""

    breaks = "openapi.schema"
    also = ("error.shape",)

    def json(self, status: int, document: Any) -> Response:
        return super().json(status, {**document, "code": 7} if status == 400 else document)


class NoEtagAfterPut(Fault):
    """PUT answers no ETag."""

    breaks = "openapi.headers"
    also = ("cache.etag",)

    def replace(self, request: Request) -> Response:
        response = super().replace(request)
        response.headers.pop("ETag", None)
        return response


class ListIsPlainText(Fault):
    """The list is labelled as plain text."""

    breaks = "openapi.headers"
    also = ("list.complete", "list.filter")

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        response.headers["Content-Type"] = "text/plain"
        return response


class UnknownMembersAreIgnored(Fault):
    """A member that no task has is ignored."""

    breaks = "openapi.rejects"
    also = ("input.unknown",)

    def problems(self, document: Members) -> dict[str, str]:
        known = {name: value for name, value in document.items() if name in ("title", "description", "done")}
        return super().problems(known)


class TooLargeALimitIsClamped(Fault):
    """A limit beyond its range is taken for the nearest that is allowed."""

    breaks = "openapi.rejects"
    also = ("list.limit", "openapi.rejects")

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        text = request.query.get(name, "")
        if text.isdecimal() and text.isascii() and name == "limit":
            return min(max(int(text[:9]), smallest), largest)
        return super().number(request, name, default, smallest, largest)


class DescriptionIsRequired(Fault):
    """A task without a description is refused."""

    breaks = "openapi.accepts"
    also = ("create.stored", "update.replaces")

    def problems(self, document: Members) -> dict[str, str]:
        missing = {} if "description" in document else {"description": "is required"}
        return {**super().problems(document), **missing}


class LimitIsAtMostFifty(Fault):
    """A limit over 50 is refused."""

    breaks = "openapi.accepts"
    also = ("list.limit", "list.next", "race.list")

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        return super().number(
            request, name, default, smallest, 50 if name in request.query and largest == 100 else largest
        )
