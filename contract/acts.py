"""Requests that leave a task as it is, each with the requirement that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from contract.answer import Answer
from contract.api import Api
from contract.conditional import if_match, if_none_match
from contract.tasks import COLLECTION, Task, item

Act = tuple[str, Callable[[], Answer]]
"""The id of the requirement by which the request leaves the task as it is, and what sends the request."""


def writes_elsewhere(api: Api, task: Task) -> Iterator[Act]:
    """Requests that leave the task as it is, each with the requirement that says so."""
    neighbour, spare = api.neighbours(2)
    for path in (COLLECTION, f"{COLLECTION}?done=true", item(task.id), item(neighbour.id)):
        for method in ("GET", "HEAD", "OPTIONS"):
            yield "read.safe", partial(api.send, method, path)
    yield "read.safe", partial(api.read, task.id, headers=if_none_match("*"))
    for members in (api.sample(), task.members):
        yield "update.bystanders", partial(api.replace, neighbour.id, members)
        yield "create.bystanders", partial(api.create, members)
    yield "delete.bystanders", partial(api.delete, spare.id)


def refused_writes(api: Api, task: Task) -> Iterator[Act]:
    """Writes on the task that are refused, each with the requirement that says so."""
    yield "json.malformed", partial(api.replace, task.id, b"{")
    yield "input.title", partial(api.replace, task.id, {"done": True})
    yield "media.type", partial(api.replace, task.id, api.sample(), media="text/plain")
    for method in ("POST", "PATCH"):
        yield "method.405", partial(api.send, method, item(task.id), api.sample())
    yield "cache.412", partial(api.replace, task.id, api.sample(), headers=if_match('"no-such"'))
    yield "cache.412", partial(api.delete, task.id, headers=if_match('"no-such"'))
