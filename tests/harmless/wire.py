"""How answers travel: chunked or counted, on connections kept or closed, late, in segments, on IPv6, below a path."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.harmless.base import Harmless, Headers, Served

_HINTS = "103 Early Hints\r\nLink: </style.css>; rel=preload; as=style"


class Counted(Served):
    """Answers are counted and sent in one piece, on a connection that is kept."""

    about = "framing"


class Chunked(Served):
    """Answers are chunked, in one chunk each."""

    about = "framing"
    chunk = 1_000_000


class ManyChunks(Served):
    """Answers are chunked, seven bytes a chunk."""

    about = "framing"
    chunk = 7


class ChunksWithExtensions(Served):
    """Answers are chunked, with extensions and trailers."""

    about = "framing"
    chunk = 100
    chunk_extension, trailer = ';name="value"', "X-Checksum: none\r\nX-Late: yes\r\n"


class EndedByTheConnection(Served):
    """The body of an answer ends with the connection."""

    about = "framing"
    until_close = True


class ClosesEachTime(Served):
    """The connection is closed after each answer, and the answer says so."""

    about = "persistence"
    closes_after = 1


class ClosesNowAndThen(Served):
    """The connection is closed after seven answers, and the last of them says so."""

    about = "persistence"
    closes_after = 7


class OneSecondKeepAlive(Served):
    """An idle connection is closed after one second."""

    about = "persistence"
    keep_alive = 1.0

    def sent(self, method: str, headers: Headers) -> Headers:
        return [*super().sent(method, headers), ("Keep-Alive", "timeout=1")]


class Continues(Served):
    """An interim 100 comes before each answer, asked for or not."""

    about = "interim answers"
    interim = ("100 Continue",)


class EarlyHints(Served):
    """An interim 103 comes before each answer."""

    about = "interim answers"
    interim = (_HINTS,)


class SeveralInterimAnswers(Served):
    """A 100, a 102 and two 103 come before each answer."""

    about = "interim answers"
    interim = ("100 Continue", "102 Processing", _HINTS, _HINTS)


class Late(Served):
    """Each answer comes 300 milliseconds late."""

    combines = False
    only = ("create.location", "method.options", "cache.label")
    latency = 0.3


class TinySegments(Served):
    """Answers are split into segments of a few bytes."""

    about = "segments"
    segments = (1, 2, 3, 5, 8, 13, 21, 34)


class HeadBeforeBody(Served):
    """The status line comes in two pieces, and the rest of the answer in others that split lines and characters."""

    about = "segments"
    segments = (10, 101, 1009)


class HeadWithoutLength(Harmless):
    """HEAD is answered without Content-Length."""

    about = "length of HEAD"

    def sent(self, method: str, headers: Headers) -> Headers:
        headers = super().sent(method, headers)
        return [pair for pair in headers if method != "HEAD" or pair[0].lower() != "content-length"]


class IPv6Only(Served):
    """The server listens on an IPv6 address only."""

    about = "address"
    host = "::1"

    @classmethod
    def is_possible(cls) -> bool:
        with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
        return False


class CalledLocalhost(Served):
    """The target is called localhost."""

    about = "address"
    name = "localhost"


class BasePath(Served):
    """The API is below /api/v1."""

    about = "base path"
    base_path = "/api/v1"


class BasePathLikeTheCollection(Served):
    """The API is below /tasks, so that the collection is /tasks/tasks."""

    about = "base path"
    base_path = "/tasks"


class BasePathWithEscapes(Served):
    """The API is below a path with a percent-encoded space and other signs."""

    about = "base path"
    base_path = "/~me/my%20api;v=1"


class ProxyVariables(Served):
    """The environment of the suite names proxies that do not exist."""

    environment = {
        spelt: "http://127.0.0.1:1"
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        for spelt in (name, name.lower())
    } | {"NO_PROXY": "", "no_proxy": ""}
