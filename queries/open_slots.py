"""Slots to choose from, soonest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, bindparam, func, literal_column, select

from daybook.engine import Connection
from daybook.statements import Row
from projections.directory import RECRUITER
from projections.slots import SLOT, SlotStatus
from projections.topics import DIRECTORY, SLOTS, slots_in
from queries.found import Found, soonest
from queries.named import Person, name_of
from queries.page import Listing, Moment, Page, Paging, Stretch
from queries.seats import first_expiry, has_holds, is_open, seats, status_now

SlotChoice = Literal["open", "full", "closed", "cancelled", "all"]


class OfferedSlot(msgspec.Struct, frozen=True):
    """A slot in a list. `local_start` is what the clock in `zone` shows.

    `seats_left` is neither booked nor `held` for somebody; without one the slot is full, until a hold ends.
    """

    slot_id: UUID
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    recruiter: Person
    capacity: int
    held: int
    seats_left: int
    status: SlotStatus
    series_id: UUID | None


class SlotFilters(msgspec.Struct, frozen=True):
    """Which slots: those that start at `from_` or later and before `to`. Open ones have a seat and have not started."""

    city_id: str | None = None
    stage_id: str | None = None
    from_: datetime | None = None
    to: datetime | None = None
    status: SlotChoice = "open"
    series_id: UUID | None = None


def offered(row: Row) -> OfferedSlot:
    """Make an item of a row of `SELECT`."""
    return OfferedSlot(
        slot_id=row.slot_id,
        city_id=row.city_id,
        stage_id=row.stage_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        local_start=row.local_start.isoformat(),
        recruiter=Person(row.recruiter_id, row.recruiter_name),
        capacity=row.capacity,
        held=row.held,
        seats_left=row.seats_left,
        status=row.status_now,
        series_id=row.series_id,
    )


_FILTERS: Final = {
    "city_id": SLOT.c.city_id == bindparam("city_id"),
    "stage_id": SLOT.c.stage_id == bindparam("stage_id"),
    "from": SLOT.c.starts_at >= bindparam("from"),
    "to": SLOT.c.starts_at < bindparam("to"),
    "series_id": SLOT.c.series_id == bindparam("series_id"),
}
# What is not shown would cost as much as what is: a list has fifty rows.
SELECT: Final = select(
    SLOT.c.slot_id,
    SLOT.c.city_id,
    SLOT.c.stage_id,
    SLOT.c.starts_at,
    SLOT.c.ends_at,
    SLOT.c.zone,
    SLOT.c.local_start,
    SLOT.c.recruiter_id,
    SLOT.c.capacity,
    SLOT.c.series_id,
    *seats,
    name_of(SLOT.c.recruiter_id, RECRUITER).label("recruiter_name"),
)
LISTING: Final = Listing(
    "slots",
    select=SELECT,
    filters={
        **_FILTERS,
        "open": is_open & (SLOT.c.starts_at > bindparam("now")),
        "status": status_now == bindparam("status"),
    },
    order=(SLOT.c.starts_at, SLOT.c.slot_id),
    keys=(Moment, UUID),
    key=lambda slot: (slot.starts_at, slot.slot_id),
    item=offered,
)
_MOST: Final = timedelta(days=31)


async def open_slots(
    connection: Connection, asked: SlotFilters, paging: Paging, now: datetime
) -> Found[Page[OfferedSlot]]:
    """List slots; `now` is aware."""
    within = _within(asked)
    stretch = await LISTING.stretch(connection, filters_of(asked), paging, now=now)
    begins, ends = _bounds(asked, stretch, now)
    topics = frozenset({DIRECTORY, *places(asked.city_id, asked.stage_id, begins, ends)})
    shown = [*stretch.page.items, *([stretch.beyond] if stretch.beyond else [])]
    if asked.status == "open":
        back = await _first_expiry(connection, {**within, "begins": begins, "ends": ends, "open": True}, now)
        return Found(stretch.page, topics, soonest((back, *(slot.starts_at for slot in shown[:1]))))
    if not any(slot.held for slot in shown):
        return Found(stretch.page, topics)
    among = {**within, "begins": shown[0].starts_at, "ends": shown[-1].starts_at}
    return Found(stretch.page, topics, await _first_expiry(connection, among, now))


def filters_of(asked: SlotFilters) -> dict[str, object]:
    """Name the filters of `LISTING` that are asked for; the others are None."""
    status = None if asked.status in {"open", "all"} else asked.status
    return {**_within(asked), "open": asked.status == "open" or None, "status": status}


def _within(asked: SlotFilters) -> dict[str, object]:
    return {
        "city_id": asked.city_id,
        "stage_id": asked.stage_id,
        "from": asked.from_,
        "to": asked.to,
        "series_id": asked.series_id,
    }


def places(city_id: str | None, stage_id: str | None, begins: datetime | None, ends: datetime | None) -> list[str]:
    """Name the topics of the slots that start in `[begins, ends]`; None leaves a side open.

    The topic of a slot has its local date. No clock is a day away from UTC, so a day more on either side has them all.
    """
    if city_id is None:
        return [SLOTS]
    if stage_id is None or begins is None or ends is None or ends - begins > _MOST:
        return [slots_in(city_id, stage_id)]
    days = range(max(begins.toordinal() - 1, 1), min(ends.toordinal() + 1, date.max.toordinal()) + 1)
    return [slots_in(city_id, stage_id, date.fromordinal(day)) for day in days]


def _bounds(
    asked: SlotFilters, stretch: Stretch[OfferedSlot], now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Between which starts a slot that changes, or comes back when a hold expires, changes the page.

    The first slot beyond the page counts: without it there would be no next page.
    """
    given = (asked.from_, now if asked.status == "open" else None, stretch.after[0] if stretch.after else None)
    begins = max((moment for moment in given if moment is not None), default=None)
    return begins, stretch.beyond.starts_at if stretch.beyond else asked.to


async def _first_expiry(connection: Connection, within: Mapping[str, object], now: datetime) -> datetime | None:
    given = {name: value for name, value in within.items() if value is not None}
    first: datetime | None = await connection.fetchval(_expiries(frozenset(given)), {**given, "now": now})
    return first


_SPAN: Final = {
    **_FILTERS,
    "begins": SLOT.c.starts_at >= bindparam("begins"),
    "ends": SLOT.c.starts_at <= bindparam("ends"),
    # Also those that are not shown because all their seats are held: they are open again once a hold expires.
    "open": SLOT.c.status == literal_column("'open'"),
}


@cache
def _expiries(given: frozenset[str]) -> Select[datetime | None]:
    return select(func.min(first_expiry)).where(has_holds, *(_SPAN[name] for name in sorted(given)))
