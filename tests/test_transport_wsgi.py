"""Requests to a WSGI application in this process: what it is called with, and what is made of its answer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from contract.transport import Headers, Options, Raised, Request, Response
from contract.transport.wsgi import Application, BadApplication, WsgiTarget, load_application

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

GET = Request("GET", "/tasks")
TEXT = [("Content-Type", "text/plain")]


def environ_of(request: Request, headers: Headers = ()) -> Environ:
    """What an application is called with, its input read."""
    seen: Environ = {}

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seen.update(environ, input=environ["wsgi.input"].read())
        start_response("200 OK", TEXT)
        return []

    WsgiTarget(application, Options(headers=headers)).connect().send(request)
    return seen


def send(application: Application, request: Request = GET) -> Response:
    """The answer of an application."""
    return WsgiTarget(application).connect().send(request)


@pytest.mark.parametrize(
    "request_",
    [
        GET,
        Request("HEAD", "/"),
        Request("GET", "/tasks/%C2%B2/%00?limit=1&after=%zz"),
        Request("POST", "/tasks", (("Content-Type", "application/json"), ("X-Name", "é"), ("Accept", "*/*")), b"{}"),
        Request("PUT", "/tasks/1", (), b""),
    ],
    ids=lambda request: f"{request.method} {request.path}",
)
def test_application_is_called_as_pep_3333_says(request_: Request) -> None:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) == (request_.body or b"")
        write = start_response("200 OK", TEXT)
        write(b"a")
        return [b"b"]

    response = send(validator(application), request_)

    assert response == Response(200, (("content-type", "text/plain"),), b"" if request_.method == "HEAD" else b"ab")


def test_path_is_decoded_to_bytes_and_the_query_is_not() -> None:
    environ = environ_of(Request("GET", "/tasks/%C2%B2%2F..?q=%C2%B2?"))

    assert environ["PATH_INFO"].encode("latin-1") == b"/tasks/\xc2\xb2/.."
    assert environ["QUERY_STRING"] == "q=%C2%B2?"


def test_body_and_its_length() -> None:
    environ = environ_of(Request("POST", "/tasks", (), b"\xff\x00"))

    assert (environ["CONTENT_LENGTH"], environ["input"]) == ("2", b"\xff\x00")


def test_request_without_a_body_has_no_length() -> None:
    environ = environ_of(GET)

    assert ("CONTENT_LENGTH" in environ, environ["input"]) == (False, b"")


def test_headers_of_the_request() -> None:
    environ = environ_of(
        Request("GET", "/", (("Content-Type", "a/b"), ("X-Key", "1"), ("x-key", "2"), ("X-Name", "é")))
    )

    assert (environ["CONTENT_TYPE"], environ["HTTP_X_KEY"], environ["HTTP_X_NAME"]) == ("a/b", "1, 2", "é")
    assert "HTTP_CONTENT_TYPE" not in environ


def test_headers_of_the_user_replace_those_of_the_client() -> None:
    environ = environ_of(GET, headers=(("host", "api.example"), ("Authorization", "Bearer x")))

    assert (environ["HTTP_HOST"], environ["HTTP_AUTHORIZATION"]) == ("api.example", "Bearer x")


def test_headers_of_the_request_replace_all_others() -> None:
    environ = environ_of(
        Request("GET", "/", (("authorization", "Bearer y"),)), headers=(("Authorization", "Bearer x"),)
    )

    assert environ["HTTP_AUTHORIZATION"] == "Bearer y"


def test_each_transport_has_a_port_of_its_own() -> None:
    ports: list[str] = []

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        ports.append(environ["REMOTE_PORT"])
        start_response("200 OK", TEXT)
        return []

    target = WsgiTarget(application)
    first, second = target.connect(), target.connect()
    for client in (first, second, first):
        client.send(GET)

    assert ports[0] == ports[2] != ports[1]


def test_answer_is_read_as_latin_1_with_names_in_lower_case() -> None:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("404 Not Found", [("X-Name", "é"), ("ETag", '"a"')])
        return [b"a", b"", b"b"]

    assert send(application) == Response(404, (("x-name", "é"), ("etag", '"a"')), b"ab")


def test_generator_may_start_its_response_late() -> None:
    def application(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        write = start_response("200 OK", TEXT)
        write(b"a")
        yield b"b"
        write(b"c")
        yield b"d"

    assert send(application).body == b"abcd"


def test_head_has_no_body() -> None:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    response = send(application, Request("HEAD", "/tasks"))

    assert response == Response(200, (("content-length", "5"),), b"")


def test_later_start_response_replaces_the_earlier() -> None:
    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        start_response("500 Internal Server Error", TEXT, (None, None, None))
        return []

    assert send(application).status == 500


class Body(io.BytesIO):
    """A body that knows whether it was closed, and may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(b"a\nb\n")
        self._error = error

    def __next__(self) -> bytes:
        if self._error is not None:
            raise self._error
        return super().__next__()


@pytest.mark.parametrize("error", [None, ValueError("broken")])
def test_body_is_closed(error: Exception | None) -> None:
    body = Body(error)

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return body

    response = send(application)

    assert body.closed
    assert response.status == (200 if error is None else 500)


def raising(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """It raises at once."""
    raise ValueError("broken")


def raising_midway(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    """It raises after a part of its body."""
    start_response("200 OK", TEXT)
    yield b"a"
    raise ValueError("broken")


def never_starting(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """It never calls start_response."""
    return []


@pytest.mark.parametrize("application", [raising, raising_midway, never_starting])
def test_application_that_fails_is_answered_as_a_server_would(application: Application) -> None:
    response = send(application)

    assert isinstance(response, Raised)
    assert (response.status, response.header("content-type")) == (500, "text/plain")
    assert b"ValueError" in response.body


def test_application_is_named_by_module_and_attribute() -> None:
    assert load_application("tests.test_transport_wsgi:raising") is raising


def test_factory_is_called() -> None:
    assert callable(load_application("reference_app:create_app()"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "'wsgi:' names no application; write wsgi:package.module:app."),
        ("reference_app", "'wsgi:reference_app' names no application; write wsgi:package.module:app."),
        ("reference_app:", "'wsgi:reference_app:' names no application; write wsgi:package.module:app."),
        ("no.such:app", "'wsgi:no.such:app' cannot be loaded (ModuleNotFoundError: No module named 'no')."),
        (
            "reference_app:app",
            "'wsgi:reference_app:app' cannot be loaded "
            "(AttributeError: module 'reference_app' has no attribute 'app').",
        ),
        (
            "tests.test_transport_wsgi:raising()",
            "'wsgi:tests.test_transport_wsgi:raising()' cannot be loaded "
            "(TypeError: raising() missing 2 required positional arguments: 'environ' and 'start_response').",
        ),
        (
            "contract:SUITE_VERSION",
            "'wsgi:contract:SUITE_VERSION' is a str, not a WSGI application.",
        ),
    ],
)
def test_name_that_leads_to_no_application(name: str, message: str) -> None:
    with pytest.raises(BadApplication) as caught:
        load_application(name)

    assert str(caught.value) == message
