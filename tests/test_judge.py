"""From a law to a result: what each way of ending amounts to, and what a session keeps from one law to the next."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from contract import expect
from contract.api import Api
from contract.expect import Blocked, Stopped, Violation
from contract.judge import judge
from contract.requirement import Level, Requirement
from contract.session import Session, Unreachable
from contract.transport import Headers, Options, Reason, Request, Response, Transport, Unanswered
from contract.transport.wsgi import WsgiTarget
from contract.verdict import Result
from tests.faults.healthy import Healthy

Answer = int | Response | Reason
Law = Callable[[Api], None]


@dataclass
class Scripted:
    """A target that gives these answers in turn, a status for an empty answer, and the last one for ever."""

    answers: Iterable[Answer]
    url: str = "http://localhost"
    in_process: bool = True
    options: Options = field(default_factory=Options)
    requests: list[Request] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answers = iter(self.answers)
        self._last: Answer = 200

    @property
    def shown_headers(self) -> Headers:
        return self.options.shown_headers

    def connect(self) -> Transport:
        return self

    def send(self, request: Request, timeout: float | None = None) -> Response:
        self.requests.append(request)
        self.timeouts.append(timeout)
        self._last = next(self._answers, self._last)
        if isinstance(self._last, int):
            return Response(self._last, (), b"")
        if isinstance(self._last, Response):
            return self._last
        raise Unanswered(self._last, "as scripted")

    def close(self) -> None:
        """There is nothing to close."""


def scripted(*answers: Answer) -> Session:
    """A session with a target that gives these answers."""
    return Session(Scripted(answers))


def judged(law: Law, session: Session, level: Level = "MUST") -> Result:
    """The result of a law."""
    return judge(Requirement("topic.slug", level, "It holds.", "", None, "module:law"), law, session)


@pytest.fixture
def server() -> Healthy:
    """A conforming server in this process."""
    return Healthy()


@pytest.fixture
def session(server: Healthy) -> Session:
    """A session with it."""
    return Session(WsgiTarget(server))


def read(api: Api) -> None:
    """A law that wants to read something."""
    expect.status(api.read(1), 200)


def test_law_that_holds(session: Session) -> None:
    result = judged(lambda api: expect.status(api.listing(), 200), session)

    assert (result.status, result.reason, result.violations) == ("pass", None, ())


def test_what_it_took() -> None:
    session = scripted(200)
    session.attempt(Request("GET", "/"))

    def law(api: Api) -> None:
        api.listing()
        api.listing()

    result = judged(law, session)

    assert result.requests == 2
    assert 0 <= result.seconds < 5


def test_law_that_is_broken() -> None:
    result = judged(read, scripted(500))

    assert result.status == "fail"
    (report,) = result.violations
    assert (report.message, report.expected, report.received, report.intermittent) == (
        "GET /tasks/1 was answered with status 500.",
        "200",
        "500",
        False,
    )
    assert report.curl == ("curl -si http://localhost/tasks/1",)


def test_should_that_is_broken_is_a_warning() -> None:
    result = judged(read, scripted(500), "SHOULD")

    assert (result.status, len(result.violations)) == ("warn", 1)


def test_violation_that_does_not_come_again_is_intermittent() -> None:
    result = judged(read, scripted(500, 200))

    assert (result.status, result.violations[0].intermittent) == ("fail", True)


@pytest.mark.parametrize("again", [503, "timeout"])
def test_violation_is_no_less_where_its_repetition_is_inconclusive(again: Answer) -> None:
    result = judged(read, scripted(500, again, 200))

    assert result.status == "fail"


def test_violation_is_kept_where_the_run_ends_while_the_law_is_repeated() -> None:
    def law(api: Api) -> None:
        if api.session.requests:
            raise Stopped("The time is over.")
        read(api)

    result = judged(law, scripted(500))

    assert (result.status, result.violations[0].intermittent) == ("fail", False)


def test_violation_is_printable() -> None:
    def law(api: Api) -> None:
        raise Violation("a\nb", expected="\x1b[2J", received="\ud800 é")

    (report,) = judged(law, scripted(200)).violations

    assert (report.message, report.expected, report.received) == ("a b", "\\x1b[2J", "\\ud800 \\xe9")


def test_secrets_are_shown_by_name() -> None:
    def law(api: Api) -> None:
        answer = api.read("t0p-secret")
        raise Violation("t0p-secret is wrong.", expected="t0p", received="t0p-secret", evidence=answer.evidence())

    target = Scripted([200], options=Options(secrets=(("t0p-secret", "$TOKEN"),)))
    (report,) = judged(law, Session(target)).violations

    assert (report.message, report.expected, report.received) == ("$TOKEN is wrong.", "t0p", "$TOKEN")
    assert "t0p-secret" not in report.curl[0]


def test_secret_in_a_reason_is_shown_by_name() -> None:
    def law(api: Api) -> None:
        raise ValueError("t0p-secret")

    target = Scripted([200], options=Options(secrets=(("t0p-secret", "$TOKEN"),)))

    assert judged(law, Session(target)).reason == "ValueError: $TOKEN"


def test_law_that_is_blocked() -> None:
    def law(api: Api) -> None:
        raise Blocked("create.stored", api.listing().exchange)

    target = Scripted([200])
    result = judged(law, Session(target))

    assert (result.status, result.blocked_by) == ("blocked", "create.stored")
    assert result.reason == "by create.stored, since GET /tasks was answered 200"
    assert len(target.requests) == 1


def test_law_that_its_own_requirement_blocks() -> None:
    def law(api: Api) -> None:
        raise Blocked("topic.slug", api.listing().exchange)

    result = judged(law, scripted(200))

    assert (result.status, result.blocked_by, result.reason) == ("fail", None, None)
    assert result.violations[0].message == "GET /tasks did not do this."
    assert result.violations[0].received.startswith("200")


def test_fault_of_the_suite() -> None:
    def law(api: Api) -> None:
        raise ValueError("two\nlines " + "x" * 5000)

    result = judged(law, scripted(200))

    assert result.status == "error"
    assert result.reason is not None
    assert result.reason.startswith("ValueError: two lines xxx")
    assert len(result.reason) <= 300


@pytest.mark.parametrize("unsettled", [429, 503, "timeout", "closed", "garbled", "refused", "short"])
def test_what_is_settled_at_the_second_try_is_judged(unsettled: Answer) -> None:
    assert judged(read, scripted(unsettled, 200)).status == "pass"


def test_violation_at_the_second_try_is_intermittent() -> None:
    result = judged(read, scripted(503, 200, 500))

    assert (result.status, result.violations[0].intermittent) == ("fail", True)


@pytest.mark.parametrize("unsettled", [503, 429, "timeout", "closed"])
def test_what_is_never_settled_is_inconclusive_and_an_incident(unsettled: Answer) -> None:
    session = scripted(unsettled, 200, unsettled, 200)

    result = judged(read, session)

    assert result.status == "inconclusive"
    assert result.reason is not None
    assert result.reason.startswith("GET /tasks/1")
    assert [exchange.request.path for exchange in session.incidents] == ["/tasks/1"]


def test_silence_of_a_server_that_has_died_is_no_violation() -> None:
    def law(api: Api) -> None:
        answer = api.attempt("GET", "/tasks/1")
        raise Violation("Nothing came.", expected="an answer", received="none", evidence=answer.evidence())

    with pytest.raises(Stopped):
        judged(law, scripted("closed"))
    assert judged(law, scripted("timeout", "timeout", 200)).status == "fail"


def test_what_is_cut_short_twice_is_blocked_by_the_framing() -> None:
    session = scripted("short")

    result = judged(read, session)

    assert (result.status, result.blocked_by) == ("blocked", "wire.framing")
    assert session.incidents == []


def test_server_that_is_busy_for_everybody_is_no_incident() -> None:
    session = scripted(503)

    assert judged(read, session).status == "inconclusive"
    assert session.incidents == []


@pytest.mark.parametrize("answers", [["timeout"], [503, 200, "timeout"]], ids=["at once", "later"])
def test_target_that_answers_no_control_ends_the_run(answers: list[Answer]) -> None:
    with pytest.raises(Stopped, match=r"^The target stopped answering: .+\.$"):
        judged(read, scripted(*answers))


def test_law_that_stops_the_run_has_no_result() -> None:
    def law(api: Api) -> None:
        raise Stopped("The time is over.")

    with pytest.raises(Stopped, match=r"^The time is over\.$"):
        judged(law, scripted(200))


@pytest.mark.parametrize(
    "error", [None, Violation("broken", expected="", received=""), Blocked("id.unique"), ValueError()], ids=repr
)
def test_what_a_law_created_is_removed_after_it(server: Healthy, session: Session, error: Exception | None) -> None:
    def law(api: Api) -> None:
        api.neighbours(3)
        if error is not None:
            raise error

    judged(law, session)

    assert server.tasks.keys() == set(Api(session).anchors)
    assert session.ledger.leftovers == []


def test_anchors_are_removed_in_the_end(server: Healthy, session: Session) -> None:
    def law(api: Api) -> None:
        api.neighbours(1)

    judged(law, session)
    Api(session).clean_up()

    assert server.tasks == {}


def test_repeated_law_does_not_want_to_be_shrunk() -> None:
    wanted = []

    def law(api: Api) -> None:
        wanted.append(api.session.shrinks)
        read(api)

    session = scripted(500)
    judged(law, session)

    assert (wanted, session.shrinks) == ([True, False], True)


class Twice(Healthy):
    """It gives two tasks the same id, and both have to be deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.deletions = 0

    def new_id(self) -> int:
        return 5

    def remove(self, task: dict[str, object]) -> None:
        self.deletions += 1
        if self.deletions == 2:
            del self.tasks[5]


def test_id_that_was_issued_twice_is_deleted_twice() -> None:
    server = Twice()
    session = Session(WsgiTarget(server))
    api = Api(session)
    for _ in range(2):
        api.create({"title": "a"})

    api.clean_up()

    assert (server.deletions, server.tasks) == (2, {})
    assert +session.ledger.alive == {}


def test_task_that_cannot_be_deleted_is_left_over() -> None:
    session = scripted(Response(201, (), b'{"id": 7}'), 405)
    api = Api(session)
    api.create({"title": "a"})

    api.clean_up()

    assert session.ledger.leftovers == [7]
    assert list(session.ledger.alive) == []


def test_task_whose_deletion_is_not_answered_stays_in_the_ledger() -> None:
    session = scripted(Response(201, (), b'{"id": 7}'), "timeout", 200)
    api = Api(session)
    api.create({"title": "a"})

    api.clean_up()
    assert list(session.ledger.alive) == [7]
    api.clean_up()
    assert list(session.ledger.alive) == []


def test_put_that_creates_makes_the_task_ours() -> None:
    session = scripted(201, 200)
    api = Api(session)
    api.replace(7, {"title": "a"})

    assert list(session.ledger.alive) == [7]


def test_refused_requests_make_no_task_ours() -> None:
    session = scripted(400)
    api = Api(session)
    api.create({"title": ""})
    api.replace(7, {"title": ""})
    api.delete(8)

    assert list(session.ledger.alive) == []


def test_budget_ends_every_request() -> None:
    session = Session(Scripted([200]), max_time=0)

    with pytest.raises(Stopped, match=r"^The time budget of 0 seconds was spent\.$"):
        session.attempt(Request("GET", "/"))
    assert session.requests == 0


def test_interrupt_ends_every_request() -> None:
    session = scripted(200)
    session.interrupted = True

    with pytest.raises(KeyboardInterrupt):
        session.attempt(Request("GET", "/"))
    assert session.requests == 0


def test_what_is_left_is_removed_after_an_interrupt() -> None:
    session = scripted(200)
    session.interrupted = True

    session.grant_clean_up()

    assert session.attempt(Request("DELETE", "/tasks/1")).response is not None


def test_what_is_left_is_removed_when_the_budget_is_spent() -> None:
    session = Session(Scripted([200]), max_time=0)

    session.grant_clean_up()

    assert session.attempt(Request("DELETE", "/tasks/1")).response is not None


def test_greeting_an_answer_of_any_kind_will_do() -> None:
    target = Scripted([500])

    exchange = Session(target).greet("/tasks", 3.0)

    assert exchange.outcome == "500"
    assert target.timeouts == [3.0]


def test_greeting_is_repeated_where_the_connection_was_closed() -> None:
    assert Session(Scripted(["closed", 200])).greet("/tasks", 3.0).outcome == "200"


@pytest.mark.parametrize("reason", ["refused", "timeout", "closed", "garbled"])
def test_target_that_never_answers(reason: Reason) -> None:
    with pytest.raises(Unreachable, match=r"^http://localhost never answered: .* \(as scripted\)\.$"):
        Session(Scripted([reason])).greet("/tasks", 3.0)


class Counting:
    """A target that counts its connections, and those that were closed."""

    url, in_process, options = "http://localhost", True, Options()
    shown_headers: Headers = ()

    def __init__(self) -> None:
        self.opened, self.closed = itertools.count(), 0
        self.used: list[int] = []

    def connect(self) -> Transport:
        return _Counted(self, next(self.opened))


class _Counted:
    def __init__(self, target: Counting, number: int) -> None:
        self._target, self._number = target, number

    def send(self, request: Request, timeout: float | None = None) -> Response:
        self._target.used.append(self._number)
        return Response(200, (), b"[]")

    def close(self) -> None:
        self._target.closed += 1


def test_each_number_has_a_connection_of_its_own() -> None:
    target = Counting()
    api = Api(Session(target))

    api.listing()
    api.observer.listing()
    api.listing()
    for _ in range(2):
        api.fresh().listing()
    api.observer.listing()

    assert target.used == [0, 1, 0, 2, 3, 1]


def test_closing_a_session_closes_its_connections() -> None:
    target = Counting()
    session = Session(target)
    for number in range(3):
        session.attempt(Request("GET", "/"), number)

    session.close()

    assert target.closed == 3


def test_numbers_differ() -> None:
    session = scripted(200)

    def numbers() -> Iterator[int]:
        yield from (session.next_number() for _ in range(100))

    assert len(set(numbers())) == 100


def test_law_creates_the_same_tasks_whatever_was_judged_before(session: Session) -> None:
    created: list[list[tuple[object, bool]]] = []

    def law(api: Api) -> None:
        tasks = api.neighbours(7)
        created.append([(task.members["done"], task.members["description"] == "") for task in tasks])

    def another(api: Api) -> None:
        api.crowd(20)
        api.neighbours(1)

    judged(law, session)
    judged(another, session)
    judged(law, session)

    assert created[0] == created[1]


def test_crowd_changes_nothing_about_the_tasks_of_a_law(session: Session) -> None:
    api = Api(session)
    alone = [task.members["done"] for task in api.neighbours(3)]
    session.begin_law()

    api.crowd(31)

    assert [task.members["done"] for task in api.neighbours(3)] == alone
