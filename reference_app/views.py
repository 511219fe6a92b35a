"""The operations of the API, one view each."""

from __future__ import annotations

import json
from functools import partial
from typing import cast

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.exceptions import UnsupportedMediaType

from reference_app import domain
from reference_app.domain import PageQuery, Task, TaskInput
from reference_app.store import Condition, Store, TaskNotFound

tasks = Blueprint("tasks", __name__)


@tasks.get("/tasks")
def list_tasks() -> Response:
    query = domain.parse_page(request.args)
    page = _store().page(query)
    response = _json_response(json.dumps([vars(task) for task in page.tasks]))
    response.headers["Cache-Control"] = "no-cache"
    if page.more:
        response.headers["Link"] = f'<{_next_url(query, page.tasks[-1].id)}>; rel="next"'
    return response


@tasks.post("/tasks")
def create_task() -> Response:
    task = _store().create(_task_input())
    response = _task_response(task, 201)
    response.headers["Location"] = url_for(".read_task", task_id=task.id)
    return response


@tasks.get("/tasks/<task_id>")
def read_task(task_id: str) -> Response:
    task = _store().read(_id(task_id))
    changed = domain.if_none_match_holds(request.headers.get("If-None-Match"), task)
    response = _task_response(task) if changed else Response(status=304, headers={"ETag": domain.etag_of(task)})
    response.headers["Cache-Control"] = "no-cache"
    return response


@tasks.put("/tasks/<task_id>")
def replace_task(task_id: str) -> Response:
    return _task_response(_store().replace(_id(task_id), _task_input(), _if_match()))


@tasks.delete("/tasks/<task_id>")
def delete_task(task_id: str) -> Response:
    _store().delete(_id(task_id), _if_match())
    return _json_response('{"message": "Task deleted"}')


def _store() -> Store:
    return cast(Store, current_app.extensions["task_store"])


def _id(text: str) -> int:
    task_id = domain.parse_id(text)
    if task_id is None:
        raise TaskNotFound
    return task_id


def _task_input() -> TaskInput:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The Content-Type must be application/json.")
    return domain.parse_task(request.get_data(cache=False))


def _if_match() -> Condition:
    return partial(domain.if_match_holds, request.headers.get("If-Match"))


def _next_url(query: PageQuery, last_id: int) -> str:
    done = None if query.done is None else str(query.done).lower()
    return url_for(".list_tasks", done=done, limit=query.limit, after=last_id)


def _task_response(task: Task, status: int = 200) -> Response:
    response = _json_response(domain.to_json(task), status)
    response.headers["ETag"] = domain.etag_of(task)
    return response


def _json_response(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype="application/json")
