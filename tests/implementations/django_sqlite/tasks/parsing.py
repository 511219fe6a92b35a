"""Strict readers for what a request carries."""

import json
import re
import reprlib
from collections import Counter
from http import HTTPStatus
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest

from tasks.errors import ApiError
from tasks.models import Task

MEMBER_TYPES = {"title": (str, "a string"), "description": (str, "a string"), "done": (bool, "true or false")}


def read_task(request: HttpRequest) -> Task:
    """Return the valid, unsaved task that the body describes."""
    members = _read_json_object(request)
    errors: dict[str, list[str]] = {}
    for name, value in members.items():
        if name not in MEMBER_TYPES:
            errors[name] = [f"A task has no member {name!r}."]
            continue
        # The model would coerce: its fields take 1 for a title and "t" for true.
        member_type, expected = MEMBER_TYPES[name]
        if type(value) is not member_type:
            errors[name] = [f"The value must be {expected}, not {reprlib.repr(value)}."]
    task = Task(**{name: value for name, value in members.items() if name not in errors})
    try:
        task.full_clean(exclude=set(errors))
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ApiError(HTTPStatus.BAD_REQUEST, "The task is not valid.", errors)
    return task


def read_boolean(request: HttpRequest, name: str) -> bool | None:
    """Return a query parameter that is `true` or `false`, or None where it is absent."""
    value: str | None = request.GET.get(name)
    if value is None:
        return None
    if value not in ("true", "false"):
        _refuse_query(name, value, "true or false")
    return value == "true"


def read_integer(request: HttpRequest, name: str, default: int, minimum: int, maximum: int) -> int:
    """Return a query parameter that is a whole number."""
    value: str | None = request.GET.get(name)
    if value is None:
        return default
    # int() alone would take "+5", " 5", "5_0" and the digits of other scripts.
    if not re.fullmatch("[0-9]{1,16}", value) or not minimum <= int(value) <= maximum:
        _refuse_query(name, value, f"a whole number from {minimum} to {maximum}")
    return int(value)


def _read_json_object(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The Content-Type {request.content_type!r} is not allowed; send application/json.",
        )
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body has more than 65536 bytes.") from error
    try:
        value = json.loads(body.decode(), object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "The body is nested too deeply.") from error
    except ValueError as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, f"The body must be an object, not {reprlib.repr(value)}.")
    return value


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        repeated = {name: [f"The member {name!r} is there {n} times."] for name, n in counts.items() if n > 1}
        raise ApiError(HTTPStatus.BAD_REQUEST, "The body repeats a member.", repeated)
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_query(name: str, value: str, expected: str) -> NoReturn:
    details = {name: [f"{value!r} is not allowed; {name} is {expected}."]}
    raise ApiError(HTTPStatus.BAD_REQUEST, "The query is not valid.", details)
