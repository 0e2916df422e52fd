"""Read models made from events, and a connection to ask them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from daybook.database import server_settings
from tests.projections.running import at_work, caught_up, log_of, runner


@asynccontextmanager
async def asking(url: str, events: Sequence[Any] = ()) -> AsyncIterator[AsyncConnection]:
    """Project events, then connect as the application does."""
    log = await log_of(events)
    async with at_work(runner(log, url)):
        assert await caught_up(log, url)
    async with connected(url) as connection:
        yield connection


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """Connect as the application does, and see what is new with every query."""
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": server_settings("test", 10.0)},
    )
    async with engine.connect() as connection:
        yield connection
