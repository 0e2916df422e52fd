"""The streams that are open in one process: counted, ended when their token is revoked, and ended when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Self

from daybook.database import UNREACHABLE

MOST: Final = 5_000
RECHECK_SECONDS: Final = 30.0

IsRevoked = Callable[[], Awaitable[bool]]


class Streams:
    """Use as `async with Streams() as streams`."""

    def __init__(self) -> None:
        """None is open."""
        self._open: dict[asyncio.Future[None], IsRevoked] = {}
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to look whether tokens still hold."""
        self._task = asyncio.create_task(self._mind(), name="mind streams")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all that are open."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """Whether no other is to be opened."""
        return len(self._open) >= MOST

    @contextmanager
    def opened(self, is_revoked: IsRevoked) -> Iterator[asyncio.Future[None]]:
        """Keep a stream among those that are open; it is to end as soon as the future that it gets is done.

        `is_revoked` raises what `daybook.database.UNREACHABLE` lists when that cannot be told.
        """
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._closed:
            over.set_result(None)
        self._open[over] = is_revoked
        try:
            yield over
        finally:
            del self._open[over]

    def close(self) -> None:
        """End all that are open, and each that begins from now on."""
        self._closed = True
        for over in self._open:
            _end(over)

    async def _mind(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            with suppress(*UNREACHABLE):  # the next round makes up for it
                for over, is_revoked in list(self._open.items()):
                    if await is_revoked():
                        _end(over)


def _end(over: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)
