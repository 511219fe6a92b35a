"""The kind of answer that nearly all are, read at once. What is of another kind, or not right, is left to h11."""

from __future__ import annotations

import re
from typing import NamedTuple

from contract.transport import Headers

_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?\r\n"
    rb"((?:[-!#$%&'*+.^_`|~0-9a-zA-Z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n"
)
_LENGTH = re.compile("[0-9]{1,9}")
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "upgrade"})
_KEPT = ("connection", "keep-alive")
_BODILESS = frozenset({204, 304})


class PlainHead(NamedTuple):
    """The head of an answer, after which the connection stays open; the body is ``[start:end]`` of what comes."""

    status: int
    headers: Headers
    start: int
    end: int


def plain_head(data: bytes, method: str) -> PlainHead | None:
    """The head of the final answer to a request with this method, where it is whole and counts its body by its length.

    ``None`` in every other case. What is read here h11 would read in the same way.
    """
    found = _HEAD.match(data)
    if found is None:
        return None
    status, start = int(found[1]), found.end()
    lines = found[2].decode("latin-1").split("\r\n")[:-1]
    headers = tuple((name.lower(), value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines))
    framing = [pair for pair in headers if pair[0] in _FRAMING and pair != _KEPT]
    if len(framing) != 1 or framing[0][0] != "content-length" or not _LENGTH.fullmatch(framing[0][1]):
        return None
    has_body = method != "HEAD" and status not in _BODILESS
    return PlainHead(status, headers, start, start + int(framing[0][1]) * has_body)
