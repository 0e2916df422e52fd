"""Slots to choose from, soonest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from projections.directory import RECRUITER
from projections.slots import SLOT, SlotStatus
from queries.named import Person, name_or_id
from queries.page import Listing, Moment, Page, Paging
from queries.seats import is_open, seats, status_now

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


def _item(row: Row[Any]) -> OfferedSlot:
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


_SLOTS = Listing(
    "slots",
    select=select(
        SLOT,
        *seats,
        name_or_id(RECRUITER.c.name, SLOT.c.recruiter_id).label("recruiter_name"),
    ).select_from(SLOT.outerjoin(RECRUITER, RECRUITER.c.recruiter_id == SLOT.c.recruiter_id)),
    filters={
        "city_id": SLOT.c.city_id == bindparam("city_id"),
        "stage_id": SLOT.c.stage_id == bindparam("stage_id"),
        "from": SLOT.c.starts_at >= bindparam("from"),
        "to": SLOT.c.starts_at < bindparam("to"),
        "series_id": SLOT.c.series_id == bindparam("series_id"),
        "open": is_open & (SLOT.c.starts_at > bindparam("now")),
        "status": status_now == bindparam("status"),
    },
    order=(SLOT.c.starts_at, SLOT.c.slot_id),
    keys=(Moment, UUID),
    key=lambda slot: (slot.starts_at, slot.slot_id),
    item=_item,
)


async def open_slots(
    connection: AsyncConnection, asked: SlotFilters, paging: Paging, now: datetime
) -> Page[OfferedSlot]:
    """List slots; `now` is aware."""
    filters = {
        "city_id": asked.city_id,
        "stage_id": asked.stage_id,
        "from": asked.from_,
        "to": asked.to,
        "series_id": asked.series_id,
        "open": asked.status == "open" or None,
        "status": None if asked.status in {"open", "all"} else asked.status,
    }
    return await _SLOTS.page(connection, filters, paging, now=now)
