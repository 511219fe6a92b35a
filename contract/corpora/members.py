"""Members of a body that break their rule, and values at the edge of the rule that do not."""

from __future__ import annotations

from collections.abc import Iterator

from contract.jsontext import JsonValue, encode

NOT_TEXT: tuple[JsonValue, ...] = (
    None,
    True,
    False,
    0,
    7,
    1.5,
    1e30,
    [],
    ["text"],
    [["text"]],
    {},
    {"toString": "text", "length": 4},
)
"""Values that are no string, though some languages make one of them."""

NOT_BOOLEAN: tuple[JsonValue, ...] = (
    None,
    0,
    1,
    -1,
    2,
    0.0,
    1.0,
    "",
    "true",
    "false",
    "True",
    "FALSE",
    "yes",
    "no",
    "on",
    "0",
    "1",
    "null",
    [],
    [True],
    {},
    {"done": True},
)
"""Values that are neither true nor false, though some languages take them for one of the two."""

CONTROLS = tuple(map(chr, [*range(0x20), 0x7F]))
"""The control characters that no title has."""

CONTROLS_INSIDE = tuple(f"MARK a{control}b" for control in CONTROLS)
"""Titles to be refused; a text of one's own goes where ``MARK`` stands."""

CONTROLS_AT_AN_END = (
    *(f"MARK{control}" for control in "\n\r\t\0\x0b\x1c\x1f\x7f"),
    *(f"{control}MARK" for control in "\n\t\0\x1f\x7f"),
    "MARK\r\n",
)
"""More of them; trimming and an expression's ``$`` hide a control character there."""

TITLES_WITHOUT_CONTROLS = (
    "x",
    " ",
    "0",
    "\u00a0",
    "\u200b",
    "$set",
    "\x80\x85\x9f",
    "\xa0\xad\xff",
    "\u2028\u2029\u200b",
    "\ufeff\ufffe\uffff",
)
"""Short titles that look as if something were wrong with them, and are valid."""

DESCRIPTIONS_WITH_NULL = ("\0", "MARK\0", "\0MARK", "MARK\n\0\nMARK", "MARK\\\0", "\0\0MARK")
"""Descriptions to be refused; a text of one's own goes where ``MARK`` stands."""

DESCRIPTIONS_WITHOUT_NULL = (
    "",
    " ",
    "\n",
    "a\tb\r\nc\n\n",
    "".join(CONTROLS[1:]),
    "\x80\x85\x9f\u2028\u2029\ufeff",
    "null",
    "\\u0000 %00 \\0 \u2400",
)
"""Descriptions that look as if something were wrong with them, and are valid."""

UNKNOWN: tuple[tuple[str, JsonValue], ...] = (
    ("id", None),
    ("id", "1"),
    ("ID", 1),
    ("_id", 1),
    ("Title", "text"),
    ("TITLE", "text"),
    ("title ", "text"),
    ("title\0", "text"),
    ("title\u200b", "text"),
    ("t\u0131tle", "text"),
    ("\uff54itle", "text"),
    ("titl\u0435", "text"),
    ("descriptio\u0144", "text"),
    ("de\u017fcription", "text"),
    ("desc", "text"),
    ("Done", True),
    ("completed", True),
    ("created_at", "2024-01-01T00:00:00Z"),
    ("updatedAt", None),
    ("version", 1),
    ("etag", ""),
    ("_links", {}),
    ("$schema", "https://example.org/task.json"),
    ("__proto__", {"done": True}),
    ("constructor", {"prototype": {"done": True}}),
    ("__class__", "dict"),
    ("toString", "text"),
    ("", "text"),
    ("title.x", "text"),
    ("title[]", ["text"]),
    ("x" * 5000, False),
)
"""Members that a task does not have, those first that are nearly its own."""

INSTEAD = (("description", "Description"), ("done", "Done"), ("done", "DONE"), ("done", "isDone"))
"""Own members of a task, each with a name that a server may take for it."""

_VALID: dict[str, JsonValue] = {"title": "MARK", "description": "MARK", "done": True}
_FAULTS: tuple[tuple[str, str, JsonValue], ...] = (
    ("input.title", "title", 7),
    ("text.length", "title", "x" * 201),
    ("input.description", "description", None),
    ("text.length", "description", "x" * 2001),
    ("input.done", "done", "no"),
    ("input.unknown", "id", 7),
    ("input.unknown", "extra", 1),
)


def _half_valid() -> Iterator[tuple[str, bytes]]:
    for owner, name, value in _FAULTS:
        valid = {other: right for other, right in _VALID.items() if other != name}
        yield owner, encode({name: value, **valid})
        yield owner, encode({**valid, name: value})
    yield "input.title", encode({"done": True})
    yield "input.title", encode({"description": "MARK", "done": True})
    yield "json.malformed", encode(_VALID)[:-1]
    yield "json.malformed", encode(_VALID) + b"}"


HALF_VALID = tuple(_half_valid())
"""Bodies with one fault, before or after members that are valid, and the requirement that owns the refusal of each.

A text of one's own goes where ``MARK`` stands.
"""
