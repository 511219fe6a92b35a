"""Pages of a list, and walks from page to page as ``next`` leads on, with something happening in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.demand import AllAfter, AtMost, Listed, NoNext, SamePage, Status, Visited
from contract.exchange import Evidence, Exchange
from contract.expect import Blocked, Violation
from contract.jsontext import show
from contract.tasks import Members, id_of

_MOST_PAGES = 40
_TRIES = 12
FEW_PAGES = 5


@dataclass
class Walk:
    """What a walk saw: the pages, and the entries of all of them in the order in which they came.

    ``cut_off`` says that there were more pages than a walk may take, so that nothing is known beyond the last entry.
    """

    api: Api
    pages: list[Answer] = field(default_factory=list)
    entries: list[Members] = field(default_factory=list)
    cut_off: bool = False

    @property
    def ids(self) -> list[int]:
        """The ids of the entries."""
        return [id_of(entry) for entry in self.entries]

    @property
    def last_id(self) -> int:
        """The largest id seen so far."""
        return max(self.ids, default=0)

    def missed(self, ids: Iterable[int]) -> list[int]:
        """Those of these ids, in ascending order, that the walk should have seen and did not.

        Raises ``Blocked`` where that is because a list of everything does not have them either, or is out of order.
        """
        missed = sorted(id for id in set(ids) - set(self.ids) if not self.cut_off or id < self.last_id)
        if missed:
            self.require_a_sound_list(missed[0])
        return missed

    def require_a_sound_list(self, id: int) -> None:
        """Raise ``Blocked`` where a list without filter and limit is out of order, or does not have this task."""
        page = self.api.listing(f"after={id - 1}")
        if any(id_of(entry) < id for entry in entries_of(self.api, page)):
            raise Blocked("list.limit", page.exchange)
        for whole in (page, self.api.listing()):
            ids = [id_of(entry) for entry in entries_of(self.api, whole)]
            if ids != sorted(ids):
                raise Blocked("list.order", whole.exchange)
        if id not in [id_of(entry) for entry in entries_of(self.api, page)]:
            raise Blocked("list.complete", page.exchange)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges of the pages."""
        return tuple(page.exchange for page in self.pages)

    def evidence(self, *ids: int) -> Evidence:
        """The pages, what changed anything since the first of them, and how the tasks ``ids`` came about."""
        exchanges = self.api.journal.exchanges
        first, last = (
            next(i for i, exchange in enumerate(exchanges) if exchange is page.exchange)
            for page in (self.pages[0], self.pages[-1])
        )
        return self.api.journal.evidence(*exchanges[first : last + 1], ids=frozenset(ids))


def walk(
    api: Api,
    query: str,
    until: int,
    *,
    owner: str = "list.complete",
    between: Callable[[Walk], None] | None = None,
    most: int = _MOST_PAGES,
) -> Walk:
    """Walk from the page that ``query`` asks for until an id of at least ``until`` was seen, or to the end.

    ``between`` is called before each further page. Raises ``Blocked`` by ``owner`` where the first page is refused.
    """
    seen = Walk(api)
    for page in api.pages(query, limit=most):
        seen.pages.append(page)
        if page.status != 200:
            if len(seen.pages) == 1:
                raise Blocked(owner, page.exchange)
            break
        seen.entries += entries_of(api, page)
        if seen.last_id >= until:
            break
        seen.cut_off = len(seen.pages) > most and page.next_page() is not None
        if between is not None and page.next_page() is not None:
            between(seen)
    return seen


def entries_of(api: Api, page: Answer) -> list[Members]:
    """The entries of a page; raises ``Blocked`` where it is no list of tasks."""
    entries = api.entries(page)
    if entries is None or not all(map(id_of, entries)):
        raise Blocked("list.complete", page.exchange)
    return entries


def visits_once(seen: Walk, ids: Sequence[int]) -> None:
    """The walk came to its end, saw each of these tasks, and nothing twice."""
    last = seen.pages[-1]
    if last.status != 200:
        raise Violation(
            f"The next page, {last.request_line}, was answered with status {last.status}.",
            expected="200",
            received=last.exchange.outcome,
            evidence=seen.evidence(*ids),
            demands=[Status(last.exchange, (200,))],
        )
    twice = sorted({id for id in seen.ids if seen.ids.count(id) > 1})
    if twice:
        seen.require_a_sound_list(twice[0])
        raise Violation(
            f"Following next shows task {twice[0]} {seen.ids.count(twice[0])} times.",
            expected="once",
            received=f"pages with the ids {show(seen.ids)}",
            evidence=seen.evidence(*ids),
            demands=[Visited(last.exchange, seen.exchanges, twice[0])],
        )
    missed = seen.missed(ids)
    if missed:
        raise Violation(
            f"Following next does not show task {missed[0]}, which was there all the time.",
            expected=f"every task once, {missed[0]} included",
            received=f"pages with the ids {show(seen.ids)}",
            evidence=seen.evidence(*ids),
            demands=[Visited(last.exchange, seen.exchanges, missed[0])],
        )


def holds_at_most(page: Answer, most: int, known: Sequence[int] = ()) -> None:
    """The page is answered, with at most so many tasks; ``known`` are the ids of as many or more."""
    expect.status(page, 200)
    if isinstance(page.document, list) and len(page.document) > most:
        raise Violation(
            f"{page.request_line} was answered with {len(page.document)} tasks.",
            expected=f"at most {most}",
            received=page.exchange.outcome,
            evidence=page.evidence(ids=known),
            demands=[AtMost(page.exchange, most)],
        )


def default_limit_is(api: Api, start: int, limit: int, known: Sequence[int] = ()) -> None:
    """A page without a limit holds as many tasks as one with this limit, from the id ``start`` on.

    Which ones is not compared, and there may be fewer than the limit: other clients change the list between the two.
    """
    for _ in range(_TRIES):
        named = api.listing(f"after={start}&limit={limit}")
        another = api.listing("limit=1")  # which the next page has to know nothing of
        default = api.listing(f"after={start}")
        counts = [len(entries_of(api, page)) for page in (named, default)]
        if counts[0] == counts[1]:
            return
    raise Violation(
        f"A page without a limit is another than one with limit={limit}.",
        expected=f"{counts[0]} tasks, as many as limit={limit} shows",
        received=f"{counts[1]} tasks",
        evidence=default.evidence(named, another, ids=known),
        demands=[SamePage(default.exchange, named.exchange)],
    )


def begins_after(api: Api, after: int, known: list[int]) -> None:
    """The list with ``after`` has greater ids only, and passes over none of those ``known``."""
    page = api.listing(f"after={after}")
    ids = [id_of(entry) for entry in entries_of(api, page)]
    wrong = [id for id in ids if id <= after]
    following = min(id for id in known if id > after)
    is_passed_over = following not in ids and (page.next_page() is None or max(ids, default=0) > following)
    if wrong or is_passed_over:
        raise Violation(
            f"{page.request_line} was not answered with the tasks that come after.",
            expected=f"tasks with ids greater than {after}, {following} the first of ours",
            received=f"the ids {show(ids)}",
            evidence=page.evidence(ids=[after, following, *wrong[:1]]),
            demands=[AllAfter(page.exchange, after), Listed(page.exchange, following, {})],
        )


def ends_without_next(api: Api, filter: str, known: Sequence[int]) -> None:
    """A last page that is exactly full names no next one; it is found beyond the first of the ids ``known``.

    Other clients may add and remove a task at any time; it is enough that the last page is once right.
    """
    for size in (1, 3):
        _ends_without_next(api, filter, known, size)


def _ends_without_next(api: Api, filter: str, known: Sequence[int], size: int) -> None:
    for _ in range(_TRIES):
        ids = _up_to_the_end(api, filter, known[0])[-size:]
        if not ids:
            return
        page = api.listing(f"{filter}after={ids[0] - 1}&limit={len(ids)}")
        if page.next_page() is None or [id_of(entry) for entry in entries_of(api, page)] != ids:
            return
        if entries_of(api, api.listing(f"{filter}after={ids[-1]}&limit=1")):
            return
    has_no_next(page, known)


def _up_to_the_end(api: Api, filter: str, start: int) -> list[int]:
    """The ids greater than ``start`` up to the last of all, without following ``next``; none where they are many."""
    ids = [start]
    for _ in range(FEW_PAGES):
        page = [id_of(entry) for entry in entries_of(api, api.listing(f"{filter}after={ids[-1]}"))]
        if not page:
            return ids[1:]
        ids += sorted(page)
    return []


def has_greater_ids_only(page: Answer, after: int) -> None:
    """The page has no task with an id of ``after`` or less."""
    expect.status(page, 200)
    entries = page.document if isinstance(page.document, list) else []
    passed = [id_of(entry) for entry in entries if isinstance(entry, dict) and 0 < id_of(entry) <= after]
    if passed:
        raise Violation(
            f"{page.request_line} has task {passed[0]}.",
            expected=f"ids greater than {after}",
            received=page.exchange.outcome,
            evidence=page.evidence(ids=[after, *passed[:1]]),
            demands=[AllAfter(page.exchange, after)],
        )


def has_no_next(page: Answer, known: Sequence[int] = ()) -> None:
    """The page is there, and names no next one; ``known`` are the last tasks of all."""
    expect.status(page, 200)
    if page.next_page() is not None:
        raise Violation(
            f"The page that answers {page.request_line} is the last one and names a next one.",
            expected="no Link with the relation next",
            received=f"Link: {page.header('link')}",
            evidence=page.evidence(ids=known),
            demands=[NoNext(page.exchange)],
        )
