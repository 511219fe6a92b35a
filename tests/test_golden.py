"""Every report of the example run, word for word; ``pytest tests/test_golden.py --write-golden`` writes them anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from contract import compare
from contract.report import badge, html, json_report, junit, markdown, matrix
from contract.report.github import annotation_lines
from contract.report.text import report_lines
from tests.example_run import EXAMPLE, GREEN

FOLDER = Path(__file__).parent / "golden"


def lines(found: Iterable[str]) -> str:
    """The lines as one text."""
    return "".join(f"{line}\n" for line in found)


def comparison(folder: Path, monkeypatch: pytest.MonkeyPatch) -> compare.Comparison:
    """The example run beside the green one."""
    monkeypatch.setattr(compare, "catalogue", lambda: [result.requirement for result in EXAMPLE.results])
    for name, run in {"before": EXAMPLE, "after": GREEN}.items():
        (folder / name).write_text(json_report.render(run))
    return compare.compare([f"before={folder / 'before'}", f"after={folder / 'after'}"])


REPORTS: dict[str, Callable[[], str]] = {
    "report.txt": lambda: lines(report_lines(EXAMPLE)),
    "report.json": lambda: json_report.render(EXAMPLE),
    "report.xml": lambda: junit.render(EXAMPLE),
    "report.md": lambda: markdown.render(EXAMPLE),
    "report.html": lambda: html.render(EXAMPLE),
    "badge.svg": lambda: badge.render(EXAMPLE),
    "annotations.txt": lambda: lines(annotation_lines(EXAMPLE)),
}


def check(name: str, text: str, config: pytest.Config) -> None:
    """The golden file has this text; it is written first where that is asked for."""
    file = FOLDER / name
    if config.getoption("write_golden"):
        file.write_bytes(text.encode())
    assert file.read_bytes().decode() == text


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_as_it_was(name: str, pytestconfig: pytest.Config) -> None:
    check(name, REPORTS[name](), pytestconfig)


def test_comparison_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    found = comparison(tmp_path, monkeypatch)

    check("comparison.txt", lines(compare.text_lines(found)), pytestconfig)
    check("comparison.html", matrix.render(found), pytestconfig)


def test_every_golden_file_is_checked() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {*REPORTS, "comparison.txt", "comparison.html"}


def test_example_has_every_status() -> None:
    report = json.loads((FOLDER / "report.json").read_text())

    schema = json.loads(Path(json_report.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
    statuses = schema["$defs"]["requirement"]["properties"]["status"]["enum"]
    assert {entry["status"] for entry in report["requirements"]} == set(statuses)
