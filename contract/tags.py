"""Entity tags in answers, and in the conditions that name them, as a shell keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from contract.exchange import Exchange
from contract.shell import escaped
from contract.transport import Headers


def tag_in(exchange: Exchange) -> str | None:
    """The entity tag of an answer without what makes it weak and without its quotes, ``None`` without one."""
    value = exchange.response.header("etag") if exchange.response is not None else None
    found = re.fullmatch(r'(?:W/)?"([!#-~]+)"', value or "")
    return found[1] if found else None


def names_tag(headers: Headers, tag: str) -> bool:
    """Whether a condition names the tag, or nearly so."""
    forms = [text for text, _ in _forms(tag, "")]
    return any(name.lower() in ("if-match", "if-none-match") and any(f in v for f in forms) for name, v in headers)


def tags_in(headers: Headers) -> Iterator[str]:
    """The quoted tags that conditions name, unquoted."""
    for name, value in headers:
        if name.lower() in ("if-match", "if-none-match"):
            yield from re.findall(r'"([!#-~]+)"', value)


def _forms(tag: str, name: str) -> list[tuple[str, str]]:
    """What may stand for a tag in a condition, near misses included, and how the script writes it."""
    forms = [(f'"{tag}"', f'\\"${{{name}}}\\"')]
    if len(tag) >= 6:
        forms += [
            (tag, f"${{{name}}}"),
            (tag[:-1], f"${{{name}%?}}"),
            (tag[1:], f"${{{name}#?}}"),
            (tag.swapcase(), f"$(printf %s \"${name}\" | tr 'A-Za-z' 'a-zA-Z')"),
        ]
    return forms


def with_tags(text: str, tags: Mapping[str, str]) -> str:
    """The value of a condition, as it stands in double quotes, with the variables that have the tags."""
    for tag, name in tags.items():
        for form, shown in _forms(tag, name):
            text = text.replace(escaped(form), shown)
    return text
