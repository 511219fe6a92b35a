"""Refusals in the Error shape, and the project's error handlers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse


class ApiError(Exception):
    """A refusal; the middleware turns it into its answer."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        details: Mapping[str, Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details or {}
        self.headers = headers or {}

    def response(self) -> JsonResponse:
        """Return the answer."""
        body: dict[str, Any] = {"error": self.message}
        if self.details:
            body["details"] = [
                # The name of an unknown member may hold a lone surrogate, which no answer may show.
                {"field": field.encode(errors="replace").decode(), "message": message}
                for field, messages in self.details.items()
                for message in messages
            ]
        return JsonResponse(body, status=self.status, headers=self.headers)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer what Django itself refuses, such as a SuspiciousOperation."""
    return ApiError(HTTPStatus.BAD_REQUEST, "The request is not valid.").response()


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer a path that no URL pattern matches."""
    return ApiError(HTTPStatus.NOT_FOUND, f"Nothing is at {request.path!r}.").response()


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer after an unexpected exception; the traceback goes to the log only."""
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed to answer.").response()
