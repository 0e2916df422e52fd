"""One booking."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from daybook.engine import Connection
from events import tags
from events.booking import Answer, Approval, By, CancellationCode
from projections.bookings import BOOKING, BookingStatus
from projections.candidates import CANDIDATE
from projections.directory import CITY, RECRUITER, STAGE
from projections.topics import DIRECTORY
from queries.found import Found
from queries.named import Named, Person, name_or_id


class BookingCard(msgspec.Struct, frozen=True):
    """A booking, and what was done to it last. `position` is the state it shows, for `If-Match`.

    `answer` is whether the candidate says they will come. `reason_code` and `notice_seconds` (how long before the
    start) are there once it is cancelled, `late_minutes` once it is attended, `basis` once it is missed, and
    `correction` once its outcome was corrected: the reason. `sequence` counts the changes that a calendar must know of.
    """

    booking_id: UUID
    candidate: Person
    recruiter: Person
    city: Named
    stage: Named
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    location: str | None
    status: BookingStatus
    approval: Approval
    answer: Answer | None
    late_minutes: int | None
    basis: Literal["recorded", "policy"] | None
    policy_version: int
    reschedules: int
    sequence: int
    booked_at: datetime
    booked_by: By
    changed_at: datetime
    changed_by: By
    reason: str | None
    reason_code: CancellationCode | None
    notice_seconds: int | None
    correction: str | None
    position: int


_CARD = (
    select(
        BOOKING,
        name_or_id(CANDIDATE.c.name, BOOKING.c.candidate_id).label("candidate_name"),
        name_or_id(RECRUITER.c.name, BOOKING.c.recruiter_id).label("recruiter_name"),
        name_or_id(CITY.c.name, BOOKING.c.city_id).label("city_name"),
        name_or_id(STAGE.c.name, BOOKING.c.stage_id).label("stage_name"),
    )
    .select_from(
        BOOKING.outerjoin(CANDIDATE, CANDIDATE.c.candidate_id == BOOKING.c.candidate_id)
        .outerjoin(RECRUITER, RECRUITER.c.recruiter_id == BOOKING.c.recruiter_id)
        .outerjoin(CITY, CITY.c.city_id == BOOKING.c.city_id)
        .outerjoin(STAGE, STAGE.c.stage_id == BOOKING.c.stage_id)
    )
    .where(BOOKING.c.booking_id == bindparam("booking_id"))
)


async def booking_card(connection: Connection, booking_id: UUID) -> Found[BookingCard] | None:
    """Return a booking, if it is known."""
    row = await connection.fetchrow(_CARD, {"booking_id": booking_id})
    if row is None:
        return None
    card = BookingCard(
        booking_id=row.booking_id,
        candidate=Person(row.candidate_id, row.candidate_name),
        recruiter=Person(row.recruiter_id, row.recruiter_name),
        city=Named(row.city_id, row.city_name),
        stage=Named(row.stage_id, row.stage_name),
        slot_id=row.slot_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        local_start=row.local_start.isoformat(),
        location=row.location,
        status=row.status,
        approval=row.approval,
        answer=row.answer,
        late_minutes=row.late_minutes,
        basis=row.basis,
        policy_version=row.policy_version,
        reschedules=row.reschedules,
        sequence=row.sequence,
        booked_at=row.booked_at,
        booked_by=row.booked_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        reason=row.reason,
        reason_code=row.reason_code,
        notice_seconds=row.notice_seconds,
        correction=row.correction,
        position=row.changed_at_position,
    )
    return Found(card, frozenset({tags.booking(booking_id), tags.candidate(card.candidate.id), DIRECTORY}))
