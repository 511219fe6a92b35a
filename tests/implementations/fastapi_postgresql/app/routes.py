"""The path operations."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .conditions import matches_strongly, matches_weakly
from .database import SessionDep
from .dependencies import ConditionHeader, JsonOnly, TaskBody, TaskId, WholeRequest
from .models import Task
from .routing import ExactRoute, allowed_methods
from .schemas import Deleted, ListQuery, TaskOutput

router = APIRouter(prefix="/tasks", route_class=ExactRoute)


async def get_task(session: AsyncSession, task_id: int) -> Task:
    """Get a task, or refuse with 404."""
    task = await session.get(Task, task_id)
    if task is None:
        raise HTTPException(404, "Task not found")
    return task


async def lock_task(session: AsyncSession, task_id: int, if_match: list[str] | None) -> Task:
    """Get a task and lock its row until the end of the transaction, or refuse with 404 or 412."""
    task = await session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise HTTPException(404, "Task not found")
    if if_match is not None and not matches_strongly(if_match, task.etag):
        raise HTTPException(412, f"The task has the ETag {task.etag}, which If-Match does not name.")
    return task


@router.api_route("", methods=["GET", "HEAD"], response_model=list[TaskOutput])
async def list_tasks(
    query: Annotated[ListQuery, Query()], session: SessionDep, request: Request, response: Response
) -> Sequence[Task]:
    """Answer one page of tasks in ascending order of id."""
    # One more than the page holds tells whether there is a next one.
    statement = select(Task).where(Task.id > query.after).order_by(Task.id).limit(query.limit + 1)
    if query.done is not None:
        statement = statement.where(Task.done == query.done)
    tasks = (await session.scalars(statement)).all()
    page = tasks[: query.limit]
    response.headers["Cache-Control"] = "no-cache"
    if len(tasks) > len(page):
        following: dict[str, int | str] = {"limit": query.limit, "after": page[-1].id}
        if query.done is not None:
            following["done"] = str(query.done).lower()
        response.headers["Link"] = f'<{request.scope["path"]}?{urlencode(following)}>; rel="next"'
    return page


@router.post("", status_code=201, response_model=TaskOutput, dependencies=[JsonOnly])
async def create_task(body: TaskBody, session: SessionDep, request: Request, response: Response) -> Task:
    """Add a task."""
    task = Task(**body.model_dump())
    session.add(task)
    await session.flush()
    # Relative to the host, because a name or scheme that a proxy hides from this server would be wrong.
    response.headers["Location"] = f"{request.scope['path']}/{task.id}"
    response.headers["ETag"] = task.etag
    return task


@router.api_route("/{task_id}", methods=["GET", "HEAD"], response_model=TaskOutput)
async def read_task(
    task_id: TaskId, session: SessionDep, response: Response, if_none_match: ConditionHeader = None
) -> Task | Response:
    """Answer a task, or 304 while the client has its present state."""
    task = await get_task(session, task_id)
    headers = {"ETag": task.etag, "Cache-Control": "no-cache"}
    if if_none_match is not None and matches_weakly(if_none_match, task.etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return task


@router.put("/{task_id}", response_model=TaskOutput, dependencies=[JsonOnly])
async def replace_task(
    task_id: TaskId, body: TaskBody, session: SessionDep, response: Response, if_match: ConditionHeader = None
) -> Task:
    """Replace a task; it is never created."""
    task = await lock_task(session, task_id, if_match)
    for name, value in body:
        setattr(task, name, value)
    await session.flush()  # counts the version up if anything changed
    response.headers["ETag"] = task.etag
    return task


@router.delete("/{task_id}", dependencies=[WholeRequest])
async def delete_task(task_id: TaskId, session: SessionDep, if_match: ConditionHeader = None) -> Deleted:
    """Delete a task."""
    await session.delete(await lock_task(session, task_id, if_match))
    return Deleted()


@router.options("")
@router.options("/{task_id}")
async def list_methods(request: Request) -> Response:
    """Answer the methods of a path, without asking whether a task exists."""
    return Response(status_code=204, headers={"Allow": allowed_methods(router.routes, request)})
