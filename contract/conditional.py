"""Conditional requests: the conditions as headers, the entity tags that they name, and what lets a cache not ask."""

from __future__ import annotations

import re
from collections.abc import Container

from contract.api import Api
from contract.expect import Blocked
from contract.jsontext import same
from contract.tasks import Task
from contract.transport import Headers

_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_DIRECTIVE = re.compile(r'([^\s=,"]+)(\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,"]*))?')


STRONG_TAG = '^"[^"]*"$'
"""What a strong entity tag matches, as a POSIX extended regular expression."""

REVALIDATED = '(^|[ ,])([Nn][Oo]-([Cc][Aa][Cc][Hh][Ee]|[Ss][Tt][Oo][Rr][Ee])|[Mm][Aa][Xx]-[Aa][Gg][Ee]="?0+"?) *(,|$)'
"""What a Cache-Control matches by which a cache must ask again, as a POSIX extended regular expression."""


def if_match(*tags: str) -> Headers:
    """An If-Match that lists the tags (RFC 9110 13.1.1)."""
    return (("If-Match", ", ".join(tags)),)


def if_none_match(*tags: str) -> Headers:
    """An If-None-Match that lists the tags (RFC 9110 13.1.2)."""
    return (("If-None-Match", ", ".join(tags)),)


def is_strong_tag(text: str | None) -> bool:
    """Whether the value of an ETag is one strong entity tag (RFC 9110 8.8.3)."""
    match = _TAG.fullmatch(text or "")
    return match is not None and match[1] is None


def present_tag(api: Api, task: Task, former: Container[str] = ()) -> str:
    """The entity tag, strong or weak, that GET shows of a task in this very state.

    Raises ``Blocked`` where GET does not show that state, no tag, or one of the ``former``.
    """
    read = api.read(task.id)
    if not same(read.document, task.representation):
        raise Blocked("create.stored", read.exchange)
    tag = read.header("etag")
    if tag is None or not _TAG.fullmatch(tag) or tag in former:
        raise Blocked("cache.etag", read.exchange)
    return tag


def strong_tag(api: Api, task: Task, former: Container[str] = ()) -> str:
    """As ``present_tag``, and ``Blocked`` where the tag is weak."""
    tag = present_tag(api, task, former)
    if not is_strong_tag(tag):
        raise Blocked("cache.etag")
    return tag


def must_be_revalidated(cache_control: str | None) -> bool:
    """Whether a Cache-Control has no-cache (without field names), no-store or max-age=0 (RFC 9111 5.2.2)."""
    for name, argument in _DIRECTIVE.findall(cache_control or ""):
        value = argument.strip().removeprefix("=").strip().strip('"')
        if name.lower() in ("no-cache", "no-store") and not argument:
            return True
        if name.lower() == "max-age" and re.fullmatch("0+", value):
            return True
    return False
