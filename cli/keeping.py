"""The keeper of the pages in Redis, in the projector's process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog

from daybook.engine import open_engine
from daybook.metrics import Metrics
from daybook.valkey import Valkey
from daybook.watching import DatabaseWatch
from events.log import Log
from projections.changes import Changes
from projections.page_store import PageStore
from projections.pages import Keeper
from projections.positions import Positions
from queries.pages import SHAPE
from queries.verifying_pages import Verified, verify_pages

STATEMENT_SECONDS: Final = 10.0

# Nobody waits for the keeper, and when a call of its fails all pages are forgotten.
REDIS_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


async def compare_pages(redis_url: str, database_url: str) -> Verified:
    """Compare the pages in a Redis with what the read models say. Raises Away, and what queries raise."""
    metrics = Metrics()
    watch = DatabaseWatch(metrics)
    async with (
        open_engine(database_url, 1, watch, name="verify", statement_seconds=STATEMENT_SECONDS) as engine,
        Valkey(redis_url, metrics, seconds=REDIS_SECONDS) as valkey,
        PageStore(valkey, database_url, SHAPE) as store,
    ):
        await store.identified()
        return await verify_pages(store, engine, lambda: datetime.now(UTC))


@asynccontextmanager
async def keeping(redis_url: str | None, database_url: str, log: Log, metrics: Metrics) -> AsyncIterator[None]:
    """Look after the pages in a Redis, if there is one, beside what the caller does."""
    if redis_url is None:
        yield
        return
    async with (
        Positions(database_url) as positions,
        Changes(log, database_url, positions) as changes,
        Valkey(redis_url, metrics, seconds=REDIS_SECONDS) as valkey,
        PageStore(valkey, database_url, SHAPE) as store,
    ):
        keeper = asyncio.create_task(Keeper(changes, store).run(), name="keep pages")
        keeper.add_done_callback(_tell)
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])


def _tell(keeper: asyncio.Task[None]) -> None:
    """A keeper that fails takes nobody with it: what it does not look after is not shown for long."""
    if not keeper.cancelled() and (error := keeper.exception()) is not None:
        _log.error("nobody keeps the pages any more", error=type(error).__name__)
