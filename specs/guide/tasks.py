"""The task API: a WSGI application on the standard library, as building-a-server.md arrives at it."""

import hashlib
import itertools
import json
import re
import threading
from http import HTTPStatus
from urllib.parse import parse_qsl

tasks = {}
new_ids = itertools.count(1)
LARGEST_ID = 2**53 - 1
BODY_LIMIT = 65_536
lock = threading.Lock()


def application(environ, start_response):
    """Answer a request, as WSGI has it."""
    try:
        status, headers, document = answer(environ)
    except Refused as refused:
        status, headers, document = refused.answer
    headers |= {"X-Content-Type-Options": "nosniff"}
    body = b""
    if document is not None:
        body = json.dumps(document).encode()
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def answer(environ):
    """The status, the headers and the JSON document, if any, that answer a request."""
    found = operations(environ["PATH_INFO"])
    allow = {"Allow": ", ".join([*found, "OPTIONS"])}
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        return 204, allow, None
    if method not in found:
        raise Refused(405, "The method is not allowed.", headers=allow)
    with lock:
        return found[method](environ)


def operations(path):
    """What can be done at a path, by method."""
    if path == "/tasks":
        return {"GET": list_tasks, "HEAD": list_tasks, "POST": create}
    if re.fullmatch("/tasks/[^/]+", path):
        return {"GET": read, "HEAD": read, "PUT": replace, "DELETE": delete}
    raise Refused(404, "There is nothing here.")


def list_tasks(environ):
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    after = number(query, "after", 0, 0, LARGEST_ID)
    limit = number(query, "limit", 100, 1, 100)
    done = query.get("done")
    if done not in (None, "true", "false"):
        raise invalid_parameter("done", "is true or false")
    found = [task for id, task in sorted(tasks.items()) if id > after and done in (None, json.dumps(task["done"]))]
    headers = {"Cache-Control": "no-cache"}
    if len(found) > limit:
        filtered = f"&done={done}" if done else ""
        headers["Link"] = f'</tasks?after={found[limit - 1]["id"]}&limit={limit}{filtered}>; rel="next"'
    return 200, headers, found[:limit]


def create(environ):
    id = next(new_ids)
    tasks[id] = {"id": id, **members(environ)}
    return 201, {"Location": f"/tasks/{id}", "ETag": tag(tasks[id])}, tasks[id]


def read(environ):
    task = find(environ)
    headers = {"ETag": tag(task), "Cache-Control": "no-cache"}
    condition = environ.get("HTTP_IF_NONE_MATCH", "")
    if condition.strip() == "*" or tag(task) in re.findall('"[^"]*"', condition):
        return 304, headers, None
    return 200, headers, task


def find(environ):
    """The task that the path names."""
    text = environ["PATH_INFO"].removeprefix("/tasks/")
    task = tasks.get(int(text)) if re.fullmatch("[1-9][0-9]{0,15}", text) else None
    if task is None:
        raise Refused(404, "Task not found")
    return task


def members(environ):
    """The members of a task that the body has, the others by default."""
    document = {"description": "", "done": False, **read_json(environ)}
    details = [{"field": name, "message": message} for name, message in problems(document)]
    if details:
        raise Refused(400, "The task is not valid.", details=details)
    return document


def read_json(environ):
    """The object in the body."""
    try:
        document = json.loads(read_body(environ).decode(), parse_constant=refuse, object_pairs_hook=distinct)
        json.dumps(document, ensure_ascii=False).encode()  # fails on a lone surrogate
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(document, dict):
        raise Refused(400, "The body is not an object.")
    return document


def read_body(environ):
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "The Content-Type must be application/json.")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if len(body) > BODY_LIMIT:
        raise Refused(413, f"The body has more than {BODY_LIMIT} bytes.")
    return body


class Refused(Exception):
    """The request is answered with this status and an error."""

    def __init__(self, status, message, headers=None, details=None):
        super().__init__(message)
        self.answer = status, headers or {}, {"error": message, **({"details": details} if details else {})}


def replace(environ):
    id = find_if_match(environ)["id"]
    tasks[id] = {"id": id, **members(environ)}
    return 200, {"ETag": tag(tasks[id])}, tasks[id]


def delete(environ):
    del tasks[find_if_match(environ)["id"]]
    return 200, {}, {"message": "Task deleted"}


def number(query, name, default, smallest, largest):
    text = query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,16}", text) or not smallest <= int(text) <= largest:
        raise invalid_parameter(name, f"is an integer from {smallest} to {largest}")
    return int(text)


def invalid_parameter(name, message):
    return Refused(400, "The query is not valid.", details=[{"field": name, "message": message}])


def problems(document):
    """The members that are not valid, each with the reason."""
    title, description = document.get("title"), document["description"]
    if not isinstance(title, str) or not 1 <= len(title) <= 200 or re.search(r"[\x00-\x1f\x7f]", title):
        yield "title", "is a string of 1 to 200 characters, none of them a control character"
    if not isinstance(description, str) or len(description) > 2000 or "\0" in description:
        yield "description", "is a string of at most 2000 characters without U+0000"
    if not isinstance(document["done"], bool):
        yield "done", "is true or false"
    for name in document:
        if name not in ("title", "description", "done"):
            yield name, "is unknown"


def refuse(constant):
    raise ValueError(constant)


def distinct(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("A member comes twice.")
    return dict(pairs)


def find_if_match(environ):
    """The task that the path names, in a state that ``If-Match`` names."""
    task = find(environ)
    condition = environ.get("HTTP_IF_MATCH", "*")
    if condition.strip() != "*" and tag(task) not in re.findall('(?:W/)?"[^"]*"', condition):
        raise Refused(412, "The task has changed.")
    return task


def tag(task):
    """The entity tag of the task's present state."""
    return f'"{hashlib.sha256(json.dumps(task).encode()).hexdigest()}"'
