"""The one place that words refusals: every error answer of the server has the same JSON shape."""

from __future__ import annotations

import json
from dataclasses import asdict

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from reference_app.domain import Invalid, Problem
from reference_app.store import PreconditionFailed, TaskNotFound


def register(app: Flask) -> None:
    """Make `app` answer everything that goes wrong, the router's and the framework's own refusals included."""
    app.register_error_handler(Invalid, lambda error: error_response(400, error.message, error.details))
    app.register_error_handler(TaskNotFound, lambda error: error_response(404, "Task not found"))
    app.register_error_handler(
        PreconditionFailed, lambda error: error_response(412, "The task is not in the state that If-Match names.")
    )
    app.register_error_handler(HTTPException, _http_error)


def error_response(status: int, message: str, details: list[Problem] | None = None) -> Response:
    """Return an Error: `{"error": message}`, with `details` where there are any."""
    body: dict[str, object] = {"error": message}
    if details:
        body["details"] = [asdict(problem) for problem in details]
    return Response(json.dumps(body), status, mimetype="application/json")


def _http_error(error: HTTPException) -> Response:
    response = error_response(error.code or 500, error.description or error.name)
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")
    )
    return response
