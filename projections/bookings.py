"""Bookings: who is expected where and when, whether they said they would come, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid

from events.booking import (
    MISSED_BY,
    Answer,
    Approval,
    AttendanceAnswered,
    BookingApproved,
    BookingAttended,
    BookingCancelled,
    BookingDeclined,
    BookingEvent,
    BookingMissed,
    BookingReanchored,
    BookingRescheduled,
    By,
    CancellationCode,
    OutcomeCorrected,
    SlotBooked,
    SlotSnapshot,
)
from events.log import Told
from projections.projection import Projection, changed_at_position, layout, metadata
from projections.rows import Key, Rows

NAME: Final = "bookings"
VERSION: Final = 2

METADATA = metadata(NAME, VERSION)

BookingStatus = Literal[
    "pending", "active", "cancelled", "declined", "attended", "candidate-missed", "recruiter-missed"
]

BOOKING = Table(
    "booking",
    METADATA,
    Column("booking_id", Uuid, primary_key=True),
    Column("candidate_id", Uuid, nullable=False),
    Column("slot_id", Uuid, nullable=False, comment="Where it stands now, or stood when it ended"),
    Column("recruiter_id", Uuid, nullable=False),
    Column("city_id", Text, nullable=False),
    Column("stage_id", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("zone", Text, nullable=False, comment="IANA name of the zone of the city"),
    Column("local_start", DateTime, nullable=False, comment="The start as the clock of the zone shows it"),
    Column("location", Text),
    Column(
        "status",
        Text,
        nullable=False,
        comment="pending (approval is required), active, cancelled, declined, attended, candidate-missed"
        " or recruiter-missed",
    ),
    Column("approval", Text, nullable=False, comment="auto, or required: somebody has to approve"),
    Column("answer", Text, comment="Whether the candidate says they will come: yes, unsure or no; null: not said"),
    Column("late_minutes", Integer, comment="How late the candidate came; null: not attended"),
    Column("basis", Text, comment="How it is known that it was missed: recorded or policy"),
    Column("policy_version", Integer, nullable=False, comment="Version of the stage it was last decided under"),
    Column("reschedules", Integer, nullable=False, comment="How often it was moved"),
    Column("sequence", Integer, nullable=False, comment="How often a calendar had to change: moves, and the end"),
    Column("booked_at", DateTime(timezone=True), nullable=False),
    Column("booked_by", Text, nullable=False, comment="candidate, recruiter or admin"),
    Column("changed_at", DateTime(timezone=True), nullable=False, comment="When anything happened to it last"),
    Column("changed_by", Text, nullable=False, comment="candidate, recruiter or admin"),
    Column("reason", Text, comment="The reason given for the last change"),
    Column("reason_code", Text, comment="Why it was cancelled, as a code"),
    Column("notice_seconds", Integer, comment="How long before the start it was cancelled"),
    Column("correction", Text, comment="Why its outcome was corrected last"),
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
    changed_at_position: int


_Later = (
    BookingRescheduled
    | BookingReanchored
    | BookingApproved
    | AttendanceAnswered
    | BookingCancelled
    | BookingDeclined
    | BookingAttended
    | BookingMissed
    | OutcomeCorrected
)


def keys(event: BookingEvent) -> tuple[UUID, ...]:
    """Name the booking."""
    return (event.booking_id,)


def reads(event: BookingEvent, booking_id: UUID) -> tuple[Key, ...]:
    """Everything but the booking itself changes one that is there."""
    return () if isinstance(event, SlotBooked) else (Key(BookingRow, booking_id),)


def project(event: BookingEvent, booking_id: UUID, recorded: Told, rows: Rows) -> None:
    """Book, approve, move, end, and note what is said and what became of it."""
    if isinstance(event, SlotBooked):
        rows.put(_booked(event, recorded))
        return
    known = rows.get(BookingRow, booking_id)
    since = {"changed_at": recorded.decided_at, "changed_at_position": recorded.position}
    rows.put(msgspec.structs.replace(known, **_change(known, event), **since))


def _change(known: BookingRow, event: _Later) -> dict[str, object]:
    """Name the columns that an event changes, with their new values."""
    match event:
        case BookingRescheduled():
            return {
                **_place(event.to_slot),
                "status": _status(event.approval),
                "approval": event.approval,
                "answer": None,
                "policy_version": event.policy_version,
                "reschedules": event.count,
                "sequence": known.sequence + 1,
                "changed_by": event.by,
                "reason": event.reason,
            }
        case BookingReanchored():
            # Rules of a zone are brought in by administrators.
            moved = {"sequence": known.sequence + 1, "changed_by": "admin", "reason": None}
            return {**_place(event.slot), **moved}
        case BookingApproved():
            return {"status": "active", "changed_by": event.by, "reason": None}
        case AttendanceAnswered():
            return {"answer": event.answer, "changed_by": "candidate", "reason": None}
        case BookingCancelled():
            return {
                "status": "cancelled",
                "sequence": known.sequence + 1,
                "changed_by": event.by,
                "reason": event.reason,
                "reason_code": event.reason_code,
                "notice_seconds": event.notice_seconds,
            }
        case BookingDeclined():
            ended = {"status": "declined", "sequence": known.sequence + 1}
            return {**ended, "changed_by": event.by, "reason": event.reason}
        case BookingAttended():
            return {"status": "attended", "late_minutes": event.late_minutes, "changed_by": event.by, "reason": None}
        case BookingMissed():
            missed = {"status": MISSED_BY[event.party], "basis": event.basis}
            return {**missed, "changed_by": event.by, "reason": None}
        case OutcomeCorrected():
            late = event.late_minutes if event.to == "attended" else None
            corrected = {"status": event.to, "late_minutes": late, "basis": _basis(event), "correction": event.reason}
            return {**corrected, "changed_by": event.by, "reason": event.reason}
        case _:
            assert_never(event)


def _status(approval: Approval) -> BookingStatus:
    return "pending" if approval == "required" else "active"


def _basis(event: OutcomeCorrected) -> Literal["recorded"] | None:
    return None if event.to == "attended" else "recorded"


def _place(slot: SlotSnapshot) -> dict[str, object]:
    return {
        "slot_id": slot.slot_id,
        "recruiter_id": slot.recruiter_id,
        "city_id": slot.city_id,
        "stage_id": slot.stage_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "zone": slot.zone,
        "local_start": datetime.fromisoformat(slot.local_start),
        "location": slot.location,
    }


def _booked(event: SlotBooked, recorded: Told) -> BookingRow:
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
        status=_status(event.approval),
        approval=event.approval,
        answer=None,
        late_minutes=None,
        basis=None,
        policy_version=event.policy_version,
        reschedules=0,
        sequence=0,
        booked_at=recorded.decided_at,
        booked_by=event.by,
        changed_at=recorded.decided_at,
        changed_by=event.by,
        reason=None,
        reason_code=None,
        notice_seconds=None,
        correction=None,
        changed_at_position=recorded.position,
    )


BOOKINGS = Projection(
    NAME, VERSION, METADATA, (layout(BookingRow, BOOKING),), get_args(BookingEvent), keys, reads, project
)
