"""Refusals: their shape, and that there is one where a server might break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.corpora.crashes import (
    AWKWARD_BODIES,
    AWKWARD_HEADERS,
    AWKWARD_MEDIA_TYPES,
    AWKWARD_PATHS,
    UNEXPECTED_BODIES,
)
from contract.corpora.ids import superscript
from contract.demand import ANY_ANSWER, Lacks, Status
from contract.expect import Blocked, Violation
from contract.jsontext import show
from contract.leaks import KINDS, leak_in, plain_part
from contract.operations import whole
from contract.requirement import requirement
from contract.session import is_settled
from contract.tasks import COLLECTION, Body, Task, item
from contract.transport import Headers

Send = tuple[str, str, Body, str | None, Headers]
_JSON = "application/json"
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@requirement("error.shape")
def test_shape(api: Api) -> None:
    """Every refusal is a JSON object with a non-empty string as its member error, optionally details, and nothing else.

    That binds the framework's own pages too: unknown paths, wrong methods, bodies that are no JSON or too long.
    """
    (_, task), deleted = api.neighbours(2), api.gone()

    expect.error(api.read(deleted), 404)
    for path in (
        "/unknown-path",
        "/",
        "/task",
        "/%C3%BCnknown%20path",
        f"{item(task.id)}/unknown",
        f"{COLLECTION}.json",
        f"{COLLECTION}%0A",
    ):
        expect.error(api.send("GET", path), 404)
    for path in ("/unknown-path", f"{item(task.id)}/unknown"):
        for method in filter(api.may_send, ("POST", "PUT", "PATCH", "DELETE")):
            expect.error(api.send(method, path, api.sample() if method != "DELETE" else None), 404)
        options = api.send("OPTIONS", path)
        if options.status >= 400:
            expect.error(options, 404)
    for request in _sendable(api, _refusable(api, task.id, deleted)):
        answer = _sent(api, request)
        if 400 <= answer.status < 500:
            expect.error(answer, answer.status)
    read = api.read(task.id)
    if read.status != 200:
        raise Blocked("input.atomic", read.exchange)
    api.end_of_reading()


@requirement("error.no-leak", source="OWASP API8:2023")
def test_no_leak(api: Api) -> None:
    """No answer has a traceback, a path of the server's file system, SQL or a page of its framework.

    The text of an exception is for the log. What comes from the request may be repeated.
    """
    (_, task), deleted = api.neighbours(2), api.gone()

    leaks: list[tuple[Answer, str, str]] = []
    for request in _sendable(api, (*_refusable(api, task.id, deleted), *_provoking(api, task.id))):
        answer = whole(_sent(api, request, attempt=True))
        leak = leak_in(answer.exchange, answer.base_url)
        leaks += [(answer, *leak)] if leak is not None else []
    if leaks:
        answer, kind, text = min(leaks, key=lambda leak: KINDS.index(leak[1]))
        raise Violation(
            f"The answer to {answer.request_line} gives away {kind}.",
            expected="a message that says nothing of the inside of the server",
            received=show(text),
            evidence=answer.evidence(),
            demands=[Lacks(answer.exchange, plain_part(text))],
        )
    api.end_of_reading()


@requirement("error.no-5xx")
def test_no_5xx(api: Api) -> None:
    """No request is answered 5xx, dropped or left hanging, twice in a row, while a control request succeeds."""
    _, task = api.neighbours(2)
    control = api.read(task.id)
    if control.status != 200:
        raise Blocked("create.stored", control.exchange)

    for request in _sendable(api, _awkward(api, task.id)):
        first = _sent(api, request, attempt=True)
        if _is_broken(first, request[0]):
            again = _sent(api, request, attempt=True)
            if _is_broken(again, request[0]):
                _broken(api, whole(again), task)
    for exchange in api.session.incidents:
        api.journal.exchanges.append(exchange)
        _broken(api, Answer(exchange, api.journal, api.session.target.url), task)
    api.end_of_reading()


def _refusable(api: Api, present: int, deleted: int) -> Iterator[Send]:
    """Requests that a conforming server refuses, of every kind, on both paths where there are two."""
    for method in ("HEAD", "PUT", "DELETE"):
        yield method, item(deleted), api.sample() if method == "PUT" else None, _JSON, ()
    # What is read as an id all the same must be that of a task of ours.
    for text in ("abc", "0", f"-{present}", str(2**63), superscript(present)):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            yield method, item(text), api.sample() if method == "PUT" else None, _JSON, ()
    for method in ("PUT", "PATCH", "DELETE"):
        yield method, COLLECTION, api.sample() if method != "DELETE" else None, _JSON, ()
    for method in ("POST", "PATCH"):
        yield method, item(present), api.sample(), _JSON, ()
        yield method, "/unknown-path", api.sample(), _JSON, ()
    for query in ("limit=0", "limit=101", "limit=x", "limit=", "after=-1", "after=x", "done=True", "done=1", "done="):
        yield "GET", f"{COLLECTION}?{query}", None, None, ()
    for method, path in (("POST", COLLECTION), ("PUT", item(present))):
        for refused in _REFUSED_BODIES:
            yield method, path, refused, _JSON, ()
        for media in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/xml",
            "multipart/form-data",
            None,
        ):
            yield method, path, b'{"title":"x"}', media, ()
    for method in ("PUT", "DELETE"):
        body = api.sample() if method == "PUT" else None
        yield method, item(present), body, _JSON, (("If-Match", '"no such tag"'),)


_REFUSED_BODIES: tuple[bytes, ...] = (
    b"",
    b"{",
    b'{"title":',
    b"[]",
    b"null",
    b'"text"',
    b"{}",
    b'{"title":1}',
    b'{"title":"","description":7,"done":1,"extra":1}',
    b'{"title":""}',
    b'{"title":null}',
    b'{"title":"x","done":"true"}',
    b'{"title":"x","description":7}',
    b'{"title":"x","extra":1}',
    b'{"title":"x","title":"y"}',
    b'{"title":"x","\\ud800":1}',
    b'{"title":"' + b"x" * 201 + b'"}',
    b'{"title":"\xff"}',
    b'{"title":"x"}' + b" " * 65_536,
)


def _awkward(api: Api, present: int) -> Iterator[Send]:
    """Requests on which servers are known to fall over: every operation, with what it does not expect."""
    for method in _METHODS:
        body = api.sample() if method in ("POST", "PUT", "PATCH") else None
        yield method, COLLECTION, body, _JSON, ()
        yield method, "/unknown-path", body, _JSON, ()
        yield method, item("abc"), body, _JSON, ()
        yield method, item(2**53 - 1), body, _JSON, ()
    for path in AWKWARD_PATHS:
        yield "GET", path, None, None, ()
    misread = (f"-{present}", superscript(present), f"{present}e400")
    for segment in ("0", str(2**31), str(2**63), str(2**64), "9" * 40, "1" * 5000, "NaN", *misread):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            yield method, item(segment), api.sample() if method == "PUT" else None, _JSON, ()
    for method, path in (("POST", COLLECTION), ("PUT", item(present))):
        for awkward in AWKWARD_BODIES:
            yield method, path, awkward, _JSON, ()
        for media in AWKWARD_MEDIA_TYPES:
            yield method, path, b'{"title":"media"}', media, ()
    for method in ("GET", "PATCH"):
        for path in (COLLECTION, item(present)):
            for unexpected in UNEXPECTED_BODIES:
                yield method, path, unexpected, _JSON, ()
    for unexpected in UNEXPECTED_BODIES:
        yield "DELETE", item(2**53 - 2), unexpected, _JSON, ()
    for name, value in AWKWARD_HEADERS:
        yield "GET", item(present), None, None, ((name, value),)
        yield "PUT", item(present), api.sample(), _JSON, ((name, value),)
    for method, path in (("GET", COLLECTION), ("POST", COLLECTION), ("DELETE", item(2**53 - 2))):
        body = api.sample() if method == "POST" else None
        yield method, path, body, _JSON, tuple(dict(AWKWARD_HEADERS).items())
        yield method, path, body, _JSON, tuple(dict(reversed(AWKWARD_HEADERS)).items())


def _provoking(api: Api, present: int) -> Iterator[Send]:
    """Well-formed requests that bring a careless server to speak of its parser, its database or its code."""
    browser = (("Accept", "text/html,*/*;q=0.1"),)
    for awkward in AWKWARD_BODIES:
        yield "POST", COLLECTION, awkward, _JSON, ()
    for path in (item(present), item("abc"), f"{item(present)}/unknown", COLLECTION, "/unknown-path", "/"):
        yield "GET", path, None, None, browser
    for method, path in (("POST", COLLECTION), ("PUT", item(present)), ("PATCH", item(present)), ("PUT", COLLECTION)):
        yield method, path, b"{", _JSON, browser
    for text in ("%27", "1%27%20OR%20%271%27=%271", str(2**64), "9" * 40, "%C2%B2", "__proto__"):
        yield "GET", item(text), None, None, ()
        yield "GET", f"{COLLECTION}?done={text}&after={text}&limit={text}", None, None, ()
    for charset in ("no-such", "utf-16"):
        yield "POST", COLLECTION, b'{"title":"charset"}', f"{_JSON}; charset={charset}", ()
    for name, value in AWKWARD_HEADERS:
        if name.startswith("If-") and value.isascii():
            yield "PUT", item(present), api.sample(), _JSON, ((name, value),)


def _sendable(api: Api, requests: Iterable[Send]) -> Iterator[Send]:
    """The requests that this run sends."""
    return (request for request in requests if api.may_send(*request[:2]))


def _sent(api: Api, request: Send, attempt: bool = False) -> Answer:
    method, path, body, media, headers = request
    send = api.attempt if attempt else api.send
    return send(method, path, body, media=media, headers=headers)


def _is_broken(answer: Answer, method: str) -> bool:
    if not is_settled(answer.exchange.response):
        return True
    return answer.status >= 500 and not (answer.status == 501 and method == "PATCH") and answer.status != 505


def _broken(api: Api, answer: Answer, task: Task) -> None:
    controls = [api.attempt("GET", path) for path in (item(task.id), COLLECTION)]
    if all(control.status != 200 for control in controls):
        raise Blocked("list.complete", controls[-1].exchange)
    harm = "".join(f"; since then {c.request_line} is answered {c.status}" for c in controls if c.status >= 500)
    api.remove_unnamed()
    raise Violation(
        f"{answer.request_line} broke the server, twice in a row{harm}.",
        expected="an answer, and none with a status of 500 or more",
        received=answer.exchange.outcome,
        evidence=answer.evidence(),
        demands=[Status(answer.exchange, (*ANY_ANSWER, 501, 505))],
    )
