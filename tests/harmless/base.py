"""What variants override: the conforming server, its choices made visible, in process or on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from contract.transport import Target
from tests.faults.healthy import Environ, Healthy, Members, Request, Response, Task

Headers = list[tuple[str, str]]


class Harmless(Healthy):
    """A conforming server, called in process."""

    about = ""
    """What the choice is about, where there are several ways to make it; one server makes it in one way only."""

    combines = True
    """Whether it may be mixed with others; not where it is too slow for that."""

    only: tuple[str, ...] = ()
    """The requirements, topics or ``core`` to judge where all of them take too long."""

    url = "http://localhost"
    base_path = ""
    environment: Mapping[str, str] = {}

    indent: int | str | None = None
    separators: tuple[str, str] | None = None
    raw = False
    """How JSON is written; ``raw`` is without escapes beyond ASCII."""

    @classmethod
    def is_possible(cls) -> bool:
        """Whether this machine can serve it."""
        return True

    @contextmanager
    def beside(self, target: Target) -> Iterator[None]:
        """What goes on beside the run, as long as the block lasts."""
        yield

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: Headers) -> None:
            start_response(status, self.sent(environ["REQUEST_METHOD"], headers))

        return super().__call__(environ, start)

    def sent(self, method: str, headers: Headers) -> Headers:
        """The headers of an answer as they are sent."""
        return headers

    def json(self, status: int, document: Any) -> Response:
        return Response(status, self.written(document).encode(), {"Content-Type": "application/json"})

    def written(self, document: Any) -> str:
        """The document as JSON text."""
        return json.dumps(document, indent=self.indent, separators=self.separators, ensure_ascii=not self.raw)

    def create(self, request: Request) -> Response:
        response = super().create(request)
        response.headers["Location"] = self.reference(request, response.headers["Location"])
        return response

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        return self.reference(request, super().next_page(request, page, limit))

    def reference(self, request: Request, path: str) -> str:
        """How an answer to the request refers to a path of the API."""
        return self.base_path + path

    def id_in(self, request: Request) -> int | None:
        """The id that the path of a request names, ``None`` where it names none."""
        return self.id_of(request.path.removeprefix("/tasks/")) if request.path.startswith("/tasks/") else None


class Served(Harmless):
    """A conforming server, served over HTTP/1.1; the attributes say how its answers travel."""

    host = "127.0.0.1"
    name = ""
    """The host as the URL of the target names it, where that is not its address."""

    keep_alive = 30.0
    closes_after = 0
    """Seconds for which an idle connection is kept, and so many answers at most on each (0: any number)."""

    latency = 0.0
    interim: tuple[str, ...] = ()
    """Heads of the interim answers before each final one."""

    chunk = 0
    chunk_extension = ""
    trailer = ""
    """Bytes of a chunk (0: the body is counted), and what surrounds chunks."""

    until_close = False
    """Whether the end of the connection is the end of the body."""

    segments: tuple[int, ...] = ()
    """Sizes of the pieces that an answer is sent in, over and over (none: in one piece)."""

    colon, line_end = ": ", ""
    """What stands between the name of a header and its value, and after that."""

    reads_chunks = True
    """Whether a chunked request is read, or refused with 411."""


__all__ = ["Environ", "Harmless", "Headers", "Members", "Request", "Response", "Served", "Task"]
