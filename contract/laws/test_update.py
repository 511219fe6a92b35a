"""Replacing: PUT on a task."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

from contract import expect
from contract.answer import Answer
from contract.api import Api, State
from contract.conditional import if_none_match
from contract.demand import Document, HasMembers, InOrder, SameAnswer, Status
from contract.expect import Blocked, Violation
from contract.jsontext import same, show
from contract.property import examples
from contract.requirement import requirement
from contract.strategies import bodies, neighbourhoods
from contract.tasks import Members, Task, id_of, with_defaults

_STATES: tuple[Members, ...] = tuple(
    {"description": description, "done": done} for description, done in product(("", "before"), (False, True))
)
_CHANGES: tuple[Members, ...] = (
    {},
    {"done": False},
    {"done": True},
    {"description": ""},
    {"description": "after"},
    {"description": "", "done": False},
    {"description": "after", "done": True},
)

_FIRST = tuple(
    {"state": [{"title": "one"}, {"title": "two"}], "position": 0, "body": body, "like": like, "times": 3}
    for like, body in (("new", {"title": "new"}), ("neighbour", {}), ("itself", {}))
)


@requirement("update.replaces", source="RFC 9110 9.3.4")
def test_replaces(api: Api) -> None:
    """After the 200 of a PUT every read shows the new state: absent members took their defaults, and false and ""
    are values.

    A PUT is no merge: what the body leaves out is not kept from the old task.
    """
    (task,) = api.arrange(api.sample())
    for state, change in product(_STATES, _CHANGES):
        with api.aside():
            _replace(api, task, {"title": api.sample()["title"], **state}, is_listed=False)
            _replace(api, task, {"title": api.sample()["title"], **change})
    api.begin()
    (task,) = api.arrange(api.sample(description="one member at a time"))
    done = task.members["done"]
    for one in (
        {"description": "ONE member at a time"},
        {"title": str(task.members["title"]).upper()},
        {"done": not done},
        {"description": "one member at a time"},
        {"done": done},
    ):
        task = Task(task.id, {**task.members, **one})
        _replace(api, task, task.members)
    for state in _STATES:
        task = Task(task.id, {**task.members, **state})
        _replace(api, task, task.members)
        _replace(api, task, {"title": task.members["title"]})

    api.begin()
    _, task, _ = api.neighbours(3)
    for reader in api.everywhere():
        reader.read(task.id)
        reader.listing()
    for members in _STATES:
        body = api.sample(**members)
        answer = _replace(api, task, body)
        for reader in api.everywhere():
            _reads(reader, Task(task.id, body), answer)
            _lists(reader, Task(task.id, body), answer)
            expect.listed(Task(task.id, body), *reader.listed([task.id]), answer)


@requirement("update.idempotent", source="RFC 9110 9.2.2")
@examples(
    6,
    _FIRST,
    state=neighbourhoods(1, 2),
    position=st.integers(0, 1),
    body=bodies(),
    like=st.sampled_from(("new", "itself", "neighbour")),
    times=st.integers(2, 3),
)
def test_idempotent(api: Api, state: list[Members], position: int, body: Members, like: str, times: int) -> None:
    """Repeating a PUT leaves the same state, neighbours included, and gives the same status and body."""
    tasks = api.arrange(api.sample(description="before", done=True), *state, api.sample(description="after"))
    task = tasks[1 + position % len(state)]
    body = {"new": body, "itself": task.members, "neighbour": tasks[0].members}[like]
    first = api.replace(task.id, body)
    before = api.observer.state(tasks)
    if first.status != 200 or not same(first.document, before.by_id[task.id]):
        raise Blocked("update.replaces", first.exchange)

    for sender in (api, api.observer, api)[:times]:
        again = sender.replace(task.id, body)
        _same_answer(first, again)
        expect.unchanged_list(before, *api.observer.listed_with_anchors(tasks), again)
    expect.unchanged(before, api.observer.state(tasks), again)


@requirement("update.missing", source="RFC 9110 15.5.5")
def test_missing(api: Api) -> None:
    """PUT to a missing or deleted id is 404 and creates nothing."""
    neighbours = api.neighbours(2)
    missing = api.missing()
    before = api.observer.present_state(neighbours)
    refused: dict[str, Answer] = {}

    for id in missing:
        if api.read(id).status != 404 or api.listed([id])[0]:
            raise Blocked("read.missing", api.journal.exchanges[-1])
        for body, headers, statuses in (
            (api.sample(done=True), (), (404,)),
            (api.sample(), if_none_match("*"), (404, 412)),
            ({"title": neighbours[0].members["title"]}, (), (404,)),
        ):
            answer = api.replace(id, body, headers=headers)
            expect.status(answer, *statuses)
            refused |= {str(body["title"]): answer} if "description" in body else {}
            expect.status(api.observer.read(id), 404)
            expect.not_listed(id, *api.observer.listed([id]), answer)
        expect.unchanged(before, api.observer.state(neighbours), answer)
    expect.not_stored(refused, *api.observer.stored(refused, after=neighbours[0].id))
    api.changed(neighbours[0], api.sample())


@requirement("update.bystanders")
def test_bystanders(api: Api) -> None:
    """A PUT changes no other task, and the task keeps its id and its place in the list."""
    for members in ({"description": "kept", "done": True}, {"description": "", "done": False}):
        tasks = api.arrange(*(api.sample(**members) for _ in range(6)))
        tasks += api.arrange(tasks[4].members)
        api.removed(tasks.pop(1).id)
        api.removed(tasks.pop(2).id)
        order = _order(api, tasks)
        state = api.observer.present_state(tasks)

        for id in api.anchors[:1]:
            answer = api.replace(id, api.sample(**members))
            state, before = api.observer.state(tasks), state
            expect.unchanged(before.without(id), state.without(id), answer)
        equal, retitled = tasks[2].members, {"title": tasks[0].members["title"], "done": True}
        acts = ((1, api.sample()), (1, equal), (0, retitled), (0, equal), (-1, api.sample()))
        for task, body in ((tasks[position], body) for position, body in acts):
            answer = api.replace(task.id, body)
            if answer.status != 200:
                raise Blocked("update.replaces", answer.exchange)
            now = api.observer.state(tasks)
            expect.unchanged(state.without(task.id), now.without(task.id), answer)
            _keeps_its_place(task, order, now, answer)
            if not same(now.by_id[task.id], {"id": task.id, **with_defaults(body)}):
                raise Blocked("update.replaces", now.answers[task.id].exchange)
            state = now


def _replace(api: Api, task: Task, body: Members, is_listed: bool = True) -> Answer:
    answer = api.replace(task.id, body)
    expected = Task(task.id, with_defaults(body))
    expect.shows(answer, expected.representation)
    _reads(api.observer, expected, answer)
    if is_listed:
        _lists(api.observer, expected, answer)
    return answer


def _reads(reader: Api, task: Task, answer: Answer) -> None:
    read = reader.read(task.id)
    if not (read.status == 200 and same(read.document, task.representation)):
        raise Violation(
            f"GET does not show what {answer.request_line} left.",
            expected=show(task.representation),
            received=read.exchange.outcome,
            evidence=read.evidence(answer),
            demands=[Document(read.exchange, task.representation)],
        )


def _lists(reader: Api, task: Task, answer: Answer) -> None:
    page = reader.listing(f"done={str(task.members['done']).lower()}&after={task.id - 1}")
    expect.listed(task, reader.entries(page), page, answer)


def _same_answer(first: Answer, again: Answer) -> None:
    if first.status != again.status or not same(first.document, again.document):
        raise Violation(
            f"Repeating {first.request_line} with the same body was answered otherwise.",
            expected=first.exchange.outcome,
            received=again.exchange.outcome,
            evidence=again.evidence(first),
            demands=[SameAnswer(again.exchange, first.exchange)],
        )


def _order(api: Api, tasks: list[Task]) -> list[int]:
    entries, _ = api.observer.listed([*(task.id for task in tasks), *api.anchors])
    return [id_of(entry) for entry in entries or ()]


def _keeps_its_place(task: Task, order: list[int], now: State, answer: Answer) -> None:
    read = now.answers[task.id]
    if read.status != 200 or not same(_id(read), task.id) or not same(_id(answer), task.id):
        raise Violation(
            f"{answer.request_line} did not leave the task its id.",
            expected=f"status 200 and id {task.id}",
            received=(answer if not same(_id(answer), task.id) else read).exchange.outcome,
            evidence=read.evidence(answer),
            demands=[
                demand
                for exchange in (answer.exchange, read.exchange)
                for demand in (Status(exchange, (200,)), HasMembers(exchange, {"id": task.id}))
            ],
        )
    listed = [id_of(entry) for entry in now.listed or ()]
    if listed != order:
        raise Violation(
            f"{answer.request_line} moved tasks in the list.",
            expected=show(order),
            received=show(listed),
            evidence=now.list_answer.evidence(answer, ids=now.by_id),
            demands=[InOrder(now.list_answer.exchange)],
        )


def _id(answer: Answer) -> object:
    return answer.document.get("id") if isinstance(answer.document, dict) else None
