"""Bookings: who is expected where and when, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, assert_never
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid

from events.booking import BookingCancelled, BookingEvent, BookingRescheduled, By, SlotBooked
from events.log import Recorded
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "bookings"
VERSION: Final = 1

METADATA = metadata(NAME, VERSION)

BOOKING = Table(
    "booking",
    METADATA,
    Column("booking_id", Uuid, primary_key=True),
    Column("candidate_id", Uuid, nullable=False),
    Column("slot_id", Uuid, nullable=False, comment="Where it stands now, or stood when it was cancelled"),
    Column("recruiter_id", Uuid, nullable=False),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("zone", Text, nullable=False, comment="IANA name of the zone of the city"),
    Column("local_start", DateTime, nullable=False, comment="The start as the clock of the zone shows it"),
    Column("location", Text),
    Column("status", Text, nullable=False, comment="active or cancelled"),
    Column("policy_version", Integer, nullable=False, comment="Version of the stage it was last decided under"),
    Column("reschedules", Integer, nullable=False, comment="How often it was moved"),
    Column("booked_at", DateTime(timezone=True), nullable=False),
    Column("booked_by", Text, nullable=False, comment="candidate, recruiter or admin"),
    Column(
        "changed_at", DateTime(timezone=True), nullable=False, comment="When it was booked, moved or cancelled last"
    ),
    Column("changed_by", Text, nullable=False, comment="candidate, recruiter or admin"),
    Column("reason", Text, comment="The reason given for the last change"),
    Column("reason_code", Text, comment="Why it was cancelled: by-candidate, by-staff or slot-cancelled"),
    Column("notice_seconds", Integer, comment="How long before the start it was cancelled"),
    changed_at_position(),
    Index("booking_by_time", "starts_at", "booking_id"),
    Index("booking_by_candidate", "candidate_id", "starts_at", "booking_id"),
    Index("booking_by_recruiter", "recruiter_id", "starts_at", "booking_id"),
    Index("booking_by_city", "city_id", "starts_at", "booking_id"),
    Index("booking_by_slot", "slot_id"),
    comment="Bookings, each with its identity over every reschedule",
    postgresql_with={"fillfactor": 80},
)


class BookingRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `booking`."""

    booking_id: UUID
    candidate_id: UUID
    slot_id: UUID
    recruiter_id: UUID
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: datetime
    location: str | None
    status: Literal["active", "cancelled"]
    policy_version: int
    reschedules: int
    booked_at: datetime
    booked_by: By
    changed_at: datetime
    changed_by: By
    reason: str | None
    reason_code: Literal["by-candidate", "by-staff", "slot-cancelled"] | None
    notice_seconds: int | None
    changed_at_position: int


def reads(event: BookingEvent) -> tuple[Key, ...]:
    """A booking that is moved or cancelled is there already."""
    return () if isinstance(event, SlotBooked) else (Key(BookingRow, event.booking_id),)


def project(event: BookingEvent, recorded: Recorded, rows: Rows) -> None:
    """Book, move, cancel."""
    match event:
        case SlotBooked():
            rows.put(_booked(event, recorded))
        case BookingRescheduled():
            rows.put(_moved(rows.get(BookingRow, event.booking_id), event, recorded))
        case BookingCancelled():
            known = rows.get(BookingRow, event.booking_id)
            rows.put(
                msgspec.structs.replace(
                    known,
                    status="cancelled",
                    changed_at=recorded.decided_at,
                    changed_by=event.by,
                    reason=event.reason,
                    reason_code=event.reason_code,
                    notice_seconds=event.notice_seconds,
                    changed_at_position=recorded.position,
                )
            )
        case _:
            assert_never(event)


def _booked(event: SlotBooked, recorded: Recorded) -> BookingRow:
    slot = event.slot
    return BookingRow(
        booking_id=event.booking_id,
        candidate_id=event.candidate_id,
        slot_id=slot.slot_id,
        recruiter_id=slot.recruiter_id,
        city_id=slot.city_id,
        stage_id=slot.stage_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        zone=slot.zone,
        local_start=datetime.fromisoformat(slot.local_start),
        location=slot.location,
        status="active",
        policy_version=event.policy_version,
        reschedules=0,
        booked_at=recorded.decided_at,
        booked_by=event.by,
        changed_at=recorded.decided_at,
        changed_by=event.by,
        reason=None,
        reason_code=None,
        notice_seconds=None,
        changed_at_position=recorded.position,
    )


def _moved(known: BookingRow, event: BookingRescheduled, recorded: Recorded) -> BookingRow:
    slot = event.to_slot
    return msgspec.structs.replace(
        known,
        slot_id=slot.slot_id,
        recruiter_id=slot.recruiter_id,
        city_id=slot.city_id,
        stage_id=slot.stage_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        zone=slot.zone,
        local_start=datetime.fromisoformat(slot.local_start),
        location=slot.location,
        policy_version=event.policy_version,
        reschedules=event.count,
        changed_at=recorded.decided_at,
        changed_by=event.by,
        reason=event.reason,
        changed_at_position=recorded.position,
    )


BOOKINGS = Projection(
    NAME,
    VERSION,
    METADATA,
    (layout(BookingRow, BOOKING),),
    (SlotBooked, BookingRescheduled, BookingCancelled),
    reads,
    project,
)
