"""Faults of methods."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from tests.faults import Fault
from tests.faults.healthy import Environ, Refused, Request, Response


class HeadHasNoTag(Fault):
    """HEAD of a task shows no ETag."""

    breaks = "method.head"
    also = ("openapi.headers",)

    def read(self, request: Request) -> Response:
        response = super().read(request)
        if request.method == "HEAD":
            del response.headers["ETag"]
        return response


class HeadHasLengthZero(Fault):
    """HEAD of the list says that the list has no bytes."""

    breaks = "method.head"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        if request.method == "HEAD":
            response.headers["Content-Length"] = "0"
        return response


class HeadIgnoresTheQuery(Fault):
    """HEAD of the list answers for the whole list, whatever the query."""

    breaks = "method.head"
    also = ("openapi.rejects",)

    def list_tasks(self, request: Request) -> Response:
        if request.method == "HEAD":
            request.query = {}
        return super().list_tasks(request)


class HeadIsNeverNotModified(Fault):
    """HEAD knows no If-None-Match."""

    breaks = "method.head"

    def read(self, request: Request) -> Response:
        if request.method == "HEAD":
            request.headers.pop("IF_NONE_MATCH", None)
        return super().read(request)


class HeadOfAMissingTaskHasNoType(Fault):
    """HEAD of a missing task has no Content-Type."""

    breaks = "method.head"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if request.method == "HEAD" and response.status == 404:
            del response.headers["Content-Type"]
        return response


class HeadIsRemembered(Fault):
    """HEAD of a task is answered as the first time."""

    breaks = "method.head"
    also = ("cache.etag", "delete.gone")

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[str, Response] = {}

    def read(self, request: Request) -> Response:
        if request.method != "HEAD" or "IF_NONE_MATCH" in request.headers:
            return super().read(request)
        if request.path not in self.heads:
            self.heads[request.path] = super().read(request)
        return self.heads[request.path]


class OptionsHasNoAllow(Fault):
    """OPTIONS of a task has no Allow."""

    breaks = "method.options"
    also = ("openapi.headers",)

    def options(self, request: Request) -> Response:
        response = super().options(request)
        return response if request.path == "/tasks" else Response(204)


class OptionsIsForgotten(Fault):
    """The Allow of OPTIONS leaves OPTIONS out."""

    breaks = "method.options"

    def options(self, request: Request) -> Response:
        return Response(200, headers={"Allow": ", ".join(sorted(self.operations(request)))})


class AllowsEverything(Fault):
    """OPTIONS lists the methods that any path of the server has."""

    breaks = "method.options"

    def options(self, request: Request) -> Response:
        super().options(request)
        return Response(200, headers={"Allow": "GET, HEAD, OPTIONS, POST, PUT, DELETE"})


class OptionsIsRefusedWhenDone(Fault):
    """OPTIONS of a task that is done is answered with 405."""

    breaks = "method.options"
    also = ("openapi.status", "openapi.accepts")

    def options(self, request: Request) -> Response:
        if request.path != "/tasks" and self.find(request)["done"]:
            raise Refused(405, "Method not allowed")
        return super().options(request)


class PatchMerges(Fault):
    """PATCH of a task changes the members that it names."""

    breaks = "method.405"
    also = ("error.no-5xx",)

    def operations(self, request: Request) -> dict[str, Any]:
        found = super().operations(request)
        return found if request.path == "/tasks" else {**found, "PATCH": self.merge}

    def allowed(self, request: Request) -> list[str]:
        return [method for method in super().allowed(request) if method != "PATCH"]

    def merge(self, request: Request) -> Response:
        task = self.find(request)
        request.body = json.dumps({**task, **json.loads(request.body)}).encode()
        return self.replace(request)


class PostReplaces(Fault):
    """POST of a task is answered with 405 and replaces it all the same."""

    breaks = "method.405"

    def route(self, request: Request) -> Response:
        if request.method == "POST" and request.path != "/tasks":
            self.replace(request)
        return super().route(request)


class DeletesTheWholeList(Fault):
    """DELETE of the list removes the tasks that are done, and is answered with 405."""

    breaks = "method.405"
    also = ("error.shape",)

    def route(self, request: Request) -> Response:
        if request.method == "DELETE" and request.path == "/tasks":
            self.tasks = {id: task for id, task in self.tasks.items() if not task["done"]}
        return super().route(request)


class WrongMethodIsMissing(Fault):
    """A wrong method on the list is answered with 404."""

    breaks = "method.405"

    def operations(self, request: Request) -> dict[str, Any]:
        found = super().operations(request)
        if request.path == "/tasks" and request.method in ("PUT", "DELETE"):
            raise Refused(404, "Not found")
        return found


class AllowIsOfTheOtherPath(Fault):
    """A 405 of the list lists the methods of a task."""

    breaks = "method.405"

    def allowed(self, request: Request) -> list[str]:
        is_wrong = request.path == "/tasks" and request.method != "OPTIONS"
        return ["DELETE", "GET", "HEAD", "OPTIONS", "PUT"] if is_wrong else super().allowed(request)


class RefusalHasNoAllow(Fault):
    """A 405 has no Allow."""

    breaks = "method.405"

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if response.status == 405:
            del response.headers["Allow"]
        return response


class UnknownMethodReads(Fault):
    """An unknown method is taken for GET."""

    breaks = "method.405"

    def route(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
            request.method = "GET"
        return super().route(request)


class OverrideHeaderOnPost(Fault):
    """A POST with X-HTTP-Method-Override is taken for what that names."""

    breaks = "method.override"
    header = "X_HTTP_METHOD_OVERRIDE"

    def read_request(self, environ: Environ) -> Request:
        request = super().read_request(environ)
        if request.method == "POST":
            request.method = request.headers.get(self.header, "POST").upper()
        return request


class OtherOverrideHeaderOnPost(OverrideHeaderOnPost):
    """A POST with X-HTTP-Method is taken for what that names."""

    breaks = "method.override"
    header = "X_HTTP_METHOD"


class OverrideParameterOnPost(Fault):
    """A POST with _method in its query is taken for what that names."""

    breaks = "method.override"

    def read_request(self, environ: Environ) -> Request:
        request = super().read_request(environ)
        if request.method == "POST":
            request.method = request.query.get("_method", "POST").upper()
        return request


class OverrideParameterOnGet(Fault):
    """A GET with method in its query is taken for what that names."""

    breaks = "method.override"

    def read_request(self, environ: Environ) -> Request:
        request = super().read_request(environ)
        if request.method == "GET":
            request.method = request.query.get("method", "GET")
        return request


class OverrideField(Fault):
    """A form that is posted with the field _method is taken for what that names."""

    breaks = "method.override"

    def read_request(self, environ: Environ) -> Request:
        request = super().read_request(environ)
        if request.method == "POST" and "form" in request.headers.get("CONTENT_TYPE", ""):
            request.method = parse_qs(request.body.decode("latin-1")).get("_method", ["POST"])[0]
        return request


class OverrideMerges(Fault):
    """A PUT with X-Method-Override: PATCH keeps what it leaves out."""

    breaks = "method.override"

    def replace(self, request: Request) -> Response:
        if request.headers.get("X_METHOD_OVERRIDE") == "PATCH":
            kept = {name: value for name, value in self.find(request).items() if name != "id"}
            request.body = json.dumps({**kept, **json.loads(request.body)}).encode()
        return super().replace(request)
