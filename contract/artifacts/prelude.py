"""What the scripts have in common: functions in POSIX shell and awk that send a request, and read what comes back.

JSON is compared in a flat form, one line for each value: its path, a blank, the value. ``flat_lines`` writes the same
for a value of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from contract.exchange import NO_JSON
from contract.jsontext import JsonValue

_FOLDER = Path(__file__).parent
_INCLUDED = re.compile(r"@(\w+\.awk)@")


def functions_for(text: str) -> str:
    """The definitions of the functions that a script uses, and of those that they use."""
    definitions = _definitions()
    used: set[str] = set()
    texts = [text]
    while texts:
        words = set(re.findall(r"(?<![\w-])\w+(?![\w-])", texts.pop()))
        new = words & definitions.keys() - used
        used |= new
        texts += [definitions[name] for name in new]
    return "\n\n".join(definition for name, definition in definitions.items() if name in used)


def race_for(id: str) -> str | None:
    """What the script of a requirement about races does behind its functions, ``None`` for any other requirement."""
    topic, _, slug = id.partition(".")
    file = _FOLDER / "races" / f"{slug}.sh"
    return _read(file) if topic == "race" and file.is_file() else None


@cache
def _definitions() -> dict[str, str]:
    """Each function with its comment, by its name."""
    parts = _read(_FOLDER / "functions.sh").split("\n\n")
    names = (re.search(r"^(\w+)\(\)", part, re.MULTILINE) for part in parts)
    return {found[1]: _with_files(part) for found, part in zip(names, parts, strict=True) if found is not None}


def _with_files(part: str) -> str:
    return _INCLUDED.sub(lambda found: "\n" + _read(_FOLDER / found[1]) + "\n", part)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8").rstrip("\n")


def flat_lines(value: JsonValue, path: str = "") -> Iterator[str]:
    """The lines of a JSON value; the same as the script makes of its text."""
    where = path or "."
    if value is NO_JSON:
        yield "no JSON"
    elif isinstance(value, dict):
        yield f"{where} object"
        for name, member in value.items():
            yield from flat_lines(member, f"{path}.{_shown(name, named=True)}")
    elif isinstance(value, list):
        yield f"{where} array"
        for number, member in enumerate(value):
            yield from flat_lines(member, f"{path}[{number}]")
    elif isinstance(value, str):
        yield f'{where} "{_shown(value)}"'
    else:
        words = {True: "true", False: "false", None: "null"}
        yield f"{where} {words[value] if value is None or isinstance(value, bool) else value}"


def _shown(text: str, named: bool = False) -> str:
    special = '"\\' + (".[ " if named else "")
    return "".join(c if " " <= c <= "~" and c not in special else f"\\u{{{ord(c):x}}}" for c in text)
