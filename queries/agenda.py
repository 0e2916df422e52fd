"""A recruiter's agenda: their slots in the order of time, each with who is booked into it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from projections.bookings import BOOKING
from projections.candidates import CANDIDATE
from projections.directory import CITY, STAGE
from projections.slots import SLOT
from queries.named import Named, Person, name_or_id
from queries.nested import json_list, json_object
from queries.page import Listing, Moment, Page, Paging


class Guest(msgspec.Struct, frozen=True):
    """An active booking."""

    booking_id: UUID
    candidate: Person


class AgendaEntry(msgspec.Struct, frozen=True):
    """A slot and its bookings. `local_start` is what the clock in `zone` shows."""

    slot_id: UUID
    city: Named
    stage: Named
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    location: str | None
    capacity: int
    seats_left: int
    status: Literal["open", "full", "cancelled"]
    bookings: list[Guest]


class AgendaFilters(msgspec.Struct, frozen=True):
    """Whose slots: those that start at `from_` or later and before `to`."""

    recruiter_id: UUID
    from_: datetime | None = None
    to: datetime | None = None


_GUESTS: Final = msgspec.json.Decoder(list[Guest])

_guests = (
    select(
        json_list(
            json_object(
                booking_id=BOOKING.c.booking_id,
                candidate=json_object(
                    id=BOOKING.c.candidate_id, name=name_or_id(CANDIDATE.c.name, BOOKING.c.candidate_id)
                ),
            ),
            BOOKING.c.booked_at,
            BOOKING.c.booking_id,
        ).label("guests")
    )
    .select_from(BOOKING.outerjoin(CANDIDATE, CANDIDATE.c.candidate_id == BOOKING.c.candidate_id))
    .where(BOOKING.c.slot_id == SLOT.c.slot_id, BOOKING.c.status == literal_column("'active'"))
    .lateral("guests")
)


def _item(row: Row[Any]) -> AgendaEntry:
    return AgendaEntry(
        slot_id=row.slot_id,
        city=Named(row.city_id, row.city_name),
        stage=Named(row.stage_id, row.stage_name),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        local_start=row.local_start.isoformat(),
        location=row.location,
        capacity=row.capacity,
        seats_left=row.seats_left,
        status=row.status,
        bookings=_GUESTS.decode(row.guests),
    )


_AGENDA = Listing(
    "agenda",
    select=select(
        SLOT,
        name_or_id(CITY.c.name, SLOT.c.city_id).label("city_name"),
        name_or_id(STAGE.c.name, SLOT.c.stage_id).label("stage_name"),
        _guests.c.guests,
    ).select_from(
        SLOT.join(_guests, true())
        .outerjoin(CITY, CITY.c.city_id == SLOT.c.city_id)
        .outerjoin(STAGE, STAGE.c.stage_id == SLOT.c.stage_id)
    ),
    filters={
        "recruiter_id": SLOT.c.recruiter_id == bindparam("recruiter_id"),
        "from": SLOT.c.starts_at >= bindparam("from"),
        "to": SLOT.c.starts_at < bindparam("to"),
    },
    order=(SLOT.c.starts_at, SLOT.c.slot_id),
    keys=(Moment, UUID),
    key=lambda entry: (entry.starts_at, entry.slot_id),
    item=_item,
)


async def agenda(connection: AsyncConnection, asked: AgendaFilters, paging: Paging) -> Page[AgendaEntry]:
    """List a recruiter's slots."""
    filters = {"recruiter_id": asked.recruiter_id, "from": asked.from_, "to": asked.to}
    return await _AGENDA.page(connection, filters, paging)
