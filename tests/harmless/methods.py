"""OPTIONS 200 or 204; 400, 405 or 501 for an unknown method; 404 or 405 for a wrong method on a missing task."""

from __future__ import annotations

from tests.faults.healthy import Refused
from tests.harmless.base import Harmless, Request, Response

_KNOWN = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_PAGE = b"<html><head><title>Not Implemented</title></head><body><h1>501 Not Implemented</h1></body></html>"


class OptionsWith200(Harmless):
    """OPTIONS is answered with 200 and an empty body."""

    about = "OPTIONS"

    def options(self, request: Request) -> Response:
        response = super().options(request)
        response.status = 200
        return response


class OptionsWithABody(Harmless):
    """OPTIONS is answered with 200 and a JSON body that lists the methods."""

    about = "OPTIONS"

    def options(self, request: Request) -> Response:
        response = self.json(200, {"methods": self.allowed(request)})
        response.headers["Allow"] = ", ".join(self.allowed(request))
        return response


class OptionsOfAMissingTask(Harmless):
    """OPTIONS of a task that does not exist is 404."""

    def options(self, request: Request) -> Response:
        if request.path.startswith("/tasks/"):
            self.find(request)
        return super().options(request)


class UnknownMethodIs400(Harmless):
    """A method that HTTP does not know is answered with 400."""

    about = "unknown methods"

    def route(self, request: Request) -> Response:
        if request.method not in _KNOWN:
            raise Refused(400, "There is no such method.")
        return super().route(request)


class UnknownMethodIs501(Harmless):
    """A method that HTTP does not know is answered with 501."""

    about = "unknown methods"

    def route(self, request: Request) -> Response:
        if request.method not in _KNOWN:
            raise Refused(501, "There is no such method.")
        return super().route(request)


class UnknownMethodIsAnsweredInFront(Harmless):
    """A method that HTTP does not know is answered with 501 and a page by the server in front."""

    about = "unknown methods"

    def answer(self, request: Request) -> Response:
        if request.method not in _KNOWN:
            return Response(501, _PAGE, {"Content-Type": "text/html"})
        return super().answer(request)


class WrongMethodOnAMissingTaskIs404(Harmless):
    """A method that a task does not have is 404 where the task does not exist."""

    def route(self, request: Request) -> Response:
        if request.method not in ("OPTIONS", *self.operations(request)) and request.path != "/tasks":
            self.find(request)
        return super().route(request)
