"""Reading the log one batch ahead, so that PostgreSQL reads and writes while Python works."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from events.log import Log, LogUnavailable, Recorded

T = TypeVar("T")

Read = Callable[[int, int], Awaitable[Sequence[T]]]
"""Reads up to so many events after a position: `read(after, limit)`."""


def whole_events(log: Log) -> Read[Recorded]:
    """Return how events are read with all that is known of them."""

    async def read(after: int, limit: int) -> list[Recorded]:
        return [recorded async for recorded in log.read(after=after, limit=limit)]

    return read


class Ahead(Generic[T]):
    """Reads batches; the next one may be asked for before it is needed."""

    def __init__(self, read: Read[T]) -> None:
        """Nothing is read yet."""
        self._read = read
        self._after = -1
        self._task: asyncio.Task[Sequence[T]] | None = None

    def prepare(self, after: int, limit: int) -> None:
        """Begin to read what is likely to be taken next."""
        self._after = after
        self._task = asyncio.ensure_future(self._read(after, limit))

    async def take(self, after: int, limit: int) -> Sequence[T]:
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
