"""Servers that are no task API at all: whatever they are asked, they answer the same, or nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from contract.verdict import INCOMPLETE, UNREACHABLE, VIOLATING
from tests.targets import serve, serve_connections, swallow

JSON, HTML = "application/json", "text/html; charset=utf-8"
TASK = b'{"id": 1, "title": "a task", "description": "", "done": false}'
PAGE = b"<!doctype html><title>Hello</title><p>It works."


@dataclass(frozen=True)
class NullServer:
    """How to serve it, what the suite's run on it ends with, and the options of that run."""

    name: str
    serve: Callable[[], AbstractContextManager[str]]
    exit_code: int
    options: tuple[str, ...] = ()


def always(status: int, body: bytes, media: str = JSON, location: str | None = None) -> NullServer:
    """A server that gives this one answer."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = [("Content-Type", media), ("Content-Length", str(len(body)))]
        start_response(line, headers + ([("Location", location)] if location else []))
        return [body]

    line = f"{status} {HTTPStatus(status).phrase}"
    # Of 503 nothing can be learnt, so nothing is judged.
    exit_code = INCOMPLETE if status == HTTPStatus.SERVICE_UNAVAILABLE else VIOLATING
    return NullServer(f"{line} {location or body[:15].decode()}", partial(serve, application), exit_code)


def silent(name: str, handle: Callable[[socket.socket], None], *options: str) -> NullServer:
    """A server whose connections never bring an HTTP answer."""
    return NullServer(name, partial(serve_connections, handle), UNREACHABLE, options)


def _babble(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"\x00\xff220 ready\r\nno HTTP at all\r\n\r\n" * 50)


def _close(connection: socket.socket) -> None:
    """The connection is closed as soon as it is there."""


NULL_SERVERS = (
    always(200, b"{}"),
    always(200, b"[]"),
    always(200, TASK),
    always(201, TASK),
    *(always(status, b'{"error": "no"}') for status in (400, 404, 405, 500, 503)),
    always(200, PAGE, HTML),
    always(404, PAGE, HTML),
    always(302, b"", HTML, location="/"),
    always(307, b"", HTML, location="/tasks"),
    always(204, b""),
    silent("garbage", _babble),
    silent("closed at once", _close),
    silent("silence", swallow, "--timeout=1"),
)
