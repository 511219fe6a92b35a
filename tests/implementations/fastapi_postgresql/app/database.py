"""The connection to PostgreSQL, and one session for each request."""

import os
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import func, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from .models import Base

SCHEMA_LOCK = 7_461_736  # any number, as long as every worker takes the same one


def create_engine() -> AsyncEngine:
    """Make an engine for the database that the environment variable DATABASE_URL names."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise RuntimeError(
            "DATABASE_URL is not set; it looks like postgresql+psycopg://user:pass@127.0.0.1:5432/tasks."
        )
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"client_encoding": "utf8"},
    )


async def create_tables(engine: AsyncEngine) -> None:
    """Create what is missing; several workers may do so at once."""
    async with engine.begin() as connection:
        # CREATE TABLE IF NOT EXISTS is no protection here: two at the same moment collide in the catalog.
        await connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
        await connection.run_sync(Base.metadata.create_all)


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Give a session in a transaction that commits when the path operation returns, and rolls back when it raises."""
    sessions: async_sessionmaker[AsyncSession] = request.state.sessions
    async with sessions.begin() as session:
        yield session


# scope="function" commits before the answer is sent. The default would commit after it, so that a client could
# read its own write too early, or hear of a write that then fails.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
