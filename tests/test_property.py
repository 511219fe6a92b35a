"""Laws as properties: which cases they get, and what becomes of each way in which a case can end."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import strategies as st

from contract import property as property_module
from contract.api import Api
from contract.expect import Blocked, Inconclusive, Stopped, Violation
from contract.property import examples
from contract.session import Session
from contract.transport.wsgi import WsgiTarget
from tests.faults.healthy import Healthy
from tests.targets import PATIENCE, ROOT

Law = Callable[[Api], None]

PROGRAM = """
from hypothesis import Phase, Verbosity, settings

{profile}
from hypothesis import strategies as st
from contract.api import Api
from contract.property import examples
from contract.session import Session
from contract.transport.wsgi import WsgiTarget
from tests.faults.healthy import Healthy

@examples(8, number=st.integers(), text=st.text())
def law(api, number, text):
    print(number, ascii(text))

law(Api(Session(WsgiTarget(Healthy()))))
"""
FOREIGN_PROFILE = """
settings.register_profile(
    "mine", max_examples=1, phases=[Phase.explicit], derandomize=False, deadline=1, verbosity=Verbosity.debug,
    print_blob=True, stateful_step_count=1,
)
settings.load_profile("mine")
"""


@pytest.fixture
def server() -> Healthy:
    """A conforming server in this process."""
    return Healthy()


@pytest.fixture
def api(server: Healthy) -> Api:
    """A client of it."""
    return Api(Session(WsgiTarget(server)))


def violation(message: str = "broken") -> Violation:
    """A violation without evidence."""
    return Violation(message, expected="this", received="that")


def cases_of(api: Api, count: int = 20) -> list[int]:
    """The cases of a law that always holds."""
    seen: list[int] = []

    @examples(count, number=st.integers())
    def law(api: Api, number: int) -> None:
        seen.append(number)

    law(api)
    return seen


def test_as_many_cases_as_asked_for_and_the_same_in_each_run(api: Api) -> None:
    cases = cases_of(api)

    assert len(set(cases)) == len(cases) == 20
    assert cases_of(api) == cases


def run_program(profile: str = "", **variables: str) -> str:
    """What the program prints that runs a law of eight cases."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(profile=profile)],
        cwd=ROOT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return finished.stdout


def test_cases_are_the_same_in_another_process_whatever_the_user_configured() -> None:
    plain = run_program()

    assert len(plain.splitlines()) == 8
    assert run_program(CI="true", PYTHONHASHSEED="1") == plain
    assert run_program(FOREIGN_PROFILE, PYTHONHASHSEED="2") == plain


def test_law_keeps_its_name_and_sentence() -> None:
    @examples(1, number=st.integers())
    def test_law(api: Api, number: int) -> None:
        """Everything holds."""

    assert (test_law.__name__, test_law.__doc__) == ("test_law", "Everything holds.")


def test_violation_is_shrunk(api: Api) -> None:
    @examples(100, title=st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=200))
    def law(api: Api, title: str) -> None:
        answer = api.create({"title": title})
        if "q" in title.lower():
            raise Violation(title, expected="this", received="that", evidence=answer.evidence())

    with pytest.raises(Violation) as caught:
        law(api)

    assert caught.value.message.lower() == "q"


def test_shrinking_ends_when_its_time_is_over(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(property_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(property_module, "SHRINK_TIME", 10)
    calls = []

    @examples(100, numbers=st.lists(st.integers(), min_size=30))
    def law(api: Api, numbers: list[int]) -> None:
        calls.append(numbers)
        raise violation()

    with pytest.raises(Violation):
        law(api)

    assert 2 <= len(calls) <= 15


def test_violation_is_not_shrunk_where_the_session_does_not_want_it(api: Api) -> None:
    api.session.shrinks = False
    calls = []

    @examples(100, numbers=st.lists(st.integers(), min_size=30))
    def law(api: Api, numbers: list[int]) -> None:
        calls.append(numbers)
        raise violation()

    with pytest.raises(Violation):
        law(api)

    assert len(calls) == 1


def test_violation_that_does_not_repeat_is_kept(api: Api) -> None:
    calls = []

    @examples(50, number=st.integers())
    def law(api: Api, number: int) -> None:
        calls.append(number)
        if len(calls) == 30:
            raise violation("seen once")

    with pytest.raises(Violation, match=r"^seen once$"):
        law(api)


def test_of_several_violations_that_with_the_least_evidence_is_kept(api: Api) -> None:
    @examples(50, length=st.integers(1, 200))
    def law(api: Api, length: int) -> None:
        answer = api.create({"title": "x" * length})
        raise Violation(str(length), expected="this", received="that", evidence=answer.evidence())

    with pytest.raises(Violation) as caught:
        law(api)

    assert caught.value.message == "1"


def test_law_does_not_pass_with_a_blocked_case(api: Api) -> None:
    @examples(50, number=st.integers(0, 100))
    def law(api: Api, number: int) -> None:
        if number == 0:
            raise Blocked("create.stored")

    with pytest.raises(Blocked, match=r"^by create\.stored$"):
        law(api)


def test_blocked_case_does_not_hide_a_violation(api: Api) -> None:
    @examples(50, number=st.integers(0, 100))
    def law(api: Api, number: int) -> None:
        if number == 0:
            raise Blocked("create.stored")
        if number > 50:
            raise violation()

    with pytest.raises(Violation):
        law(api)


def test_violation_is_found_among_mostly_blocked_cases(api: Api) -> None:
    @examples(100, [{"number": 0}], number=st.integers(0, 9))
    def law(api: Api, number: int) -> None:
        if number == 9:
            raise violation()
        if number:
            raise Blocked("create.stored")

    with pytest.raises(Violation):
        law(api)


def test_first_cases_come_first(api: Api) -> None:
    numbers = []

    @examples(3, [{"number": 7}, {"number": 5}], number=st.integers(10, 20))
    def law(api: Api, number: int) -> None:
        numbers.append(number)

    law(api)

    assert numbers[:2] == [7, 5]
    assert len(numbers) == 5


@pytest.mark.parametrize("count", [1, 3, 100])
def test_law_whose_cases_are_all_blocked_is_blocked_soon(api: Api, count: int) -> None:
    calls = []

    @examples(count, number=st.integers())
    def law(api: Api, number: int) -> None:
        calls.append(number)
        raise Blocked("create.stored")

    with pytest.raises(Blocked):
        law(api)

    assert len(calls) <= 10


@pytest.mark.parametrize(
    "error",
    [Stopped("over"), ValueError("a fault of the suite"), RecursionError(), AssertionError("no violation")],
    ids=repr,
)
def test_other_errors_pass_through_at_once(api: Api, error: Exception) -> None:
    calls = []

    @examples(50, number=st.integers())
    def law(api: Api, number: int) -> None:
        calls.append(number)
        raise error

    with pytest.raises(type(error)) as caught:
        law(api)

    assert caught.value is error
    assert len(calls) == 1


def test_inconclusive_case_ends_the_law(api: Api) -> None:
    @examples(50, number=st.integers())
    def law(api: Api, number: int) -> None:
        raise Inconclusive(api.listing().exchange)

    with pytest.raises(Inconclusive):
        law(api)


def test_error_after_a_violation_is_not_taken_for_a_pass(api: Api) -> None:
    calls = []

    @examples(50, number=st.integers())
    def law(api: Api, number: int) -> None:
        calls.append(number)
        raise violation() if len(calls) == 1 else Stopped("over")

    with pytest.raises((Violation, Stopped)):
        law(api)


def test_each_case_begins_with_an_empty_journal(api: Api) -> None:
    lengths = []

    @examples(10, number=st.integers())
    def law(api: Api, number: int) -> None:
        lengths.append(len(api.journal.exchanges))
        api.listing()

    law(api)

    assert lengths == [0] * 10


@pytest.mark.parametrize("error", [None, violation(), Blocked("create.stored"), ValueError()], ids=repr)
def test_what_a_case_created_is_removed_after_it(api: Api, server: Healthy, error: Exception | None) -> None:
    left = []

    @examples(10, number=st.integers())
    def law(api: Api, number: int) -> None:
        left.append(server.tasks.keys() - api.anchors)
        api.neighbours(2)
        if error is not None:
            raise error

    if error is None:
        law(api)
    else:
        with pytest.raises(type(error)):
            law(api)

    assert {frozenset(ids) for ids in left} == {frozenset()}
    assert server.tasks.keys() - api.anchors == set()


def test_violation_knows_the_first_one(api: Api) -> None:
    seen: list[int] = []

    @examples(50, number=st.integers(0, 10_000))
    def law(api: Api, number: int) -> None:
        if number > 40:
            seen.append(number)
            raise violation(f"broken by {number}")

    with pytest.raises(Violation) as raised:
        law(api)

    assert len(set(seen)) > 1
    assert raised.value.message == "broken by 41"
    assert raised.value.first is not None
    assert raised.value.first.message == f"broken by {seen[0]}"
