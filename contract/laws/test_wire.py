"""The wire: how requests and answers are framed, and what becomes of those that are odd, cut off or slow."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import product

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.bodies import (
    after_asking,
    asked_first,
    is_answered,
    is_stored,
    is_too_long,
    require_answer,
    require_chunks,
    require_long_text,
    require_read,
    sent_in_chunks,
    writes,
)
from contract.conditional import if_match, if_none_match
from contract.corpora.chunks import CUTS, single_chunk, two_chunks
from contract.cut_off import at_work, cut_off, is_forgotten, posts_are_stored, unharmed
from contract.demand import Field, NoneTitled, NotStalled
from contract.expect import Blocked, Inconclusive, Violation
from contract.framing import LONG_TEXT, is_asking, of_another_length, of_every_kind, of_late_bodies
from contract.in_step import has_no_surplus, is_complete, is_in_step
from contract.jsontext import encode, same, show
from contract.operations import settled
from contract.refusal import is_success
from contract.requirement import requirement
from contract.stalled import BEGINNINGS, stalled, still_answered, unread
from contract.tasks import BODY_LIMIT, COLLECTION, item
from contract.transport import Request
from contract.wire import (
    EXPECTATION,
    PATIENCE,
    chunked,
    connected,
    http_target,
    in_chunks,
    is_chunked,
    json_request,
    may_be_stalled,
)

_LONG = 2 * BODY_LIMIT
_TRIES = 3
_ANSWERED_WITHIN = 2.0
_SOON = 0.05


@requirement("wire.framing", source="RFC 9112 6 and 9.3")
def test_framing(api: Api) -> None:
    """The lengths of answers are true, answers to HEAD and those with 204 or 304 carry no bytes, and after any refusal
    the connection is in step or closed.

    A refused body that stays on the connection is taken for the next request, somebody else's perhaps.
    """
    (_, task), deleted = api.arrange(api.sample(), api.sample(description=LONG_TEXT)), api.gone()
    control = json_request("GET", item(task.id), b"")
    control = replace(control, headers=(), body=None)

    with ExitStack() as stack:
        connection = stack.enter_context(connected(api))
        for request in of_every_kind(api, task, deleted):
            if not api.may_send(request.method, request.path):
                continue
            if not connection.is_open:
                connection = stack.enter_context(connected(api))
            pieces = chunked([request.body]) if request.body and is_chunked(request) else None
            answer = connection.ask(request, pieces=pieces, nudge=connection.head("GET", control.path))
            is_complete(answer)
            if not connection.is_open:
                has_no_surplus(connection, answer)
                continue
            is_in_step(api, connection.ask(control), answer, task)
        for request in of_late_bodies(api, task, deleted):
            if not api.may_send(request.method, request.path):
                continue
            if not connection.is_open:
                connection = stack.enter_context(connected(api))
            answer = connection.ask_late(request, PATIENCE if is_asking(request) else _SOON)
            is_complete(answer, is_late=True)
            if connection.is_open:
                is_in_step(api, connection.ask(control), answer, task, is_late=True)
    with connected(api) as connection:
        before: list[Answer] = []
        for request in of_another_length(api, task):
            if api.may_send(request.method, request.path) and connection.is_open:
                answer = connection.ask(request, nudge=connection.head("GET", control.path))
                is_complete(answer, *before)
                before.append(answer)
    api.end_of_reading()


@requirement("wire.chunked", source="RFC 9112 7.1")
def test_chunked(api: Api) -> None:
    """A chunked request body is read, or refused with 411."""
    http_target(api)
    api.require_plain()
    (task,) = api.neighbours(1)

    require_long_text(api)
    for (coding, cut), (method, path, usual) in product(CUTS, writes(task)):
        with connected(api) as connection:
            for times in (1, 2) if cut is two_chunks else (1,):
                body = api.sample(description=LONG_TEXT)
                request = in_chunks(json_request(method, path, encode(body)), coding)
                answer = sent_in_chunks(api, connection, request, cut)
                if answer.status == 413:
                    require_read(api, json_request(method, path, encode(body).ljust(BODY_LIMIT)))
                if not is_success(answer):
                    is_answered(answer, cut, usual, 411, times=times)
                else:
                    is_stored(api, answer, body, cut)
                if not connection.is_open:
                    break
                is_in_step(api, connection.ask(Request("GET", f"{COLLECTION}?limit=1")), answer)
    with connected(api) as connection:
        request = in_chunks(json_request("POST", COLLECTION, b'{"title":'))
        refused = sent_in_chunks(api, connection, request, single_chunk)
        is_answered(refused, single_chunk, 400, 411)


@requirement("wire.413", source="RFC 9110 15.5.14")
def test_413(api: Api) -> None:
    """A body of more than 65,536 bytes is answered with 413, also while it is still being written, and the server goes
    on.

    Read on for a while after the answer, or half-close: a reset takes the answer away from a client that still writes.
    """
    http_target(api)
    api.require_plain()
    _, task, _ = api.neighbours(3)
    require_long_text(api)
    require_chunks(api)
    for size in (BODY_LIMIT + 1, BODY_LIMIT + 4096, _LONG):
        for method, path in (("POST", COLLECTION), ("PUT", item(task.id))):
            for _ in range(_TRIES):
                request = json_request(method, path, encode(api.sample(description=LONG_TEXT)).ljust(size))
                is_too_long(api, request)
            for cut in (single_chunk, two_chunks):
                is_too_long(api, in_chunks(request), 411, cut=cut)
        control = api.fresh().listing("limit=1")
        if control.status != 200:
            raise Blocked("list.limit", control.exchange)
    read = api.observer.read(task.id)
    if not same(read.document, task.representation):
        raise Blocked("input.atomic", read.exchange)
    for method, path, usual in writes(task):
        with connected(api) as connection:
            body = encode(api.sample(description=LONG_TEXT)).ljust(BODY_LIMIT)
            answer = connection.ask(json_request(method, path, body))
            if not is_success(answer):
                expect.status(answer, usual)


@requirement("wire.expect", source="RFC 9110 10.1.1")
def test_expect(api: Api) -> None:
    """A request with Expect: 100-continue gets an interim 100, or a final answer, before its body was sent."""
    http_target(api)
    api.require_plain()
    (task,) = api.neighbours(1)

    for method, path in (("POST", COLLECTION), ("PUT", item(task.id))):
        with connected(api) as connection:
            for number in range(2):
                body = api.sample(description="after 100")
                answer = after_asking(connection, json_request(method, path, encode(body)), again=number > 0)
                if is_success(answer):
                    is_stored(api, answer, body)
                if not connection.is_open:
                    break
    content = encode(api.sample())
    for request, value in (
        (json_request("POST", COLLECTION, content), "100-Continue"),
        (in_chunks(json_request("POST", COLLECTION, content)), EXPECTATION),
        (Request("POST", COLLECTION, (("Content-Type", "text/plain"),), content), EXPECTATION),
        (json_request("PUT", item(task.id), content.ljust(BODY_LIMIT + 1)), EXPECTATION),
    ):
        with connected(api) as connection:
            after_asking(connection, request, value)


@requirement("wire.incomplete", source="RFC 9112 8")
def test_incomplete(api: Api) -> None:
    """A request that is cut off midway has no effect, even where what came of it could be read as a whole one.

    Act on the length that was announced, not on what was there when the connection ended.
    """
    _, task, _ = api.neighbours(3)
    before = api.observer.present_state([task])
    cuts = {str(cut.title): cut for cut in cut_off(api, task)}
    stored = {by_chunks: posts_are_stored(api, by_chunks=by_chunks) for by_chunks in (False, True)}
    for cut in cuts.values():
        if cut.before is not None:
            api.create(cut.before)
        with connected(api) as connection:
            cut.send(connection)
        api.read(task.id)
        if cut.request.method == "POST" and stored[is_chunked(cut.request)]:
            is_forgotten(api, cut)
    api.arrange(api.sample())
    entries, page = api.observer.stored(cuts, after=task.id - 1)
    if entries:
        raise Violation(
            "A POST that was cut off midway stored a task.",
            expected="no task with that title",
            received=show(entries[0]),
            evidence=cuts[entries[0]["title"]].evidence(page, task),
            demands=[cuts[entries[0]["title"]].demand(page, NoneTitled(page.exchange, entries[0]["title"]))],
        )
    after = api.observer.state([task])
    if not same(after.by_id[task.id], before.by_id[task.id]):
        raise Violation(
            "A request that was cut off midway changed the task that it names.",
            expected=show(before.by_id[task.id]),
            received=after.answers[task.id].exchange.outcome,
            evidence=at_work(cuts, after.answers[task.id])[-1].evidence(after.answers[task.id], task),
            demands=unharmed(cuts, after.answers[task.id], task),
        )


@requirement("wire.slow", source="OWASP API4:2023")
def test_slow(api: Api) -> None:
    """With 16 stalled connections another client is answered within 2 seconds.

    Read requests in full before a thread or a process is given to them, or bound how long a read may take.
    """
    may_be_stalled(api)
    (task,) = api.neighbours(1)
    control = _attempt(api, Request("GET", item(task.id)))
    if control.exchange.response is None:
        raise Inconclusive(control.exchange)

    long, tasks = unread(api)
    for begun in (*BEGINNINGS, long):
        with stalled(api, begun) as count:
            for request in (
                Request("GET", item(task.id)),
                Request("GET", COLLECTION),
                json_request("POST", COLLECTION, encode(api.sample())),
                *still_answered(begun),
            ):
                answer = _attempt(api.fresh(), request)
                if answer.exchange.response is None:
                    raise Violation(
                        f"With {count} stalled connections {answer.request_line} is left waiting.",
                        expected=f"an answer within {_ANSWERED_WITHIN:g} s",
                        received=answer.exchange.outcome,
                        evidence=answer.evidence(ids=[] if begun.is_read else [one.id for one in tasks]),
                        demands=[NotStalled(answer.exchange, count, _ANSWERED_WITHIN, begun)],
                    )


@requirement("wire.nosniff", level="SHOULD", source="OWASP ASVS 3.4.4")
def test_nosniff(api: Api) -> None:
    """Every answer has X-Content-Type-Options: nosniff, so that no browser takes a title for a page."""
    task, _ = api.neighbours(2)
    for path in (item(task.id), COLLECTION, f"{COLLECTION}?limit=1", item("abc"), "/unknown-path"):
        _is_not_sniffed(api.send("GET", path))
    tag = api.read(task.id).header("etag") or '"none"'
    for headers in (if_none_match(tag), if_none_match('"no-such"'), if_match('"no-such"')):
        _is_not_sniffed(api.send("GET", item(task.id), headers=headers))
    api.end_of_reading()
    for act in (
        partial(api.create, api.sample()),
        partial(api.replace, task.id, api.sample()),
        partial(api.create, {}),
        partial(api.create, b"{}", media="text/plain"),
        partial(_create_too_long, api),
        partial(api.replace, task.id, api.sample(), headers=if_match('"no-such"')),
        partial(api.send, "PATCH", COLLECTION, {}),
        partial(api.delete, task.id),
    ):
        _is_not_sniffed(act())
    if not api.session.target.in_process:
        with connected(api) as connection:
            told, answer = asked_first(connection, json_request("POST", COLLECTION, encode(api.sample())))
            if told:
                require_answer(answer)
                _is_not_sniffed(answer)


def _create_too_long(api: Api) -> Answer:
    answer = api.attempt("POST", COLLECTION, b"{}".ljust(BODY_LIMIT + 1))
    if answer.exchange.response is None:
        raise Blocked("wire.413", answer.exchange)
    return settled(answer)


def _attempt(api: Api, request: Request) -> Answer:
    return api.attempt(
        request.method, request.path, request.body, headers=request.headers, media=None, timeout=_ANSWERED_WITHIN
    )


def _is_not_sniffed(answer: Answer) -> None:
    if (answer.header("x-content-type-options") or "").strip().lower() != "nosniff":
        raise Violation(
            f"The answer to {answer.request_line} lets a browser guess what it is.",
            expected="X-Content-Type-Options: nosniff",
            received=answer.field("X-Content-Type-Options"),
            evidence=answer.evidence().populated(),
            demands=[Field(answer.exchange, "X-Content-Type-Options", "^[Nn][Oo][Ss][Nn][Ii][Ff][Ff]$")],
        )
