"""Requests that between them are answered in every way that an answer can be framed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from contract.api import Api
from contract.conditional import if_none_match
from contract.jsontext import encode
from contract.tasks import BODY_LIMIT, COLLECTION, LARGEST_ID, Task, item
from contract.transport import Request
from contract.wire import asking_first, in_chunks, json_request

LONG_TEXT = "\U0001f600\u20ac" * 900
"""A description of some kilobytes, with several bytes a character."""


def of_every_kind(api: Api, task: Task, deleted: int) -> Iterator[Request]:
    """Requests of every kind, those that are refused before their body is read above all."""
    body = encode(api.sample())
    for path in (
        *(item(task.id), f"{COLLECTION}?limit=1", f"{COLLECTION}?after={LARGEST_ID}", f"{COLLECTION}?limit=0"),
        *(item(deleted), item("abc"), "/unknown-path"),
    ):
        for method in ("GET", "HEAD", "OPTIONS"):
            yield Request(method, path)
    present = api.read(task.id).header("etag") or '"none"'
    for tag in ("*", '"no-such"', present, f'"no-such", {present}, "nor-such"'):
        yield Request("GET", item(task.id), if_none_match(tag))
        yield Request("HEAD", item(task.id), if_none_match(tag))
    compressed = ("Accept-Encoding", "gzip, deflate, br, zstd")
    for method, path in product(("GET", "HEAD", "OPTIONS"), (item(task.id), COLLECTION, "/unknown-path")):
        yield Request(method, path, (compressed,))
    yield Request("GET", item(task.id), (compressed, *if_none_match(present)))
    for path in ("/%C3%BC%E2%82%AC", item("%C3%BC"), f"{COLLECTION}?done=%C3%BC%E2%82%AC"):
        yield Request("GET", path)
    for method, path in (
        ("POST", COLLECTION),
        ("PUT", item(deleted)),
        ("PUT", item("abc")),
        ("PATCH", item(task.id)),
        ("POST", item(task.id)),
        ("PUT", COLLECTION),
        ("POST", "/unknown-path"),
    ):
        yield json_request(method, path, body)
    for method, path in (("POST", COLLECTION), ("PUT", item(task.id))):
        yield json_request(method, path, b'{"title":')
        yield json_request(method, path, encode({"title": ""}))
        yield json_request(method, path, encode({"title": "x", "\u00fc\u20ac\U0001f600": "\u00fc\u20ac\U0001f600"}))
        yield Request(method, path, (("Content-Type", "text/plain"),), body)
        yield in_chunks(Request(method, path, (("Content-Type", "text/plain"),), body))
        yield in_chunks(json_request(method, path, b'{"title":'))
        yield json_request(method, path, body.ljust(BODY_LIMIT + 1))
    for method, path in (("PUT", item(deleted)), ("PATCH", item(task.id)), ("POST", "/unknown-path")):
        yield in_chunks(json_request(method, path, body))
    yield Request("PUT", item(task.id), (("Content-Type", "application/json"), ("If-Match", '"no-such"')), body)
    yield Request("DELETE", item(deleted))
    yield Request("DELETE", COLLECTION)


def of_late_bodies(api: Api, task: Task, deleted: int) -> Iterator[Request]:
    """Requests that a server may refuse by their head alone, before their body comes."""
    body = encode(api.sample())
    unread = (
        json_request("PATCH", item(task.id), body),
        Request("POST", COLLECTION, (("Content-Type", "text/plain"),), body),
    )
    yield from unread
    for request in (
        *unread,
        in_chunks(unread[0]),
        in_chunks(unread[1]),
        json_request("PUT", COLLECTION, body),
        json_request("POST", "/unknown-path", body),
        json_request("PUT", item("abc"), body),
        json_request("PUT", item(deleted), body),
        Request("PUT", item(task.id), (("Content-Type", "application/json"), ("If-Match", '"no-such"')), body),
        json_request("POST", COLLECTION, body.ljust(BODY_LIMIT + 1)),
    ):
        yield asking_first(request)


def is_asking(request: Request) -> bool:
    """Whether the request waits to be told to go on with its body."""
    return any(name == "Expect" for name, _ in request.headers)


def of_another_length(api: Api, task: Task) -> list[Request]:
    """Requests of a task between which its representation becomes shorter."""
    return [
        Request("HEAD", item(task.id)),
        json_request("PUT", item(task.id), encode(api.sample())),
        Request("GET", item(task.id)),
    ]
