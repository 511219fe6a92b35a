"""Databases for the tests of stores: an SQLite file always, PostgreSQL in `tox -e stores`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from reference_app.sql_store import METADATA, SqlStore

DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.stores))
"""The parameters of a fixture that gives each of them."""


@contextmanager
def empty_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of the database without tables that the parameter of a fixture names."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'tasks.db'}"
        return
    url: str = request.getfixturevalue("postgresql")
    yield url
    with engine_of(url) as engine:
        METADATA.drop_all(engine)


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    """A store in a database, for the block."""
    with closing(SqlStore(url)) as store:
        yield store


@contextmanager
def engine_of(url: str) -> Iterator[sa.Engine]:
    """The way to a database past the store."""
    engine = sa.create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
