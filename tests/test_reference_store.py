"""The stores: in memory, in a file of SQLite and, in `tox -e stores`, on a PostgreSQL server."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from types import FrameType
from typing import Any, TypeVar

import pytest

from reference_app.domain import PageQuery, Task, TaskInput
from reference_app.store import MemoryStore, PreconditionFailed, Store, TaskNotFound
from tests.databases import DATABASES, empty_database, opened

THREADS = 8

AnyStore = TypeVar("AnyStore", bound=Store)


def always(task: Task) -> bool:
    return True


def never(task: Task) -> bool:
    return False


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if request.param == "memory":
        yield MemoryStore()
        return
    with empty_database(request, tmp_path) as url, opened(url) as store:
        yield store


def fill(store: AnyStore, count: int) -> AnyStore:
    """Add tasks 1 to count, of which the first and the last are done."""
    for number in range(1, count + 1):
        store.create(TaskInput(f"task {number}", done=number in (1, count)))
    return store


def listed(store: Store, done: bool | None = None) -> list[int]:
    return [task.id for task in store.page(PageQuery(done=done)).tasks]


def test_create_issues_ascending_ids(store: Store) -> None:
    assert store.create(TaskInput("a")) == Task(1, "a", "", False)
    assert store.create(TaskInput("a", "b", True)) == Task(2, "a", "b", True)
    assert store.read(1) == Task(1, "a", "", False)


@pytest.mark.parametrize("deleted", [[1], [2], [3], [1, 2, 3]])
def test_ids_are_never_issued_again(store: Store, deleted: list[int]) -> None:
    fill(store, 3)
    for task_id in deleted:
        store.delete(task_id, always)

    assert store.create(TaskInput("a")).id == 4


def test_replace_keeps_id_and_place(store: Store) -> None:
    fill(store, 3)

    assert store.replace(2, TaskInput("b", "c", True), always) == Task(2, "b", "c", True)
    assert listed(store) == [1, 2, 3]
    assert listed(store, done=True) == [1, 2, 3]
    assert listed(store, done=False) == []


def test_delete_removes_from_every_list(store: Store) -> None:
    fill(store, 3)

    store.delete(3, always)

    assert listed(store) == [1, 2]
    assert listed(store, done=True) == [1]
    assert listed(store, done=False) == [2]


@pytest.mark.parametrize("task_id", [0, 2, 4, 2**53 - 1])
def test_missing_tasks(store: Store, task_id: int) -> None:
    fill(store, 3)
    store.delete(2, always)

    with pytest.raises(TaskNotFound):
        store.read(task_id)
    with pytest.raises(TaskNotFound):
        store.replace(task_id, TaskInput("a"), never)
    with pytest.raises(TaskNotFound):
        store.delete(task_id, never)
    assert listed(store) == [1, 3]


@pytest.mark.parametrize(
    "text",
    [
        " ",
        " a ",
        "e\u0301",
        "\u00e9",
        "\U0001f600" * 200,
        "\ufffe\uffff\U0010ffff",
        "\u2028\u202e\ufeff",
        "%s' \\ :x \"",
        "I\u0130",
    ],
)
def test_text_comes_back_code_point_for_code_point(store: Store, text: str) -> None:
    store.create(TaskInput("a"))
    created = store.create(TaskInput(text, text + "\t\r\n\x01"))
    store.replace(1, TaskInput(text, text), always)

    assert (created.title, created.description) == (text, text + "\t\r\n\x01")
    assert store.read(created.id) == created
    assert store.page(PageQuery()).tasks == [Task(1, text, text, False), created]


def test_failed_conditions_change_nothing(store: Store) -> None:
    fill(store, 3)
    before = store.page(PageQuery())

    with pytest.raises(PreconditionFailed):
        store.replace(2, TaskInput("b", "", True), never)
    with pytest.raises(PreconditionFailed):
        store.delete(2, never)
    assert store.page(PageQuery()) == before


def test_conditions_see_the_present_task(store: Store) -> None:
    fill(store, 1)
    seen: list[Task] = []

    def watch(task: Task) -> bool:
        seen.append(task)
        return True

    store.replace(1, TaskInput("b"), watch)
    store.delete(1, watch)

    assert seen == [Task(1, "task 1", "", True), Task(1, "b", "", False)]


@pytest.mark.parametrize(
    ("query", "ids", "more"),
    [
        (PageQuery(), [1, 2, 3, 4, 5], False),
        (PageQuery(limit=5), [1, 2, 3, 4, 5], False),
        (PageQuery(limit=4), [1, 2, 3, 4], True),
        (PageQuery(after=2, limit=2), [3, 4], True),
        (PageQuery(after=3, limit=2), [4, 5], False),
        (PageQuery(after=5), [], False),
        (PageQuery(done=True, limit=1), [1], True),
        (PageQuery(done=True, limit=2), [1, 5], False),
        (PageQuery(done=False, after=2, limit=1), [3], True),
    ],
)
def test_pages(store: Store, query: PageQuery, ids: list[int], more: bool) -> None:
    page = fill(store, 5).page(query)

    assert [task.id for task in page.tasks] == ids
    assert page.more is more


def race(act: Callable[[int], object]) -> list[object]:
    """Call `act` with 0, 1, ... on as many threads at once; return results and exceptions."""
    barrier = Barrier(THREADS)

    def attempt(number: int) -> object:
        barrier.wait()
        try:
            return act(number)
        except (TaskNotFound, PreconditionFailed) as error:
            return type(error)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(attempt, range(THREADS)))


def test_parallel_creations_are_all_kept(store: Store) -> None:
    race(lambda number: [store.create(TaskInput(f"{number}")) for _ in range(10)])

    assert listed(store) == list(range(1, 10 * THREADS + 1))


def test_one_of_parallel_conditional_replacements_wins(store: Store) -> None:
    fill(store, 3)
    before = store.read(2)

    results = race(lambda number: store.replace(2, TaskInput(f"{number}"), lambda task: task == before))

    assert results.count(PreconditionFailed) == THREADS - 1
    assert store.read(2) in results


def test_no_write_comes_between_a_condition_and_its_write(store: Store) -> None:
    fill(store, 1)
    meeting = Barrier(2)
    met = []

    def meet(task: Task) -> bool:
        with suppress(BrokenBarrierError):  # the first to come waits in vain, the second does not wait
            meeting.wait(timeout=0.2)
            met.append(task)
        return True

    race(lambda number: store.replace(1, TaskInput(f"{number}"), meet))

    assert met == []


def test_one_of_parallel_deletions_wins(store: Store) -> None:
    fill(store, 3)

    results = race(lambda number: store.delete(2, always))

    assert results.count(TaskNotFound) == THREADS - 1
    assert listed(store) == [1, 3]


def steps(call: Callable[[], object]) -> int:
    """Count the trace events (lines, calls, returns) of the Python code that `call` runs."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(previous)
    return count


def peak(call: Callable[[], object]) -> int:
    """Measure the bytes that `call` has allocated at its peak: what C code copies shows here."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module", params=["untouched", "thinned out"])
def stores(request: pytest.FixtureRequest) -> tuple[MemoryStore, MemoryStore]:
    """A small store and one a hundred times as large; thinned out, most tasks after the first are deleted."""
    stores = fill(MemoryStore(), 1_000), fill(MemoryStore(), 100_000)
    if request.param == "thinned out":
        for store, size in zip(stores, (1_000, 100_000), strict=True):
            for task_id in range(2, size * 3 // 4):
                store.delete(task_id, always)
    return stores


@pytest.mark.parametrize("done", [None, True, False])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.9])
def test_pages_of_large_stores_cost_no_more(
    stores: tuple[MemoryStore, MemoryStore], done: bool | None, part: float
) -> None:
    small, large = stores
    small_query, large_query = (PageQuery(after=int(size * part), done=done) for size in (1_000, 100_000))

    assert steps(lambda: large.page(large_query)) <= 2 * steps(lambda: small.page(small_query))
    assert peak(lambda: large.page(large_query)) <= 2 * peak(lambda: small.page(small_query))


def test_the_meters_see_a_scan() -> None:
    small, large = list(range(1_000)), list(range(100_000))

    assert steps(lambda: [number for number in large if number]) > 2 * steps(
        lambda: [number for number in small if number]
    )
    assert peak(lambda: sorted(large)) > 2 * peak(lambda: sorted(small))
