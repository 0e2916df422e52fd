"""Waking others when a position was reached: a hint on a connection of its own, after the fact.

A NOTIFY inside the append would serialise commits. Here many positions go out in one, and a hint may be lost: whoever
waits also looks for itself every `POLL_SECONDS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Self

from daybook.database import UNREACHABLE, Session, connect

POLL_SECONDS: Final = 0.25
SPACING_SECONDS: Final = 0.002
RECONNECT_SECONDS: Final = 0.5


class Watermark:
    """The highest position heard of, and those who wait for a higher one."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.position = 0
        self._risen = asyncio.Event()

    def rise(self, position: int) -> None:
        """Take note of a position; wake who waits if it is news."""
        if position > self.position:
            self.position = position
            self._risen.set()
            self._risen = asyncio.Event()

    async def beyond(self, after: int, seconds: float) -> int:
        """Return the position once it is greater than `after`, or when the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.position <= after:
                    await self._risen.wait()
        return self.position


class Bell:
    """Rings at every announcement, whatever its position."""

    def __init__(self) -> None:
        """Silent yet."""
        self._rung = asyncio.Event()

    def rise(self, _position: int) -> None:
        """Ring."""
        self._rung.set()

    async def ring(self, seconds: float) -> None:
        """Return when it has rung since the last time, or when the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


class Announcer:
    """Sends the newest position on a channel: at once when it has been quiet, else every `SPACING_SECONDS`."""

    def __init__(self, url: str, channel: str) -> None:
        """Nothing runs until `async with`."""
        self._session = Session(url, f"daybook announce {channel}")
        self._channel = channel
        self._position = 0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start sending."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop sending."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._session.close()

    def announce(self, position: int) -> None:
        """Tell the others, soon."""
        if position > self._position:
            self._position = position
            self._news.set()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            with suppress(*UNREACHABLE):  # the poll behind every listener makes up for it
                async with self._session.use() as connection:
                    await connection.execute(_NOTIFY, self._channel, str(self._position))
            await asyncio.sleep(SPACING_SECONDS)


# Nothing is lost with a hint that is lost: its commit need not wait for the disk.
_NOTIFY: Final = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"


class Listener:
    """Feeds watermarks from channels of one connection, which is opened again whenever it is lost."""

    def __init__(self, url: str, watermarks: Mapping[str, Watermark | Bell]) -> None:
        """`watermarks` is by channel."""
        self._url = url
        self._watermarks = watermarks
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start listening."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            with suppress(*UNREACHABLE):
                await self._listen_until_lost()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection = await connect(self._url, "daybook listen")
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            for channel in self._watermarks:
                await connection.add_listener(channel, self._heard)
            await lost.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        if isinstance(payload, str) and payload.isdigit():
            self._watermarks[channel].rise(int(payload))
