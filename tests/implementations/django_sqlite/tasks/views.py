"""The operations on tasks."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags
from django.views import View
from django.views.decorators.cache import cache_control

from tasks.converters import MAX_ID
from tasks.errors import ApiError
from tasks.models import Task
from tasks.parsing import read_boolean, read_integer, read_task

MAX_LIMIT = 100

revalidated = method_decorator(cache_control(no_cache=True))


class ApiView(View):
    """A view that refuses other methods in the Error shape."""

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a method that the view does not have."""
        raise ApiError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"The method {request.method} is not allowed here.",
            headers={"Allow": ", ".join(self._allowed_methods())},
        )


class TaskListView(ApiView):
    """All tasks."""

    @revalidated
    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer one page, and where the next one is."""
        done = read_boolean(request, "done")
        limit = read_integer(request, "limit", default=MAX_LIMIT, minimum=1, maximum=MAX_LIMIT)
        after = read_integer(request, "after", default=0, minimum=0, maximum=MAX_ID)
        tasks = Task.objects.filter(pk__gt=after).order_by("pk")
        if done is not None:
            # With `done=...` Django writes `WHERE done` or `WHERE NOT done`, for which SQLite uses no index.
            tasks = tasks.filter(done__in=[done])
        page = list(tasks[: limit + 1])
        response = JsonResponse([task.as_dict() for task in page[:limit]], safe=False)
        if len(page) > limit:
            query = {"limit": limit, "after": page[limit - 1].pk}
            if done is not None:
                query["done"] = "true" if done else "false"
            response.headers["Link"] = f'<{reverse("task-list")}?{urlencode(query)}>; rel="next"'
        return response

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create a task."""
        task = read_task(request)
        task.save(force_insert=True)
        response = task_response(task, HTTPStatus.CREATED)
        response.headers["Location"] = reverse("task-detail", args=[task.pk])
        return response


class TaskDetailView(ApiView):
    """One task."""

    @revalidated
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer the task, or 304 while the client has its present state."""
        task = get_task(request, pk)
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if known == ["*"] or task.etag in (tag.removeprefix("W/") for tag in known):
            return HttpResponseNotModified(headers={"ETag": task.etag})
        return task_response(task)

    def put(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Replace the task."""
        task = read_task(request)
        with transaction.atomic():
            current = get_task(request, pk)
            task.pk = current.pk
            task.version = current.version + 1
            task.save(force_update=True)
        return task_response(task)

    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete the task."""
        with transaction.atomic():
            get_task(request, pk).delete()
        return JsonResponse({"message": "Task deleted"})


def get_task(request: HttpRequest, pk: int) -> Task:
    """Return the task; refuse the request where it is missing or its If-Match does not hold."""
    task: Task | None = Task.objects.filter(pk=pk).first()
    if task is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Task not found")
    if (if_match := request.headers.get("If-Match")) is not None:
        tags = parse_etags(if_match)
        if tags != ["*"] and task.etag not in tags:
            raise ApiError(
                HTTPStatus.PRECONDITION_FAILED, f"The task is now {task.etag}, which If-Match does not name."
            )
    return task


def task_response(task: Task, status: HTTPStatus = HTTPStatus.OK) -> JsonResponse:
    """Return the answer that shows a task."""
    return JsonResponse(task.as_dict(), status=status, headers={"ETag": task.etag})
