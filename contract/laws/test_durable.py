"""Durability: what holds when the process of the server is killed and started again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.answer import Answer
from contract.api import Api, State
from contract.conditional import if_none_match
from contract.corpora.text import LINES, TEXTS, of_length
from contract.crash import (
    Moment,
    Record,
    creation_of_one,
    end,
    end_under_load,
    listed,
    needs_restarts,
    start_again,
)
from contract.exchange import Exchange, Journal, created_id
from contract.expect import Blocked, Violation
from contract.jsontext import JsonValue, same, show
from contract.launch import LaunchedServer, NotStarted
from contract.requirement import requirement
from contract.tasks import TEXT_LIMITS, Members, Task, id_in

_MOMENTS = (Moment(60), Moment(90, gently=True), Moment(35, 0.0007), Moment(75, 0.0019))
_ENDS = ((False,), (True, False))
"""Ends of the server without a task created between them, each gentle or not; before two of them all tasks are gone."""

_FEW = 4


@requirement("durable.writes")
def test_writes(api: Api) -> None:
    """Every acknowledged write survives a kill of the process at any moment, and a restart; no write is there by half.

    Commit before you answer, and all that belongs to a write in one transaction. A loss of power is not judged.
    """
    server = needs_restarts(api)
    _come_back(api, server)
    api.require_plain()
    try:
        odd, old_tag = _odd_tasks(api), _OldTag(api)
        kept: list[Record] = []
        for moment in _MOMENTS:
            records = end_under_load(api, server, moment)
            _come_back(api, server)
            records.append(creation_of_one(api))
            require_kept(api, records, kept)
            _is_as_before(odd, api.state(list(odd.by_id)))
            old_tag.is_not_current(api)
            kept += records
    finally:
        api.forget_kept()


@requirement("durable.ids")
def test_ids(api: Api) -> None:
    """After a restart no id is issued again, neither that of a task deleted before nor that of one being created.

    A sequence of the database, or ``AUTOINCREMENT`` in SQLite, remembers the largest id ever; the table does not.
    """
    server = needs_restarts(api)
    _come_back(api, server)
    api.require_plain()
    issued: dict[int, Exchange | None] = dict.fromkeys(api.session.ledger.issued)
    api.forget_kept()
    api.clean_up()
    try:
        for ends in _ENDS:
            api.begin()
            ids = _issued_anew(api, issued)
            api.removed(ids[-1])
            if len(ends) > 1:
                api.clean_up()
            for gently in ends:
                end(server, gently=gently)
                _come_back(api, server)
            _issued_anew(api, issued)
        for record in end_under_load(api, server, Moment(30, 0.001)):
            issued |= record.told
        _come_back(api, server)
        _issued_anew(api, issued)
    finally:
        api.forget_kept()


def _odd_tasks(api: Api) -> State:
    """Tasks that a store may change, lose or move, as they are shown: with odd texts, and changed and changed back."""
    (changed_back,) = api.arrange(api.sample(description="changed and changed back"))
    texts: list[Members] = [{"title": text, "description": text, "done": True} for text in TEXTS]
    lines: list[Members] = [api.sample(description=text) for text in LINES]
    longest: list[Members] = [
        api.sample(**{name: of_length("\U0001f600", limit)}) for name, limit in TEXT_LIMITS.items()
    ]
    tasks = api.arrange(*texts, *lines, *longest)
    api.changed(changed_back, api.sample())
    api.changed(changed_back, changed_back.members)
    return api.present_state([changed_back, *tasks])


def _is_as_before(before: State, after: State) -> None:
    """Each task and the list are shown as they were before the server ended."""
    for id, shown in before.by_id.items():
        _is_shown_again(shown, after.by_id[id], before.answers[id], after.answers[id])
    _is_shown_again(before.listed, after.listed, before.list_answer, after.list_answer)


def _is_shown_again(before: JsonValue, now: JsonValue, told: Answer, answer: Answer) -> None:
    if not same(now, before):
        raise Violation(
            f"{answer.request_line}, after a restart, does not show what it showed before.",
            expected=show(before),
            received=show(now),
            evidence=answer.evidence(told),
        )


class _OldTag:
    """The tag that a task had before it was changed: nobody is to be told that this is how it is."""

    def __init__(self, api: Api) -> None:
        (task,) = api.neighbours(1)
        self._tag = api.read(task.id).header("etag") or ""
        self._id = task.id
        api.changed(task, api.sample())
        self._is_told = bool(self._tag) and self._revalidated(api).status == 200

    def _revalidated(self, api: Api) -> Answer:
        return api.read(self._id, headers=if_none_match(self._tag))

    def is_not_current(self, api: Api) -> None:
        """A client that has the task as it was before is told of the change, where it was before the server ended."""
        answer = self._revalidated(api)
        if self._is_told and answer.status == 304:
            raise Violation(
                f"{answer.request_line}, after a restart, takes the tag of an earlier state for the present one.",
                expected="200 and the present state",
                received=answer.exchange.outcome,
                evidence=answer.evidence(),
            )


def require_kept(api: Api, records: Sequence[Record], earlier: Sequence[Record] = ()) -> None:
    """After a restart every task is as its client was told; a write without an answer is there as a whole or not.

    The tasks of ``earlier`` records have been looked at before, and are looked for in the list only; whether their ids
    are issued again is the matter of another requirement.
    """
    entries, page = listed(api, [*earlier, *records])
    owners = {id: record for record in (*earlier, *records) for id in record.states}
    unanswered = [record.unanswered_creation["title"] for record in records if record.unanswered_creation]
    for record in (*earlier, *records):
        for id, told in record.told.items():
            if owners[id] is not record or entries.get(id, {}).get("title") in unanswered:
                continue
            allowed = [None if members is None else Task(id, members).representation for members in record.allows(id)]
            if record in records:
                read = api.read(id)
                _is_kept(read, None if read.status == 404 else read.document, allowed, told)
            _is_kept(page, entries.get(id), allowed, told)
        _is_whole(record, entries, page)


def _is_kept(answer: Answer, shown: JsonValue, allowed: Sequence[JsonValue], told: Exchange) -> None:
    if not any(same(shown, state) for state in allowed):
        write = f"{told.request.method} {told.request.path}"
        raise Violation(
            f"{answer.request_line}, after a restart, does not show what {write} left.",
            expected=" or ".join("no such task" if state is None else show(state) for state in allowed),
            received="no such task" if shown is None else show(shown),
            evidence=[*_birth(answer.journal, told), told, answer.exchange],
        )


def _birth(journal: Journal, told: Exchange) -> list[Exchange]:
    """The creation of the task that a later write names."""
    id = id_in(told.request.path)
    return [exchange for exchange in journal.exchanges if id is not None and created_id(exchange) == id]


def _is_whole(record: Record, entries: Mapping[int, Members], page: Answer) -> None:
    """What a creation without an answer left is what was sent."""
    sent = record.unanswered_creation
    if sent is None:
        return
    for id, entry in entries.items():
        if entry.get("title") == sent["title"] and not same(entry, {"id": id, **sent}):
            raise Violation(
                f"Task {id}, whose POST was cut off by the end of the server, is there by half.",
                expected=show({"id": id, **sent}),
                received=show(entry),
                evidence=page.evidence(),
            )


def _come_back(api: Api, server: LaunchedServer) -> None:
    try:
        start_again(api, server)
    except NotStarted as failure:
        raise Violation(
            "The server did not come up again.",
            expected="an answer to GET",
            received=str(failure),
            evidence=api.journal.exchanges[-1:],
        ) from failure


def _issued_anew(api: Api, issued: dict[int, Exchange | None]) -> list[int]:
    """The ids of a few new tasks, none of which was issued before."""
    ids = []
    for _ in range(_FEW):
        answer = api.create(api.sample())
        id = created_id(answer.exchange)
        if id is None:
            raise Blocked("create.stored", answer.exchange)
        if id in issued:
            raise Violation(
                f"After a restart the id {id} was issued a second time.",
                expected="an id that no task ever had",
                received=answer.exchange.outcome,
                evidence=[exchange for exchange in (issued[id], answer.exchange) if exchange is not None],
            )
        issued[id] = answer.exchange
        ids.append(id)
    return ids
