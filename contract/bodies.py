"""Requests with a body as it stands on the wire: counted, in chunks, too long, or asked for first."""

from __future__ import annotations

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.corpora.chunks import Cut, two_chunks
from contract.demand import REFUSAL, AskedFirst, StoredAsSent
from contract.exchange import created_id
from contract.expect import Blocked, Inconclusive, Violation
from contract.framing import LONG_TEXT
from contract.in_step import in_step, is_in_step
from contract.jsontext import encode, same, show
from contract.operations import whole
from contract.rate import UNSETTLED_STATUS
from contract.refusal import is_success
from contract.tasks import BODY_LIMIT, COLLECTION, Members, Task, item
from contract.transport import Request
from contract.wire import EXPECTATION, PATIENCE, Connection, asking_first, connected, in_chunks, json_request


def writes(task: Task) -> tuple[tuple[str, str, int], ...]:
    """Method, path and usual status of what has a body."""
    return ("POST", COLLECTION, 201), ("PUT", item(task.id), 200)


def require_long_text(api: Api) -> None:
    """Raise ``Blocked`` where long text of several bytes a character is not stored, however it is sent."""
    body = api.sample(description=LONG_TEXT)
    answer = api.create(body)
    if answer.status == 400:
        raise Blocked("text.length", answer.exchange)
    shown = answer.document if isinstance(answer.document, dict) else {}
    if not same({name: shown.get(name) for name in body}, body):
        raise Blocked("text.exact", answer.exchange)


def require_chunks(api: Api) -> None:
    """Raise ``Blocked`` where a body in chunks is neither read nor refused with 411."""
    with connected(api) as connection:
        request = in_chunks(json_request("POST", COLLECTION, encode(api.sample())))
        answer = connection.ask(request, pieces=two_chunks(request.body or b""))
        if not is_success(answer) and answer.status != 411:
            raise Blocked("wire.chunked", answer.exchange)


def require_read(api: Api, request: Request) -> None:
    """Raise ``Blocked`` where a body is too long that is not."""
    with connected(api) as connection:
        answer = connection.ask(request)
        if answer.status == 413:
            raise Blocked("wire.413", answer.exchange)


def sent_in_chunks(api: Api, connection: Connection, request: Request, cut: Cut) -> Answer:
    """The answer to a request whose body is cut into chunks; one that loses its connection is sent again on another."""
    pieces = cut(request.body or b"")
    answer = connection.ask(request, pieces=pieces)
    if _is_dropped(answer):
        with connected(api) as another:
            answer = another.ask(request, pieces=pieces)
    if _is_dropped(answer):
        violation = _lost_connection(answer, "a chunked body", "the usual answer, or 411")
        violation.demands = (in_step(answer, "2xx", REFUSAL, sent=b"".join(pieces)),)
        raise violation
    require_answer(answer)
    return answer


def is_answered(answer: Answer, cut: Cut, *allowed: int, times: int = 1) -> None:
    """The answer to a chunked request, sent so many times on its connection, has one of these codes."""
    try:
        expect.status(answer, *allowed)
    except Violation as violation:
        violation.demands = (in_step(answer, *allowed, sent=_sent(answer, cut), times=times),)
        raise


def _sent(answer: Answer, cut: Cut | None) -> bytes | None:
    """The body as it stood on the wire, ``None`` where it was counted."""
    return None if cut is None else b"".join(cut(answer.exchange.request.body or b""))


def _lost_connection(answer: Answer, what: str, expected: str) -> Violation:
    return Violation(
        f"{answer.request_line} with {what} lost its connection.",
        expected=expected,
        received=answer.exchange.outcome,
        evidence=answer.evidence(),
    )


def _is_dropped(answer: Answer) -> bool:
    return answer.exchange.failure is not None and answer.exchange.failure.reason not in ("timeout", "short")


def require_answer(answer: Answer) -> None:
    """Raise ``Inconclusive`` where there is no answer, or one that settles nothing."""
    if whole(answer).exchange.response is None or answer.status in UNSETTLED_STATUS:
        raise Inconclusive(answer.exchange)


def is_stored(api: Api, answer: Answer, body: Members, cut: Cut | None = None) -> None:
    """What the answer says is done is done: the task reads as it was sent, in chunks that were cut so perhaps."""
    id = created_id(answer.exchange) or (answer.document or {}).get("id", 0)
    read = api.observer.read(id)
    shown = {name: read.document.get(name) for name in body} if isinstance(read.document, dict) else None
    if not same(shown, body):
        raise Violation(
            f"{answer.request_line} was answered with {answer.status}, and another task is stored than was sent.",
            expected=show(body),
            received=read.exchange.outcome,
            evidence=read.evidence(answer),
            demands=[StoredAsSent(read.exchange, body, in_step(answer, sent=_sent(answer, cut)))],
        )


def is_too_long(api: Api, request: Request, *allowed: int, cut: Cut | None = None) -> None:
    """The body, counted or cut into chunks, is answered with 413, or with a code that is ``allowed`` too."""
    body = request.body or b""
    pieces = cut(body) if cut is not None else None
    with connected(api) as connection:
        answer = connection.ask(request, pieces=pieces)
        if _is_dropped(answer):
            violation = _lost_connection(answer, f"a body of {len(body)} bytes", "413")
            violation.demands = (in_step(answer, 413, *allowed),) if pieces else ()
            raise violation
        require_answer(answer)
        expect.status(answer, 413, *allowed)
        if connection.is_open:
            is_in_step(api, connection.ask(Request("GET", f"{COLLECTION}?limit=1")), answer)


def after_asking(connection: Connection, request: Request, value: str = EXPECTATION, *, again: bool = False) -> Answer:
    """The answer to a request that asks before it sends its body, ``again`` on the same connection.

    Raises ``Blocked`` where too long a body loses the connection.
    """
    told, answer = asked_first(connection, request, value)
    while connection.is_put_off(answer):
        told, answer = asked_first(connection, request, value)
    if told is None:
        raise Violation(
            f"{answer.request_line} with Expect: 100-continue is left waiting.",
            expected="an interim 100 or a final answer, before the body",
            received=f"neither within {PATIENCE:g} s",
            evidence=answer.evidence(),
            demands=[AskedFirst(answer.exchange, again)],
        )
    if _is_dropped(answer) and len(request.body or b"") > BODY_LIMIT:
        raise Blocked("wire.413", answer.exchange)
    require_answer(answer)
    if not told and answer.status < 400:
        raise Violation(
            f"{answer.request_line} was carried out before its body had come.",
            expected="an interim 100, or a refusal",
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[AskedFirst(answer.exchange, again)],
        )
    return answer


def asked_first(connection: Connection, request: Request, value: str = EXPECTATION) -> tuple[bool | None, Answer]:
    """Whether an interim 100 came, as ``is_told_to_continue`` has it, and the answer."""
    asking = asking_first(request, value)
    connection.begin(asking)
    told = connection.is_told_to_continue(PATIENCE)
    if told:
        connection.write_body(asking)
    return told, connection.answer(asking, timeout=None if told is not None else 0.01)
