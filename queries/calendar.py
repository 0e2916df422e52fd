"""Bookings as calendars show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, bindparam, func, select

from daybook.engine import Connection
from daybook.statements import Row
from projections.bookings import BOOKING, BookingStatus
from projections.candidates import CANDIDATE
from projections.directory import STAGE
from queries.named import name_or_id

PAST: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=180)
MOST_BOOKINGS: Final = 2_000


class CalendarBooking(msgspec.Struct, frozen=True):
    """A booking. `sequence` grows with every change that a calendar must know of."""

    booking_id: UUID
    recruiter_id: UUID
    candidate_name: str
    stage_name: str
    starts_at: datetime
    ends_at: datetime
    location: str | None
    status: BookingStatus
    sequence: int
    booked_at: datetime
    changed_at: datetime


_SELECT = select(
    BOOKING,
    name_or_id(CANDIDATE.c.name, BOOKING.c.candidate_id).label("candidate_name"),
    name_or_id(STAGE.c.name, BOOKING.c.stage_id).label("stage_name"),
).select_from(
    BOOKING.outerjoin(CANDIDATE, CANDIDATE.c.candidate_id == BOOKING.c.candidate_id).outerjoin(
        STAGE, STAGE.c.stage_id == BOOKING.c.stage_id
    )
)
_ONE = _SELECT.where(BOOKING.c.booking_id == bindparam("booking_id"))
_now = bindparam("now", type_=DateTime(timezone=True))
_distance = func.abs(func.extract("epoch", BOOKING.c.starts_at - _now))
_FEED = (
    _SELECT.where(
        BOOKING.c.recruiter_id == bindparam("recruiter_id"),
        BOOKING.c.starts_at >= bindparam("from"),
        BOOKING.c.starts_at < bindparam("to"),
    )
    .order_by(_distance, BOOKING.c.booking_id)
    .limit(MOST_BOOKINGS)
)


async def calendar_feed(connection: Connection, recruiter_id: UUID, now: datetime) -> list[CalendarBooking]:
    """List a recruiter's bookings of the last 30 and the next 180 days, ended ones included: the nearest 2,000."""
    window = {"recruiter_id": recruiter_id, "from": now - PAST, "to": now + AHEAD, "now": now}
    return [_booking(row) for row in await connection.fetch(_FEED, window)]


async def calendar_booking(connection: Connection, booking_id: UUID) -> CalendarBooking | None:
    """Return a booking, if it is known."""
    row = await connection.fetchrow(_ONE, {"booking_id": booking_id})
    return None if row is None else _booking(row)


def _booking(row: Row) -> CalendarBooking:
    return CalendarBooking(
        booking_id=row.booking_id,
        recruiter_id=row.recruiter_id,
        candidate_name=row.candidate_name,
        stage_name=row.stage_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        location=row.location,
        status=row.status,
        sequence=row.sequence,
        booked_at=row.booked_at,
        changed_at=row.changed_at,
    )
