"""The report as one HTML page: the verdict, what to mend first, and each requirement by its topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from contract import SUITE_VERSION
from contract.report.markup import Children, Markup, element, join
from contract.report.page import choice, facts, page, status_mark, toolbar
from contract.report.summary import (
    blocked_by,
    by_importance,
    counts,
    meaning,
    remarks,
)
from contract.verdict import Result, Run, ViolationReport

_FIRST = 5
_OPEN = ("fail", "error")


def render(run: Run) -> str:
    """The run as a page."""
    topics = groupby(run.results, key=lambda result: result.requirement.topic)
    blocked = _blocked(run)
    return page(
        f"{_sentence_case(meaning(run))}: {run.target}",
        _header(run),
        _mend_first(run),
        element(
            "div",
            _toolbar(run),
            (_topic(topic, list(results), blocked) for topic, results in topics),
            element("p", "No requirement matches.", class_="none", hidden=True),
            id="requirements",
        ),
    )


def _header(run: Run) -> Markup:
    known = {
        "scope": run.scope,
        "contract": run.contract_version,
        "suite": SUITE_VERSION,
        "requests": f"{run.requests:,}",
        "time": f"{run.seconds:.1f} s",
        "exit code": str(run.exit_code),
    }
    return element(
        "header",
        element("p", "task-contract", class_="eyebrow"),
        element("h1", _sentence_case(meaning(run)), class_=run.verdict),
        element("p", run.target, class_="target"),
        _bar(run),
        facts(known),
        (element("p", note, class_="note") for note in remarks(run)),
    )


def _bar(run: Run) -> Markup:
    """How the statuses share the requirements, as a bar; the toolbar and the text tell the same."""
    parts, position = [], 0
    for status, number in counts(run).items():
        parts.append(element("rect", class_=status, x=position, y=0, width=number, height=1))
        position += number
    label = ", ".join(f"{number} {status}" for status, number in counts(run).items())
    return join(
        element(
            "svg",
            parts,
            class_="bar",
            viewBox=f"0 0 {max(position, 1)} 1",
            preserveAspectRatio="none",
            aria_hidden="true",
            focusable="false",
        ),
        element("p", label, class_="counts"),
    )


def _mend_first(run: Run) -> Markup | None:
    """Links to the violations that matter most."""
    broken = [result for result in by_importance(run) if result.status in _OPEN]
    if not broken:
        return None
    blocked = _blocked(run)
    title = "Mend first" if len(broken) > _FIRST else "What is broken"
    return element(
        "nav",
        element("h2", title, id="first"),
        element("ol", (element("li", _link_to(result, blocked)) for result in broken[:_FIRST])),
        class_="first",
        aria_labelledby="first",
    )


def _link_to(result: Result, blocked: dict[str, list[str]]) -> Markup:
    entry = result.requirement
    found = result.violations[0].message if result.violations else result.reason or entry.sentence
    number = len(blocked.get(entry.id, ()))
    return join(
        _reference(entry.id),
        " ",
        element("span", found, class_="found"),
        " ",
        element("span", f"blocks {number} more", class_="blocks") if number else None,
    )


def _toolbar(run: Run) -> Markup:
    choices = [choice("", "all ", element("b", str(len(run.results))))]
    choices += [choice(status, f"{status} ", element("b", str(number))) for status, number in counts(run).items()]
    folding = (
        element("button", label, type="button", class_="fold", data_open=opens)
        for label, opens in (("Unfold all", "true"), ("Fold all", "false"))
    )
    return toolbar(choices, "Filter by text", len(run.results), folding)


def _topic(topic: str, results: list[Result], blocked: dict[str, list[str]]) -> Markup:
    met = sum(result.status == "pass" for result in results)
    return element(
        "section",
        element("h2", topic, " ", element("span", f"{met} of {len(results)} met", class_="met")),
        (_requirement(result, blocked.get(result.requirement.id, ())) for result in results),
        class_="topic",
    )


def _requirement(result: Result, blocks: Iterable[str]) -> Markup:
    entry = result.requirement
    return element(
        "details",
        element(
            "summary",
            status_mark(result.status),
            element("span", entry.id, class_="id"),
            element("span", entry.sentence, class_="sentence"),
        ),
        element("div", _details(result, list(blocks)), class_="more"),
        id=entry.id,
        class_="entry",
        data_status=result.status,
        open=result.status in _OPEN,
    )


def _details(result: Result, blocks: list[str]) -> Iterator[Children]:
    entry = result.requirement
    if result.reason:
        yield element("p", _reason(result.reason, result.blocked_by), class_="reason")
    yield map(_violation, result.violations)
    if blocks:
        yield element("p", "Blocks ", _listed(blocks), ".")
    if entry.advice:
        yield element("p", entry.advice, class_="advice")
    yield facts(
        {
            "level": entry.level,
            "source": entry.source or "the contract itself",
            "law": entry.law,
            "requests": f"{result.requests:,}",
            "time": f"{result.seconds:.2f} s",
        }
    )


def _reason(text: str, owner: str | None) -> Children:
    start = f"by {owner}"
    if owner is None or not text.startswith(start):
        return text
    return "blocked by ", _reference(owner), text[len(start) :]


def _violation(violation: ViolationReport) -> Markup:
    mark = element("span", "intermittent", class_="mark") if violation.intermittent else None
    return element(
        "div",
        element("p", violation.message, " ", mark, class_="message"),
        element("div", _side("Expected", violation.expected), _side("Received", violation.received), class_="sides"),
        _commands(violation.curl) if violation.curl else None,
        class_="violation",
    )


def _side(title: str, text: str) -> Markup:
    return element(
        "figure", element("figcaption", title), element("pre", element("code", text)), class_=f"side {title.lower()}"
    )


def _commands(lines: Iterable[str]) -> Markup:
    return element(
        "figure",
        element(
            "figcaption",
            "To see it",
            element("button", "Copy", type="button", class_="copy", hidden=True, aria_label="Copy these lines"),
        ),
        element("pre", element("code", (element("span", f"{line}\n", class_="line") for line in lines))),
        class_="commands",
    )


def _reference(id: str) -> Markup:
    return element("a", id, href=f"#{id}", class_="id")


def _listed(ids: list[str]) -> Markup:
    return join(*(join(", " if position else "", _reference(id)) for position, id in enumerate(ids)))


def _blocked(run: Run) -> dict[str, list[str]]:
    """The ids that each id blocks."""
    return {
        owner: [result.requirement.id for result in run.results if result.blocked_by == owner]
        for owner in blocked_by(run)
    }


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
