"""Methods: which there are, what HEAD and OPTIONS answer, and that no other is obeyed."""

from __future__ import annotations

from collections.abc import Iterator

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.conditional import if_none_match
from contract.corpora.media import FORM
from contract.demand import Allows, LikeGet
from contract.expect import Blocked, Violation
from contract.jsontext import encode
from contract.requirement import requirement
from contract.tasks import COLLECTION, Body, Task, item, with_defaults
from contract.transport import Headers

COLLECTION_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})
ITEM_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT"})

_JSON = "application/json"
_QUERIES = ("done=true", "limit=1", f"after={2**53 - 1}", "done=", "done=x", "limit=0", "limit=abc")
_TRIES, _ENOUGH = 8, 3
_UNKNOWN_METHODS = ("REPORT", "CONTRACT")
_HARMLESS = {"DELETE": ("HEAD", "OPTIONS"), "PUT": ("PATCH",), "PATCH": ()}
_OWNERS = {"POST": "create.stored", "GET": "update.replaces", "PUT": "update.replaces", "DELETE": "delete.gone"}
_NAMED = ("DELETE", "PUT", "PATCH", "GET")
_OVERRIDING_HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_OVERRIDING_PARAMETERS = ("_method", "method", "x-http-method-override")

WrongMethod = tuple[str, str, Body, str, tuple[int, ...]]


@requirement("method.head", source="RFC 9110 9.3.2")
def test_head(api: Api) -> None:
    """HEAD is answered as GET is, without the body: with the same status, Content-Type and ETag, and, if it has a
    Content-Length, with the length of that body.
    """
    (first, task), deleted = api.neighbours(2), api.gone()
    window = f"{COLLECTION}?after={first.id - 1}"
    paths = [item(name) for name in (first.id, task.id, deleted, "abc", 0, 2**63)]
    paths += [f"{item(task.id)}?limit=0", f"{item(task.id)}/unknown", "/unknown-path", COLLECTION, window]
    paths += [f"{COLLECTION}?{query}" for query in _QUERIES]

    for path in paths:
        _is_head_of_get(api, path)
    tag = api.read(task.id).header("etag")
    tags = ((tag, f"W/{tag.removeprefix('W/')}") if tag else ()) + ('"no-such"', "*")
    conditions = [if_none_match(tag) for tag in tags]
    for headers in conditions:
        _is_head_of_get(api, item(task.id), headers)
    api.end_of_reading()
    api.changed(task, api.sample(description="now longer than it was before \u00fc\u5317\U0001f600"))
    for reader in (api.observer, api):
        for path in (item(task.id), window):
            _is_head_of_get(reader, path)
    for headers in conditions:
        _is_head_of_get(api, item(task.id), headers)


@requirement("method.options", source="RFC 9110 9.3.7")
def test_options(api: Api) -> None:
    """OPTIONS is answered with 200 or 204, and its Allow lists exactly the methods of the path."""
    tasks = api.arrange(api.sample(done=True), api.sample(done=False), api.sample(description=""))
    paths = {COLLECTION: COLLECTION_METHODS, f"{COLLECTION}?done=true&limit=1": COLLECTION_METHODS}
    paths |= {item(task.id): ITEM_METHODS for task in tasks}
    paths |= {f"{item(tasks[1].id)}?unknown=1": ITEM_METHODS}

    for speaker in (api, api.observer):
        for path, methods in paths.items():
            answer = speaker.send("OPTIONS", path)
            expect.status(answer, 200, 204)
            _allows(answer, methods)
    api.end_of_reading()


@requirement("method.405", source="RFC 9110 15.5.6")
def test_405(api: Api) -> None:
    """A method that a path does not have is answered with 405, an Allow that lists exactly the methods of the path, and
    changes nothing.
    """
    tasks = api.neighbours(4)
    deleted = tasks.pop(2).id
    api.removed(deleted)
    before = api.observer.present_state(tasks)
    refused: dict[str, Answer] = {}

    for method, path, body, media, others in _wrong_methods(api, tasks[1], deleted):
        answer = api.send(method, path, body, media=media)
        expect.status(answer, 405, *others)
        if answer.status == 405 and method not in _UNKNOWN_METHODS:
            _allows(answer, ITEM_METHODS if path.startswith(f"{COLLECTION}/") else COLLECTION_METHODS)
        refused |= {body["title"]: answer} if isinstance(body, dict) and "title" in body else {}
        expect.unchanged_list(before, *api.observer.listed_with_anchors(tasks), answer)
    expect.unchanged(before, api.observer.state(tasks), answer)
    expect.not_stored(refused, *api.observer.stored(refused, after=tasks[0].id))
    expect.status(api.observer.read(deleted), 404)
    api.changed(tasks[1], api.sample())
    api.removed(tasks[1].id)


@requirement("method.override", source="OWASP API8:2023")
def test_override(api: Api) -> None:
    """A header or a parameter that names another method than the request line does is not obeyed.

    It would lead around a proxy that lets only some methods pass, and let the form of another site use all of them.
    """
    first, task, last = api.neighbours(3)
    before = api.present_state([first, last])
    control = api.send("POST", item(task.id), api.sample())
    if control.status != 405:
        raise Blocked("method.405", control.exchange)
    task = _as_usual(api, task)

    for body, media in ((b"_method=DELETE", FORM), (encode({"_method": "DELETE"}), _JSON)):
        with api.aside():
            expect.status(api.send("POST", item(task.id), body, media=media), 405, 415, 400)
            expect.shows(api.read(task.id), task.representation)
    for named in _NAMED:
        for headers, query in _overrides(named):
            with api.aside():
                task = _is_not_obeyed(api, task, named, headers, query)
    expect.shows(api.read(task.id), task.representation)
    for id, neighbour in before.by_id.items():
        expect.shows(api.read(id), neighbour)


def _is_head_of_get(api: Api, path: str, headers: Headers = ()) -> None:
    """HEAD agrees with the GET before it.

    Other clients may be at work on the list, so a difference only counts if GET says the same again, time after time,
    and never says what HEAD says.
    """
    seen = [api.send("GET", path, headers=headers)]
    if seen[0].status >= 400 and expect.error_problem(seen[0].document):
        return  # a page of the framework, which may tell the method
    differences = 0
    for number in range(_TRIES):
        got, head = (api.send(method, path, headers=headers) for method in ("GET", "HEAD"))
        # One more now and then, so as not to keep step with another client.
        seen += [got, *(api.send("GET", path, headers=headers) for _ in range(number % 2))]
        difference = _difference(got, head)
        if difference is None or any(_difference(other, head) is None for other in seen):
            return
        seen.append(api.send("GET", path, headers=headers))
        differences += _facts(got) == _facts(seen[-1])
        if differences == _ENOUGH:
            name, expected, received = difference
            raise Violation(
                f"{head.request_line} is answered with another {name} than GET.",
                expected=f"{name}: {expected}",
                received=f"{name}: {received}",
                evidence=head.evidence(got),
                demands=[LikeGet(head.exchange, got.exchange, name)],
            )
    if _is_item(path):
        raise Blocked("cache.etag", got.exchange)


def _difference(got: Answer, head: Answer) -> tuple[str, str, str] | None:
    """What HEAD says otherwise than GET, what GET says, and what HEAD says; ``None`` where they agree."""
    expected, received = _facts(got), _facts(head)
    if head.header("content-length") is None or got.status == 304:
        del expected["Content-Length"]
    if head.header("etag") is None and not (_is_item(got.exchange.request.path) and got.status in (200, 304)):
        del expected["ETag"]
    for name, value in expected.items():
        if received[name] != value:
            return name, value, received[name]
    return None


def _facts(answer: Answer) -> dict[str, str]:
    media_type = "".join((answer.header("content-type") or "none").lower().replace('"', "").split())
    length = len(answer.body) if answer.exchange.request.method == "GET" else answer.header("content-length")
    return {
        "status": str(answer.status),
        # A 304 need not say what type the body has that it leaves out (RFC 9110 15.4.5).
        "Content-Type": media_type if answer.status != 304 else "none",
        "ETag": answer.header("etag") or "none",
        "Content-Length": str(length),
    }


def _is_item(path: str) -> bool:
    return path.startswith(f"{COLLECTION}/")


def _allows(answer: Answer, methods: frozenset[str]) -> None:
    allowed = answer.header("allow")
    listed = {name.strip() for name in (allowed or "").split(",")} - {""}
    if listed != methods:
        raise Violation(
            f"The Allow that answers {answer.request_line} lists other methods than the path has.",
            expected=f"Allow: {', '.join(sorted(methods))}",
            received="no Allow" if allowed is None else f"Allow: {allowed}",
            evidence=answer.evidence(),
            demands=[Allows(answer.exchange, methods)],
        )


def _wrong_methods(api: Api, task: Task, deleted: int) -> Iterator[WrongMethod]:
    """Requests with a method that their path does not have: method, path, body, media type, and the codes besides 405
    that are right, since the request breaks another rule too.
    """
    present, query = item(task.id), f"{COLLECTION}?id={task.id}"
    partial, patch = encode({"done": not task.members["done"]}), [{"op": "replace", "path": "/title", "value": "x"}]
    yield "PATCH", present, api.sample(), _JSON, ()
    yield "PATCH", present, partial, _JSON, (400,)
    yield "PATCH", present, partial, "application/merge-patch+json", (400, 415)
    yield "PATCH", present, encode(patch), "application/json-patch+json", (400, 415)
    yield "POST", present, api.sample(), _JSON, ()
    yield "POST", f"{present}?unknown=1", api.sample(), _JSON, ()
    for method in ("PATCH", "PUT"):
        yield method, COLLECTION, api.sample(), _JSON, ()
        yield method, query, api.sample(), _JSON, ()
        yield method, COLLECTION, encode([task.representation]), _JSON, (400,)
        yield method, COLLECTION, encode([]), _JSON, (400,)
    for path in (query, f"{COLLECTION}?done={str(task.members['done']).lower()}", COLLECTION):
        yield "DELETE", path, None, _JSON, ()
    for method in ("PATCH", "POST"):
        yield method, item(deleted), api.sample(), _JSON, (404,)
    for method in _UNKNOWN_METHODS:
        yield method, present, None, _JSON, (400, 501)
        yield method, COLLECTION, None, _JSON, (400, 501)


def _overrides(named: str) -> Iterator[tuple[Headers, str]]:
    """Headers and queries that name a method."""
    for header in _OVERRIDING_HEADERS:
        yield ((header, named),), ""
    for parameter in _OVERRIDING_PARAMETERS:
        yield (), f"?{parameter}={named.lower() if parameter == '_method' else named}"


def _as_usual(api: Api, task: Task) -> Task:
    """The same requests with a header and a parameter that mean nothing; raises ``Blocked`` where one goes wrong."""
    try:
        with api.aside():
            for named in _NAMED:
                task = _is_not_obeyed(api, task, named, (("X-Unknown", named),), f"?unknown={named}")
    except Violation as violation:
        exchange = violation.evidence[-1]
        raise Blocked(_OWNERS[exchange.request.method], exchange) from violation
    return task


def _is_not_obeyed(api: Api, task: Task, named: str, headers: Headers, query: str) -> Task:
    """Every method stays what it is, though headers or query name another; the task as PUT left it."""
    path = item(task.id) + query
    if named == "GET":
        (spare,) = api.arrange(api.sample(done=False))
        expect.status(api.send("DELETE", item(spare.id) + query, headers=headers), 200)
        expect.status(api.read(spare.id), 404)
    else:
        expect.status(api.send("POST", path, api.sample(), headers=headers), 405)
        for method in _HARMLESS[named]:
            api.send(method, path, api.sample() if method == "PATCH" else None, headers=headers)
        expect.shows(api.send("GET", path, headers=headers), task.representation)
    if named in ("DELETE", "GET"):
        expect.status(api.send("POST", COLLECTION + query, api.sample(), headers=headers), 201)
    if named in ("PUT", "GET"):
        return task
    if named == "PATCH":
        api.changed(task, api.sample(description="not to be kept", done=True))
    body = {"title": api.sample()["title"]}
    replaced = Task(task.id, with_defaults(body))
    expect.shows(api.send("PUT", path, body, headers=headers), replaced.representation)
    return replaced
