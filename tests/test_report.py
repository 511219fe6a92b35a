"""The report as text and as JSON: word for word on a small run, and by its schema on runs of every verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contract import CONTRACT_VERSION, SUITE_VERSION
from contract.baseline import PLACEHOLDER
from contract.report import json_report
from contract.report.files import write_whole
from contract.report.json_report import as_json, render
from contract.report.text import report_lines, verdict_lines, violation_lines
from contract.requirement import Level, Requirement
from contract.signature import Signature
from contract.verdict import Accounted, Entry, Result, Run, Status, ViolationReport
from tests.targets import run_suite, serve

SCHEMA = json.loads(Path(json_report.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CURL = ("id1=$(curl -s http://127.0.0.1:8000/tasks | grep 1)", 'curl -si "http://127.0.0.1:8000/tasks/${id1}"')


def entry(id: str, level: Level = "MUST", source: str | None = None) -> Requirement:
    """A requirement."""
    return Requirement(id, level, f"The sentence of {id}.", "", source, "module:law")


def broken(message: str = "GET /tasks/1 still finds the task.", intermittent: bool = False) -> ViolationReport:
    """A violation."""
    return ViolationReport(message, "404", '200 {"id":1}', CURL, intermittent)


SMALL = Run(
    "http://127.0.0.1:8000",
    "selection",
    [
        Result(entry("create.stored"), "pass", requests=3, seconds=0.01),
        Result(entry("id.unique"), "fail", violations=(broken("Two tasks have id 1.", intermittent=True),)),
        Result(entry("delete.gone", source="RFC 9110 9.3.5"), "fail", violations=(broken(),)),
        Result(entry("delete.idempotent"), "blocked", "by delete.gone, since it is so", blocked_by="delete.gone"),
        Result(entry("cache.304"), "inconclusive", "GET /tasks/1 was answered 503"),
        Result(entry("cache.412"), "inconclusive", "The time budget of 120 seconds was spent."),
        Result(entry("input.details", "SHOULD"), "warn", violations=(broken("There are no details."),)),
        Result(entry("wire.slow"), "skipped", "it takes a socket"),
        Result(entry("list.order"), "skipped", "not selected"),
        Result(entry("list.limit"), "skipped", "not selected"),
    ],
    requests=42,
    seconds=1.25,
    stopped="The time budget of 120 seconds was spent.",
    leftovers=(3, 9),
)

TEXT = """\
FAIL delete.gone (MUST)  [RFC 9110 9.3.5]
  The sentence of delete.gone.
  GET /tasks/1 still finds the task.
    expected  404
    received  200 {"id":1}
    $ id1=$(curl -s http://127.0.0.1:8000/tasks | grep 1)
    $ curl -si "http://127.0.0.1:8000/tasks/${id1}"

FAIL id.unique (MUST)
  The sentence of id.unique.
  Two tasks have id 1. (intermittent)
    expected  404
    received  200 {"id":1}
    $ id1=$(curl -s http://127.0.0.1:8000/tasks | grep 1)
    $ curl -si "http://127.0.0.1:8000/tasks/${id1}"

WARN input.details (SHOULD)
  The sentence of input.details.
  There are no details.
    expected  404
    received  200 {"id":1}
    $ id1=$(curl -s http://127.0.0.1:8000/tasks | grep 1)
    $ curl -si "http://127.0.0.1:8000/tasks/${id1}"

fail         delete.gone        The sentence of delete.gone.
fail         id.unique          The sentence of id.unique.
warn         input.details      The sentence of input.details.
inconclusive cache.304          GET /tasks/1 was answered 503
blocked      delete.idempotent  by delete.gone, since it is so
pass         create.stored      The sentence of create.stored.
skipped      wire.slow          it takes a socket
inconclusive 1 requirements that were not reached
skipped      2 requirements that were not selected

Left on the target: 2 tasks that could not be deleted (ids 3, 9).
The time budget of 120 seconds was spent.
http://127.0.0.1:8000: 7 requirements, 42 requests, 1.2 s
not conforming: 2 fail, 1 warn, 2 inconclusive, 1 blocked, 1 pass, 3 skipped (exit code 1)
"""


def run_of(*statuses: Status, **members: Any) -> Run:
    """A run with these results."""
    results = [Result(entry(f"topic.n{number}"), status) for number, status in enumerate(statuses)]
    return replace(Run("http://localhost", "full", results), **members)


SIGNATURE = Signature("GET /tasks/ID still finds the task.", "", "404", "200")
ENTRY = Entry("topic.n0", "it is old", (SIGNATURE,), "https://example.org/1", date(2030, 12, 31), intermittent=True)

RUNS = {
    "conforming": run_of("pass", "warn", "known", "skipped"),
    "violating": SMALL,
    "unreachable": run_of("inconclusive", unreachable="http://localhost never answered."),
    "incomplete": run_of("pass", "blocked", "inconclusive"),
    "suite-error": run_of("pass", "error"),
    "untrue": run_of(
        "pass",
        "pass",
        baseline=(
            Accounted(ENTRY, "stale"),
            Accounted(replace(ENTRY, id="topic.n1", issue=None, expires=None), "unseen"),
            Accounted(replace(ENTRY, id="topic.n2", reason=PLACEHOLDER), "changed"),
        ),
        notes=("It was written.",),
    ),
}
"""A run of each verdict, and one that is violating since its baseline is."""


def test_text_of_a_small_run() -> None:
    assert "".join(f"{line}\n" for line in report_lines(SMALL)) == TEXT


def test_one_line_a_requirement_is_cut_at_the_width() -> None:
    lines = list(report_lines(SMALL, width=40))

    assert "fail         delete.gone        The sen…" in lines
    assert 'curl -si "http://127.0.0.1:8000/tasks/${id1}"' in "\n".join(lines)


def test_violation_lines_of_what_was_not_judged_give_the_reason() -> None:
    assert list(violation_lines(Result(entry("id.unique"), "blocked", "by create.stored"))) == [
        "BLOCKED id.unique (MUST)",
        "  The sentence of id.unique.",
        "  by create.stored",
    ]


def test_long_reason_is_shortened_in_its_line() -> None:
    run = replace(SMALL, results=[Result(entry("id.unique"), "error", "ValueError: " + "x" * 5000)])

    assert max(map(len, report_lines(run))) < 160


@pytest.mark.parametrize(
    ("run", "last"),
    [
        (RUNS["conforming"], "conforming but for 1 known: 1 warn, 1 known, 1 pass, 1 skipped (exit code 0)"),
        (run_of("pass", "warn"), "conforming: 1 warn, 1 pass (exit code 0)"),
        (RUNS["untrue"], "the baseline is not true: 2 pass (exit code 1)"),
        (
            replace(RUNS["conforming"], scope="selection"),
            "the 3 requirements judged of the selection are met but for 1 known: "
            "1 warn, 1 known, 1 pass, 1 skipped (exit code 0)",
        ),
        (
            replace(RUNS["conforming"], scope="in-process"),
            "the 3 requirements judged in this process are met but for 1 known: "
            "1 warn, 1 known, 1 pass, 1 skipped (exit code 0)",
        ),
        (RUNS["unreachable"], "unreachable: 1 inconclusive (exit code 3)"),
        (RUNS["incomplete"], "incomplete: 1 inconclusive, 1 blocked, 1 pass (exit code 4)"),
        (RUNS["suite-error"], "a fault of the suite: 1 error, 1 pass (exit code 5)"),
    ],
)
def test_last_line(run: Run, last: str) -> None:
    assert list(verdict_lines(run))[-1] == last


def test_only_a_full_run_calls_the_server_conforming() -> None:
    for scope in ("selection", "in-process"):
        assert "conforming" not in "\n".join(report_lines(replace(RUNS["conforming"], scope=scope)))


def test_reason_of_the_end_is_told_once() -> None:
    lines = list(verdict_lines(RUNS["unreachable"]))

    assert lines.count("http://localhost never answered.") == 1


def test_many_leftovers_are_counted() -> None:
    (line, *_) = verdict_lines(replace(SMALL, leftovers=tuple(range(1, 501))))

    assert line == "Left on the target: 500 tasks that could not be deleted (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)."


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (run_of("pass", stopped="The time is over."), "The time is over."),
        (run_of("pass", fault="The suite itself failed.", stopped="over"), "The suite itself failed."),
        (run_of("inconclusive", unreachable="It never answered."), "It never answered."),
        (run_of("pass"), None),
    ],
)
def test_reason_of_the_end(run: Run, reason: str | None) -> None:
    assert as_json(run)["reason"] == reason
    assert list(report_lines(run)).count(str(reason)) == (0 if reason is None else 1)


@pytest.mark.parametrize(("verdict", "run"), RUNS.items())
def test_json_meets_its_schema(verdict: str, run: Run) -> None:
    report = as_json(run)

    VALIDATOR.validate(report)
    assert report["verdict"] == ("violating" if verdict == "untrue" else verdict)
    assert report["exit_code"] == run.exit_code


def test_schema_is_one_and_lets_nothing_else_in() -> None:
    VALIDATOR.check_schema(SCHEMA)
    assert not VALIDATOR.is_valid({**as_json(SMALL), "extra": 1})
    assert not VALIDATOR.is_valid({**as_json(SMALL), "exit_code": 2})
    assert not VALIDATOR.is_valid({**as_json(SMALL), "schema_version": 2})


def test_json_of_a_small_run() -> None:
    report = as_json(SMALL)

    assert {name: value for name, value in report.items() if name != "requirements"} == {
        "schema_version": 1,
        "suite_version": SUITE_VERSION,
        "contract_version": CONTRACT_VERSION,
        "target": "http://127.0.0.1:8000",
        "scope": "selection",
        "verdict": "violating",
        "exit_code": 1,
        "seed": 0,
        "requests": 42,
        "seconds": 1.25,
        "reason": "The time budget of 120 seconds was spent.",
        "leftovers": [3, 9],
    }
    assert [requirement["id"] for requirement in report["requirements"]] == [
        result.requirement.id for result in SMALL.results
    ]
    assert report["requirements"][2] == {
        "id": "delete.gone",
        "level": "MUST",
        "status": "fail",
        "reason": None,
        "requests": 0,
        "seconds": 0.0,
        "violations": [
            {
                "message": "GET /tasks/1 still finds the task.",
                "expected": "404",
                "received": '200 {"id":1}',
                "curl": list(CURL),
                "intermittent": False,
            }
        ],
    }


def test_text_says_what_became_of_the_baseline() -> None:
    assert list(verdict_lines(RUNS["untrue"]))[:4] == [
        "Entries of the baseline that are changed (something else fails): topic.n2",
        "Entries of the baseline that are stale (nothing fails any more, so remove them): topic.n0",
        "Entries of the baseline without a reason: topic.n2",
        "It was written.",
    ]


def test_json_says_what_became_of_the_baseline() -> None:
    first, second, third = as_json(RUNS["untrue"])["baseline"]

    assert first == {
        "id": "topic.n0",
        "state": "stale",
        "reason": "it is old",
        "issue": "https://example.org/1",
        "expires": "2030-12-31",
        "intermittent": True,
        "violations": [
            {"message": "GET /tasks/ID still finds the task.", "request": "", "expected": "404", "received": "200"}
        ],
    }
    assert (second["state"], second["issue"], second["expires"]) == ("unseen", None, None)
    assert third["state"] == "changed"


def test_json_has_signatures() -> None:
    violation = replace(broken(), signature=SIGNATURE)

    report = as_json(replace(SMALL, results=[Result(entry("id.unique"), "fail", violations=(violation,))]))

    VALIDATOR.validate(report)
    assert report["requirements"][0]["violations"][0]["signature"]["message"] == "GET /tasks/ID still finds the task."


AWKWARD = "\ud800 é \N{GRINNING FACE} \x1b[2J \0 " + "9" * 4301


@pytest.fixture
def awkward_run() -> Run:
    """A run whose every text is hard to print."""
    violation = ViolationReport(AWKWARD, AWKWARD, AWKWARD, (AWKWARD,))
    results = [
        Result(entry("id.unique"), "fail", violations=(violation,)),
        Result(entry("id.syntax"), "error", AWKWARD),
    ]
    return Run(AWKWARD, "full", results, stopped=AWKWARD)


def test_json_is_written_whole_whatever_the_text(awkward_run: Run, tmp_path: Path) -> None:
    write_whole(tmp_path / "report.json", render(awkward_run))

    assert json.loads((tmp_path / "report.json").read_text(encoding="ascii")) == as_json(awkward_run)
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_older_report_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("x" * 100_000)

    write_whole(tmp_path / "report.json", render(SMALL))

    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == as_json(SMALL)


def test_text_is_made_whatever_the_text(awkward_run: Run) -> None:
    assert AWKWARD in "\n".join(report_lines(awkward_run))


def echo(body: bytes) -> Callable[..., Iterable[bytes]]:
    """An application that answers everything with this body."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json"), ("Location", "/\xe9")])
        return [body]

    return application


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1252"])
def test_command_prints_on_any_encoding(encoding: str) -> None:
    body = b'{"id": 1, "title": "\xc3\xa9\xf0\x9f\x98\x80\\ud800\x1b[2J", "number": ' + b"9" * 4301 + b"}"
    with serve(echo(body)) as url:
        judged = run_suite(url, "--only=create,id", environment={"PYTHONIOENCODING": encoding})

    assert (judged.exit_code, judged.stderr) == (1, "")
    assert re.search(r"^FAIL create\.stored ", judged.stdout, re.MULTILINE)
    assert [line for line in judged.stdout.splitlines() if not line.isprintable()] == []
    VALIDATOR.validate(judged.report)
