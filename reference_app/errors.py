"""The one place that words refusals: whatever goes wrong, the answer has the shape of an Error."""

from __future__ import annotations

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reference_app.domain import BODY_LIMIT, Invalid
from reference_app.store import PreconditionFailed, TaskNotFound

_MESSAGES = {
    404: "There is nothing at this path.",
    405: "This path does not support the method.",
    413: f"The body must have at most {BODY_LIMIT} bytes.",
    415: "The Content-Type must be application/json.",
    500: "The server failed to answer.",
}


def register_errors(app: Flask) -> None:
    """Make `app` answer every error as JSON, those that the framework raises included."""
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(TaskNotFound, _task_not_found)
    app.register_error_handler(PreconditionFailed, _precondition_failed)
    app.register_error_handler(HTTPException, _http_error)


def _invalid(error: Invalid) -> ResponseReturnValue:
    if error.details:
        return {"error": error.message, "details": error.details}, 400
    return {"error": error.message}, 400


def _task_not_found(error: TaskNotFound) -> ResponseReturnValue:
    return {"error": "Task not found"}, 404


def _precondition_failed(error: PreconditionFailed) -> ResponseReturnValue:
    return {"error": "The task is not in the state that If-Match asks for."}, 412


def _http_error(error: HTTPException) -> ResponseReturnValue:
    # An exception that nothing else handles comes here as an InternalServerError; Flask has logged it.
    status = error.code or 500
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return {"error": _MESSAGES.get(status, error.name)}, status, headers
