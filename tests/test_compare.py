"""Runs beside each other: what broke, what was mended, how runs are named, and files that are no reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.cli import main
from contract.compare import Comparison, Row, Unreadable, compare, text_lines
from contract.report.json_report import as_json
from contract.report.matrix import render
from contract.requirement import catalogue
from contract.verdict import Result, Run, Status
from tests.html_page import Page

IDS = ("create.once", "delete.gone", "id.unique")
ENTRIES = {entry.id: entry for entry in catalogue()}


def run_of(*statuses: Status, target: str = "http://127.0.0.1:8000") -> Run:
    """A run in which the requirements have these statuses."""
    return Run(target, "full", [Result(ENTRIES[id], status) for id, status in zip(IDS, statuses, strict=False)])


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes the report of a run, changed where that is asked for, into the folder in which the test stands."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, run: Run, **members: Any) -> str:
        Path(name).write_text(json.dumps({**as_json(run), **members}))
        return name

    return write


@pytest.fixture
def two(written: Callable[..., str]) -> Comparison:
    """Two runs: one requirement broke, one was mended, one could not be judged before."""
    before = written("before.json", run_of("pass", "fail", "blocked"))
    after = written("after.json", run_of("fail", "pass", "pass"))
    return compare([f"before={before}", f"after={after}"])


def test_changes_between_two_runs(two: Comparison) -> None:
    assert {kind: [row.id for row in rows] for kind, rows in two.changes.items()} == {
        "broke": ["create.once"],
        "mended": ["delete.gone"],
        "changed": ["id.unique"],
    }


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("pass", "pass", None),
        ("fail", "fail", None),
        *(("pass", after, "broke") for after in ("fail", "warn", "known")),
        *((before, "pass", "mended") for before in ("fail", "warn", "known")),
        ("fail", "known", "changed"),
        ("fail", "blocked", "changed"),
        ("blocked", "fail", "changed"),
        ("pass", "inconclusive", "changed"),
        ("pass", "-", "changed"),
    ],
)
def test_change(before: str, after: str, change: str | None) -> None:
    assert Row("id.unique", "", (before, after)).change == change


def test_rows_are_in_the_order_of_the_catalogue(written: Callable[..., str]) -> None:
    run = run_of("pass", "pass", "pass")
    run.results.reverse()

    found = compare([written("a", run), written("b", run)])

    assert [row.id for row in found.rows] == list(IDS)
    assert found.rows[0].sentence == ENTRIES["create.once"].sentence


def test_requirements_that_only_one_report_knows(written: Callable[..., str]) -> None:
    later = as_json(run_of("pass"))["requirements"] + [
        {**as_json(run_of("pass"))["requirements"][0], "id": "later.law", "status": "fail"}
    ]

    found = compare([written("a", run_of("pass", "pass")), written("b", run_of(), requirements=later)])

    assert [(row.id, row.cells) for row in found.rows] == [
        ("create.once", ("pass", "pass")),
        ("delete.gone", ("pass", "-")),
        ("later.law", ("-", "fail")),
    ]
    assert "not known" in render(found)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["a", "b"], ["a.example:8000/api", "wsgi:b:app"]),
        (["one=a", "two=b"], ["one", "two"]),
        (["a", "a"], ["a.example:8000/api a (1)", "a.example:8000/api a (2)"]),
        (["a", "c=d"], ["a.example:8000/api a", "a.example:8000/api c=d"]),
        (["same=a", "same=b"], ["same a", "same b"]),
        (["\x1b[2J=a", "b"], ["\\x1b[2J", "wsgi:b:app"]),
        (["x" * 40 + "=a", "b"], ["x" * 29 + "...", "wsgi:b:app"]),
    ],
)
def test_names_of_the_columns(arguments: list[str], names: list[str], written: Callable[..., str]) -> None:
    for name in ("a", "c=d"):
        written(name, run_of("pass", target="http://a.example:8000/api/"))
    written("b", run_of("pass", target="wsgi:b:app"))

    assert [column.name for column in compare(arguments).columns] == names


def test_three_runs_are_a_table_without_changes(written: Callable[..., str]) -> None:
    for name, status in (("a", "pass"), ("b", "fail"), ("c", "pass")):
        written(name, run_of(status, "pass"))  # type: ignore[arg-type]

    lines = list(text_lines(compare(["one=a", "two=b", "three=c"])))

    assert lines[:3] == [
        "               one           two           three",
        "* create.once  pass          fail          pass",
        "  delete.gone  pass          pass          pass",
    ]
    assert lines[-1] == "1 of 2 requirements differ"


def test_members_of_a_later_suite_are_let_be(written: Callable[..., str]) -> None:
    requirements = [{**entry, "more": 1} for entry in as_json(run_of("pass"))["requirements"]]

    found = compare([written("a", run_of("pass")), written("b", run_of(), requirements=requirements, more=[])])

    assert [row.cells for row in found.rows] == [("pass", "pass")]


def broken_files(folder: Path) -> dict[str, tuple[str, str]]:
    """Files that are no reports by what is wrong with them: the argument, and what is said."""
    good = as_json(run_of("pass"))
    entry = good["requirements"][0]
    texts: dict[str, tuple[str | bytes, str]] = {
        "empty": ("", "{} is empty; its run came to nothing."),
        "html": ("<!doctype html>", "{} is not JSON: "),
        "binary": (b"\xff\xfe\x00", "{} is not JSON: "),
        "cut": (json.dumps(good)[:50], "{} is not JSON: "),
        "deep": ("[" * 100_000, "{} is not JSON: the nesting is too deep to read."),
        "list": ("[]", "{} is no JSON report of task-contract: [] is not of type "),
        "null": ("null", "{} is no JSON report of task-contract: null is not of type "),
        "foreign": ('{"openapi": "3.1.0"}', "{} is no JSON report of task-contract: "),
        "newer": (
            json.dumps({**good, "schema_version": 2}),
            "{} is no JSON report of task-contract: its schema_version is 2, and this suite reads 1.",
        ),
        "status": (
            json.dumps({**good, "requirements": [{**entry, "status": "x\x1b\n" * 500}]}),
            "{} is no JSON report of task-contract: at requirements/0/status, ",
        ),
        "id": (
            json.dumps({**good, "requirements": [{**entry, "id": "<script>"}]}),
            "{} is no JSON report of task-contract: at requirements/0/id, ",
        ),
        "twice": (
            json.dumps({**good, "requirements": [entry, entry]}),
            "{} is no JSON report of task-contract: create.once stands in it 2 times.",
        ),
    }
    for name, (text, _) in texts.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    missing = {
        "missing": ("missing", "missing cannot be read: No such file or directory."),
        "folder": (".", ". cannot be read: Is a directory."),
        "unnamed": ("=good", "'=good' is neither a file nor NAME=FILE."),
        "no file": ("name=", "'name=' is neither a file nor NAME=FILE."),
    }
    return {**{name: (name, said.format(name)) for name, (_, said) in texts.items()}, **missing}


@pytest.mark.parametrize(
    "wrong",
    [
        *("empty", "html", "binary", "cut", "deep", "list", "null", "foreign", "newer", "status", "id", "twice"),
        *("missing", "folder", "unnamed", "no file"),
    ],
)
def test_what_is_no_report_is_wrong_usage_in_one_sentence(
    wrong: str, written: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argument, said = broken_files(tmp_path)[wrong]

    assert main(["compare", written("good", run_of("pass")), argument, "--html", "page.html"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"task-contract: {said}")
    assert err.endswith(".\n")
    assert err[:-1].isprintable()
    assert len(err) < 400
    assert not Path("page.html").exists()


def test_one_report_is_no_comparison(written: Callable[..., str]) -> None:
    with pytest.raises(Unreadable, match=r"^A comparison takes two reports or more; one was named\.$"):
        compare([written("a", run_of("pass"))])


def test_comparison_ends_well_whatever_broke(written: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [written("a", run_of("pass")), written("b", run_of("fail", target="http://b"))]

    assert main(["compare", *arguments, "--html", "page.html"]) == 0

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "broke    create.once: pass, then fail",
        "1 of 1 requirements differ, 1 broke",
    ]
    assert Path("page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("a", "a is one of the reports to compare."),
        ("./b", "b is one of the reports to compare."),
        ("no/folder", "no/folder cannot be written: No such file or directory."),
    ],
)
def test_page_that_cannot_be_written(
    page: str, said: str, written: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [written("a", run_of("pass")), written("b", run_of("pass"))]

    assert main(["compare", *arguments, "--html", page]) == 2

    assert capsys.readouterr() == ("", f"task-contract: {said}\n")
    assert all(json.loads(Path(name).read_text()) for name in arguments)


def test_page_shows_what_broke_first(two: Comparison) -> None:
    page = render(two)

    assert page.index("What broke") < page.index("What was mended") < page.index("What changed otherwise")
    assert "<h1>From before to after</h1>" in page


def test_page_escapes_names(written: Callable[..., str]) -> None:
    written("a", run_of("pass", target="<script>"))

    page = Page(render(compare(["<b>=a", "\u202e=a", "a"])))

    assert page.texts("th")[1:4] == ["<b>", "\\u202e", "<script>"]
    assert len(page.texts("script")) == 1
