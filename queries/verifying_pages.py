"""Comparing the pages in Redis with what the read models say, while both go on moving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from daybook.engine import Engine
from projections import checkpoint
from projections.directory import DIRECTORY
from projections.page_store import PageStore
from projections.slots import SLOTS
from projections.topics import SLOTS as SLOTS_TOPIC
from queries.day_page import DayPage, Place, decode, micros, read_pages

ATTEMPTS: Final = 20
PAUSE_SECONDS: Final = 0.1


class Verified(msgspec.Struct, frozen=True):
    """How many pages were compared, a line for each that differs, and the topics of those that changed all the time."""

    compared: int
    differences: list[str]
    unsettled: list[str]


class _Fresh(NamedTuple):
    position: int
    page: DayPage


async def verify_pages(store: PageStore, engine: Engine, clock: Callable[[], datetime]) -> Verified:
    """Compare every page there is with one that is worked out anew; the clock tells aware times.

    Raises Away, and what queries raise.
    """
    compared, differences, unsettled = 0, [], []
    for topic in await store.topics(SLOTS_TOPIC):
        for _ in range(ATTEMPTS):
            settled, found = await _compare(store, engine, topic, clock)
            if settled:
                compared += 1
                differences += [] if found is None else [f"{topic}: {found}"]
                break
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            unsettled.append(topic)
    return Verified(compared, differences, unsettled)


def difference(kept: DayPage, fresh: DayPage, now: datetime) -> str | None:
    """Name the first slot in which a page differs from one that is worked out later, if it may still be shown."""
    if kept.until is not None and kept.until <= micros(now):
        return None
    stop = min([page.cut for page in (kept, fresh) if page.cut is not None], default=None)
    before, after = (_slots(page, now, stop) for page in (kept, fresh))
    for slot_id in sorted(before.keys() | after.keys()):
        if slot_id not in before:
            return f"slot {UUID(bytes=slot_id)} is missing"
        if slot_id not in after:
            return f"slot {UUID(bytes=slot_id)} should not be there"
        if before[slot_id] != after[slot_id]:
            return f"slot {UUID(bytes=slot_id)} differs"
    return None


async def _compare(
    store: PageStore, engine: Engine, topic: str, clock: Callable[[], datetime]
) -> tuple[bool, str | None]:
    """Say whether a page could be compared, and how it differs.

    It was the same before and after the read models were asked, and by then stood for where they had been, or for
    later: it must show what they did.
    """
    (before,) = (await store.read([topic])).pages
    if before is None:
        return True, None
    now = clock()
    fresh = await _work_out(engine, topic, now)
    (after,) = (await store.read([topic])).pages
    if after is None or after.content != before.content or after.position < fresh.position:
        return after is None, None
    return True, difference(decode(after.content), fresh.page, now)


async def _work_out(engine: Engine, topic: str, now: datetime) -> _Fresh:
    city_id, stage_id, day = topic.removeprefix(f"{SLOTS_TOPIC}:").split("/")
    # Both statements see the same snapshot.
    async with engine.connect() as connection, connection.driver.transaction(isolation="repeatable_read"):
        pages = await read_pages(connection, Place(city_id, stage_id), [date.fromisoformat(day)], now)
        position = await checkpoint.lowest(connection.driver, [SLOTS, DIRECTORY])
    return _Fresh(position or 0, *pages.values())


def _slots(page: DayPage, now: datetime, stop: int | None) -> dict[bytes, bytes]:
    end = len(page.starts) if stop is None else page.place_of((stop, b""))
    return {
        page.id_of(number): page.slice(number, number + 1)
        for number in range(page.place_of((micros(now) + 1, b"")), end)
    }
