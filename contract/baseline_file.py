"""The file of a baseline: YAML, one entry a requirement in the order of the ids, described by ``baseline.schema.json``.

YAML, since people write reasons into it and read the violations that it accepts, both of which JSON would escape.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from contract.baseline import BadBaseline
from contract.signature import Signature
from contract.verdict import Entry

VERSION = 1
"""Of the format of the file."""

_HEAD = """\
# Violations that are accepted for now. A run with --baseline fails on any other, and on an entry that is not true.
# Reason, issue, expires (a date such as 2030-12-31) and intermittent are yours; --write-baseline keeps them.
"""
_ENTRY = {"reason": str, "issue": str, "expires": str, "intermittent": bool, "violations": list}
_VIOLATION = ("message", "request", "expected", "received")
_KINDS = {str: "text", bool: "true or false", list: "a list"}


def read_baseline(file: Path, ids: Collection[str] | None = None) -> dict[str, Entry]:
    """The entries of a file by their ids, each one of ``ids`` where these are given; raises ``BadBaseline``."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadBaseline(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadBaseline(f"{file} is not UTF-8.") from None
    try:
        return _entries(_loaded(text), ids)
    except BadBaseline as error:
        raise BadBaseline(f"{file} is no baseline: {error}") from None


def require_writable(file: Path, ids: Collection[str]) -> None:
    """Raise ``BadBaseline`` where the file cannot be written, or is there and no baseline."""
    if file.exists():
        read_baseline(file, ids)
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        reason = "it is read-only" if file.exists() else f"{file.parent} is no folder to write to"
        raise BadBaseline(f"{file} cannot be written: {reason}.")


def write_baseline(file: Path, entries: Mapping[str, Entry]) -> None:
    """Write the entries to the file, all of it or nothing."""
    known = {id: _members(entry) for id, entry in sorted(entries.items())}
    content = yaml.dump(
        {"version": VERSION, "known": known}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6
    )
    partial = file.with_name(file.name + ".partial")
    partial.write_text(_HEAD + content, encoding="utf-8")
    os.replace(partial, file)


class _Dumper(yaml.SafeDumper):
    """Writes text that needs no quotes without, also on several lines, and every character as it is."""


class _Loader(yaml.SafeLoader):
    """Takes a date for text, and no name twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise BadBaseline(f"{key.value!r} stands there twice, in line {key.start_mark.line + 1} again.")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)
_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _loaded(text: str) -> Any:
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise BadBaseline(f"{error.problem or error.context}, in line {line}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, BadBaseline):
            raise
        raise BadBaseline("it is no YAML.") from None


def _entries(document: Any, ids: Collection[str] | None) -> dict[str, Entry]:
    if not isinstance(document, dict) or document.keys() != {"version", "known"}:
        raise BadBaseline("it has to have version and known, and nothing else.")
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise BadBaseline(f"its version is {document['version']!r}, and only {VERSION} is known.")
    known = {} if document["known"] is None else document["known"]
    if not isinstance(known, dict):
        raise BadBaseline("known has to have requirement ids, each with its entry.")
    return {id: _entry(id, members, ids) for id, members in sorted(known.items(), key=lambda pair: str(pair[0]))}


def _entry(id: Any, members: Any, ids: Collection[str] | None) -> Entry:
    if not isinstance(id, str) or (ids is not None and id not in ids):
        raise BadBaseline(f"{id!r} is no requirement; task-contract list shows them all.")
    if not isinstance(members, dict):
        raise BadBaseline(f"the entry of {id} has no members.")
    _require(id, members, _ENTRY, ("reason", "violations"))
    if not members["reason"].strip():
        raise BadBaseline(f"the reason of {id} is empty.")
    if not members["violations"]:
        raise BadBaseline(f"the violations of {id} are an empty list.")
    return Entry(
        id=id,
        reason=members["reason"],
        violations=tuple(sorted(_violation(id, violation) for violation in members["violations"])),
        issue=members.get("issue"),
        expires=_date(id, members["expires"]) if "expires" in members else None,
        intermittent=members.get("intermittent", False),
    )


def _violation(id: str, members: Any) -> Signature:
    if not isinstance(members, dict):
        raise BadBaseline(f"a violation of {id} has no members.")
    _require(id, members, dict.fromkeys(_VIOLATION, str), ("message",))
    return Signature(**members)


def _require(id: str, members: dict[Any, Any], kinds: Mapping[str, type], required: Collection[str]) -> None:
    for name, value in members.items():
        if name not in kinds:
            raise BadBaseline(f"{name!r} is no member of {id}; there are {', '.join(kinds)}.")
        if type(value) is not kinds[name]:
            raise BadBaseline(f"{name} of {id} is {value!r}, which is not {_KINDS[kinds[name]]}.")
    for name in required:
        if name not in members:
            raise BadBaseline(f"{id} has no {name}.")


def _date(id: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise BadBaseline(f"expires of {id} is {text!r}, which is no date such as 2030-12-31.")
    return found


def _members(entry: Entry) -> dict[str, Any]:
    told = {
        "reason": entry.reason,
        "issue": entry.issue,
        "expires": entry.expires.isoformat() if entry.expires else None,
        "intermittent": entry.intermittent or None,
        "violations": [
            {name: getattr(violation, name) for name in _VIOLATION if getattr(violation, name)}
            for violation in entry.violations
        ],
    }
    return {name: value for name, value in told.items() if value is not None}
