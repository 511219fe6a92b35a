"""Step by step: the first requirement that is not met, what stands behind it, and how far that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.ladder import ENDED, causes, is_unmet, next_lines, rungs
from contract.requirement import Level, catalogue
from contract.session import Session
from contract.transport.wsgi import WsgiTarget
from contract.verdict import Result, Run, Status
from tests.faults.delete import DeletesNothingThatIsDone
from tests.targets import ROOT, dead_port, run_suite, serve
from tests.test_report import broken, entry
from tests.tutorial.app import app as tutorial

STEPS = rungs(catalogue())


def run_of(*results: Result, stopped: str | None = ENDED) -> Run:
    """A run with these results."""
    return Run("http://127.0.0.1:8000", "full", list(results), stopped=stopped)


def test_core_comes_first_in_the_order_of_the_catalogue() -> None:
    entries = catalogue()

    core = [step for step in STEPS if step.is_core]

    assert core == STEPS[: len(core)] == [one for one in entries if one.is_core]
    assert STEPS[0].id == "create.stored"
    assert sorted(step.id for step in STEPS) == sorted(one.id for one in entries)


@pytest.mark.parametrize(
    ("status", "level", "unmet"),
    [
        *((status, "MUST", True) for status in ("fail", "error", "blocked", "inconclusive")),
        *((status, "MUST", False) for status in ("pass", "skipped", "known")),
        ("warn", "SHOULD", False),
        ("blocked", "SHOULD", False),
    ],
)
def test_unmet(status: Status, level: Level, unmet: bool) -> None:
    assert is_unmet(Result(entry("a.b", level), status)) is unmet


def test_what_comes_next() -> None:
    known = replace(entry("delete.gone", source="RFC 9110 9.3.5"), advice="Remove it from the list too.")
    run = run_of(
        Result(entry("create.stored"), "pass"),
        Result(entry("delete.gone"), "blocked", "by read.missing"),
        Result(known, "fail", violations=(broken(),)),
        Result(entry("id.unique"), "inconclusive", ENDED),
        Result(entry("race.list"), "skipped", "not selected"),
    )

    assert "\n".join(next_lines(run)) == (
        "FAIL delete.gone (MUST)  [RFC 9110 9.3.5]\n"
        "  The sentence of delete.gone.\n"
        "  Remove it from the list too.\n"
        "  GET /tasks/1 still finds the task.\n"
        "    expected  404\n"
        '    received  200 {"id":1}\n'
        "    $ id1=$(curl -s http://127.0.0.1:8000/tasks | grep 1)\n"
        '    $ curl -si "http://127.0.0.1:8000/tasks/${id1}"\n'
        "\n"
        "http://127.0.0.1:8000: 1 of 4 requirements are met, next is delete.gone (exit code 1)"
    )


def test_nothing_comes_next() -> None:
    run = run_of(Result(entry("create.stored"), "pass"), Result(entry("a.b"), "skipped", "why"), stopped=None)

    assert list(next_lines(run)) == ["http://127.0.0.1:8000: 1 of 1 requirements are met (exit code 0)"]


def test_end_of_the_time_is_said() -> None:
    late = "The time budget of 5 seconds was spent."
    run = run_of(Result(entry("create.stored"), "pass"), Result(entry("a.b"), "inconclusive", late), stopped=late)

    assert list(next_lines(run)) == [late, "http://127.0.0.1:8000: 1 of 2 requirements are met (exit code 4)"]


def test_cause_of_a_block() -> None:
    session = Session(WsgiTarget(DeletesNothingThatIsDone()))
    blocked = Result(entry("read.missing"), "blocked", "by delete.gone", blocked_by="delete.gone")

    found = causes(blocked, catalogue(), [blocked], session)

    assert [(one.requirement.id, one.status) for one in found] == [("delete.gone", "fail")]


def test_cause_that_was_judged_before_is_not_judged_again() -> None:
    session = Session(WsgiTarget(DeletesNothingThatIsDone()))
    blocked = Result(entry("read.missing"), "blocked", "by delete.gone", blocked_by="delete.gone")

    found = causes(blocked, catalogue(), [Result(entry("delete.gone"), "pass"), blocked], session)

    assert (found, session.requests) == ([], 0)


def test_first_step_that_a_tutorial_does_not_make() -> None:
    with serve(tutorial) as url:
        judged = run_suite(url, "--next")

    assert judged.exit_code == 1
    assert judged.stdout.strip().splitlines()[0] == "FAIL create.location (MUST)  [RFC 9110 10.2.2]"
    assert judged.stdout.splitlines()[-1].endswith(
        f": 1 of {len(STEPS)} requirements are met, next is create.location (exit code 1)"
    )
    assert judged.report is not None
    assert judged.report["requests"] < 400
    assert judged.report["leftovers"] == []
    assert {id for id, status in judged.statuses.items() if status == "fail"} == {"create.location"}


def test_root_of_what_is_blocked_comes_next() -> None:
    judged = run_suite("wsgi:tests.faults.delete:DeletesNothingThatIsDone()", "--next", "--only=read", folder=ROOT)

    assert judged.exit_code == 1
    assert judged.stdout.strip().startswith("FAIL delete.gone (MUST)")
    assert judged.statuses["delete.gone"] == "fail"


def test_everything_is_met() -> None:
    judged = run_suite("wsgi:reference_app:create_app()", "--next", "--only=create,list.order", folder=ROOT)

    assert judged.exit_code == 0
    assert judged.stdout.splitlines()[-1].endswith(": 5 of 5 requirements are met (exit code 0)")


def test_target_that_does_not_answer() -> None:
    judged = run_suite(f"http://127.0.0.1:{dead_port()}", "--next")

    assert judged.exit_code == 3
    assert judged.stdout.count("never answered") == 1
    assert f"0 of {len(STEPS)} requirements are met (exit code 3)" in judged.stdout
