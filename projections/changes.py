"""What has changed, told in the order of the log and behind the read models: what is told, a query shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Final, Self

import structlog

from daybook.database import UNREACHABLE
from daybook.notifications import POLL_SECONDS, Watermark
from events.log import Log, LogUnavailable
from projections.positions import Positions
from projections.topics import EVERYTHING, Change, Topics

__all__ = ["Change", "Changes", "Take"]

PAGE: Final = 1_000
ATTENTIVE_SECONDS: Final = 2.0

Take = Callable[[Sequence[Change], int], None]

_log = structlog.get_logger(__name__)


class Changes:
    """Use as `async with Changes(log, url, positions) as changes`.

    It begins where the read models are, and hands every change after that to every subscriber: in order, without gaps,
    each once, and none before all read models show it. A new generation of the read models is told among them, as a
    change of `EVERYTHING`. Without the log or the database it waits, and goes on where it stood. If it cannot tell
    where the read models are when it begins, or they are only being built, everything up to where they turn out to be
    is one change, of `EVERYTHING`.
    """

    def __init__(self, log: Log, url: str, positions: Positions) -> None:
        """`url` is that of the database of the read models; `positions` are open."""
        self._log = log
        self._positions = positions
        self._topics = Topics(url)
        self._told = Watermark()
        self._takers: list[Take] = []
        self._generation = 0
        self._turn = asyncio.Lock()
        self._looked_at = float("-inf")
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to follow the log."""
        self._told.rise(self._positions.position)
        self._generation = self._positions.generation
        self._tasks = [
            asyncio.create_task(self._run(), name="follow changes"),
            asyncio.create_task(self._mind_generations(), name="mind generations"),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop following."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._topics.close()

    @property
    def position(self) -> int:
        """Everything up to here was handed to every subscriber of that time."""
        return self._told.position

    @property
    def generation(self) -> int:
        """This generation of the read models, or an earlier one, every subscriber of that time was told of."""
        return self._generation

    def subscribe(self, take: Take) -> Callable[[], None]:
        """Hand over every change after `position`, on the event loop; return what ends that.

        `take` gets some changes, and the position that is reached with them, also if there are none. It must be quick,
        and must not raise.
        """
        self._takers = [*self._takers, take]

        def unsubscribe() -> None:
            self._takers = [each for each in self._takers if each is not take]

        return unsubscribe

    async def reach(self, position: int, seconds: float) -> bool:
        """Wait until everything up to a position was handed over; False when the time is up."""
        return await self._told.beyond(position - 1, seconds) >= position

    def attentive(self) -> bool:
        """Whether log and read models were looked at just now. If not, much may have changed that was not told."""
        return _now() - min(self._looked_at, self._positions.looked_at) < ATTENTIVE_SECONDS

    async def between(self, after: int, last: int) -> AsyncIterator[Sequence[Change]]:
        """Tell again, page by page, what was told after one position up to another, which is at most `position`.

        Raises LogUnavailable, and what `daybook.database.UNREACHABLE` lists.
        """
        while after < last:
            page = [event async for event in self._log.read(after=after, limit=min(PAGE, last - after))]
            yield await self._topics.of(page)
            after = page[-1].position

    async def _run(self) -> None:
        while True:
            try:
                await self._step()
            except (LogUnavailable, *UNREACHABLE) as error:
                _log.warning("changes cannot be followed", error=type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)

    async def _step(self) -> None:
        """Wait for a page of news; then tell it, as far as the read models show it already, and on as they move."""
        asked_at = _now()
        if await self._log.wait(self.position, POLL_SECONDS) <= self.position:
            self._looked_at = asked_at
            return
        page = [event async for event in self._log.read(after=self.position, limit=PAGE)]
        self._looked_at = asked_at
        if self.position == 0:
            reached = await self._showing(page[0].position)
            if reached > page[-1].position:
                self._tell([Change(reached, frozenset({EVERYTHING}))], reached)
                return
        # While the read models take the page in: a slot that was not published on it shows already.
        generation, changes = self._generation, await self._topics.of(page)
        while page:
            count = await self._showing(page[0].position) - self.position
            async with self._turn:
                if self._generation > generation:  # what was worked out may have been of the one before
                    generation, changes = self._generation, await self._topics.of(page)
                self._tell(changes[:count], page[:count][-1].position)
            page, changes = page[count:], changes[count:]

    async def _mind_generations(self) -> None:
        """A new one is told at once, whatever the log does; but not while it is worked out what has changed."""
        while True:
            if await self._positions.generation_beyond(self._generation, POLL_SECONDS) > self._generation:
                async with self._turn:
                    self._tell([], self.position)

    async def _showing(self, position: int) -> int:
        """Wait until the read models show a position, and return how far they are by then."""
        while not await self._positions.reach(position, POLL_SECONDS):
            asked_at = _now()
            await self._log.head()
            self._looked_at = asked_at
        return self._positions.position

    def _tell(self, changes: Sequence[Change], reached: int) -> None:
        if self._positions.generation > self._generation:
            self._generation = self._positions.generation
            self._topics.forget()
            # Behind the others: what was worked out of them may have been of the generation before.
            changes = [*changes, Change(reached, frozenset({EVERYTHING}), self._generation)]
        for take in self._takers:
            take(changes, reached)
        self._told.rise(reached)


def _now() -> float:
    return asyncio.get_running_loop().time()
