"""The badge: what it counts, how it is coloured and what it is called."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from contract.report.badge import render
from contract.verdict import NOT_SELECTED, Result, Run
from tests.example_run import GREEN, entry, run_of

SVG = "{http://www.w3.org/2000/svg}"
GREEN_COLOUR, ACCEPTED, RED, AMBER, GREY, PURPLE = "#1b7340", "#6a5d00", "#b3261e", "#7a5a00", "#5c6670", "#7a2e9d"
RUNS = {
    "all met": (GREEN, "full", "10/10", GREEN_COLOUR),
    "a SHOULD is not met": (
        replace(GREEN, results=[*GREEN.results, Result(entry("a.b", level="SHOULD"), "warn")]),
        "full",
        "10/10",
        GREEN_COLOUR,
    ),
    "a MUST is not met": (run_of("pass", "fail"), "full", "1/2", RED),
    "a MUST is known": (run_of("pass", "known"), "full", "1/2", ACCEPTED),
    "a MUST was not judged": (run_of("pass", "skipped"), "full", "1/2", ACCEPTED),
    "blocked": (run_of("pass", "blocked", "inconclusive"), "full", "1/3", AMBER),
    "in process": (run_of("pass", "skipped", scope="in-process"), "full, in process", "1/2", ACCEPTED),
    "nothing judged": (run_of(), "full", "incomplete", AMBER),
    "unreachable": (run_of("inconclusive", unreachable="It never answered."), "full", "unreachable", GREY),
    "the suite's fault": (run_of("pass", "error"), "full", "a fault of the suite", PURPLE),
}


def selection(*ids: str) -> Run:
    """A run over a part of four requirements, two of which are core."""
    results = [
        Result(entry(id), "pass") if id in ids else Result(entry(id), "skipped", NOT_SELECTED)
        for id in ("create.once", "list.order", "list.limit", "wire.slow")
    ]
    return replace(GREEN, scope="selection", results=results)


def texts(run: Run) -> list[str]:
    """The two texts of the badge."""
    return [text.text or "" for text in ElementTree.fromstring(render(run)).iter(f"{SVG}text")]


@pytest.mark.parametrize(("run", "label", "value", "colour"), RUNS.values(), ids=RUNS)
def test_badge(run: Run, label: str, value: str, colour: str) -> None:
    fills = [rect.get("fill") for rect in ElementTree.fromstring(render(run)).iter(f"{SVG}rect")]

    assert texts(run) == [label, value]
    assert fills[-1] == colour


def test_selection_core_is_named_where_it_is_exactly_that() -> None:
    assert texts(selection("create.once", "list.order")) == ["core", "2/2"]
    assert texts(selection("create.once")) == ["selection", "1/1"]
    assert texts(selection("create.once", "list.order", "list.limit")) == ["selection", "3/3"]


def test_what_the_pinned_contract_does_not_have_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contract.requirement.CONTRACT_VERSIONS", ("1.0", "1.1"))
    newer = Result(replace(entry("a.b"), since="1.1"), "skipped", "it is new in version 1.1 of the contract")

    assert texts(replace(GREEN, results=[*GREEN.results, newer])) == ["full", "10/10"]


def test_badge_has_a_name_for_those_who_do_not_see_it() -> None:
    picture = ElementTree.fromstring(render(GREEN))

    title = "task contract, full: 10 of 10 MUSTs met, conforming"
    assert picture.findtext(f"{SVG}title") == title
    assert (picture.get("role"), picture.get("aria-label")) == ("img", title)


def test_longer_text_takes_more_room() -> None:
    short, long = (int(ElementTree.fromstring(render(run)).get("width", "")) for run in (GREEN, RUNS["in process"][0]))

    assert short < 100 < long < 160
