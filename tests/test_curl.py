"""Exchanges as command lines: a shell that runs them sends the same requests, also to another server."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contract.curl import commands
from contract.exchange import Exchange
from contract.transport import Headers, Options, Request, Response
from contract.transport.http import HttpTarget
from reference_app import create_app
from tests.targets import PATIENCE, serve, serve_connections

JSON = (("Content-Type", "application/json"),)
NUL, NEWLINE = b"\x00", b"\n"


@dataclass
class Recorder:
    """A server that keeps each request, line, headers and body, and answers a POST as if it had created something."""

    url: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            line = stream.readline().decode("latin-1").strip()
            headers: dict[str, str] = {}
            while (header := stream.readline()) not in (b"\r\n", b""):
                name, _, value = header.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", "0")))
        self.requests.append((line, headers, body))
        answer = b'{"title": "\\"id\\": 5", "id" : 4711}' if line.startswith("POST") else b"{}"
        fields = f'Connection: close\r\nETag: "of-the-recorder"\r\nContent-Length: {len(answer)}\r\n'
        head = f"HTTP/1.1 200 OK\r\n{fields}\r\n"
        connection.sendall(head.encode() + (b"" if line.startswith("HEAD") else answer))


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """A recording server."""
    server = Recorder()
    with serve_connections(server) as url:
        server.url = url
        yield server


def done(
    method: str, path: str, body: bytes | None = None, headers: Headers = (), answer: Any = None, tag: str = ""
) -> Exchange:
    """A request that was answered with 200, this document and this entity tag."""
    fields = (("etag", tag),) if tag else ()
    return Exchange(Request(method, path, headers, body), Response(200, fields, json.dumps(answer).encode()))


def lines_for(url: str, *evidence: Exchange, shown_headers: Headers = ()) -> list[str]:
    """The command lines of these exchanges with a server."""
    return commands(evidence, HttpTarget(url, Options(shown_headers=shown_headers)))


def shell(lines: Iterable[str], **variables: str) -> str:
    """What an interactive shell prints that is given these lines, as somebody does who pastes them."""
    run = subprocess.run(
        ["bash", "--norc", "--noprofile", "-i"],
        input="\n".join(lines) + "\nexit\n",
        env={**os.environ, "HISTFILE": "/dev/null", "LC_ALL": "C.UTF-8", **variables},
        start_new_session=True,
        capture_output=True,
        timeout=PATIENCE,
        encoding="utf-8",
        check=True,
    )
    return run.stdout


def sent(recorder: Recorder, *evidence: Exchange, shown_headers: Headers = (), **variables: str) -> Any:
    """The requests that the command lines of these exchanges send."""
    recorder.requests.clear()
    shell(lines_for(recorder.url, *evidence, shown_headers=shown_headers), **variables)
    return list(recorder.requests)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_method(recorder: Recorder, method: str) -> None:
    ((line, headers, _),) = sent(recorder, done(method, "/tasks"))

    assert line == f"{method} /tasks HTTP/1.1"
    assert "content-type" not in headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_method_with_a_body(recorder: Recorder, method: str) -> None:
    ((line, headers, body),) = sent(recorder, done(method, "/tasks", b"{}", JSON))

    assert (line, headers["content-type"], body) == (f"{method} /tasks HTTP/1.1", "application/json", b"{}")


BODIES = [
    b"",
    b" ",
    b'{"title": "plain"}',
    b"""{"title": "it's $HOME `id` $(id) \\\\ \\" !! !x ~ * ? # & ; | < > % %s %% \\n"}""",
    '{"title": "é\N{GRINNING FACE}\N{COMBINING ACUTE ACCENT}"}'.encode(),
    b'{"title": "a\nb\r\tc"}',
    b'{"title":' + NEWLINE,
    NEWLINE + NEWLINE,
    NUL,
    b'{"a": "\x00"}' + NUL,
    b"\xff\xfe\x80'\"\\%",
    b'{"title": "\xed\xa0\x80"}',
    b"-n",
    b"-\n",
    b"--\x00",
    b"-" * 500,
    b"@/etc/passwd",
    b"%" * 500 + b"\\" * 500 + b"'" * 500,
    b"curl -si" + NEWLINE,
    b"1" * 30 + NUL + b"12" * 30,
    b'{"title":"' + b"x" * 70_000 + b'"}',
    b"[" * 35_000 + b"]" * 35_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"title":"x"}' + b" " * 70_000,
    bytes(range(256)) * 4,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body[:20]!r} {len(body)}")
def test_body_is_sent_byte_for_byte(recorder: Recorder, body: bytes) -> None:
    ((_, _, received),) = sent(recorder, done("POST", "/tasks", body, JSON))

    assert received == body


@settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    body=st.binary(max_size=600)
    | st.text(max_size=200).map(lambda text: json.dumps({"title": text}, ensure_ascii=False).encode("utf-8", "replace"))
    | st.builds(
        lambda head, unit, times: head + unit * times,
        st.binary(),
        st.binary(min_size=1, max_size=8),
        st.integers(15, 99),
    )
)
@example(body=b"-%" * 20)
def test_any_body_is_sent_byte_for_byte(recorder: Recorder, body: bytes) -> None:
    ((_, _, received),) = sent(recorder, done("POST", "/tasks", body, JSON))

    assert received == body


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body[:20]!r} {len(body)}")
def test_line_is_short_printable_and_one(body: bytes) -> None:
    (line,) = lines_for("http://127.0.0.1:8000", done("POST", "/tasks", body, JSON))

    assert line.isprintable()
    assert len(line) < 4000


def test_body_without_a_content_type_gets_none(recorder: Recorder) -> None:
    ((_, headers, body),) = sent(recorder, done("POST", "/tasks", b"{}"))

    assert ("content-type" in headers, body) == (False, b"{}")


def test_empty_body_is_counted(recorder: Recorder) -> None:
    ((_, headers, _),) = sent(recorder, done("PUT", "/tasks/1", b"", JSON))

    assert headers["content-length"] == "0"


@pytest.mark.parametrize(
    "value",
    ["", "application/json; charset=utf-8", '"a", W/"b"', "it's", "$HOME `id` \\ !x", "*", "\xe9", "100%", "@file"],
)
def test_header_is_sent_as_it_is(recorder: Recorder, value: str) -> None:
    ((_, headers, _),) = sent(recorder, done("GET", "/tasks/1", headers=(("If-Match", value),)))

    assert headers["if-match"] == value


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/tasks?limit=1&after=2",
            "/tasks/$HOME",
            "/tasks/it's",
            '/tasks/"',
            "/tasks/!x!!",
            "/tasks/`id`",
            "/tasks/a\\b",
        ),
        *(
            "/tasks/%2F",
            "/tasks/%C2%B2%00",
            "/tasks?%ZZ&=&&;%",
            "/tasks/[1]",
            "/tasks?limit[]=1&after[x]={a,b}",
            "/tasks/*",
        ),
        *(
            "/tasks/..",
            "/tasks/../tasks",
            "/tasks/.",
            "/../../etc",
            "/tasks/.?a",
            "/tasks/%2e%2E",
            "/tasks/%2e/1",
            "//tasks",
        ),
        *("/tasks//1", "/tasks/", "/", "/tasks/~x", "/tasks/(1);2|3&4<5>6"),
    ],
)
def test_path_is_sent_byte_for_byte(recorder: Recorder, path: str) -> None:
    ((line, _, _),) = sent(recorder, done("GET", path))

    assert line == f"GET {path} HTTP/1.1"


def test_path_stands_below_the_base_path(recorder: Recorder) -> None:
    recorder.requests.clear()
    shell(lines_for(f"{recorder.url}/api/v1", done("GET", "/tasks/[1]"), done("GET", "/../tasks")))

    assert [line for line, _, _ in recorder.requests] == [
        "GET /api/v1/tasks/[1] HTTP/1.1",
        "GET /api/v1/../tasks HTTP/1.1",
    ]


@pytest.mark.parametrize("path", ["/tasks/1/$HOME", "/tasks/1?a=it's&b=`id`\\", '/tasks/1?q="!x"', "/tasks/1/[!]"])
def test_path_with_an_id_in_a_variable_is_quoted_too(recorder: Recorder, path: str) -> None:
    created = done("POST", "/tasks", b"{}", JSON, {"id": 1})

    _, (line, _, _) = sent(recorder, created, done("GET", path))

    assert line == f"GET {path.replace('1', '4711', 1)} HTTP/1.1"


def test_id_is_taken_from_the_answer(recorder: Recorder) -> None:
    created = done("POST", "/tasks", b'{"title": "a"}', JSON, {"id": 7})

    received = sent(
        recorder, created, done("DELETE", "/tasks/7"), done("GET", "/tasks/7?x=7"), done("GET", "/tasks/77")
    )

    assert [line for line, _, _ in received][1:] == [
        "DELETE /tasks/4711 HTTP/1.1",
        "GET /tasks/4711?x=7 HTTP/1.1",
        "GET /tasks/77 HTTP/1.1",
    ]


@pytest.mark.parametrize(
    ("query", "asked"),
    [("after=7&limit=7", "after=4711&limit=7"), ("limit=3&after=6", "limit=3&after=4710"), ("after=8", "after=8")],
)
def test_page_begins_at_the_same_task(recorder: Recorder, query: str, asked: str) -> None:
    created = done("POST", "/tasks", b"{}", JSON, {"id": 7})

    received = sent(recorder, created, done("GET", f"/tasks?{query}"))

    assert received[1][0] == f"GET /tasks?{asked} HTTP/1.1"


@pytest.mark.parametrize("id", [1, 127, 8000])
def test_digits_of_the_base_url_are_no_ids(id: int) -> None:
    base = "http://127.0.0.1:8000/api/v1/127"

    _, line = lines_for(base, done("POST", "/tasks", b"{}", JSON, {"id": id}), done("GET", f"/tasks/{id}"))

    assert line == f'curl -si "{base}/tasks/${{id1}}"'


def test_id_in_other_digits_is_that_of_the_answer(recorder: Recorder) -> None:
    creation = done("POST", "/tasks", b"{}", answer={"id": 16})

    lines = lines_for(recorder.url, creation, done("GET", "/tasks/%D9%A1%D9%A6"))
    shell(lines)

    assert recorder.requests[-1][0] == "GET /tasks/%D9%A4%D9%A7%D9%A1%D9%A1 HTTP/1.1"


def test_id_that_no_later_line_names_is_not_kept() -> None:
    created = done("POST", "/tasks", b"{}", JSON, {"id": 7})

    lines = lines_for("http://localhost", created, done("GET", "/tasks"), done("GET", "/tasks?limit=7"))

    assert [line[:9] for line in lines] == ["curl -si "] * 3


def test_id_that_comes_again_is_taken_anew() -> None:
    created, read = done("POST", "/tasks", b"{}", JSON, {"id": 7}), done("GET", "/tasks/7")

    lines = lines_for("http://localhost", created, read, created, read)

    assert [line.partition("=")[0] for line in lines[::2]] == ["id1", "id2"]
    assert [line[-7:] for line in lines[1::2]] == ['${id1}"', '${id2}"']


def test_requests_of_the_same_moment_go_on_in_the_background(recorder: Recorder) -> None:
    created = done("POST", "/tasks", b"{}", JSON, {"id": 7})
    puts = [replace(done("PUT", "/tasks/7", b"%d" % number, JSON), together=3) for number in range(4)]

    lines = lines_for(recorder.url, created, *puts, done("GET", "/tasks/7"))
    received = sent(recorder, created, *puts, done("GET", "/tasks/7"))

    assert [line[-2:] for line in lines[1:5]] == [" &"] * 4
    assert lines[5] == "wait"
    assert {body for _, _, body in received[1:5]} == {b"0", b"1", b"2", b"3"}
    assert received[5][0] == "GET /tasks/4711 HTTP/1.1"


def test_many_creations_are_one_line(recorder: Recorder) -> None:
    births = [done("POST", "/tasks", b"{}", JSON, {"id": id}) for id in range(1, 102)]
    evidence = [*births, done("GET", "/tasks?after=0")]

    lines = lines_for(recorder.url, *evidence)
    received = sent(recorder, *evidence)

    assert len(lines) == 3
    assert [line.split()[0] for line, _, _ in received] == ["POST"] * 101 + ["GET"]
    assert received[-1][0] == "GET /tasks?after=4710 HTTP/1.1"


def test_of_many_steps_a_dozen_is_given() -> None:
    evidence = [done("GET", f"/tasks/{id}") for id in range(1, 100)]

    lines = lines_for("http://localhost", *evidence)

    assert [int(line.rpartition("/")[2]) for line in lines] == [*range(1, 7), *range(94, 100)]


def test_tag_is_taken_from_the_answer(recorder: Recorder) -> None:
    created = done("POST", "/tasks", b"{}", JSON, {"id": 7}, tag='"the-first"')
    put = done("PUT", "/tasks/7", b"{}", (*JSON, ("If-Match", '"other", W/"the-first"')))

    _, head, (_, headers, _) = sent(recorder, created, put)

    assert head[0] == "HEAD /tasks/4711 HTTP/1.1"
    assert headers["if-match"] == '"other", W/"of-the-recorder"'


def test_request_that_is_cut_off_is_written_as_it_was(recorder: Recorder) -> None:
    created = done("POST", "/tasks", b"{}", JSON, {"id": 7})
    written = b"PUT /tasks/7 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{%'\\"
    cut = replace(done("PUT", "/tasks/7"), written=written)

    _, (line, headers, body), _ = sent(recorder, created, cut, done("GET", "/tasks"))

    assert (line, headers["content-length"], body) == ("PUT /tasks/4711 HTTP/1.1", "9", b"{%'\\")


def test_secrets_stay_in_their_variables(recorder: Recorder) -> None:
    shown = (("Authorization", "Bearer $TOKEN"), ("X-Key", "${KEY}2"))
    (line,) = lines_for(recorder.url, done("GET", "/tasks"), shown_headers=shown)

    ((_, headers, _),) = sent(recorder, done("GET", "/tasks"), shown_headers=shown, TOKEN="a b", KEY="k")

    assert (headers["authorization"], headers["x-key"]) == ("Bearer a b", "k2")
    assert "a b" not in line


def test_everything_else_in_a_header_of_the_user_is_literal(recorder: Recorder) -> None:
    shown = (("X-All", "$TOKEN $(id) `id` \\ \" !x 5$ ${} it's"), ("X-Plain", "5$ !x `id`"), ("X-Empty", ""))

    ((_, headers, _),) = sent(recorder, done("GET", "/tasks"), shown_headers=shown, TOKEN="t")

    assert headers["x-all"] == "t $(id) `id` \\ \" !x 5$ ${} it's"
    assert headers["x-plain"] == "5$ !x `id`"
    assert headers["x-empty"] == ""


def test_header_of_the_request_replaces_that_of_the_user(recorder: Recorder) -> None:
    request = done("GET", "/tasks", headers=(("accept", "text/html"),))

    (line,) = lines_for(recorder.url, request, shown_headers=(("Accept", "$ACCEPT"),))

    assert line.count("ccept") == 1


def test_lines_show_the_same_on_another_server(client: requests.Session) -> None:
    evidence = [
        done("POST", "/tasks", b'{"title": "kept $HOME \\u00e9"}', JSON, {"id": 1}),
        done("POST", "/tasks", '{\n"title": "é it\'s deleted"\n}'.encode(), JSON, {"id": 2}),
        done("PUT", "/tasks/1", b'{"title": "changed", "done": true}', JSON),
        done("DELETE", "/tasks/2"),
        done("GET", "/tasks?after=0"),
        done("HEAD", "/tasks/1"),
    ]
    with serve(create_app()) as url:
        for number in range(3):
            client.post(f"{url}/tasks", json={"title": f"old {number}"}, timeout=PATIENCE).raise_for_status()
        output = shell(lines_for(url, *evidence))
        tasks = client.get(f"{url}/tasks", timeout=PATIENCE).json()

    assert re.findall(r"HTTP/1.1 (\d+)", output) == ["200"] * 4
    assert json.dumps(tasks[3:], separators=(",", ":")) in output
    assert [(task["id"], task["title"], task["done"]) for task in tasks[3:]] == [(4, "changed", True)]
