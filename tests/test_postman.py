"""The Postman collection: current, green on conforming servers, and red on broken ones.

``tox -e postman`` makes it anew and runs it, which needs node; the rest needs none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from contract.document import load_document
from reference_app import create_app
from tests.faults import Fault, cache, create, delete, media, method, update
from tests.faults import input as input_faults
from tests.faults import list as list_faults
from tests.faults.healthy import Healthy
from tests.faults.serving import served
from tests.harmless.base import Harmless
from tests.harmless.compression import CompressedByGzip
from tests.harmless.headers import TagsCountWrites
from tests.harmless.ids import IdsCountingDown
from tests.harmless.neighbours import OldTasksOnTwoPages
from tests.harmless.references import AbsoluteReferences
from tests.postman import newman
from tests.postman.collection import FILE, assembled, fingerprint, text_of
from tests.postman.converter import FOLDER, TOOLS, converted, installed, operations
from tests.postman.steps import FOLDERS
from tests.targets import serve

HARMLESS = (CompressedByGzip, IdsCountingDown, OldTasksOnTwoPages, AbsoluteReferences, TagsCountWrites)
BROKEN: dict[type[Fault], tuple[str, str]] = {
    create.AnswersOk: ("Create a task from its title", "The status is 201."),
    create.LocationOfTheNextTask: ("Create a task from its title", "Location leads to the task."),
    create.DoneIsAlwaysFalseAtFirst: ("Create a neighbour with every member", "The task is as it was written."),
    list_faults.FalseIsNoFilter: ("List what is still to be done", "Every task listed has done=false."),
    cache.TagIsWeak: ("Create a task from its title", "ETag is sent."),
    cache.AnyTagMatches: ("Read the task, which has changed", "The status is 200."),
    cache.WritesBeforeItRefuses: ("Refuse to delete the task as it was before", "The status is 412."),
    update.Merges: ("Replace the task by defaults", "The task is as it was written."),
    input_faults.NumbersAreBooleans: ("Refuse a replacement with a number for done", "The status is 400."),
    media.PlainTextIsABadRequest: ("Refuse plain text", "The status is 415."),
    method.RefusalHasNoAllow: ("Refuse to patch the task", "Allow is sent."),
    delete.DeleteAlwaysSucceeds: ("Delete the task that is gone", "The status is 404."),
    delete.SecondDeleteTakesTheNeighbour: ("Read the neighbour", "The status is 200."),
}


def items() -> list[dict[str, Any]]:
    """The requests of the collection, in their order."""
    collection = json.loads(FILE.read_text(encoding="utf-8"))
    return [item for folder in collection["item"] for item in folder["item"]]


@pytest.fixture(scope="module")
def commands() -> Iterator[Path]:
    """The folder of the converter's command and of newman's."""
    if not TOOLS.is_possible:
        pytest.skip(f"There is no {TOOLS.runtime} here.")
    with installed() as folder:
        yield folder


def test_collection_is_made_of_the_present_document() -> None:
    description = json.loads(FILE.read_text(encoding="utf-8"))["info"]["description"]["content"]

    assert description.endswith(f"fingerprint {fingerprint()}.\n"), "tox exec -e postman -- python -m tests.postman"


def test_every_operation_is_requested() -> None:
    requested = {step.operation for steps in FOLDERS.values() for step in steps}

    assert requested == operations(load_document()).keys()


def test_every_refusal_is_provoked() -> None:
    provoked = {status for steps in FOLDERS.values() for step in steps for status in step.status if status >= 400}

    assert provoked == {400, 404, 405, 412, 413, 415}


def test_every_status_is_documented() -> None:
    documented = operations(load_document())
    for step in (step for steps in FOLDERS.values() for step in steps if step.method is None):
        assert {str(status) for status in step.status} <= documented[step.operation].node["responses"].keys()


def test_every_answer_is_checked() -> None:
    for item in items():
        (script,) = (event["script"]["exec"] for event in item["event"] if event["listen"] == "test")

        assert script[0].startswith('pm.test("The status is ')


def test_ids_are_distinct() -> None:
    ids = re.findall(r'"(?:_postman_)?id": "([^"]+)"', FILE.read_text(encoding="utf-8"))

    assert len(ids) == len(set(ids)) > len(items())


def test_lock_names_no_registry() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.postman
def test_collection_is_what_the_converter_makes_today(commands: Path) -> None:
    assert FILE.read_text(encoding="utf-8") == text_of(assembled(converted(commands)))


@pytest.mark.postman
def test_reference_server_passes_and_nothing_is_left_behind(
    commands: Path, reference: str, client: requests.Session
) -> None:
    outcome = newman.run(commands, FILE, reference)

    assert outcome == newman.Outcome(0, [])
    assert client.get(f"{reference}/tasks").json() == []


@pytest.mark.postman
def test_server_below_a_path_passes(commands: Path) -> None:
    with serve(DispatcherMiddleware(Healthy(), {"/api/v1": create_app()})) as url:
        outcome = newman.run(commands, FILE, f"{url}/api/v1")

    assert outcome == newman.Outcome(0, [])


@pytest.mark.postman
@pytest.mark.parametrize("variant", HARMLESS, ids=lambda variant: variant.__name__)
def test_harmless_difference_passes(commands: Path, variant: type[Harmless]) -> None:
    with serve(variant()) as url:
        outcome = newman.run(commands, FILE, url)

    assert outcome == newman.Outcome(0, [])


@pytest.mark.postman
@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
def test_broken_server_fails(commands: Path, fault: type[Fault]) -> None:
    with served(fault()) as url:
        outcome = newman.run(commands, FILE, url)

    assert outcome.exit_code == 1
    assert outcome.failures[0] == BROKEN[fault]
