"""The application: ``uvicorn app.main:app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .database import create_engine, create_tables
from .errors import EXCEPTION_HANDLERS
from .middleware import DrainBody, NoSniff
from .routes import router


class State(TypedDict):
    """What the requests share."""

    sessions: async_sessionmaker[AsyncSession]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[State]:
    """Connect to the database while the server runs."""
    engine = create_engine()
    try:
        await create_tables(engine)
        yield {"sessions": async_sessionmaker(engine)}
    finally:
        await engine.dispose()


app = FastAPI(
    title="Task API",
    lifespan=lifespan,
    exception_handlers=EXCEPTION_HANDLERS,
    openapi_url=None,  # /docs and /openapi.json would be HTML and paths beyond the contract
    redirect_slashes=False,
)
app.add_middleware(NoSniff)
app.add_middleware(DrainBody)
app.include_router(router)
