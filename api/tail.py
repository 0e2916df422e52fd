"""The end of the log, read once for all who follow the feed: they share what is new, and one look whether anything is.

Who is further behind than what is kept here reads the log itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple, Self

import msgspec

from api.sse import message
from daybook.notifications import POLL_SECONDS, Watermark
from events.log import Log, LogUnavailable, Recorded
from queries.feed_event import feed_event

KEPT: Final = 2_000
IDLE_SECONDS: Final = 1.0

_encode = msgspec.json.Encoder().encode


class Entry(NamedTuple):
    """An event as a message, and what filters go by."""

    position: int
    type: str
    tags: tuple[str, ...]
    message: bytes


def entry(event: Recorded) -> Entry:
    """Compose the message of an event."""
    data = _encode(feed_event(event))
    return Entry(event.position, event.type, event.tags, message(event.type, event.position, data))


class Tail:
    """Use as `async with Tail(log) as tail`. It looks at the log only while somebody follows.

    All who follow get events in one form: as `compose` makes their messages.
    """

    def __init__(self, log: Log, compose: Callable[[Recorded], Entry] = entry) -> None:
        """Nothing is kept, and where the log ends is not known yet."""
        self.compose = compose
        self._log = log
        self._reached = Watermark()
        self._begin: int | None = None
        self._kept: list[Entry] = []
        self._followers = 0
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Be ready for followers."""
        self._task = asyncio.create_task(self._run(), name="follow the end of the log")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Look at the log for as long as this lasts."""
        self._followers += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._followers -= 1
            if not self._followers:
                self._wanted.clear()

    def since(self, position: int, limit: int) -> Sequence[Entry] | None:
        """Return the events after a position that are known, so many at most; None if they are not kept any more."""
        if self._begin is None or position < self._begin:
            return None
        first = position - self._begin
        return self._kept[first : first + limit]

    async def beyond(self, position: int, seconds: float) -> None:
        """Wait until an event after a position is known, or the time is up."""
        await self._reached.beyond(position, seconds)

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                await self._step()
            except LogUnavailable:
                await asyncio.sleep(POLL_SECONDS)

    async def _step(self) -> None:
        """Begin at the end of the log; from then on wait for news. Nobody followed for long: begin anew."""
        if self._begin is None:
            self._begin = await self._log.head()
        reached = self._begin + len(self._kept)
        head = await self._log.wait(reached, IDLE_SECONDS)
        if head - reached > KEPT:
            self._begin, self._kept = head, []
        elif head > reached:
            self._kept += [self.compose(event) async for event in self._log.read(after=reached, limit=KEPT)]
            surplus = max(len(self._kept) - KEPT, 0)
            self._begin += surplus
            del self._kept[:surplus]
        self._reached.rise(self._begin + len(self._kept))
