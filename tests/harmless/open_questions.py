"""What the contract leaves open, or where it names two right answers."""

from __future__ import annotations

import re

from tests.faults.healthy import Refused
from tests.harmless.base import Harmless, Members, Request, Response, Served, Task

_JSON_ACCEPTED = ("*/*", "application/*", "application/json")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)')


class NotAcceptable(Harmless):
    """A request that does not accept JSON is refused with 406."""

    def route(self, request: Request) -> Response:
        accepted = [entry.partition(";") for entry in request.headers.get("ACCEPT", "*/*").lower().split(",")]
        if not any(name.strip() in _JSON_ACCEPTED and "q=0" not in rest for name, _, rest in accepted):
            raise Refused(406, "Only application/json can be answered.")
        return super().route(request)


class BodyBeforeTask(Harmless):
    """The body of a PUT is judged before it is asked whether the task exists and is in the state of If-Match."""

    about = "order of checks"

    def replace(self, request: Request) -> Response:
        members = self.members(request)
        task = self.find(request)
        self.check_if_match(request, task)
        return self.task_response(200, self.update(task, members))


class MembersBeforeMediaType(Harmless):
    """The members of a body are judged before its media type is."""

    about = "order of checks"

    def check_media_type(self, request: Request) -> None:
        """It is checked at the end."""

    def filled_in(self, document: Members) -> Members:
        super().check_media_type(self._asked)
        return super().filled_in(document)

    def answer(self, request: Request) -> Response:
        self._asked = request
        return super().answer(request)


class LeadingZeros(Harmless):
    """An id with leading zeros names the same task, and numbers of a query may have them too."""

    def id_of(self, text: str) -> int | None:
        return super().id_of(text.lstrip("0") if text.isascii() and text.isdigit() and len(text) < 17 else text)


class TrailingSlash(Harmless):
    """A path with a slash at its end is the same as without."""

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/tasks"):
            request.path = request.path.removesuffix("/")
        return super().answer(request)


class ByteOrderMark(Harmless):
    """A byte order mark before a body is ignored."""

    def members(self, request: Request) -> Members:
        request.body = request.body.removeprefix(b"\xef\xbb\xbf")
        return super().members(request)


class BodiesOfReadsRefused(Harmless):
    """A body on GET, HEAD or DELETE is refused with 400."""

    def route(self, request: Request) -> Response:
        if request.body and request.method in ("GET", "HEAD", "DELETE"):
            raise Refused(400, "This method takes no body.")
        return super().route(request)


class NoneMatchOnWrites(Harmless):
    """If-None-Match on a write is evaluated, and is 412 where it matches."""

    def check_if_match(self, request: Request, task: Task) -> None:
        super().check_if_match(request, task)
        condition = request.headers.get("IF_NONE_MATCH")
        if condition is not None and (condition.strip() == "*" or self.weakly_matches(condition, task)):
            raise Refused(412, "The task is in the state that If-None-Match names")


class OtherCharsetsRefused(Harmless):
    """A body labelled with another charset than UTF-8, or with a content coding, is refused with 415."""

    def check_media_type(self, request: Request) -> None:
        super().check_media_type(request)
        parameters = dict(_PARAMETER.findall(request.headers["CONTENT_TYPE"].lower()))
        is_utf8 = parameters.get("charset", "utf-8").strip('"') in ("utf-8", "utf8")
        if not is_utf8 or "CONTENT_ENCODING" in request.headers:
            raise Refused(415, "The body must be application/json in UTF-8")


class NotModifiedWithoutCacheControl(Harmless):
    """A 304 says nothing but the tag."""

    def read(self, request: Request) -> Response:
        response = super().read(request)
        if response.status == 304:
            del response.headers["Cache-Control"]
        return response


class ListsWithTags(Harmless):
    """The list has an ETag too, a weak one that is another each time, and a Last-Modified."""

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        self._pages = getattr(self, "_pages", 0) + 1
        response.headers |= {"ETag": f'W/"page-{self._pages}"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        return response


class ChunkedRequestsRefused(Served):
    """A chunked request is refused with 411."""

    reads_chunks = False
