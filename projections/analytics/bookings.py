"""Facts about bookings: each through its whole life, and each of its moves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal, assert_never, get_args
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid

from events import tags
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
from projections.analytics.home import METADATA, Part, wall_clock, wall_clock_columns, whole_minutes, whole_seconds
from projections.bookings import BookingStatus
from projections.projection import changed_at_position, layout
from projections.rows import Key, Rows

Party = Literal["candidate", "recruiter"]

FACT_BOOKING: Final = Table(
    "fact_booking",
    METADATA,
    Column("booking_id", Uuid, primary_key=True, comment="The booking, the same over every reschedule"),
    Column("candidate_id", Uuid, nullable=False, comment="Whose it is"),
    Column("slot_id", Uuid, nullable=False, comment="The slot it is for, or was for when it ended"),
    Column("recruiter_id", Uuid, nullable=False, comment="Who holds the interview"),
    Column("city_id", Text, nullable=False, comment="Where"),
    Column("stage_id", Text, nullable=False, comment="For which stage"),
    Column(
        "status",
        Text,
        nullable=False,
        comment="pending (approval is required), active, cancelled, declined, attended, candidate-missed"
        " or recruiter-missed",
    ),
    Column("booked_at", DateTime(timezone=True), nullable=False, comment="When it was made"),
    Column("booked_by", Text, nullable=False, comment="candidate, recruiter or admin"),
    Column("settled_at", DateTime(timezone=True), nullable=False, comment="When this start was chosen: made or moved"),
    Column("starts_at", DateTime(timezone=True), nullable=False, comment="When the interview starts"),
    Column("ends_at", DateTime(timezone=True), nullable=False, comment="When the interview ends"),
    Column("minutes", Integer, nullable=False, comment="From its start to its end, in minutes"),
    *wall_clock_columns(),
    Column("lead_seconds", BigInteger, nullable=False, comment="Lead time: from settled_at to starts_at, in seconds"),
    Column("approval", Text, nullable=False, comment="auto, or required: somebody has to approve"),
    Column("approved_at", DateTime(timezone=True), comment="When somebody approved this start; null: nobody did"),
    Column("answer", Text, comment="Whether the candidate says they will come: yes, unsure or no; null: not said"),
    Column("answered_at", DateTime(timezone=True), comment="When they said so last; null: not said"),
    Column("reschedules", Integer, nullable=False, comment="How often it was moved"),
    Column("ended_at", DateTime(timezone=True), comment="When it was cancelled, declined, or its outcome first known"),
    Column("cancelled_by", Text, comment="candidate, recruiter or admin; null: not cancelled"),
    Column("cancellation", Text, comment="Why it was cancelled, as a code; null: not cancelled"),
    Column("notice_seconds", BigInteger, comment="How long before its start it was cancelled, in seconds"),
    Column("missed_by", Text, comment="Who was not there: candidate or recruiter; null: not missed"),
    Column("basis", Text, comment="How it is known that it was missed: recorded or policy; null: not missed"),
    Column("late_minutes", Integer, comment="How late the candidate came, in minutes; null: not attended"),
    Column("corrections", Integer, nullable=False, comment="How often its outcome was corrected"),
    changed_at_position(),
    Index("fact_booking_by_slot", "slot_id"),
    Index("fact_booking_by_candidate", "candidate_id"),
    comment="One row for each booking that was ever made, as it stands now",
    postgresql_with={"fillfactor": 80},
)

FACT_RESCHEDULE: Final = Table(
    "fact_reschedule",
    METADATA,
    Column("booking_id", Uuid, primary_key=True, comment="The booking that was moved"),
    Column("step", Integer, primary_key=True, comment="Which of its moves, the first is 1"),
    Column("candidate_id", Uuid, nullable=False, comment="Whose it is"),
    Column("moved_at", DateTime(timezone=True), nullable=False, comment="When it was moved"),
    Column("moved_by", Text, nullable=False, comment="candidate, recruiter or admin"),
    Column("override", Boolean, nullable=False, comment="Whether staff passed over a rule"),
    Column("from_slot_id", Uuid, nullable=False, comment="The slot it left"),
    Column("from_starts_at", DateTime(timezone=True), nullable=False, comment="When it would have started"),
    Column("to_slot_id", Uuid, nullable=False, comment="The slot it went to"),
    Column("to_starts_at", DateTime(timezone=True), nullable=False, comment="When it starts after the move"),
    Column("notice_seconds", BigInteger, nullable=False, comment="From moved_at to from_starts_at, in seconds"),
    Column(
        "shift_seconds",
        BigInteger,
        nullable=False,
        comment="From from_starts_at to to_starts_at, in seconds; negative: earlier",
    ),
    changed_at_position(),
    comment="One row for each move of a booking to another slot",
)


class BookingFact(msgspec.Struct, frozen=True, gc=False):
    """A row of `fact_booking`."""

    booking_id: UUID
    candidate_id: UUID
    slot_id: UUID
    recruiter_id: UUID
    city_id: str
    stage_id: str
    status: BookingStatus
    booked_at: datetime
    booked_by: By
    settled_at: datetime
    starts_at: datetime
    ends_at: datetime
    minutes: int
    time_zone: str
    local_start: datetime
    local_date: date
    local_hour: int
    local_weekday: int
    lead_seconds: int
    approval: Approval
    approved_at: datetime | None
    answer: Answer | None
    answered_at: datetime | None
    reschedules: int
    ended_at: datetime | None
    cancelled_by: By | None
    cancellation: CancellationCode | None
    notice_seconds: int | None
    missed_by: Party | None
    basis: Literal["recorded", "policy"] | None
    late_minutes: int | None
    corrections: int
    changed_at_position: int


class RescheduleFact(msgspec.Struct, frozen=True, gc=False):
    """A row of `fact_reschedule`."""

    booking_id: UUID
    step: int
    candidate_id: UUID
    moved_at: datetime
    moved_by: By
    override: bool
    from_slot_id: UUID
    from_starts_at: datetime
    to_slot_id: UUID
    to_starts_at: datetime
    notice_seconds: int
    shift_seconds: int
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


def key(event: BookingEvent) -> str:
    """Name the booking."""
    return tags.booking(event.booking_id)


def reads(event: BookingEvent) -> tuple[Key, ...]:
    """Everything but the booking itself changes one that is there."""
    return () if isinstance(event, SlotBooked) else (Key(BookingFact, event.booking_id),)


def project(event: BookingEvent, recorded: Told, rows: Rows) -> None:
    """Book, approve, move, end, and note what is said and what became of it."""
    if isinstance(event, SlotBooked):
        rows.put(_booked(event, recorded))
        return
    known = rows.get(BookingFact, event.booking_id)
    if isinstance(event, BookingRescheduled):
        rows.put(_move(known, event, recorded))
    change = _change(known, event, recorded.decided_at)
    rows.put(msgspec.structs.replace(known, **change, changed_at_position=recorded.position))


def _change(known: BookingFact, event: _Later, at: datetime) -> dict[str, Any]:
    """Name the columns that an event changes, with their new values."""
    match event:
        case BookingRescheduled():
            unsaid = {"approved_at": None, "answer": None, "answered_at": None}
            moved = {"settled_at": at, "approval": event.approval, "reschedules": event.count}
            return {**_place(event.to_slot, at), **unsaid, **moved, "status": _status(event.approval)}
        case BookingReanchored():
            return _place(event.slot, known.settled_at)
        case BookingApproved():
            return {"status": "active", "approved_at": at}
        case AttendanceAnswered():
            return {"answer": event.answer, "answered_at": at}
        case BookingCancelled():
            why = {"cancelled_by": event.by, "cancellation": event.reason_code, "notice_seconds": event.notice_seconds}
            return {"status": "cancelled", "ended_at": at, **why}
        case BookingDeclined():
            return {"status": "declined", "ended_at": at}
        case BookingAttended():
            return {"status": "attended", "ended_at": at, "late_minutes": event.late_minutes}
        case BookingMissed():
            missed = {"status": MISSED_BY[event.party], "missed_by": event.party, "basis": event.basis}
            return {**missed, "ended_at": at}
        case OutcomeCorrected(to="attended"):
            came = {"late_minutes": event.late_minutes, "missed_by": None, "basis": None}
            return {"status": event.to, **came, "corrections": known.corrections + 1}
        case OutcomeCorrected():
            stayed_away = {"late_minutes": None, "missed_by": event.to.removesuffix("-missed"), "basis": "recorded"}
            return {"status": event.to, **stayed_away, "corrections": known.corrections + 1}
        case _:
            assert_never(event)


def _status(approval: Approval) -> BookingStatus:
    return "pending" if approval == "required" else "active"


def _place(slot: SlotSnapshot, settled_at: datetime) -> dict[str, Any]:
    return {
        "slot_id": slot.slot_id,
        "recruiter_id": slot.recruiter_id,
        "city_id": slot.city_id,
        "stage_id": slot.stage_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "minutes": whole_minutes(slot.starts_at, slot.ends_at),
        "time_zone": slot.zone,
        **msgspec.structs.asdict(wall_clock(slot.local_start)),
        "lead_seconds": whole_seconds(settled_at, slot.starts_at),
    }


def _booked(event: SlotBooked, recorded: Told) -> BookingFact:
    return BookingFact(
        booking_id=event.booking_id,
        candidate_id=event.candidate_id,
        status=_status(event.approval),
        booked_at=recorded.decided_at,
        booked_by=event.by,
        settled_at=recorded.decided_at,
        **_place(event.slot, recorded.decided_at),
        approval=event.approval,
        approved_at=None,
        answer=None,
        answered_at=None,
        reschedules=0,
        ended_at=None,
        cancelled_by=None,
        cancellation=None,
        notice_seconds=None,
        missed_by=None,
        basis=None,
        late_minutes=None,
        corrections=0,
        changed_at_position=recorded.position,
    )


def _move(known: BookingFact, event: BookingRescheduled, recorded: Told) -> RescheduleFact:
    return RescheduleFact(
        booking_id=event.booking_id,
        step=event.count,
        candidate_id=event.candidate_id,
        moved_at=recorded.decided_at,
        moved_by=event.by,
        override=event.override,
        from_slot_id=event.from_slot,
        from_starts_at=known.starts_at,
        to_slot_id=event.to_slot.slot_id,
        to_starts_at=event.to_slot.starts_at,
        notice_seconds=whole_seconds(recorded.decided_at, known.starts_at),
        shift_seconds=whole_seconds(known.starts_at, event.to_slot.starts_at),
        changed_at_position=recorded.position,
    )


BOOKINGS: Final = Part(
    (layout(BookingFact, FACT_BOOKING), layout(RescheduleFact, FACT_RESCHEDULE)),
    get_args(BookingEvent),
    key,
    reads,
    project,
)
