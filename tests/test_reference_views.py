"""The operations of the reference application, in process."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.http import parse_options_header
from werkzeug.test import Client, TestResponse

from reference_app import create_app

DEFAULTS = {"description": "", "done": False}


@pytest.fixture
def client() -> Client:
    """A client of tasks 1 to 5, of which the even ones are done."""
    client = Client(create_app())
    for number in range(1, 6):
        client.post("/tasks", json={"title": f"task {number}", "done": number % 2 == 0})
    return client


def next_url(response: TestResponse) -> str | None:
    link, parameters = parse_options_header(response.headers.get("Link"))
    assert parameters == ({"rel": "next"} if link else {})
    return link.strip("<>") or None


def ids(response: TestResponse) -> list[int]:
    return [task["id"] for task in response.get_json()]


def test_create(client: Client) -> None:
    response = client.post("/tasks", json={"title": " a "})

    assert response.status_code == 201
    assert response.get_json() == {"id": 6, "title": " a ", **DEFAULTS}
    assert response.headers["Location"] == "/tasks/6"
    assert response.headers["ETag"] == client.get("/tasks/6").headers["ETag"]
    assert client.get("/tasks/6").get_json() == response.get_json()


def test_read(client: Client) -> None:
    response = client.get("/tasks/2")

    assert response.status_code == 200
    assert response.get_json() == {"id": 2, "title": "task 2", "description": "", "done": True}
    assert response.headers["Cache-Control"] == "no-cache"


def test_replace_takes_defaults(client: Client) -> None:
    before = client.get("/tasks/2").headers["ETag"]

    response = client.put("/tasks/2", json={"title": "b"})

    assert response.status_code == 200
    assert response.get_json() == {"id": 2, "title": "b", **DEFAULTS}
    assert response.headers["ETag"] == client.get("/tasks/2").headers["ETag"] != before
    assert ids(client.get("/tasks")) == [1, 2, 3, 4, 5]


def test_delete(client: Client) -> None:
    response = client.delete("/tasks/2")

    assert response.status_code == 200
    assert response.get_json() == {"message": "Task deleted"}
    assert client.get("/tasks/2").status_code == 404
    assert ids(client.get("/tasks")) == [1, 3, 4, 5]


def test_list(client: Client) -> None:
    response = client.get("/tasks")

    assert response.get_json() == [client.get(f"/tasks/{number}").get_json() for number in range(1, 6)]
    assert response.headers["Cache-Control"] == "no-cache"
    assert next_url(response) is None


@pytest.mark.parametrize(
    ("url", "pages"),
    [
        ("/tasks?limit=2", [[1, 2], [3, 4], [5]]),
        ("/tasks?limit=5", [[1, 2, 3, 4, 5]]),
        ("/tasks?limit=1&done=true", [[2], [4]]),
        ("/tasks?limit=2&done=false&x=y", [[1, 3], [5]]),
        ("/tasks?limit=2&after=1", [[2, 3], [4, 5]]),
        ("/tasks?after=5", [[]]),
    ],
)
def test_walks(client: Client, url: str | None, pages: list[list[int]]) -> None:
    walked = []
    while url:
        response = client.get(url)
        walked.append(ids(response))
        url = next_url(response)

    assert walked == pages


def test_next_keeps_filter_and_limit(client: Client) -> None:
    url = next_url(client.get("/tasks?done=false&limit=1&after=1"))

    assert url
    assert urlsplit(url).path == "/tasks"
    assert parse_qs(urlsplit(url).query) == {"done": ["false"], "limit": ["1"], "after": ["3"]}


def test_urls_keep_the_base_path(client: Client) -> None:
    environ = {"SCRIPT_NAME": "/api/v1"}

    created = client.post("/tasks", json={"title": "a"}, environ_overrides=environ)
    listed = client.get("/tasks?limit=1", environ_overrides=environ)

    assert created.headers["Location"] == "/api/v1/tasks/6"
    assert listed.headers["Link"].startswith("</api/v1/tasks?")


@pytest.mark.parametrize("path", ["/tasks", "/tasks?limit=1", "/tasks/1", "/tasks/9", "/tasks?limit=0", "/other"])
def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    get, head = client.get(path), client.head(path)

    assert head.status_code == get.status_code
    assert dict(head.headers) == dict(get.headers)
    assert head.data == b""


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/tasks", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/tasks/1", {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}),
    ],
)
def test_options(client: Client, path: str, allow: set[str]) -> None:
    response = client.options(path)

    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == allow
    assert response.data == b""
    assert "Content-Type" not in response.headers


def test_not_modified(client: Client) -> None:
    tag = client.get("/tasks/1").headers["ETag"]

    response = client.get("/tasks/1", headers={"If-None-Match": f'"x", W/{tag}'})

    assert response.status_code == 304
    assert response.data == b""
    assert response.headers["ETag"] == tag
    assert response.headers["Cache-Control"] == "no-cache"
    assert "Content-Type" not in response.headers


def test_modified(client: Client) -> None:
    tag = client.get("/tasks/1").headers["ETag"]
    client.put("/tasks/1", json={"title": "b"})

    assert client.get("/tasks/1", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("if_match", ["*", '"x", {tag}', "{tag}"])
def test_if_match_lets_writes_proceed(client: Client, if_match: str) -> None:
    put = client.put("/tasks/1", json={"title": "b"}, headers=matching(client, if_match))
    delete = client.delete("/tasks/1", headers=matching(client, if_match))

    assert (put.status_code, delete.status_code) == (200, 200)


def matching(client: Client, if_match: str) -> dict[str, str]:
    return {"If-Match": if_match.format(tag=client.get("/tasks/1").headers["ETag"])}


def test_method_overrides_are_not_obeyed(client: Client) -> None:
    headers = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "DELETE")

    client.get("/tasks/1?_method=DELETE&method=DELETE", headers=headers)
    created = client.post("/tasks?_method=PUT", json={"title": "a"}, headers=headers)

    assert created.status_code == 201
    assert ids(client.get("/tasks")) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("path", ["/tasks", "/tasks/1"])
def test_offers_to_upgrade_are_ignored(client: Client, path: str) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}

    assert client.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=1, */*;q=0", "nonsense"])
def test_accept_changes_nothing(client: Client, accept: str) -> None:
    assert client.get("/tasks/1", headers={"Accept": accept}).mimetype == "application/json"


def test_applications_share_no_tasks(client: Client) -> None:
    assert ids(Client(create_app()).get("/tasks")) == []
