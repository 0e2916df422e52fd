"""Holds: a seat kept for one candidate for a while. It counts as taken until the log says that it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.booking import BookingRescheduled, By, SlotBooked, SlotSnapshot
from events.entity import ABSENT, Absent, Entity, expect
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered


class SlotHeld(msgspec.Struct, frozen=True):
    """A seat is kept for a candidate until `expires_at`, while they make up their mind."""

    hold_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    expires_at: datetime
    policy_version: int
    by: By

    def tags(self) -> tuple[str, ...]:
        """A seat, the candidate's holds and the hold change together."""
        return (tags.slot(self.slot.slot_id), tags.candidate(self.candidate_id), tags.hold(self.hold_id))


class HoldReleased(msgspec.Struct, frozen=True):
    """A held seat is given back before its time."""

    hold_id: UUID
    candidate_id: UUID
    slot_id: UUID
    reason: Literal["given-back", "slot-cancelled", "candidate-left"]

    def tags(self) -> tuple[str, ...]:
        """A seat, the candidate's holds and the hold change together."""
        return (tags.slot(self.slot_id), tags.candidate(self.candidate_id), tags.hold(self.hold_id))


class HoldExpired(msgspec.Struct, frozen=True):
    """A hold's time is over. Written by whoever needs the seat next, or by the clock."""

    hold_id: UUID
    candidate_id: UUID
    slot_id: UUID
    expired_at: datetime

    def tags(self) -> tuple[str, ...]:
        """A seat, the candidate's holds and the hold change together."""
        return (tags.slot(self.slot_id), tags.candidate(self.candidate_id), tags.hold(self.hold_id))


HoldEvent = (
    SlotHeld
    | HoldReleased
    | HoldExpired
    | SeatOffered
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | SlotBooked
    | BookingRescheduled
)


Ending = Literal["used", "released", "declined", "expired"]


class StandingHold(msgspec.Struct, frozen=True):
    """A hold that nothing has ended yet; past `expires_at` it no longer counts. `offered` to somebody who waited."""

    hold_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    expires_at: datetime
    offered: bool


class EndedHold(msgspec.Struct, frozen=True):
    """A hold that is over; `booking_id` tells what it became if it was used."""

    hold_id: UUID
    candidate_id: UUID
    slot: SlotSnapshot
    expires_at: datetime
    offered: bool
    ending: Ending
    booking_id: UUID | None = None


HoldState = Absent | StandingHold | EndedHold


def evolve(state: HoldState, event: HoldEvent) -> HoldState:
    """Fold one event."""
    match event:
        case SlotHeld():
            return StandingHold(event.hold_id, event.candidate_id, event.slot, event.expires_at, offered=False)
        case SeatOffered():
            return StandingHold(event.hold_id, event.candidate_id, event.slot, event.expires_at, offered=True)
        case OfferAccepted():
            return expect(state, StandingHold, event)  # the booking that comes with it uses it up
        case SlotBooked() | BookingRescheduled():
            return _ended(expect(state, StandingHold, event), "used", event.booking_id)
        case HoldReleased():
            return _ended(expect(state, StandingHold, event), "released")
        case OfferDeclined():
            return _ended(expect(state, StandingHold, event), "declined")
        case HoldExpired() | OfferExpired():
            return _ended(expect(state, StandingHold, event), "expired")
        case _:
            assert_never(event)


def _ended(hold: StandingHold, ending: Ending, booking_id: UUID | None = None) -> EndedHold:
    return EndedHold(hold.hold_id, hold.candidate_id, hold.slot, hold.expires_at, hold.offered, ending, booking_id)


HOLD: Entity[HoldState] = Entity(ABSENT, evolve)
