"""A recruiter's agenda: their slots in the order of time, each with who is booked into it, and when they are away."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, bindparam, literal_column, select, true

from daybook.engine import Connection
from daybook.statements import Row
from events.booking import Answer
from projections.bookings import BOOKING
from projections.candidates import CANDIDATE
from projections.directory import CITY, STAGE
from projections.slots import SLOT, SlotStatus
from queries.absences import Absence, absences_between
from queries.named import Named, Person, name_or_id
from queries.nested import json_list, json_object
from queries.page import Listing, Moment, Paging
from queries.seats import seats


class Guest(msgspec.Struct, frozen=True):
    """A booking that stands, or whose interview is over: `status` tells what became of it, `answer` what they said."""

    booking_id: UUID
    candidate: Person
    status: Literal["pending", "active", "attended", "candidate-missed", "recruiter-missed"]
    answer: Answer | None
    late_minutes: int | None


class AgendaEntry(msgspec.Struct, frozen=True):
    """A slot and its bookings; `held` seats are kept for somebody. `local_start` is what the clock in `zone` shows."""

    slot_id: UUID
    city: Named
    stage: Named
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    location: str | None
    capacity: int
    held: int
    seats_left: int
    status: SlotStatus
    reason: str | None
    series_id: UUID | None
    bookings: list[Guest]


class Agenda(msgspec.Struct, frozen=True):
    """A page of the agenda, and all absences in the time that was asked for."""

    items: list[AgendaEntry]
    next_cursor: str | None
    absences: list[Absence]


class AgendaFilters(msgspec.Struct, frozen=True):
    """Whose slots: those that start at `from_` or later and before `to`."""

    recruiter_id: UUID
    from_: datetime | None = None
    to: datetime | None = None


_GUESTS: Final = msgspec.json.Decoder(list[Guest])
_NOT_COMING: Final[tuple[ColumnElement[str], ...]] = (literal_column("'cancelled'"), literal_column("'declined'"))

_guests = (
    select(
        json_list(
            json_object(
                booking_id=BOOKING.c.booking_id,
                candidate=json_object(
                    id=BOOKING.c.candidate_id, name=name_or_id(CANDIDATE.c.name, BOOKING.c.candidate_id)
                ),
                status=BOOKING.c.status,
                answer=BOOKING.c.answer,
                late_minutes=BOOKING.c.late_minutes,
            ),
            BOOKING.c.booked_at,
            BOOKING.c.booking_id,
        ).label("guests")
    )
    .select_from(BOOKING.outerjoin(CANDIDATE, CANDIDATE.c.candidate_id == BOOKING.c.candidate_id))
    .where(BOOKING.c.slot_id == SLOT.c.slot_id, BOOKING.c.status.not_in(_NOT_COMING))
    .lateral("guests")
)


def _item(row: Row) -> AgendaEntry:
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
        held=row.held,
        seats_left=row.seats_left,
        status=row.status_now,
        reason=row.reason,
        series_id=row.series_id,
        bookings=_GUESTS.decode(row.guests),
    )


_AGENDA = Listing(
    "agenda",
    select=select(
        SLOT,
        *seats,
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


async def agenda(connection: Connection, asked: AgendaFilters, paging: Paging, now: datetime) -> Agenda:
    """List a recruiter's slots, with their seats at `now`, which is aware."""
    filters = {"recruiter_id": asked.recruiter_id, "from": asked.from_, "to": asked.to}
    page = await _AGENDA.page(connection, filters, paging, now=now)
    away = await absences_between(connection, asked.recruiter_id, asked.from_, asked.to)
    return Agenda(page.items, page.next_cursor, away)
