"""Bookings: one commitment of a candidate, which keeps its identity over every reschedule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect

By = Literal["candidate", "recruiter", "admin"]
Approval = Literal["auto", "required"]
Answer = Literal["yes", "unsure", "no"]
Outcome = Literal["attended", "candidate-missed", "recruiter-missed"]


CancellationCode = Literal["by-candidate", "by-staff", "slot-cancelled", "stage-left", "candidate-left"]


class SlotSnapshot(msgspec.Struct, frozen=True):
    """The slot as it was when it was booked: when, where and with whom."""

    slot_id: UUID
    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    location: str | None


class SlotBooked(msgspec.Struct, frozen=True):
    """A candidate has a seat. One fact about a slot, a candidate and a booking, settled in one append.

    Where approval is required it is pending until a recruiter says so; `hold_id` is the hold that it used up.
    """

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    policy_version: int
    approval: Approval
    by: By
    hold_id: UUID | None = None

    def tags(self) -> tuple[str, ...]:
        """Seats, the candidate's commitments, the booking and the hold that it uses up change together."""
        seat = (tags.slot(self.slot.slot_id), tags.candidate(self.candidate_id), tags.booking(self.booking_id))
        return seat if self.hold_id is None else (*seat, tags.hold(self.hold_id))


class BookingRescheduled(msgspec.Struct, frozen=True):
    """A booking moved to another slot: the old seat is free and the new one taken in one fact.

    Where the stage requires approval, the new time is pending again.
    """

    booking_id: UUID
    candidate_id: UUID
    from_slot: UUID
    to_slot: SlotSnapshot
    policy_version: int
    by: By
    reason: str | None
    count: int
    override: bool
    approval: Approval = "auto"
    hold_id: UUID | None = None

    def tags(self) -> tuple[str, ...]:
        """Both slots, the candidate's commitments, the booking and the hold that it uses up change together."""
        seats = (
            tags.slot(self.from_slot),
            tags.slot(self.to_slot.slot_id),
            tags.candidate(self.candidate_id),
            tags.booking(self.booking_id),
        )
        return seats if self.hold_id is None else (*seats, tags.hold(self.hold_id))


class BookingCancelled(msgspec.Struct, frozen=True):
    """A booking ended before its interview, `notice_seconds` ahead of it."""

    booking_id: UUID
    candidate_id: UUID
    slot_id: UUID
    by: By
    reason_code: CancellationCode
    reason: str | None
    notice_seconds: int
    override: bool

    def tags(self) -> tuple[str, ...]:
        """A seat, the candidate's commitments and the booking change together."""
        return (tags.slot(self.slot_id), tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class BookingApproved(msgspec.Struct, frozen=True):
    """A pending booking stands."""

    booking_id: UUID
    candidate_id: UUID
    by: By

    def tags(self) -> tuple[str, ...]:
        """The booking changes, and it belongs to the candidate's history."""
        return (tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class BookingDeclined(msgspec.Struct, frozen=True):
    """A pending booking is turned down: its seat is free."""

    booking_id: UUID
    candidate_id: UUID
    slot_id: UUID
    by: By
    reason: str

    def tags(self) -> tuple[str, ...]:
        """A seat, the candidate's commitments and the booking change together."""
        return (tags.slot(self.slot_id), tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class AttendanceAnswered(msgspec.Struct, frozen=True):
    """The candidate said whether they will come."""

    booking_id: UUID
    candidate_id: UUID
    answer: Answer

    def tags(self) -> tuple[str, ...]:
        """The booking changes, and it belongs to the candidate's history."""
        return (tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class BookingAttended(msgspec.Struct, frozen=True):
    """The interview took place; the candidate came `late_minutes` late."""

    booking_id: UUID
    candidate_id: UUID
    late_minutes: int
    by: By

    def tags(self) -> tuple[str, ...]:
        """The booking is closed, and the candidate's record changes."""
        return (tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class BookingMissed(msgspec.Struct, frozen=True):
    """The interview did not take place, because one party was not there; `basis` tells how that is known."""

    booking_id: UUID
    candidate_id: UUID
    party: Literal["candidate", "recruiter"]
    basis: Literal["recorded", "policy"]
    by: By

    def tags(self) -> tuple[str, ...]:
        """The booking is closed, and the candidate's record changes."""
        return (tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class OutcomeCorrected(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What was recorded of an interview was wrong; the one way in which a closed booking changes."""

    booking_id: UUID
    candidate_id: UUID
    from_: Outcome
    to: Outcome
    late_minutes: int
    reason: str
    by: By

    def tags(self) -> tuple[str, ...]:
        """The booking and the candidate's record change."""
        return (tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class BookingReanchored(msgspec.Struct, frozen=True):
    """The zone's rules changed: the slot of the booking keeps its wall time, and so has another instant."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot

    def tags(self) -> tuple[str, ...]:
        """The candidate's commitments and the booking change together."""
        return (tags.candidate(self.candidate_id), tags.booking(self.booking_id))


_Changing = (
    BookingRescheduled
    | BookingCancelled
    | BookingApproved
    | BookingDeclined
    | AttendanceAnswered
    | BookingAttended
    | BookingMissed
    | BookingReanchored
)
BookingEvent = SlotBooked | OutcomeCorrected | _Changing


class ActiveBooking(msgspec.Struct, frozen=True):
    """A booking that stands; `pending` until it is approved, where approval is required."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    policy_version: int
    reschedules: int
    pending: bool = False
    answer: Answer | None = None


class CancelledBooking(msgspec.Struct, frozen=True):
    """A booking that ended before its interview."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot


class DeclinedBooking(msgspec.Struct, frozen=True):
    """A booking that was turned down while it was pending."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot


class ClosedBooking(msgspec.Struct, frozen=True):
    """A booking whose outcome is recorded."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    outcome: Outcome
    late_minutes: int


KnownBooking = ActiveBooking | CancelledBooking | DeclinedBooking | ClosedBooking
BookingState = Absent | KnownBooking


def evolve(state: BookingState, event: BookingEvent) -> BookingState:
    """Fold one event."""
    match event:
        case SlotBooked():
            pending = event.approval == "required"
            return ActiveBooking(event.booking_id, event.candidate_id, event.slot, event.policy_version, 0, pending)
        case OutcomeCorrected():
            booking = expect(state, ClosedBooking, event)
            return msgspec.structs.replace(booking, outcome=event.to, late_minutes=event.late_minutes)
        case _:
            return _changed(expect(state, ActiveBooking, event), event)


def _changed(booking: ActiveBooking, event: _Changing) -> BookingState:
    identity = (booking.booking_id, booking.candidate_id, booking.slot)
    match event:
        case BookingRescheduled():
            pending = event.approval == "required"
            return ActiveBooking(*identity[:2], event.to_slot, event.policy_version, event.count, pending)
        case BookingApproved():
            return msgspec.structs.replace(booking, pending=False)
        case AttendanceAnswered():
            return msgspec.structs.replace(booking, answer=event.answer)
        case BookingReanchored():
            return msgspec.structs.replace(booking, slot=event.slot)
        case BookingCancelled():
            return CancelledBooking(*identity)
        case BookingDeclined():
            return DeclinedBooking(*identity)
        case BookingAttended():
            return ClosedBooking(*identity, "attended", event.late_minutes)
        case BookingMissed():
            return ClosedBooking(*identity, MISSED_BY[event.party], 0)
        case _:
            assert_never(event)


MISSED_BY: Final[Mapping[str, Outcome]] = {"candidate": "candidate-missed", "recruiter": "recruiter-missed"}

BOOKING: Entity[BookingState] = Entity(ABSENT, evolve)
