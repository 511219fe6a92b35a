"""Refusals of the reference application, in process: one shape for all of them, and nothing leaks."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from reference_app import create_app
from reference_app.domain import PageQuery, TaskInput
from reference_app.store import MemoryStore, Page

TASK = {"title": "a"}


@pytest.fixture
def app() -> Flask:
    store = MemoryStore()
    store.create(TaskInput("first"))
    return create_app(store)


@pytest.fixture
def client(app: Flask) -> Client:
    return Client(app)


def assert_error(response: TestResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    body: dict[str, Any] = response.get_json()
    assert isinstance(body["error"], str)
    assert body["error"]
    assert body.keys() <= {"error", "details"}
    return body


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO"])
@pytest.mark.parametrize("path", ["/", "/task", "/tasks/", "/tasks/1/", "/tasks/1/2", "//tasks", "/tasks//1", "/TASKS"])
def test_unknown_paths(client: Client, method: str, path: str) -> None:
    assert_error(client.open(path, method=method), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "text", ["0", "2", "01", "abc", "1.0", "%C2%B2", "%D9%A1", "%00", "1%00", "1%0A", "%FF", "9" * 40]
)
def test_missing_tasks(client: Client, method: str, text: str) -> None:
    body = assert_error(client.open(f"/tasks/{text}", method=method, json=TASK), 404)

    assert body == {"error": "Task not found"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FOO"])
def test_method_not_allowed_on_the_list(client: Client, method: str) -> None:
    response = client.open("/tasks", method=method)

    assert_error(response, 405)
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("method", ["POST", "PATCH", "TRACE", "FOO"])
def test_method_not_allowed_on_a_task(client: Client, method: str) -> None:
    response = client.open("/tasks/1", method=method)

    assert_error(response, 405)
    assert response.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "application/json, text/plain",
        "*/*",
    ],
)
def test_other_media_types(client: Client, media_type: str) -> None:
    for method, path in (("POST", "/tasks"), ("PUT", "/tasks/1")):
        response = client.open(path, method=method, data=b'{"title": "a"}', headers={"Content-Type": media_type})

        assert_error(response, 415)
    assert client.get("/tasks").get_json() == [{"id": 1, "title": "first", "description": "", "done": False}]


def test_absent_media_type(client: Client) -> None:
    assert_error(client.post("/tasks", data=b'{"title": "a"}'), 415)


@pytest.mark.parametrize(
    "media_type",
    ["application/json;charset=utf-8", "Application/JSON", 'application/json; charset="UTF-8"; v=1'],
)
def test_media_type_parameters(client: Client, media_type: str) -> None:
    assert client.post("/tasks", data=b'{"title": "a"}', headers={"Content-Type": media_type}).status_code == 201


def test_invalid_tasks_have_details(client: Client) -> None:
    response = client.post("/tasks", json={"title": "", "id": 7})

    assert assert_error(response, 400)["details"] == [
        {"field": "title", "message": "must have 1 to 200 characters, not 0."},
        {"field": "id", "message": "is not a member of a task."},
    ]


def test_malformed_json_has_no_details(client: Client) -> None:
    assert "details" not in assert_error(client.post("/tasks", data=b"{", content_type="application/json"), 400)


@pytest.mark.parametrize("query", ["limit=0", "done=True", "done=", "after=%D9%A1", "limit=%FF", "limit=1+1"])
def test_invalid_queries(client: Client, query: str) -> None:
    body = assert_error(client.get(f"/tasks?{query}"), 400)

    assert [detail["field"] for detail in body["details"]] == [query.partition("=")[0]]


def test_raw_bytes_in_the_query(client: Client) -> None:
    assert_error(client.get("/tasks", environ_overrides={"QUERY_STRING": "done=\xff"}), 400)
    assert client.get("/tasks", environ_overrides={"QUERY_STRING": "x=\xff&%FF"}).status_code == 200


@pytest.mark.parametrize("host", ["", "a b", "\xff", "a/b", "[", ":", "a:b:c"])
def test_strange_hosts(client: Client, host: str) -> None:
    assert client.get("/tasks/1", environ_overrides={"HTTP_HOST": host}).status_code in {200, 400}


def test_failed_preconditions(client: Client) -> None:
    headers = {"If-Match": '"other"'}

    assert_error(client.put("/tasks/1", json=TASK, headers=headers), 412)
    assert_error(client.delete("/tasks/1", headers=headers), 412)
    assert client.get("/tasks/1").get_json()["title"] == "first"


@pytest.mark.parametrize(("size", "status"), [(65_536, 201), (65_537, 413), (1_000_000, 413)])
def test_body_limit(client: Client, size: int, status: int) -> None:
    body = b'{"title": "a"}'.ljust(size)

    assert client.post("/tasks", data=body, content_type="application/json").status_code == status


@pytest.mark.parametrize(("size", "status"), [(65_536, 201), (65_537, 413), (1_000_000, 413)])
def test_body_limit_without_a_length(client: Client, size: int, status: int) -> None:
    body = io.BytesIO(b'{"title": "a"}'.ljust(size))
    environ = {"wsgi.input_terminated": True, "wsgi.input": body, "CONTENT_TYPE": "application/json"}

    assert client.post("/tasks", environ_overrides=environ).status_code == status


def test_bodies_too_long_have_the_error_shape(client: Client) -> None:
    assert_error(client.put("/tasks/1", data=b" " * 65_537, content_type="application/json"), 413)


def test_unexpected_exceptions_do_not_leak() -> None:
    class BrokenStore(MemoryStore):
        def page(self, query: PageQuery) -> Page:
            raise RuntimeError("secret")

    response = Client(create_app(BrokenStore())).get("/tasks")

    assert assert_error(response, 500) == {"error": "The server failed to answer."}


def test_errors_have_no_body_for_head(client: Client) -> None:
    response = client.head("/tasks/2")

    assert response.status_code == 404
    assert response.data == b""
