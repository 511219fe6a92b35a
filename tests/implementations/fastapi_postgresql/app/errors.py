"""Every refusal as an Error in JSON."""

import reprlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from .routes import router
from .routing import allowed_methods
from .schemas import Error, ErrorDetail


def error_response(
    status: int, message: str, *, details: list[ErrorDetail] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer with an Error."""
    content = Error(error=message, details=details).model_dump(exclude_none=True)
    return JSONResponse(content, status, headers)


def _detail(error: dict[str, Any]) -> ErrorDetail:
    location: tuple[int | str, ...] = error["loc"]
    message: str = error["msg"]
    if error["type"] != "missing":
        # reprlib bounds the length and the depth of what is echoed, and escapes lone surrogates.
        message += f"; the value is {reprlib.repr(error['input'])}"
    return ErrorDetail(field=str(location[-1]) if location else "body", message=f"{message}.")


async def refuse(_: Request, error: HTTPException) -> JSONResponse:
    """Answer what this application refused."""
    return error_response(error.status_code, error.detail, headers=error.headers)


async def refuse_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Answer what pydantic refused."""
    return error_response(400, "The request is not valid.", details=[_detail(item) for item in error.errors()])


async def refuse_unrouted(request: Request, error: StarletteHTTPException) -> JSONResponse:
    """Answer what the router refused: it raises the exception of Starlette, not its subclass in FastAPI."""
    path: str = request.scope["path"]
    if error.status_code == 404:
        return error_response(404, f"The path {path!r} does not exist.")
    if error.status_code == 405:
        # The router knows only the methods of the first route that has the path.
        allow = allowed_methods(router.routes, request)
        return error_response(405, f"{request.method} is not one of {allow}.", headers={"Allow": allow})
    return error_response(error.status_code, f"{error.detail}.")


async def refuse_disconnected(_: Request, error: ClientDisconnect) -> JSONResponse:
    """Answer nobody: the client has gone in the middle of its body, which is no failure of the server."""
    return error_response(400, "The body is incomplete.")


async def fail(_: Request, error: Exception) -> JSONResponse:
    """Answer a failure without a word about its cause, which uvicorn logs."""
    return error_response(500, "The server failed to answer.")


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    HTTPException: refuse,
    RequestValidationError: refuse_invalid,
    StarletteHTTPException: refuse_unrouted,
    ClientDisconnect: refuse_disconnected,
    Exception: fail,
}
