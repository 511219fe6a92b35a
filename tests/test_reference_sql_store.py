"""What only a store in a database can get wrong: its plans, its locks, other processes, and what outlives it."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.dialects import sqlite

from reference_app.domain import PageQuery, Task, TaskInput
from reference_app.sql_store import CREATION, METADATA, SqlStore, select_page
from reference_app.store import PreconditionFailed, TaskNotFound, UnusableStore
from tests.databases import DATABASES, empty_database, engine_of, opened
from tests.targets import PATIENCE

PROCESSES = 2
THREADS = 4
ROUNDS = 20
EVERY_PAGE = [None, True, False]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with empty_database(request, tmp_path) as url:
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a database of SQLite may be."""
    return tmp_path / "tasks.db"


def always(task: Task) -> bool:
    return True


def test_tasks_and_their_ids_outlive_the_store(database: str) -> None:
    with opened(database) as store:
        kept, newest = store.create(TaskInput("a", "b", True)), store.create(TaskInput("c"))
        store.delete(newest.id, always)
    with opened(database) as store:
        assert store.read(kept.id) == kept
        with pytest.raises(TaskNotFound):
            store.read(newest.id)
        assert store.create(TaskInput("d")).id > newest.id
        store.delete(kept.id, always)
        store.delete(newest.id + 1, always)
    with opened(database) as store:
        assert store.page(PageQuery()).tasks == []
        assert store.create(TaskInput("e")).id > newest.id + 1


def work(url: str, number: int) -> list[int]:
    """The ids that one process is given for tasks, while it replaces and deletes some of them."""

    def act(thread: int) -> list[int]:
        return [one_round(store, f"{number}.{thread}") for _ in range(ROUNDS)]

    with opened(url) as store, ThreadPoolExecutor(THREADS) as pool:
        return [id for ids in pool.map(act, range(THREADS)) for id in ids]


def one_round(store: SqlStore, title: str) -> int:
    """Write and read a task, and delete it if its id is odd."""
    task = store.create(TaskInput(title, done=True))
    new = store.replace(task.id, TaskInput("replaced"), lambda present: present == task)
    assert store.page(PageQuery(after=task.id - 1, limit=1, done=False)).tasks == [new]
    if task.id % 2:
        store.delete(task.id, lambda present: present == new)
    return task.id


def test_processes_share_a_database(database: str) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES, timeout=PATIENCE)
    with ProcessPoolExecutor(PROCESSES, context, initializer=start.wait) as pool:
        issued = [id for ids in pool.map(work, [database] * PROCESSES, range(PROCESSES)) for id in ids]

    assert len(issued) == len(set(issued)) == PROCESSES * THREADS * ROUNDS
    with opened(database) as store:
        page = store.page(PageQuery())
    assert [task.id for task in page.tasks] == sorted(id for id in issued if id % 2 == 0)[:100]
    assert {task.title for task in page.tasks} == {"replaced"}


def test_stores_may_be_made_at_the_same_moment(database: str) -> None:
    barrier = threading.Barrier(8)

    def make(number: int) -> int:
        barrier.wait()
        with opened(database) as store:
            return store.create(TaskInput("a")).id

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(8))) == list(range(1, 9))


def test_a_locked_file_is_waited_for(file: Path) -> None:
    # SQLite refuses the change to a write-ahead log at once while another writes, whatever its timeout.
    with (
        closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        making = pool.submit(SqlStore, f"sqlite:///{file}")
        time.sleep(0.2)
        assert not making.done()
        other.execute("ROLLBACK")
        with closing(making.result(PATIENCE)) as store:
            assert store.create(TaskInput("a")).id == 1


@pytest.mark.stores
def test_a_table_in_the_making_is_waited_for(postgresql: str) -> None:
    with engine_of(postgresql) as engine, ThreadPoolExecutor(1) as pool:
        with engine.begin() as other:
            other.execute(select(func.pg_advisory_xact_lock(CREATION)))
            METADATA.create_all(other)
            making = pool.submit(SqlStore, postgresql)
            time.sleep(0.2)
            assert not making.done()
        with closing(making.result(PATIENCE)) as store:
            assert store.create(TaskInput("a")).id == 1
        METADATA.drop_all(engine)


def test_one_of_parallel_conditional_writes_through_two_stores_wins(database: str) -> None:
    barrier = threading.Barrier(2)

    def replace(store: SqlStore) -> object:
        barrier.wait()
        try:
            return store.replace(1, TaskInput("b"), lambda task: task.title == "a")
        except PreconditionFailed as error:
            return type(error)

    with opened(database) as one, opened(database) as two, ThreadPoolExecutor(2) as pool:
        one.create(TaskInput("a"))
        results = list(pool.map(replace, [one, two]))

        assert sorted(results, key=str) == sorted([Task(1, "b", "", False), PreconditionFailed], key=str)


def spelt(query: PageQuery) -> str:
    """The statement for a page, as SQLite is given it."""
    return str(select_page(query).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def steps(connection: sqlite3.Connection, query: PageQuery) -> int:
    """Count the instructions of SQLite's virtual machine that a page takes."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    connection.set_progress_handler(step, 1)
    connection.execute(spelt(query)).fetchall()
    connection.set_progress_handler(None, 1)
    return count


def filled(file: Path, size: int) -> sqlite3.Connection:
    """A connection to a database with so many tasks, the first and the last of them done."""
    SqlStore(f"sqlite:///{file}").close()
    connection = sqlite3.connect(file)
    tasks = ((f"task {number}", number in (1, size)) for number in range(1, size + 1))
    connection.executemany("INSERT INTO tasks (title, description, done) VALUES (?, '', ?)", tasks)
    return connection


@pytest.mark.parametrize("done", EVERY_PAGE)
def test_pages_are_found_by_an_index(file: Path, done: bool | None) -> None:
    with closing(filled(file, 10)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {spelt(PageQuery(after=5, done=done))}").fetchall()

    key = "INTEGER PRIMARY KEY (rowid>?)" if done is None else "INDEX tasks_done_id (done=? AND <expr>>?)"
    assert [row[-1] for row in plan] == [f"SEARCH tasks USING {key}"]


@pytest.mark.stores
def test_postgresql_walks_past_no_other_tasks(postgresql: str) -> None:
    old_ones_done = (
        "INSERT INTO tasks (title, description, done) SELECT '', '', n <= 10000 FROM generate_series(1, 50000) n"
    )
    page = select_page(PageQuery(done=False))
    with opened(postgresql), engine_of(postgresql) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql(old_ones_done)
            connection.exec_driver_sql("ANALYZE tasks")
            statement = page.compile(engine, compile_kwargs={"literal_binds": True})
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}").scalars())
        METADATA.drop_all(engine)

    assert "Index Scan using tasks_done_id" in plan
    assert "Filter" not in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("done", EVERY_PAGE)
def test_pages_of_large_databases_cost_no_more(tmp_path: Path, done: bool | None) -> None:
    costs = []
    for size in (1_000, 50_000):
        with closing(filled(tmp_path / f"{size}.db", size)) as connection:
            costs.append([steps(connection, PageQuery(after=size * part // 10, done=done)) for part in (0, 5)])

    small, large = costs
    assert large == small


def test_the_meter_sees_a_scan(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "tasks.db", 1_000)) as connection:
        indexed = steps(connection, PageQuery(done=True))
        connection.execute("DROP INDEX tasks_done_id")

        assert steps(connection, PageQuery(done=True)) > 2 * indexed


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tasks.db",
        "sqlite://tasks.db",
        "sqlite+other:///tasks.db",
        "mysql://127.0.0.1/tasks",
        "postgresql+asyncpg://127.0.0.1/tasks",
        "other://",
    ],
)
def test_urls_of_no_store(url: str) -> None:
    with pytest.raises(UnusableStore, match=r"^a store is sqlite:///FILE or postgresql\+psycopg://.*\.$"):
        SqlStore(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_memory_cannot_be_shared(url: str) -> None:
    with pytest.raises(UnusableStore, match="its journal is 'memory'"):
        SqlStore(url)


def test_files_of_other_kinds(file: Path) -> None:
    file.write_text("no database" * 1000)

    with pytest.raises(UnusableStore, match=r"^file is not a database\.$"):
        SqlStore(f"sqlite:///{file}")
    with pytest.raises(UnusableStore, match=r"^unable to open database file\.$"):
        SqlStore(f"sqlite:///{file.parent}")
