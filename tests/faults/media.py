"""Faults of media types."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from tests.faults import Fault
from tests.faults.healthy import Refused, Request, Response


class ContainsJsonIsEnough(Fault):
    """A body is taken where application/json stands anywhere in its Content-Type."""

    breaks = "media.type"

    def check_media_type(self, request: Request) -> None:
        if "application/json" not in request.headers.get("CONTENT_TYPE", "").lower():
            super().check_media_type(request)


class SuffixJsonIsJson(Fault):
    """A body of any type that ends in +json is taken for JSON."""

    breaks = "media.type"

    def check_media_type(self, request: Request) -> None:
        if not request.headers.get("CONTENT_TYPE", "").split(";")[0].endswith("+json"):
            super().check_media_type(request)


class NoTypeIsJson(Fault):
    """A body without a Content-Type is taken for JSON."""

    breaks = "media.type"

    def check_media_type(self, request: Request) -> None:
        if request.headers.get("CONTENT_TYPE"):
            super().check_media_type(request)


class TypeOfPutIsNotChecked(Fault):
    """PUT takes a body of any type."""

    breaks = "media.type"

    def check_media_type(self, request: Request) -> None:
        if request.method == "POST":
            super().check_media_type(request)


class PlainTextIsABadRequest(Fault):
    """A body of plain text is refused with 400."""

    breaks = "media.type"

    def check_media_type(self, request: Request) -> None:
        if request.headers.get("CONTENT_TYPE") == "text/plain":
            raise Refused(400, "The body must be application/json")
        super().check_media_type(request)


class TakesForms(Fault):
    """A form is taken for a task."""

    breaks = "media.type"
    also = ("json.malformed",)

    def check_media_type(self, request: Request) -> None:
        if request.headers.get("CONTENT_TYPE") != "application/x-www-form-urlencoded":
            super().check_media_type(request)

    def decode(self, body: bytes) -> Any:
        form = parse_qs(body.decode("utf-8", "replace"))
        return {"title": form["title"][0]} if form.keys() == {"title"} else super().decode(body)


class StoresBeforeItRefuses(Fault):
    """A body of text/json is refused with 415 after it was stored."""

    breaks = "media.type"

    def check_media_type(self, request: Request) -> None:
        if request.headers.get("CONTENT_TYPE") == "text/json" and request.method == "POST":
            self.add(self.filled_in(json.loads(request.body)))
        super().check_media_type(request)


class CaseOfTheTypeMatters(Fault):
    """Only application/json in small letters is taken for JSON."""

    breaks = "media.parameters"

    def check_media_type(self, request: Request) -> None:
        if not request.headers.get("CONTENT_TYPE", "").startswith("application/json"):
            raise Refused(415, "The body must be application/json")
        super().check_media_type(request)


class ParametersAreNotSplitOff(Fault):
    """A Content-Type with a parameter is not application/json."""

    breaks = "media.parameters"

    def check_media_type(self, request: Request) -> None:
        if ";" in request.headers.get("CONTENT_TYPE", ""):
            raise Refused(415, "The body must be application/json")
        super().check_media_type(request)


class OnlyCharsetMayFollow(Fault):
    """A parameter other than charset is refused."""

    breaks = "media.parameters"

    def check_media_type(self, request: Request) -> None:
        parameters = request.headers.get("CONTENT_TYPE", "").split(";")[1:]
        if any(not parameter.strip().lower().startswith("charset=") for parameter in parameters):
            raise Refused(415, "The body must be application/json")
        super().check_media_type(request)


class QuotedCharsetIsUnknown(Fault):
    """A charset in quotes is not recognised."""

    breaks = "media.parameters"

    def check_media_type(self, request: Request) -> None:
        if 'charset="' in request.headers.get("CONTENT_TYPE", "").lower():
            raise Refused(415, "The charset must be utf-8")
        super().check_media_type(request)


class SemicolonsInQuotesSplit(Fault):
    """A parameter is looked for behind each semicolon, inside of quotes too, and must have a name and a value."""

    breaks = "media.parameters"

    def check_media_type(self, request: Request) -> None:
        parameters = request.headers.get("CONTENT_TYPE", "").split(";")[1:]
        if not all("=" in parameter for parameter in parameters):
            raise Refused(400, "The Content-Type is malformed")
        super().check_media_type(request)


class BigCharsetIsLatin1(Fault):
    """A body with charset=UTF-8 in capitals is read as Latin-1."""

    breaks = "media.parameters"

    def check_media_type(self, request: Request) -> None:
        super().check_media_type(request)
        self.charset = "latin-1" if "charset=UTF-8" in request.headers["CONTENT_TYPE"] else "utf-8"

    def decode(self, body: bytes) -> Any:
        return super().decode(body.decode(self.charset).encode() if self.charset == "latin-1" else body)


class BrowsersGetAPage(Fault):
    """A task is a page of HTML for who prefers that."""

    breaks = "media.accept"

    def read(self, request: Request) -> Response:
        response = super().read(request)
        if request.headers.get("ACCEPT", "").startswith("text/html"):
            response.headers["Content-Type"] = "text/html; charset=utf-8"
            response.body = b"<h1>Task</h1>"
        return response


class ErrorsArePagesForBrowsers(Fault):
    """A missing task is a page of HTML for who prefers that."""

    breaks = "media.accept"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if response.status == 404 and request.headers.get("ACCEPT", "").startswith("text/html"):
            response.headers["Content-Type"] = "text/html; charset=utf-8"
            response.body = b"<h1>Not Found</h1>"
        return response


class StoresWhatIsNotAcceptable(Fault):
    """A creation whose answer would not be acceptable is stored and answered with 406."""

    breaks = "media.accept"

    def create(self, request: Request) -> Response:
        response = super().create(request)
        if request.headers.get("ACCEPT", "").startswith("application/xml"):
            raise Refused(406, "Only application/json is to be had")
        return response


class DeletesWhatIsNotAcceptable(Fault):
    """DELETE with an Accept that excludes JSON is 406 and deletes the task all the same."""

    breaks = "media.accept"

    def delete(self, request: Request) -> Response:
        response = super().delete(request)
        if request.headers.get("ACCEPT", "*/*").endswith("q=0"):
            raise Refused(406, "Only application/json is to be had")
        return response


class LabelsAsAsked(Fault):
    """The answer is JSON, labelled with the type that Accept names."""

    breaks = "media.accept"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if request.headers.get("ACCEPT", "").startswith("text/") and response.body:
            response.headers["Content-Type"] = "text/plain"
        return response


class NoAcceptIsABadRequest(Fault):
    """An Accept that excludes JSON is refused with 400."""

    breaks = "media.accept"

    def route(self, request: Request) -> Response:
        if "image/*" in request.headers.get("ACCEPT", ""):
            raise Refused(400, "Accept must allow application/json")
        return super().route(request)
