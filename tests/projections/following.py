"""Changes over a log in memory, with read models whose positions a test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from eventsourcing.dcb.api import DCBQuery

from daybook.notifications import Watermark
from events.log import LogUnavailable, Recorded
from events.memory import MemoryLog
from projections.bookings import BOOKINGS
from projections.changes import Change, Changes
from projections.positions import Positions
from projections.slots import SLOTS
from tests.events.postgres.looking import PATIENCE

NOWHERE = "postgresql://nobody@/nothing?host=/nowhere"


class Shown(Positions):
    """How far the read models are, as a test says."""

    def __init__(self, position: int = 0) -> None:
        """Nobody else is asked."""
        self._watermark = Watermark()
        self._generation = Watermark()
        self.show(position)

    @property
    def looked_at(self) -> float:
        """A test needs no look to know."""
        return asyncio.get_running_loop().time()

    def show(self, position: int) -> None:
        """Move the read models forward."""
        self._watermark.rise(position)

    def mend(self, generation: int) -> None:
        """Let the rows change without an event."""
        self._generation.rise(generation)


class AbsentLog(MemoryLog):
    """A log that can be away; it counts what it is asked."""

    def __init__(self) -> None:
        """It is there."""
        super().__init__()
        self.is_away = False
        self.asked: list[str] = []

    def read(
        self, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None
    ) -> AsyncIterator[Recorded]:
        """Read, if it is there."""
        self._ask("read")
        return super().read(query, after=after, limit=limit)

    async def head(self) -> int:
        """Tell the last position, if it is there."""
        self._ask("head")
        return await super().head()

    async def wait(self, after: int, seconds: float) -> int:
        """Wait, if it is there."""
        self._ask("wait")
        return await super().wait(after, seconds)

    def _ask(self, what: str) -> None:
        if self.is_away:
            raise LogUnavailable("away")
        self.asked.append(what)


class Audience:
    """A subscriber that keeps all it was told."""

    def __init__(self, changes: Changes) -> None:
        """Listen from now on."""
        self.begins = changes.position
        self.told: list[Change] = []
        self.reached: list[int] = []
        self.leave: Callable[[], None] = changes.subscribe(self._take)

    @property
    def positions(self) -> list[int]:
        """Where it was told of a change."""
        return [change.position for change in self.told]

    @property
    def topics(self) -> Mapping[int, frozenset[str]]:
        """What it was told, by position."""
        return {change.position: change.topics for change in self.told}

    def _take(self, changes: Sequence[Change], reached: int) -> None:
        self.told += changes
        self.reached.append(reached)


def self_explaining(events: Sequence[Any]) -> list[Any]:
    """Leave out those of a booking alone: whose agenda they change has to be looked up in a read model."""
    looked_up = tuple({*BOOKINGS.events} - {*SLOTS.events})
    return [event for event in events if not isinstance(event, looked_up)]


@asynccontextmanager
async def following(log: MemoryLog, shown: Positions, url: str = NOWHERE) -> AsyncIterator[tuple[Changes, Audience]]:
    """Changes and somebody who listens from the beginning."""
    async with Changes(log, url, shown) as changes:
        yield changes, Audience(changes)


async def told(changes: Changes, position: int) -> None:
    """Wait until everything up to a position was told."""
    assert await changes.reach(position, PATIENCE)


async def until(predicate: Callable[[], bool]) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(PATIENCE):
        while not predicate():  # noqa: ASYNC110  no event of ours tells of it
            await asyncio.sleep(0.005)
