"""The list: every task, once, in order."""

from __future__ import annotations

from contract import expect
from contract.api import Answer, Api, Members, Task, id_of
from contract.expect import Blocked, Violation
from contract.jsontext import same, show
from contract.requirement import requirement

_REACH = 45
"""So many tasks at most are created to bring the ids across a power of ten."""


@requirement("list.complete")
def test_complete(api: Api) -> None:
    """Every task is listed once, and exactly as it reads by id.

    The list shows the members of a task under the same names and with the same values as the task itself.
    """
    tasks = api.neighbours(6)
    tasks += api.arrange(tasks[0].members, {"title": tasks[1].members["title"]})
    _complete(api, tasks)

    tasks[1] = api.changed(tasks[1], api.sample(description="", done=True))
    tasks[3] = api.changed(tasks[3], api.sample(description="changed", done=False))
    _complete(api, tasks)
    for position in (0, 2, -1):
        api.removed(tasks.pop(position).id)
        _complete(api, tasks)


@requirement("list.order")
def test_order(api: Api) -> None:
    """The list is in ascending order of id, also after updates and across a power of ten."""
    tasks = api.neighbours(4)
    while len(str(tasks[-1].id)) == len(str(min(_known(api, tasks)))) and _is_near_power(tasks[-1].id):
        tasks += api.neighbours(1)

    known = _known(api, tasks)
    _ascending(api, known)
    for position in (1, 0, -1):
        tasks[position] = api.changed(tasks[position], api.sample(done=position == 0))
        _ascending(api, known)
    api.removed(tasks.pop(1).id)
    tasks += api.neighbours(1)
    _ascending(api, _known(api, tasks))


def _complete(api: Api, tasks: list[Task]) -> None:
    wanted = {task.id for task in tasks}
    found: dict[int, list[tuple[Members, Answer]]] = {id: [] for id in wanted}
    for page in api.observer.pages():
        expect.status(page, 200)
        expect.media_type(page)
        entries = api.entries(page)
        if entries is None:
            raise Violation(
                f"{page.request_line} was not answered with an array of tasks.",
                expected="a JSON array of objects",
                received=page.exchange.outcome,
                evidence=page.evidence(),
            )
        for entry in entries:
            if id_of(entry) in wanted:
                found[id_of(entry)].append((entry, page))
    for id, places in found.items():
        if len(places) != 1:
            last = places[-1][1] if places else page
            raise Violation(
                f"Task {id} is listed {len(places)} times.",
                expected="once",
                received=last.exchange.outcome,
                evidence=last.evidence(ids=[id]),
            )
        _as_read(api, id, *places[0])


def _as_read(api: Api, id: int, entry: Members, page: Answer) -> None:
    read = api.read(id)
    if read.status != 200:
        raise Blocked("create.stored", read.exchange)
    if not same(entry, read.document):
        raise Violation(
            f"Task {id} is listed otherwise than it reads by id.",
            expected=show(read.document),
            received=show(entry),
            evidence=page.evidence(read),
        )


def _ascending(api: Api, ids: list[int]) -> None:
    entries, page = api.observer.listed(ids)
    listed = [id_of(entry) for entry in entries or ()]
    if not listed:
        raise Blocked("list.complete", page.exchange)
    if listed != sorted(listed):
        raise Violation(
            "The list is not in ascending order of id.",
            expected=show(sorted(listed)),
            received=show(listed),
            evidence=page.evidence(ids=listed),
        )


def _known(api: Api, tasks: list[Task]) -> list[int]:
    return [*api.anchors, *(task.id for task in tasks)]


def _is_near_power(id: int) -> bool:
    return int(10 ** len(str(id))) - id <= _REACH
