"""The pace of a run: turns of a rate, and requests that are put off, on a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest

from contract.expect import Stopped
from contract.guest import Guest, GuestTransport, ReadOnly
from contract.rate import GLANCE, LONGEST_WAIT, MOST_TRIES, Pace, seconds_to_wait
from contract.transport import Headers, Request, Response

NOW = 1_700_000_000
GET = Request("GET", "/tasks")


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: float = 100.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace_of(clock: Clock, rate: float | None = None) -> Pace:
    """A pace by this clock."""
    return Pace(rate, clock=clock, sleep=clock.sleep)


def go_on() -> None:
    """The run is not to end."""


def turns(pace: Pace, clock: Clock, count: int) -> list[float]:
    """The moments, from now on, of so many turns."""
    start, found = clock.now, []
    for _ in range(count):
        pace.take_turn(go_on)
        found.append(round(clock.now - start, 6))
    return found


def refusal(status: int, *headers: tuple[str, str]) -> Response:
    """An answer without a body."""
    return Response(status, headers, b"")


def later(seconds: int | str, status: int = 429) -> Response:
    """An answer that asks to come again after so many seconds."""
    return refusal(status, ("retry-after", str(seconds)))


@dataclass
class Answers:
    """A transport that gives these answers in turn, the last one for ever; ``moments`` are those of its requests."""

    answers: list[Response]
    clock: Callable[[], float]
    moments: list[float] = field(default_factory=list)

    def send(self, request: Request, timeout: float | None = None) -> Response:
        self.moments.append(self.clock())
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def close(self) -> None:
        """There is nothing to close."""


def as_guest(answers: Answers, guest: Guest, seconds_left: float = 1000.0) -> GuestTransport:
    """The transport, used by a guest whose run has so much time left."""
    return GuestTransport(answers, guest, count=lambda _: None, require_time=go_on, seconds_left=lambda: seconds_left)


def test_without_a_rate_nobody_waits(clock: Clock) -> None:
    assert turns(pace_of(clock), clock, 100) == [0.0] * 100


def test_turns_are_a_gap_apart(clock: Clock) -> None:
    assert turns(pace_of(clock, 4), clock, 5) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_time_that_was_not_used_is_not_made_up_for(clock: Clock) -> None:
    pace = pace_of(clock, 4)
    pace.take_turn(go_on)
    clock.now += 10

    assert turns(pace, clock, 3) == [0.0, 0.25, 0.5]


def test_rate_below_one(clock: Clock) -> None:
    assert turns(pace_of(clock, 0.5), clock, 3) == [0.0, 2.0, 4.0]


def test_end_of_the_run_is_not_slept_through(clock: Clock) -> None:
    def end() -> None:
        if clock.now >= 101:
            raise Stopped("The time is over.")

    pace = pace_of(clock, 0.01)
    pace.take_turn(end)

    with pytest.raises(Stopped):
        pace.take_turn(end)

    assert clock.now == pytest.approx(101, abs=GLANCE)
    assert max(clock.naps) <= GLANCE


def test_hold_is_for_everybody(clock: Clock) -> None:
    pace = pace_of(clock)
    pace.hold(3)

    assert turns(pace, clock, 3) == [3.0, 3.0, 3.0]


def test_shorter_hold_does_not_end_a_longer_one(clock: Clock) -> None:
    pace = pace_of(clock)
    pace.hold(3)
    pace.hold(1)

    assert turns(pace, clock, 1) == [3.0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("retry-after", "7"),), 7),
        ((("retry-after", "0"),), 1),
        ((("retry-after", formatdate(NOW + 9, usegmt=True)), ("date", formatdate(NOW, usegmt=True))), 9),
        ((("retry-after", formatdate(NOW - 9, usegmt=True)), ("date", formatdate(NOW, usegmt=True))), 1),
        ((("retry-after", "Tue, 14 Nov 2023 22:13:29 -0000"), ("date", formatdate(NOW, usegmt=True))), 9),
        ((), None),
        ((("retry-after", ""),), None),
        ((("retry-after", "soon"),), None),
        ((("retry-after", "-1"),), None),
        ((("retry-after", "1.5"),), None),
        ((("retry-after", "²"),), None),
        ((("retry-after", "Tue, 99 Nov 2023 99:13:29 GMT"),), None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(status: int, headers: Headers, seconds: float | None) -> None:
    assert seconds_to_wait(Response(status, headers, b"")) == seconds


def test_retry_after_by_a_date_where_the_server_has_no_clock() -> None:
    found = seconds_to_wait(refusal(429, ("retry-after", formatdate(usegmt=True))))

    assert found == 1


@pytest.mark.parametrize("status", [200, 201, 301, 404, 413, 500, 502])
def test_other_answers_ask_for_nothing(status: int) -> None:
    assert seconds_to_wait(later(5, status)) is None


@pytest.mark.parametrize("status", [429, 503])
def test_request_is_sent_again_when_it_may_be(clock: Clock, status: int) -> None:
    answers = Answers([later(2, status), later(3, status), refusal(201)], clock)

    response = as_guest(answers, Guest(pace=pace_of(clock))).send(Request("POST", "/tasks"))

    assert response.status == 201
    assert [round(moment - 100, 3) for moment in answers.moments] == [0, 2, 5]
    assert max(clock.naps) <= GLANCE


def test_refusal_without_retry_after_is_the_answer(clock: Clock) -> None:
    answers = Answers([refusal(429)], clock)

    assert as_guest(answers, Guest(pace=pace_of(clock))).send(GET).status == 429
    assert answers.moments == [100.0]


@pytest.mark.parametrize("seconds", [LONGEST_WAIT + 1, 9 * 10**300, "9" * 400])
def test_too_long_a_wait_is_not_waited_for(clock: Clock, seconds: int) -> None:
    answers = Answers([later(seconds)], clock)

    assert as_guest(answers, Guest(pace=pace_of(clock))).send(GET).status == 429
    assert answers.moments == [100.0]


def test_wait_beyond_the_end_of_the_run_is_not_waited_for(clock: Clock) -> None:
    answers = Answers([later(5)], clock)

    assert as_guest(answers, Guest(pace=pace_of(clock)), seconds_left=5).send(GET).status == 429
    assert answers.moments == [100.0]


def test_request_is_put_off_only_so_often(clock: Clock) -> None:
    answers = Answers([later(1)], clock)

    assert as_guest(answers, Guest(pace=pace_of(clock))).send(GET).status == 429
    assert len(answers.moments) == MOST_TRIES + 1


def test_request_is_put_off_only_so_long(clock: Clock) -> None:
    answers = Answers([later(25)], clock)

    as_guest(answers, Guest(pace=pace_of(clock))).send(GET)

    assert [round(moment - 100, 3) for moment in answers.moments] == [0, 25, 50]


def test_after_a_wait_in_vain_there_is_none_until_a_request_is_processed(clock: Clock) -> None:
    guest, answers = Guest(pace=pace_of(clock)), Answers([later(1)], clock)
    transport = as_guest(answers, guest)
    transport.send(GET)
    in_vain = len(answers.moments)
    transport.send(GET)
    at_once = len(answers.moments) - in_vain
    answers.answers = [refusal(200), later(1), refusal(200)]
    transport.send(GET)
    transport.send(GET)

    assert at_once == 1
    assert answers.answers == [refusal(200)]


def test_requests_that_are_put_off_keep_to_the_rate(clock: Clock) -> None:
    answers = Answers([later(1), refusal(200)], clock)
    transport = as_guest(answers, Guest(pace=pace_of(clock, 0.5)))

    transport.send(GET)
    transport.send(GET)

    assert [round(moment - 100, 3) for moment in answers.moments] == [0, 2, 4]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "get", "REPORT", "TRACE"])
def test_read_only_run_does_not_send_what_writes(clock: Clock, method: str) -> None:
    answers = Answers([refusal(200)], clock)

    with pytest.raises(ReadOnly, match=r"^it writes, and the run is read-only$"):
        as_guest(answers, Guest(read_only=True, pace=pace_of(clock))).send(Request(method, "/tasks"))

    assert answers.moments == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_read_only_run_reads(clock: Clock, method: str) -> None:
    answers = Answers([refusal(200)], clock)

    assert as_guest(answers, Guest(read_only=True)).send(Request(method, "/tasks")).status == 200
