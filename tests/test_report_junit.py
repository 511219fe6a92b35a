"""The JUnit report: valid by the schema that Jenkins has, and what a reader of it finds."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from contract.report.junit import render
from contract.report.summary import visible
from contract.verdict import Run
from tests.example_run import CONTROLS, EXAMPLE, GREEN, HOSTILE, hard_run, run_of

SCHEMA = xmlschema.XMLSchema10(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))
RUNS = {
    "example": EXAMPLE,
    "green": GREEN,
    "hard": hard_run(),
    "empty": run_of(),
    "unreachable": run_of("inconclusive", unreachable="It never answered."),
    "fault": run_of("pass", fault="The suite itself failed."),
}


def suite_of(run: Run) -> TestSuite:
    """The suite as junitparser reads it."""
    (suite,) = JUnitXml.fromstring(render(run).encode())
    assert isinstance(suite, TestSuite)
    return suite


def cases_of(run: Run) -> dict[str, TestCase]:
    """The test cases by their name."""
    return {str(case.name): case for case in suite_of(run) if isinstance(case, TestCase)}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_report_meets_the_schema(run: Run) -> None:
    SCHEMA.validate(ElementTree.ElementTree(ElementTree.fromstring(render(run))))


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_numbers_are_those_of_the_cases(run: Run) -> None:
    suite = suite_of(run)
    stated = (suite.tests, suite.failures, suite.errors, suite.skipped)

    suite.update_statistics()  # type: ignore[no-untyped-call]

    assert stated == (suite.tests, suite.failures, suite.errors, suite.skipped)


def test_every_requirement_is_a_case() -> None:
    found = [(case.classname, case.name, case.time) for case in cases_of(EXAMPLE).values()]

    assert found == [
        (f"task-contract.{result.requirement.topic}", result.requirement.id, round(result.seconds, 3))
        for result in EXAMPLE.results
    ]


@pytest.mark.parametrize(
    ("id", "element", "type"),
    [
        ("delete.gone", Failure, "fail"),
        ("create.once", Error, "error"),
        ("delete.idempotent", Error, "blocked"),
        ("cache.304", Error, "inconclusive"),
        ("wire.slow", Skipped, "skipped"),
    ],
)
def test_what_is_not_met_or_not_judged_is_not_green(id: str, element: type, type: str) -> None:
    (outcome,) = cases_of(EXAMPLE)[id].result

    assert isinstance(outcome, element)
    assert outcome.type == type


@pytest.mark.parametrize("id", ["input.details", "media.accept"])
def test_what_is_let_pass_is_told(id: str) -> None:
    case = cases_of(EXAMPLE)[id]

    assert case.is_passed
    assert "expected  404" in (case.system_out or "")


def test_failure_tells_what_the_text_report_tells() -> None:
    (outcome,) = cases_of(EXAMPLE)["delete.gone"].result

    assert outcome.message == "GET /tasks/7 still finds the task."
    assert "[RFC 9110 9.3.5]" in outcome.text
    assert '    $ curl -si "http://127.0.0.1:8000/tasks/${id1}"' in outcome.text


def test_text_comes_back_as_it_was() -> None:
    (outcome,) = cases_of(EXAMPLE)["text.exact"].result

    assert outcome.message == HOSTILE


def test_what_xml_forbids_is_shown_as_escapes() -> None:
    (outcome,) = cases_of(hard_run())["id.n0"].result

    assert outcome.message == visible(CONTROLS) + HOSTILE
    assert r"\x00\x07\x1b[31mred\x1b[0m \r \x7f \x85 \ufffe \ud800 \u202e \u2028" in outcome.message


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (run_of("pass", fault="The suite itself failed."), "The suite itself failed."),
        (run_of("pass", stopped="The time is over."), "The time is over."),
        (run_of("skipped"), "incomplete"),
        (run_of(), "incomplete"),
    ],
)
def test_run_that_is_not_green_has_a_case_that_says_so(run: Run, message: str) -> None:
    (outcome,) = cases_of(run)["verdict"].result

    assert isinstance(outcome, Error)
    assert outcome.message == message


@pytest.mark.parametrize("run", [GREEN, EXAMPLE, run_of("pass", "skipped", "warn", "known"), run_of("blocked")])
def test_run_whose_cases_tell_its_verdict_has_no_other(run: Run) -> None:
    assert "verdict" not in cases_of(run)
