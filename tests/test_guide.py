"""The guide to building a server: each step meets what it says, and the last one conforms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest

from contract.judge import judge
from contract.requirement import Requirement, catalogue, law_of, select
from contract.session import Session
from contract.transport import Options
from contract.transport.opening import open_target
from contract.transport.wsgi import Application, WsgiTarget
from contract.verdict import Result
from tests.ladder import FILE, Step, steps
from tests.targets import serve

STEPS = steps()
OVER_HTTP = ("race", "wire")


def application(step: Step) -> Application:
    """The application of a step, with tasks of its own."""
    names: dict[str, Any] = {}
    exec(compile(step.source, step.title, "exec"), names)
    found: Application = names["application"]
    return found


def results(step: Step, entries: Iterable[Requirement]) -> Iterator[Result]:
    """The results of a step, in process as far as that is possible."""
    app = application(step)
    inside = Session(WsgiTarget(app))
    with serve(app) as url, closing(Session(open_target(url, Options()))) as outside:
        for entry in entries:
            yield judge(entry, law_of(entry), outside if entry.topic in OVER_HTTP else inside)


def unmet(step: Step, entries: Iterable[Requirement]) -> dict[str, str]:
    """Those of the requirements that a step does not meet, and why."""
    found = results(step, entries)
    return {result.requirement.id: f"{result.status} {result.reason}" for result in found if result.status != "pass"}


def first_left(step: Step) -> Requirement:
    """The first requirement of which neither this step nor an earlier one says that it is met."""
    met = {name for earlier in STEPS[: STEPS.index(step) + 1] for name in earlier.meets}
    return next(entry for entry in catalogue() if entry.id not in met and entry.topic not in met)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_step_meets_what_it_says(step: Step) -> None:
    assert unmet(step, select(catalogue(), step.meets)) == {}


@pytest.mark.parametrize("step", [step for step in STEPS if step.next], ids=lambda step: step.title)
def test_next_is_the_first_that_is_not_met_or_what_blocks_it(step: Step) -> None:
    entry = first_left(step)
    (result,) = results(step, [entry])

    assert result.status in ("fail", "blocked")
    assert step.next == (result.blocked_by or entry.id)


def test_last_step_conforms() -> None:
    assert unmet(STEPS[-1], [entry for entry in catalogue() if entry.topic != "durable"]) == {}


def test_file_is_what_the_steps_lead_to() -> None:
    assert FILE.read_text(encoding="utf-8") == STEPS[-1].source, "write it anew with: python -m tests.ladder"
