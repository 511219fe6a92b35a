"""The order in which requirements are judged."""

from __future__ import annotations

from contract.order import FIRST, judging_order
from contract.requirement import catalogue


def test_all_are_judged_once() -> None:
    assert sorted(entry.id for entry in judging_order(catalogue())) == sorted(entry.id for entry in catalogue())


def test_those_that_find_most_for_their_time_come_first() -> None:
    assert tuple(entry.id for entry in judging_order(catalogue()))[: len(FIRST)] == FIRST


def test_the_others_keep_their_order() -> None:
    others = [entry for entry in catalogue() if entry.id not in FIRST]

    assert judging_order(catalogue())[len(FIRST) :] == others


def test_what_nothing_else_could_judge_is_charged_late() -> None:
    ids = [entry.id for entry in judging_order(catalogue()) if entry.topic != "durable"]

    assert ids[-1] == "error.no-5xx"
