"""Caches: how answers are labelled, entity tags, and conditional requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from contract import expect
from contract.acts import refused_writes, writes_elsewhere
from contract.answer import Answer
from contract.api import Api
from contract.conditional import (
    REVALIDATED,
    STRONG_TAG,
    if_match,
    if_none_match,
    is_strong_tag,
    must_be_revalidated,
    present_tag,
    strong_tag,
)
from contract.corpora.conditions import CONDITIONS_MET, STATES, condition_met, near_misses
from contract.demand import Demand, Field, NoBody, SameField
from contract.exchange import created_id
from contract.expect import Blocked, Violation
from contract.jsontext import same, show
from contract.refusal import is_success
from contract.requirement import requirement
from contract.tasks import COLLECTION, Members, Task, item, with_defaults
from contract.transport import Headers

_LABELLED_ALL_THE_SAME: tuple[Headers, ...] = (
    (),
    if_none_match('"no-such"'),
    (("Cache-Control", "max-age=3600"),),
    (("Cookie", "session=1"),),
    (("Origin", "https://example.org"),),
)
"""Headers of a request that another label would be given for."""

_LONG_AGO, _FAR_AHEAD = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"


@requirement("cache.label", source="RFC 9111 5.2.2")
def test_label(api: Api) -> None:
    """Every 200 that answers a GET has Cache-Control with no-cache, no-store or max-age=0.

    Without it a browser or a proxy may show an old answer, even to the client that has just changed the task.
    """
    tasks = api.arrange(api.sample(done=True), api.sample(done=False), api.sample())
    after = f"after={tasks[0].id - 1}"
    queries = (after, f"{after}&limit=1", f"{after}&done=false", "done=true", f"after={2**53 - 1}", "unknown=1")
    paths = [COLLECTION, *(f"{COLLECTION}?{query}" for query in queries)]
    paths += [*(item(task.id) for task in tasks), f"{item(tasks[0].id)}?unknown=1"]

    for reader in (api, api.observer):
        for path in paths:
            _must_be_revalidated(reader.send("GET", path))
    api.end_of_reading()
    api.changed(tasks[0], api.sample())
    for headers in _LABELLED_ALL_THE_SAME:
        _must_be_revalidated(api.read(tasks[0].id, headers=headers))


@requirement("cache.etag", source="RFC 9110 8.8.3")
def test_etag(api: Api) -> None:
    """A task has a strong ETag that stays while no write succeeds on the task, is another once any member changes, and
    is the one that POST and PUT answer and that GET and HEAD then show.

    A hash of the whole representation will do, and so will a counter of the writes on the task.
    """
    (present,) = api.neighbours(1)
    _answered_tag(api.everywhere(), present, api.read(present.id), "create.stored")
    api.end_of_reading()

    task, tag = _created(api, api.everywhere(), api.sample())
    for owner, act in writes_elsewhere(api, task):
        _shows_tag(api.observer, task, tag, act(), owner)

    states: list[tuple[Task, str, Answer]] = []
    for number, body in enumerate(STATES):
        answer = api.replace(task.id, body)
        task = Task(task.id, with_defaults(body))
        tag = _answered_tag([api.everywhere()[number % 4]], task, answer, "update.replaces")
        _differs(states, task, tag, answer)
        states.append((task, tag, answer))
    for body in ({}, {"done": True}, {"description": "a note"}):
        _created(api, [api.observer], {"title": api.sample()["title"], **body})
    for owner, act in refused_writes(api, task):
        answer = act()
        if answer.status < 400:
            raise Blocked(owner, answer.exchange)
        _shows_tag(api.observer, task, tag, answer, owner)


@requirement("cache.304", source="RFC 9110 13.1.2")
def test_304(api: Api) -> None:
    """GET with an If-None-Match that matches, be it a list, the weak form or *, is 304 with the ETag and no body; with
    one that does not match any more it is 200.
    """
    neighbour, task = api.neighbours(2)
    tag = present_tag(api, task)
    strong = tag.removeprefix("W/")
    for headers in _matching(strong):
        _is_not_modified(api, task, tag, headers)
    for tags in (*near_misses(strong), present_tag(api, neighbour).removeprefix("W/")):
        if strong != tags:
            expect.shows(api.read(task.id, headers=if_none_match(tags)), task.representation)
    api.end_of_reading()

    stale: list[str] = []
    for change in ({"title": "changed"}, {"description": "changed"}, {"done": not task.members["done"]}):
        for reader in api.everywhere():
            _is_not_modified(reader, task, tag, if_none_match(tag))
        stale.append(tag)
        task = api.changed(task, {**task.members, **change})
        tag = present_tag(api, task, stale)
        for reader in api.everywhere():
            expect.shows(reader.read(task.id, headers=if_none_match(*stale)), task.representation)
    later = (*if_none_match(stale[-1]), ("If-Modified-Since", _FAR_AHEAD))
    expect.shows(api.read(task.id, headers=later), task.representation)
    api.removed(task.id)
    for line in (tag, stale[0], "*"):
        expect.status(api.observer.read(task.id, headers=if_none_match(line)), 404)


@requirement("cache.412", source="RFC 9110 13.1.1")
def test_412(api: Api) -> None:
    """PUT and DELETE with an If-Match that does not hold are 412 and change nothing; with one that holds, with a list
    that has it, or with *, they proceed.

    Of two clients that read the same state only the first may change it, or its change is lost. A weak tag never holds.
    """
    neighbours = api.neighbours(3)
    before = api.observer.present_state(neighbours)
    _plain_writes(api)
    first = strong_tag(api, neighbours[1])
    task = api.changed(neighbours[1], api.sample())
    for number in range(CONDITIONS_MET):
        with api.aside():
            task, stale = _is_replaced_once(api, task, number)

    tag, other = strong_tag(api, task), strong_tag(api, neighbours[0])
    others = (first, f"{stale}, {first}", other, f"W/{tag}", f'"no-such", W/{tag}', f"{stale}, W/{tag}")
    for tags in (*others, *near_misses(tag)):
        if tag != tags:
            answer = _does_not_hold(api, task, tags)
    for number in (0, 1, CONDITIONS_MET - 1):
        _is_deleted_once(api, number)
    expect.unchanged(before.without(task.id), api.observer.state(neighbours).without(task.id), answer)


def _must_be_revalidated(answer: Answer) -> None:
    if answer.status != 200:
        raise Blocked("cache.304" if answer.status == 304 else "list.complete", answer.exchange)
    value = answer.header("cache-control")
    if not must_be_revalidated(value):
        raise Violation(
            f"A cache may show again without asking what answers {answer.request_line}.",
            expected="Cache-Control: no-cache, no-store or max-age=0",
            received="no Cache-Control" if value is None else f"Cache-Control: {value}",
            evidence=answer.evidence(),
            demands=[Field(answer.exchange, "Cache-Control", REVALIDATED)],
        )


def _created(api: Api, readers: Iterable[Api], body: Members) -> tuple[Task, str]:
    answer = api.create(body)
    id = created_id(answer.exchange)
    if id is None:
        raise Blocked("create.stored", answer.exchange)
    task = Task(id, with_defaults(body))
    return task, _answered_tag(readers, task, answer, "create.stored")


def _answered_tag(readers: Iterable[Api], task: Task, answer: Answer, owner: str) -> str:
    """The tag in the answer to a write on the task, which every read then shows."""
    tag = answer.header("etag") or ""
    if not same(answer.document, task.representation):
        raise Blocked(owner, answer.exchange)
    if not is_strong_tag(tag):
        raise _wrong_tag(answer, "a strong entity tag", answer)
    for reader in readers:
        _shows_tag(reader, task, tag, answer, owner)
        head = reader.head(task.id)
        if head.status == 200 and head.header("etag") not in (tag, None):
            raise _wrong_tag(head, tag, answer)
    return tag


def _shows_tag(reader: Api, task: Task, tag: str, act: Answer, owner: str) -> None:
    """After an act GET shows the task with this tag; that it shows the task at all is another's promise."""
    read = reader.read(task.id)
    if not same(read.document, task.representation):
        raise Blocked(owner, read.exchange)
    if read.header("etag") != tag:
        raise _wrong_tag(read, tag, act)


def _wrong_tag(answer: Answer, expected: str, act: Answer) -> Violation:
    after = "" if answer is act else f" after {act.request_line}"
    return Violation(
        f"{answer.request_line} is answered with another ETag than it must be{after}.",
        expected=f"ETag: {expected}",
        received=answer.field("ETag"),
        evidence=answer.evidence(act),
        demands=[_demand(answer, expected)],
    )


def _demand(answer: Answer, tag: str) -> Demand:
    """The tag that an earlier answer had, a strong one where none had it."""
    earlier = (e for e in reversed(answer.journal.exchanges) if e.response is not None and e is not answer.exchange)
    source = next((e for e in earlier if e.response is not None and e.response.header("etag") == tag), None)
    if source is None:
        return Field(answer.exchange, "ETag", STRONG_TAG)
    return SameField(answer.exchange, "ETag", source)


def _differs(states: list[tuple[Task, str, Answer]], task: Task, tag: str, answer: Answer) -> None:
    for earlier, other, before in states:
        if tag == other and not same(earlier.members, task.members):
            raise Violation(
                f"Two states of task {task.id} have the same ETag.",
                expected=f"another tag than {other}, which stood for {show(earlier.members)}",
                received=f"ETag: {tag} for {show(task.members)}",
                evidence=answer.evidence(before),
                demands=[SameField(answer.exchange, "ETag", before.exchange, differs=True)],
            )


def _matching(tag: str) -> Iterator[Headers]:
    for number in range(CONDITIONS_MET):
        yield if_none_match(condition_met(tag, number))
        yield if_none_match(condition_met(f"W/{tag}", number))
    yield *if_none_match(tag), ("If-Modified-Since", _LONG_AGO)


def _is_not_modified(api: Api, task: Task, tag: str, headers: Headers) -> None:
    answer = api.read(task.id, headers=headers)
    if answer.status == 404:
        raise Blocked("create.stored", answer.exchange)
    if answer.status == 200 and present_tag(api, task) != tag:
        raise Blocked("cache.etag", answer.exchange)
    expect.status(answer, 304)
    if answer.body or answer.header("etag") != tag:
        raise Violation(
            f"The 304 that answers {answer.request_line} has {'a body' if answer.body else 'another ETag'}.",
            expected=f"no body, and ETag: {tag}",
            received=f"{answer.field('ETag')}, {answer.exchange.outcome}",
            evidence=answer.evidence(),
            demands=[NoBody(answer.exchange), Field(answer.exchange, "ETag", STRONG_TAG)],
        )


def _plain_writes(api: Api) -> None:
    """Raise ``Blocked`` where DELETE and PUT are not what they must be without a condition."""
    (spare,) = api.neighbours(1)
    for owner, usual, act in (
        ("delete.gone", (200, 202, 204), partial(api.delete, spare.id)),
        ("delete.idempotent", (404,), partial(api.delete, spare.id)),
        ("update.missing", (404,), partial(api.replace, spare.id, api.sample())),
        ("update.missing", (404,), partial(api.read, spare.id)),
    ):
        answer = act()
        if answer.status not in usual:
            raise Blocked(owner, answer.exchange)


def _is_replaced_once(api: Api, task: Task, number: int) -> tuple[Task, str]:
    """Two clients replace the task in the state that both have read: the first may, the second may not.

    The task as it is then, and the tag of the state before.
    """
    clients = api.everywhere()
    first, second = clients[number % 4], clients[(number + 1) % 4]
    tag = strong_tag(first, task)
    if strong_tag(second, task) != tag:
        raise Blocked("cache.etag")
    replaced = Task(task.id, api.sample())
    answer = first.replace(task.id, replaced.members, headers=if_match(condition_met(tag, number)))
    _is_judged_by(answer, api, task, tag)
    expect.status(answer, 200)
    if not same(answer.document, replaced.representation):
        raise Blocked("update.replaces", answer.exchange)
    _does_not_hold(second, replaced, tag)
    # The tag of the answer itself, which no read has confirmed.
    again = first.replace(task.id, replaced.members, headers=if_match(answer.header("etag") or "*"))
    if again.status == 412 and first.read(task.id).header("etag") != answer.header("etag"):
        raise Blocked("cache.etag", again.exchange)
    expect.status(again, 200)
    expect.shows(first.read(task.id), replaced.representation)
    strong_tag(api, replaced, former=[tag])
    return replaced, tag


def _is_judged_by(answer: Answer, api: Api, task: Task, tag: str) -> None:
    """A 412 is no violation where the tag has changed by itself, but another's."""
    if answer.status == 412 and strong_tag(api, task) != tag:
        raise Blocked("cache.etag", answer.exchange)


def _does_not_hold(api: Api, task: Task, tags: str) -> Answer:
    with api.aside():
        for send in (partial(api.replace, task.id, api.sample()), partial(api.delete, task.id)):
            answer = send(headers=if_match(tags))
            expect.status(answer, 412)
        expect.shows(api.observer.read(task.id), task.representation)
    return answer


def _is_deleted_once(api: Api, number: int) -> None:
    (task,) = api.neighbours(1)
    tag = strong_tag(api, task)
    headers = if_match(condition_met(tag, number))
    answer = api.delete(task.id, headers=headers)
    _is_judged_by(answer, api, task, tag)
    if not is_success(answer):
        expect.status(answer, 200)
    expect.status(api.replace(task.id, api.sample(), headers=headers), 404, 412)
    expect.status(api.delete(task.id, headers=headers), 404, 412)
    expect.status(api.observer.read(task.id), 404)
    expect.not_listed(task.id, *api.observer.listed([task.id]), answer)
