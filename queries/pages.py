"""What comes from Redis instead of PostgreSQL: lists of open slots of one place, and cards of slots.

Nothing of a candidate is among it: what Redis holds, nobody seals and nobody erases.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import msgspec

from daybook.engine import Engine
from daybook.metrics import Metrics
from daybook.valkey import Away, Valkey
from projections.changes import Changes
from projections.directory import DIRECTORY as DIRECTORY_MODEL
from projections.page_store import PageStore
from projections.positions import Positions
from projections.slots import SLOTS as SLOTS_MODEL
from queries.card_pages import CardPage, SlotCards
from queries.day_lists import DayLists
from queries.day_page import DayPage
from queries.found import Found
from queries.open_slots import OfferedSlot, SlotFilters
from queries.page import Paging
from queries.page_reader import PageReader
from queries.slot_card import SlotCard

# Programs that show slots differently, or from other tables, never read each other's pages.
SHAPE: Final = hashlib.blake2b(
    msgspec.json.encode(
        [
            *msgspec.json.schema_components((OfferedSlot, SlotCard)),
            [each.__struct_fields__ for each in (DayPage, CardPage)],
            [each.schema for each in (SLOTS_MODEL, DIRECTORY_MODEL)],
            "epochs are named by generation",
        ]
    ),
    digest_size=6,
).hexdigest()


class Pages:
    """Use as `async with Pages(store, engine, changes, positions, metrics) as pages`; all that is open."""

    def __init__(
        self, store: PageStore, engine: Engine, changes: Changes, positions: Positions, metrics: Metrics
    ) -> None:
        """Nothing is asked for yet."""
        self._store = store
        self._changes = changes
        self._metrics = metrics
        self._reader = PageReader(store, changes, positions, metrics)
        self._lists = DayLists(self._reader, engine)
        self._cards = SlotCards(self._reader, engine)

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drop what is not done yet."""
        await self._lists.close()
        await self._reader.close()

    async def open_slots(self, asked: SlotFilters, paging: Paging, now: datetime, position: int) -> Found[bytes] | None:
        """List slots, as JSON; None if that is to be asked of PostgreSQL.

        The answer reflects at least `position`, which all read models have reached. `now` is aware.
        Raises BadCursor, and whatever a query raises.
        """
        return await self._ask(position, lambda: self._lists.answer(asked, paging, now, position))

    async def slot_card(self, slot_id: UUID, now: datetime, position: int) -> Found[bytes] | None:
        """Show a slot, as JSON; None if that is to be asked of PostgreSQL. See `open_slots`."""
        return await self._ask(position, lambda: self._cards.answer(slot_id, now, position))

    async def answers(self) -> bool:
        """Ask whether Redis is there."""
        return await self._store.answers()

    async def measure(self) -> None:
        """Measure how far the keeper of the pages has come, if it can be told."""
        with suppress(Away):
            checkpoint = await self._store.checkpoint()
            if checkpoint is not None:
                self._metrics.pages_position.set(checkpoint.position)
                self._metrics.pages_lag_events.set(max(0, self._changes.position - checkpoint.position))

    async def _ask(self, position: int, ask: Callable[[], Awaitable[Found[bytes] | None]]) -> Found[bytes] | None:
        if not await self._reader.serves(position):
            return None
        try:
            return await ask()
        except Away:
            return None


@asynccontextmanager
async def open_pages(  # noqa: PLR0913, PLR0917  wiring
    redis_url: str | None,
    database_url: str,
    engine: Engine,
    changes: Changes,
    positions: Positions,
    metrics: Metrics,
) -> AsyncIterator[Pages | None]:
    """Open the pages in a Redis; None without one."""
    if redis_url is None:
        yield None
        return
    async with (
        Valkey(redis_url, metrics) as valkey,
        PageStore(valkey, database_url, SHAPE) as store,
        Pages(store, engine, changes, positions, metrics) as pages,
    ):
        yield pages
