"""Steps of a sequence of requests, as data: what each does to the model, and which requirement owns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contract.model import Model, is_task_input
from contract.tasks import Body

Verb = Literal["create", "replace", "delete", "read", "list", "misuse"]
Condition = Literal["", "any", "present", "stale"]

OPEN = -1

MISUSES: tuple[tuple[str, bool, Body, str], ...] = (
    ("PATCH", True, {"title": "misused", "done": True}, ""),
    ("POST", True, {"title": "misused"}, ""),
    ("DELETE", False, None, ""),
    ("GET", False, None, "?limit=0"),
)
"""Requests that nobody should send: method, whether to a task, body, query."""


@dataclass(frozen=True)
class Step:
    """One request.

    ``task`` names the task that it is about, or that it creates, by a number within its sequence. While that is
    ``OPEN``, ``slot`` counts the living tasks, or the ones that are ``gone``, from the newest back. ``number`` is that
    of a misuse.
    """

    verb: Verb
    slot: int = 0
    gone: bool = False
    body: Body = None
    condition: Condition = ""
    done: bool | None = None
    limit: int | None = None
    number: int = 0
    task: int = OPEN

    @property
    def holds(self) -> bool | None:
        """Whether the condition holds while there is the task, ``None`` where there is no condition."""
        return None if not self.condition else self.condition != "stale"

    def apply(self, model: Model) -> None:
        """Do to a model, which knows the tasks by their names, what the step does."""
        if self.verb == "create":
            model.create(self.body, self.task)
        elif self.verb == "replace":
            model.replace(self.task, self.body, self.holds)
        elif self.verb == "delete":
            model.delete(self.task, self.holds)


def made_anew(steps: Sequence[Step]) -> list[Step]:
    """The last of these steps, after no more requests than create the state in which it was taken."""
    model = Model()
    for step in steps[:-1]:
        step.apply(model)
    last, gone = steps[-1], model.deleted.get(steps[-1].task)
    deleted = [] if gone is None else [_creation(last.task, gone), Step("delete", task=last.task)]
    return [*deleted, *(_creation(name, model.tasks[name]) for name in sorted(model.tasks)), last]


def owner_of(step: Step, *, gone: bool) -> str:
    """The requirement that owns what the step does by itself; ``gone`` says that its task was deleted before."""
    if step.verb in ("create", "replace") and not is_task_input(step.body):
        return "input.atomic"
    if gone:
        return {"replace": "update.missing", "delete": "delete.idempotent"}.get(step.verb, "read.missing")
    if step.condition:
        return "cache.304" if step.verb == "read" else "cache.412"
    if step.verb == "list":
        return "list.complete" if step.done is None else "list.filter"
    return {"replace": "update.replaces", "delete": "delete.gone", "misuse": "method.405"}.get(
        step.verb, "create.stored"
    )


def _creation(name: int, representation: Mapping[str, object]) -> Step:
    body = {member: value for member, value in representation.items() if member != "id"}
    return Step("create", body=body, task=name)
