"""Header spelling, order and extra headers."""

from __future__ import annotations

import itertools

from tests.harmless.base import Harmless, Headers, Request, Response, Served, Task


class NamesInLowerCase(Served):
    """The names of headers are written in lower case."""

    about = "names of headers"

    def sent(self, method: str, headers: Headers) -> Headers:
        return [(name.lower(), value) for name, value in super().sent(method, headers)]


class NamesInUpperCase(Served):
    """The names of headers are written in upper case."""

    about = "names of headers"

    def sent(self, method: str, headers: Headers) -> Headers:
        return [(name.upper(), value) for name, value in super().sent(method, headers)]


class NoSpaceAfterColon(Served):
    """No space stands between the colon and the value of a header."""

    about = "white space in headers"
    colon = ":"


class SpacesAroundValues(Served):
    """Spaces and tabs stand before and after the value of each header."""

    about = "white space in headers"
    colon, line_end = ": \t ", " \t"


class HeadersReversed(Harmless):
    """The headers of an answer stand in the reverse order."""

    def sent(self, method: str, headers: Headers) -> Headers:
        return super().sent(method, headers)[::-1]


class ManyHeaders(Harmless):
    """Each answer has two dozen more headers, among them those of proxies, browsers and rate limits."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)

    def sent(self, method: str, headers: Headers) -> Headers:
        more = [
            ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"),
            ("Server", "Example/1.0 (Unix)"),
            ("Via", "1.1 proxy.example, 1.1 cache.example"),
            ("Age", "0"),
            ("Vary", "Accept, Accept-Encoding, Origin"),
            ("X-Request-Id", f"request-{next(self._numbers)}"),
            ("X-Powered-By", "Example"),
            ("X-Runtime", "0.0042"),
            ("X-Cache", "MISS"),
            ("RateLimit", "limit=100, remaining=42, reset=1"),
            ("Server-Timing", "db;dur=1.5, app;dur=0.3"),
            ("Strict-Transport-Security", "max-age=63072000"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Referrer-Policy", "no-referrer"),
            ("Permissions-Policy", "geolocation=()"),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "ETag, Link, Location"),
            ("Accept-Ranges", "none"),
            ("Alt-Svc", "clear"),
            ("Pragma", "no-cache"),
            ("Expires", "0"),
            ("P3P", 'CP="this is not a policy"'),
            ("X-Empty", ""),
            ("X-Long", "x" * 2000),
        ]
        return more + super().sent(method, headers)


class CookiesSet(Harmless):
    """Each answer sets a cookie that is new and one that ends a session."""

    def __init__(self) -> None:
        super().__init__()
        self._visits = itertools.count(1)

    def sent(self, method: str, headers: Headers) -> Headers:
        cookies = [
            ("Set-Cookie", f"visit={next(self._visits)}; Path=/; HttpOnly; SameSite=Lax"),
            ("Set-Cookie", "session=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ]
        return super().sent(method, headers) + cookies


class CharsetNamed(Harmless):
    """The Content-Type names the charset."""

    about = "content type"

    def answer(self, request: Request) -> Response:
        return _retyped(super().answer(request), "application/json; charset=utf-8")


class ContentTypeInOtherLetters(Harmless):
    """The Content-Type is written in other letters, its charset in quotes and without a space."""

    about = "content type"

    def answer(self, request: Request) -> Response:
        return _retyped(super().answer(request), 'Application/JSON;Charset="UTF-8"')


class NothingStored(Harmless):
    """Answers may not be stored at all."""

    about = "cache control"

    def answer(self, request: Request) -> Response:
        return _cached(super().answer(request), "no-store")


class MaximumAgeOfZero(Harmless):
    """Answers are stale at once, said with other directives around it."""

    about = "cache control"

    def answer(self, request: Request) -> Response:
        return _cached(super().answer(request), "private, max-age=0, must-revalidate")


class CacheControlInOtherLetters(Harmless):
    """The directives of Cache-Control are written in other letters, with an unknown one among them."""

    about = "cache control"

    def answer(self, request: Request) -> Response:
        return _cached(super().answer(request), 'Private,x-unknown="a, b",No-Cache')


class AllowWithoutSpaces(Harmless):
    """Allow has no spaces, and its methods stand in the reverse order."""

    about = "allow"

    def sent(self, method: str, headers: Headers) -> Headers:
        return [
            (name, ",".join(value.split(", ")[::-1]) if name == "Allow" else value)
            for name, value in super().sent(method, headers)
        ]


class AllowInSeveralLines(Harmless):
    """Allow is sent as one line for each method."""

    about = "allow"

    def sent(self, method: str, headers: Headers) -> Headers:
        return [
            (name, part)
            for name, value in super().sent(method, headers)
            for part in (value.split(", ") if name == "Allow" else [value])
        ]


class MoreLinks(Harmless):
    """Each page of the list links to the first one too, and the relation to the next is one of two in its link."""

    about = "form of links"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        following = response.headers.get("Link", "").replace('rel="next"', 'title="the next, or not"; rel="later next"')
        first = f'<{self.reference(request, "/tasks")}>; rel="first"'
        response.headers["Link"] = ", ".join(filter(None, [first, following]))
        return response


class LinksWithoutQuotes(Harmless):
    """The relation of a link stands without quotes and spaces, in other letters."""

    about = "form of links"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        if "Link" in response.headers:
            response.headers["Link"] = response.headers["Link"].replace('; rel="next"', ";REL=Next")
        return response


class LinksInSeveralLines(Harmless):
    """Each link is a line of its own."""

    about = "form of links"

    def sent(self, method: str, headers: Headers) -> Headers:
        first = ("Link", f'<{self.base_path}/tasks?limit=100>; rel="first"')
        documentation = ("Link", '</docs>; rel="service-doc"; type="text/html"')
        return [first, *super().sent(method, headers), documentation]


class TagsCountWrites(Harmless):
    """An ETag counts the writes on its task, so that a PUT that changes nothing renews it."""

    about = "tags"

    def __init__(self) -> None:
        super().__init__()
        self._writes: dict[int, int] = {}

    def update(self, task: Task, members: dict[str, object]) -> Task:
        self._writes[task["id"]] = self._writes.get(task["id"], 0) + 1
        return super().update(task, members)

    def etag(self, task: Task) -> str:
        return f'"{self._writes.get(task["id"], 0)}"'


class TagsWithOddCharacters(Harmless):
    """An ETag has every kind of character that may stand in one: commas, an equals sign, W/ and a star."""

    about = "tags"

    def etag(self, task: Task) -> str:
        return f'"W/{super().etag(task)[1:-1]},*,{{a}}=<b>\\;"'


class LongTags(Harmless):
    """An ETag has five hundred characters."""

    about = "tags"

    def etag(self, task: Task) -> str:
        return f'"{super().etag(task)[1:-1] * 32}"'


def _retyped(response: Response, media: str) -> Response:
    if "Content-Type" in response.headers:
        response.headers["Content-Type"] = media
    return response


def _cached(response: Response, directives: str) -> Response:
    if "Cache-Control" in response.headers:
        response.headers["Cache-Control"] = directives
    return response
