"""Bookings that still stand: who may act on them, and what is said where they do not stand any more."""

from __future__ import annotations

from uuid import UUID

from commands.decision import Context, Refusal
from commands.refusals import BookingClosed, BookingEnded, Forbidden, SlotStarted
from events.booking import ActiveBooking, CancelledBooking, ClosedBooking, DeclinedBooking, KnownBooking


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


def started(booking: ActiveBooking, context: Context) -> Refusal | None:
    """S3: nothing changes about the seat once the interview has started."""
    return SlotStarted(booking.slot.starts_at) if booking.slot.starts_at <= context.now else None
