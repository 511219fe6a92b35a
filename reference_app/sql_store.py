"""A store in a database, SQLite or PostgreSQL, that several server processes may share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from sqlite3 import Connection as SqliteConnection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from reference_app.domain import PageQuery, Task, TaskInput
from reference_app.store import Condition, Page, PreconditionFailed, TaskNotFound, UnusableStore

DRIVERS = ("sqlite", "postgresql+psycopg")
FORMS = "sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
CONNECTIONS = 16  # as many as the server has threads
PATIENCE = 30.0  # seconds that a write waits for those of others
CREATION = 7_461_736  # names PostgreSQL's lock; any number, the same in every process

METADATA = sa.MetaData()
TASKS = sa.Table(
    "tasks",
    METADATA,
    # SQLite numbers the rows only of a column that is declared INTEGER; its integers have 64 bits anyway.
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(always=True), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sqlite_autoincrement=True,  # otherwise the id of a deleted task is issued again if it was the highest
)
# The order of a filtered page is one that only the index behind the filter has. In the order of `id` itself, PostgreSQL
# may take the index of the primary key, and walk past any number of tasks that are not asked for.
FILTERED_ID = TASKS.c.id + sa.literal_column("0")
sa.Index("tasks_done_id", TASKS.c.done, FILTERED_ID)


class SqlStore:
    """A Store in the database of a URL; raises UnusableStore if there is none.

    A page costs O(log n + limit), filtered or not: there is an index for either.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = _engine_of(url)
            # Who waits for SQLite's lock looks again now and then, and may never find it free. One writer a process:
            # of 64 threads in 4 processes the unluckiest waited 1 s and not 13 s, and 60 % more was written.
            self._turn = threading.Lock() if self._engine.dialect.name == "sqlite" else nullcontext()
            self._prepare()
        except ImportError as error:
            raise UnusableStore(f"{error}; task-contract[postgresql] has it.") from error
        except (ArgumentError, ValueError) as error:
            raise UnusableStore(f"a store is {FORMS}.") from error
        except DBAPIError as error:
            raise UnusableStore(f"{str(error.orig).splitlines()[0]}.") from error

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def create(self, new: TaskInput) -> Task:
        with self._writing() as connection:
            task_id = connection.execute(sa.insert(TASKS).returning(TASKS.c.id), vars(new)).scalar_one()
        return Task(task_id, **vars(new))

    def read(self, task_id: int) -> Task:
        with self._engine.connect() as connection:
            return _find(connection, _only(task_id))

    def replace(self, task_id: int, new: TaskInput, condition: Condition) -> Task:
        with self._writing() as connection:
            _lock(connection, task_id, condition)
            connection.execute(sa.update(TASKS).where(TASKS.c.id == task_id), vars(new))
        return Task(task_id, **vars(new))

    def delete(self, task_id: int, condition: Condition) -> None:
        with self._writing() as connection:
            _lock(connection, task_id, condition)
            connection.execute(sa.delete(TASKS).where(TASKS.c.id == task_id))

    def page(self, query: PageQuery) -> Page:
        with self._engine.connect() as connection:
            tasks = [Task(**row) for row in connection.execute(select_page(query)).mappings()]
        return Page(tasks[: query.limit], len(tasks) > query.limit)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._turn, self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # A transaction that has read cannot wait for another's write: its own would be refused as "locked".
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def _prepare(self) -> None:
        if self._engine.dialect.name == "sqlite":
            _keep_log(self._engine)
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                # Of two that create a table at the same moment one fails, IF NOT EXISTS or not.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CREATION)))
            METADATA.create_all(connection)


def select_page(query: PageQuery) -> sa.Select[Any]:
    """Return the statement for a page of tasks, and for one more to tell whether there are more."""
    order = TASKS.c.id if query.done is None else FILTERED_ID
    page = sa.select(TASKS).where(order > query.after).order_by(order).limit(query.limit + 1)
    return page if query.done is None else page.where(TASKS.c.done == query.done)


def _only(task_id: int) -> sa.Select[Any]:
    return sa.select(TASKS).where(TASKS.c.id == task_id)


def _find(connection: sa.Connection, statement: sa.Select[Any]) -> Task:
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise TaskNotFound
    return Task(**row)


def _lock(connection: sa.Connection, task_id: int, condition: Condition) -> None:
    # FOR UPDATE is left out for SQLite, where the transaction has locked the whole database.
    if not condition(_find(connection, _only(task_id).with_for_update())):
        raise PreconditionFailed


def _engine_of(url: str) -> sa.Engine:
    if sa.make_url(url).drivername not in DRIVERS:
        raise ArgumentError
    engine = sa.create_engine(url, pool_size=CONNECTIONS, pool_pre_ping=True)  # the database may have been restarted
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: SqliteConnection, record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
    # What is committed is with the operating system, so a kill of the process cannot lose it; FULL waits for the disk.
    connection.execute("PRAGMA synchronous = NORMAL")


def _keep_log(engine: sa.Engine) -> None:
    """Have SQLite write ahead to a log, so that reads need not wait for writes, nor the reverse."""
    end = time.monotonic() + PATIENCE
    while (mode := _switch_to_log(engine)) is None and time.monotonic() < end:
        time.sleep(0.01)
    if mode != "wal":
        engine.dispose()
        raise UnusableStore(f"SQLite cannot share it, its journal is {mode!r} and not 'wal'.")


def _switch_to_log(engine: sa.Engine) -> object:
    try:
        with engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar()
    except OperationalError as error:
        if "locked" in str(error.orig):  # when several switch at once, some are refused at once, whatever the timeout
            return None
        raise
