"""Laws as properties: Hypothesis generates the cases, the first violation is shrunk within bounds, and never lost."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from unittest import SkipTest

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test
from hypothesis.strategies import DataObject, SearchStrategy

from contract.api import Api
from contract.expect import Blocked, Violation
from contract.explore import MORE, Exploration

SHRINK_TIME = 1.0
"""Seconds for finding a smaller example after the first violation."""

_MOST_BLOCKED = 5
"""Cases after which a law gives up that could not judge a single one."""

# What is not said here would be taken from the profile that the user has loaded.
PROFILE = settings(
    backend="hypothesis",
    phases=tuple(Phase),
    verbosity=Verbosity.normal,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class _Done(BaseException):
    """Leaves Hypothesis at once, which catches only ``Exception``; ``cause`` is what the law raised."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__()
        self.cause = cause


class _Examples:
    """Runs a law on each generated case and keeps the violation with the least evidence."""

    def __init__(self, law: Callable[..., None], api: Api) -> None:
        self._law = law
        self._api = api
        self._give_up = float("inf")
        self.smallest: Violation | None = None
        self.blocked: Blocked | None = None
        self._blocked_cases = 0
        self._judged_cases = 0

    def __call__(self, **case: Any) -> None:
        if time.monotonic() >= self._give_up and self.smallest is not None:
            raise _Done(self.smallest)
        self._api.begin()
        try:
            self._law(self._api, **case)
        except Violation as violation:
            self._keep(violation)
            raise
        except Blocked as blocked:
            # Another case may still show a violation; a law with a blocked case does not pass.
            self.blocked = blocked
            self._blocked_cases += 1
            if self._blocked_cases > _MOST_BLOCKED and not self._judged_cases:
                raise _Done(blocked) from blocked
        except Exception as error:
            raise _Done(error) from error
        else:
            self._judged_cases += 1
        finally:
            self._api.clean_up(keep=self._api.anchors)

    def _keep(self, violation: Violation) -> None:
        allowed = SHRINK_TIME if self._api.session.shrinks else 0.0
        self._give_up = min(self._give_up, time.monotonic() + allowed)
        if self.smallest is None or _size(violation) <= _size(self.smallest):
            # How far shrinking gets depends on the time; the first case that fails is the same in every run.
            violation.first = self.smallest and (self.smallest.first or self.smallest)
            self.smallest = violation


def examples(
    count: int, first: Sequence[Mapping[str, Any]] = (), **strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[[Api], None]]:
    """Make a law of ``(api, **case)`` a law of ``(api)``: it holds on the ``first`` cases and ``count`` generated ones.

    Each case gets an empty journal, and what it created is removed after it. The cases are the same in every gate.
    """

    def decorate(law: Callable[..., None]) -> Callable[[Api], None]:
        @functools.wraps(law)
        def run(api: Api) -> None:
            cases = _Examples(law, api)

            def check(**case: Any) -> None:
                cases(**case)

            check.__name__ = law.__name__
            for chosen, seed in _passes(api.session.exploration, f"{law.__module__}:{law.__qualname__}", count):
                property_ = hypothesis.given(**strategies)(check)
                if seed is not None:
                    property_ = hypothesis.seed(seed)(property_)
                # A seed takes the database away, and the settings bring it back.
                property_ = chosen(property_)
                for case in reversed(first):
                    property_ = hypothesis.example(**case)(property_)
                _hold(property_, cases)
            if cases.blocked is not None:
                raise cases.blocked

        del run.__wrapped__
        return draws(run)

    return decorate


def draws(law: Callable[[Api], None]) -> Callable[[Api], None]:
    """Say that a law draws cases within, so that other seeds show more."""
    law.draws = True  # type: ignore[attr-defined]
    return law


def _passes(exploration: Exploration, law: str, count: int) -> Iterator[tuple[settings, int | None]]:
    """The settings of each pass over the cases of a law, and the seed where it is not the fixed choice."""
    kept = settings(PROFILE, derandomize=False, database=exploration.database(law), max_examples=count)
    if exploration.on:
        yield settings(kept, max_examples=MORE * count), exploration.present_seed
        return
    if exploration.remembers(law):
        yield settings(kept, phases=(Phase.reuse,)), 0
    yield settings(PROFILE, max_examples=count), None


def _hold(property_: Callable[[], None], cases: _Examples) -> None:
    """Raise what the cases of one pass show."""
    try:
        property_()
    except _Done as done:
        raise done.cause from None
    except (Unsatisfiable, SkipTest):
        """What was kept is no case of this law any more."""
    except Exception:
        # A violation that does not repeat reaches us as Hypothesis's FlakyFailure; it was seen all the same.
        if cases.smallest is not None:
            raise cases.smallest from None
        if cases.blocked is None:
            raise


def run_machine(machine: Callable[[], RuleBasedStateMachine], data: DataObject, steps: int) -> None:
    """Let a state machine take so many steps, which it draws from the ``data`` of one case of ``examples``."""
    test = get_state_machine_test(machine, settings=settings(PROFILE, stateful_step_count=steps))  # type: ignore[arg-type]
    test.hypothesis.inner_test(data)  # type: ignore[attr-defined]


def _size(violation: Violation) -> int:
    return sum(len(e.request.path) + len(e.request.body or b"") + 50 for e in violation.evidence)
