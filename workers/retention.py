"""Retention: once a day whoever's process ended longer ago than is allowed is erased.

Of several workers one does it. What it does is a command for each candidate, which is the same whoever sends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import structlog

from commands.handling import Busy
from daybook.database import RETENTION_LOCK, UNREACHABLE, Session
from events.log import ACCEPTED, LogUnavailable
from queries.retention import overdue
from workers import erasure_checkpoint
from workers.erasing import Erasing

REASON: Final = "retention"
DAY_SECONDS: Final = 86_400.0
STANDBY_SECONDS: Final = 600.0
AGAIN_SECONDS: Final = 60.0
STATEMENT_SECONDS: Final = 60.0

_log = structlog.get_logger(__name__)


class Retention:
    """One per process."""

    def __init__(
        self, erasing: Erasing, url: str, days: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`url` is that of the database of the read models."""
        self._erasing = erasing
        self._session = Session(url, "daybook retention", STATEMENT_SECONDS)
        self._days = timedelta(days=days)
        self._clock = clock

    async def run(self) -> None:
        """Erase, wait for a day, and so on until cancelled, at any moment."""
        try:
            while True:
                try:
                    await self._erase_daily()
                except (LogUnavailable, Busy, asyncpg.UndefinedTableError, *UNREACHABLE) as error:
                    _log.warning("retention was interrupted", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            await self._session.close()

    async def _erase_daily(self) -> None:
        async with self._session.use() as connection:
            while not await erasure_checkpoint.take_turn(connection, RETENTION_LOCK):  # noqa: ASYNC110  it is another process
                await asyncio.sleep(STANDBY_SECONDS)
            while True:
                await self.erase_due(connection)
                await asyncio.sleep(DAY_SECONDS)

    async def erase_due(self, connection: asyncpg.Connection) -> int:
        """Erase everybody who is due; return how many were."""
        erased = 0
        for candidate_id in await overdue(connection, self._clock() - self._days):
            reply = await self._erasing.erase(candidate_id, REASON)
            erased += reply.outcome == ACCEPTED
        if erased:
            _log.info("erased after their time", candidates=erased)
        return erased
