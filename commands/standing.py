"""Slots and bookings as commands meet them: who may act on them, whether they still stand, and how a booking ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from commands.decision import Context, Refusal, View
from commands.refusals import BookingClosed, BookingEnded, Forbidden, SlotStarted, UnknownBooking, UnknownSlot
from events import tags
from events.booking import (
    BOOKING,
    BookingCancelled,
    CancellationCode,
    CancelledBooking,
    ClosedBooking,
    DeclinedBooking,
    KnownBooking,
    SlotSnapshot,
)
from events.entity import Absent
from events.slot import SLOT, CancelledSlot, ClosedSlot, OpenSlot


def own_slot(slot_id: UUID, view: View, context: Context) -> OpenSlot | ClosedSlot | CancelledSlot | Refusal:
    """Read a slot that is there, and is the recruiter's own where a recruiter asks."""
    (slot,) = view.of(SLOT.at(tags.slot(slot_id)))
    if isinstance(slot, Absent):
        return UnknownSlot(slot_id)
    if not context.actor.may_act_for(slot.details.recruiter_id):
        return Forbidden("a slot of another recruiter")
    return slot


def own_booking(
    booking_id: UUID, view: View, context: Context, on_behalf_of: UUID | None = None
) -> KnownBooking | Refusal:
    """Read a booking that is there, and is no stranger's."""
    (booking,) = view.of(BOOKING.at(tags.booking(booking_id)))
    if isinstance(booking, Absent):
        return UnknownBooking(booking_id)
    return stranger(booking, context, on_behalf_of) or booking


def stranger(booking: KnownBooking, context: Context, on_behalf_of: UUID | None = None) -> Refusal | None:
    """A recruiter acts on bookings with themselves only, a bot on those of the candidate it names."""
    if not context.actor.may_act_for(booking.slot.recruiter_id):
        return Forbidden("a booking with another recruiter")
    if on_behalf_of not in {None, booking.candidate_id}:
        return Forbidden("a booking of another candidate")
    return None


def closed(booking: CancelledBooking | DeclinedBooking | ClosedBooking) -> BookingEnded | BookingClosed:
    """Name the closed state; it changes by a correction of the outcome alone."""
    match booking:
        case CancelledBooking():
            return BookingEnded(booking.booking_id)
        case DeclinedBooking():
            return BookingClosed(booking.booking_id, "declined")
        case ClosedBooking():
            return BookingClosed(booking.booking_id, booking.outcome)


def started(slot: SlotSnapshot, context: Context) -> SlotStarted | None:
    """S3: nothing changes about a slot and its seats once it has started."""
    return SlotStarted(slot.starts_at) if slot.starts_at <= context.now else None


def cancelled(
    booking_id: UUID,
    candidate_id: UUID,
    slot: SlotSnapshot,
    code: CancellationCode,
    reason: str | None,
    context: Context,
    *,
    override: bool = False,
) -> BookingCancelled:
    """End a booking ahead of its interview."""
    notice = int((slot.starts_at - context.now) / timedelta(seconds=1))
    return BookingCancelled(booking_id, candidate_id, slot.slot_id, context.actor.by, code, reason, notice, override)
