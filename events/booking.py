"""Bookings: one commitment of a candidate, which keeps its identity over every reschedule."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect

By = Literal["candidate", "recruiter", "admin"]


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
    """A candidate has a seat. One fact about a slot, a candidate and a booking, settled in one append."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    policy_version: int
    approval: Literal["auto", "required"]
    by: By
    hold_id: UUID | None = None

    def tags(self) -> tuple[str, ...]:
        """Seats, the candidate's commitments and the booking change together."""
        return (tags.slot(self.slot.slot_id), tags.candidate(self.candidate_id), tags.booking(self.booking_id))


class BookingRescheduled(msgspec.Struct, frozen=True):
    """A booking moved to another slot: the old seat is free and the new one taken in one fact."""

    booking_id: UUID
    candidate_id: UUID
    from_slot: UUID
    to_slot: SlotSnapshot
    policy_version: int
    by: By
    reason: str | None
    count: int
    override: bool

    def tags(self) -> tuple[str, ...]:
        """Both slots, the candidate's commitments and the booking change together."""
        return (
            tags.slot(self.from_slot),
            tags.slot(self.to_slot.slot_id),
            tags.candidate(self.candidate_id),
            tags.booking(self.booking_id),
        )


class BookingCancelled(msgspec.Struct, frozen=True):
    """A booking ended before its interview, `notice_seconds` ahead of it."""

    booking_id: UUID
    candidate_id: UUID
    slot_id: UUID
    by: By
    reason_code: Literal["by-candidate", "by-staff", "slot-cancelled"]
    reason: str | None
    notice_seconds: int
    override: bool

    def tags(self) -> tuple[str, ...]:
        """A seat, the candidate's commitments and the booking change together."""
        return (tags.slot(self.slot_id), tags.candidate(self.candidate_id), tags.booking(self.booking_id))


BookingEvent = SlotBooked | BookingRescheduled | BookingCancelled


class ActiveBooking(msgspec.Struct, frozen=True):
    """A booking that stands."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    policy_version: int
    reschedules: int


class CancelledBooking(msgspec.Struct, frozen=True):
    """A booking that ended before its interview."""

    booking_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot


BookingState = Absent | ActiveBooking | CancelledBooking


def evolve(state: BookingState, event: BookingEvent) -> BookingState:
    """Fold one event."""
    match event:
        case SlotBooked():
            return ActiveBooking(event.booking_id, event.candidate_id, event.slot, event.policy_version, 0)
        case BookingRescheduled():
            booking = expect(state, ActiveBooking, event)
            return msgspec.structs.replace(
                booking, slot=event.to_slot, policy_version=event.policy_version, reschedules=event.count
            )
        case BookingCancelled():
            booking = expect(state, ActiveBooking, event)
            return CancelledBooking(booking.booking_id, booking.candidate_id, booking.slot)
        case _:
            assert_never(event)


BOOKING: Entity[BookingState] = Entity(ABSENT, evolve)
