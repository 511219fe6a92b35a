"""HTML and SVG from nested elements: what is not markup already is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

from contract.report.summary import visible

_VOID = frozenset({"input", "link", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Children: TypeAlias = "str | Iterable[Children] | None"
"""What stands in an element: text, markup, nothing, or several of these."""


def element(name: str, /, *children: Children, **attributes: str | int | bool | None) -> Markup:
    """An element with these children, ``None`` left out.

    ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``; one that is ``None`` or ``False`` is left
    out, one that is ``True`` has no value.
    """
    start = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Markup(start if name in _VOID else f"{start}{join(*children)}</{name}>")


def join(*children: Children) -> Markup:
    """The children one after the other."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(html.escape(visible(child)))
        elif child is not None:
            parts += map(join, child)
    return Markup("".join(parts))


def _attribute(key: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(visible(str(value)))}"'
