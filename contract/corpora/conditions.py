"""Conditions around an entity tag (RFC 9110 8.8.3 and 13.1), and states for tags to tell apart.

Each is one line. A list may be in several ones (RFC 9110 5.3), but nginx refuses those of a condition with 400.
"""

from __future__ import annotations

from contract.tasks import Members

_MET = (
    "{}",
    '"no-such", {}',
    '{}, "no-such"',
    '"no-such",{},"nor-such"',
    '"no-such", "nor-such", "nor-this", {}',
    '"no,such" ,\t{}',
    ", {} ,",
    "*",
)
CONDITIONS_MET = len(_MET)
"""How many conditions ``condition_met`` knows."""


def condition_met(tag: str, number: int) -> str:
    """A condition that the tag meets: first the tag alone, then lists that have it, and ``*``."""
    return _MET[number].replace("{}", tag)


def near_misses(tag: str) -> list[str]:
    """Conditions that name other tags only, some of which a careless comparison takes for this strong one."""
    text = tag[1:-1]
    others = ["*", "no-such", "", text[:-1], text[1:], text + text[-1:], f"{text},x", f"x,{text}"]
    others += [text.swapcase()] if text.isascii() else []
    single = [f'"{other}"' for other in dict.fromkeys(others) if other != text]
    return [*single, ", ".join(single[:5])]


STATES: tuple[Members, ...] = (
    {"title": "Buy milk"},
    {"title": "Buy silk"},
    {"title": "buy silk"},
    {"title": "buy silk", "done": True},
    {"title": "buy silk", "description": "n", "done": True},
    {"title": "buy silk", "description": "m", "done": True},
    {"title": "buy silkm", "done": True},
    *({"title": t, "description": d} for s in " |,:-\n\0"[:5] for t, d in (("a", f"b{s}c"), (f"a{s}b", "c"))),
    {"title": "abc"},
    {"title": "acb"},
    {"title": "acb", "description": "x "},
    {"title": "acb", "description": "x"},
    {"title": "acb \u00e9"},
    {"title": "acb e\u0301"},
    {"title": "acb e\u0301"},
    {"title": "buy", "description": "silk", "done": True},
    {"title": "silk", "description": "buy", "done": True},
    {"title": "silk", "description": "buy"},
    {"title": "silk", "description": "Ünder"},
    {"title": "silk", "description": "Önder"},
    {"title": "silk", "description": "x" * 1999 + "y"},
    {"title": "silk", "description": "x" * 2000},
    {"title": "x" * 199 + "y", "description": "x" * 2000},
    {"title": "x" * 200, "description": "x" * 2000},
    {"title": "Buy milk"},
)
"""States of one task in a row; from each to the next a member changes, or the same text is divided otherwise."""
