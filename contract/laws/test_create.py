"""Creation: POST on the collection."""

from __future__ import annotations

from itertools import product
from urllib.parse import unquote, urlsplit

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.demand import IdInRange, LeadsTo, NoneTitled
from contract.exchange import created_id
from contract.expect import Blocked, Violation
from contract.jsontext import encode
from contract.requirement import requirement
from contract.tasks import BODY_LIMIT, COLLECTION, LARGEST_ID, Members, Task, id_of, item, with_defaults

_UNTIL_TWO_DIGITS = 8
_OPTIONAL: tuple[Members, ...] = tuple(
    {**description, **done}
    for description, done in product(
        ({}, {"description": ""}, {"description": "two words"}), ({}, {"done": False}, {"done": True})
    )
)


@requirement("create.stored", source="RFC 9110 9.3.3")
def test_stored(api: Api) -> None:
    """201 answers the task as sent, defaults filled in, with its id, and every later read says the same, on any
    connection, at once.

    Answer what was stored, not what was sent, and keep one state for all connections and worker processes.
    """
    tasks: list[tuple[Task, Answer]] = []
    first = api.sample(description="of a deleted task", done=True)
    api.delete(_task_of(api.create(first), first).id)
    for members in (*_OPTIONAL, {}):
        last_id = tasks[-1][0].id if tasks else 0
        same_done = f"done={str(members.get('done', False)).lower()}"
        _read_ahead(api, last_id)
        api.listing(same_done)
        body = {"title": api.sample()["title"], **members}

        answer = api.create(body)
        task = _task_of(answer, body)
        tasks.append((task, answer))
        expect.status(api.via(2).head(task.id), 200)
        page = api.listing(same_done)
        if page.next_page() is None:
            expect.listed(task, api.entries(page), page, answer)
        for reader in api.everywhere():
            expect.shows(reader.read(task.id), task.representation)
            expect.listed(task, *reader.listed([task.id]), answer)

    for task, answer in tasks:
        expect.shows(api.observer.read(task.id), task.representation)
        expect.listed(task, *api.observer.listed([task.id]), answer)


@requirement("create.location", source="RFC 9110 10.2.2")
def test_location(api: Api) -> None:
    """The Location of a 201 leads to the path of the new task."""
    base_path = unquote(urlsplit(api.session.target.url).path)
    for query in ("", "?unknown=1", *("",) * _UNTIL_TWO_DIGITS):
        answer = api.send("POST", COLLECTION + query, api.sample())
        id = created_id(answer.exchange)
        if answer.status != 201 or id is None:
            raise Blocked("create.stored", answer.exchange)

        location = answer.header("location")
        path = unquote(urlsplit(answer.resolve(location)).path) if location else None
        if path != base_path + item(id):
            raise Violation(
                f"The Location of task {id} does not lead to it.",
                expected=f"Location: {base_path}{item(id)}",
                received=f"Location: {location}" if location else "no Location",
                evidence=answer.evidence(),
                demands=[LeadsTo(answer.exchange, id)],
            )


@requirement("create.once", source="RFC 9110 9.2.2")
def test_once(api: Api) -> None:
    """One POST adds one task, and equal POSTs add one each.

    Two clients may want the same title; only a client can know that it asks twice.
    """
    api.neighbours(1)
    for members, size in (
        ({}, 0),
        ({"description": "twice", "done": True}, 0),
        ({"description": "\U0001f600" * 2000}, BODY_LIMIT),
    ):
        body = api.sample(**members)
        content = encode(body).ljust(size)
        answers = []
        for times, sender in enumerate((api, api, api.observer, api), start=1):
            answers.append(sender.create(content))
            ids = [created_id(answer.exchange) for answer in answers]
            if None in ids:
                raise Blocked("create.stored", answers[-1].exchange)

            found, page = _titled(api, str(body["title"]), min(id for id in ids if id))
            if len(found) != times or set(found) != set(ids):
                raise Violation(
                    f"After {times} equal POSTs the list has {len(found)} tasks with that title.",
                    expected=f"{times}, with the ids that the POSTs answered: {ids}",
                    received=f"{len(found)}, with the ids {found}",
                    evidence=page.evidence(*answers),
                    demands=[NoneTitled(page.exchange, str(body["title"]), times)],
                )


@requirement("create.bystanders")
def test_bystanders(api: Api) -> None:
    """Creating a task changes no other, not even one with the same members."""
    deleted = api.neighbours(1)[0].id
    api.removed(deleted)
    for members in ({"description": "kept", "done": True}, {"description": "", "done": False}):
        tasks = api.alike(2, **members)
        state = api.observer.present_state(tasks)

        for body in (
            api.sample(**members),
            {"title": "nothing else"},
            api.sample(),
            tasks[0].members,
            tasks[0].members,
            {**tasks[0].members, "description": "another", "done": not tasks[0].members["done"]},
        ):
            answer = api.create(body)
            id = created_id(answer.exchange)
            if id is None or id in state.by_id:
                raise Blocked("create.stored" if id is None else "id.unique", answer.exchange)
            tasks.append(Task(id, with_defaults(body)))
            now = api.observer.state(tasks)
            expect.unchanged(state, now.without(id), answer)
            state = now
    expect.status(api.observer.read(deleted), 404)


def _read_ahead(api: Api, last_id: int) -> None:
    """Ask for what does not exist yet, so that a server which remembers such answers is found out."""
    for reader in api.everywhere()[:3]:
        reader.listing()
        reader.read(last_id + 1)


def _task_of(answer: Answer, body: Members) -> Task:
    expect.status(answer, 201)
    id = created_id(answer.exchange)
    if id is None or not 1 <= id <= LARGEST_ID:
        raise Violation(
            "The answer to a POST names no id for the new task.",
            expected=f"an integer id from 1 to {LARGEST_ID}",
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[IdInRange(answer.exchange)],
        )
    task = Task(id, with_defaults(body))
    expect.document(answer, task.representation)
    return task


def _titled(api: Api, title: str, first_id: int) -> tuple[list[int], Answer]:
    """The ids of the listed tasks with this title, from just before ``first_id`` on, and the page read last."""
    found: list[int] = []
    for page in api.pages(f"after={max(first_id - 4, 0)}", limit=3):
        found += [id_of(e) for e in api.entries(page) or () if e.get("title") == title]
    api.session.ledger.adopt(found)
    return found, page
