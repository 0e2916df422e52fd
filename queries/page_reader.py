"""Reading pages from Redis as a process may that follows the changes, and bringing back what was not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Final, Protocol, TypeVar

from daybook.metrics import Metrics
from daybook.valkey import Away
from projections.changes import Changes
from projections.noted import Noted
from projections.page_store import Kept, PageStore, generation_of
from projections.positions import Positions
from queries.day_page import micros

MOST_WRITES: Final = 64

# How long changes may take to be told that the read models show.
SOON_SECONDS: Final = 0.05


class Ending(Protocol):
    """A page that holds until the clock shows `until`, in microseconds since 1970; None is for good."""

    @property
    def until(self) -> int | None:
        """When it ends."""


P = TypeVar("P", bound=Ending)


class PageReader:
    """What it shows is as of a position that is asked for, whatever the keeper of the pages has done by then."""

    def __init__(self, store: PageStore, changes: Changes, positions: Positions, metrics: Metrics) -> None:
        """All that is open."""
        self._store = store
        self._changes = changes
        self._positions = positions
        self._metrics = metrics
        # Looking a child up by its label takes longer than counting.
        self._found = cache(metrics.pages_read.labels)
        self._noted = Noted(changes.position)
        self._unsubscribe = changes.subscribe(self._noted.take)
        self._writing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Drop what has not been written."""
        self._unsubscribe()
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)

    @property
    def position(self) -> int:
        """A position that all read models have reached."""
        return self._positions.position

    @property
    def generation(self) -> int:
        """A generation that all read models are of, or an earlier one."""
        return self._positions.generation

    async def serves(self, position: int) -> bool:
        """Say whether pages can be vouched for at a position: everything up to it was told, or will be in a moment."""
        return self._store.is_asked and await self._changes.reach(position, SOON_SECONDS)

    async def look(
        self, topics: Sequence[str], decode: Callable[[bytes], P], now: datetime, position: int
    ) -> tuple[str, dict[str, P]]:
        """Return the epoch, and the pages that may be shown at a position that is served. Raises Away."""
        look = await self._store.read(topics)
        is_outdated = generation_of(look.epoch) < self.generation
        pages = {}
        for topic, kept in zip(topics, look.pages, strict=True):
            page, outcome = (None, "behind") if is_outdated else self._judge(topic, kept, decode, now, position)
            self._found(outcome).inc()
            if page is not None:
                pages[topic] = page
        return look.epoch, pages

    def shows(self, topic: str, position: int, *, at: int) -> bool:
        """Say whether what was right at one position is so at another, which is served."""
        return self._noted.shows(topic, position, at=at)

    def write(self, epoch: str, at: int, pages: Mapping[str, bytes]) -> None:
        """Bring pages to Redis, while the answer goes out; see `PageStore.write`."""
        if len(self._writing) < MOST_WRITES:
            task = asyncio.create_task(self._write(epoch, at, pages), name="write pages")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    def _judge(
        self, topic: str, kept: Kept | None, decode: Callable[[bytes], P], now: datetime, position: int
    ) -> tuple[P | None, str]:
        if kept is None:
            return None, "miss"
        if not self._noted.shows(topic, position, at=kept.position):
            return None, "behind"
        page = decode(kept.content)
        return (None, "ended") if has_ended(page, now) else (page, "hit")

    async def _write(self, epoch: str, at: int, pages: Mapping[str, bytes]) -> None:
        with suppress(Away):
            kept = await self._store.write(epoch, at, pages)
            self._metrics.pages_written.labels("kept").inc(kept)
            self._metrics.pages_written.labels("refused").inc(len(pages) - kept)


def has_ended(page: Ending, now: datetime) -> bool:
    """Say whether what a page shows has changed by the clock."""
    return page.until is not None and page.until <= micros(now)
