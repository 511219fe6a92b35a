"""What workers hand over to their controller, and what that makes of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contract.requirement import catalogue
from contract.verdict import Result, Run
from contract.workers import Gathering, hand_over
from tests.test_report import broken

CREATE, UPDATE, *_ = catalogue()
RESULTS = [
    Result(CREATE, "fail", requests=3, seconds=0.5, violations=(broken(), broken(intermittent=True))),
    Result(UPDATE, "blocked", "by it", blocked_by=CREATE.id, blocking=broken()),
]


def worker(run: Run, results: list[Result]) -> SimpleNamespace:
    """A node whose process has handed this over."""
    config: Any = SimpleNamespace(workeroutput={})
    hand_over(config, run, results)
    return SimpleNamespace(workeroutput=config.workeroutput)


def run_of(**values: Any) -> Run:
    """A run."""
    return Run("http://localhost", "full", **values)


def gathered(*nodes: Any) -> tuple[Run, list[Result]]:
    """The run and the results that come of what these nodes have handed over."""
    run, results = run_of(), list[Result]()
    gathering = Gathering(run, results, catalogue())
    for node in nodes:
        gathering.pytest_testnodedown(node, None)
    return run, results


def test_results_arrive_as_they_were() -> None:
    _, results = gathered(worker(run_of(), RESULTS))

    assert results == RESULTS


def test_results_of_several_workers_are_put_together() -> None:
    first = worker(run_of(requests=10, leftovers=(3, 7)), RESULTS[:1])
    second = worker(run_of(requests=5, leftovers=(1, 7), stopped="The time is over."), RESULTS[1:])

    run, results = gathered(first, second)

    assert results == RESULTS
    assert (run.requests, run.leftovers, run.stopped, run.fault) == (15, (1, 3, 7), "The time is over.", None)


def test_worker_that_ends_twice_counts_once() -> None:
    node = worker(run_of(requests=10), RESULTS)

    run, results = gathered(node, node)

    assert (run.requests, results) == (10, RESULTS)


@pytest.mark.parametrize("name", ["fault", "unreachable", "stopped"])
def test_what_ends_one_worker_ends_the_run(name: str) -> None:
    run, _ = gathered(worker(run_of(), RESULTS[:1]), worker(run_of(**{name: "Why."}), []))

    assert getattr(run, name) == "Why."


def test_worker_that_says_nothing_is_a_fault() -> None:
    run, _ = gathered(SimpleNamespace())

    assert run.fault == "A worker of the run ended before it could say what it found."
    assert run.exit_code == 5
