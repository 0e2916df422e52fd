"""How far the read models are, for those who wait for their own write to show."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Self

from daybook.database import UNREACHABLE, Session
from daybook.notifications import POLL_SECONDS, Bell, Listener, Watermark
from projections import checkpoint, generation
from projections.catalogue import PROJECTIONS
from projections.projection import Projection, program
from projections.schema import create_missing

_CHANNEL: Final = "daybook_projections"


def channel(projections: Sequence[Projection]) -> str:
    """Name the channel on which is told how far those of these read models are that are asked."""
    return f"{_CHANNEL}_{program(projections)}"


def channel_of_shares(projections: Sequence[Projection]) -> str:
    """Name the channel on which is told that some of these read models have moved: who wants to know must look."""
    return f"{channel(projections)}_shares"


class Positions:
    """Use as `async with Positions(url) as positions`. Woken by announcements, with a poll behind them."""

    def __init__(self, url: str, projections: Sequence[Projection] = PROJECTIONS) -> None:
        """Nothing runs until `async with`."""
        self._projections = projections
        self._session = Session(url, "daybook positions")
        self._watermark = Watermark()
        self._generation = Watermark()
        self._shares = Bell()
        self._listener = Listener(
            url,
            {
                channel(projections): self._watermark,
                channel_of_shares(projections): self._shares,
                generation.CHANNEL: self._generation,
            },
        )
        self._complete: bool | None = None
        self._looked_at = float("-inf")
        self._polling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Look once, then listen and poll."""
        await self._look()
        await self._listener.__aenter__()
        self._polling = asyncio.create_task(self._poll(), name="poll positions")
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop listening and polling."""
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
        await self._listener.__aexit__(*error)
        await self._session.close()

    @property
    def position(self) -> int:
        """The position that all read models have reached that are asked; one that stands still does not count."""
        return self._watermark.position

    @property
    def complete(self) -> bool:
        """All read models that are asked are there, as far as one could look; a new one is not until it is built."""
        return self._complete is not False

    @property
    def generation(self) -> int:
        """The generation that all read models are of, or an earlier one; see `projections.generation`.

        Who knows a position from its number on knows the generation, too.
        """
        return self._generation.position

    @property
    def looked_at(self) -> float:
        """When the read models were last looked at, by the clock of the event loop: all that was so then is known."""
        return self._looked_at

    async def generation_beyond(self, generation: int, seconds: float) -> int:
        """Return the generation once it is a later one, or when the time is up."""
        return await self._generation.beyond(generation, seconds)

    async def reach(self, position: int, seconds: float) -> bool:
        """Wait until every read model has reached a position; False when the time is up."""
        return await self._watermark.beyond(position - 1, seconds) >= position

    async def _poll(self) -> None:
        while True:
            await self._shares.ring(POLL_SECONDS)
            await self._look()

    async def _look(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        with suppress(*UNREACHABLE):  # the next look makes up for it
            async with self._session.use() as connection:
                if not self._complete:
                    await create_missing(connection, self._projections)
                asked = [each for each in self._projections if each.asked]
                lowest, number = await checkpoint.reached(connection, asked)
                self._complete = lowest is not None
                self._generation.rise(number)
                self._watermark.rise(lowest or 0)
                self._looked_at = asked_at
