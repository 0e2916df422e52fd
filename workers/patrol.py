"""The patrol: it follows the log and proves, block by block, that the history is whole.

Of several workers one patrols and the others stand by. At the first fault the patrol stands still: what comes after it
proves nothing any more. A worker that is started again looks at the same place again, and goes on if it is repaired.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import structlog

from daybook.database import UNREACHABLE, Session
from daybook.metrics import Metrics
from daybook.notifications import POLL_SECONDS
from events.log import BEGINNING, Block, Log, LogUnavailable, Recorded
from workers import checkpoint
from workers.chain import Fault, first_fault

PAGE_EVENTS: Final = 1_000
# Between pages of a long history, and between two looks at the log's end: live traffic goes first.
PAUSE_SECONDS: Final = 0.002
REST_SECONDS: Final = 0.25
# Without news the end is looked at as often as this: a tail that was cut off shows by its absence alone.
IDLE_SECONDS: Final = 5.0
STANDBY_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


class Patrol:
    """One per process. Holds a page of the log in memory, or the events of one append where they are more."""

    def __init__(self, log: Log, url: str, metrics: Metrics) -> None:
        """`url` is that of the database of the checkpoint."""
        self._log = log
        self._session = Session(url, "daybook patrol")
        self._metrics = metrics
        self._checked = BEGINNING

    async def run(self) -> None:
        """Patrol until cancelled, at any moment: what was checked and not noted is checked again."""
        try:
            while True:
                try:
                    await self._follow_until_lost()
                except (LogUnavailable, *UNREACHABLE) as error:
                    _log.warning("patrol lost its connection", error=type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._session.close()

    async def _follow_until_lost(self) -> None:
        async with self._session.use() as connection:
            while not await checkpoint.take_turn(connection):  # noqa: ASYNC110  whoever has it is another process
                await asyncio.sleep(STANDBY_SECONDS)
            self._checked = await checkpoint.read(connection)
            _log.info("patrol begins", position=self._checked.last)
            while (fault := await self._catch_up(connection)) is None:
                await asyncio.sleep(REST_SECONDS)
                await self._log.wait(self._checked.last, IDLE_SECONDS)
            _log.error("the log is not whole", position=fault.position, fault=fault.what)
            self._metrics.patrol_faults.set(1)
            await checkpoint.note(connection, self._checked, fault)
            await asyncio.Event().wait()

    async def _catch_up(self, connection: asyncpg.Connection) -> Fault | None:
        """Check that the block which was checked last is still there and the same, and all that follow it."""
        beyond = [event.position async for event in self._log.read(after=self._checked.last, limit=1)]
        blocks = self._log.blocks(after=self._checked.last - 1)
        if await anext(blocks, None) != self._checked:
            return Fault(self._checked.last, "the block that ended here was removed or altered after it was checked")
        async for page in _pages(blocks):
            fault = await self._fault_of_page(page)
            if fault is not None:
                return fault
            await self._note(connection, page[-1])
            await asyncio.sleep(PAUSE_SECONDS)
        # Read before the blocks were, so that an append in between raises no alarm.
        if beyond and beyond[0] > self._checked.last:
            return Fault(beyond[0], "the event stands in no block")
        await self._note(connection, self._checked)
        return None

    async def _fault_of_page(self, page: list[Block]) -> Fault | None:
        after, last = self._checked.last, page[-1].last
        # The database looks for the tags while this process takes in the events.
        events, unfindable = await asyncio.gather(self._events(after, last), self._log.unfindable(after, last))
        fault = first_fault(self._checked, page, events)
        if fault is None and unfindable is not None:
            return Fault(unfindable, "a tag of the event does not lead to it")
        return fault

    async def _events(self, after: int, last: int) -> list[Recorded]:
        return [event async for event in self._log.read(after=after, limit=last - after)]

    async def _note(self, connection: asyncpg.Connection, checked: Block) -> None:
        await checkpoint.note(connection, checked)
        self._checked = checked
        self._metrics.patrol_position.set(checked.last)


async def _pages(blocks: AsyncIterator[Block]) -> AsyncIterator[list[Block]]:
    page: list[Block] = []
    async for block in blocks:
        page.append(block)
        if block.last - page[0].first >= PAGE_EVENTS - 1:
            yield page
            page = []
    if page:
        yield page
