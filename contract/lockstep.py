"""The API and the model of the contract, taking the same steps; where they part, the contract is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from contract.answer import Answer
from contract.api import Api
from contract.demand import Demand, Document, InOrder, Listed, NotListed, Status
from contract.exchange import Evidence, Exchange, created_id
from contract.expect import Blocked, Violation
from contract.jsontext import JsonValue, same, show
from contract.model import Expected, Model
from contract.steps import MISUSES, OPEN, Step
from contract.tasks import COLLECTION, Members, id_of, item
from contract.transport import Headers

_NO_SUCH_TAG = '"no such tag"'


class Lockstep:
    """Takes each step with the API and with the model, and compares; raises ``Violation`` at the first difference.

    ``bystanders`` are tasks that were there before and must stay as they are. ``steps`` are those taken so far.
    """

    def __init__(self, api: Api, bystanders: Mapping[int, Members]) -> None:
        self.steps: list[Step] = []
        self._api = api
        self._model = Model(bystanders)
        self._bystanders = bystanders
        self._ids: dict[int, int] = {}
        self._tags: list[tuple[int, str]] = []
        self._told: list[Exchange] = []

    def take(self, step: Step) -> None:
        """Send the request of a step, and compare the answer with what the model says.

        A step whose task is open and cannot be found creates one; one that names no task of this sequence, or a
        condition that the server has no tag for, is passed over.
        """
        step = self._settled(step)
        if step.verb == "create":
            self.steps.append(step)
            self._create(step)
        elif step.task in self._ids:
            self.steps.append(step)
            headers = self._condition(step)
            if headers is None:
                self.steps.pop()
            else:
                self._request(step, self._ids[step.task], headers)

    def finish(self) -> None:
        """Compare every task, by its id and in the list, as a second connection shows them."""
        for id in self._ids.values():
            answer = self._api.observer.read(id)
            self._compare(answer, self._model.read(id), self._evidence(answer.exchange))
        entries, page = self._api.observer.listed([*self._ids.values(), *self._bystanders])
        self._compare_list(page, entries, self._model.listed(), self._evidence(page.exchange))

    def _settled(self, step: Step) -> Step:
        if step.task != OPEN:
            return step
        names = [name for name, id in self._ids.items() if (id in self._model.deleted) is step.gone]
        if step.verb != "create" and names:
            return replace(step, task=names[-1 - step.slot % len(names)])
        return Step("create", body=step.body or {"title": "one"}, task=len(self.steps))

    def _create(self, step: Step) -> None:
        answer = self._api.create(step.body)
        id = created_id(answer.exchange)
        if id is not None and (id in self._model.tasks or id in self._model.deleted):
            raise Blocked("id.unique", answer.exchange)
        expected = self._model.create(step.body, id)
        if id is not None and expected.document is not None:
            self._ids[step.task] = id
            expected = replace(expected, document={"id": id, **expected.document})
        self._tell(answer, expected)

    def _request(self, step: Step, id: int, headers: Headers) -> None:
        if step.verb == "replace":
            answer = self._api.replace(id, step.body, headers=headers)
            self._tell(answer, self._model.replace(id, step.body, step.holds))
        elif step.verb == "delete":
            self._tell(self._api.delete(id, headers=headers), self._model.delete(id, step.holds))
        elif step.verb == "read":
            self._tell(self._api.read(id, headers=headers), self._model.read(id, step.holds))
        elif step.verb == "list":
            self._list(step)
        else:
            method, on_task, body, query = MISUSES[step.number]
            answer = self._api.send(method, (item(id) if on_task else COLLECTION) + query, body)
            self._tell(answer, Expected((400, 404, 405)))

    def _list(self, step: Step) -> None:
        after = min(self._ids.values()) - 1
        done = "" if step.done is None else f"&done={str(step.done).lower()}"
        limit = "" if step.limit is None else f"&limit={step.limit}"
        page = self._api.listing(f"after={after}{done}{limit}")
        entries = self._api.entries(page)
        self._told.append(page.exchange)
        up_to = float("inf") if page.next_page() is None else max(map(id_of, entries or ()), default=0)
        self._compare_list(page, entries, self._model.listed(step.done, after, up_to), self._evidence())

    def _condition(self, step: Step) -> Headers | None:
        """The header with the condition of a step, ``None`` where the task has no strong tag to state it with."""
        name = "If-None-Match" if step.verb == "read" else "If-Match"
        if not step.condition:
            return ()
        if step.condition == "any":
            return ((name, "*"),)
        id = self._ids[step.task]
        answer = self._api.read(id)
        self._tell(answer, self._model.read(id))
        present = answer.header("etag") or ""
        if answer.status == 200 and not present.startswith('"'):
            return None
        former = [_NO_SUCH_TAG, *(tag for owner, tag in self._tags if owner == id and tag != present)]
        self._tags.append((id, present or _NO_SUCH_TAG))
        return ((name, present if present and step.condition == "present" else former[-1]),)

    def _tell(self, answer: Answer, expected: Expected) -> None:
        self._told.append(answer.exchange)
        self._compare(answer, expected, self._evidence())

    def _evidence(self, *last: Exchange) -> Evidence:
        return Evidence.of([*self._told, *last])

    def _compare(self, answer: Answer, expected: Expected, evidence: Evidence) -> None:
        if answer.status not in expected.statuses:
            raise Violation(
                f"After these requests {answer.request_line} was answered with status {answer.status}.",
                expected=" or ".join(map(str, expected.statuses)),
                received=answer.exchange.outcome,
                evidence=evidence,
                demands=[Status(answer.exchange, expected.statuses)],
            )
        if expected.document is not None and not same(answer.document, expected.document):
            demand = Document(answer.exchange, expected.document)
            raise _other_than_left(answer, expected.document, answer.document, evidence, [demand])

    def _compare_list(
        self, page: Answer, entries: list[Members] | None, expected: list[Members], evidence: Evidence
    ) -> None:
        if entries is None:
            raise Blocked("list.complete", page.exchange)
        known = self._ids.values() | self._bystanders.keys()
        shown = [entry for entry in entries if id_of(entry) in known]
        if [*map(id_of, shown)] != sorted(map(id_of, shown)):
            raise Blocked("list.order", page.exchange)
        if not same(shown, expected):
            raise _other_than_left(page, expected, shown, evidence, _of_entries(page, expected, shown))


def _of_entries(page: Answer, expected: list[Members], shown: list[Members]) -> list[Demand]:
    """Demands for each entry that the page should have, and against each that it should not."""
    strangers = {id_of(entry) for entry in shown} - {id_of(entry) for entry in expected}
    demands: list[Demand] = [Listed(page.exchange, id_of(entry), entry) for entry in expected if entry not in shown]
    demands += [NotListed(page.exchange, id) for id in strangers]
    return demands or [InOrder(page.exchange)]


def _other_than_left(
    answer: Answer, expected: JsonValue, shown: JsonValue, evidence: Evidence, demands: Sequence[Demand]
) -> Violation:
    return Violation(
        f"{answer.request_line} does not show what these requests leave.",
        expected=show(expected),
        received=show(shown) if isinstance(shown, list | dict) else answer.exchange.outcome,
        evidence=evidence,
        demands=demands,
    )
