"""State: the API has one, and no memory beside it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import NamedTuple

from hypothesis import strategies as st

from contract.answer import Answer
from contract.api import Api
from contract.clients import Client, Scene
from contract.demand import Document, LeadsTo, Listed, Status
from contract.exchange import Evidence, created_id
from contract.expect import Blocked, Violation
from contract.explanation import explain, settle
from contract.jsontext import JsonValue, same, show
from contract.lockstep import Lockstep
from contract.machine import Clients, tour
from contract.property import draws, examples, run_machine
from contract.requirement import requirement
from contract.steps import Step, owner_of
from contract.tasks import COLLECTION, Body, Members, id_of, item
from contract.transport import Headers

_CONNECTIONS = 5
_WRITES_AFTER = 3
"""A client writes after every third act, and after all of them together."""

_COOKIES = (
    {
        "session": "1",
        "sessionid": "1",
        "JSESSIONID": "1",
        "PHPSESSID": "1",
        "connect.sid": "1",
        "sid": "1",
        "token": "1",
    },
    {"user": "1", "tenant": "1", "lang": "fr", "locale": "fr", "done": "true", "limit": "1", "after": "1", "page": "2"},
)
"""Cookies as servers are known to look for them."""


class _Act(NamedTuple):
    """A request that a client may have sent before; ``owner`` is the requirement that it is refused, if it must be."""

    owner: str | None
    method: str
    path: str
    body: Body = None
    headers: Headers = ()

    def by(self, client: Client, scene: Scene) -> Answer:
        """Send it; raises ``Blocked`` where it is not refused though it must be."""
        path = self.path.format(task=item(scene.task.id), other=item(scene.other.id), deleted=item(scene.deleted))
        answer = client.send(self.method, path, self.body, self.headers)
        if self.owner is not None and answer.status < 400:
            raise Blocked(self.owner, answer.exchange)
        return answer


_ACTS = (
    _Act(None, "GET", "{deleted}"),
    _Act(None, "GET", "/unknown-path"),
    _Act(None, "GET", f"{COLLECTION}?done=true&limit=1&after=1"),
    _Act(None, "GET", f"{COLLECTION}?limit=100"),
    _Act(None, "GET", f"{COLLECTION}?limit=0"),
    _Act(None, "HEAD", "{task}"),
    *(
        _Act(None, "GET", "{task}", None, (header,))
        for header in (("If-None-Match", "*"), ("Accept", "text/html"), ("Accept-Language", "fr"))
    ),
    _Act(None, "OPTIONS", "{task}"),
    _Act("method.405", "PATCH", "{other}", {"title": "refused", "done": True}),
    _Act("json.malformed", "POST", COLLECTION, b'{"title":'),
    _Act("input.title", "POST", COLLECTION, {"title": "", "description": "refused", "done": True}),
    _Act("input.done", "PUT", "{other}", {"title": "refused", "done": "true"}),
    _Act("cache.412", "PUT", "{other}", {"title": "refused"}, (("If-Match", '"no such tag"'),)),
)

_MANY = 102
_SOME = _MANY
_REQUESTS = 1000
_PAGES = 5
_ROUTINE = (
    Step("create", body={"title": "one"}),
    Step("create", body={"title": "two", "description": "a description", "done": True}),
    Step("list", done=True),
    Step("replace", 0, body={"title": "three", "description": "", "done": False}),
    Step("replace", 1, body={"title": "four", "done": True}),
    Step("read", 1),
    Step("list"),
    Step("create", body={"title": ""}),
    Step("replace", body={"title": 1}),
    Step("delete", 1),
    Step("read", gone=True),
    Step("create", body={"title": "one"}),
)

_SEQUENCES = 2
_STEPS = 30


@requirement("state.stateless", source="RFC 9110 3.3")
def test_stateless(api: Api) -> None:
    """No answer depends on the connection, on a cookie or on what the client did before.

    Worker processes with a memory each, a session, or a transaction that a connection keeps open break this.
    """
    scene = Scene(api)
    expected = scene.settle(Client(api))
    scattered = Client(api, scattered=True)

    for _ in range(_CONNECTIONS):
        expected.require_same(scene.view(scattered), "on another connection")
        scene.write(scattered, scattered, "on another connection")
    for cookies in _COOKIES:
        client = Client.on_a_new_connection(api, cookies)
        expected.require_same(scene.view(client), "with a cookie")
        scene.write(client, Client(api.observer), "with a cookie")
    for number, act in enumerate(_ACTS):
        client = Client.on_a_new_connection(api)
        answer = act.by(client, scene)
        expected.require_same(scene.view(client), f"after {answer.request_line}", answer)
        if number % _WRITES_AFTER == 0:
            scene.write(client, Client(api.observer), f"after {answer.request_line}", answer)
    client = Client.on_a_new_connection(api)
    answers = [act.by(client, scene) for act in _ACTS]
    expected.require_same(scene.view(client), "after these", *answers)
    for reader in (scattered, Client(api.observer)):
        scene.write(client, reader, "after these", *answers)


@requirement("state.capacity")
def test_capacity(api: Api) -> None:
    """Nothing changes at the 101st task, at the thousandth request."""
    _routine(api, None)

    tasks = dict(_created(api, number) for number in range(_MANY))
    readers = api.everywhere()
    for number, id in enumerate(islice(cycle(tasks), _at_least(api, _SOME))):
        answer = readers[number % len(readers)].read(id)
        _is(answer, 200, tasks[id], f"beside {len(tasks)} tasks")
    _are_listed(api, tasks)

    for id in [list(tasks)[index] for index in (0, _MANY // 2, 99, 100, -1)]:
        body = api.sample()
        tasks[id] = {"id": id, **body}
        _is(api.replace(id, body), 200, tasks[id], f"beside {len(tasks)} tasks")
    _routine(api, f"beside {len(tasks)} tasks and after {api.session.requests_of_the_run} requests")
    _are_listed(api, tasks)


@requirement("state.model")
@draws
def test_model(api: Api) -> None:
    """Any sequence of valid and invalid requests leaves exactly what this contract says.

    Each request of the sequence works as it should in a state made anew; together they do not, so the server remembers
    something beside its tasks.
    """
    bystanders = _bystanders(api)
    found: list[Violation | Blocked] = []

    def sequence(take_steps: Callable[[Lockstep], None]) -> None:
        if found:
            return  # it has been shortened already
        settle(api)
        lockstep = Lockstep(api, bystanders)
        try:
            take_steps(lockstep)
            lockstep.finish()
        except Violation as violation:
            api.clean_up(keep=api.anchors)
            found.append(explain(api, bystanders, lockstep.steps, violation))
            raise found[0] from None

    sequence(tour)
    api.clean_up(keep=api.anchors)

    @examples(_SEQUENCES, data=st.data())
    def drawn(api: Api, data: st.DataObject) -> None:
        sequence(lambda lockstep: run_machine(lambda: Clients(lockstep), data, _STEPS))

    drawn(api)


def _routine(api: Api, when: str | None) -> None:
    """Each operation once; raises ``Blocked`` where one does not work and ``when`` names no reason for that."""
    lockstep = Lockstep(api, {})
    try:
        for step in _ROUTINE:
            lockstep.take(step)
        lockstep.finish()
    except Violation as violation:
        if when is None:
            raise Blocked(owner_of(lockstep.steps[-1], gone=False), violation.evidence[-1]) from None
        message = f"{violation.message.rstrip('.')}, {when}."
        raise Violation(
            message,
            expected=violation.expected,
            received=violation.received,
            evidence=Evidence.of(violation.evidence.whole, api.journal.exchanges).entire(),
            demands=violation.demands,
        ) from None


def _created(api: Api, number: int) -> tuple[int, Members]:
    body = api.sample()
    answer = api.create(body)
    id = created_id(answer.exchange)
    if number == 0 and id is None:
        raise Blocked("create.stored", answer.exchange)
    representation = {"id": id or 0, **body}
    _is(answer, 201, representation, f"beside {number} tasks")
    location = answer.header("location")
    if location is not None and not location.endswith(item(id or 0)):
        if number == 0:
            raise Blocked("create.location", answer.exchange)
        raise Violation(
            f"The Location of task {id}, created beside {number} tasks, does not lead to it.",
            expected=f"Location: {item(id or 0)}",
            received=f"Location: {location}",
            evidence=answer.evidence().entire(),
            demands=[LeadsTo(answer.exchange, id or 0)],
        )
    return id or 0, representation


def _at_least(api: Api, count: int) -> int:
    """So many reads, or as many more as bring this run to its thousandth request."""
    return max(count, _REQUESTS - api.session.requests_of_the_run)


def _is(answer: Answer, status: int, document: JsonValue, when: str) -> None:
    if answer.status != status or not same(answer.document, document):
        raise Violation(
            f"{answer.request_line} is answered wrongly {when}.",
            expected=f"{status} {show(document)}",
            received=answer.exchange.outcome,
            evidence=answer.evidence().entire(),
            demands=[
                Status(answer.exchange, (status,)),
                *([Document(answer.exchange, document)] if answer.status == status else []),
            ],
        )


def _are_listed(api: Api, tasks: dict[int, Members]) -> None:
    """Pages are asked for by ``after``, so that it does not matter here whether ``next`` is right."""
    listed: dict[int, list[Members]] = {id: [] for id in tasks}
    places: dict[int, Answer] = {}
    last = min(tasks) - 1
    for _ in range(_PAGES):
        if last >= max(tasks):
            break
        page = api.observer.listing(f"after={last}")
        entries = api.entries(page)
        if entries is None:
            raise Blocked("list.complete", page.exchange)
        for entry in entries:
            listed.get(id_of(entry), []).append(entry)
        last = max(map(id_of, entries), default=max(tasks))
        places |= {id: page for id in tasks if id <= last and id not in places}
    for id, representation in tasks.items():
        if id <= last and not any(same(entry, representation) for entry in listed[id]):
            raise Violation(
                f"With {len(tasks)} tasks in it the list does not have task {id} as it is.",
                expected=show(representation),
                received=show(listed[id]),
                evidence=places[id].evidence(ids=[id]).entire(),
                demands=[Listed(places[id].exchange, id, representation)],
            )


def _bystanders(api: Api) -> dict[int, Members]:
    """The oldest tasks of this run, as the list shows them."""
    api.neighbours(1)
    entries, page = api.listed(api.anchors)
    if entries is None:
        raise Blocked("list.complete", page.exchange)
    return {id_of(entry): entry for entry in entries}
