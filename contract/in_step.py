"""Whether a connection is in step: each request on it gets its own answer, whole and without a byte more."""

from __future__ import annotations

from contract.answer import Answer
from contract.api import Api
from contract.demand import ANY_WHOLE_ANSWER, OnTheWire
from contract.expect import Blocked, Inconclusive, Violation
from contract.jsontext import same, show
from contract.rate import UNSETTLED_STATUS
from contract.tasks import Task
from contract.wire import Connection, chunked, is_chunked

_LEFT_WAITING = "left waiting"


def is_complete(answer: Answer, *before: Answer, is_late: bool = False) -> None:
    """The answer is a message of the length that it announces, or there is none since the connection was closed.

    The answers ``before`` are part of the evidence. Where the body ``is_late`` it came a while after its head.
    """
    failure = answer.exchange.failure
    if failure is None or failure.reason == "closed":
        return
    if failure.reason == "timeout":
        raise Inconclusive(answer.exchange)
    raise Violation(
        f"What answers {answer.request_line} is no HTTP message, or another length than it announces.",
        expected="a message of the announced length",
        received=str(failure),
        evidence=answer.evidence(*before),
        demands=[in_step(answer, is_late=is_late)],
    )


def has_no_surplus(connection: Connection, answer: Answer) -> None:
    """Nothing more came after the answer, before the connection was closed."""
    surplus = connection.surplus() if answer.exchange.response is not None else b""
    if surplus:
        raise _out_of_step(answer, f"{len(surplus)} bytes more: {show(surplus[:100].decode('latin-1'))}")


def is_in_step(api: Api, control: Answer, answer: Answer, task: Task | None = None, *, is_late: bool = False) -> None:
    """The request after ``answer``, on the same connection, gets its own answer, or none since the server closed it.

    Where the body of the first ``is_late`` it came a while after its head.
    """
    failure = control.exchange.failure
    if failure is not None and failure.reason == "closed":
        return
    if failure is not None and failure.reason == "timeout":
        if api.session.memory.get(_LEFT_WAITING) and _is_answered_elsewhere(api, control):
            received = f"{control.request_line} was not answered, though another connection was"
            raise _out_of_step(answer, received, is_late=is_late)
        # Once may be chance: the law is judged again.
        api.session.memory[_LEFT_WAITING] = True
        raise Inconclusive(control.exchange)
    if control.status in UNSETTLED_STATUS:
        raise Inconclusive(control.exchange)
    shown = control.document if control.status == 200 else None
    if task is not None and shown is None:
        read = api.observer.read(task.id)
        if read.status == control.status:
            raise Blocked("read.safe", read.exchange)
    if shown is None or (task is not None and not same(shown, task.representation) and shown != _present(api, task)):
        raise _out_of_step(answer, f"{control.request_line} was answered {control.exchange.outcome}", is_late=is_late)


def _is_answered_elsewhere(api: Api, control: Answer) -> bool:
    request = control.exchange.request
    return api.fresh().attempt(request.method, request.path).status == 200


def _present(api: Api, task: Task) -> object:
    return api.observer.read(task.id).document


def _out_of_step(answer: Answer, received: str, *, is_late: bool = False) -> Violation:
    late = ", whose body came later," if is_late else ""
    return Violation(
        f"After {answer.request_line}{late} ({answer.status}) the connection is out of step.",
        expected="the answer to the next request on the same connection, or its end",
        received=received,
        evidence=answer.evidence(),
        demands=[in_step(answer, is_late=is_late)],
    )


def in_step(
    answer: Answer, *allowed: int | str, sent: bytes | None = None, times: int = 1, is_late: bool = False
) -> OnTheWire:
    """The request, with its body as it was sent, is answered in step, with one of these codes, or with any."""
    request = answer.exchange.request
    body = request.body or b""
    if sent is None:
        sent = b"".join(chunked([body])) if is_chunked(request) else body
    return OnTheWire(answer.exchange, sent, allowed or ANY_WHOLE_ANSWER, times, is_late)
