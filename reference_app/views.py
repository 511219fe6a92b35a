"""The operations of the API, one view each."""

from __future__ import annotations

from functools import partial
from typing import cast
from urllib.parse import parse_qsl

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from reference_app import domain
from reference_app.domain import PageQuery, Task, TaskInput
from reference_app.store import Condition, Store, TaskNotFound

STORE = "task_store"  # the key of the store in `app.extensions`

tasks = Blueprint("tasks", __name__)


@tasks.get("/tasks")
def list_tasks() -> ResponseReturnValue:
    """Answer one page of tasks, and where the next one is."""
    query = _page_query()
    page = _store().page(query)
    headers = {"Cache-Control": "no-cache"}
    if page.more:
        headers["Link"] = f'<{_next_page(query, page.tasks)}>; rel="next"'
    return [vars(task) for task in page.tasks], headers


@tasks.post("/tasks")
def create_task() -> ResponseReturnValue:
    """Add a task and tell where it is."""
    task = _store().create(_task_input())
    return vars(task), 201, {"ETag": domain.etag_of(task), "Location": url_for(".read_task", task_id=task.id)}


@tasks.get("/tasks/<task_id>")
def read_task(task_id: str) -> ResponseReturnValue:
    """Answer a task, or 304 if the client has it already."""
    task = _store().read(_id(task_id))
    headers = {"ETag": domain.etag_of(task), "Cache-Control": "no-cache"}
    if domain.is_fresh(task, request.headers.get("If-None-Match")):
        return "", 304, headers
    return vars(task), headers


@tasks.put("/tasks/<task_id>")
def replace_task(task_id: str) -> ResponseReturnValue:
    """Replace a whole task: members that the body leaves out take their defaults."""
    task = _store().replace(_id(task_id), _task_input(), _if_match())
    return vars(task), {"ETag": domain.etag_of(task)}


@tasks.delete("/tasks/<task_id>")
def delete_task(task_id: str) -> ResponseReturnValue:
    """Remove a task for good."""
    _store().delete(_id(task_id), _if_match())
    return {"message": "Task deleted"}


def _store() -> Store:
    return cast(Store, current_app.extensions[STORE])


def _id(text: str) -> int:
    task_id = domain.parse_id(text)
    if task_id is None:
        raise TaskNotFound
    return task_id


def _task_input() -> TaskInput:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    body = request.get_data(cache=False)
    if len(body) > domain.BODY_LIMIT:
        raise RequestEntityTooLarge
    return domain.parse_task(body)


def _if_match() -> Condition:
    return partial(domain.may_write, if_match=request.headers.get("If-Match"))


def _page_query() -> PageQuery:
    # request.args fails on raw bytes that are not UTF-8.
    query = request.query_string.decode("latin-1")
    return domain.parse_page(dict(parse_qsl(query, keep_blank_values=True)))


def _next_page(query: PageQuery, shown: list[Task]) -> str:
    done = None if query.done is None else str(query.done).lower()
    return url_for(".list_tasks", done=done, limit=query.limit, after=shown[-1].id)
