"""The requests of the collection in their order: what each sends, and how the contract answers.

The variables ``{{id}}`` and ``{{neighbourId}}`` hold the tasks that the first requests create, ``{{etag}}`` a tag that
was read and ``{{padding}}`` white space as long as a body may be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.postman.scripts import Script, before, begins_with, fill, has_only, keep_id, keep_tag, lacks, shows

BODY_LIMIT = 65_536

_SHORT = {"title": "Buy milk"}
_SHORT_STORED = {"title": "Buy milk", "description": "", "done": False}
_FULL = {"title": "Übung 北京", "description": "First line\nSecond line", "done": True}


@dataclass(frozen=True)
class Step:
    """One request and the status that answers it.

    ``parameters`` are those that are sent, headers included; a path parameter that is not among them is ``{{id}}``.
    ``method`` takes the place of the operation's. ``script`` runs after the answer, ``before`` ahead of the request.
    """

    name: str
    operation: str
    status: tuple[int, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    method: str | None = None
    script: Script = ()
    before: Script = ()


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


_PLAIN = {"Content-Type": "text/plain"}
_NEIGHBOUR = {"id": "{{neighbourId}}"}
_AFTER = {"after": f"{{{{{before('id')}}}}}"}
_AFTER_NEIGHBOUR = {"after": f"{{{{{before('neighbourId')}}}}}"}
_LONG = _json(_SHORT) + "{{padding}}"

FOLDERS: Mapping[str, tuple[Step, ...]] = {
    "Create and list": (
        Step(
            "Create a task from its title",
            "createTask",
            (201,),
            body=_json(_SHORT),
            script=(*keep_id("id"), *shows("id", _SHORT_STORED)),
        ),
        Step(
            "Create a neighbour with every member",
            "createTask",
            (201,),
            body=_json(_FULL),
            script=(*keep_id("neighbourId"), *shows("neighbourId", _FULL)),
        ),
        Step(
            "List what is still to be done",
            "listTasks",
            (200,),
            {"done": "false", "limit": "20", **_AFTER},
            script=(*begins_with("id"), *has_only(done=False)),
        ),
        Step(
            "List what is done",
            "listTasks",
            (200,),
            {"done": "true", "limit": "20", **_AFTER_NEIGHBOUR},
            script=(*begins_with("neighbourId"), *has_only(done=True)),
        ),
        Step("Show the headers of the list", "headTasks", (200,)),
        Step("List the methods of the collection", "optionsTasks", (200, 204)),
    ),
    "Read and replace": (
        Step("Read the task", "readTask", (200,), script=(*shows("id", _SHORT_STORED), *keep_tag("etag"))),
        Step("Read the task if it has changed", "readTask", (304,), {"If-None-Match": "{{etag}}"}),
        Step("Show the headers of the task", "headTask", (200,)),
        Step("List the methods of the task", "optionsTask", (200, 204)),
        Step(
            "Replace the task as it was read",
            "replaceTask",
            (200,),
            {"If-Match": "{{etag}}"},
            body=_json(_FULL),
            script=shows("id", _FULL),
        ),
        Step(
            "Read the task, which has changed",
            "readTask",
            (200,),
            {"If-None-Match": "{{etag}}"},
            script=shows("id", _FULL),
        ),
        Step(
            "Refuse to replace the task as it was before",
            "replaceTask",
            (412,),
            {"If-Match": "{{etag}}"},
            body=_json(_SHORT),
        ),
        Step("Refuse to delete the task as it was before", "deleteTask", (412,), {"If-Match": "{{etag}}"}),
        Step("Read the task, which no refusal changed", "readTask", (200,), script=shows("id", _FULL)),
        Step(
            "Replace the task by defaults",
            "replaceTask",
            (200,),
            body=_json(_SHORT),
            script=shows("id", _SHORT_STORED),
        ),
    ),
    "Refusals": (
        Step("Refuse a task without a title", "createTask", (400,), body="{}"),
        Step("Refuse a task with an id", "createTask", (400,), body=_json({**_SHORT, "id": 7})),
        Step("Refuse what is not JSON", "createTask", (400,), body='{"title": "Buy milk"'),
        Step("Refuse plain text", "createTask", (415,), _PLAIN, body=_json(_SHORT)),
        Step(
            "Refuse a body that is too large",
            "createTask",
            (413,),
            body=_LONG,
            before=fill("padding", BODY_LIMIT),
        ),
        Step("Refuse a replacement with a number for done", "replaceTask", (400,), body=_json({**_SHORT, "done": 1})),
        Step("Refuse a replacement in plain text", "replaceTask", (415,), _PLAIN, body=_json(_FULL)),
        Step("Refuse a page of no tasks", "listTasks", (400,), {"limit": "0"}),
        Step("Refuse a filter in capitals", "listTasks", (400,), {"done": "True"}),
        Step("Refuse a text for an id", "readTask", (404,), {"id": "12abc"}),
        Step(
            "Refuse to patch the task",
            "replaceTask",
            (405,),
            body=_json(_FULL),
            method="PATCH",
        ),
        Step("Refuse to delete the list", "listTasks", (405,), method="DELETE"),
        Step("Read the task, which is as before", "readTask", (200,), script=shows("id", _SHORT_STORED)),
    ),
    "Delete": (
        Step("Delete the task", "deleteTask", (200,)),
        Step("Read the task that is gone", "readTask", (404,)),
        Step("Show the headers of the task that is gone", "headTask", (404,)),
        Step("Replace the task that is gone", "replaceTask", (404,), body=_json(_SHORT)),
        Step("Delete the task that is gone", "deleteTask", (404,)),
        Step("List what is left", "listTasks", (200,), _AFTER, script=lacks("id")),
        Step("Read the neighbour", "readTask", (200,), _NEIGHBOUR, script=shows("neighbourId", _FULL)),
        Step("Delete the neighbour in any state", "deleteTask", (200,), {**_NEIGHBOUR, "If-Match": "*"}),
    ),
}
"""The folders of the collection, which run from the first request to the last and leave nothing behind."""
