"""The model of the contract, the steps of a sequence, and how a violation of the state is explained."""

from __future__ import annotations

from importlib import import_module

import pytest

from contract.api import Api
from contract.expect import Blocked, Violation
from contract.explanation import explain
from contract.laws.test_state import test_model as the_law_of_the_model
from contract.lockstep import Lockstep
from contract.model import Model, is_task_input
from contract.session import Session
from contract.steps import Step, made_anew, owner_of
from contract.tasks import Body
from contract.transport.wsgi import WsgiTarget
from tests.faults.healthy import Healthy

ONE = {"id": 1, "title": "one", "description": "", "done": False}
TWO = {"id": 2, "title": "two", "description": "text", "done": True}


def api_of(server: Healthy) -> Api:
    return Api(Session(WsgiTarget(server)))


def fault(topic: str, name: str) -> Healthy:
    found = getattr(import_module(f"tests.faults.{topic}"), name)()
    assert isinstance(found, Healthy)
    return found


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x"},
        {"title": "x" * 200, "description": "y" * 2000, "done": True},
        {"title": " ", "description": "\n", "done": False},
        {"title": "\U0001f600" * 200},
        b'{"title": "x"}',
    ],
)
def test_valid_bodies(body: Body) -> None:
    assert is_task_input(body)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"[]",
        b'{"title": "x"',
        b'{"title": "x", "title": "y"}',
        {},
        {"title": ""},
        {"title": None},
        {"title": 1},
        {"title": "x" * 201},
        {"title": "a\tb"},
        {"title": "\x7f"},
        {"title": "\ud800"},
        {"title": "x", "description": None},
        {"title": "x", "description": "y" * 2001},
        {"title": "x", "description": "\0"},
        {"title": "x", "done": 1},
        {"title": "x", "done": "true"},
        {"title": "x", "id": 1},
    ],
)
def test_invalid_bodies(body: Body) -> None:
    assert not is_task_input(body)


def test_creation_fills_in_defaults() -> None:
    model = Model()

    assert model.create({"title": "one"}, 1).statuses == (201,)
    assert model.create({"title": ""}, 2).statuses == (400,)
    assert model.tasks == {1: ONE}


def test_replacing_leaves_nothing_of_the_old_task() -> None:
    model = Model({1: {**TWO, "id": 1}})

    expected = model.replace(1, {"title": "one"})

    assert (expected.statuses, expected.document) == ((200,), ONE)
    assert model.tasks == {1: ONE}


@pytest.mark.parametrize(
    ("id", "body", "holds", "statuses"),
    [
        (1, {}, None, (400,)),
        (1, {"title": "x"}, False, (412,)),
        (1, {}, False, (412, 400)),
        (7, {"title": "x"}, None, (404,)),
        (7, {"title": "x"}, True, (404, 412)),
        (7, {}, False, (404, 412, 400)),
    ],
)
def test_refused_replacements_change_nothing(
    id: int, body: Body, holds: bool | None, statuses: tuple[int, ...]
) -> None:
    model = Model({1: ONE})

    assert model.replace(id, body, holds).statuses == statuses
    assert model.tasks == {1: ONE}


def test_deleting_is_for_good() -> None:
    model = Model({1: ONE, 2: TWO})

    assert model.delete(1, holds=False).statuses == (412,)
    assert model.delete(1).statuses == (200,)
    assert model.delete(1).statuses == (404,)
    assert model.read(1).statuses == (404,)
    assert model.replace(1, {"title": "x"}).statuses == (404,)
    assert (model.tasks, model.deleted) == ({2: TWO}, {1: ONE})


def test_reading() -> None:
    model = Model({1: ONE})

    assert model.read(1).document == ONE
    assert model.read(1, matches=False).document == ONE
    assert model.read(1, matches=True).statuses == (304,)
    assert model.read(2, matches=True).statuses == (404,)


def test_list_is_filtered_ordered_and_cut() -> None:
    model = Model({2: TWO, 10: {**TWO, "id": 10}, 1: ONE})

    assert [task["id"] for task in model.listed()] == [1, 2, 10]
    assert [task["id"] for task in model.listed(done=True)] == [2, 10]
    assert [task["id"] for task in model.listed(done=False)] == [1]
    assert [task["id"] for task in model.listed(after=1, up_to=9)] == [2]


def test_state_made_anew_has_no_past() -> None:
    steps = [
        Step("create", body={"title": "old"}, task=0),
        Step("create", body={"title": "gone"}, task=1),
        Step("create", body={"title": ""}, task=2),
        Step("replace", body={"title": "new", "done": True}, task=0),
        Step("replace", body={"title": "late"}, condition="stale", task=0),
        Step("delete", task=1),
    ]
    new = Step("create", body={"title": "new", "description": "", "done": True}, task=0)

    last = Step("replace", body={"title": "last"}, task=0)
    assert made_anew([*steps, last]) == [new, last]
    back = Step("read", gone=True, task=1)
    gone = Step("create", body={"title": "gone", "description": "", "done": False}, task=1)
    assert made_anew([*steps, back]) == [gone, Step("delete", task=1), new, back]


@pytest.mark.parametrize(
    ("step", "gone", "owner"),
    [
        (Step("create", body={"title": "x"}), False, "create.stored"),
        (Step("create", body={}), False, "input.atomic"),
        (Step("replace", body={"title": "x"}), False, "update.replaces"),
        (Step("replace", body={"title": "x"}), True, "update.missing"),
        (Step("replace", body={"title": "x"}, condition="stale"), False, "cache.412"),
        (Step("delete"), False, "delete.gone"),
        (Step("delete"), True, "delete.idempotent"),
        (Step("read", condition="present"), False, "cache.304"),
        (Step("read"), True, "read.missing"),
        (Step("list"), False, "list.complete"),
        (Step("list", done=True), False, "list.filter"),
        (Step("misuse"), False, "method.405"),
    ],
)
def test_each_step_has_an_owner(step: Step, gone: bool, owner: str) -> None:
    assert owner_of(step, gone=gone) == owner


def seen_by(api: Api, steps: list[Step]) -> tuple[Violation, list[Step]]:
    lockstep = Lockstep(api, {})
    try:
        for step in steps:
            lockstep.take(step)
    except Violation as seen:
        return seen, lockstep.steps
    raise AssertionError("These steps show no violation.")


def test_violation_is_explained_by_the_shortest_sequence() -> None:
    api = api_of(fault("state", "RefusedBodyIsRemembered"))
    refused, accepted = {"title": "", "done": True}, {"title": "three"}
    violation, steps = seen_by(
        api,
        [
            Step("create", body={"title": "one"}),
            Step("create", body={"title": "two"}),
            Step("list"),
            Step("replace", 1, body=refused),
            Step("read", condition="present"),
            Step("replace", 1, body=accepted, condition="present"),
        ],
    )

    explained = explain(api, {}, steps, violation)

    assert isinstance(explained, Violation)
    assert [exchange.request.method for exchange in explained.evidence] == ["POST", "PUT", "PUT"]


def test_a_step_that_fails_by_itself_belongs_to_another_requirement() -> None:
    api = api_of(fault("update", "DoneCannotBeCleared"))
    violation, steps = seen_by(
        api,
        [Step("create", body={"title": "one", "done": True}), Step("list"), Step("replace", body={"title": "two"})],
    )

    explained = explain(api, {}, steps, violation)

    assert isinstance(explained, Blocked)
    assert explained.by == "update.replaces"


def test_sequences_are_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        api = api_of(Healthy())
        the_law_of_the_model(api)
        runs.append(api.session.requests)

    assert runs[0] == runs[1] > 300
