"""Reading the log one batch ahead, so that PostgreSQL reads and writes while Python works."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from events.log import Log, LogUnavailable, Recorded


class Ahead:
    """Reads batches; the next one may be asked for before it is needed."""

    def __init__(self, log: Log) -> None:
        """Nothing is read yet."""
        self._log = log
        self._after = -1
        self._task: asyncio.Task[list[Recorded]] | None = None

    def prepare(self, after: int, limit: int) -> None:
        """Begin to read what is likely to be taken next."""
        self._after = after
        self._task = asyncio.create_task(self._read(after, limit), name="read ahead")

    async def take(self, after: int, limit: int) -> list[Recorded]:
        """Return up to `limit` events after a position, those prepared if they are the ones."""
        prepared, self._task = self._task, None
        if prepared is None:
            return await self._read(after, limit)
        recorded = await prepared
        return recorded[:limit] if self._after == after else await self._read(after, limit)

    async def close(self) -> None:
        """Drop what was prepared."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, LogUnavailable):
                await self._task
            self._task = None

    async def _read(self, after: int, limit: int) -> list[Recorded]:
        return [recorded async for recorded in self._log.read(after=after, limit=limit)]
