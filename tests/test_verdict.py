"""What the results of a run amount to: exit codes, exhaustively, and verdicts."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest

from contract.requirement import Requirement
from contract.verdict import Result, Run, Status, complete

ENTRY = Requirement("delete.gone", "MUST", "It is gone.", "", None, "module:law")
STATUSES: tuple[Status, ...] = get_args(Status)
JUDGED = {"pass", "warn", "known"}
WORDS = {0: "conforming", 1: "violating", 3: "unreachable", 4: "incomplete", 5: "suite-error"}


def run_of(*statuses: Status, **reasons: Any) -> Run:
    """A run with these results, and why it ended."""
    return Run("http://localhost", "full", [Result(ENTRY, status) for status in statuses], **reasons)


def expected_code(statuses: frozenset[Status], stopped: bool, fault: bool, unreachable: bool) -> int:
    """The first that applies: 3 never answered, 1 broken, 5 the suite's fault, 4 incomplete, 0."""
    if unreachable:
        return 3
    if "fail" in statuses:
        return 1
    if fault or "error" in statuses:
        return 5
    incomplete = stopped or not statuses & JUDGED or statuses & {"blocked", "inconclusive"}
    return 4 if incomplete else 0


COMBINATIONS = [
    frozenset(chosen) for size in range(len(STATUSES) + 1) for chosen in itertools.combinations(STATUSES, size)
]


@pytest.mark.parametrize("unreachable", [None, "It never answered."])
@pytest.mark.parametrize("fault", [None, "The suite itself failed."])
@pytest.mark.parametrize("stopped", [None, "The time is over."])
def test_first_exit_code_that_applies(stopped: str | None, fault: str | None, unreachable: str | None) -> None:
    for statuses in COMBINATIONS:
        run = run_of(*sorted(statuses), stopped=stopped, fault=fault, unreachable=unreachable)

        assert run.exit_code == expected_code(statuses, bool(stopped), bool(fault), bool(unreachable)), statuses
        assert run.verdict == WORDS[run.exit_code]


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["pass"], 0),
        (["pass", "warn", "known", "skipped"], 0),
        (["pass", "fail", "error", "blocked"], 1),
        (["pass", "error", "blocked"], 5),
        (["pass", "blocked"], 4),
        (["pass", "inconclusive"], 4),
        (["skipped"], 4),
        ([], 4),
    ],
)
def test_exit_code(statuses: list[Status], code: int) -> None:
    assert run_of(*statuses).exit_code == code


def test_only_a_run_that_judged_something_and_left_nothing_open_is_green() -> None:
    green = [statuses for statuses in COMBINATIONS if run_of(*statuses).exit_code == 0]

    assert all(statuses & JUDGED and statuses <= {*JUDGED, "skipped"} for statuses in green)
    assert len(green) == 14


def test_count() -> None:
    run = run_of("pass", "pass", "warn", "fail")

    assert (run.count("pass"), run.count("pass", "warn"), run.count("error")) == (2, 3, 0)


def test_every_requirement_has_one_result_in_the_order_of_the_catalogue() -> None:
    entries = [Requirement(f"topic.{name}", "MUST", "It is so.", "", None, f"module:{name}") for name in "abc"]

    results = complete([Result(entries[2], "pass"), Result(entries[0], "fail")], entries, "The time is over.")

    assert [(result.requirement.id, result.status, result.reason) for result in results] == [
        ("topic.a", "fail", None),
        ("topic.b", "inconclusive", "The time is over."),
        ("topic.c", "pass", None),
    ]
