"""Deleting: DELETE on a task."""

from __future__ import annotations

from hypothesis import strategies as st

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.demand import Status
from contract.expect import Blocked, Violation
from contract.property import examples
from contract.requirement import requirement
from contract.strategies import neighbourhoods
from contract.tasks import Members

DELETED = {"message": "Task deleted"}

_FIRST = tuple({"state": [{"title": "one"}], "position": position, "times": 3} for position in (1, 0))


@requirement("delete.gone", source="RFC 9110 9.3.5")
def test_gone(api: Api) -> None:
    """After the 200 of a DELETE the task is gone from every read and from the list, on any connection, at once."""
    api.neighbours(1)
    deleted = []
    for members in ({}, {"done": True}, {"done": False, "description": ""}):
        _, task, _ = api.arrange(api.sample(), api.sample(**members), api.sample())
        api.present_state([task])
        for reader in api.everywhere():
            reader.read(task.id)
            reader.head(task.id)
            reader.listing()
            reader.listing(f"done={str(task.members['done']).lower()}")

        answer = api.delete(task.id)
        expect.status(answer, 200)
        expect.document(answer, DELETED)
        deleted.append((task, answer))
        for reader in api.everywhere():
            _is_gone(reader, task.id, answer)
            done = str(task.members["done"]).lower()
            page = reader.listing(f"done={done}&after={task.id - 1}")
            expect.not_listed(task.id, list(api.entries(page) or ()), page, answer)

    api.neighbours(2)
    for task, answer in deleted:
        _is_gone(api.observer, task.id, answer)
    for id in api.oldest():
        answer = api.delete(id)
        expect.status(answer, 200)
        _is_gone(api.observer, id, answer)


@requirement("delete.idempotent", source="RFC 9110 9.2.2")
@examples(6, _FIRST, state=neighbourhoods(1, 2), position=st.integers(0, 3), times=st.integers(1, 3))
def test_idempotent(api: Api, state: list[Members], position: int, times: int) -> None:
    """Repeating a DELETE is 404 and leaves the same state, neighbours included."""
    tasks = api.arrange(api.sample(description="before", done=True), *state, api.sample(description="after"))
    task = tasks[position % len(tasks)]
    first = api.removed(task.id)
    before = api.observer.present_state([other for other in tasks if other is not task], gone=[task.id])

    for sender in (api, api.observer, api)[:times]:
        again = sender.delete(task.id)
        if again.status != 404:
            raise Violation(
                f"Repeating {first.request_line} was answered with status {again.status}.",
                expected="404",
                received=again.exchange.outcome,
                evidence=again.evidence(first),
                demands=[Status(again.exchange, (404,))],
            )
        expect.unchanged_list(before, *api.observer.listed_with_anchors(tasks), again)
    expect.unchanged(before, api.observer.state(tasks), again)


@requirement("delete.bystanders")
def test_bystanders(api: Api) -> None:
    """A DELETE removes only the task that it names, wherever that stands among its neighbours."""
    for members in ({"description": "kept", "done": True}, {"description": "", "done": False}):
        tasks = api.alike(5, **members)
        tasks += api.arrange(tasks[2].members, tasks[2].members)
        state = api.observer.present_state(tasks)

        for position in (2, 0, -1, 1):
            task = tasks.pop(position)
            answer = api.removed(task.id)
            now = api.observer.state(tasks)
            expect.unchanged(state.without(task.id), now, answer)
            state = now
    for id in api.oldest():
        before = api.observer.present_state(tasks)
        answer = api.removed(id)
        expect.unchanged(before.without(id), api.observer.state(tasks).without(id), answer)
        answer = api.delete(id)
        if answer.status != 404:
            raise Blocked("delete.idempotent", answer.exchange)
        expect.unchanged(before.without(id), api.observer.state(tasks).without(id), answer)


def _is_gone(reader: Api, id: int, act: Answer) -> None:
    for answer in (reader.read(id), reader.head(id)):
        if answer.status != 404:
            raise Violation(
                f"{answer.request_line} still finds the task after {act.request_line}.",
                expected="404",
                received=answer.exchange.outcome,
                evidence=answer.evidence(act),
                demands=[Status(answer.exchange, (404,))],
            )
    expect.not_listed(id, *reader.listed([id]), act)
