"""Several runs beside each other, read from their JSON reports, and what changed between two of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import jsonschema_rs

from contract.jsontext import NotJson, decode
from contract.report import json_report
from contract.report.summary import visible
from contract.requirement import Requirement, catalogue
from contract.verdict import NOT_SELECTED

Change = Literal["broke", "mended", "changed"]

ABSENT = "-"
"""In place of the status where a report does not know a requirement."""

_BROKEN = ("fail", "warn", "known")
_LONGEST_NAME = 32


class Unreadable(ValueError):
    """A file is no report that can be compared, or the page cannot be written; the text is a sentence."""


@dataclass(frozen=True)
class Column:
    """One run: its name, its file, its report, and the status of each requirement by its id."""

    name: str
    file: Path
    report: Mapping[str, Any]
    statuses: Mapping[str, str]

    @property
    def facts(self) -> dict[str, str]:
        """What is said of the run as a whole."""
        report = self.report
        chosen = [entry for entry in report["requirements"] if entry["reason"] != NOT_SELECTED]
        return {
            "target": report["target"],
            "scope": report["scope"],
            "contract": report["contract_version"],
            "requests": f"{report['requests']:,}",
            "time": f"{report['seconds']:.1f} s",
            "met": f"{sum(entry['status'] == 'pass' for entry in chosen)} of {len(chosen)}",
            "verdict": report["verdict"],
        }


@dataclass(frozen=True)
class Row:
    """One requirement: its status in each column, and its sentence, empty where this suite does not know it."""

    id: str
    sentence: str
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns disagree."""
        return len(set(self.cells)) > 1

    @property
    def change(self) -> Change | None:
        """What became of the requirement from the first run to the last; ``changed`` is neither better nor worse."""
        before, after = self.cells[0], self.cells[-1]
        if before == after:
            return None
        if before == "pass" and after in _BROKEN:
            return "broke"
        return "mended" if before in _BROKEN and after == "pass" else "changed"


@dataclass(frozen=True)
class Comparison:
    """The runs, and a row for each requirement that one of them knows."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @cached_property
    def changes(self) -> dict[Change, list[Row]]:
        """What became of the requirements between two runs, nothing for more."""
        if len(self.columns) != 2:
            return {}
        kinds: tuple[Change, ...] = ("broke", "mended", "changed")
        found = {kind: [row for row in self.rows if row.change == kind] for kind in kinds}
        return {kind: rows for kind, rows in found.items() if rows}


def compare(arguments: Sequence[str]) -> Comparison:
    """Compare the reports that these arguments name, each ``FILE`` or ``NAME=FILE``; raises ``Unreadable``."""
    if len(arguments) < 2:
        raise Unreadable("A comparison takes two reports or more; one was named.")
    named = [_split(argument) for argument in arguments]
    reports = [read_report(file) for _, file in named]
    names = _distinct(
        [visible(name or _short(report["target"])) for (name, _), report in zip(named, reports, strict=True)],
        [file for _, file in named],
    )
    columns = tuple(
        Column(name, file, report, {entry["id"]: entry["status"] for entry in report["requirements"]})
        for name, (_, file), report in zip(names, named, reports, strict=True)
    )
    return Comparison(columns, tuple(_rows(columns)))


def read_report(file: Path) -> dict[str, Any]:
    """The JSON report in a file, as its schema has it; members of a later suite are let be. Raises ``Unreadable``."""
    try:
        content = file.read_bytes()
        report = decode(content)
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from None
    except NotJson as error:
        kind = f"is not JSON: {error}" if content else "is empty; its run came to nothing"
        raise Unreadable(f"{file} {kind}.") from None
    problem = next(_problems(report), None)
    if problem is not None:
        raise Unreadable(f"{file} is no JSON report of task-contract: {problem}.")
    return dict(report)


def text_lines(comparison: Comparison) -> Iterator[str]:
    """The comparison for a terminal; rows that differ begin with a star."""
    columns = comparison.columns
    first = max([len(row.id) for row in comparison.rows] + [8])
    widths = [max(12, len(column.name)) for column in columns]

    def line(mark: str, name: str, cells: Sequence[str]) -> str:
        shown = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        return f"{mark} {name:<{first}}  {shown}".rstrip()

    yield line(" ", "", [column.name for column in columns])
    for row in comparison.rows:
        yield line("*" if row.differs else " ", row.id, row.cells)
    yield ""
    facts = [column.facts for column in columns]
    for name in [name for name in facts[0] if name != "target"]:
        yield line(" ", name, [fact[name] for fact in facts])
    yield ""
    yield from _end(comparison)


def _end(comparison: Comparison) -> Iterator[str]:
    differing = sum(row.differs for row in comparison.rows)
    for kind, rows in comparison.changes.items():
        for row in rows:
            yield f"{kind:<8} {row.id}: {row.cells[0]}, then {row.cells[-1]}"
    counts = "".join(f", {len(rows)} {kind}" for kind, rows in comparison.changes.items())
    yield f"{differing} of {len(comparison.rows)} requirements differ{counts}"


def _split(argument: str) -> tuple[str, Path]:
    """Name and file; a file that exists under the whole argument is one."""
    name, equals, file = argument.partition("=")
    if not equals or Path(argument).exists():
        return "", Path(argument)
    if not name or not file:
        raise Unreadable(f"{argument!r} is neither a file nor NAME=FILE.")
    return name, Path(file)


def _short(target: str) -> str:
    parts = urlsplit(target)
    return f"{parts.netloc}{parts.path.rstrip('/')}" if parts.netloc else target


def _distinct(names: Sequence[str], files: Sequence[Path]) -> list[str]:
    """The names, shortened, those that several runs have with their file."""
    seen = Counter(names)
    shown = [name if seen[name] == 1 else f"{name} {file.stem}" for name, file in zip(names, files, strict=True)]
    shown = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..." for name in map(visible, shown)]
    again = Counter(shown)
    return [name if again[name] == 1 else f"{name} ({number})" for number, name in enumerate(shown, 1)]


def _rows(columns: Sequence[Column]) -> Iterator[Row]:
    known: dict[str, Requirement | None] = {entry.id: entry for entry in catalogue()}
    ids = {id for column in columns for id in column.statuses}
    later = [id for column in columns for id in column.statuses if id not in known]
    for id, entry in {**known, **dict.fromkeys(later)}.items():
        if id in ids:
            cells = tuple(column.statuses.get(id, ABSENT) for column in columns)
            yield Row(id, entry.sentence if entry is not None else "", cells)


def _problems(report: Any) -> Iterator[str]:
    version = report.get("schema_version") if isinstance(report, dict) else None
    if isinstance(version, int) and version != json_report.SCHEMA_VERSION:
        yield f"its schema_version is {version}, and this suite reads {json_report.SCHEMA_VERSION}"
    schema = json.loads(Path(json_report.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
    for error in jsonschema_rs.validator_for(_open(schema)).iter_errors(report):
        place = "/".join(map(str, error.instance_path))
        message = re.sub(r"\s+", " ", visible(error.message)).rstrip(".")
        yield (f"at {place}, " if place else "") + (message if len(message) <= 200 else f"{message[:197]}...")
    seen = Counter(entry["id"] for entry in report["requirements"])
    yield from (f"{id} stands in it {number} times" for id, number in seen.items() if number > 1)


def _open(schema: Any) -> Any:
    """The schema, but that every object may have more members: reports change by additions."""
    if isinstance(schema, dict):
        return {name: _open(value) for name, value in schema.items() if name != "additionalProperties"}
    return [_open(value) for value in schema] if isinstance(schema, list) else schema
