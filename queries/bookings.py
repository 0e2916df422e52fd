"""Bookings, soonest first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from daybook.engine import Connection
from daybook.statements import Row
from events.booking import Answer
from projections.bookings import BOOKING, BookingStatus
from projections.candidates import CANDIDATE
from projections.directory import RECRUITER
from queries.named import Person, name_of
from queries.page import Listing, Moment, Page, Paging


class ListedBooking(msgspec.Struct, frozen=True):
    """A booking in a list. `local_start` is what the clock in `zone` shows."""

    booking_id: UUID
    candidate: Person
    recruiter: Person
    slot_id: UUID
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    status: BookingStatus
    answer: Answer | None
    reschedules: int


class BookingFilters(msgspec.Struct, frozen=True):
    """Which bookings: those whose interview starts at `from_` or later and before `to`."""

    candidate_id: UUID | None = None
    recruiter_id: UUID | None = None
    city_id: str | None = None
    status: BookingStatus | None = None
    from_: datetime | None = None
    to: datetime | None = None


def _item(row: Row) -> ListedBooking:
    return ListedBooking(
        booking_id=row.booking_id,
        candidate=Person(row.candidate_id, row.candidate_name),
        recruiter=Person(row.recruiter_id, row.recruiter_name),
        slot_id=row.slot_id,
        city_id=row.city_id,
        stage_id=row.stage_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        local_start=row.local_start.isoformat(),
        status=row.status,
        answer=row.answer,
        reschedules=row.reschedules,
    )


_BOOKINGS = Listing(
    "bookings",
    select=select(
        BOOKING,
        name_of(BOOKING.c.candidate_id, CANDIDATE).label("candidate_name"),
        name_of(BOOKING.c.recruiter_id, RECRUITER).label("recruiter_name"),
    ),
    filters={
        "candidate_id": BOOKING.c.candidate_id == bindparam("candidate_id"),
        "recruiter_id": BOOKING.c.recruiter_id == bindparam("recruiter_id"),
        "city_id": BOOKING.c.city_id == bindparam("city_id"),
        "status": BOOKING.c.status == bindparam("status"),
        "from": BOOKING.c.starts_at >= bindparam("from"),
        "to": BOOKING.c.starts_at < bindparam("to"),
    },
    order=(BOOKING.c.starts_at, BOOKING.c.booking_id),
    keys=(Moment, UUID),
    key=lambda booking: (booking.starts_at, booking.booking_id),
    item=_item,
)


async def bookings(connection: Connection, asked: BookingFilters, paging: Paging) -> Page[ListedBooking]:
    """List bookings."""
    filters = {
        "candidate_id": asked.candidate_id,
        "recruiter_id": asked.recruiter_id,
        "city_id": asked.city_id,
        "status": asked.status,
        "from": asked.from_,
        "to": asked.to,
    }
    return await _BOOKINGS.page(connection, filters, paging)
