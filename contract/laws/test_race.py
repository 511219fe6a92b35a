"""Races: what holds when several clients are at work at the same moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.conditional import if_match, strong_tag
from contract.demand import Listed
from contract.exchange import created_id
from contract.expect import Blocked, Violation
from contract.history import ABSENT, Operation, misfits
from contract.jsontext import JsonValue, same, show
from contract.race import (
    MOST_CLIENTS,
    Timed,
    at_once,
    creation,
    deletion,
    each_at_once,
    needs_connections,
    only_at_once,
    reading,
    replacement,
    takes_turns,
)
from contract.refusal import is_success
from contract.requirement import requirement
from contract.tasks import COLLECTION, Members, Task, id_in, id_of
from contract.transport import Request

_ROUNDS = 4
_LIST_ROUNDS = 3
_READS = 6
_DELETIONS = (8, 16, 4, 8, 4, 8, 4, 8, 4, 8)
_CONDITIONAL_DELETIONS = 2
"""How many of the clients delete, round by round; the others replace the task, which few begin before it is gone."""

_LINEAR_ROUNDS = 2 * ((1, False), (2, False), (1, True), (2, True))
"""How many clients write, and whether one of them deletes in the end. Few: what waits in a queue fits many orders."""

_CONDITIONAL_ROUNDS = (
    ((), False, False),
    (("title",), False, False),
    ((), True, False),
    (("title",), False, True),
    ((), False, True),
    (("title",), True, True),
)
"""The members that all states share with the task, whether they are long, and whether If-Match lists tags."""

_LONG = "a long text, " * 120
_LEAVING = 16
_LAST_WRITES = 5
_WRITES = 10
_REFUSED = 5
_STALE = '"no such tag"'


@requirement("race.create", source="RFC 9110 9.3.3")
@only_at_once
def test_create(api: Api) -> None:
    """Of parallel POSTs, equal ones among them, each is 201, their ids differ, and none of their tasks is lost.

    Take the next id in the same step that stores the task: a sequence or a lock, not the largest id plus one.
    """
    needs_connections(api)
    api.require_plain()
    for _ in range(_ROUNDS):
        bodies = 2 * [api.sample() for _ in range(MOST_CLIENTS // 2)]
        answers = each_at_once(api, [creation(body) for body in bodies])
        for answer in answers:
            if not is_success(answer):
                expect.status(answer, 201)
        tasks = [_created(answer, body) for answer, body in zip(answers, bodies, strict=True)]
        _ids_differ(tasks, answers)
        entries, page = api.observer.listed([task.id for task in tasks])
        for task in tasks:
            read = api.observer.read(task.id)
            if read.status != 200 or not same(read.document, task.representation):
                raise _lost(task, answers, read, read.exchange.outcome)
            if not any(same(entry, task.representation) for entry in entries or ()):
                raise _lost(task, answers, page, "no such entry in the list")
        api.clean_up(keep=api.anchors)


@requirement("race.update")
@only_at_once
def test_update(api: Api) -> None:
    """Parallel PUTs leave one of the written states, and no read ever shows a mixture of two, its tag included, or what
    was refused.

    Replace a task in one step, so that no reader comes between its members.
    """
    needs_connections(api)
    api.require_plain()
    _tag_that_counts(api, *api.neighbours(1))
    for _ in range(2 * _ROUNDS):
        _, task, _ = api.neighbours(3)
        states = [_whole(api, number) for number in range(1, MOST_CLIENTS - 4)]
        writers = [[replacement(task.id, state)] for state in states]
        refused = [replacement(task.id, _whole(api, 0), *if_match(_STALE)) for _ in range(_REFUSED)]
        readers = [[reading(task.id)], [_page_before(task)]] * 2
        refusal, *logs = at_once(api, refused, *writers, watching=readers)
        expect.status(refusal[0].answer, 412)
        written = [{"id": task.id, **state} for state in states]
        for log in logs[: len(writers)]:
            expect.status(log[0].answer, 200)
            _is_whole(log[0].answer, log[0].answer.document, written)
        _tags_name_states([timed.answer for log in logs for timed in log])
        for timed in (timed for log in logs[len(writers) :] for timed in log):
            for shown in _shown(timed.answer, task.id):
                _is_whole(timed.answer, shown, [task.representation, *written])
        _agree_on_one_of(api, task, written, logs[0][0].answer)


@requirement("race.if-match", source="RFC 9110 13.1.1")
@only_at_once
def test_if_match(api: Api) -> None:
    """Of parallel PUTs with the same If-Match, each to a state of its own, exactly one is 200.

    Compare the tag and store the state in one step: one conditional UPDATE, a row lock, or a lock around both.
    """
    needs_connections(api)
    api.require_plain()
    for kept, is_long, is_list in _CONDITIONAL_ROUNDS:
        _, task, _ = api.neighbours(3)
        tag = _tag_that_counts(api, task)
        members = {name: task.members[name] for name in kept} | ({"description": _LONG} if is_long else {})
        states = [{**_whole(api, number), **members} for number in range(MOST_CLIENTS)]
        condition = if_match(tag, _STALE) if is_list else if_match(tag)
        answers = each_at_once(api, [replacement(task.id, state, *condition) for state in states])
        for answer in answers:
            if is_long and answer.status == 400:
                raise Blocked("text.length", answer.exchange)
            expect.status(answer, 200, 412)
        winners = [state for answer, state in zip(answers, states, strict=True) if answer.status == 200]
        if is_list and not winners:
            raise Blocked("cache.412", answers[0].exchange)
        _is_one(answers, "PUTs with the same If-Match", len(winners))
        _agree_on_one_of(api, task, [{"id": task.id, **winners[0]}], answers[0])


@requirement("race.delete")
@only_at_once
def test_delete(api: Api) -> None:
    """Of parallel DELETEs of a task exactly one is 200, and a PUT at the same time never brings the task back."""
    needs_connections(api)
    api.require_plain()
    for count in _DELETIONS:
        _, task, _ = api.neighbours(3)
        deletions = [deletion(task.id)] * count
        puts = [replacement(task.id, api.sample()) for _ in range(MOST_CLIENTS - len(deletions))]
        answers = each_at_once(api, [*puts, *deletions])
        for answer in answers[: len(puts)]:
            if answer.status >= 500:
                raise Blocked("error.no-5xx", answer.exchange)
        deleted = answers[len(puts) :]
        for answer in deleted:
            if not is_success(answer):
                expect.status(answer, 200, 404)
        _is_one(deleted, "DELETEs", sum(map(is_success, deleted)))
        _is_gone(api.observer, task, deleted[0])
    for _ in range(_CONDITIONAL_DELETIONS):
        _, task, _ = api.neighbours(3)
        condition = if_match(strong_tag(api, task))
        deleted = each_at_once(api, [deletion(task.id, *condition)] * MOST_CLIENTS)
        for answer in deleted:
            if not is_success(answer):
                expect.status(answer, 200, 404, 412)
        if {answer.status for answer in deleted} == {412}:
            raise Blocked("cache.412", deleted[0].exchange)
        _is_one(deleted, "DELETEs with the same If-Match", sum(map(is_success, deleted)))
        _is_gone(api.observer, task, deleted[0])


@requirement("race.list")
@only_at_once
def test_list(api: Api) -> None:
    """A list that is read during writes is 200, in order, without duplicates, and has every task that was there
    throughout; after the writes it shows what they left.
    """
    needs_connections(api)
    api.require_plain()
    for _ in range(1 if takes_turns(api) else _LIST_ROUNDS):
        tasks = api.arrange(*(api.sample(done=number % 4 != 3) for number in range(_LEAVING + 8)))
        leaving, tasks = tasks[:_LEAVING], tasks[_LEAVING:]
        stable, done, changing = tasks[::2], tasks[1::4], tasks[3::4]
        _is_sound_already(api, tasks)
        first = min(task.id for task in (*leaving, *tasks))
        after = f"after={first - 1}"
        queries = (after, f"{after}&done=true", f"{after}&limit=100", after)
        readers = [[Request("GET", f"{COLLECTION}?{query}")] for query in queries]
        writers = [*(_writes(api, task, 2) for task in done), *(_writes(api, task) for task in changing)]
        writers += _comings_and_goings(api, 4, leaving)
        logs = at_once(api, *writers, watching=readers)
        writes = [timed for log in logs[: len(writers)] for timed in log]
        for timed in (timed for log in logs[len(writers) :] for timed in log):
            is_filtered = "done=" in timed.answer.exchange.request.path
            # Ids need not ascend in the order of creation.
            added = [task for task in _created_before(writes, timed) if task.id > first]
            _is_sound(timed.answer, [*stable, *done] if is_filtered else [*tasks, *added])
        left = [read for task in (*done, *changing) if (read := api.read(task.id)).status == 200]
        left += [timed.answer for timed in writes if (created_id(timed.answer.exchange) or 0) > first]
        for query in sorted(set(queries)):
            page = api.observer.listing(query)
            _shows_what_is_left(page, left, is_filtered="done=" in query)
            _shows_nothing_deleted(page, writes)
        for number in range(_LAST_WRITES):
            write = replacement(done[0].id, _whole(api, 2 * number))
            at_once(api, [write], *readers[:-1])
            read = api.read(done[0].id)
            for query in sorted(set(queries)):
                _shows_what_is_left(api.observer.listing(query), [read], is_filtered="done=" in query)
        api.clean_up(keep=api.anchors)


@requirement("race.linearizable", source="Herlihy and Wing 1990")
@only_at_once
def test_linearizable(api: Api) -> None:
    """The operations on a task, overlapping as they do, fit some order in which each sees what the one before left.

    A cache that is filled by a read which overlapped a write, or a write that is carried out after its answer, shows an
    old state after a new one.
    """
    needs_connections(api)
    api.require_plain()
    refuses = _refuses_deletions(api)
    for number, (clients, deletes) in enumerate(_LINEAR_ROUNDS):
        tasks = api.neighbours(3)
        api.present_state(tasks)
        task = tasks[number % len(tasks)]
        writers = [[replacement(task.id, _whole(api, step)) for step in range(_WRITES)] for _ in range(clients)]
        if deletes:
            writers[0].append(deletion(task.id))
        elif refuses:
            writers.append([deletion(task.id, *if_match(_STALE))] * _REFUSED)
        logs = at_once(api, *writers, watching=[[reading(task.id)], [_page_before(task), reading(task.id)]])
        read = api.observer.read(task.id)
        last = Timed(read, float(10**9), float(10**9))
        history = [Operation("write", _value(task.members), 0.0, 0.0, "as it was created")]
        for timed in [*(timed for log in logs for timed in log), last]:
            history += _operations(timed, task.id)
        _fits(task, history, read)
        api.clean_up(keep=api.anchors)
    for _ in range(_ROUNDS):
        _one_write_has_the_tag(api, puts=4, deletions=4)
        _one_write_has_the_tag(api, puts=2, deletions=8)


def _refuses_deletions(api: Api) -> bool:
    """Whether a DELETE whose If-Match does not hold is refused."""
    (task,) = api.neighbours(1)
    return api.delete(task.id, headers=if_match(_STALE)).status == 412


def _one_write_has_the_tag(api: Api, puts: int, deletions: int) -> None:
    """Of PUTs and DELETEs with the same If-Match one at most is carried out: after it the task is another, or gone."""
    _, task, _ = api.neighbours(3)
    condition = if_match(_tag_that_counts(api, task))
    replacements = [replacement(task.id, _whole(api, number), *condition) for number in range(puts)]
    # The first to come may be the last to go.
    answers = each_at_once(api, [deletion(task.id, *condition)] * deletions + replacements)
    carried_out = [answer for answer in answers if is_success(answer)]
    if len(carried_out) > 1:
        raise Violation(
            f"Of {len(answers)} writes with the same If-Match at the same time {len(carried_out)} were carried out.",
            expected="at most one",
            received=", ".join(str(answer.status) for answer in answers),
            evidence=carried_out[0].evidence(*carried_out[1:3]),
        )


def _tag_that_counts(api: Api, task: Task) -> str:
    """The present tag; raises ``Blocked`` where a PUT with another one is not refused and without effect."""
    tag = strong_tag(api, task)
    stale = api.replace(task.id, api.sample(), headers=if_match(_STALE))
    if stale.status != 412:
        raise Blocked("cache.412", stale.exchange)
    if strong_tag(api, task) != tag:
        raise Blocked("cache.etag", stale.exchange)
    return tag


def _created(answer: Answer, body: Members) -> Task:
    id = created_id(answer.exchange)
    if id is None:
        raise Blocked("create.stored", answer.exchange)
    return Task(id, body)


def _ids_differ(tasks: Sequence[Task], answers: Sequence[Answer]) -> None:
    for (task, answer), (other, again) in pairwise(sorted(_pairs(tasks, answers), key=lambda pair: pair[0].id)):
        if task.id == other.id:
            raise Violation(
                f"Two POSTs at the same time were given the same id {task.id}.",
                expected="ids that differ",
                received=f"{answer.exchange.outcome} and {again.exchange.outcome}",
                evidence=[entry.exchange for entry in answers],
            )


def _pairs(tasks: Sequence[Task], answers: Sequence[Answer]) -> list[tuple[Task, Answer]]:
    return list(zip(tasks, answers, strict=True))


def _lost(task: Task, created: Sequence[Answer], seen: Answer, received: str) -> Violation:
    return Violation(
        f"Task {task.id}, created together with others, is lost.",
        expected=show(task.representation),
        received=received,
        evidence=[*(answer.exchange for answer in created), seen.exchange],
    )


def _whole(api: Api, number: int) -> Members:
    """A state whose members tell that they belong together."""
    text = str(api.sample()["title"])
    return {"title": text, "description": f"of {text}", "done": number % 2 == 0}


def _page_before(task: Task) -> Request:
    return Request("GET", f"{COLLECTION}?after={task.id - 1}&limit=1")


def _shown(answer: Answer, id: int) -> Iterable[JsonValue]:
    """What an answer shows of the task; raises ``Blocked`` where it is no successful one."""
    if answer.status != 200:
        raise Blocked("error.no-5xx" if answer.status >= 500 else "create.stored", answer.exchange)
    entries = answer.document if isinstance(answer.document, list) else [answer.document]
    return [entry for entry in entries if isinstance(entry, dict) and id_of(entry) == id]


def _is_whole(answer: Answer, shown: JsonValue, written: Sequence[JsonValue]) -> None:
    if not any(same(shown, state) for state in written):
        raise Violation(
            f"{answer.request_line}, while others replaced the task, shows a state that nobody wrote.",
            expected=f"one of the {len(written)} states, such as {show(written[-1])}",
            received=show(shown),
            evidence=answer.evidence(),
        )


def _tags_name_states(answers: Iterable[Answer]) -> None:
    """No two states have the same tag."""
    named: dict[str, Answer] = {}
    for answer in answers:
        tag = answer.header("etag")
        if answer.status != 200 or tag is None or not isinstance(answer.document, dict):
            continue
        other = named.setdefault(tag, answer)
        if not same(other.document, answer.document):
            raise Violation(
                f"{answer.request_line}, while others replaced the task, shows another state with the tag {tag}.",
                expected=show(other.document),
                received=show(answer.document),
                evidence=answer.evidence(other),
            )


def _agree_on_one_of(api: Api, task: Task, written: Sequence[Members], act: Answer) -> None:
    """After the race every connection shows the same one of these states, by id and in the list."""
    first = api.read(task.id)
    expect.status(first, 200)
    _is_whole(first, first.document, written)
    done = str(first.document["done"]).lower()
    page = api.listing(f"done={done}&after={task.id - 1}")
    left = Task(task.id, {name: value for name, value in first.document.items() if name != "id"})
    for reader in api.everywhere():
        expect.shows(reader.read(task.id), left.representation)
    expect.listed(left, api.entries(page), page, act)


def _is_one(answers: Sequence[Answer], what: str, successes: int) -> None:
    if successes != 1:
        raise Violation(
            f"Of {len(answers)} {what} at the same time {successes} were answered with 200.",
            expected="exactly one",
            received=", ".join(str(answer.status) for answer in answers),
            evidence=answers[0].evidence(*answers[1:3]),
        )


def _is_gone(reader: Api, task: Task, act: Answer) -> None:
    read = reader.read(task.id)
    if read.status != 404:
        raise Violation(
            f"Task {task.id} is there again after {act.request_line} at the same time as a PUT.",
            expected="404",
            received=read.exchange.outcome,
            evidence=read.evidence(act),
        )
    expect.not_listed(task.id, *reader.listed([task.id]), act)


def _is_sound_already(api: Api, tasks: Sequence[Task]) -> None:
    """Raise ``Blocked`` where the list is out of order, or lacks a task, without any race."""
    entries, page = api.observer.listed([task.id for task in tasks])
    listed = [*map(id_of, entries or ())]
    if listed != sorted(listed):
        raise Blocked("list.order", page.exchange)
    if len(listed) != len(tasks):
        raise Blocked("list.complete", page.exchange)


def _writes(api: Api, task: Task, step: int = 1) -> list[Request]:
    """Replacements by states of these numbers: in steps of two, the task stays as done as it is."""
    return [replacement(task.id, _whole(api, number * step)) for number in range(_READS)]


def _comings_and_goings(api: Api, count: int, leaving: Sequence[Task]) -> list[list[Request]]:
    """So many scripts that create tasks, and two that delete those ``leaving``, a later one first and last."""
    goings = [deletion(task.id) for task in leaving]
    return [[creation(api.sample()) for _ in range(_READS)] for _ in range(count)] + [goings[::-2], goings[::2]]


def _created_before(writes: Iterable[Timed], page: Timed) -> list[Task]:
    """The tasks whose creation was answered before the page was asked for."""
    earlier = [timed.answer for timed in writes if timed.end < page.start]
    return [Task(id, {}) for answer in earlier if (id := created_id(answer.exchange)) is not None]


def _is_sound(page: Answer, stable: Sequence[Task]) -> None:
    expect.status(page, 200)
    entries = page.document if isinstance(page.document, list) else []
    ids = [id_of(entry) for entry in entries if isinstance(entry, dict)]
    if ids != sorted(set(ids)):
        raise Violation(
            f"{page.request_line}, while others wrote, is out of order or has a task twice.",
            expected=show(sorted(set(ids))),
            received=show(ids),
            evidence=page.evidence(),
        )
    reach = max(ids, default=0) if page.next_page() is not None else float("inf")
    missed = [task.id for task in stable if task.id not in ids and task.id <= reach]
    if missed:
        raise Violation(
            f"{page.request_line}, while others wrote, does not have task {missed[0]}, which was there throughout.",
            expected=f"a page with the ids {show([task.id for task in stable])}",
            received=show(ids),
            evidence=page.evidence(ids=missed[:1]),
        )


def _shows_what_is_left(page: Answer, left: Sequence[Answer], *, is_filtered: bool) -> None:
    """The page has each task as it was answered after the last write to it; a filtered one those that are done."""
    entries = {id_of(entry): entry for entry in page.document or () if isinstance(entry, dict)}
    reach = max(entries, default=0) if page.next_page() is not None else float("inf")
    for answer in left:
        task = answer.document
        if not isinstance(task, dict) or id_of(task) > reach or (is_filtered and task.get("done") is not True):
            continue
        shown = entries.get(id_of(task))
        if not same(shown, task):
            raise Violation(
                f"{page.request_line}, after others wrote, does not show task {id_of(task)} as it is now.",
                expected=show(task),
                received=show(shown),
                evidence=page.evidence(answer),
                demands=[Listed(page.exchange, id_of(task), task)],
            )


def _shows_nothing_deleted(page: Answer, writes: Iterable[Timed]) -> None:
    """The page has no task whose deletion was answered with success."""
    for answer in (timed.answer for timed in writes if timed.answer.exchange.request.method == "DELETE"):
        if is_success(answer):
            expect.not_listed(id_in(answer.exchange.request.path) or 0, page.document, page, answer)


def _operations(timed: Timed, id: int) -> list[Operation]:
    """What an answer tells of one task, as an operation on it."""
    answer, request = timed.answer, timed.answer.exchange.request
    is_page = request.path.startswith(f"{COLLECTION}?")
    if not is_page and request.path != f"{COLLECTION}/{id}":
        return []
    label = f"{answer.request_line} ({answer.status})"
    if answer.status == 412:
        return []
    if request.method == "DELETE" and is_success(answer):
        return [Operation("write", ABSENT, timed.start, timed.end, label, answer)]
    if answer.status == 404:
        return [Operation("read", ABSENT, timed.start, timed.end, label, answer)]
    kind: Literal["write", "read"] = "write" if request.method == "PUT" else "read"
    shown = [entry for entry in _shown(answer, id) if isinstance(entry, dict)]
    return [Operation(kind, _value(entry), timed.start, timed.end, label, answer) for entry in shown]


def _value(representation: Members) -> str:
    return show(dict(sorted((name, value) for name, value in representation.items() if name != "id")))


def _fits(task: Task, history: Sequence[Operation], last: Answer) -> None:
    known = {operation.value for operation in history if operation.kind == "write"}
    strange = next((o for o in history if o.value not in known and o.value != ABSENT), None)
    if strange is not None:
        raise Blocked("race.update", strange.source.exchange)
    few = misfits(history)
    if few:
        start = min(operation.start for operation in history if operation.source is not None)
        raise Violation(
            f"The operations on task {task.id} fit no order.",
            expected="each read to show what the write before it left",
            received="; ".join(_line(operation, start) for operation in few),
            evidence=last.evidence(*(operation.source for operation in few if operation.source is not None)),
        )


def _line(operation: Operation, start: float) -> str:
    if operation.source is None:
        return f"{operation.label}: {operation.value[:80]}"
    times = f"{1000 * (operation.start - start):.1f} to {1000 * (operation.end - start):.1f} ms"
    return f"{operation.label} from {times}: {operation.value[:80]}"
