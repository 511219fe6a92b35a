"""Faults of caching."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from typing import Any

from tests.faults import Fault
from tests.faults.healthy import Members, Refused, Request, Response, Task
from tests.faults.wired import Wired


class ListIsNotLabelled(Fault):
    """A page of the list has no Cache-Control where the query filters."""

    breaks = "cache.label"
    also = ("openapi.headers",)

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        if "done" in request.query:
            del response.headers["Cache-Control"]
        return response


class TaskMayBeShownForAMinute(Fault):
    """A task may be shown from a cache for a minute."""

    breaks = "cache.label"

    def read(self, request: Request) -> Response:
        response = super().read(request)
        response.headers["Cache-Control"] = "max-age=60, must-revalidate"
        return response


class LabelNamesAField(Fault):
    """Only the cookies of a task must be revalidated."""

    breaks = "cache.label"

    def read(self, request: Request) -> Response:
        response = super().read(request)
        response.headers["Cache-Control"] = 'private, no-cache="set-cookie, x-no-store"'
        return response


class SharedCachesOnly(Fault):
    """The list must be revalidated by shared caches, but not by browsers."""

    breaks = "cache.label"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        response.headers["Cache-Control"] = "s-maxage=0, proxy-revalidate"
        return response


class EmptyPageIsNotLabelled(Fault):
    """An empty page may be kept for a year."""

    breaks = "cache.label"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        if response.body == b"[]":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class TagIsWeak(Fault):
    """The ETag is weak."""

    breaks = "cache.etag"
    also = ("openapi.headers",)

    def etag(self, task: Task) -> str:
        return f"W/{super().etag(task)}"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return super().etag(task) in [tag.removeprefix("W/") for tag in self.tags(condition)]


class TagIsNotQuoted(Fault):
    """The ETag has no quotes."""

    breaks = "cache.etag"
    also = ("openapi.headers",)

    def etag(self, task: Task) -> str:
        return super().etag(task).strip('"')


class TagIsOfTheTitle(Fault):
    """The ETag is a hash of the title only."""

    breaks = "cache.etag"

    def etag(self, task: Task) -> str:
        return super().etag({"title": task["title"]})


class TagForgetsDone(Fault):
    """The ETag does not depend on done."""

    breaks = "cache.etag"

    def etag(self, task: Task) -> str:
        return super().etag({**task, "done": False})


class TagIsOfTheLength(Fault):
    """The ETag is the length of the representation and the second of the change, as a file server makes it."""

    breaks = "cache.etag"
    also = ("cache.412",)

    def etag(self, task: Task) -> str:
        return f'"{len(json.dumps(task)):x}"'


class TagRunsMembersTogether(Fault):
    """The ETag is a hash of title and description run together."""

    breaks = "cache.etag"

    def etag(self, task: Task) -> str:
        return super().etag({"text": task["title"] + task["description"], "done": task["done"]})


class TagIsOfTheBeginning(Fault):
    """The ETag is a checksum of the first hundred characters of each member."""

    breaks = "cache.etag"

    def etag(self, task: Task) -> str:
        parts = (task["title"][:100], task["description"][:100], task["done"])
        return f'"{zlib.crc32(repr(parts).encode()):08x}"'


class TagIsOfAscii(Fault):
    """The ETag is a hash of what ASCII has of a task."""

    breaks = "cache.etag"

    def etag(self, task: Task) -> str:
        text = json.dumps(task, ensure_ascii=False).encode("ascii", "replace")
        return f'"{hashlib.sha256(text).hexdigest()}"'


class TagIgnoresCase(Fault):
    """The ETag does not tell capitals from small letters."""

    breaks = "cache.etag"

    def etag(self, task: Task) -> str:
        return super().etag({**task, "title": task["title"].lower()})


class TagCountsAllWrites(Fault):
    """The ETag is the number of writes on the server."""

    breaks = "cache.etag"

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def answer(self, request: Request) -> Response:
        self.writes += request.method in ("POST", "PUT", "DELETE")
        return super().answer(request)

    def etag(self, task: Task) -> str:
        return f'"{self.writes}"'


class TagCountsRefusals(Fault):
    """A refused PUT counts as a version."""

    breaks = "cache.etag"

    def __init__(self) -> None:
        super().__init__()
        self.versions: dict[int, int] = {}

    def replace(self, request: Request) -> Response:
        id = self.find(request)["id"]
        self.check_if_match(request, self.tasks[id])
        self.versions[id] = self.versions.get(id, 0) + 1
        return super().replace(self.without_condition(request))

    def without_condition(self, request: Request) -> Request:
        request.headers.pop("IF_MATCH", None)
        return request

    def etag(self, task: Task) -> str:
        return f'"{task["id"]}-{self.versions.get(task["id"], 0)}"'


class TagIsOfTheWorker(Fault):
    """The ETag has the number of the worker process in it."""

    breaks = "cache.etag"
    also = ("state.stateless",)

    def answer(self, request: Request) -> Response:
        self.salt = self.worker(request)
        return super().answer(request)

    def etag(self, task: Task) -> str:
        return f'"{self.salt}{super().etag(task)[1:]}'


class PutAnswersTheOldTag(Fault):
    """PUT answers the ETag of the state before it."""

    breaks = "cache.etag"

    def replace(self, request: Request) -> Response:
        before = self.etag(self.find(request))
        response = super().replace(request)
        response.headers["ETag"] = before
        return response


class PostAnswersATagOfItsOwn(Fault):
    """POST answers an ETag of the body that it got."""

    breaks = "cache.etag"

    def create(self, request: Request) -> Response:
        response = super().create(request)
        response.headers["ETag"] = self.etag(json.loads(request.body))
        return response


class OnlyOneTagIsCompared(Fault):
    """If-None-Match is compared with the tag as a whole, so that a list never matches."""

    breaks = "cache.304"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return condition.removeprefix("W/") == self.etag(task)


class WeakFormDoesNotMatch(Fault):
    """If-None-Match with the weak form of the tag does not match."""

    breaks = "cache.304"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return self.etag(task) in self.tags(condition)


class StarDoesNotMatch(Fault):
    """If-None-Match with * does not match."""

    breaks = "cache.304"

    def read(self, request: Request) -> Response:
        if request.headers.get("IF_NONE_MATCH") == "*":
            del request.headers["IF_NONE_MATCH"]
        return super().read(request)


class AnyTagMatches(Fault):
    """Any If-None-Match is answered with 304."""

    breaks = "cache.304"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return True


class PartOfTheTagMatches(Fault):
    """If-None-Match matches where the text of the tag stands in it."""

    breaks = "cache.304"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return self.etag(task).strip('"') in condition


class CommaInATagSeparates(Fault):
    """A comma inside of a tag separates two, and quotes are dropped."""

    breaks = "cache.304"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        tags = [tag.strip().removeprefix("W/").strip('"') for tag in condition.split(",")]
        return self.etag(task).strip('"') in tags


class FormerTagsMatchToo(Fault):
    """A tag that the task had one change ago is still answered with 304."""

    breaks = "cache.304"

    def __init__(self) -> None:
        super().__init__()
        self.former: dict[int, str] = {}

    def update(self, task: Task, members: Members) -> Task:
        self.former[task["id"]] = self.etag(task)
        return super().update(task, members)

    def weakly_matches(self, condition: str, task: Task) -> bool:
        former = self.former.get(task["id"]) if task["done"] else None
        return super().weakly_matches(condition, task) or former in self.tags(condition)


class NotModifiedHasNoTag(Fault):
    """A 304 has no ETag."""

    breaks = "cache.304"
    also = ("openapi.headers",)

    def read(self, request: Request) -> Response:
        response = super().read(request)
        if response.status == 304:
            del response.headers["ETag"]
        return response


class NotModifiedHasABody(Wired):
    """A 304 has the task as its body."""

    breaks = "cache.304"
    also = ("wire.framing",)

    def read(self, request: Request) -> Response:
        response = super().read(request)
        if response.status == 304:
            response.body = json.dumps(self.find(request)).encode()
        return response

    def body(self, method: str, response: Response) -> bytes:
        return response.body if response.status == 304 else super().body(method, response)


class DateWinsOverTheTag(Fault):
    """If-Modified-Since decides where If-None-Match does not."""

    breaks = "cache.304"

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return super().weakly_matches(condition, task) or self.is_dated

    def read(self, request: Request) -> Response:
        self.is_dated = "IF_MODIFIED_SINCE" in request.headers
        return super().read(request)


class DeletedIsNotModified(Fault):
    """If-None-Match with the last tag of a deleted task is answered with 304."""

    breaks = "cache.304"

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[str, str] = {}

    def delete(self, request: Request) -> Response:
        tag = self.etag(self.find(request))
        response = super().delete(request)
        self.last[request.path] = tag
        return response

    def read(self, request: Request) -> Response:
        tag = request.headers.get("IF_NONE_MATCH")
        if tag is not None and self.last.get(request.path) == tag:
            return Response(304, headers={"ETag": tag})
        return super().read(request)


class IfMatchIsIgnored(Fault):
    """PUT ignores If-Match."""

    breaks = "cache.412"

    def check_if_match(self, request: Request, task: Task) -> None:
        if request.method != "PUT":
            super().check_if_match(request, task)


class DeleteIgnoresIfMatch(Fault):
    """DELETE ignores If-Match."""

    breaks = "cache.412"
    also = ("error.shape",)

    def check_if_match(self, request: Request, task: Task) -> None:
        if request.method != "DELETE":
            super().check_if_match(request, task)


class WeakTagHolds(Fault):
    """If-Match with the weak form of the tag holds."""

    breaks = "cache.412"

    def tags(self, condition: str) -> list[str]:
        return [tag.removeprefix("W/") for tag in super().tags(condition)]


class StarDoesNotHold(Fault):
    """If-Match with * does not hold."""

    breaks = "cache.412"

    def check_if_match(self, request: Request, task: Task) -> None:
        if request.headers.get("IF_MATCH") == "*":
            raise Refused(412, "The task is not in the state that If-Match names")
        super().check_if_match(request, task)


class ListDoesNotHold(Fault):
    """Of a list of tags in If-Match only the first is looked at."""

    breaks = "cache.412"

    def check_if_match(self, request: Request, task: Task) -> None:
        if "IF_MATCH" in request.headers:
            request.headers["IF_MATCH"] = (self.tags(request.headers["IF_MATCH"]) or ["*"])[0]
        super().check_if_match(request, task)


class QuotesAreDropped(Fault):
    """If-Match is compared without quotes, so that a tag of a star is the star."""

    breaks = "cache.412"

    def check_if_match(self, request: Request, task: Task) -> None:
        if request.headers.get("IF_MATCH") != '"*"':
            super().check_if_match(request, task)


class WritesBeforeItRefuses(Fault):
    """PUT with an If-Match that does not hold is 412 and replaces the task all the same."""

    breaks = "cache.412"

    def check_if_match(self, request: Request, task: Task) -> None:
        try:
            super().check_if_match(request, task)
        except Refused:
            if request.method == "PUT":
                task.update(self.members(request))
            raise


class StaleTagHoldsElsewhere(Fault):
    """If-Match is compared with the tag that the same connection has read last."""

    breaks = "cache.412"

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[tuple[str, int], str] = {}

    def read(self, request: Request) -> Response:
        response = super().read(request)
        self.seen[request.connection, self.find(request)["id"]] = response.headers["ETag"]
        return response

    def check_if_match(self, request: Request, task: Task) -> None:
        seen = self.seen.get((request.connection, task["id"]))
        if seen is None or seen != request.headers.get("IF_MATCH"):
            super().check_if_match(request, task)


class AnyTagOfAnyTaskHolds(Fault):
    """If-Match holds where any task has the tag."""

    breaks = "cache.412"

    def check_if_match(self, request: Request, task: Task) -> None:
        named: Any = re.findall(r'"[^"]*"', request.headers.get("IF_MATCH", ""))
        if not any(self.etag(other) in named for other in self.tasks.values() if other is not task):
            super().check_if_match(request, task)


class NotHoldingIsAConflict(Fault):
    """An If-Match that does not hold is 409."""

    breaks = "cache.412"
    also = ("openapi.status",)

    def check_if_match(self, request: Request, task: Task) -> None:
        try:
            super().check_if_match(request, task)
        except Refused as refused:
            raise Refused(409, refused.message) from None
