"""A conforming server whose every decision is a method, so that a fault overrides just one of them.

It knows nothing of faults. It is plain WSGI, in memory, with one lock around each request.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

Task = dict[str, Any]
Members = dict[str, Any]
Environ = dict[str, Any]

BODY_LIMIT = 65_536
LARGEST_ID = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Request:
    """A request as an application sees it; ``connection`` tells clients' connections apart."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    connection: str


@dataclass
class Response:
    """An answer; header names are written as they are sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, details


class Healthy:
    """The task API as the contract has it."""

    def __init__(self) -> None:
        self.tasks: dict[int, Task] = {}
        self.last_id = 0
        self.lock = threading.RLock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = self.read_request(environ)
        with self.lock:
            response = self.answer(request)
        status = f"{response.status} {HTTPStatus(response.status).phrase}"
        headers = {"Content-Length": str(len(response.body)), **response.headers}
        if response.status in (204, 304):
            headers.pop("Content-Length")
        start_response(status, list(headers.items()))
        return [b"" if request.method == "HEAD" else response.body]

    def read_request(self, environ: Environ) -> Request:
        length = environ.get("CONTENT_LENGTH") or ""
        stream = environ["wsgi.input"]
        return Request(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
            headers={key.removeprefix("HTTP_"): value for key, value in environ.items() if key.isupper()},
            body=stream.read(int(length) if length else -1),
            connection=str(environ.get("REMOTE_PORT", "")),
        )

    def answer(self, request: Request) -> Response:
        try:
            response = self.route(request)
        except Refused as refused:
            response = self.error(refused.status, refused.message, refused.details)
            response.headers |= {"Allow": ", ".join(self.allowed(request))} if refused.status == 405 else {}
        except Exception:
            response = self.crash(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def crash(self, request: Request) -> Response:
        return self.error(500, "Something went wrong")

    def route(self, request: Request) -> Response:
        operation = self.operations(request).get(request.method)
        if request.method == "OPTIONS":
            return self.options(request)
        if operation is None:
            raise Refused(405, "Method not allowed")
        return operation(request)

    def operations(self, request: Request) -> dict[str, Callable[[Request], Response]]:
        if request.path == "/tasks":
            return {"GET": self.list_tasks, "HEAD": self.list_tasks, "POST": self.create}
        if re.fullmatch(r"/tasks/[^/]+", request.path):
            return {"GET": self.read, "HEAD": self.read, "PUT": self.replace, "DELETE": self.delete}
        raise Refused(404, "Not found")

    def allowed(self, request: Request) -> list[str]:
        return sorted([*self.operations(request), "OPTIONS"])

    def options(self, request: Request) -> Response:
        return Response(204, headers={"Allow": ", ".join(self.allowed(request))})

    def list_tasks(self, request: Request) -> Response:
        done, after, limit = self.page_query(request)
        matching = self.matching(done, after)
        page = matching[:limit]
        response = self.json(200, [self.listed(task) for task in page])
        response.headers["Cache-Control"] = "no-cache"
        if len(matching) > len(page):
            response.headers["Link"] = f'<{self.next_page(request, page, limit)}>; rel="next"'
        return response

    def matching(self, done: bool | None, after: int) -> list[Task]:
        tasks = sorted(self.tasks.values(), key=self.order)
        return [task for task in tasks if task["id"] > after and done in (None, task["done"])]

    def order(self, task: Task) -> Any:
        return task["id"]

    def listed(self, task: Task) -> Members:
        return task

    def page_query(self, request: Request) -> tuple[bool | None, int, int]:
        done = request.query.get("done")
        if done not in (None, "true", "false"):
            raise Refused(400, "done is true or false")
        after = self.number(request, "after", 0, 0, LARGEST_ID)
        return None if done is None else done == "true", after, self.number(request, "limit", 100, 1, 100)

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        text = request.query.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,16}", text) or not smallest <= int(text) <= largest:
            raise Refused(400, f"{name} is an integer from {smallest} to {largest}")
        return int(text)

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        done = f"&done={request.query['done']}" if "done" in request.query else ""
        return f"/tasks?after={page[-1]['id']}&limit={limit}{done}"

    def create(self, request: Request) -> Response:
        members = self.members(request)
        task = self.add(members)
        response = self.task_response(201, task)
        response.headers["Location"] = f"/tasks/{task['id']}"
        return response

    def add(self, members: Members) -> Task:
        id = self.new_id()
        self.tasks[id] = {"id": id, **members}
        return self.tasks[id]

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def read(self, request: Request) -> Response:
        task = self.find(request)
        condition = request.headers.get("IF_NONE_MATCH")
        if condition is not None and (condition.strip() == "*" or self.weakly_matches(condition, task)):
            response = Response(304, headers={"ETag": self.etag(task)})
        else:
            response = self.task_response(200, task)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def find(self, request: Request) -> Task:
        id = self.id_of(request.path.rpartition("/")[2])
        if id not in self.tasks:
            raise Refused(404, "Task not found")
        return self.tasks[id]

    def id_of(self, text: str) -> int | None:
        return int(text) if re.fullmatch(r"[1-9][0-9]{0,15}", text) and int(text) <= LARGEST_ID else None

    def replace(self, request: Request) -> Response:
        task = self.find(request)
        self.check_if_match(request, task)
        members = self.members(request)
        return self.task_response(200, self.update(task, members))

    def update(self, task: Task, members: Members) -> Task:
        task.update(members)
        return task

    def delete(self, request: Request) -> Response:
        task = self.find(request)
        self.check_if_match(request, task)
        self.remove(task)
        return self.json(200, {"message": "Task deleted"})

    def remove(self, task: Task) -> None:
        del self.tasks[task["id"]]

    def check_if_match(self, request: Request, task: Task) -> None:
        condition = request.headers.get("IF_MATCH")
        if condition is not None and condition.strip() != "*" and self.etag(task) not in self.tags(condition):
            raise Refused(412, "The task is not in the state that If-Match names")

    def tags(self, condition: str) -> list[str]:
        return re.findall(r'(?:W/)?"[^"]*"', condition)

    def weakly_matches(self, condition: str, task: Task) -> bool:
        return self.etag(task) in [tag.removeprefix("W/") for tag in self.tags(condition)]

    def etag(self, task: Task) -> str:
        return f'"{hashlib.sha256(json.dumps(task).encode()).hexdigest()[:16]}"'

    def members(self, request: Request) -> Members:
        """The members that a body has, defaults filled in; refused with 413, 415 or 400."""
        if len(request.body) > BODY_LIMIT:
            raise Refused(413, "The body is too long")
        self.check_media_type(request)
        document = self.decode(request.body)
        if not isinstance(document, dict):
            raise Refused(400, "The body is no JSON object")
        problems = self.problems(document)
        if problems:
            details = [{"field": field, "message": message} for field, message in problems.items()]
            raise Refused(400, "The task is not valid", details)
        return self.filled_in(document)

    def filled_in(self, document: Members) -> Members:
        return {
            "title": document["title"],
            "description": document.get("description", ""),
            "done": document.get("done", False),
        }

    def check_media_type(self, request: Request) -> None:
        name = request.headers.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
        if name != "application/json":
            raise Refused(415, "The body must be application/json")

    def decode(self, body: bytes) -> Any:
        try:
            return json.loads(body.decode("utf-8"), parse_constant=self.constant, object_pairs_hook=self.distinct)
        except (ValueError, RecursionError):
            raise Refused(400, "The body is not JSON") from None

    def constant(self, name: str) -> Any:
        raise ValueError(name)

    def distinct(self, pairs: list[tuple[str, Any]]) -> Members:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("duplicate members")
        return dict(pairs)

    def problems(self, document: Members) -> dict[str, str]:
        found = {name: "is unknown" for name in document if name not in ("title", "description", "done")}
        checks = {"title": self.title_problem, "description": self.description_problem, "done": self.done_problem}
        for name, check in checks.items():
            if name in document or name == "title":
                problem = check(document.get(name))
                found |= {name: problem} if problem else {}
        return {name.encode("utf-8", "replace").decode(): problem for name, problem in found.items()}

    def title_problem(self, value: Any) -> str | None:
        if not isinstance(value, str) or not 1 <= len(value) <= 200:
            return "has 1 to 200 characters"
        return "has a control character" if re.search(r"[\x00-\x1f\x7f]", value) else self.text_problem(value)

    def description_problem(self, value: Any) -> str | None:
        if not isinstance(value, str) or len(value) > 2000:
            return "has 0 to 2000 characters"
        return "has a null character" if "\0" in value else self.text_problem(value)

    def text_problem(self, value: str) -> str | None:
        return "has a lone surrogate" if _SURROGATE.search(value) else None

    def done_problem(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else "is true or false"

    def task_response(self, status: int, task: Task) -> Response:
        response = self.json(status, task)
        response.headers["ETag"] = self.etag(task)
        return response

    def error(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
        return self.json(status, {"error": message, **({"details": details} if details else {})})

    def json(self, status: int, document: Any) -> Response:
        return Response(status, json.dumps(document).encode(), {"Content-Type": "application/json"})
