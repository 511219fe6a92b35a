"""Ids: how they are issued, and what is none."""

from __future__ import annotations

from collections.abc import Iterator

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.conditional import if_match
from contract.corpora.ids import SOMEBODY_ELSES_IN_DISGUISE, TEXTS_THAT_ARE_NO_ID, ids_in_disguise
from contract.demand import IdInRange, InOrder, OtherIds, Status
from contract.exchange import created_id
from contract.expect import Blocked, Violation
from contract.requirement import requirement
from contract.tasks import LARGEST_ID, Task

_FEW = 12


@requirement("id.unique")
def test_unique(api: Api) -> None:
    """The ids of all tasks differ, and none is ever issued again, also after the newest or the oldest was deleted.

    On a store that was empty at the start all of them are deleted in the end, too. Number of tasks plus one, the
    largest id plus one and a database's row number are all ids that come again.
    """
    was_empty = api.beginning().document == []
    earlier = dict(api.session.ledger.births)
    issued: dict[int, Answer] = {}
    alive: list[int] = []

    for victims in ((0,), (-1,), (1,), (0, -1), (-1, -1), (0, 0, 0)):
        alive += [_issue(api, issued) for _ in range(3)]
        for number, position in enumerate(victims):
            api.removed(alive.pop(position), headers=if_match("*") if number % 2 else ())
            refused = api.create(b"{")
            if refused.status < 400:
                raise Blocked("json.malformed", refused.exchange)
        alive += [_issue(api, issued) for _ in range(2)]
    for id in alive:
        api.removed(id)
    oldest = {id: api.removed(id) for id in api.oldest()}
    issued |= oldest
    alive = [_issue(api, issued) for _ in range(_FEW)]
    entries, page = api.observer.listed(alive)
    listed = [entry["id"] for entry in entries or ()]
    if len(set(listed)) < len(listed):
        raise Violation(
            "The list has two tasks with the same id.",
            expected="ids that differ",
            received=str(listed),
            evidence=page.evidence(*(issued[id] for id in listed)),
            demands=[InOrder(page.exchange)],
        )
    for id in sorted(issued.keys() & earlier.keys() - oldest.keys()):
        raise Violation(
            f"The id {id} was issued a second time; another task of this run had it long before.",
            expected="an id that no task ever had",
            received=issued[id].exchange.outcome,
            evidence=(earlier[id], *issued[id].evidence()),
        )
    if was_empty:
        _is_new_in_an_empty_store(api, issued)


def _is_new_in_an_empty_store(api: Api, issued: dict[int, Answer]) -> None:
    """After every task was deleted the next id is none that was ever issued."""
    api.forget_kept()
    known = {*issued, *api.session.ledger.issued}
    api.clean_up()
    answer = api.create(api.sample())
    id = created_id(answer.exchange)
    if id is None:
        raise Blocked("create.stored", answer.exchange)
    if id in known:
        raise Violation(
            f"The id {id} was issued a second time, after every task was deleted.",
            expected="an id that no task ever had",
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
        )


@requirement("id.syntax")
def test_syntax(api: Api) -> None:
    """Text that is not an id is 404 on GET, PUT and DELETE, also where it begins with an id or could be read as one."""
    tasks = api.neighbours(3)
    task = tasks[1]
    before = api.observer.present_state(tasks)

    # What looks like an id of ours comes first: what the other texts name, if anything, depends on the ids there are.
    for number, text in enumerate((*ids_in_disguise(task.id), *TEXTS_THAT_ARE_NO_ID)):
        # Numbers, and what begins with the id of a task, are what a careless server takes for one.
        harmful = str(task.id) in text or text.lstrip("-").isdigit()
        # A number at the beginning may be taken for somebody else's.
        harmless = number % 3 == 0 and not text[0].isdigit()
        for answer in _answers(api, text, writes=api.may_write and (harmful or harmless)):
            _names_no_id(answer, task)
    for text in SOMEBODY_ELSES_IN_DISGUISE:
        _names_no_id(api.read(text), task)
    expect.unchanged(before, api.observer.state(tasks), answer)
    api.end_of_reading()
    api.changed(task, api.sample())
    api.removed(task.id)


def _names_no_id(answer: Answer, task: Task) -> None:
    if answer.status != 404:
        raise Violation(
            f"{answer.request_line} was answered with status {answer.status}, though it names no id.",
            expected="404",
            received=answer.exchange.outcome,
            evidence=answer.evidence(ids=[task.id]),
            demands=[Status(answer.exchange, (404,))],
        )


def _answers(api: Api, text: str, *, writes: bool) -> Iterator[Answer]:
    yield api.read(text)
    if writes:
        yield api.replace(text, api.sample())
        yield api.delete(text)


def _issue(api: Api, issued: dict[int, Answer]) -> int:
    body = api.sample()
    answer = api.create(body)
    id = created_id(answer.exchange)
    if id is None:
        raise Blocked("create.stored", answer.exchange)
    greeting = api.session.greeting
    if greeting is not None and id in api.session.strangers:
        raise Violation(
            f"The id {id} was issued, and another task had it already.",
            expected="an id that no task ever had",
            received=answer.exchange.outcome,
            evidence=(greeting, *answer.evidence()),
        )
    if id in issued:
        raise Violation(
            f"The id {id} was issued a second time.",
            expected="an id that no task ever had",
            received=answer.exchange.outcome,
            evidence=answer.since(issued[id]),
            demands=[OtherIds(answer.exchange, (issued[id].exchange,))],
        )
    if not 1 <= id <= LARGEST_ID:
        raise Violation(
            f"The id {id} is out of range.",
            expected=f"1 to {LARGEST_ID}",
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[IdInRange(answer.exchange)],
        )
    issued[id] = answer
    return id
