"""The one seam to a target: a request goes in, a response or ``Unanswered`` comes out.

Nothing here follows redirects, re-encodes a target, keeps cookies or reads proxy variables, so a law sees what the
server sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from contract.jsontext import shorten

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """An HTTP request; ``path`` is the raw origin-form target below the target's base path, query included.

    A ``rooted`` one has a path that begins at the root of the server, wherever the base path is; a ``followed`` one has
    it from a link in an earlier answer.
    """

    method: str
    path: str
    headers: Headers = ()
    body: bytes | None = None
    rooted: bool = False
    followed: bool = False


@dataclass(frozen=True)
class Response:
    """A final HTTP response (interim ones are skipped); header names are lower case, values decoded as Latin-1."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The values of a header joined by a comma (RFC 9110 5.3), ``None`` where it is absent."""
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None


class Raised(Response):
    """Stands for the 500 of a server in front of an application that raised; no client would see its body."""


Reason = Literal["refused", "timeout", "closed", "garbled", "short"]


class Unanswered(Exception):
    """A request got no response; ``reason`` says how, ``detail`` is what the system reported."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{_MEANING[reason]} ({shorten(detail, 200)}).")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[Unanswered], tuple[Reason, str]]:
        return type(self), (self.reason, self.detail)


_MEANING: Mapping[Reason, str] = {
    "refused": "no connection could be made",
    "timeout": "no answer came in time",
    "closed": "the connection was closed without an answer",
    "garbled": "what came back is not HTTP/1.1",
    "short": "the rest of the answer did not come",
}


def merged(headers: Headers, others: Headers) -> Headers:
    """The headers without those that ``others`` name too, and then ``others``."""
    named = {name.lower() for name, _ in others}
    return (*(pair for pair in headers if pair[0].lower() not in named), *others)


class Transport(Protocol):
    """One client's way to a target; over HTTP one connection at a time, kept alive between requests."""

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """Send the request and read its response within ``timeout`` seconds; raises ``Unanswered``."""

    def close(self) -> None:
        """Give up the connection; a later ``send`` opens another."""


class Target(Protocol):
    """Where requests go; ``url`` has no trailing slash, ``headers`` are sent with each request."""

    @property
    def url(self) -> str: ...
    @property
    def in_process(self) -> bool: ...
    @property
    def options(self) -> Options: ...
    @property
    def shown_headers(self) -> Headers:
        """The additional headers as the user wrote them, environment variables unexpanded."""

    def connect(self) -> Transport:
        """A transport with a connection of its own."""


@dataclass(frozen=True)
class Tls:
    """How to trust the server and to present oneself; paths name PEM files."""

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    insecure: bool = False


@dataclass(frozen=True)
class Options:
    """What a user may say about the way to a target: extra headers, seconds per request, TLS."""

    headers: Headers = ()
    shown_headers: Headers = ()
    secrets: tuple[tuple[str, str], ...] = ()
    timeout: float = 10.0
    tls: Tls = field(default_factory=Tls)

    def hide(self, text: str) -> str:
        """The text with the names of variables in place of their values."""
        for value, name in self.secrets:
            text = text.replace(value, name)
        return text
