"""What the path operations take from a request."""

import json
import re
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from .schemas import MAX_ID, TaskInput

MAX_BODY_BYTES = 65_536


async def parse_task_id(task_id: str) -> int:
    """Read the id in a path; what is none names no task."""
    if re.fullmatch("[1-9][0-9]{0,15}", task_id) and int(task_id) <= MAX_ID:
        return int(task_id)
    raise HTTPException(404, "Task not found")


async def require_json(content_type: Annotated[str, Header()] = "") -> None:
    """Refuse every media type but application/json."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, f"The Content-Type {content_type!r} is not allowed; send application/json.")


async def read_body(request: Request) -> bytes:
    """Read the body up to the limit; a length that is announced may be missing or a lie, so the bytes are counted."""
    too_large = HTTPException(413, f"The body has more than {MAX_BODY_BYTES} bytes.")
    if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise too_large
    return bytes(body)


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member occurs twice in one object")
    "".join(members).encode()  # raises UnicodeEncodeError for a lone surrogate in a name
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def read_task(body: Annotated[bytes, Depends(read_body)]) -> TaskInput:
    """Decode and validate a task.

    This is no ``TaskInput`` parameter, because FastAPI would decode it with plain ``json.loads``, which takes NaN,
    duplicate members and UTF-16.
    """
    try:
        document = json.loads(body.decode(), object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"The body is not JSON in UTF-8: {error}.") from error
    try:
        return TaskInput.model_validate(document)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


TaskId = Annotated[int, Depends(parse_task_id)]
TaskBody = Annotated[TaskInput, Depends(read_task)]
ConditionHeader = Annotated[list[str] | None, Header()]
JsonOnly = Depends(require_json)
WholeRequest = Depends(read_body)  # where the body means nothing, but a request cut off midway must have no effect
