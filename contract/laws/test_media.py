"""Media types: what a body may be labelled as, and what a client may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.corpora.media import (
    ACCEPTS,
    FORM,
    GARBLED_ACCEPTS,
    JSON_MEDIA_TYPES,
    MALFORMED_MEDIA_TYPES,
    MULTIPART,
    OTHER_MEDIA_TYPES,
    multipart,
)
from contract.demand import Demand, Document, Field, HasMembers, IfRefused, IsTask, Status
from contract.exchange import NO_JSON
from contract.expect import Blocked, Violation
from contract.jsontext import JsonValue, decode, encode, same, show
from contract.requirement import requirement
from contract.tasks import COLLECTION, Members, Task, item

_JSON = "application/json"
_OWNERS = {201: "create.stored", 200: "update.replaces"}
_NOT_ASCII = "Übung 北京 😀"


@requirement("media.type", source="RFC 9110 15.5.16")
def test_type(api: Api) -> None:
    """A body of any other media type than application/json, or of none, is refused with 415 and stores nothing.

    A page of another site can send text/plain and forms in the name of its visitor, but no application/json.
    """
    tasks = api.arrange(*(api.sample(description="kept", done=number == 1) for number in range(3)))
    task = tasks[1]
    before = api.observer.present_state(tasks)
    refused: dict[str, Answer] = {}

    for media, written, allowed in _MISLABELLED:
        for send in (api.create, partial(api.replace, task.id)):
            title = api.sample()["title"]
            answer = refused[title] = send(written(title), media=media)
            expect.status(answer, *allowed)
    expect.not_stored(refused, *api.observer.stored(refused, after=tasks[0].id))
    expect.unchanged(before, api.observer.state(tasks), answer)
    api.arrange({"title": title})
    api.changed(task, {"title": title})


@requirement("media.parameters", source="RFC 9110 8.3.1")
def test_parameters(api: Api) -> None:
    """A body labelled application/json, in any case, with charset=utf-8 or with an unknown parameter, is accepted."""
    _, task, _ = api.neighbours(3)
    api.changed(task, api.sample())
    for answer, usual, body in _writes(api, task, _JSON):
        if not _is_taken(answer, usual, body):
            raise Blocked("text.exact" if answer.status == usual else _OWNERS[usual], answer.exchange)

    for media in JSON_MEDIA_TYPES:
        for answer, usual, body in _writes(api, task, media):
            expect.status(answer, usual)
            if not _is_taken(answer, usual, body):
                raise Violation(
                    f"{answer.request_line} did not take its body for JSON in UTF-8.",
                    expected=show(body),
                    received=answer.exchange.outcome,
                    evidence=answer.evidence(),
                    demands=[HasMembers(answer.exchange, body)],
                )


@requirement("media.accept", source="RFC 9110 12.5.1")
def test_accept(api: Api) -> None:
    """Whatever Accept says, the answer is JSON, with the usual status, or with 406 and nothing changed."""
    (first,), deleted = api.neighbours(1), api.gone()
    for owner, usual, answer in _every_operation(api, first, deleted, _JSON):
        if not usual.is_met(answer):
            raise Blocked(owner, answer.exchange)
    refused: dict[str, Answer] = {}

    for accept in (*ACCEPTS, *GARBLED_ACCEPTS):
        (task,) = api.arrange(api.sample(description="kept", done=False))
        rejections = (406, 400) if accept in GARBLED_ACCEPTS else (406,)
        for _, usual, answer in _every_operation(api, task, deleted, accept):
            if answer.status == usual.status or answer.status not in rejections:
                usual.check(answer, rejections)
            else:
                expect.error(answer, answer.status)
                _changes_nothing(api, task, answer)
                refused |= dict.fromkeys(_titles(answer), answer)
    expect.not_stored(refused, *api.observer.stored(refused, after=first.id))
    api.end_of_reading()


def _json(title: str) -> bytes:
    return encode({"title": title})


def _form(title: str) -> bytes:
    return urlencode({"title": title}).encode()


def _multipart(title: str) -> bytes:
    return multipart(title=title)


_MISLABELLED: tuple[tuple[str | None, Callable[[str], bytes], tuple[int, ...]], ...] = (
    *((media, _json, (415,)) for media in OTHER_MEDIA_TYPES),
    # A value that is no media type breaks another rule too, and so does content that is no JSON.
    *((media, _json, (400, 415)) for media in MALFORMED_MEDIA_TYPES),
    (FORM, _form, (400, 415)),
    (MULTIPART, _multipart, (400, 415)),
    ("text/plain", str.encode, (400, 415)),
)
"""Media types, how a body of each is written for a title, and the codes that refuse it."""


def _writes(api: Api, task: Task, media: str) -> Iterator[tuple[Answer, int, Members]]:
    """A creation and a replacement with this label: the answer, its usual status, the body."""
    body = api.sample(description=_NOT_ASCII)
    yield api.create(body, media=media), 201, body
    body = api.sample(description=_NOT_ASCII)
    yield api.replace(task.id, body, media=media), 200, body


def _is_taken(answer: Answer, usual: int, body: Members) -> bool:
    shown = {name: answer.document.get(name) for name in body} if isinstance(answer.document, dict) else None
    return answer.status == usual and same(shown, body)


@dataclass(frozen=True)
class _Usual:
    """What an operation answers where Accept allows JSON; ``document`` is ``None`` where it does not matter."""

    status: int
    document: JsonValue = None

    def is_met(self, answer: Answer) -> bool:
        label_is_right = expect.is_json_media_type(answer.header("content-type"))
        shown = answer.document if self.document is not None else None
        is_json = label_is_right and answer.document is not NO_JSON
        return answer.status == self.status and is_json and same(shown, self.document)

    def check(self, answer: Answer, rejections: tuple[int, ...]) -> None:
        expect.status(answer, self.status, *rejections)
        if not self.is_met(answer):
            raise Violation(
                f"{answer.request_line} was not answered with the usual JSON.",
                expected=f"application/json: {'any' if self.document is None else show(self.document)}",
                received=f"{answer.header('content-type')}: {answer.exchange.outcome}",
                evidence=answer.evidence(),
                demands=self._demands(answer, rejections),
            )

    def _demands(self, answer: Answer, rejections: tuple[int, ...]) -> list[Demand]:
        shape = HasMembers(answer.exchange, {}) if self.document is None else Document(answer.exchange, self.document)
        is_list = answer.exchange.request.path.startswith(f"{COLLECTION}?")
        return [
            Status(answer.exchange, (self.status, *rejections)),
            Field(answer.exchange, "Content-Type", expect.JSON_LABEL),
            IsTask(answer.exchange, is_list=True) if is_list else shape,
        ]


def _every_operation(api: Api, task: Task, deleted: int, accept: str) -> Iterator[tuple[str, _Usual, Answer]]:
    """Operations and refusals with this Accept, the deletion of the task last; each with the owner of what is usual."""
    headers = (("Accept", accept),)
    yield "create.stored", _Usual(200, task.representation), api.read(task.id, headers=headers)
    yield "list.complete", _Usual(200), api.listing(f"after={task.id - 1}", headers=headers)
    yield "read.missing", _Usual(404), api.read(deleted, headers=headers)
    yield "error.shape", _Usual(404), api.send("GET", f"{item(task.id)}/unknown", headers=headers)
    if not api.may_write:
        return
    body = api.sample()
    yield "create.stored", _Usual(201), api.create(api.sample(), headers=headers)
    yield "input.title", _Usual(400), api.create({}, headers=headers)
    yield "method.405", _Usual(405), api.send("PUT", COLLECTION, api.sample(), headers=headers)
    yield "update.replaces", _Usual(200, {"id": task.id, **body}), api.replace(task.id, body, headers=headers)
    yield "delete.gone", _Usual(200), api.delete(task.id, headers=headers)


def _titles(answer: Answer) -> list[str]:
    body = decode(answer.exchange.request.body or b"{}")
    return [body["title"]] if "title" in body else []


def _changes_nothing(api: Api, task: Task, refusal: Answer) -> None:
    read = api.observer.read(task.id)
    is_deletion = refusal.exchange.request.method == "DELETE"
    if read.status != 200 or not (is_deletion or same(read.document, task.representation)):
        raise Violation(
            f"{refusal.request_line} was answered with status {refusal.status} and obeyed all the same.",
            expected="the task as it was before",
            received=read.exchange.outcome,
            evidence=read.evidence(refusal),
            demands=[IfRefused(refusal.exchange, Document(read.exchange, task.representation))],
        )
