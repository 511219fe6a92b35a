"""One fixed run with every status and with text that is hard to write down, as an example for every report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.requirement import Level, Requirement
from contract.verdict import NOT_SELECTED, Result, Run, Status, ViolationReport

HOSTILE = (
    "</script></summary></pre><img src=x onerror=alert(1)> ]]> ``` ~~~~ `` & &amp; %0A 100% ::error::no | a, b: c "
    "[x](javascript:0) **bold** @all #1 $x$ \\ud800 \\u0000"
)
"""What a server may answer, as the suite shows it: in one line of ASCII, a lone surrogate and a NUL as escapes."""

CONTROLS = "\x00\x07\x1b[31mred\x1b[0m \r \x7f \x85 \ufffe \ud800 \u202e \u2028"
"""Text that the suite should never show."""

CURL = (
    """id1=$(curl -s http://127.0.0.1:8000/tasks -H 'Content-Type: application/json' --data-raw '{"title":"a ``` b"}'"""
    """ | grep -oE '"id" *: *[0-9]+' | grep -oE '[0-9]+')""",
    'curl -si -X DELETE "http://127.0.0.1:8000/tasks/${id1}"',
    'curl -si "http://127.0.0.1:8000/tasks/${id1}"',
)


def entry(id: str, sentence: str = "", level: Level = "MUST", source: str | None = None) -> Requirement:
    """A requirement."""
    advice = "An UPDATE of no row is no success." if source else ""
    sentence = sentence or f"This is what {id} says."
    return Requirement(id, level, sentence, advice, source, f"contract.laws.test_{id.partition('.')[0]}:test_it")


def violation(message: str, received: str, *, intermittent: bool = False) -> ViolationReport:
    """A violation."""
    return ViolationReport(message, "404", received, CURL, intermittent)


_GONE = "After the 200 of a DELETE the task is gone from every read and from the list, on any connection, at once."
_STOPPED = "The time budget of 120 seconds was spent."

EXAMPLE = Run(
    target="http://127.0.0.1:8000/api/v1",
    scope="selection",
    results=[
        Result(entry("create.stored"), "pass", requests=31, seconds=0.0412),
        Result(entry("create.once"), "error", "RuntimeError: the suite's own fault", requests=2, seconds=0.01),
        Result(
            entry("delete.gone", _GONE, source="RFC 9110 9.3.5"),
            "fail",
            requests=44,
            seconds=0.1234,
            violations=(violation("GET /tasks/7 still finds the task.", '200 {"id":7,"title":"a"}'),),
        ),
        Result(
            entry("delete.idempotent"),
            "blocked",
            "by delete.gone, since GET /tasks/7 was answered 200",
            blocked_by="delete.gone",
        ),
        Result(
            entry("id.unique"), "fail", violations=(violation("The id 7 was issued twice.", "7, 7", intermittent=True),)
        ),
        Result(
            entry("text.exact"),
            "fail",
            violations=(ViolationReport(HOSTILE, HOSTILE, HOSTILE, (f"echo '{HOSTILE}'",)),),
        ),
        Result(entry("input.details", level="SHOULD"), "warn", violations=(violation("It has no details.", "400 {}"),)),
        Result(entry("media.accept"), "known", violations=(violation("It is refused.", "500"),)),
        Result(entry("cache.304"), "inconclusive", "GET /tasks/1 was answered 503"),
        Result(entry("race.create"), "inconclusive", _STOPPED),
        Result(entry("wire.slow"), "skipped", "it stalls connections: --intrusive"),
        Result(entry("wire.nosniff", level="SHOULD"), "skipped", NOT_SELECTED),
    ],
    requests=4321,
    seconds=12.3456,
    stopped=_STOPPED,
    leftovers=(3, 9),
)
"""A run with every status."""

GREEN = replace(
    EXAMPLE,
    scope="full",
    results=[replace(result, status="pass", reason=None, violations=()) for result in EXAMPLE.results],
    stopped=None,
    leftovers=(),
)
"""The same run against a server that conforms."""


def run_of(*statuses: Status, **members: Any) -> Run:
    """A run with these results and otherwise as the green one."""
    results = [Result(entry(f"topic.n{number}"), status) for number, status in enumerate(statuses)]
    return replace(GREEN, results=results, **members)


def hard_run() -> Run:
    """A run whose every text has what no report may hold as it is."""
    text = CONTROLS + HOSTILE
    found = ViolationReport(text, text, text, (text,))
    statuses: tuple[Status, ...] = ("fail", "warn", "known")
    results = [Result(entry(f"id.n{n}", text), status, text, violations=(found,)) for n, status in enumerate(statuses)]
    others: tuple[Status, ...] = ("error", "blocked", "inconclusive", "skipped")
    results += [Result(entry(f"text.n{n}", text), status, text) for n, status in enumerate(others)]
    return Run(text, "full", results, stopped=text)
