"""Conditional requests, RFC 9110 section 13.1."""

import re

ENTITY_TAG = re.compile(r'(?:W/)?"[^"]*"')


def _is_any(lines: list[str]) -> bool:
    return [line.strip() for line in lines] == ["*"]


def matches_strongly(lines: list[str], etag: str) -> bool:
    """Tell whether the lines of an If-Match header hold; a weak tag never does."""
    return _is_any(lines) or etag in ENTITY_TAG.findall(",".join(lines))


def matches_weakly(lines: list[str], etag: str) -> bool:
    """Tell whether the lines of an If-None-Match header name the tag, be it in its weak form."""
    tags = ENTITY_TAG.findall(",".join(lines))
    return _is_any(lines) or etag in (tag.removeprefix("W/") for tag in tags)
