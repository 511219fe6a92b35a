"""What an answer gives away of the inside of its server."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from contract.corpora.leaks import LEAKS
from contract.exchange import Exchange
from contract.jsontext import JsonValue, NotJson, decode
from contract.transport import Raised

KINDS = tuple(dict.fromkeys(kind for kind, _ in LEAKS))
"""What ``leak_in`` may find, the worst first."""

_SEARCHED = 200_000
"""Characters of a text that are looked at."""

_BEFORE, _AFTER = 40, 160
"""Characters around what gives the server away, for people to read."""


def leak_in(exchange: Exchange, base_url: str) -> tuple[str, str] | None:
    """What the answer gives away, and the text that shows it; ``None`` where there is nothing.

    What the request says, and paths below the URL of the target, may be repeated.
    """
    if exchange.response is None or isinstance(exchange.response, Raised):
        return None
    request, base_path = exchange.request, urlsplit(base_url).path
    values = [value for _, value in request.headers]
    sent = "\n".join((request.path, unquote(request.path), *values, *_texts(request.body or b"")))
    headers = "\n".join(unquote(value) for _, value in exchange.response.headers)
    for text in (headers, *_texts(exchange.response.body)):
        for kind, pattern in LEAKS:
            for match in pattern.finditer(text[:_SEARCHED]):
                is_url = bool(base_path) and match[0].startswith(base_path)
                if not is_url and match[0] not in sent:
                    return kind, text[max(match.start() - _BEFORE, 0) : match.end() + _AFTER]
    return None


def plain_part(text: str) -> str:
    """The longest part of a text that has neither digits nor anything that JSON or a shell would escape."""
    parts: list[str] = re.findall(r"[A-Za-z_ ./:()=,*-]+", text)
    return max(parts, key=len, default=text)


def _texts(body: bytes) -> Iterator[str]:
    """The strings in a JSON document, or the text that the body is.

    The strings of an array are left out: the tasks of a list say what other clients wrote.
    """
    try:
        document = decode(body)
    except NotJson:
        yield html.unescape(body.decode("utf-8", "replace"))
    else:
        yield from _strings(document) if not isinstance(document, list) else ()


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)
