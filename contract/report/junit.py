"""The report as JUnit XML, as Jenkins, GitLab and their like read it: a test case for each requirement."""

from __future__ import annotations

from xml.etree import ElementTree

from contract import SUITE_VERSION
from contract.report.summary import meaning, reason_of_the_end, remarks, visible
from contract.report.text import violation_lines
from contract.verdict import Result, Run, Status

_ELEMENTS: dict[Status, str] = {
    "fail": "failure",
    "error": "error",
    "inconclusive": "error",
    "blocked": "error",
    "skipped": "skipped",
    "warn": "system-out",
    "known": "system-out",
}
"""What stands in the test case of a requirement that did not pass; a gate is not green while one is unjudged."""


def render(run: Run) -> str:
    """The run as JUnit XML, with one suite."""
    suite = ElementTree.Element("testsuite", name="task-contract")
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(run).items():
        ElementTree.SubElement(properties, "property", name=name, value=visible(str(value)))
    for result in run.results:
        suite.append(_testcase(result))
    if run.exit_code and not run.count("fail", "error", "inconclusive", "blocked"):
        suite.append(_verdict(run))
    numbers = _numbers(suite, run)
    root = ElementTree.Element("testsuites", {"name": "task-contract", **numbers})
    suite.attrib |= {**numbers, "skipped": str(run.count("skipped"))}
    root.append(suite)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _properties(run: Run) -> dict[str, object]:
    return {
        "target": run.target,
        "scope": run.scope,
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "reason": reason_of_the_end(run) or "",
        "contract_version": run.contract_version,
        "suite_version": SUITE_VERSION,
        "seed": run.seed,
        "requests": run.requests,
    }


def _numbers(suite: ElementTree.Element, run: Run) -> dict[str, str]:
    """The attributes that count what stands in the suite."""
    elements = {"tests": "testcase", "failures": "failure", "errors": "error"}
    found = {name: str(sum(1 for _ in suite.iter(element))) for name, element in elements.items()}
    return {**found, "time": f"{run.seconds:.3f}"}


def _testcase(result: Result) -> ElementTree.Element:
    entry = result.requirement
    case = ElementTree.Element(
        "testcase", classname=f"task-contract.{entry.topic}", name=entry.id, time=f"{result.seconds:.3f}"
    )
    element = _ELEMENTS.get(result.status)
    if element is not None:
        case.append(_outcome(element, result))
    return case


def _outcome(element: str, result: Result) -> ElementTree.Element:
    outcome = ElementTree.Element(element)
    if element != "system-out":
        first = result.violations[0].message if result.violations else result.reason
        outcome.attrib.update(type=result.status, message=visible(first or result.requirement.sentence))
    if element != "skipped":
        outcome.text = visible("\n".join(violation_lines(result)))
    return outcome


def _verdict(run: Run) -> ElementTree.Element:
    """A case of its own for a run that is not green though none of its requirements says so."""
    case = ElementTree.Element("testcase", classname="task-contract", name="verdict", time="0.000")
    message = visible(" ".join(remarks(run)) or meaning(run))
    ElementTree.SubElement(case, "error", type=run.verdict, message=message)
    return case
