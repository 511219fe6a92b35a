"""Bodies that neither POST nor PUT may accept: sent among neighbours, each beside a twin that both must accept."""

from __future__ import annotations

import re
from collections.abc import Iterable

from contract import expect
from contract.answer import Answer
from contract.api import Api, State
from contract.corpora.members import HALF_VALID
from contract.demand import REFUSAL, IfRefused, Lacks, Listed, Status
from contract.exchange import Evidence
from contract.expect import Blocked, Violation
from contract.jsontext import decode, same, show
from contract.tasks import COLLECTION, Body, Members, id_of

_PAGES = 3


class Refusals:
    """Four neighbours, the middle ones the targets of PUTs to be refused, in turn, and a task for PUTs that succeed.

    Every body has a text of its own in it, the neighbours have another, and half of them are done, so that what was
    stored wrongly is found and traced to its request.
    """

    def __init__(self, api: Api) -> None:
        bodies = [api.sample(description="as it was", done=number > 2) for number in range(5)]
        twin, *self._neighbours = api.arrange(*bodies)
        self._turn = 0
        self._api = api
        self._twin = api.changed(twin, api.sample())
        self._before = self._present_state()
        self._mark = f"refused {api.session.marker}-{api.session.next_number()}"
        self._sent: list[Answer] = []

    def _present_state(self) -> State:
        state = self._api.observer.present_state(self._neighbours)
        listed = {id_of(entry) for entry in state.listed or ()}
        if not listed >= {task.id for task in self._neighbours}:
            raise Blocked("list.complete", state.list_answer.exchange)
        return state

    @property
    def target(self) -> int:
        """The id of the task that the next PUT to be refused names."""
        return self._neighbours[1 + self._turn % 2].id

    def text(self) -> str:
        """Plain text unlike any other, for one body."""
        return f"{self._mark} ({self._api.session.next_number()})"

    def body(self, **members: object) -> Members:
        """A valid body, its title and description a text of its own; ``members`` replace or add to what it has."""
        text = self.text()
        return {"title": text, "description": text, "done": True, **members}

    def marked(self, template: bytes) -> bytes:
        """The template with a text of its own where ``MARK`` stands."""
        return template.replace(b"MARK", self.text().encode())

    def send(self, body: Body) -> tuple[Answer, Answer]:
        """POST the body, PUT it to the target."""
        answers = self._api.create(body), self._api.replace(self.target, body)
        self._sent += answers
        self._turn += 1
        return answers

    def refuse(self, what: str, body: Body, *statuses: int) -> None:
        """POST and PUT answer with one of the ``statuses``, any 4xx where none is given; ``what`` names the body."""
        for answer in self.send(body):
            self.refused(what, answer, *statuses)

    def refuse_to_create(self, what: str, body: Body, *statuses: int) -> None:
        """The same of POST only."""
        self._sent.append(self._api.create(body))
        self.refused(what, self._sent[-1], *statuses)

    def refused(self, what: str, answer: Answer, *statuses: int) -> None:
        """The answer has one of the ``statuses``, any 4xx where none is given."""
        if answer.status in statuses or (not statuses and is_refusal(answer)):
            return
        harm = self._harm()
        if answer.status >= 500:
            self._api.remove_unnamed()
        raise Violation(
            f"{answer.request_line} with {what} was answered with status {answer.status}{harm}.",
            expected=" or ".join(map(str, statuses)) or "a refusal, 400",
            received=answer.exchange.outcome,
            evidence=_without_other_puts(answer),
            demands=[Status(answer.exchange, statuses or (REFUSAL,))],
        )

    def require(self, owner: str, bodies: Iterable[Body], *statuses: int) -> None:
        """POST and PUT refuse these bodies; raises ``Blocked`` by the requirement that owns that where one does not."""
        for body in bodies:
            for answer in self.send(body):
                if answer.status not in statuses:
                    raise Blocked(owner, answer.exchange)

    def accept(self, what: str, body: Body, *before: Answer) -> tuple[Answer, Answer]:
        """POST and PUT (to a task of its own) accept the body, which is JSON; their answers.

        The answers ``before`` are part of the evidence where they do not.
        Raises ``Blocked`` where they do not accept plain values for the same members either.
        """
        answers = self._api.create(body), self._api.replace(self._twin.id, body)
        for answer in answers:
            if not is_success(answer):
                self._require_plain(decode(answer.exchange.request.body or b""))
                raise Violation(
                    f"{answer.request_line} with {what} was answered with status {answer.status}.",
                    expected="201" if answer is answers[0] else "200",
                    received=answer.exchange.outcome,
                    evidence=answer.evidence(*before) if before else _without_other_puts(answer),
                    demands=[Status(answer.exchange, ("2xx",))],
                )
        return answers

    def _require_plain(self, document: Members) -> None:
        plain = {name: value for name, value in self.body().items() if name in document}
        self._api.arrange(plain)
        self._api.changed(self._twin, plain)

    def leave_no_trace(self) -> None:
        """Nothing that was refused is stored, also after the next writes, and the neighbours are as they were.

        Raises ``Blocked`` where any refusal leaves a trace, whatever is wrong with the body.
        """
        try:
            self.stored_nothing()
        except Violation as violation:
            if Refusals(self._api).keep_to_themselves():
                raise
            raise Blocked("input.atomic", violation.evidence[-1]) from violation

    def stored_nothing(self) -> None:
        """Nothing that was refused is stored, also after the next writes, and the neighbours are as they were."""
        self.accept("a title alone, after what was refused,", {"title": self._api.sample()["title"]}, *self._sent[-2:])
        self._api.arrange(self._api.sample())
        self._twin = self._api.changed(self._twin, self._api.sample())
        now = self._api.observer.state(self._neighbours)
        sources = (self._source("PUT", shown) for shown in now.by_id.values())
        expect.unchanged(self._before, now, next(filter(None, sources), self._sent[-1]))
        for page in self._pages():
            self._has_no_trace(page)

    def stored_nothing_of(self, owner: str, body: Body) -> None:
        """POST and PUT refuse the body, and the target is as it was; raises ``Blocked`` where they accept it."""
        target = self.target
        before = next(entry for entry in self._before.listed or () if id_of(entry) == target)
        for answer in self.send(body):
            if not is_refusal(answer):
                raise Blocked(owner, answer.exchange)
        entries, page = self._api.observer.listed([target])
        if not same(entries, [before]):
            raise Violation(
                f"{answer.request_line} was answered with status {answer.status} and changed the task all the same.",
                expected=show(before),
                received=show(entries),
                evidence=_without_other_puts(answer).with_last(page.exchange),
                demands=[Listed(page.exchange, target, before)],
            )

    def keep_to_themselves(self) -> bool:
        """Whether refusals of bodies that are partly valid leave no trace."""
        try:
            for owner, template in HALF_VALID:
                self.stored_nothing_of(owner, self.marked(template))
            self.stored_nothing()
        except Violation:
            return False
        except Blocked:
            return True
        return True

    def _has_no_trace(self, page: Answer) -> None:
        found = [(entry, self._source("POST", entry)) for entry in self._api.entries(page) or ()]
        self._api.session.ledger.adopt(id_of(entry) for entry, source in found if source)
        for entry, source in found:
            if source is not None:
                raise Violation(
                    f"{source.request_line} was answered with status {source.status} and stored a task all the same.",
                    expected="no such task",
                    received=show(entry),
                    evidence=page.evidence(source),
                    demands=[IfRefused(source.exchange, Lacks(page.exchange, mark)) for mark in self._marks(entry)],
                )

    def _source(self, method: str, shown: object) -> Answer | None:
        """The refused request that sent what is shown."""
        marks = {mark.encode() for mark in self._marks(shown)}
        for answer in self._sent if marks else ():
            request = answer.exchange.request
            if is_refusal(answer) and request.method == method and any(mark in (request.body or b"") for mark in marks):
                return answer
        return None

    def _marks(self, shown: object) -> set[str]:
        """The texts of our own that are in what is shown."""
        values = shown.values() if isinstance(shown, dict) else ()
        return {mark for value in values for mark in re.findall(rf"{self._mark} \(\d+\)", str(value))}

    def _pages(self) -> list[Answer]:
        """The list where it is short, else its pages from our first task on."""
        answer = self._api.observer.listing()
        if answer.next_page() is None:
            return [answer]
        return list(self._api.observer.pages(f"after={self._neighbours[0].id - 1}", limit=_PAGES))

    def _harm(self) -> str:
        """What a value that no reader can be shown did to the list, in words."""
        page = self._api.observer.attempt("GET", f"{COLLECTION}?after={self._neighbours[0].id - 1}")
        return "" if self._api.entries(page) is not None else "; since then the list cannot be read"


def is_success(answer: Answer) -> bool:
    """Whether the answer says that the request was carried out, with whatever code."""
    return 200 <= answer.status < 300


def is_refusal(answer: Answer) -> bool:
    """Whether the answer says that the client is at fault."""
    return 400 <= answer.status < 500


def _without_other_puts(answer: Answer) -> Evidence:
    """The answer, and how its task came about; what was sent to the task before was refused, or is replaced."""
    return answer.evidence().only(lambda exchange: exchange.request.method != "PUT" or exchange is answer.exchange)
