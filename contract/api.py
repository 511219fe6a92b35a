"""What laws speak: the operations of the API, and the steps that a law builds on.

Steps (``arrange``, ``changed``, ``removed``, ``state``) do what a law needs done; where one does not happen they
raise ``Blocked`` by the requirement that owns it.

Only this module, ``contract.operations``, ``contract.tasks`` and the laws about a member know paths and member names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contract.answer import Answer
from contract.exchange import Exchange, created_id
from contract.expect import Blocked
from contract.jsontext import JsonValue, same
from contract.operations import Operations
from contract.session import is_settled
from contract.tasks import COLLECTION, LARGEST_ID, Members, Task, id_of, item, with_defaults
from contract.transport import Headers

_ANCHORS = 12
_WINDOWED_PAGES = 3
_GAP = 8
"""So many ids at most between two of our own are looked at for a task that was stored but never named."""


@dataclass(frozen=True)
class State:
    """How some tasks looked at one time.

    ``by_id`` has the representation of each, or the status of the answer where there was none; ``listed`` has their
    entries and those of the anchors in the order of the list, ``None`` where the list could not be read.
    """

    by_id: dict[int, JsonValue]
    listed: list[Members] | None
    answers: dict[int, Answer] = field(compare=False)
    list_answer: Answer = field(compare=False)

    def without(self, id: int) -> State:
        """The same state of the other tasks."""
        by_id = {other: shown for other, shown in self.by_id.items() if other != id}
        listed = None if self.listed is None else [entry for entry in self.listed if id_of(entry) != id]
        return State(by_id, listed, self.answers, self.list_answer)


class Api(Operations):
    """The API under test as a law speaks to it: its operations, and the steps that the law builds on."""

    def sample(self, **members: JsonValue) -> Members:
        """A valid body, unlike any other of this run; ``members`` replace or add to what it has."""
        number, turn = self.session.next_number(), next(self.session.turns)
        return {
            "title": f"task {self.session.marker} {number}",
            "description": f"note {number}" if turn % 3 else "",
            "done": turn % 2 == 0,
            **members,
        }

    def arrange(self, *bodies: Members) -> list[Task]:
        """Create a task of each body; raises ``Blocked`` where one is not created with an id of its own."""
        self._anchor()
        return [self._created(body) for body in bodies]

    def neighbours(self, count: int) -> list[Task]:
        """Create so many tasks, each unlike the others, in ascending order of creation."""
        return self.arrange(*(self.sample() for _ in range(count)))

    def alike(self, count: int, **members: JsonValue) -> list[Task]:
        """Create so many tasks that differ in their title only, and make the oldest task of this run like them."""
        tasks = self.arrange(*(self.sample(**members) for _ in range(count)))
        for id in self.anchors[:1]:
            self.replace(id, self.sample(**members))
        return tasks

    def missing(self) -> list[int]:
        """Ids that name no task: of three deleted just now (the oldest, a middle one, the newest) and large ones."""
        tasks = self.neighbours(5)
        deleted = [tasks[index].id for index in (0, 2, 4)]
        for id in deleted:
            self.removed(id)
        return deleted + self.large(tasks[1].id)

    def large(self, id: int) -> list[int]:
        """Large ids that name no task, one of which is ``id`` where it is cut down to 32 bits."""
        taken = {id_of(entry) for entry in self.entries(self.listing(f"after={2**31 - 2}")) or ()}
        return [large for large in (2**31 - 1, 2**31, 2**32 + id, 10**15, LARGEST_ID) if large not in taken]

    def gone(self) -> int:
        """The id of a task that was deleted just now; not the newest, whose id a careless server issues again."""
        task, _ = self.neighbours(2)
        self.removed(task.id)
        return task.id

    def changeable(self) -> list[int]:
        """The ids of this run's tasks that need not stay as they are."""
        anchors = self.anchors
        return [id for id in self.session.ledger.alive if id not in anchors]

    def stock(self, count: int) -> list[int]:
        """The ids of tasks that generated requests may change; so many more are created where there are fewer."""
        own = self.changeable()
        if len(own) < count:
            created = [created_id(self.create(self.sample()).exchange) for _ in range(count)]
            own += [id for id in created if id is not None]
        if not own:
            raise Blocked("create.stored", self.journal.exchanges[-1])
        return own

    def changed(self, task: Task, body: Members) -> Task:
        """Replace a task; raises ``Blocked`` where that is not answered with 200 and the new state."""
        answer = self.replace(task.id, body)
        changed = Task(task.id, with_defaults(body))
        if answer.status != 200 or not same(answer.document, changed.representation):
            raise Blocked("update.replaces", answer.exchange)
        read = self.read(task.id)
        if not same(read.document, changed.representation):
            raise Blocked("update.replaces", read.exchange)
        return changed

    def removed(self, id: int, *, headers: Headers = ()) -> Answer:
        """Delete a task; raises ``Blocked`` where that is not answered with success, or it can be read afterwards."""
        answer = self.delete(id, headers=headers)
        if answer.status not in (200, 204):
            raise Blocked("delete.gone", answer.exchange)
        read = self.read(id)
        if read.status != 404:
            raise Blocked("delete.gone", read.exchange)
        return answer

    def require_plain(self) -> None:
        """Do what one client does: create, read, replace and delete a task.

        Raises ``Blocked`` by the requirement that owns what goes wrong, so that it is not charged to something special.
        """
        for done in (True, False):
            (task,) = self.arrange(self.sample(description="plain", done=done))
            self._require_shown(task, "create.stored")
            task = self.changed(task, self.sample(description="changed", done=not done))
            self._require_shown(task, "update.replaces")
            self.removed(task.id)
            again = self.observer.delete(task.id)
            if again.status != 404:
                raise Blocked("delete.idempotent", again.exchange)
            entries, page = self.listed([task.id])
            if entries:
                raise Blocked("delete.gone", page.exchange)

    def _require_shown(self, task: Task, owner: str) -> None:
        read = self.observer.read(task.id)
        if not same(read.document, task.representation):
            raise Blocked(owner, read.exchange)
        entries, page = self.observer.listed([task.id])
        if not same(entries, [task.representation]):
            raise Blocked("list.complete", page.exchange)

    def state(self, tasks: Sequence[Task | int]) -> State:
        """How the tasks look now, each by its id and in the list, read on this connection."""
        ids = [task.id if isinstance(task, Task) else task for task in tasks]
        answers = {id: self.read(id) for id in ids}
        by_id = {id: a.document if a.status == 200 else a.status for id, a in answers.items()}
        listed, list_answer = self.listed_with_anchors(tasks)
        return State(by_id, listed, answers, list_answer)

    def listed_with_anchors(self, tasks: Sequence[Task | int]) -> tuple[list[Members] | None, Answer]:
        """The entries of these tasks and of the anchors in the order of the list, and the last page read."""
        ids = [task.id if isinstance(task, Task) else task for task in tasks]
        return self.listed([*ids, *self.anchors])

    def present_state(self, tasks: Sequence[Task], gone: Sequence[int] = ()) -> State:
        """The state of tasks that exist, and of ids that are ``gone``.

        Raises ``Blocked`` where one of the tasks cannot be read as the task that it is.
        """
        state = self.state([*tasks, *gone])
        for task in tasks:
            shown = state.by_id[task.id]
            if not isinstance(shown, dict) or not same(shown.get("id"), task.id):
                raise Blocked("create.stored", state.answers[task.id].exchange)
        return state

    def listed(self, ids: Iterable[int]) -> tuple[list[Members] | None, Answer]:
        """The entries of these tasks in the order of the list (``None`` where it is none), and the last page read.

        A short list is read as it is. Of a long one only the pages around the ids are.
        """
        wanted = set(ids)
        answer = self.listing()
        entries = self.entries(answer)
        if entries is None or not wanted or answer.next_page() is None or _last_id(entries) >= max(wanted):
            return _only(entries, wanted), answer
        found: list[Members] = []
        last = min(wanted) - 1
        for _ in range(_WINDOWED_PAGES):
            answer = self.listing(f"after={last}")
            page = self.entries(answer)
            found += _only(page, wanted) or []
            if not page or _last_id(page) >= max(wanted):
                return found, answer
            last = _last_id(page)
        for id in sorted(id for id in wanted if id > last):
            answer = self.listing(f"after={id - 1}&limit=1")
            found += _only(self.entries(answer), {id}) or []
        return found, answer

    def stored(self, titles: Iterable[str], after: int) -> tuple[list[Members], Answer]:
        """The entries above id ``after`` with one of these titles, and the last page read.

        The end of the run removes these tasks. Of a long list only the first pages above ``after`` are read.
        """
        wanted = set(titles)
        found: list[Members] = []
        for page in self.pages(f"after={after}", limit=_WINDOWED_PAGES):
            entries = self.entries(page) or ()
            found += [entry for entry in entries if isinstance(entry.get("title"), str) and entry["title"] in wanted]
        self.session.ledger.adopt(map(id_of, found))
        return found, page

    def clean_up(self, keep: Iterable[int] = ()) -> None:
        """Delete every task that this run created and that is still alive, but those to ``keep``.

        A target that does not answer is left alone; the end of the run tries again.
        """
        ledger, kept = self.session.ledger, set(keep)
        for id in [id for id in ledger.alive.elements() if id not in kept]:
            answer = self.attempt("DELETE", item(id))
            if not is_settled(answer.exchange.response):
                return
            if answer.status not in (200, 202, 204, 404):
                del ledger.alive[id]
                ledger.leftovers.append(id)

    def remove_unnamed(self) -> None:
        """Remove what a failed POST stored and no read can show: an id between two of our own that answers 5xx."""
        last = max(self.session.ledger.alive, default=0)
        new = created_id(self.attempt("POST", COLLECTION, self.sample()).exchange) or 0
        for id in range(last + 1, min(new, last + _GAP)):
            if self.attempt("GET", item(id)).status >= 500:
                self.attempt("DELETE", item(id))

    @property
    def anchors(self) -> tuple[int, ...]:
        """The first tasks of this run, which stay until its end: old neighbours, with the lowest ids."""
        found, ledger = self.session.memory.get("anchors"), self.session.ledger
        births = found if isinstance(found, dict) else {}
        # A broken server may issue the id of a deleted one again, to a task that is none.
        return tuple(id for id, birth in births.items() if ledger.alive[id] > 0 and ledger.births.get(id) is birth)

    def crowd(self, count: int) -> list[int]:
        """The ids of so many tasks of this run or more, the anchors among them, in ascending order.

        The crowd stays for the next law that needs one, until somebody disbands it.
        """
        self._anchor()
        present = [id for id in self._crowd if self.session.ledger.alive[id] > 0]
        missing = count - len(self.anchors) - len(present)
        with self.session.shared():
            present += [task.id for task in self.neighbours(max(missing, 0))]
        self.session.memory["crowd"] = tuple(present)
        return sorted([*self.anchors, *present])

    def disband(self) -> None:
        """Let the crowd be removed with what else a law created."""
        self.session.memory["crowd"] = ()

    def forget_kept(self) -> None:
        """Keep nothing of what stayed from law to law so far: ``clean_up`` removes it with what else was created."""
        self.session.memory.pop("anchors", None)
        self.disband()

    def beginning(self) -> Answer:
        """The list as it was before this run created anything."""
        greeting = self.session.greeting
        if greeting is None or not is_settled(greeting.response):
            greeting = self.session.greeting = self.listing().exchange
        return self.take_note(greeting)

    @property
    def kept(self) -> tuple[int, ...]:
        """The tasks that stay when a law is over."""
        return (*self.anchors, *self._crowd)

    @property
    def _crowd(self) -> tuple[int, ...]:
        found = self.session.memory.get("crowd", ())
        return found if isinstance(found, tuple) else ()

    def oldest(self) -> list[int]:
        """The id of the oldest task of all where this run created it, else of its own oldest; none without any."""
        first = [id_of(entry) for entry in self.entries(self.listing("limit=1")) or ()]
        return [*(id for id in first if id in self.session.ledger.births), *self.anchors][:1]

    def _anchor(self) -> None:
        if "anchors" in self.session.memory:
            return
        self.session.memory["anchors"] = {}
        births: dict[int, Exchange] = {}
        with self.session.shared():
            bodies = [self.sample() for _ in range(_ANCHORS)]
        for body in bodies:
            answer = self.send("POST", COLLECTION, body)
            id = created_id(answer.exchange)
            if id is None or id in births:
                break
            if not 1 <= id <= LARGEST_ID:
                raise Blocked("create.stored", answer.exchange)
            births[id] = answer.exchange
        self.session.memory["anchors"] = dict(sorted(births.items()))

    def _created(self, body: Members) -> Task:
        taken = self.session.ledger.alive.keys() | {created_id(exchange) for exchange in self.journal.exchanges}
        answer = self.create(body)
        id = created_id(answer.exchange)
        sent = {name: answer.document.get(name) for name in body} if isinstance(answer.document, dict) else None
        if id is None or not 1 <= id <= LARGEST_ID or not same(sent, body):
            raise Blocked("create.stored", answer.exchange)
        if id in taken:
            raise Blocked("id.unique", answer.exchange)
        return Task(id, with_defaults(body))


def _only(entries: list[Members] | None, wanted: set[int]) -> list[Members] | None:
    return None if entries is None else [entry for entry in entries if id_of(entry) in wanted]


def _last_id(entries: list[Members]) -> int:
    return max(map(id_of, entries), default=0)
