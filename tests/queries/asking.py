"""Read models made from events, and a connection to ask them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from daybook.database import connect
from daybook.engine import Connection
from daybook.metrics import Metrics
from daybook.watching import DatabaseWatch
from tests.projections.running import at_work, caught_up, log_of, runner


@asynccontextmanager
async def asking(url: str, events: Sequence[Any] = ()) -> AsyncIterator[Connection]:
    """Project events, then connect as the application does."""
    log = await log_of(events)
    async with at_work(runner(log, url)):
        assert await caught_up(log, url)
    async with connected(url) as connection:
        yield connection


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """Connect as the application does, and see what is new with every query."""
    driver = await connect(url, "test", 60.0)
    try:
        yield Connection(driver, DatabaseWatch(Metrics()))
    finally:
        await driver.close()
