"""The list: every task, once, in order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.corpora.queries import IDS_OUT_OF_RANGE, LIMITS_OUT_OF_RANGE, NO_BOOLEANS, NO_INTEGERS
from contract.demand import InOrder, IsList, Listed, ListedAs, Visited
from contract.expect import Blocked, Violation
from contract.jsontext import same, show
from contract.paging import (
    FEW_PAGES,
    Walk,
    begins_after,
    default_limit_is,
    ends_without_next,
    has_greater_ids_only,
    has_no_next,
    holds_at_most,
    visits_once,
    walk,
)
from contract.requirement import requirement
from contract.tasks import LARGEST_ID, Members, Task, id_of

_REACH = 45
"""So many tasks at most are created to bring the ids across a power of ten."""

_MORE_THAN_A_PAGE = 101
_LONG: tuple[Members, ...] = (
    {"title": "\U0001f600 " * 99 + "xx", "description": "\U0001f600 \n" * 666 + "xx", "done": True},
    {"title": "<b> &amp; <i>", "description": "x" * 2000},
)
_UNKNOWN_PARAMETERS = "sort=-id&page=2&offset=1&title=x&fields=title&callback=f&format=html&q=x"
_BOTH = (True, False)
_STABLE = 7
_INTERFERENCES = (
    *((2, "", act) for act in ("before", "at", "behind", "later", "create", "update")),
    *((1, "", act) for act in ("before", "at", "behind")),
    (3, "", "before"),
    *((2, "done=true&", act) for act in ("before", "at", "behind", "update")),
)
"""Sizes of pages, filters, and what happens between pages: a task is deleted that was seen before the cursor, at it,
behind it or later, one is created, or some are replaced."""


@requirement("list.complete")
def test_complete(api: Api) -> None:
    """Every task is listed once, and exactly as it reads by id.

    The list shows the members of a task under the same names and with the same values as the task itself. A list
    without tasks is an empty array.
    """
    beginning = api.beginning()
    expect.status(beginning, 200)
    if not isinstance(beginning.document, list):
        raise Violation(
            "The list, before anything was created, is no array.",
            expected="an array of tasks, [] where there are none",
            received=beginning.exchange.outcome,
            evidence=beginning.evidence(),
        )
    tasks = api.neighbours(6)
    tasks += api.arrange(tasks[0].members, {"title": tasks[1].members["title"]})
    tasks += api.arrange(*_LONG)
    _complete(api, tasks)
    _has_an_empty_end(api, "")
    api.end_of_reading()

    tasks[1] = api.changed(tasks[1], api.sample(description="", done=True))
    tasks[3] = api.changed(tasks[3], api.sample(description="changed", done=False))
    _complete(api, tasks)
    _reads_alike(api, tasks)
    for position in (0, 2, -1):
        api.removed(tasks.pop(position).id)
        _complete(api, tasks)


@requirement("list.order")
def test_order(api: Api) -> None:
    """The list is in ascending order of id, also after updates and across a power of ten."""
    tasks = api.neighbours(4)
    _ascending(api, _known(api, tasks))
    api.end_of_reading()
    while len(str(tasks[-1].id)) == len(str(min(_known(api, tasks)))) and _is_near_power(tasks[-1].id):
        tasks += api.neighbours(1)

    known = _known(api, tasks)
    _ascending(api, known)
    for position in (1, 0, -1):
        tasks[position] = api.changed(tasks[position], api.sample(done=position == 0))
        _ascending(api, known)
    api.removed(tasks.pop(1).id)
    tasks += api.neighbours(1)
    _ascending(api, _known(api, tasks))


@requirement("list.filter")
def test_filter(api: Api) -> None:
    """done=true and done=false split the list, the filter holds on every page, and any other value of it is 400.

    The address of the next page keeps the filter. True, 1 and an empty value are refused, not guessed; a parameter of
    another name is ignored.
    """
    tasks = api.arrange(*(api.sample(done=done) for done in (True, False, False, True, True, False, True)))
    tasks += api.arrange({"title": api.sample()["title"]})
    _split(api, tasks)
    _ignores_other_names(api, tasks)
    for value in NO_BOOLEANS:
        expect.status(api.listing(f"done={value}"), 400)
        expect.status(api.listing(f"limit=1&after={tasks[0].id}&done={value}"), 400)
    for twin in ("done=true", "done=false", "unknown=1"):
        expect.status(api.listing(f"{twin}&limit=1"), 200)
    for done in _BOTH:
        _has_an_empty_end(api, f"done={str(done).lower()}&")
    api.end_of_reading()

    tasks[0] = api.changed(tasks[0], api.sample(done=False))
    tasks[2] = api.changed(tasks[2], api.sample(done=True))
    tasks[4] = api.changed(tasks[4], {"title": api.sample()["title"]})
    api.removed(tasks.pop(3).id)
    alike = api.sample(done=True)
    tasks += api.arrange(api.sample(done=False), alike, alike)
    _split(api.observer, tasks)
    for done in _BOTH:
        _precedes_the_limit(api, done)


@requirement("list.limit")
def test_limit(api: Api) -> None:
    """A page holds at most limit tasks, 100 where no limit is named, all with ids greater than after; for both any
    value but an integer within its range is 400.
    """
    known = api.crowd(_MORE_THAN_A_PAGE)
    start = known[0] - 1
    for query, most in (("", 100), (f"after={start}", 100), *((f"limit={n}&after={start}", n) for n in (1, 2, 3, 100))):
        holds_at_most(api.listing(query), most, known)
    for page in list(api.pages(f"done=true&after={start}&limit=2", limit=2)):
        if page.exchange.request.followed and page.status != 200:
            raise Blocked("list.next", page.exchange)
        holds_at_most(page, 2, known)
    default_limit_is(api, start, 100, known)
    begins_after(api, known[-3], known)
    for name, refused, allowed in (
        ("limit", (*NO_INTEGERS, *LIMITS_OUT_OF_RANGE), (1, 10, 99, 100)),
        ("after", (*NO_INTEGERS, *IDS_OUT_OF_RANGE), (0, 1, start, LARGEST_ID)),
    ):
        for value in refused:
            expect.status(api.listing(f"{name}={value}"), 400)
        for twin in allowed:
            expect.status(api.listing(f"{name}={twin}"), 200)
    api.end_of_reading()

    # The anchors stay; they are the oldest tasks, and need not have the lowest ids.
    removed, following = [id for id in known if id not in api.anchors][-4:-2]
    api.removed(removed)
    for after in (following, following - 1, removed):
        begins_after(api, after, [id for id in known if id != removed])
        for done in ("true", "false"):
            has_greater_ids_only(api.listing(f"done={done}&after={after}"), after)


@requirement("list.next", source="RFC 8288")
def test_next(api: Api) -> None:
    """Following next from the first page visits every task once, whatever the size of the pages, and the last page
    has no next.
    """
    try:
        known = api.crowd(_MORE_THAN_A_PAGE)
        visits_once(walk(api, "", until=known[-1], most=FEW_PAGES), known)
        visits_once(walk(api.observer, f"after={known[0] - 1}", until=known[-1]), known)

        some = _across_a_power(known)
        done = _done_of(api, some)
        for filter, ids in (
            ("", some),
            *((f"done={str(v).lower()}&", [id for id in some if done[id] is v]) for v in _BOTH),
        ):
            for limit in sorted({1, 2, 3, max(len(ids), 1), len(ids) + 1, 100}):
                pages = walk(api, f"{filter}limit={limit}&after={some[0] - 1}", until=some[-1], owner="list.limit")
                visits_once(pages, ids)
            ends_without_next(api, filter, known[-8:])
            has_no_next(api.listing(f"{filter}after={LARGEST_ID}"))
        api.end_of_reading()
        for id in known[-3:]:
            api.removed(id)
        for filter in ("", "done=true&", "done=false&"):
            ends_without_next(api, filter, known[-11:])
    finally:
        api.disband()


@requirement("list.stable")
def test_stable(api: Api) -> None:
    """Tasks that exist throughout a walk are seen exactly once, whatever is created or deleted between its pages.

    A page that begins after so many tasks skips one when a task before it is deleted; one that begins after an id
    does not, also where the task with that id is gone.
    """
    tasks: list[Task] = []
    for limit, filter, act in _INTERFERENCES:
        while len(tasks) < _STABLE:
            tasks += api.arrange(api.sample(done=True))
        tasks.sort(key=lambda task: task.id)
        query, until = f"{filter}limit={limit}&after={tasks[0].id - 1}", tasks[-1].id
        others: list[Task] = []
        interfere = partial(_interfere, api, act, tasks, others)
        pages = walk(api.observer, query, until, owner="list.limit", between=interfere)
        visits_once(pages, [task.id for task in tasks])
        tasks += [task for task in others if task.members["done"]]


def _complete(api: Api, tasks: list[Task]) -> None:
    wanted = {task.id for task in tasks}
    found: dict[int, list[tuple[Members, Answer]]] = {id: [] for id in wanted}
    for page in api.observer.pages():
        expect.status(page, 200)
        expect.media_type(page)
        entries = api.entries(page)
        if entries is None:
            raise Violation(
                f"{page.request_line} was not answered with an array of tasks.",
                expected="a JSON array of objects",
                received=page.exchange.outcome,
                evidence=page.evidence(),
                demands=[IsList(page.exchange)],
            )
        for entry in entries:
            if id_of(entry) in wanted:
                found[id_of(entry)].append((entry, page))
    for id, places in found.items():
        read = api.read(id)
        if read.status != 200:
            raise Blocked("create.stored", read.exchange)
        if len(places) != 1:
            last = places[-1][1] if places else page
            raise Violation(
                f"Task {id} is listed {len(places)} times.",
                expected="once",
                received=last.exchange.outcome,
                evidence=last.evidence(ids=wanted),
                demands=[Listed(last.exchange, id, {})],
            )
        _as_read(read, *places[0])


def _reads_alike(api: Api, tasks: list[Task]) -> None:
    """A task is listed as it reads by id whatever the query is, parameters included that mean nothing here."""
    for task in tasks:
        read, after = api.read(task.id), f"after={task.id - 1}"
        done = str(task.members.get("done", False)).lower()
        for query in (f"{after}&limit=1", f"done={done}&{after}", f"{after}&{_UNKNOWN_PARAMETERS}"):
            page = api.observer.listing(query)
            if page.status != 200:
                raise Blocked("list.filter", page.exchange)
            expect.media_type(page)
            for entry in api.entries(page) or ():
                if id_of(entry) == task.id:
                    _as_read(read, entry, page)


def _as_read(read: Answer, entry: Members, page: Answer) -> None:
    if not same(entry, read.document):
        raise Violation(
            f"Task {id_of(entry)} is listed otherwise than it reads by id.",
            expected=show(read.document),
            received=show(entry),
            evidence=page.evidence(read),
            demands=[ListedAs(page.exchange, id_of(entry), read.exchange)],
        )


def _ascending(api: Api, ids: list[int]) -> None:
    entries, page = api.observer.listed(ids)
    if not entries:
        raise Blocked("list.complete", page.exchange)
    _is_ascending(entries, page)
    for query in ("done=true&", "done=false&", "limit=5&", "sort=-id&order=desc&"):
        other = api.observer.listing(f"{query}after={min(ids) - 1}")
        _is_ascending(api.entries(other) or (), other)


def _is_ascending(entries: Iterable[Members], page: Answer) -> None:
    listed = [*map(id_of, entries)]
    if listed != sorted(listed):
        raise Violation(
            "The list is not in ascending order of id.",
            expected=show(sorted(listed)),
            received=show(listed),
            evidence=page.evidence(ids=listed),
            demands=[InOrder(page.exchange)],
        )


def _has_an_empty_end(api: Api, filter: str) -> None:
    """A page behind the last task is an empty array; one that has tasks is another's matter."""
    page = api.listing(f"{filter}after={LARGEST_ID}")
    if not api.entries(page):
        expect.shows(page, [])


def _precedes_the_limit(api: Api, done: bool) -> None:
    """The limit counts tasks that match: one that does not takes no place on a page."""
    tasks = api.arrange(*(api.sample(done=value) for value in (done, not done, done, not done)))
    # Ids need not ascend in the order of creation.
    first, second = sorted((tasks[0], tasks[2]), key=lambda task: task.id)
    query = f"done={str(done).lower()}&after={first.id - 1}"
    page = api.listing(f"{query}&limit=2")
    shown = [id_of(entry) for entry in api.entries(page) or ()]
    # Somebody else's task may stand in between.
    if first.id not in shown or (second.id not in shown and len(shown) < 2):
        raise Violation(
            f"{page.request_line} has other tasks than the first two that match.",
            expected=f"the ids {show([first.id, second.id])}",
            received=show(shown),
            evidence=page.evidence(ids=[task.id for task in tasks]),
            demands=[Listed(page.exchange, id, {}) for id in (first.id, second.id)],
        )


def _split(api: Api, tasks: list[Task]) -> None:
    first, last = min(task.id for task in tasks), max(task.id for task in tasks)
    for done in _BOTH:
        query = f"done={str(done).lower()}&after={first - 1}"
        expect.status(api.listing(query), 200)
        whole = walk(api, query, last, most=FEW_PAGES)
        for pages in (whole, walk(api, f"{query}&limit=2", last, owner="list.limit")):
            _has_none(pages, [task.id for task in tasks if task.members["done"] is not done], done)
        shown = [task for task in tasks if task.members["done"] is done]
        _has_all(api, whole, shown, tasks, f"done={str(done).lower()}", "every task with that value")


def _ignores_other_names(api: Api, tasks: list[Task]) -> None:
    """What is no parameter filters nothing, also where a task has a member of that name."""
    first, last = min(task.id for task in tasks), max(task.id for task in tasks)
    query = f"after={first - 1}&title=none&description=none&id=0&q=none"
    expect.status(api.listing(query), 200)
    _has_all(api, walk(api, query, last, most=FEW_PAGES), tasks, tasks, "parameters that nobody knows", "every task")


def _has_all(api: Api, pages: Walk, wanted: list[Task], tasks: list[Task], query: str, expected: str) -> None:
    missed = pages.missed(task.id for task in wanted)
    if missed:
        entries, page = api.listed(missed[:1])
        if not entries:
            raise Blocked("list.complete", page.exchange)
        raise Violation(
            f"The list with {query} does not have task {missed[0]}.",
            expected=f"{expected}, {missed[0]} included",
            received=f"the ids {show(pages.ids)}",
            evidence=pages.evidence(*(task.id for task in tasks)),
            demands=[Visited(pages.pages[-1].exchange, pages.exchanges, missed[0])],
        )


def _has_none(pages: Walk, ids: list[int], done: bool) -> None:
    strangers = [id for id in pages.ids if id in ids]
    if strangers:
        raise Violation(
            f"A page of the list with done={str(done).lower()} has task {strangers[0]}, which is not among them.",
            expected=f"tasks with done {str(done).lower()} only",
            received=show([entry for entry in pages.entries if id_of(entry) in strangers]),
            evidence=pages.evidence(*pages.ids, *ids),
            demands=[Visited(pages.pages[-1].exchange, pages.exchanges, strangers[0], times=0)],
        )


def _across_a_power(ids: list[int]) -> list[int]:
    """Some adjacent ones of these ids, with the last power of ten that they cross in their middle."""
    crossed = [index for index in range(1, len(ids)) if len(str(ids[index])) > len(str(ids[index - 1]))]
    middle = crossed[-1] if crossed else len(ids) - 4
    return ids[max(middle - 4, 0) : middle + 4]


def _done_of(api: Api, ids: list[int]) -> dict[int, object]:
    entries, page = api.listed(ids)
    done = {id_of(entry): entry.get("done") for entry in entries or ()}
    if set(done) != set(ids):
        raise Blocked("list.complete", page.exchange)
    return done


def _interfere(api: Api, act: str, tasks: list[Task], others: list[Task], seen: Walk) -> None:
    """Do something to our tasks between two pages; ``tasks`` keeps those that are there throughout the walk."""
    passed = sum(task.id <= seen.last_id for task in tasks)
    if len(seen.pages) > 2 or not 0 < passed < len(tasks) - 1:
        return
    if act == "create":
        others += api.arrange(api.sample(done=True))
    elif act == "update":
        tasks[passed] = api.changed(tasks[passed], api.sample(done=True))
        others.append(api.changed(tasks.pop(passed - 1), api.sample(done=False)))
    else:
        position = {"before": 0, "at": passed - 1, "behind": passed, "later": passed + 1}[act]
        api.removed(tasks.pop(position).id)


def _known(api: Api, tasks: list[Task]) -> list[int]:
    return [*api.anchors, *(task.id for task in tasks)]


def _is_near_power(id: int) -> bool:
    return int(10 ** len(str(id))) - id <= _REACH
